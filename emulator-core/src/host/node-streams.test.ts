import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HostError } from './host.ts'
import { OutputStream, streamKind } from './node-streams.ts'

const { O_RDWR, O_RDONLY, O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
let folder = ''
let fifo = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlinear-streams-'))
  fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  writeFileSync(join(folder, 'file'), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

function withOpen<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = openSync(path, flags)
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

describe('what a descriptor is', () => {
  test.each([
    ['file', () => join(folder, 'file')],
    ['pipe', () => fifo],
    ['null', () => '/dev/null'],
    ['terminal', () => '/dev/ptmx'],
    ['pipe', () => '/dev/zero'],
  ])('%s', (kind, path) => {
    expect(withOpen(path(), O_RDWR | O_NONBLOCK | O_NOCTTY, streamKind)).toBe(kind)
  })

  test('a closed one is as good as none', () => expect(streamKind(987_654)).toBe('null'))
})

test('all is written though the reader is slow and the descriptor does not wait', async () => {
  const bytes = new Uint8Array(1 << 20).map((_, i) => i * 7 + (i >> 8))
  const fd = openSync(fifo, O_RDWR | O_NONBLOCK)
  const reader = spawn('sh', ['-c', `exec < "$0"; sleep 0.1; head -c ${bytes.length} | sha256sum`, fifo])
  const sum = new Promise<string>(resolve => reader.stdout.setEncoding('utf8').once('data', resolve))
  await new Promise(resolve => reader.once('spawn', resolve))
  new OutputStream(fd).write(bytes)
  expect((await sum).slice(0, 64)).toBe(createHash('sha256').update(bytes).digest('hex'))
  closeSync(fd)
})

test('nobody reads any more', () => {
  // The test above may still have its reader.
  const own = join(folder, 'own')
  execFileSync('mkfifo', [own])
  const reader = openSync(own, O_RDONLY | O_NONBLOCK)
  withOpen(own, O_WRONLY | O_NONBLOCK, fd => {
    const stream = new OutputStream(fd)
    stream.write(Buffer.from('x'))
    closeSync(reader)
    let error: unknown
    try {
      stream.write(Buffer.from('x'))
    } catch (e) {
      error = e
    }
    expect(error).toEqual(new HostError('EPIPE'))
  })
})

test('an output that is no terminal has nothing to read', () => {
  withOpen(join(folder, 'file'), O_RDWR, fd => {
    const stream = new OutputStream(fd)
    expect([stream.available(), stream.take(1)]).toEqual([-1, new Uint8Array(0)])
    expect(stream.hostFd).toBe(fd)
  })
})
