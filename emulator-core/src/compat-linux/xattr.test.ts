import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BUFFER, type CallFixture, callFixture } from '../../test/support/call-fixture.ts'
import { directoryCalls } from './directory.ts'
import { fileCalls } from './file.ts'
import { xattrCalls } from './xattr.ts'

let g: CallFixture
beforeEach(() => {
  g = callFixture({ ...directoryCalls, ...fileCalls, ...xattrCalls })
  fs.writeFileSync(join(g.host, 'a'), '')
  fs.symlinkSync('nowhere', join(g.host, 'l'))
})
afterEach(() => g.dispose())

test("under NetBSD's answers no file has attributes, and none can be given to it", () => {
  g.diverging.add('xattr.none')
  expect(g.call('getxattr', '/a', 'user.x', BUFFER, 10)).toBe('EOPNOTSUPP')
  expect(g.call('setxattr', '/a', 'user.x', BUFFER, 10, 0)).toBe('EOPNOTSUPP')
  expect(g.call('removexattr', '/a', 'user.x')).toBe('EOPNOTSUPP')
  expect(g.call('listxattr', '/a', BUFFER, 10)).toBe(0)
})

test('the file is looked for first, the name is checked then', () => {
  expect(g.call('getxattr', '/b', 'user.x', BUFFER, 10)).toBe('ENOENT')
  expect(g.call('getxattr', '/l', 'user.x', BUFFER, 10)).toBe('ENOENT')
  expect(g.call('lgetxattr', '/l', 'user.x', BUFFER, 10)).toBe('ENODATA')
  expect(g.call('fgetxattr', 99, 'user.x', BUFFER, 10)).toBe('EBADF')
  expect(g.call('flistxattr', 99, BUFFER, 10)).toBe('EBADF')
  expect(g.call('getxattr', '/a', '', BUFFER, 10)).toBe('ERANGE')
  expect(g.call('getxattr', '/a', 'x'.repeat(256), BUFFER, 10)).toBe('ERANGE')
  expect(g.call('getxattr', '/a', 8, BUFFER, 10)).toBe('EFAULT')
})

test('what a file may be given ends somewhere, and comes back when it goes', () => {
  const before = g.vfs.memory.used
  const value = new Uint8Array(65536)
  expect(g.call('setxattr', '/a', 'user.first', value, 65536, 0)).toBe(0)
  expect(g.call('setxattr', '/a', 'user.first', value, 65537, 0)).toBe('E2BIG')
  expect(g.call('setxattr', '/a', 'user.second', value, 65536, 0)).toBe('ENOSPC')
  expect(g.call('setxattr', '/a', 'user.small', value, 10, 0)).toBe(0)
  expect(g.call('getxattr', '/a', 'user.first', BUFFER, 65536)).toBe(65536)
  expect(g.call('unlink', '/a')).toBe(0)
  // The whiteout's node stays counted until the directory goes; the values do not.
  expect(g.vfs.memory.used - before).toBeLessThan(65536)
})
