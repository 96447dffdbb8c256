import { afterEach, beforeEach, expect, test } from 'vitest'
import { BUFFER, type CallFixture, callFixture } from '../../test/support/call-fixture.ts'
import { POLLERR, POLLIN, POLLOUT, POLLPRI } from '../native/selinfo.ts'
import { directoryCalls } from './directory.ts'
import { fileCalls } from './file.ts'
import { mountCalls } from './mount.ts'
import { tmpfsOptions } from './mount-options.ts'

const RDONLY = 1
const NOEXEC = 8
const REMOUNT = 32
const BIND = 4096
const MOVE = 8192
const PRIVATE = 1 << 18
const DETACH = 2
const EXPIRE = 4
const O_CREAT = 0o100
const O_RDWR = 2

let g: CallFixture
beforeEach(() => {
  g = callFixture({ ...directoryCalls, ...fileCalls, ...mountCalls })
  g.call('mkdir', '/m', 0o755)
  g.call('mkdir', '/other', 0o755)
})
afterEach(() => g.dispose())

const mount = (flags = 0, data: string | number = 0, at = '/m', type = 'tmpfs') =>
  g.call('mount', 'none', at, type, flags, data)
const make = (path: string) => g.call('open', path, O_CREAT | O_RDWR, 0o600)

test('what was in the directory is hidden while something is mounted on it, and what was mounted is gone afterwards', () => {
  g.call('close', make('/m/below'))
  expect(mount()).toBe(0)
  expect(g.call('access', '/m/below', 0)).toBe('ENOENT')
  g.call('mkdir', '/m/d', 0o755)
  g.call('close', make('/m/d/f'))
  const { used } = g.vfs.memory
  expect(g.call('umount2', '/m', 0)).toBe(0)
  expect(g.call('access', '/m/below', 0)).toBe(0)
  expect(g.vfs.memory.used).toBeLessThan(used)
  mount()
  expect(g.call('access', '/m/d', 0)).toBe('ENOENT')
})

test('read-only: from the start, or later', () => {
  expect(mount(RDONLY)).toBe(0)
  expect(make('/m/f')).toBe('EROFS')
  expect(mount(REMOUNT)).toBe(0)
  g.call('close', make('/m/f'))
  expect(mount(REMOUNT | RDONLY)).toBe(0)
  expect(g.call('open', '/m/f', O_RDWR)).toBe('EROFS')
  expect(g.call('unlink', '/m/f')).toBe('EROFS')
  expect(g.call('chmod', '/m/f', 0)).toBe('EROFS')
  expect(g.call('truncate', '/m/f', 0)).toBe('EROFS')
  expect(mount(REMOUNT | RDONLY, 0, '/other')).toBe('EINVAL')
})

test('a file system in use stays, unless it is only taken from the tree', () => {
  mount()
  const fd = make('/m/f')
  expect(g.call('umount2', '/m', 0)).toBe('EBUSY')
  expect(g.call('umount2', '/m', DETACH)).toBe(0)
  expect(g.call('access', '/m/f', 0)).toBe('ENOENT')
  expect(g.call('write', fd, BUFFER, 4)).toBe(4)
  expect(g.call('umount2', '/m', 0)).toBe('EINVAL')
})

test('mounted within: the outer one is in use; a detached tree goes as a whole', () => {
  mount()
  g.call('mkdir', '/m/in', 0o755)
  expect(mount(0, 0, '/m/in')).toBe(0)
  expect(g.call('umount2', '/m', 0)).toBe('EBUSY')
  const before = g.vfs.mounts.length
  expect(g.call('umount2', '/m', DETACH)).toBe(0)
  expect(g.vfs.mounts.length).toBe(before - 2)
})

test('expiry: marked first, gone the second time, if nobody came by', () => {
  mount()
  expect(g.call('umount2', '/m', EXPIRE)).toBe('EAGAIN')
  g.call('access', '/m/x', 0)
  expect(g.call('umount2', '/m', EXPIRE)).toBe('EAGAIN')
  expect(g.call('umount2', '/m', EXPIRE)).toBe(0)
  expect(g.call('umount2', '/m', EXPIRE | DETACH)).toBe('EINVAL')
})

test('moved: everything is at the other place', () => {
  mount()
  g.call('close', make('/m/f'))
  expect(g.call('mount', '/m', '/other', 0, MOVE, 0)).toBe(0)
  expect(g.call('access', '/other/f', 0)).toBe(0)
  expect(g.call('access', '/m/f', 0)).toBe('ENOENT')
  g.call('mkdir', '/other/d', 0o755)
  expect(g.call('mount', '/other', '/other/d', 0, MOVE, 0)).toBe('ELOOP')
  expect(g.call('mount', '/', '/m', 0, MOVE, 0)).toBe('EINVAL')
})

test('what cannot be mounted', () => {
  expect(mount(0, 0, '/none')).toBe('ENOENT')
  expect(mount(0, 0, '/m', 'ext4')).toBe('ENODEV')
  expect(mount(0, 'colour=red')).toBe('EINVAL')
  expect(g.call('mount', 'none', '/m', 0, 0, 0)).toBe('EINVAL')
  expect(g.call('mount', '/other', '/m', 0, BIND, 0)).toBe('ENOSYS')
  expect(g.call('mount', 0, '/m', 0, PRIVATE, 0)).toBe('EINVAL')
  expect(g.call('mount', 0, '/', 0, PRIVATE, 0)).toBe(0)
  g.call('chmod', '/', 0o755)
  g.l.proc.credentials = { ...g.l.proc.credentials, euid: 1 }
  expect(mount()).toBe('EPERM')
  expect(g.call('umount2', '/m', 0)).toBe('EPERM')
})

test('a size is a limit of its own', () => {
  expect(mount(NOEXEC, 'size=8k,mode=700')).toBe(0)
  const fd = make('/m/f')
  expect(g.call('write', fd, BUFFER, 4096)).toBe(4096)
  expect(g.call('write', fd, BUFFER, 4096)).toBe('ENOSPC')
})

test('options of tmpfs', () => {
  expect(tmpfsOptions('', 1000)).toEqual({ limit: undefined, mode: 0o1777, uid: undefined, gid: undefined })
  expect(tmpfsOptions('size=50%,mode=0750,uid=3', 8192)).toEqual({ limit: 4096, mode: 0o750, uid: 3, gid: undefined })
  expect(tmpfsOptions('size=1m', 0).limit).toBe(2 ** 20)
  expect(tmpfsOptions('size=0,huge=never', 0).limit).toBeUndefined()
  for (const wrong of ['size=', 'size=x', 'size=-1', 'mode=9', 'uid=a', 'nothing']) {
    expect(() => tmpfsOptions(wrong, 0)).toThrow()
  }
})

test('who polls a table of mounts is told of each change once, and of no other', () => {
  const fd = g.call('open', '/proc/self/mountinfo', 0)
  if (typeof fd !== 'number') throw new Error(fd)
  const file = g.l.proc.fd.file(fd)
  const all = POLLERR | POLLPRI | POLLIN | POLLOUT
  expect(file.poll(all)).toBe(POLLIN)
  let told = 0
  file.pollSources()[0].listeners.add({ notify: () => told++ })
  mount()
  expect(told).toBe(1)
  expect(file.poll(all)).toBe(POLLERR | POLLPRI | POLLIN)
  expect(file.poll(all)).toBe(POLLIN)
  make('/m/f')
  expect(file.poll(all)).toBe(POLLIN)
  mount(REMOUNT | RDONLY)
  expect(file.poll(all)).toBe(POLLERR | POLLPRI | POLLIN)
  g.call('umount2', '/m', DETACH)
  expect(file.poll(all)).toBe(POLLERR | POLLPRI | POLLIN)
})
