import { readdirSync } from 'node:fs'
import os from 'node:os'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { openSpillFile } from '../host/spill-file.ts'
import { RecordEncoder } from './codec.ts'
import type { AnyEvent } from './grammar.ts'
import { EventStore, type SpillFile, StoreFull } from './store.ts'
import { anyEvent } from './test/arbitrary-event.ts'

const encoder = new RecordEncoder()

function append(store: EventStore, event: AnyEvent): void {
  const record = encoder.encode(event.kind, event, { ...event })
  store.append(record, 0, record.length)
}

/** A step whose label tells its number. */
function step(index: number, padding = ''): AnyEvent {
  return { kind: 'step', index, pid: 1, tid: 1, time: 10 * index, blocks: index, label: `${index}`, variables: padding }
}

class MemoryFile implements SpillFile {
  bytes = new Uint8Array(0)
  reads = 0
  closed = false

  write(bytes: Uint8Array, offset: number): void {
    if (offset + bytes.length > this.bytes.length) {
      const larger = new Uint8Array(2 * (offset + bytes.length))
      larger.set(this.bytes)
      this.bytes = larger
    }
    this.bytes.set(bytes, offset)
  }

  read(into: Uint8Array, offset: number): void {
    this.reads++
    into.set(this.bytes.subarray(offset, offset + into.length))
  }

  close(): void {
    this.closed = true
  }
}

describe('event store', () => {
  const open: EventStore[] = []
  const fresh = (file: SpillFile = openSpillFile()) => {
    const store = new EventStore(file)
    open.push(store)
    return store
  }
  afterEach(() => {
    for (const store of open.splice(0)) store.close()
  })

  it('gives back any range of any events', () => {
    const events = fc.array(anyEvent, { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(events, fc.nat({ max: 50 }), fc.nat({ max: 50 }), (given, from, count) => {
        const store = new EventStore(new MemoryFile())
        const numbered = given.map((event, index) => ({ ...event, index }))
        for (const event of numbered) append(store, event)
        expect(store.count).toBe(numbered.length)
        expect(store.events(from, count)).toEqual(numbered.slice(from, from + count))
      }),
    )
  })

  it('reads events back that went to the file, one by one and across the edges of its chunks', () => {
    const store = fresh()
    const padding = 'x'.repeat(1000)
    const total = 12_000
    for (let i = 0; i < total; i++) append(store, step(i, padding))
    for (const index of [0, 1, 999, 1000, 1001, 5000, total - 1])
      expect(store.event(index)).toEqual(step(index, padding))
    const all = store.events(0, total)
    expect(all.length).toBe(total)
    expect(all.every((event, i) => event.index === i && event.kind === 'step' && event.label === `${i}`)).toBe(true)
    expect(store.events(total - 2, 100).map(event => event.index)).toEqual([total - 2, total - 1])
    expect(store.events(total, 1)).toEqual([])
    expect(() => store.event(total)).toThrow(RangeError)
    expect(() => store.event(-1)).toThrow(RangeError)
  })

  it('keeps a million events without keeping them in memory', () => {
    const store = fresh()
    const record = encoder.encode('knote-detach', { pid: 1, tid: 1, time: 0, blocks: 0 }, { knote: 0 })
    const view = new DataView(record.buffer)
    const before = process.memoryUsage()
    for (let i = 0; i < 1_000_000; i++) {
      view.setUint32(32, i, true)
      view.setFloat64(16, i, true)
      store.append(record, 0, record.length)
    }
    const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers
    expect(grown).toBeLessThan(16 << 20)
    for (const index of [0, 777_777, 333_333, 999_999]) {
      expect(store.event(index)).toMatchObject({ kind: 'knote-detach', knote: index, index })
    }
  })

  it('loads a chunk once for many questions near each other', () => {
    const file = new MemoryFile()
    const store = fresh(file)
    for (let i = 0; i < 5000; i++) append(store, step(i, 'x'.repeat(1000)))
    for (let i = 0; i < 500; i++) store.event(i)
    expect(file.reads).toBe(1)
  })

  it('takes a record larger than a chunk', () => {
    const store = fresh()
    append(store, step(0))
    const bytes = new Uint8Array(3 << 20).map((_, i) => i)
    const captures = [{ address: 1n, bytes }]
    const large = {
      kind: 'syscall-exit',
      index: 1,
      pid: 1,
      tid: 1,
      time: 5,
      blocks: 0,
      nr: 0,
      outcome: 0,
      result: 0n,
      captures,
    } as const
    append(store, large)
    append(store, step(2))
    const found = store.event(1)
    // Element by element, a comparison of so many bytes would take seconds.
    expect(found.kind === 'syscall-exit' && Buffer.from(bytes).equals(found.captures[0].bytes)).toBe(true)
    expect([store.event(0), store.event(2)]).toEqual([step(0), step(2)])
  })

  it('finds the first event that is not before a time', () => {
    const padding = 'x'.repeat(60_000)
    const times = fc.array(fc.nat({ max: 50 }), { maxLength: 60 }).map(list => list.sort((a, b) => a - b))
    fc.assert(
      fc.property(times, fc.integer({ min: -1, max: 51 }), (sorted, wanted) => {
        const store = new EventStore(new MemoryFile())
        // Large enough for some chunks to be in the file.
        for (const [i, time] of sorted.entries()) append(store, { ...step(i, padding), time })
        const first = sorted.findIndex(time => time >= wanted)
        expect(store.findTime(wanted)).toBe(first < 0 ? sorted.length : first)
      }),
    )
  })

  it('refuses what its file may not or cannot hold, and keeps what it has', () => {
    const limited = new EventStore(new MemoryFile(), 3 << 20)
    const padding = 'x'.repeat(1000)
    expect(() => {
      for (let i = 0; i < 10_000; i++) append(limited, step(i, padding))
    }).toThrow(StoreFull)
    const kept = limited.count
    expect(kept).toBeGreaterThan(3000)
    expect(limited.event(kept - 1)).toEqual(step(kept - 1, padding))
    expect(() => append(limited, step(kept, padding))).toThrow(StoreFull)
    expect(limited.count).toBe(kept)
  })

  it('leaves nothing behind', () => {
    const remains = () => readdirSync(os.tmpdir()).filter(name => name.startsWith('interlinear-events-'))
    const before = remains()
    const store = new EventStore(openSpillFile())
    for (let i = 0; i < 3000; i++) append(store, step(i, 'x'.repeat(1000)))
    store.close()
    expect(remains()).toEqual(before)
    expect(store.count).toBe(0)
    append(store, step(0))
    expect(store.count).toBe(0)
  })
})
