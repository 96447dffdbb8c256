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

  /** Hands up to all bytes to a reader; the count. @throws EFAULT if not even one could be placed. */
  drain(uio: Uio): number {
    const want = Math.min(this.#length, uio.resid)
    let done = 0
    while (done < want) {
      const size = Math.min(want - done, this.#bytes.length - this.#head)
      const got = attempt(done, () => uio.write(this.#bytes.subarray(this.#head, this.#head + size)))
      this.#head = (this.#head + got) % this.#bytes.length
      this.#length -= got
      done += got
      if (got < size) break
    }
    if (this.#length === 0) this.#head = 0
    return done
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
