/**
 * The events of a run, all of them, for whoever looks: appended as they come, read by number, by range, by time. Records are collected in chunks;
 * full chunks go to a file, and only the ones used last stay in memory. Of each chunk the number and time of its first record are kept.
 */
import { decodeRecord } from './codec.ts'
import type { AnyEvent } from './grammar.ts'

/** Where chunks go. Offsets and sizes are bytes; every call does all of it or throws. */
export interface SpillFile {
  write(bytes: Uint8Array, offset: number): void
  read(into: Uint8Array, offset: number): void
  /** Closes and deletes it. */
  close(): void
}

interface Chunk {
  readonly offset: number
  readonly size: number
  readonly first: number
  readonly count: number
  readonly time: number
}

interface Loaded {
  readonly view: DataView
  /** Where each record begins. */
  readonly starts: Uint32Array
}

/** There is no room for another event: the message is one sentence for people. */
export class StoreFull extends Error {}

/** What a file of events may grow to: about a hundred million calls without arguments in memory. */
const DEFAULT_LIMIT = 16 * 2 ** 30

const CHUNK_BYTES = 1 << 20
const CHUNKS_IN_MEMORY = 32

export class EventStore {
  readonly #file: SpillFile
  readonly #limit: number
  readonly #chunks: Chunk[] = []
  /** By the chunk's place in the list, least recently used first. */
  readonly #loaded = new Map<number, Loaded>()
  #tail = new Uint8Array(CHUNK_BYTES)
  #tailView = new DataView(this.#tail.buffer)
  #tailSize = 0
  #tailStarts: number[] = []
  #tailTime = 0
  #count = 0
  #spilled = 0
  #closed = false

  /** `limit`: bytes that the file may have. */
  constructor(file: SpillFile, limit = DEFAULT_LIMIT) {
    this.#file = file
    this.#limit = limit
  }

  /** How many events there are: numbers 0 … count - 1. */
  get count(): number {
    return this.#count
  }

  /** Takes a record. @throws StoreFull, and what the file throws; then it holds what it held. */
  append(bytes: Uint8Array, at: number, size: number): void {
    if (this.#closed) return
    if (this.#tailSize + size > CHUNK_BYTES && this.#tailSize > 0) this.#spill()
    if (size > this.#tail.length) this.#grow(size)
    this.#tail.set(bytes.subarray(at, at + size), this.#tailSize)
    if (this.#tailStarts.length === 0) this.#tailTime = this.#tailView.getFloat64(this.#tailSize + 16, true)
    this.#tailStarts.push(this.#tailSize)
    this.#tailSize += size
    this.#count++
  }

  #grow(size: number): void {
    this.#tail = new Uint8Array(size)
    this.#tailView = new DataView(this.#tail.buffer)
  }

  #spill(): void {
    if (this.#spilled + this.#tailSize > this.#limit)
      throw new StoreFull(`more than ${Math.floor(this.#limit / 2 ** 30)} GB would be needed`)
    this.#file.write(this.#tail.subarray(0, this.#tailSize), this.#spilled)
    const count = this.#tailStarts.length
    this.#chunks.push({
      offset: this.#spilled,
      size: this.#tailSize,
      first: this.#count - count,
      count,
      time: this.#tailTime,
    })
    this.#spilled += this.#tailSize
    this.#tailSize = 0
    this.#tailStarts = []
    if (this.#tail.length > CHUNK_BYTES) this.#grow(CHUNK_BYTES)
  }

  /** The event of that number. @throws RangeError if there is none. */
  event(index: number): AnyEvent {
    const [found] = this.events(index, 1)
    if (found?.index !== index) throw new RangeError(`There is no event ${index}.`)
    return found
  }

  /** At most `count` events from number `from` on. */
  events(from: number, count: number): AnyEvent[] {
    const found: AnyEvent[] = []
    this.forEachRecord(from, count, (view, at, index) => {
      found.push(decodeRecord(view, at, index))
    })
    return found
  }

  /** Visits records undecoded; the view holds until `use` returns. */
  forEachRecord(from: number, count: number, use: (view: DataView, at: number, index: number) => void): void {
    let index = Math.max(0, Math.floor(from))
    const end = Math.min(this.#count, index + count)
    while (index < end) {
      const place = this.#chunkOf(index)
      const chunk = this.#chunks[place]
      const first = chunk === undefined ? this.#count - this.#tailStarts.length : chunk.first
      const { view, starts } =
        chunk === undefined ? { view: this.#tailView, starts: this.#tailStarts } : this.#load(place)
      for (let i = index - first; i < starts.length && index < end; i++) use(view, starts[i], index++)
    }
  }

  /** Number of the first event that is not before `time` (ns); `count` if all are. */
  findTime(time: number): number {
    let low = 0
    let high = this.#count
    // Times never go back: the order of the records is the order of things.
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#time(middle) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  #time(index: number): number {
    const place = this.#chunkOf(index)
    const chunk = this.#chunks[place]
    if (chunk !== undefined && index === chunk.first) return chunk.time
    let time = 0
    this.forEachRecord(index, 1, (view, at) => {
      time = view.getFloat64(at + 16, true)
    })
    return time
  }

  /** The place in the list of the chunk with that event; the list's length for the one still in memory. */
  #chunkOf(index: number): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const chunk = this.#chunks[middle]
      if (chunk.first + chunk.count <= index) low = middle + 1
      else high = middle
    }
    return low
  }

  #load(place: number): Loaded {
    const known = this.#loaded.get(place)
    if (known !== undefined) {
      this.#loaded.delete(place)
      this.#loaded.set(place, known)
      return known
    }
    const chunk = this.#chunks[place]
    const bytes = new Uint8Array(chunk.size)
    this.#file.read(bytes, chunk.offset)
    const view = new DataView(bytes.buffer)
    const starts = new Uint32Array(chunk.count)
    for (let i = 0, at = 0; i < chunk.count; i++) {
      starts[i] = at
      at += view.getUint32(at, true)
    }
    const loaded = { view, starts }
    this.#loaded.set(place, loaded)
    if (this.#loaded.size > CHUNKS_IN_MEMORY) {
      for (const oldest of this.#loaded.keys()) {
        this.#loaded.delete(oldest)
        break
      }
    }
    return loaded
  }

  /** Forgets everything and deletes the file. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#loaded.clear()
    this.#chunks.length = 0
    this.#count = 0
    this.#tailStarts = []
    this.#file.close()
  }
}
