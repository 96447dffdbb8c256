/**
 * Records on their way from the thread that runs the guest to the one that looks: a ring in shared memory, one writer, one reader.
 * Records are contiguous; one that does not fit before the end is preceded by a marker (size 0) that says "go on at the start".
 * Nothing is ever dropped: a full ring makes the writer wait, on another thread for the reader, on the same one by calling `drain`.
 *
 * Positions count 8-byte units, modulo 2^32. The writer publishes in batches: a reader that keeps up is not woken for every record.
 */
const CONTROL_BYTES = 256
/** What the writer sets. */
const HEAD = 0
const CLOSED = 1
const WRITER_WAITS = 2
/** The writer waits until all is passed on. */
const FLUSH_WANTED = 3
/** Counts what a sleeping reader is to wake up for. */
const WAKE = 4
/** What the reader sets, in another line of the processor's cache. */
const TAIL = 32
const READER_WAITS = 33
/** The position up to which everything has left the process. */
const FLUSHED = 34
/** Everything has, and the reader is through with its work. */
const DONE = 35
/** The reader reads no more: what is written is lost, and nobody waits for it. */
const GONE = 36

/** How much may be written before it is published without being asked. */
const BATCH_UNITS = (64 * 1024) / 8

/** How often, and how long, a reader naps before it asks to be woken. */
const NAPS = 8
const NAP_MS = 2

export const DEFAULT_RING_BYTES = 8 << 20

/** `bytes`: a power of two. */
export function createRing(bytes = DEFAULT_RING_BYTES): SharedArrayBuffer {
  if (bytes < 4096 || (bytes & (bytes - 1)) !== 0)
    throw new RangeError('A ring has 4096 bytes or more, a power of two.')
  return new SharedArrayBuffer(CONTROL_BYTES + bytes)
}

export class RingWriter {
  readonly #control: Int32Array
  readonly #units: number
  readonly #drain: (() => void) | undefined
  readonly #wake: (() => void) | undefined
  /** The ring's memory, as the records are written into it. */
  readonly words: Uint32Array
  readonly doubles: Float64Array
  readonly view: DataView
  readonly bytes: Uint8Array
  #head: number
  #published: number
  /** The reader's position when last looked at: there is at least the room that it says. */
  #tail: number

  /**
   * @param drain for a reader on the same thread: makes room by reading. Without it the writer waits for the other thread.
   * @param wake called after publishing to a reader that waits for a message rather than on the memory.
   */
  constructor(shared: SharedArrayBuffer, drain?: () => void, wake?: () => void) {
    this.#control = new Int32Array(shared, 0, CONTROL_BYTES / 4)
    const size = shared.byteLength - CONTROL_BYTES
    this.#units = size / 8
    this.words = new Uint32Array(shared, CONTROL_BYTES)
    this.doubles = new Float64Array(shared, CONTROL_BYTES)
    this.view = new DataView(shared, CONTROL_BYTES)
    this.bytes = new Uint8Array(shared, CONTROL_BYTES)
    this.#drain = drain
    this.#wake = wake
    this.#head = Atomics.load(this.#control, HEAD) >>> 0
    this.#published = this.#head
    this.#tail = Atomics.load(this.#control, TAIL) >>> 0
  }

  /** The largest record it takes, in bytes. */
  get largestRecord(): number {
    return this.#units * 4
  }

  /** Room for `size` bytes (a multiple of 8) in one piece: its offset. Follow with `commit(size)`. */
  reserve(size: number): number {
    const units = size >>> 3
    const at = this.#head & (this.#units - 1)
    const toEnd = this.#units - at
    if (units <= toEnd) {
      if (((this.#head - this.#tail) >>> 0) + units > this.#units) this.#makeRoom(units)
      return at << 3
    }
    if (units > this.#units >>> 1) throw new RangeError(`A record of ${size} bytes is too large for the ring.`)
    this.#makeRoom(toEnd + units)
    this.words[at << 1] = 0
    this.#head = (this.#head + toEnd) >>> 0
    return 0
  }

  commit(size: number): void {
    this.#head = (this.#head + (size >>> 3)) >>> 0
    if ((this.#head - this.#published) >>> 0 >= BATCH_UNITS) this.publish()
  }

  append(record: Uint8Array): void {
    const at = this.reserve(record.length)
    this.bytes.set(record, at)
    this.commit(record.length)
  }

  #room(units: number): boolean {
    // Without a reader the records are overwritten unread.
    if (Atomics.load(this.#control, GONE) !== 0) this.#tail = this.#head
    else this.#tail = Atomics.load(this.#control, TAIL) >>> 0
    return ((this.#head - this.#tail) >>> 0) + units <= this.#units
  }

  #makeRoom(units: number): void {
    if (this.#room(units)) return
    this.publish()
    if (this.#drain !== undefined) {
      this.#drain()
      if (this.#room(units)) return
    }
    Atomics.store(this.#control, WRITER_WAITS, 1)
    this.#wake?.()
    for (;;) {
      const seen = Atomics.load(this.#control, TAIL)
      if (this.#room(units)) break
      Atomics.wait(this.#control, TAIL, seen)
    }
    Atomics.store(this.#control, WRITER_WAITS, 0)
  }

  /** Lets the reader see what was written. Call it before the thread goes to sleep, and now and then. */
  publish(): void {
    if (this.#head === this.#published) return
    this.#published = this.#head
    Atomics.store(this.#control, HEAD, this.#head | 0)
    if (Atomics.load(this.#control, READER_WAITS) !== 0) this.#wakeReader()
  }

  #wakeReader(): void {
    Atomics.add(this.#control, WAKE, 1)
    Atomics.notify(this.#control, WAKE)
    this.#wake?.()
  }

  /** Publishes, and waits until the reader on the other thread has passed everything on (see `flushed`). */
  flush(): void {
    this.publish()
    const wanted = this.#head | 0
    Atomics.store(this.#control, FLUSH_WANTED, 1)
    this.#wakeReader()
    for (;;) {
      const flushed = Atomics.load(this.#control, FLUSHED)
      if (flushed === wanted || Atomics.load(this.#control, GONE) !== 0) break
      Atomics.wait(this.#control, FLUSHED, flushed)
    }
    Atomics.store(this.#control, FLUSH_WANTED, 0)
  }

  /** No more records will come. */
  close(): void {
    this.publish()
    Atomics.store(this.#control, CLOSED, 1)
    this.#wakeReader()
  }

  /** Closes, and waits until the reader on the other thread has said that everything is done. */
  finish(): void {
    this.close()
    while (Atomics.load(this.#control, DONE) === 0) Atomics.wait(this.#control, DONE, 0)
  }
}

/** Reads what was published, in order. */
export class RingReader {
  readonly #control: Int32Array
  readonly #units: number
  readonly #words: Uint32Array
  readonly view: DataView
  readonly bytes: Uint8Array

  constructor(shared: SharedArrayBuffer) {
    this.#control = new Int32Array(shared, 0, CONTROL_BYTES / 4)
    this.#units = (shared.byteLength - CONTROL_BYTES) / 8
    this.#words = new Uint32Array(shared, CONTROL_BYTES)
    this.view = new DataView(shared, CONTROL_BYTES)
    this.bytes = new Uint8Array(shared, CONTROL_BYTES)
  }

  /**
   * Calls `use` with each record's offset in `view` and `bytes` and its size; the record is gone when `use` returns.
   * @returns how many there were, at most `limit`.
   */
  read(use: (at: number, size: number) => void, limit = Number.POSITIVE_INFINITY): number {
    let count = 0
    let tail = Atomics.load(this.#control, TAIL) >>> 0
    const head = Atomics.load(this.#control, HEAD) >>> 0
    let given = tail
    while (tail !== head && count < limit) {
      const at = tail & (this.#units - 1)
      const size = this.#words[at << 1]
      if (size === 0) {
        tail = (tail + this.#units - at) >>> 0
        continue
      }
      use(at << 3, size)
      count++
      tail = (tail + (size >>> 3)) >>> 0
      if ((tail - given) >>> 0 >= BATCH_UNITS) {
        given = tail
        this.#release(tail)
      }
    }
    this.#release(tail)
    return count
  }

  #release(tail: number): void {
    Atomics.store(this.#control, TAIL, tail | 0)
    if (Atomics.load(this.#control, WRITER_WAITS) !== 0) Atomics.notify(this.#control, TAIL)
  }

  get empty(): boolean {
    return Atomics.load(this.#control, HEAD) === Atomics.load(this.#control, TAIL)
  }

  /** Closed, and everything read. */
  get ended(): boolean {
    return Atomics.load(this.#control, CLOSED) !== 0 && this.empty
  }

  /** Sleeps until there is something to do, or `timeout` ms are over. Not for a thread that must not block. @returns false after the timeout. */
  wait(timeout: number): boolean {
    // While records keep coming, looking again soon costs the writer nothing; being woken for each batch would.
    for (let nap = 0; nap < NAPS; nap++) if (this.#sleep(NAP_MS)) return true
    this.expectWake(true)
    const woken = this.#sleep(timeout)
    this.expectWake(false)
    return woken
  }

  #sleep(timeout: number): boolean {
    const seen = Atomics.load(this.#control, WAKE)
    if (!this.empty || this.ended || this.flushWanted) return true
    Atomics.wait(this.#control, WAKE, seen, timeout)
    return !this.empty || this.ended || this.flushWanted
  }

  /** Says whether the writer shall notify (and call its `wake`) when it publishes. */
  expectWake(on: boolean): void {
    Atomics.store(this.#control, READER_WAITS, on ? 1 : 0)
  }

  /** The writer waits in `flush`, and has been given everything that it does not know of. */
  get flushWanted(): boolean {
    return (
      Atomics.load(this.#control, FLUSH_WANTED) !== 0 &&
      Atomics.load(this.#control, FLUSHED) !== Atomics.load(this.#control, TAIL)
    )
  }

  /** Says that all that was read so far has left the process. */
  flushed(): void {
    Atomics.store(this.#control, FLUSHED, Atomics.load(this.#control, TAIL))
    Atomics.notify(this.#control, FLUSHED)
  }

  /** `done` was called, by whomever. */
  get isDone(): boolean {
    return Atomics.load(this.#control, DONE) !== 0
  }

  /** Tells a waiting `finish` that all is written, and the writer that nobody reads any longer. The last call, also for a reader that cannot make it any more. */
  done(): void {
    Atomics.store(this.#control, GONE, 1)
    Atomics.store(this.#control, DONE, 1)
    // Whoever waits for room, or for a flush, looks again.
    for (const word of [DONE, FLUSHED, TAIL]) {
      Atomics.add(this.#control, word, word === DONE ? 0 : 1)
      Atomics.notify(this.#control, word)
    }
  }
}
