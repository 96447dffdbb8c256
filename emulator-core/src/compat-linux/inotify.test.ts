import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeKernel, type FakeThread, fakeThread, run } from '../../test/support/fake-kernel.ts'
import { type Fixture, RDONLY, RDWR, vfsFixture } from '../../test/support/vfs-fixture.ts'
import { linuxInotifyCalls } from '../linux/inotify.ts'
import { KernelUio } from '../native/uio.ts'
import { doMkdirat, doRenameat, doUnlinkat } from '../native/vfs/vfs-syscalls.ts'
import type { CallFamily } from './call.ts'
import { inotifyCalls } from './inotify.ts'
import * as constants from './inotify-constants.ts'

const PATH = 0x2000
const ALL = 0xfff
const O_CREAT = 0x200

const EVENTS = [
  'ACCESS',
  'MODIFY',
  'ATTRIB',
  'CLOSE_WRITE',
  'CLOSE_NOWRITE',
  'OPEN',
  'MOVED_FROM',
  'MOVED_TO',
  'CREATE',
]
const FURTHER = ['DELETE', 'DELETE_SELF', 'MOVE_SELF', 'UNMOUNT', 'Q_OVERFLOW', 'IGNORED', 'ISDIR']
const bits = new Map<string, number>()
for (const [name, value] of Object.entries(constants)) if (typeof value === 'number') bits.set(name, value)
const maskNames = (mask: number): string =>
  [...EVENTS, ...FURTHER].filter(n => (mask & (bits.get(`IN_${n}`) ?? 0)) !== 0).join('|')

let f: Fixture
let t: FakeThread
let calls: CallFamily
let fd: number

beforeEach(() => {
  f = vfsFixture()
})
afterEach(() => f.dispose())

function begin(which: CallFamily): void {
  const kernel = new FakeKernel()
  kernel.netbsd = which === inotifyCalls
  kernel.vfs = f.vfs
  t = fakeThread(kernel, f.l.proc.fd)
  Object.assign(t.l.proc, { cwdi: f.l.proc.cwdi })
  calls = which
  kernel.current = t.l
  fd = Number(run(t, l => calls.inotify_init1(l, 0x800, 0, 0, 0, 0, 0)))
}

function watch(path: string, mask: number): number | string {
  t.l.memory.copyout(PATH, new TextEncoder().encode(`${path}\0`))
  return run(t, l => calls.inotify_add_watch(l, fd, PATH, mask, 0, 0, 0))
}

/** Everything queued, as `NAMES name #cookie`. */
function events(): string[] | string {
  const bytes = new Uint8Array(65536)
  const got = run(t, l => l.proc.fd.file(fd).read(l, new KernelUio(bytes, 'in')))
  if (typeof got === 'string') return got
  const v = new DataView(bytes.buffer)
  const list: string[] = []
  for (let at = 0; at < got; ) {
    const length = v.getUint32(at + 12, true)
    const name = new TextDecoder().decode(bytes.subarray(at + 16, at + 16 + length)).replace(/\0+$/, '')
    const cookie = v.getUint32(at + 8, true) === 0 ? '' : ' #'
    list.push(`${maskNames(v.getUint32(at + 4, true))}${name === '' ? '' : ` ${name}`}${cookie}`)
    at += 16 + length
  }
  return list
}

const root = () => f.vfs.root
const rename = (a: string, b: string) => doRenameat(f.l, f.vfs, root(), a, root(), b)
const remove = (path: string, dir = false) => doUnlinkat(f.l, f.vfs, root(), path, dir)

/** The run of the ATF test for a single file (netbsd-linux-semantics 3.15). */
function singleFile(): void {
  const rw = f.open('/f', RDWR)
  rw.write(f.l, new KernelUio(new Uint8Array(3), 'out'))
  rw.read(f.l, new KernelUio(new Uint8Array(3), 'in', 0))
  rw.close()
  f.open('/f', RDONLY).close()
  rename('/f', '/g')
  remove('/g')
}

describe('inotify over kqueue', () => {
  beforeEach(() => {
    f.write('/f', 'text')
    begin(inotifyCalls)
  })

  it('reports a file’s life in order', () => {
    const wd = watch('/f', ALL)
    expect(wd).toBe(2)
    expect(fd).toBe(1)
    singleFile()
    expect(events()).toEqual([
      'OPEN',
      'MODIFY',
      'ACCESS',
      'CLOSE_WRITE',
      'OPEN',
      'CLOSE_NOWRITE',
      'MOVE_SELF',
      'ATTRIB',
      'DELETE_SELF',
      'IGNORED',
    ])
    expect(events()).toBe('EAGAIN')
  })

  it('finds out what changed in a directory by comparing', () => {
    doMkdirat(f.l, f.vfs, root(), '/d', 0o755)
    watch('/d', 0x100)
    f.open('/d/one', RDWR | O_CREAT).close()
    doMkdirat(f.l, f.vfs, root(), '/d/two', 0o755)
    rename('/d/two', '/d/three')
    remove('/d/one')
    expect(events()).toEqual(['CREATE one', 'CREATE two', 'MOVED_FROM two #', 'MOVED_TO three #', 'DELETE one'])
  })

  it('checks in NetBSD’s order', () => {
    expect(watch('/f', 0x0400_0000 | ALL)).toBe('EINVAL')
    expect(watch('/none', ALL)).toBe('ENOENT')
    expect(watch('/f', 0x0100_0000 | ALL)).toBe('ENOTDIR')
    const wd = watch('/f', 1)
    expect(watch('/f', 0x1000_0000 | ALL)).toBe('EEXIST')
    expect(watch('/f', 0x2000_0000 | 0x20)).toBe(wd)
    expect(run(t, l => calls.inotify_rm_watch(l, fd, 77, 0, 0, 0, 0))).toBe('EINVAL')
    expect(run(t, l => calls.inotify_rm_watch(l, fd, Number(wd), 0, 0, 0, 0))).toBe(0)
    expect(events()).toBe('EAGAIN')
    expect(t.l.proc.fd.slot(Number(wd))).toBeUndefined()
  })

  it('closes its watches and its kqueue with it', () => {
    watch('/f', ALL)
    t.l.proc.fd.close(t.l, fd)
    expect(t.l.proc.fd.highest).toBe(-1)
  })
})

describe('Linux’s own inotify', () => {
  beforeEach(() => {
    f.write('/f', 'text')
    begin(linuxInotifyCalls)
  })

  it('reports a file’s life, merges what repeats, and ends the watch', () => {
    expect(watch('/f', ALL)).toBe(1)
    const rw = f.open('/f', RDWR)
    rw.write(f.l, new KernelUio(new Uint8Array(3), 'out'))
    rw.write(f.l, new KernelUio(new Uint8Array(3), 'out'))
    rename('/f', '/g')
    remove('/g')
    rw.close()
    expect(events()).toEqual(['OPEN', 'MODIFY', 'MOVE_SELF', 'ATTRIB', 'CLOSE_WRITE', 'DELETE_SELF', 'IGNORED'])
  })

  it('names the entries of a directory and what they are', () => {
    doMkdirat(f.l, f.vfs, root(), '/d', 0o755)
    watch('/d', ALL)
    f.open('/d/one', RDWR | O_CREAT).close()
    doMkdirat(f.l, f.vfs, root(), '/d/sub', 0o755)
    rename('/d/sub', '/d/dir')
    rename('/d/one', '/out')
    expect(events()).toEqual([
      'CREATE one',
      'OPEN one',
      'CLOSE_WRITE one',
      'CREATE|ISDIR sub',
      'MOVED_FROM|ISDIR sub #',
      'MOVED_TO|ISDIR dir #',
      'MOVED_FROM one #',
    ])
  })

  it('keeps to the limits that /proc/sys has', () => {
    f.write('/g', '')
    f.write('/h', '')
    t.kernel.tunables.inotifyWatches = 2
    expect([watch('/f', ALL), watch('/g', ALL), watch('/h', ALL)]).toEqual([1, 2, 'ENOSPC'])
    expect(run(t, l => calls.inotify_rm_watch(l, fd, 1, 0, 0, 0, 0))).toBe(0)
    expect(watch('/h', ALL)).toBe(3)
    t.kernel.tunables.inotifyInstances = 2
    const init = () => run(t, l => calls.inotify_init1(l, 0, 0, 0, 0, 0, 0))
    const second = init()
    expect(init()).toBe('EMFILE')
    t.l.proc.fd.close(t.l, Number(second))
    expect(init()).toBe(second)
  })

  it('fires a oneshot once, and tells the end of a removed watch', () => {
    const wd = Number(watch('/f', 0x8000_0000 | 0x20))
    f.open('/f', RDONLY)
    f.open('/f', RDONLY)
    expect(events()).toEqual(['OPEN', 'IGNORED'])
    expect(run(t, l => calls.inotify_rm_watch(l, fd, wd, 0, 0, 0, 0))).toBe('EINVAL')
    const next = Number(watch('/f', ALL))
    expect(next).toBe(wd + 1)
    expect(run(t, l => calls.inotify_rm_watch(l, fd, next, 0, 0, 0, 0))).toBe(0)
    expect(events()).toEqual(['IGNORED'])
    expect(watch('/f', 0)).toBe('EINVAL')
  })
})
