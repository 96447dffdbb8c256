import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRing, RingReader, RingWriter } from './ring.ts'
import type { RingRead } from './test/ring-worker.ts'

/** A record of that size whose every word after the first is `mark`. */
function record(size: number, mark: number): Uint8Array {
  const words = new Uint32Array(size / 4).fill(mark)
  words[0] = size
  return new Uint8Array(words.buffer)
}

/** Reads all there is as [size, mark]; fails if a record is not what was written. */
function readAll(reader: RingReader, limit?: number): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = []
  reader.read((at, size) => {
    const mark = reader.view.getUint32(at + 4, true)
    expect(reader.bytes.slice(at, at + size)).toEqual(record(size, mark))
    found.push([size, mark])
  }, limit)
  return found
}

describe('on one thread', () => {
  it('gives back what was written, in order, whatever the sizes and however often it wraps', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 300 })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 40 }), (units, readEvery) => {
        const shared = createRing(4096)
        const reader = new RingReader(shared)
        const found: (readonly [number, number])[] = []
        const writer = new RingWriter(shared, () => found.push(...readAll(reader)))
        const written = units.map((n, i) => [8 * n, i + 1] as const)
        written.forEach(([size, mark], i) => {
          writer.append(record(size, mark))
          if (i % readEvery !== 0) return
          writer.publish()
          found.push(...readAll(reader, 3))
        })
        writer.close()
        found.push(...readAll(reader))
        expect(found).toEqual(written)
        expect(reader.ended).toBe(true)
      }),
    )
  })

  it('shows the reader nothing that is not published', () => {
    const shared = createRing(4096)
    const writer = new RingWriter(shared)
    const reader = new RingReader(shared)
    writer.append(record(16, 1))
    expect(readAll(reader)).toEqual([])
    writer.publish()
    expect(readAll(reader)).toEqual([[16, 1]])
  })

  it('publishes by itself what would otherwise stay long', () => {
    const shared = createRing(1 << 20)
    const writer = new RingWriter(shared)
    for (let i = 1; i <= 200; i++) writer.append(record(1024, i))
    expect(readAll(new RingReader(shared)).length).toBeGreaterThan(100)
  })

  it('refuses sizes that are no power of two, and records larger than half of itself', () => {
    expect(() => createRing(5000)).toThrow(RangeError)
    const writer = new RingWriter(createRing(4096))
    writer.append(record(2048, 1))
    expect(() => writer.append(record(2056, 2))).toThrow(RangeError)
  })

  it('positions survive the passing of 2^32', () => {
    const shared = createRing(4096)
    // Head and tail, 64 units before the counter turns over.
    new Int32Array(shared)[0] = -64
    new Int32Array(shared)[32] = -64
    new Int32Array(shared)[34] = -64
    const reader = new RingReader(shared)
    const found: (readonly [number, number])[] = []
    const writer = new RingWriter(shared, () => found.push(...readAll(reader)))
    for (let i = 1; i <= 1000; i++) writer.append(record(24, i))
    writer.publish()
    found.push(...readAll(reader))
    expect(found.map(([, mark]) => mark)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
  })
})

describe('between threads', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-ring-'))
  const worker = path.join(folder, 'worker.cjs')
  beforeAll(() =>
    build({
      entryPoints: [fileURLToPath(new URL('test/ring-worker.ts', import.meta.url))],
      outfile: worker,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
    }),
  )
  afterAll(() => rmSync(folder, { recursive: true }))

  function startReader(shared: SharedArrayBuffer, pause: number, stopAfter = Number.POSITIVE_INFINITY) {
    const thread = new Worker(worker, { workerData: { shared, pause, stopAfter } })
    const report = new Promise<RingRead>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
    })
    return report
  }

  it('loses nothing when the reader is far slower than the writer', async () => {
    const shared = createRing(4096)
    const report = startReader(shared, 1)
    const writer = new RingWriter(shared)
    let sum = 0
    for (let i = 1; i <= 5000; i++) {
      writer.append(record(8 * (1 + (i % 50)), i))
      sum += i
    }
    writer.finish()
    expect(await report).toMatchObject({ count: 5000, sum, inOrder: true })
  })

  it('finish comes back only when the reader is through', async () => {
    const shared = createRing(1 << 16)
    const report = startReader(shared, 20)
    const writer = new RingWriter(shared)
    for (let i = 1; i <= 100; i++) writer.append(record(16, i))
    writer.finish()
    // The reader has set its mark behind everything, before `finish` came back.
    expect(new Int32Array(shared)[60]).toBe(100)
    await report
  })

  it('flush waits until all that was written is passed on, also when it is asked again and again', async () => {
    const shared = createRing(1 << 16)
    const report = startReader(shared, 0)
    const writer = new RingWriter(shared)
    const passedOn = new Int32Array(shared)
    for (let i = 1; i <= 500; i++) {
      writer.append(record(16, i))
      writer.flush()
      expect(Atomics.load(passedOn, 61)).toBe(i)
      writer.flush()
    }
    writer.finish()
    expect((await report).count).toBe(500)
  })

  it('a reader that gives up sets the writer free', async () => {
    const shared = createRing(4096)
    const report = startReader(shared, 0, 10)
    const writer = new RingWriter(shared)
    for (let i = 1; i <= 5000; i++) writer.append(record(64, i))
    writer.flush()
    writer.finish()
    expect((await report).count).toBe(10)
  })
})
