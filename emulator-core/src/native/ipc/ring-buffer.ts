/** Bytes on their way from a writer to a reader, first in first out. The memory grows with what is in it, up to the capacity. */
import type { Uio } from '../uio.ts'

const FIRST_SIZE = 4096

export class RingBuffer {
  #bytes = new Uint8Array(0)
  #head = 0
  #length = 0
  #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get length(): number {
    return this.#length
  }

  get capacity(): number {
    return this.#capacity
  }

  /** Not below what is in it. */
  set capacity(capacity: number) {
    this.#capacity = capacity
    if (this.#bytes.length > capacity) this.#resize(capacity)
  }

  get room(): number {
    return this.#capacity - this.#length
  }

  /** Takes up to `max` bytes from a writer; the count. @throws EFAULT if not even one could be had. */
  fill(uio: Uio, max: number): number {
    const want = Math.min(max, this.room, uio.resid)
    if (this.#length + want > this.#bytes.length) {
      let size = Math.max(FIRST_SIZE, this.#bytes.length)
      while (size < this.#length + want) size *= 2
      this.#resize(Math.min(size, this.#capacity))
    }
    let done = 0
    while (done < want) {
      const at = (this.#head + this.#length) % this.#bytes.length
      const size = Math.min(want - done, this.#bytes.length - at)
      const got = attempt(done, () => uio.read(this.#bytes.subarray(at, at + size)))
      this.#length += got
      done += got
      if (got < size) break
    }
    return done
  }

  /** Hands up to `max` bytes to a reader; the count. @throws EFAULT if not even one could be placed. */
  drain(uio: Uio, max = this.#length): number {
    const done = this.peek(uio, 0, max)
    this.skip(done)
    return done
  }

  /** As `drain`, but the bytes stay; those before `from` are passed over. */
  peek(uio: Uio, from: number, max: number): number {
    const want = Math.min(this.#length - from, max, uio.resid)
    let done = 0
    while (done < want) {
      const at = (this.#head + from + done) % this.#bytes.length
      const size = Math.min(want - done, this.#bytes.length - at)
      const got = attempt(done, () => uio.write(this.#bytes.subarray(at, at + size)))
      done += got
      if (got < size) break
    }
    return done
  }

  /** Throws the first bytes away, at most those there are. */
  skip(count: number): void {
    const gone = Math.min(count, this.#length)
    this.#length -= gone
    this.#head = this.#length === 0 ? 0 : (this.#head + gone) % this.#bytes.length
  }

  /** The byte at a place that is filled. */
  at(place: number): number {
    return this.#bytes[(this.#head + place) % this.#bytes.length]
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size)
    const first = Math.min(this.#length, this.#bytes.length - this.#head)
    bytes.set(this.#bytes.subarray(this.#head, this.#head + first))
    bytes.set(this.#bytes.subarray(0, this.#length - first), first)
    this.#bytes = bytes
    this.#head = 0
  }
}

/** A second piece that cannot be moved ends the transfer instead of failing it. */
function attempt(done: number, move: () => number): number {
  if (done === 0) return move()
  try {
    return move()
  } catch {
    return 0
  }
}
