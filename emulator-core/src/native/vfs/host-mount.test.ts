import * as fs from 'node:fs'
import * as os from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Fixture, RDONLY, RDWR, vfsFixture, WRONLY } from '../../../test/support/vfs-fixture.ts'
import { nodeFiles } from '../../host/node-files.ts'
import { KernelUio } from '../uio.ts'
import { changeMode, changeTimes, doLink, doMkdirat, doRenameat, doSymlinkat, doUnlinkat } from './vfs-syscalls.ts'

let f: Fixture
let outside: string
let mounted: string
beforeEach(() => {
  outside = fs.mkdtempSync(join(os.tmpdir(), 'interlinear-outside-'))
  mounted = join(outside, 'share')
  fs.mkdirSync(mounted)
  fs.writeFileSync(join(outside, 'secret'), 'secret')
  f = vfsFixture({
    mounts: [
      { host: mounted, guest: '/m', writable: true },
      { host: mounted, guest: '/ro', writable: false },
    ],
  })
})
afterEach(() => {
  f.dispose()
  fs.rmSync(outside, { recursive: true, force: true })
})
const failing = (name: string) => expect.objectContaining({ name })
const onHost = (name: string): string => fs.readFileSync(join(mounted, name), 'utf8')
const root = () => f.vfs.root

test('what is written is on the host at once', () => {
  f.write('/m/a', 'one')
  expect(onHost('a')).toBe('one')
  doMkdirat(f.l, f.vfs, root(), '/m/d', 0o750)
  doRenameat(f.l, f.vfs, root(), '/m/a', root(), '/m/d/b')
  expect(onHost('d/b')).toBe('one')
  expect(fs.statSync(join(mounted, 'd')).mode & 0o777).toBe(0o750)
  const { vnode } = f.vfs.namei(f.l, '/m/d/b', { start: root(), follow: true })
  if (vnode === undefined) throw new Error('no b')
  changeMode(f.l, f.vfs, { node: vnode, place: undefined }, 0o640)
  changeTimes(f.l, f.vfs, { node: vnode, place: undefined }, 1_000_000_000n, 2_000_000_000n, false)
  expect(fs.statSync(join(mounted, 'd/b'))).toMatchObject({ mtimeMs: 2000, atimeMs: 1000 })
  doLink(f.l, f.vfs, vnode, root(), '/m/c')
  expect(fs.statSync(join(mounted, 'c')).nlink).toBe(2)
  f.write('/m/c', '22', WRONLY)
  expect(f.read('/m/d/b')).toBe('22e')
  doUnlinkat(f.l, f.vfs, root(), '/m/c', false)
  doSymlinkat(f.l, f.vfs, 'd/b', root(), '/m/l')
  expect(fs.readlinkSync(join(mounted, 'l'))).toBe('d/b')
  expect(f.read('/m/l')).toBe('22e')
})

test('a read-only mount refuses every change', () => {
  f.write('/m/a', 'one')
  expect(f.read('/ro/a')).toBe('one')
  const refused = failing('EROFS')
  expect(() => f.write('/ro/a', 'x')).toThrow(refused)
  expect(() => f.write('/ro/new', 'x')).toThrow(refused)
  expect(() => doUnlinkat(f.l, f.vfs, root(), '/ro/a', false)).toThrow(refused)
  expect(() => doMkdirat(f.l, f.vfs, root(), '/ro/d', 0o755)).toThrow(refused)
  expect(() => doRenameat(f.l, f.vfs, root(), '/ro/a', root(), '/ro/b')).toThrow(refused)
})

test('links of the host lead nowhere outside', () => {
  fs.symlinkSync(join(outside, 'secret'), join(mounted, 'abs'))
  fs.symlinkSync('../secret', join(mounted, 'up'))
  fs.symlinkSync('..', join(mounted, 'dir'))
  for (const path of ['/m/abs', '/m/up', '/m/dir/secret', '/m/../secret', '/m/dir/../secret']) {
    expect(() => f.read(path), path).toThrow(failing('ENOENT'))
  }
  f.write('/m/up2', 'x')
  expect(() => f.open('/m/up', WRONLY | 0x200)).not.toThrow()
  expect(fs.readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
  expect(fs.readdirSync(outside).sort()).toEqual(['secret', 'share'])
})

test('a directory that is swapped for a link while the guest stands in it leads nowhere', () => {
  doMkdirat(f.l, f.vfs, root(), '/m/d', 0o755)
  const { vnode } = f.vfs.namei(f.l, '/m/d', { start: root(), follow: true })
  if (vnode === undefined) throw new Error('no d')
  fs.rmdirSync(join(mounted, 'd'))
  fs.symlinkSync(outside, join(mounted, 'd'))
  expect(() => f.vfs.namei(f.l, 'secret', { start: vnode, follow: true })).toThrow(failing('ESTALE'))
  expect(() => doMkdirat(f.l, f.vfs, vnode, 'x', 0o755)).toThrow(failing('ESTALE'))
  expect(fs.existsSync(join(outside, 'x'))).toBe(false)
})

test('a file lives on without its name', () => {
  f.write('/m/a', 'one')
  const file = f.open('/m/a', RDWR)
  doUnlinkat(f.l, f.vfs, root(), '/m/a', false)
  file.write(f.l, new KernelUio(Buffer.from('two'), 'out', 3))
  const bytes = new Uint8Array(6)
  expect(file.read(f.l, new KernelUio(bytes, 'in', 0))).toBe(6)
  expect(Buffer.from(bytes).toString()).toBe('onetwo')
  expect(file.stat(f.l)).toMatchObject({ nlink: 0, size: 6 })
  file.close()
})

test('shared mappings: stores are seen by read(2), writes by the mapping, and all of it lands on the host', () => {
  f.write('/m/a', 'abcdef')
  const file = f.open('/m/a', RDWR)
  const object = file.mmap(f.l, 0, 6, 3, true)
  object.attach(true)
  const frame = object.getPage(0, true) ?? -1
  const page = f.machine.physical.subarray(frame * 4096, frame * 4096 + 4096)
  page[0] = 65
  expect(f.read('/m/a')).toBe('Abcdef')
  file.write(f.l, new KernelUio(Buffer.from('ZZ'), 'out', 4))
  expect(Buffer.from(page.subarray(0, 6)).toString()).toBe('AbcdZZ')
  page[1] = 66
  object.putPages(0, 1)
  expect(onHost('a')).toBe('ABcdZZ')
  page[2] = 67
  file.close()
  object.detach(true)
  expect(onHost('a')).toBe('ABCdZZ')
})

test('what the host changes is seen at the next open, also through the page cache', () => {
  f.write('/m/a', 'old')
  const file = f.open('/m/a', RDONLY)
  const object = file.mmap(f.l, 0, 3, 1, false)
  object.getPage(0, false)
  file.close()
  fs.writeFileSync(join(mounted, 'a'), 'newer')
  const again = f.open('/m/a', RDONLY)
  expect(again.stat(f.l).size).toBe(5)
  const frame = again.mmap(f.l, 0, 5, 1, false).getPage(0, false) ?? -1
  expect(Buffer.from(f.machine.physical.subarray(frame * 4096, frame * 4096 + 5)).toString()).toBe('newer')
})

test('renaming between mounts is EXDEV', () => {
  f.write('/m/a', 'x')
  expect(() => doRenameat(f.l, f.vfs, root(), '/m/a', root(), '/a')).toThrow(failing('EXDEV'))
})

test('a listing tells which file a name stands for, also behind its back, and asks only for what is new', () => {
  const dir = f.vfs.namei(f.l, '/m', { start: root(), follow: true }).vnode
  const listed = () => Object.fromEntries([...(dir?.entries(0, undefined) ?? [])].map(e => [e.name, e.ino]))
  const present = () => Object.fromEntries(fs.readdirSync(mounted).map(n => [n, fs.lstatSync(join(mounted, n)).ino]))
  for (let i = 0; i < 100; i++) f.write(`/m/${i}`, 'x')
  expect(listed()).toEqual(present())
  fs.writeFileSync(join(mounted, 'other'), 'y')
  fs.renameSync(join(mounted, 'other'), join(mounted, '7'))
  expect(listed()).toEqual(present())
  const asked = vi.spyOn(nodeFiles, 'lstat')
  f.write('/m/new', 'z')
  doRenameat(f.l, f.vfs, root(), '/m/8', root(), '/m/9')
  doMkdirat(f.l, f.vfs, root(), '/m/d', 0o755)
  doRenameat(f.l, f.vfs, root(), '/m/10', root(), '/m/d/10')
  doUnlinkat(f.l, f.vfs, root(), '/m/11', false)
  expect(listed()).toEqual(present())
  expect(asked.mock.calls.length).toBeLessThan(60)
  asked.mockRestore()
})

test('a range can be zeroed: at the end a hole, a little in the middle; much in the middle is refused', () => {
  const size = 3 << 20
  fs.writeFileSync(join(mounted, 'big'), Buffer.alloc(size, 1))
  const file = f.open('/m/big', RDWR)
  file.vnode.zero(100, 50)
  file.vnode.zero(size - 1000, 5000)
  expect(() => file.vnode.zero(0, 2 << 20)).toThrow(failing('EOPNOTSUPP'))
  file.close()
  const bytes = fs.readFileSync(join(mounted, 'big'))
  expect(bytes.length).toBe(size)
  expect([bytes[99], bytes[100], bytes[149], bytes[150]]).toEqual([1, 0, 0, 1])
  expect([bytes[size - 1001], bytes[size - 1000], bytes[size - 1]]).toEqual([1, 0, 0])
})

test("the size is that of the host's file system", () => {
  const { bsize, blocks } = fs.statfsSync(mounted)
  const size = f.open('/m', RDONLY).vnode.mount.size()
  expect(size).toMatchObject({ blockSize: bsize, blocks })
})
