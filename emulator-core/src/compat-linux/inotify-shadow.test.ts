import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeKernel, type FakeThread, fakeThread, run } from '../../test/support/fake-kernel.ts'
import { type Fixture, RDONLY, RDWR, vfsFixture } from '../../test/support/vfs-fixture.ts'
import { LINUX_MERGED, LINUX_ONLY } from '../events/grammar.ts'
import { KernelUio } from '../native/uio.ts'
import { changeMode, doLink, doMkdirat, doRenameat, doSymlinkat, doUnlinkat } from '../native/vfs/vfs-syscalls.ts'
import { divergences } from './divergences.ts'
import { inotifyCalls } from './inotify.ts'
import {
  IN_ALL_EVENTS,
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DONT_FOLLOW,
  IN_EXCL_UNLINK,
  IN_MASK_ADD,
  IN_MASK_CREATE,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_ONESHOT,
  IN_OPEN,
} from './inotify-constants.ts'

const PATH = 0x2000
const O_CREAT = 0x200

let f: Fixture
let t: FakeThread
let kernel: FakeKernel
let fd: number

beforeEach(() => {
  f = vfsFixture()
  kernel = new FakeKernel()
  kernel.vfs = f.vfs
  t = fakeThread(kernel, f.l.proc.fd)
  Object.assign(t.l.proc, { cwdi: f.l.proc.cwdi })
  kernel.current = t.l
  fd = Number(run(t, l => inotifyCalls.inotify_init1(l, 0x800, 0, 0, 0, 0, 0)))
})
afterEach(() => f.dispose())

const root = () => f.vfs.root
const ended = <T>(result: T): T => {
  kernel.endOfCall.run()
  return result
}
function watch(path: string, mask: number, on = fd): number | string {
  t.l.memory.copyout(PATH, new TextEncoder().encode(`${path}\0`))
  return ended(run(t, l => inotifyCalls.inotify_add_watch(l, on, PATH, mask, 0, 0, 0)))
}
const unwatch = (wd: number) => ended(run(t, l => inotifyCalls.inotify_rm_watch(l, fd, wd, 0, 0, 0, 0)))
const readQueue = (room = 65536) =>
  ended(run(t, l => l.proc.fd.file(fd).read(l, new KernelUio(new Uint8Array(room), 'in'))))
const rename = (a: string, b: string) => ended(doRenameat(f.l, f.vfs, root(), a, root(), b))
const remove = (path: string, dir = false) => ended(doUnlinkat(f.l, f.vfs, root(), path, dir))
const mkdir = (path: string) => ended(doMkdirat(f.l, f.vfs, root(), path, 0o755))
const make = (path: string) => ended(f.open(path, RDWR | O_CREAT).close())
const chmod = (path: string) => {
  const file = f.open(path, RDONLY)
  ended(changeMode(f.l, f.vfs, { node: file.vnode, place: undefined }, 0o600))
  return file
}
function write(path: string, times = 1): void {
  const file = f.open(path, RDWR)
  kernel.endOfCall.run()
  for (let i = 0; i < times; i++) ended(file.write(f.l, new KernelUio(new Uint8Array(3), 'out')))
  ended(file.close())
}
/** Names of the divergences met since the last look, in their order, each once. */
function met(): string[] {
  const ids = kernel.kinds('divergence').map(({ id }) => String(id))
  kernel.events.length = 0
  for (const id of ids) expect(divergences.map(each => each.id)).toContain(id)
  return [...new Set(ids)].map(id => id.replace('inotify.', ''))
}

describe('a program for which nothing differs meets nothing', () => {
  it('one that waits until a file is written', () => {
    make('/f')
    watch('/f', IN_MODIFY | IN_CLOSE_WRITE)
    write('/f')
    readQueue()
    write('/f')
    expect(met()).toEqual([])
    expect(kernel.kinds('inotify-shadow', 'inotify-shadow-read')).toEqual([])
  })

  it('one that is told of all of a file but its end', () => {
    make('/f')
    watch('/f', IN_ALL_EVENTS)
    write('/f')
    chmod('/f').close()
    rename('/f', '/g')
    remove('/g')
    readQueue()
    expect(met()).toEqual([])
  })

  it('one that is told of names in a directory', () => {
    mkdir('/d')
    watch('/d', IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
    make('/d/a')
    make('/d/b')
    rename('/d/b', '/d/c')
    remove('/d/a')
    expect(kernel.kinds('inotify-enqueue').length).toBe(5)
    expect(met()).toEqual([])
  })

  it('one that reads with too little room', () => {
    make('/f')
    watch('/f', IN_MODIFY)
    write('/f')
    expect(readQueue(4)).toBe('EINVAL')
    expect(readQueue(16)).toBe(16)
    expect(met()).toEqual([])
    expect(kernel.kinds('inotify-shadow', 'inotify-shadow-read')).toEqual([])
  })
})

describe('records that differ are met where they were caused', () => {
  it('files in a watched directory', () => {
    mkdir('/d')
    make('/d/a')
    watch('/d', IN_ALL_EVENTS)
    write('/d/a', 3)
    const ghosts = kernel.kinds('inotify-shadow')
    expect(ghosts.map(({ what }) => what)).toEqual([LINUX_ONLY, LINUX_ONLY, LINUX_MERGED, LINUX_MERGED, LINUX_ONLY])
    expect(ghosts.map(({ depth }) => depth)).toEqual([1, 2, 2, 2, 3])
    expect(met()).toEqual(['entries-unseen'])
    expect(readQueue()).toBe('EAGAIN')
    expect(kernel.kinds('inotify-shadow-read')).toEqual([
      { instance: expect.anything(), count: 3, ghosts: 3, depth: 0 },
    ])
  })

  it('a directory that is listed', () => {
    mkdir('/d')
    watch('/d', IN_ALL_EVENTS)
    const directory = f.open('/d', RDONLY)
    ended(undefined)
    met()
    ended(f.vfs.notes.tellOf('access', directory.vnode, directory.place))
    expect(met()).toEqual(['listing-unseen'])
  })

  it('directories, renames', () => {
    mkdir('/d')
    mkdir('/e')
    watch('/d', IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
    watch('/e', IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
    mkdir('/d/sub')
    expect(met()).toEqual(['no-isdir'])
    make('/d/a')
    expect(met()).toEqual([])
    rename('/d/a', '/e/a')
    expect(met()).toEqual(['unpaired-move'])
    make('/e/b')
    rename('/e/b', '/e/a')
    expect(met()).toEqual(['rename-over'])
    rename('/e/a', '/e/c')
    expect(met()).toEqual([])
    rename('/e/c', '/e/d')
    expect(met()).toEqual(['repeated-cookie'])
  })

  it('what was not asked for, and ends that are told otherwise', () => {
    make('/f')
    const wd = Number(watch('/f', IN_MODIFY))
    ended(doLink(f.l, f.vfs, f.open('/f', RDONLY).vnode, root(), '/g'))
    remove('/g')
    expect(met()).toEqual(['unrequested', 'ignored-alive'])
    remove('/f')
    expect(met()).toContain('early-end')
    expect(unwatch(wd)).toBe(0)
    make('/h')
    const last = Number(watch('/h', IN_MODIFY))
    met()
    unwatch(last)
    expect(met()).toEqual(['silent-rm'])
    unwatch(last)
  })

  it('the end of a file that was not asked for', () => {
    make('/f')
    watch('/f', IN_MODIFY)
    remove('/f')
    expect(met()).toEqual(['unrequested'])
  })

  it('one shot', () => {
    make('/f')
    const wd = Number(watch('/f', IN_MODIFY | IN_ONESHOT))
    write('/f')
    expect(met()).toEqual([])
    write('/f')
    expect(met()).toEqual(['oneshot-survives'])
    unwatch(wd)
    expect(met()).toEqual(['rm-after-end'])
  })

  it('equal records, a length cut off, the watch of another', () => {
    make('/f')
    watch('/f', IN_MODIFY | IN_ATTRIB)
    write('/f', 2)
    expect(kernel.kinds('inotify-shadow')).toMatchObject([{ what: LINUX_MERGED, record: 1 }])
    expect(met()).toEqual(['no-coalescing'])
    const file = f.open('/f', RDWR)
    ended(file.truncate(f.l, 1))
    expect(met()).toEqual(['no-modify'])
    watch('/f', IN_OPEN)
    const other = Number(run(t, l => inotifyCalls.inotify_init1(l, 0x800, 0, 0, 0, 0, 0)))
    watch('/f', IN_ALL_EVENTS, other)
    expect(met()).toEqual(['watch-opens'])
  })

  it('what a watch tells that Linux would not have', () => {
    make('/f')
    watch('/f', 0)
    expect(met()).toEqual(['any-mask'])
    remove('/f')
    expect(met()).toEqual(['any-mask'])
  })

  it('a file from elsewhere that takes the place of another', () => {
    mkdir('/d')
    make('/d/a')
    make('/b')
    watch('/d', IN_MOVED_TO)
    rename('/b', '/d/a')
    expect(met()).toEqual(['snapshot-assertion'])
    make('/d/c')
    rename('/d/c', '/d/e')
    expect(met()).not.toContain('snapshot-assertion')
  })

  it('a length cut off where only attributes were asked for', () => {
    make('/f')
    watch('/f', IN_ATTRIB)
    const file = f.open('/f', RDWR)
    write('/f')
    expect(met()).toEqual([])
    ended(file.truncate(f.l, 1))
    expect(met()).toEqual(['no-modify'])
  })

  it('the watch whose descriptor was closed', () => {
    make('/f')
    const wd = Number(watch('/f', IN_MODIFY))
    t.l.proc.fd.close(t.l, wd)
    write('/f')
    expect(met()).toEqual(['descriptor-watches'])
  })

  it('a full queue', () => {
    make('/f')
    watch('/f', IN_OPEN | IN_MODIFY)
    write('/f', 2)
    met()
    for (let i = 0; i < 8191; i++) write('/f')
    expect(met()).toEqual(['fixed-limit'])
    write('/f')
    expect(met()).toEqual([])
  })
})

describe('answers that differ', () => {
  it('are those that Linux would have given otherwise', () => {
    make('/f')
    expect(watch('/f', IN_MODIFY | IN_EXCL_UNLINK)).toBe('EINVAL')
    expect(met()).toEqual(['refused-mask'])
    expect(watch('/none', IN_MODIFY)).toBe('ENOENT')
    expect(watch('/f', 0x0010_0000)).toBe('EINVAL')
    expect(met()).toEqual([])
    watch('/f', IN_MODIFY | IN_MASK_ADD | IN_MASK_CREATE)
    expect(met()).toEqual(['any-mask'])
  })

  it('symbolic links', () => {
    make('/f')
    doSymlinkat(f.l, f.vfs, '/f', root(), '/s')
    watch('/s', IN_MODIFY | IN_DONT_FOLLOW)
    expect(met()).toEqual(['symlink-watch'])
  })
})
