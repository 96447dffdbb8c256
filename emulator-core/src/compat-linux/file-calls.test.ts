import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BUFFER, type CallFixture, callFixture } from '../../test/support/call-fixture.ts'
import { directoryCalls } from './directory.ts'
import { fcntlCalls } from './fcntl.ts'
import { fileCalls } from './file.ts'
import { ioctlCalls } from './ioctl.ts'
import { statCalls } from './stat.ts'

const O_RDWR_CREAT = 0o102
const O_NOFOLLOW = 0x20000
const AT_FDCWD = -100
let g: CallFixture
beforeEach(() => {
  g = callFixture({ ...fileCalls, ...statCalls, ...directoryCalls, ...fcntlCalls, ...ioctlCalls })
  fs.writeFileSync(join(g.host, 'a'), 'hello world')
})
afterEach(() => g.dispose())

const text = (length: number): string => Buffer.from(g.memory.copyin(BUFFER, length)).toString('latin1')
const words = (...n: number[]): Uint8Array => new Uint8Array(BigInt64Array.from(n.map(BigInt)).buffer)

test('stat tells what the host tells, in the layout of struct stat', () => {
  expect(g.call('stat', '/a', BUFFER)).toBe(0)
  const s = fs.statSync(join(g.host, 'a'), { bigint: true })
  const v = g.view(BUFFER, 144)
  expect([0, 8, 16].map(at => v.getBigUint64(at, true))).toEqual([s.dev, s.ino, s.nlink])
  expect([24, 28, 32].map(at => v.getUint32(at, true))).toEqual([s.mode, s.uid, s.gid].map(Number))
  expect([40, 48, 56, 64].map(at => v.getBigInt64(at, true))).toEqual([s.rdev, s.size, s.blksize, s.blocks])
  const time = (at: number): bigint => v.getBigInt64(at, true) * 1_000_000_000n + v.getBigInt64(at + 8, true)
  expect([time(72), time(88), time(104)]).toEqual([s.atimeNs, s.mtimeNs, s.ctimeNs])
})

test('statx, and the device numbers that NetBSD gets wrong', () => {
  const s = fs.statSync(join(g.host, 'a'))
  expect(g.call('statx', AT_FDCWD, '/a', 0, 0xfff, BUFFER)).toBe(0)
  let v = g.view(BUFFER, 256)
  expect([v.getUint16(28, true), Number(v.getBigUint64(32, true)), Number(v.getBigUint64(40, true))]).toEqual([
    s.mode,
    s.ino,
    11,
  ])
  expect(v.getUint32(136, true) * 256 + v.getUint32(140, true)).toBe(s.dev)
  expect(g.call('statx', AT_FDCWD, '/a', 0x2000, 0xfff, BUFFER)).toBe(0)
  g.diverging.add('statx.device-numbers').add('statx.sync-flags')
  expect(g.call('statx', AT_FDCWD, '/a', 0x2000, 0xfff, BUFFER)).toBe('EINVAL')
  g.call('statx', AT_FDCWD, '/a', 0, 0xfff, BUFFER)
  v = g.view(BUFFER, 256)
  expect([v.getUint32(136, true), v.getUint32(140, true)]).toEqual([0, 0])
})

test('reading, writing and seeking', () => {
  const fd = g.call('open', '/a', O_RDWR_CREAT, 0) as number
  expect(g.call('read', fd, BUFFER, 5)).toBe(5)
  expect(text(5)).toBe('hello')
  expect(g.call('pread64', fd, BUFFER, 5, 6)).toBe(5)
  expect(text(5)).toBe('world')
  expect(g.call('lseek', fd, 0, 1)).toBe(5)
  expect(g.call('write', fd, '_', 1)).toBe(1)
  expect(g.call('pwrite64', fd, 'J', 1, 0)).toBe(1)
  expect(g.call('lseek', fd, 0, 0)).toBe(0)
  expect(g.call('readv', fd, words(BUFFER, 3, BUFFER + 3, 100), 2)).toBe(11)
  expect(text(11)).toBe('Jello_world')
  expect(g.call('lseek', fd, -1, 0)).toBe('EINVAL')
  expect(g.call('lseek', fd, 0, 3)).toBe(0)
  g.diverging.add('lseek.data-hole')
  expect(g.call('lseek', fd, 0, 3)).toBe('EINVAL')
  expect(g.call('read', fd, 0x10, 5)).toBe('EFAULT')
  expect(g.call('read', 77, BUFFER, 5)).toBe('EBADF')
  expect(g.call('close', fd)).toBe(0)
  expect(g.call('close', fd)).toBe('EBADF')
})

test('open: what is refused', () => {
  fs.mkdirSync(join(g.host, 'd'))
  fs.symlinkSync('a', join(g.host, 'l'))
  expect(g.call('open', '/a', O_RDWR_CREAT | 0x80, 0)).toBe('EEXIST')
  expect(g.call('open', '/d', 1)).toBe('EISDIR')
  expect(g.call('open', '/a', 0x10000)).toBe('ENOTDIR')
  expect(g.call('open', '/l', O_NOFOLLOW)).toBe('ELOOP')
  expect(g.call('openat', 99, 'a', 0)).toBe('EBADF')
  expect(g.call('open', 0, 0)).toBe('EFAULT')
  g.diverging.add('open.nofollow-symlink')
  expect(g.call('open', '/l', O_NOFOLLOW)).toBe('EFTYPE')
})

test('O_PATH stands for a place only; under NetBSD it opens', () => {
  const fd = g.call('open', '/a', 0x200000) as number
  expect(g.call('read', fd, BUFFER, 1)).toBe('EBADF')
  expect(g.call('fstat', fd, BUFFER)).toBe(0)
  g.diverging.add('open.path-flag')
  expect(g.call('read', g.call('open', '/a', 0x200000), BUFFER, 1)).toBe(1)
})

test('O_TMPFILE, and giving the file a name', () => {
  const fd = g.call('open', '/', 0x410002, 0o600) as number
  expect(g.call('write', fd, 'data', 4)).toBe(4)
  expect(g.call('linkat', AT_FDCWD, `/proc/self/fd/${fd}`, AT_FDCWD, '/named', 0x400)).toBe(0)
  expect(g.read('/named')).toBe('data')
})

test('getdents64 lists each name once, over many small reads', () => {
  for (let i = 0; i < 40; i++) fs.writeFileSync(join(g.host, `name${i}`), '')
  const fd = g.call('open', '/', 0x10000) as number
  const seen: string[] = []
  for (;;) {
    const n = g.call('getdents64', fd, BUFFER, 200) as number
    if (n === 0) break
    const v = g.view(BUFFER, n)
    for (let at = 0; at < n; at += v.getUint16(at + 16, true)) {
      seen.push(
        text(n)
          .slice(at + 19)
          .split('\0')[0],
      )
    }
  }
  expect(seen.sort()).toEqual(
    ['.', '..', 'a', 'dev', 'proc', 'sys', ...Array.from({ length: 40 }, (_, i) => `name${i}`)].sort(),
  )
  expect(g.call('getdents64', fd, BUFFER, 10)).toBe(0)
  g.call('lseek', fd, 0, 0)
  expect(g.call('getdents64', fd, BUFFER, 10)).toBe('EINVAL')
})

test('duplicates and closing ranges', () => {
  const fd = g.call('open', '/a', 0) as number
  expect(g.call('dup2', fd, 9)).toBe(9)
  expect(g.call('dup3', fd, fd, 0)).toBe('EINVAL')
  expect(g.call('fcntl', fd, 0, 20)).toBe(20)
  expect(g.call('close_range', 9, 4000, 4)).toBe(0)
  expect([g.call('fcntl', fd, 1), g.call('fcntl', 9, 1), g.call('fcntl', 20, 1)]).toEqual([0, 1, 1])
  expect(g.call('close_range', 5, 4, 0)).toBe('EINVAL')
  expect(g.call('close_range', 9, 4000, 0)).toBe(0)
  expect(g.call('fcntl', 20, 1)).toBe('EBADF')
  expect(g.call('fcntl', fd, 3)).toBe(0x8000)
})

test('locks of open files keep each other out; a process does not lock itself out', () => {
  const a = g.call('open', '/a', 2) as number
  const b = g.call('open', '/a', 2) as number
  expect(g.call('flock', a, 2)).toBe(0)
  expect(g.call('flock', b, 2 | 4)).toBe('EAGAIN')
  expect(g.call('flock', b, 2)).toBe('sleeps')
  expect(g.call('flock', a, 8)).toBe(0)
  expect(g.call('flock', b, 2)).toBe(0)
  const whole = new Uint8Array(32)
  whole[0] = 1
  expect(g.call('fcntl', a, 6, whole)).toBe(0)
  expect(g.call('fcntl', b, 6, whole)).toBe(0)
  expect(g.call('fcntl', a, 37, whole)).toBe('EAGAIN')
  g.diverging.add('fcntl.commands')
  expect(g.call('fcntl', a, 37, whole)).toBe('EOPNOTSUPP')
})

test('copying inside the kernel', () => {
  const from = g.call('open', '/a', 0) as number
  const to = g.call('open', '/copy', O_RDWR_CREAT, 0o644) as number
  expect(g.call('sendfile', to, from, 0, 5)).toBe(5)
  expect(g.call('copy_file_range', from, 0, to, 0, 100, 0)).toBe(6)
  expect(g.read('/copy')).toBe('hello world')
})

test('a working directory that the root is not above is said to be unreachable', () => {
  g.call('mkdir', '/in', 0o755)
  g.call('mkdir', '/out', 0o755)
  g.call('chdir', '/out')
  expect(g.call('chroot', '/in')).toBe(0)
  expect(g.call('getcwd', BUFFER, 100)).toBe(18)
  expect(text(17)).toBe('(unreachable)/out')
  expect(g.call('chdir', '/')).toBe(0)
  expect(g.call('getcwd', BUFFER, 100)).toBe(2)
})

test('times, modes, links and the working directory', () => {
  expect(g.call('mkdir', '/w', 0o777)).toBe(0)
  expect(g.call('chdir', '/w')).toBe(0)
  expect(g.call('getcwd', BUFFER, 100)).toBe(3)
  expect(g.call('getcwd', BUFFER, 2)).toBe('ERANGE')
  expect(g.call('symlink', '../a', 'l')).toBe(0)
  expect(g.call('readlink', 'l', BUFFER, 100)).toBe(4)
  expect(text(4)).toBe('../a')
  expect(g.call('utimensat', AT_FDCWD, 'l', words(1, 5, 2, 6), 0)).toBe(0)
  g.call('stat', '/a', BUFFER)
  expect([72, 80, 88, 96].map(at => Number(g.view(BUFFER, 144).getBigInt64(at, true)))).toEqual([1, 5, 2, 6])
  expect(g.call('chmod', '/a', 0o4711)).toBe(0)
  expect(g.call('chown', '/a', 5, -1)).toBe(0)
  g.call('stat', '/a', BUFFER)
  expect([24, 28, 32].map(at => g.view(BUFFER, 144).getUint32(at, true))).toEqual([0o100711, 5, 0])
  expect(g.call('access', '/a', 7)).toBe(0)
  expect(g.call('unlinkat', AT_FDCWD, '/w/l', 0)).toBe(0)
  expect(g.call('rmdir', '.')).toBe('EINVAL')
  expect(g.call('rmdir', '/w')).toBe(0)
  expect(g.call('getcwd', BUFFER, 100)).toBe('ENOENT')
  expect(g.call('ioctl', 0, 0x5401, BUFFER)).toBe('EBADF')
})
