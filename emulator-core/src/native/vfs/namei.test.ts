import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Fixture, RDONLY, vfsFixture, WRONLY } from '../../../test/support/vfs-fixture.ts'
import { changeMode, doMkdirat, doUnlinkat } from './vfs-syscalls.ts'
import type { Vnode } from './vnode.ts'

let f: Fixture
beforeEach(() => {
  f = vfsFixture()
  fs.mkdirSync(join(f.host, 'd/e'), { recursive: true })
  fs.writeFileSync(join(f.host, 'd/e/file'), 'text')
})
afterEach(() => f.dispose())

const find = (path: string, follow = true, start: Vnode = f.vfs.root): Vnode | undefined =>
  f.vfs.namei(f.l, path, { start, follow }).vnode
const path = (p: string): string => {
  const v = find(p)
  return v === undefined ? '' : f.vfs.pathOf(v)
}
const failing = (name: string) => expect.objectContaining({ name })

test('dots, slashes and relative paths', () => {
  const d = find('/d')
  if (d === undefined) throw new Error('no d')
  expect(path('/d/./e/../e//file')).toBe('/d/e/file')
  expect(f.vfs.pathOf(find('e/file', true, d) ?? d)).toBe('/d/e/file')
  expect(path('/../../d')).toBe('/d')
  expect(path('/dev/shm/..')).toBe('/dev')
  expect(path('/proc/..')).toBe('/')
})

test('errors', () => {
  expect(() => find('')).toThrow(failing('ENOENT'))
  expect(() => find('/none/x')).toThrow(failing('ENOENT'))
  expect(() => find('/d/e/file/x')).toThrow(failing('ENOTDIR'))
  expect(() => find('/d/e/file/')).toThrow(failing('ENOTDIR'))
  expect(() => find(`/${'n'.repeat(256)}`)).toThrow(failing('ENAMETOOLONG'))
  expect(find(`/${'n'.repeat(255)}`)).toBeUndefined()
})

test('links: followed in the guest, forty of them and no more', () => {
  fs.symlinkSync('/d/e', join(f.host, 'abs'))
  fs.symlinkSync('../d/e/file', join(f.host, 'd/rel'))
  fs.symlinkSync('loop', join(f.host, 'loop'))
  expect(path('/abs/file')).toBe('/d/e/file')
  expect(path('/d/rel')).toBe('/d/e/file')
  expect(find('/abs', false)?.type).toBe('VLNK')
  expect(find('/abs/', false)?.type).toBe('VDIR')
  expect(() => find('/loop')).toThrow(failing('ELOOP'))
  for (let i = 1; i <= 41; i++) fs.symlinkSync(i === 1 ? 'd' : `l${i - 1}`, join(f.host, `l${i}`))
  expect(path('/l40')).toBe('/d')
  expect(() => find('/l41')).toThrow(failing('ELOOP'))
})

test('a link to an absolute path never leaves the guest root', () => {
  fs.symlinkSync('/etc/passwd', join(f.host, 'pw'))
  expect(() => f.read('/pw')).toThrow(failing('ENOENT'))
})

test('permissions of an ordinary user', () => {
  const c = f.l.proc.credentials
  // The root was copied up when /dev and the like were made in it.
  changeMode(f.l, f.vfs, { node: f.vfs.root, place: undefined }, 0o755)
  Object.assign(c, { uid: 1000, euid: 1000, gid: 1000, egid: 1000 })
  fs.chmodSync(join(f.host, 'd/e'), 0o700)
  expect(() => find('/d/e/file')).toThrow(failing('EACCES'))
  fs.chmodSync(join(f.host, 'd/e/file'), 0o600)
  expect(() => f.write('/d/new', 'x')).toThrow(failing('EACCES'))
  f.write('/dev/shm/mine', 'x')
  expect(f.read('/dev/shm/mine')).toBe('x')
  Object.assign(c, { uid: 1001, euid: 1001 })
  expect(() => doUnlinkat(f.l, f.vfs, f.vfs.root, '/dev/shm/mine', false)).toThrow(failing('EPERM'))
  expect(() => f.open('/dev/shm/mine', WRONLY)).toThrow(failing('EACCES'))
})

test('a removed working directory', () => {
  doMkdirat(f.l, f.vfs, f.vfs.root, '/w', 0o755)
  const w = find('/w')
  if (w === undefined) throw new Error('no w')
  doUnlinkat(f.l, f.vfs, f.vfs.root, '/w', true)
  expect(f.vfs.pathOf(w)).toBe('/w (deleted)')
  expect(find('..', true, w)).toBe(f.vfs.root)
  expect(() => doMkdirat(f.l, f.vfs, w, 'x', 0o755)).toThrow(failing('ENOENT'))
})

test('/proc shows the process, its descriptors and nothing of the host', () => {
  f.l.proc.executable = find('/d/e/file')
  const file = f.open('/d/e/file', RDONLY)
  f.l.proc.fd.allocate(file, false)
  expect(f.read('/proc/self/cmdline')).toBe('test\0x\0')
  expect(find('/proc/self/exe', false)?.readlink(f.l)).toBe('/d/e/file')
  expect(path('/proc/self/fd/0')).toBe('/d/e/file')
  expect(path('/dev/stdin')).toBe('/d/e/file')
  expect(f.names('/proc/1/fd')).toEqual(['0'])
  expect(() => f.read('/proc/2/status')).toThrow(failing('ENOENT'))
  expect(f.read('/proc/sys/kernel/ostype')).toBe('Linux\n')
})

test('devices', () => {
  f.write('/dev/null', 'gone')
  expect(f.open('/dev/zero', RDONLY).stat(f.l)).toMatchObject({ mode: 0o020666, rdev: 0x105 })
  expect(() => f.write('/dev/full', 'x')).toThrow(failing('ENOSPC'))
  expect(() => f.read('/dev/tty')).toThrow(failing('ENXIO'))
})
