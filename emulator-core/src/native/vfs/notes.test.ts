import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Fixture, RDONLY, RDWR, vfsFixture, WRONLY } from '../../../test/support/vfs-fixture.ts'
import type { Knote } from '../kqueue/knote.ts'
import * as notes from '../kqueue/knote.ts'
import { KernelUio } from '../uio.ts'
import type { FileEvent } from './observer.ts'
import { changeMode, doLink, doMkdirat, doRenameat, doSymlinkat, doUnlinkat } from './vfs-syscalls.ts'
import type { Vnode } from './vnode.ts'

let f: Fixture
let log: string[]
beforeEach(() => {
  f = vfsFixture()
  log = []
})
afterEach(() => f.dispose())

const names = Object.entries(notes).flatMap(([name, bit]) =>
  name.startsWith('NOTE_') && typeof bit === 'number' ? [[name.slice(5), bit] as const] : [],
)

function vnodeAt(path: string): Vnode {
  const { vnode } = f.vfs.namei(f.l, path, { start: f.vfs.root, follow: false })
  if (vnode === undefined) throw new Error(`no ${path}`)
  return vnode
}

/** Writes down what is posted on a file. */
function watch(label: string, path: string): void {
  const notify = (hint: number): void => {
    log.push(
      `${label}:${names
        .filter(([, bit]) => (hint & bit) !== 0)
        .map(([n]) => n)
        .join('|')}`,
    )
  }
  vnodeAt(path).selinfo.klist.insert({ notify } as unknown as Knote)
}

function posted(action: () => void): string[] {
  log = []
  action()
  return log
}

const root = () => f.vfs.root
const bytes = (s: string) => new KernelUio(Buffer.from(s), 'out')

/** The table of netbsd-linux-semantics 3.13. */
test('making things', () => {
  doMkdirat(f.l, f.vfs, root(), '/d', 0o755)
  watch('d', '/d')
  expect(posted(() => f.open('/d/f', WRONLY | 0x200))).toEqual(['d:WRITE'])
  expect(posted(() => doMkdirat(f.l, f.vfs, root(), '/d/e', 0o755))).toEqual(['d:WRITE|LINK'])
  expect(posted(() => doSymlinkat(f.l, f.vfs, 'x', root(), '/d/s'))).toEqual(['d:WRITE'])
  watch('f', '/d/f')
  expect(posted(() => doLink(f.l, f.vfs, vnodeAt('/d/f'), root(), '/d/g'))).toEqual(['d:WRITE', 'f:LINK'])
})

test('removing things', () => {
  doMkdirat(f.l, f.vfs, root(), '/d', 0o755)
  doMkdirat(f.l, f.vfs, root(), '/d/e', 0o755)
  f.write('/d/f', 'x')
  watch('d', '/d')
  watch('e', '/d/e')
  watch('f', '/d/f')
  expect(posted(() => doUnlinkat(f.l, f.vfs, root(), '/d/f', false))).toEqual(['d:WRITE', 'f:DELETE'])
  expect(posted(() => doUnlinkat(f.l, f.vfs, root(), '/d/e', true))).toEqual(['d:WRITE|LINK', 'e:DELETE'])
})

test('reading, writing, attributes', () => {
  f.write('/f', 'abc')
  watch('f', '/f')
  let file = f.open('/f', RDONLY)
  expect(posted(() => file.read(f.l, new KernelUio(new Uint8Array(9), 'in')))).toEqual(['f:READ'])
  expect(posted(() => file.close())).toEqual(['f:CLOSE'])
  expect(posted(() => (file = f.open('/f', RDWR)))).toEqual(['f:OPEN'])
  expect(posted(() => file.write(f.l, bytes('x')))).toEqual(['f:WRITE'])
  expect(posted(() => file.write(f.l, bytes('xxxxx')))).toEqual(['f:WRITE|EXTEND'])
  expect(posted(() => file.truncate(f.l, 2))).toEqual(['f:ATTRIB'])
  expect(posted(() => file.truncate(f.l, 20))).toEqual(['f:EXTEND|ATTRIB'])
  expect(posted(() => changeMode(f.l, f.vfs, { node: vnodeAt('/f'), place: undefined }, 0o600))).toEqual(['f:ATTRIB'])
  expect(posted(() => file.close())).toEqual(['f:CLOSE_WRITE'])
  expect(posted(() => f.open('/f', WRONLY | 0x400))).toEqual(['f:ATTRIB', 'f:OPEN'])
  watch('root', '/')
  expect(posted(() => f.names('/'))).toEqual(['root:OPEN', 'root:CLOSE'])
})

test('renaming', () => {
  for (const d of ['/a', '/b', '/a/dir']) doMkdirat(f.l, f.vfs, root(), d, 0o755)
  f.write('/a/f', '1')
  f.write('/a/t', '2')
  f.write('/b/u', '3')
  const rename = (from: string, to: string) => () => doRenameat(f.l, f.vfs, root(), from, root(), to)
  watch('a', '/a')
  watch('b', '/b')
  watch('f', '/a/f')
  watch('t', '/a/t')
  watch('dir', '/a/dir')
  watch('u', '/b/u')
  expect(posted(rename('/a/f', '/a/g'))).toEqual(['a:WRITE', 'f:RENAME'])
  expect(posted(rename('/a/g', '/a/t'))).toEqual(['a:WRITE', 'f:RENAME', 't:DELETE'])
  expect(posted(rename('/a/dir', '/b/dir'))).toEqual(['a:WRITE|LINK', 'dir:RENAME', 'b:WRITE|EXTEND|LINK'])
  doLink(f.l, f.vfs, vnodeAt('/b/u'), root(), '/b/v')
  expect(posted(rename('/a/t', '/b/u'))).toEqual(['a:WRITE', 'f:RENAME', 'b:WRITE', 'u:LINK'])
  expect(posted(() => expect(rename('/none', '/b/x')).toThrow())).toEqual([])
})

test('observers are told what Linux would tell, in its order', () => {
  const events: string[] = []
  const at = (p: { name: string } | undefined): string => p?.name ?? '-'
  const fileEvent = (e: FileEvent): void => {
    if (e.op === 'move') events.push(`move ${at(e.from)}>${at(e.to)}${e.replaced ? ' over' : ''}`)
    else events.push(`${e.op} ${'place' in e ? at(e.place) : ''}`.trim())
  }
  f.vfs.observers.add({ fileEvent })
  f.write('/f', 'x')
  f.read('/f')
  f.write('/g', 'y')
  doRenameat(f.l, f.vfs, root(), '/f', root(), '/g')
  const open = f.open('/g', RDONLY)
  doUnlinkat(f.l, f.vfs, root(), '/g', false)
  open.close()
  expect(events).toEqual([
    ...['create f', 'open f', 'modify f', 'close-write f'],
    ...['open f', 'access f', 'close-nowrite f'],
    ...['create g', 'open g', 'modify g', 'close-write g'],
    ...['move f>g over', 'delete-self'],
    ...['open g', 'attrib -', 'delete g', 'close-nowrite g', 'delete-self'],
  ])
})
