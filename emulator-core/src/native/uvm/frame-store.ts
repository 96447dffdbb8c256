/**
 * Memory that files are made of (memfd, files of an overlay): a growable, sparse row of frames of the machine's physical memory.
 * A page that was never written has no frame and reads as zero. What NetBSD calls an anonymous uvm object (sys/uvm/uvm_aobj.c).
 */
import type { Machine } from 'unicorn-engine-node'
import { clearBytes } from '../../machine/clear.ts'
import { PAGE_SIZE } from '../../machine/page.ts'
import { ENOSPC } from '../errno.ts'
import type { Uio } from '../uio.ts'

/** What a store needs of the machine. */
export type FrameSource = Pick<
  Machine,
  'physical' | 'allocateFrame' | 'retainFrame' | 'releaseFrame' | 'frameReferences' | 'touchFrame'
>

/** How much memory some stores may take together: an overlay, all memfds. */
export class FrameBudget {
  readonly limit: number
  used = 0

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.limit = Math.floor(limit / PAGE_SIZE)
  }

  take(): boolean {
    if (this.used >= this.limit) return false
    this.used++
    return true
  }
}

const zeroPage = new Uint8Array(PAGE_SIZE)

export class FrameStore {
  readonly #machine: FrameSource
  readonly #budget: FrameBudget | undefined
  protected readonly frames = new Map<number, number>()

  constructor(machine: FrameSource, budget?: FrameBudget) {
    this.#machine = machine
    this.#budget = budget
  }

  /** Pages that have a frame: what st_blocks counts. */
  get residentPages(): number {
    return this.frames.size
  }

  /** Pages of a range, by number, that have a frame. */
  countIn(first: number, last: number): number {
    let count = 0
    for (const index of this.frames.keys()) if (index >= first && index <= last) count++
    return count
  }

  /** The frame of a page if it has one. */
  resident(index: number): number | undefined {
    return this.frames.get(index)
  }

  /** The frame of a page, made (zeroed) if need be. @throws ENOSPC when the machine or the budget has no more. */
  frame(index: number): number {
    const present = this.frames.get(index)
    if (present !== undefined) return present
    if (this.#budget?.take() === false) throw ENOSPC
    const frame = this.#machine.allocateFrame()
    if (frame < 0) {
      if (this.#budget !== undefined) this.#budget.used--
      throw ENOSPC
    }
    this.frames.set(index, frame)
    return frame
  }

  /** Bytes of a range, for somebody who copies or looks at them at once: views of at most a page each. */
  *views(offset: number, length: number): Generator<Uint8Array> {
    let at = offset
    const end = offset + length
    while (at < end) {
      const within = at % PAGE_SIZE
      const size = Math.min(PAGE_SIZE - within, end - at)
      const frame = this.frames.get((at - within) / PAGE_SIZE)
      const start = (frame ?? 0) * PAGE_SIZE + within
      yield frame === undefined ? zeroPage.subarray(0, size) : this.#machine.physical.subarray(start, start + size)
      at += size
    }
  }

  read(offset: number, into: Uint8Array): void {
    let done = 0
    for (const view of this.views(offset, into.length)) {
      into.set(view, done)
      done += view.length
    }
  }

  /** A view to write through; the code translated from that page is dropped. */
  #writable(offset: number, size: number): Uint8Array {
    const within = offset % PAGE_SIZE
    const frame = this.frame((offset - within) / PAGE_SIZE)
    this.#machine.touchFrame(frame)
    const start = frame * PAGE_SIZE + within
    return this.#machine.physical.subarray(start, start + size)
  }

  /** @throws ENOSPC if not even one byte could be written; the count else. */
  write(offset: number, bytes: Uint8Array): number {
    return this.#eachWritable(offset, bytes.length, (view, done) => {
      view.set(bytes.subarray(done, done + view.length))
      return view.length
    })
  }

  /** Moves up to `length` bytes into a reader's memory. @throws EFAULT. */
  readUio(uio: Uio, offset: number, length: number): number {
    let done = 0
    for (const view of this.views(offset, Math.min(length, uio.resid))) {
      const moved = moveOrStop(done, () => uio.write(view))
      done += moved
      if (moved < view.length) break
    }
    return done
  }

  /** Takes up to `length` bytes from a writer's memory. @throws EFAULT, ENOSPC if not even one byte moved. */
  writeUio(uio: Uio, offset: number, length: number): number {
    return this.#eachWritable(offset, Math.min(length, uio.resid), view => uio.read(view))
  }

  #eachWritable(offset: number, length: number, fill: (view: Uint8Array, done: number) => number): number {
    let done = 0
    while (done < length) {
      const at = offset + done
      const size = Math.min(PAGE_SIZE - (at % PAGE_SIZE), length - done)
      const moved = moveOrStop(done, () => fill(this.#writable(at, size), done))
      done += moved
      if (moved < size) break
    }
    return done
  }

  /** Zeroes within pages that have a frame. */
  protected fill(offset: number, length: number): void {
    this.#eachWritable(offset, length, view => {
      clearBytes(view)
      return view.length
    })
  }

  /** Makes a range read as zero; whole pages give their frames back. */
  zero(offset: number, length: number): void {
    const end = offset + length
    const first = Math.ceil(offset / PAGE_SIZE)
    const last = Math.floor(end / PAGE_SIZE)
    const fill = (from: number, to: number): void => {
      if (to > from && this.frames.has(Math.floor(from / PAGE_SIZE))) clearBytes(this.#writable(from, to - from))
    }
    if (first > last) {
      fill(offset, end)
      return
    }
    fill(offset, first * PAGE_SIZE)
    fill(last * PAGE_SIZE, end)
    this.drop(index => index >= first && index < last)
  }

  /** Gives the pages of a range their frames. @throws ENOSPC; then none is kept that was not there. */
  reserve(offset: number, length: number): void {
    const made: number[] = []
    try {
      for (let index = Math.floor(offset / PAGE_SIZE); index * PAGE_SIZE < offset + length; index++) {
        if (this.frames.has(index)) continue
        this.frame(index)
        made.push(index)
      }
    } catch (error) {
      const undone = new Set(made)
      this.drop(index => undone.has(index))
      throw error
    }
  }

  /** Forgets what is behind `length` bytes; the rest of the last page reads as zero if the file grows again. */
  truncate(length: number): void {
    const within = length % PAGE_SIZE
    if (within !== 0 && this.frames.has((length - within) / PAGE_SIZE)) {
      clearBytes(this.#writable(length, PAGE_SIZE - within))
    }
    const first = Math.ceil(length / PAGE_SIZE)
    this.drop(index => index >= first)
  }

  protected drop(which: (index: number) => boolean): void {
    for (const [index, frame] of this.frames) {
      if (!which(index)) continue
      this.frames.delete(index)
      this.#machine.releaseFrame(frame)
      if (this.#budget !== undefined) this.#budget.used--
    }
  }

  /** The first offset at or after `from` that is data (`data`) or a hole, within `size` bytes; undefined if there is none. */
  seekData(from: number, size: number, data: boolean): number | undefined {
    if (from >= size) return undefined
    let page = Math.floor(from / PAGE_SIZE)
    if (data) {
      let next = Number.POSITIVE_INFINITY
      for (const index of this.frames.keys()) if (index >= page && index < next) next = index
      const at = Math.max(from, next * PAGE_SIZE)
      return at < size ? at : undefined
    }
    while (this.frames.has(page)) page++
    return Math.min(Math.max(from, page * PAGE_SIZE), size)
  }

  dispose(): void {
    this.truncate(0)
  }
}

/** A transfer that fails after some bytes were moved answers how many; one that fails at once, with the error. */
function moveOrStop(done: number, move: () => number): number {
  if (done === 0) return move()
  try {
    return move()
  } catch {
    return 0
  }
}
