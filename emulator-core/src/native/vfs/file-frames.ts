/** The pages of a file that are in memory, by their place in the file. What is not there reads as zero, or as what the host's file holds. */
import { clearBytes } from '../../machine/clear.ts'
import { PAGE_SIZE } from '../../machine/page.ts'
import { ENOSPC } from '../errno.ts'
import type { Uio } from '../uio.ts'
import type { PageMemory } from './page-memory.ts'

const zeroes = new Uint8Array(PAGE_SIZE)

export class FileFrames {
  readonly #memory: PageMemory
  readonly #frames = new Map<number, number>()

  constructor(memory: PageMemory) {
    this.#memory = memory
  }

  get count(): number {
    return this.#frames.size
  }

  get(index: number): number | undefined {
    return this.#frames.get(index)
  }

  has(index: number): boolean {
    return this.#frames.has(index)
  }

  set(index: number, frame: number): void {
    this.#frames.set(index, frame)
  }

  delete(index: number): void {
    this.#frames.delete(index)
  }

  /** Pages at and behind `first` get other places; those are free. */
  shift(first: number, by: number): void {
    const moved = [...this.#frames].filter(([index]) => index >= first)
    for (const [index] of moved) this.#frames.delete(index)
    for (const [index, frame] of moved) this.#frames.set(index + by, frame)
  }

  entries(): IterableIterator<[number, number]> {
    return this.#frames.entries()
  }

  indices(): number[] {
    return [...this.#frames.keys()]
  }

  /** Pages of a range, whichever is shorter to walk. */
  within(first: number, count: number): number[] {
    if (count > this.#frames.size) return this.indices().filter(i => i >= first && i < first + count)
    const list: number[] = []
    for (let i = first; i < first + count; i++) if (this.#frames.has(i)) list.push(i)
    return list
  }

  /** A zeroed page of the guest's own, counted against the limit. @throws ifFull */
  make(index: number, ifFull: object): number {
    if (!this.#memory.charge(PAGE_SIZE)) throw ifFull
    const frame = this.#memory.allocate()
    if (frame < 0) {
      this.#memory.uncharge(PAGE_SIZE)
      throw ifFull
    }
    this.#frames.set(index, frame)
    return frame
  }

  /** The bytes of a page that is about to be written; made if it is a hole. */
  toWrite(index: number, ifFull: object): Uint8Array {
    let frame = this.#frames.get(index)
    if (frame === undefined) frame = this.make(index, ifFull)
    else this.#memory.machine.touchFrame(frame)
    return this.#memory.bytes(frame)
  }

  zero(index: number, from: number, to: number): void {
    const frame = this.#frames.get(index)
    if (frame === undefined || from >= to) return
    this.#memory.machine.touchFrame(frame)
    clearBytes(this.#memory.bytes(frame).subarray(from, to))
  }

  /** Gives the file's bytes up to `size` to a reader; the count. */
  read(uio: Uio, offset: number, size: number): number {
    let left = Math.min(uio.resid, size - offset)
    let done = 0
    while (left > 0) {
      const at = offset + done
      const within = at % PAGE_SIZE
      const chunk = Math.min(left, PAGE_SIZE - within)
      const frame = this.#frames.get(Math.floor(at / PAGE_SIZE))
      const bytes = frame === undefined ? zeroes : this.#memory.bytes(frame)
      const moved = guarded(done, () => uio.write(bytes.subarray(within, within + chunk)))
      done += moved
      left -= moved
      if (moved < chunk) break
    }
    return done
  }

  /** Takes all of a writer's bytes, as far as there is room; the count. @throws ENOSPC, EFAULT when nothing could be moved. */
  write(uio: Uio, offset: number): number {
    let done = 0
    while (uio.resid > 0) {
      const at = offset + done
      const within = at % PAGE_SIZE
      const chunk = Math.min(uio.resid, PAGE_SIZE - within)
      const moved = guarded(done, () =>
        uio.read(this.toWrite(Math.floor(at / PAGE_SIZE), ENOSPC).subarray(within, within + chunk)),
      )
      done += moved
      if (moved < chunk) break
    }
    return done
  }

  /** First byte with data (or without) at or behind an offset, in a file whose only bytes these are. */
  seek(offset: number, hole: boolean, size: number): number | undefined {
    if (offset >= size) return undefined
    const index = Math.floor(offset / PAGE_SIZE)
    if (this.#frames.has(index) !== hole) return offset
    if (hole) {
      let at = index
      while (this.#frames.has(at)) at++
      return Math.min(at * PAGE_SIZE, size)
    }
    let next = Number.POSITIVE_INFINITY
    for (const i of this.#frames.keys()) if (i > index && i < next) next = i
    return next * PAGE_SIZE < size ? next * PAGE_SIZE : undefined
  }
}

/** A transfer that failed after bytes were moved ends there; one that failed at once fails. */
function guarded(done: number, move: () => number): number {
  try {
    return move()
  } catch (error) {
    if (done > 0) return 0
    throw error
  }
}
