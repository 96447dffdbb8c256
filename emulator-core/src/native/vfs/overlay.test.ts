import * as fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Fixture, RDONLY, RDWR, vfsFixture, WRONLY } from '../../../test/support/vfs-fixture.ts'
import { EEXIST, EFBIG, EISDIR, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY } from '../errno.ts'
import { KernelUio } from '../uio.ts'
import { changeMode, doLink, doMkdirat, doRenameat, doSymlinkat, doUnlinkat } from './vfs-syscalls.ts'

let f: Fixture
beforeEach(() => {
  f = vfsFixture()
})
afterEach(() => f.dispose())

const put = (name: string, text: string): void => fs.writeFileSync(join(f.host, name), text)
const root = () => f.vfs.root
const hostNames = (): string[] => fs.readdirSync(f.host).sort()
const visible = (path = '/'): string[] =>
  f
    .names(path)
    .filter(n => !['dev', 'proc', 'sys'].includes(n))
    .sort()

test('a lower file is read, and a store never reaches the host', () => {
  put('a', 'lower')
  expect(f.read('/a')).toBe('lower')
  f.write('/a', 'UP', WRONLY)
  expect(f.read('/a')).toBe('UPwer')
  expect(fs.readFileSync(join(f.host, 'a'), 'utf8')).toBe('lower')
})

test('an open file sees what another descriptor writes, before and after copy-up', () => {
  put('a', 'lower')
  const reader = f.open('/a', RDONLY)
  f.write('/a', 'XYZ', WRONLY)
  const bytes = new Uint8Array(5)
  expect(reader.read(f.l, new KernelUio(bytes, 'in', 0))).toBe(5)
  expect(Buffer.from(bytes).toString()).toBe('XYZer')
})

test('a mapping made before copy-up shows what is written afterwards', () => {
  put('a', 'lower')
  const file = f.open('/a', RDWR)
  const object = file.mmap(f.l, 0, 5, 1, true)
  const frame = object.getPage(0, false) ?? -1
  f.write('/a', 'NEW', WRONLY)
  expect(Buffer.from(f.machine.physical.subarray(frame * 4096, frame * 4096 + 5)).toString()).toBe('NEWer')
})

test('chmod copies the attributes up and leaves inode number and host alone', () => {
  put('a', 'x')
  const before = fs.lstatSync(join(f.host, 'a'))
  const vnode = f.vfs.namei(f.l, '/a', { start: root(), follow: true }).vnode
  if (vnode === undefined) throw new Error('gone')
  changeMode(f.l, f.vfs, { node: vnode, place: undefined }, 0o600)
  const after = vnode.getattr()
  expect([after.ino, after.dev, after.mode & 0o777]).toEqual([before.ino, before.dev, 0o600])
  expect(fs.lstatSync(join(f.host, 'a')).mode).toBe(before.mode)
})

test('names of one lower file lead to one vnode', () => {
  put('a', 'x')
  fs.linkSync(join(f.host, 'a'), join(f.host, 'b'))
  f.write('/a', 'Y', WRONLY)
  expect(f.read('/b')).toBe('Y')
})

test('a removed lower name is gone, and can be made anew', () => {
  put('a', 'x')
  doUnlinkat(f.l, f.vfs, root(), '/a', false)
  expect(() => f.read('/a')).toThrow()
  expect(visible()).toEqual([])
  f.write('/a', 'new')
  expect(f.read('/a')).toBe('new')
  expect(hostNames()).toEqual(['a'])
})

test('a directory made where a lower one was removed is empty', () => {
  fs.mkdirSync(join(f.host, 'd'))
  put('d/x', '1')
  expect(() => doUnlinkat(f.l, f.vfs, root(), '/d', true)).toThrow(expect.objectContaining(ENOTEMPTY))
  doUnlinkat(f.l, f.vfs, root(), '/d/x', false)
  doUnlinkat(f.l, f.vfs, root(), '/d', true)
  doMkdirat(f.l, f.vfs, root(), '/d', 0o755)
  expect(visible('/d')).toEqual([])
})

test('a renamed lower directory takes its contents along', () => {
  fs.mkdirSync(join(f.host, 'd'))
  put('d/x', '1')
  doRenameat(f.l, f.vfs, root(), '/d', root(), '/e')
  expect(visible()).toEqual(['e'])
  expect(f.read('/e/x')).toBe('1')
  f.write('/e/y', '2')
  expect(visible('/e')).toEqual(['x', 'y'])
})

test('rename: what is refused', () => {
  fs.mkdirSync(join(f.host, 'd'))
  put('d/x', '1')
  put('a', '')
  const rename =
    (a: string, b: string, o = {}) =>
    () =>
      doRenameat(f.l, f.vfs, root(), a, root(), b, o)
  expect(rename('/a', '/d')).toThrow(expect.objectContaining(EISDIR))
  expect(rename('/d', '/a')).toThrow(expect.objectContaining(ENOTDIR))
  expect(rename('/d', '/d/e')).toThrow(expect.objectContaining({ name: 'EINVAL' }))
  expect(rename('/d/x', '/d')).toThrow(expect.objectContaining(ENOTEMPTY))
  expect(rename('/a', '/d/x', { noReplace: true })).toThrow(expect.objectContaining(EEXIST))
  expect(rename('/nope', '/b')).toThrow(expect.objectContaining(ENOENT))
  expect(rename('/a', '/dev/shm/a')).toThrow(expect.objectContaining({ name: 'EXDEV' }))
  expect(rename('/proc', '/p')).toThrow(expect.objectContaining({ name: 'EBUSY' }))
})

test('exchange swaps two names', () => {
  put('a', '1')
  put('b', '2')
  doRenameat(f.l, f.vfs, root(), '/a', root(), '/b', { exchange: true })
  expect([f.read('/a'), f.read('/b')]).toEqual(['2', '1'])
})

test('a file goes on living while it is open, and then gives its frames back', () => {
  const before = f.machine.framesUsed
  f.write('/t', 'x'.repeat(10000))
  const file = f.open('/t', RDONLY)
  doUnlinkat(f.l, f.vfs, root(), '/t', false)
  expect(file.describe()).toBe('/t (deleted)')
  const bytes = new Uint8Array(10)
  expect(file.read(f.l, new KernelUio(bytes, 'in'))).toBe(10)
  expect(f.machine.framesUsed).toBeGreaterThan(before)
  file.close()
  expect(f.machine.framesUsed).toBe(before)
})

test('sparse files take frames only for what was written', () => {
  const file = f.open('/s', RDWR | 0x200)
  const before = f.machine.framesUsed
  file.write(f.l, new KernelUio(Buffer.from('end'), 'out', 2 ** 40))
  expect(f.machine.framesUsed).toBe(before + 1)
  expect(file.stat(f.l)).toMatchObject({ size: 2 ** 40 + 3, blocks: 8 })
  const bytes = new Uint8Array(4).fill(1)
  file.read(f.l, new KernelUio(bytes, 'in', 1000))
  expect([...bytes]).toEqual([0, 0, 0, 0])
  expect(file.seek(f.l, 0, 3)).toBe(2 ** 40)
  expect(file.seek(f.l, 2 ** 40, 4)).toBe(2 ** 40 + 3)
  expect(() => file.write(f.l, new KernelUio(Buffer.from('x'), 'out', 2 ** 50))).toThrow(expect.objectContaining(EFBIG))
})

test('shrinking and growing again shows zeroes', () => {
  f.write('/z', 'abcdefgh')
  const file = f.open('/z', RDWR)
  file.truncate(f.l, 3)
  file.truncate(f.l, 6)
  expect(f.read('/z')).toBe('abc\0\0\0')
})

test('the overlay ends at its limit with ENOSPC, and the host is untouched', () => {
  f.dispose()
  f = vfsFixture({ overlayLimit: 64 * 1024 })
  const file = f.open('/big', WRONLY | 0x200)
  const piece = new Uint8Array(4096)
  let written = 0
  expect(() => {
    for (;;) written += file.write(f.l, new KernelUio(piece, 'out')) as number
  }).toThrow(expect.objectContaining(ENOSPC))
  expect(written).toBeGreaterThan(40000)
  expect(hostNames()).toEqual([])
})

test('removing while listing neither skips nor repeats', () => {
  for (let i = 0; i < 50; i++) put(`f${i}`, '')
  for (let i = 50; i < 100; i++) f.write(`/f${i}`, '')
  const dir = f.open('/', RDONLY)
  const seen: string[] = []
  for (;;) {
    const next = dir.entries(f.l).next()
    if (next.done) break
    dir.offset = next.value.cookie
    if (!/^f\d/.test(next.value.name)) continue
    seen.push(next.value.name)
    doUnlinkat(f.l, f.vfs, root(), `/${next.value.name}`, false)
  }
  expect(seen.length).toBe(100)
  expect(new Set(seen).size).toBe(100)
  expect(visible()).toEqual([])
})

/** The model: a tree of plain objects. */
type Model = Map<string, string | 'DIR'>

test('property: the overlay behaves as a plain tree', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const path = fc.oneof(
    name,
    fc.tuple(name, name).map(p => p.join('/')),
  )
  const command = fc.oneof(
    fc.record({ op: fc.constant('write' as const), path, text: fc.string({ maxLength: 6, unit: 'binary-ascii' }) }),
    fc.record({ op: fc.constantFrom('mkdir' as const, 'unlink' as const, 'rmdir' as const), path }),
    fc.record({ op: fc.constant('rename' as const), path, to: path }),
    fc.record({ op: fc.constant('link' as const), path, to: path }),
  )
  const lower = fc.dictionary(name, fc.oneof(fc.constant('low'), fc.dictionary(name, fc.constant('deep'))))
  fc.assert(
    fc.property(lower, fc.array(command, { maxLength: 25 }), (below, commands) => {
      const g = vfsFixture()
      try {
        const model: Model = new Map()
        for (const [n, v] of Object.entries(below)) {
          if (typeof v === 'string') {
            fs.writeFileSync(join(g.host, n), v)
            model.set(n, v)
            continue
          }
          fs.mkdirSync(join(g.host, n))
          model.set(n, 'DIR')
          for (const [m, text] of Object.entries(v)) {
            fs.writeFileSync(join(g.host, n, m), text)
            model.set(`${n}/${m}`, text)
          }
        }
        const hostBefore = snapshot(g.host)
        for (const c of commands) {
          const expected = apply(model, c)
          let got = true
          try {
            const r = g.vfs.root
            if (c.op === 'write') g.write(`/${c.path}`, c.text)
            else if (c.op === 'mkdir') doMkdirat(g.l, g.vfs, r, `/${c.path}`, 0o755)
            else if (c.op !== 'rename' && c.op !== 'link') doUnlinkat(g.l, g.vfs, r, `/${c.path}`, c.op === 'rmdir')
            else if (c.op === 'rename') doRenameat(g.l, g.vfs, r, `/${c.path}`, r, `/${c.to}`)
            else if (c.op === 'link') copy(g, c.path, c.to)
          } catch (error) {
            if (error instanceof Error) throw error
            got = false
          }
          expect([c, got]).toEqual([c, expected])
          expect(tree(g)).toEqual(Object.fromEntries([...model].sort()))
        }
        expect(snapshot(g.host)).toEqual(hostBefore)
      } finally {
        g.dispose()
      }
    }),
    { numRuns: 60 },
  )
})

/** Hard links share what is written later, which the model does not: so a copy stands for them here. */
function copy(g: Fixture, from: string, to: string): void {
  const { vnode } = g.vfs.namei(g.l, `/${from}`, { start: g.vfs.root, follow: false })
  if (vnode === undefined) throw ENOENT
  doLink(g.l, g.vfs, vnode, g.vfs.root, `/${to}`)
  const text = g.read(`/${to}`)
  doUnlinkat(g.l, g.vfs, g.vfs.root, `/${to}`, false)
  g.write(`/${to}`, text)
}

function apply(model: Model, c: { op: string; path: string; text?: string; to?: string }): boolean {
  const isDir = (p: string): boolean => p === '' || model.get(p) === 'DIR'
  const parent = (p: string): string => (p.includes('/') ? p.slice(0, p.indexOf('/')) : '')
  const at = model.get(c.path)
  const children = (p: string): string[] => [...model.keys()].filter(k => k.startsWith(`${p}/`))
  switch (c.op) {
    case 'write':
      if (!isDir(parent(c.path)) || at === 'DIR') return false
      model.set(c.path, c.text ?? '')
      return true
    case 'mkdir':
      if (!isDir(parent(c.path)) || at !== undefined) return false
      model.set(c.path, 'DIR')
      return true
    case 'unlink':
      return at !== undefined && at !== 'DIR' && model.delete(c.path)
    case 'rmdir':
      return at === 'DIR' && children(c.path).length === 0 && model.delete(c.path)
    case 'link': {
      const to = c.to ?? ''
      if (at === undefined || at === 'DIR' || !isDir(parent(to)) || model.has(to)) return false
      model.set(to, at)
      return true
    }
    default: {
      const to = c.to ?? ''
      const target = model.get(to)
      if (at === undefined || !isDir(parent(to))) return false
      if (to === c.path) return true
      if (at === 'DIR' && to.startsWith(`${c.path}/`)) return false
      if (target !== undefined && (target === 'DIR') !== (at === 'DIR')) return false
      if (target === 'DIR' && children(to).length > 0) return false
      // The tests' tree is two levels deep: a directory that moves down takes three-level names along.
      const moved = [c.path, ...children(c.path)].map(k => [k, model.get(k) ?? ''] as const)
      for (const [k] of moved) model.delete(k)
      for (const [k, v] of moved) model.set(to + k.slice(c.path.length), v)
      return true
    }
  }
}

function tree(g: Fixture, at = ''): Record<string, string> {
  const all: Record<string, string> = {}
  for (const n of g.names(`/${at}`).sort()) {
    if (at === '' && ['dev', 'proc', 'sys'].includes(n)) continue
    const path = at === '' ? n : `${at}/${n}`
    const { vnode } = g.vfs.namei(g.l, `/${path}`, { start: g.vfs.root, follow: false })
    if (vnode?.type === 'VDIR') Object.assign(all, { [path]: 'DIR' }, tree(g, path))
    else all[path] = g.read(`/${path}`)
  }
  return Object.fromEntries(Object.entries(all).sort())
}

function snapshot(dir: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map(p => `${p}:${fs.statSync(join(dir, p)).isFile() ? fs.readFileSync(join(dir, p), 'utf8') : ''}`)
}

test('symbolic links keep their target and their size', () => {
  doSymlinkat(f.l, f.vfs, '/some/where', root(), '/l')
  const { vnode } = f.vfs.namei(f.l, '/l', { start: root(), follow: false })
  expect([vnode?.readlink(f.l), vnode?.getattr().size]).toEqual(['/some/where', 11])
})
