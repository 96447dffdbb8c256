/**
 * What is in a pipe by pages, as Linux keeps it (fs/pipe.c, struct pipe_buffer): a pipe is full when each of its pages has something in it, however
 * little that is. A write adds its last part of a page to the page that is there already if it fits as a whole; one of whole pages never does.
 */

const PAGE = 4096

interface Slot {
  /** Where in the page the next byte would go. */
  end: number
  length: number
  /** Of an O_DIRECT pipe: read at once, and what does not fit is gone. */
  readonly isPacket: boolean
}

export class PipeSlots {
  readonly #slots: Slot[] = []
  #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** How many pages there may be; not below `used`. */
  set most(most: number) {
    this.#most = most
  }

  get used(): number {
    return this.#slots.length
  }

  get isFull(): boolean {
    return this.#slots.length >= this.#most
  }

  /** Bytes that fit into the pages that are free. */
  get room(): number {
    return (this.#most - this.#slots.length) * PAGE
  }

  /** How many bytes of a write of `count` there is room for. */
  roomFor(count: number): number {
    return Math.min(count, this.#merged(count) + this.room)
  }

  /** What of a write goes to the last page. */
  #merged(count: number): number {
    const part = count % PAGE
    const last = this.#slots.at(-1)
    return last === undefined || last.isPacket || last.end + part > PAGE ? 0 : part
  }

  /** `moved` bytes of a write of `count` have come. */
  put(moved: number, count: number, isPacket: boolean): void {
    let left = moved
    const merged = Math.min(left, this.#merged(count))
    const last = this.#slots.at(-1)
    if (merged > 0 && last !== undefined) {
      last.end += merged
      last.length += merged
      left -= merged
    }
    for (; left > 0; left -= PAGE) {
      const length = Math.min(left, PAGE)
      this.#slots.push({ end: length, length, isPacket })
    }
  }

  /** How many bytes a reader with room for `count` gets: no more than the first packet's. */
  readable(count: number): number {
    let sum = 0
    for (const { length, isPacket } of this.#slots) {
      sum += length
      if (isPacket || sum >= count) break
    }
    return Math.min(sum, count)
  }

  /** The first `moved` bytes were read; how many more are gone with them, of a packet. */
  take(moved: number): number {
    let left = moved
    let skipped = 0
    while (left > 0) {
      const first = this.#slots[0]
      const part = Math.min(left, first.length)
      first.length -= part
      left -= part
      if (first.isPacket) {
        skipped += first.length
        first.length = 0
      }
      if (first.length === 0) this.#slots.shift()
    }
    return skipped
  }
}
