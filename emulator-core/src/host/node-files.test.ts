import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HostError } from './host.ts'
import { nodeFiles as files } from './node-files.ts'

let folder = ''
const at = (name: string): string => join(folder, name)

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'interlinear-host-'))
  fs.writeFileSync(at('file'), 'content')
  fs.symlinkSync('file', at('link'))
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

function code(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (error) {
    if (error instanceof HostError) return error.code
    throw error
  }
}

test('what a file is', () => {
  const { ino, mode, size, mtimeNs } = fs.lstatSync(at('file'), { bigint: true })
  const expected = { ino: Number(ino), mode: Number(mode), size: Number(size), mtime: mtimeNs }
  expect(files.lstat(at('file'))).toMatchObject(expected)
  expect(files.lstat(at('link')).mode & 0o170000).toBe(0o120000)
})

describe('errors have their POSIX names', () => {
  test.each<[string, () => unknown]>([
    ['ENOENT', () => files.lstat(at('nothing'))],
    ['ENOENT', () => files.lstat(at('nothing/at/all'))],
    ['ENOTDIR', () => files.lstat(at('file/below'))],
    ['ENOTDIR', () => files.readdir(at('file'))],
    ['ENOENT', () => files.readdir(at('nothing'))],
    ['EINVAL', () => files.readlink(at('file'))],
    ['EEXIST', () => files.open(at('file'), 'create-exclusive', 0o600)],
    ['EEXIST', () => files.mkdir(folder, 0o700)],
    ['ENOTEMPTY', () => files.rmdir(folder)],
    ['ELOOP', () => files.open(at('link'), 'r')],
    ['EBADF', () => files.fstat(987_654)],
    ['ENAMETOOLONG', () => files.lstat(at('x'.repeat(300)))],
  ])('%s', (name, run) => expect(code(run)).toBe(name))
})

test('names are bytes', () => {
  const folderOfNames = at('names')
  fs.mkdirSync(folderOfNames)
  const names = ['\xff\xfe', '\xc3\xbc', 'new\nline', 'plain']
  for (const name of names) files.close(files.open(`${folderOfNames}/${name}`, 'create-exclusive', 0o644))
  expect(files.readdir(folderOfNames).sort()).toEqual([...names].sort())
  files.symlink('\xfe', `${folderOfNames}/l`)
  expect(files.readlink(`${folderOfNames}/l`)).toBe('\xfe')
  expect(files.realpath(`${folderOfNames}/\xff\xfe`)).toBe(`${fs.realpathSync(folderOfNames)}/\xff\xfe`)
  files.rename(`${folderOfNames}/\xff\xfe`, `${folderOfNames}/\xfd`)
  expect(files.readdir(folderOfNames)).toContain('\xfd')
})

test('pieces are read and written at positions, or where the descriptor stands', () => {
  const fd = files.open(at('pieces'), 'create-exclusive', 0o600)
  expect(files.writev(fd, [Buffer.from('one'), Buffer.from('two')], undefined)).toBe(6)
  expect(files.writev(fd, [Buffer.from('X')], 100)).toBe(1)
  expect(files.writev(fd, [Buffer.from('three')], undefined)).toBe(5)
  const [a, b] = [Buffer.alloc(4), Buffer.alloc(50)]
  expect(files.readv(fd, [a, b], 0)).toBe(54)
  expect(a.toString() + b.subarray(0, 8).toString()).toBe('onetwothree\0')
  expect(files.readv(fd, [a], 1000)).toBe(0)
  files.ftruncate(fd, 3)
  expect(files.fstat(fd).size).toBe(3)
  files.close(fd)
  expect(fs.readFileSync(at('pieces'), 'utf8')).toBe('one')
})

test('a pipe is opened without waiting for its other end', () => {
  execFileSync('mkfifo', [at('fifo')])
  files.close(files.open(at('fifo'), 'r'))
})

test('times are set to a microsecond, of a link itself too', () => {
  const time = 1_700_000_000_123_456_000n
  const near = (t: bigint): boolean => t - time < 1000n && time - t < 1000n
  files.utimes(at('link'), time, time, false)
  expect(near(files.lstat(at('link')).mtime)).toBe(true)
  expect(near(files.lstat(at('file')).mtime)).toBe(false)
  files.utimes(at('link'), time, time, true)
  expect(near(files.lstat(at('file')).mtime)).toBe(true)
  files.utimes(at('file'), -1_500_000_000n, 0n, true)
  expect(files.lstat(at('file'))).toMatchObject({ atime: -1_500_000_000n, mtime: 0n })
})

test.each([
  ['fifo', 0o010000],
  ['socket', 0o140000],
] as const)('a %s, however deep, and only where nothing is', (kind, type) => {
  const deep = at(`deep-${kind}/${'x'.repeat(60)}/${'y'.repeat(60)}`)
  fs.mkdirSync(deep, { recursive: true })
  files.mknod(`${deep}/special`, kind)
  expect(files.lstat(`${deep}/special`)).toMatchObject({ nlink: 1 })
  expect(files.lstat(`${deep}/special`).mode & 0o170000).toBe(type)
  expect(files.readdir(deep)).toEqual(['special'])
  expect(code(() => files.mknod(`${deep}/special`, kind))).toBe('EEXIST')
  expect(code(() => files.mknod(`${deep}/none/special`, kind))).not.toBe('none')
})
