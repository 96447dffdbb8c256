/**
 * Pools of huge pages, which an administrator sets aside (vm.nr_hugepages): Linux's mm/hugetlb.c. NetBSD has none. On this machine a huge page is
 * as many ordinary frames; what it has of a huge page is that it was set aside before, is given as a whole, and can be promised.
 */
import { clearBytes } from '../../machine/clear.ts'
import { PAGE_SIZE } from '../../machine/page.ts'
import { ENOSPC } from '../errno.ts'
import { FrameObject, type FrameObjectOwner } from './frame-object.ts'
import { type FrameSource, FrameStore } from './frame-store.ts'

type PoolMachine = FrameSource & { readonly framesTotal: number; readonly framesUsed: number }

/** Frames that the pools leave to everything else: one of so many. */
const LEFT_PART = 32

export class HugePagePool {
  /** Bytes of a page. */
  readonly size: number
  readonly machine: PoolMachine
  readonly #free: Uint32Array[] = []
  /** Pages there are, given and free; of them promised ones that were not given yet, and ones made above what the administrator set. */
  total = 0
  reserved = 0
  surplus = 0
  /** Surplus pages that may be made when there are too few. */
  overcommit = 0

  constructor(machine: PoolMachine, size: number) {
    this.machine = machine
    this.size = size
  }

  get free(): number {
    return this.#free.length
  }

  /** Pages that could still be promised. */
  get available(): number {
    return this.free - this.reserved + Math.max(0, this.overcommit - this.surplus)
  }

  /** How many the administrator has (vm.nr_hugepages). Fewer than wanted if there is no memory; those in use become surplus. */
  get persistent(): number {
    return this.total - this.surplus
  }

  set persistent(wanted: number) {
    while (this.persistent < wanted) {
      if (this.surplus > 0) this.surplus--
      else if (!this.#make()) return
    }
    while (this.persistent > wanted) {
      if (this.free > this.reserved) this.#unmake()
      else this.surplus++
    }
  }

  #make(): boolean {
    const { machine } = this
    const frames = new Uint32Array(this.size / PAGE_SIZE)
    if (machine.framesTotal - machine.framesUsed - frames.length < machine.framesTotal / LEFT_PART) return false
    for (let i = 0; i < frames.length; i++) {
      const frame = machine.allocateFrame()
      if (frame < 0) {
        for (const made of frames.subarray(0, i)) machine.releaseFrame(made)
        return false
      }
      frames[i] = frame
    }
    this.#free.push(frames)
    this.total++
    return true
  }

  #unmake(): void {
    for (const frame of this.#free.pop() ?? []) this.machine.releaseFrame(frame)
    this.total--
  }

  #makeSurplus(): boolean {
    if (this.surplus >= this.overcommit || !this.#make()) return false
    this.surplus++
    return true
  }

  /** Promises pages; false if there are not as many. */
  reserve(count: number): boolean {
    if (count > this.available) return false
    while (this.free - this.reserved < count) if (!this.#makeSurplus()) return false
    this.reserved += count
    return true
  }

  unreserve(count: number): void {
    this.reserved -= count
    while (this.surplus > 0 && this.free > this.reserved) this.#unmakeSurplus()
  }

  #unmakeSurplus(): void {
    this.#unmake()
    this.surplus--
  }

  /** A page of zeroes, promised before or not; undefined if there is none. */
  take(promised: boolean): Uint32Array | undefined {
    if (promised) this.reserved--
    else if (this.free <= this.reserved && !this.#makeSurplus()) return undefined
    const frames = this.#free.pop()
    for (const frame of frames ?? []) {
      this.machine.touchFrame(frame)
      clearBytes(this.machine.physical.subarray(frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE))
    }
    return frames
  }

  give(frames: Uint32Array): void {
    this.#free.push(frames)
    if (this.surplus > 0 && this.free > this.reserved) this.#unmakeSurplus()
  }
}

/** A store whose frames come and go by huge pages of a pool. */
export class HugeStore extends FrameStore {
  readonly pool: HugePagePool
  readonly #pages = new Map<number, Uint32Array>()
  readonly #reserved = new Set<number>()

  constructor(pool: HugePagePool) {
    super(pool.machine)
    this.pool = pool
  }

  get #frames(): number {
    return this.pool.size / PAGE_SIZE
  }

  /** Promises what a range (whole pages, in bytes) does not have yet; false if the pool has not as many. */
  promise(offset: number, length: number): boolean {
    const { pool } = this
    const first = offset / pool.size
    const count = length / pool.size
    if (count > this.#pages.size + this.#reserved.size + pool.available) return false
    const missing: number[] = []
    for (let i = first; i < first + count; i++) if (!this.#pages.has(i) && !this.#reserved.has(i)) missing.push(i)
    if (!pool.reserve(missing.length)) return false
    for (const i of missing) this.#reserved.add(i)
    return true
  }

  override frame(index: number): number {
    const present = this.resident(index)
    if (present !== undefined) return present
    const page = Math.floor(index / this.#frames)
    const taken = this.pool.take(this.#reserved.delete(page))
    if (taken === undefined) throw ENOSPC
    this.#pages.set(page, taken)
    taken.forEach((frame, i) => {
      this.frames.set(page * this.#frames + i, frame)
    })
    return this.frames.get(index) ?? taken[0]
  }

  /** Pages that are only half meant stay. */
  protected override drop(which: (index: number) => boolean): void {
    const meant = (page: number): boolean => which(page * this.#frames) && which((page + 1) * this.#frames - 1)
    for (const [page, frames] of this.#pages) {
      if (!meant(page)) continue
      this.#pages.delete(page)
      for (let i = 0; i < frames.length; i++) this.frames.delete(page * this.#frames + i)
      this.pool.give(frames)
    }
    for (const page of this.#reserved) {
      if (!meant(page)) continue
      this.#reserved.delete(page)
      this.pool.unreserve(1)
    }
  }

  override zero(offset: number, length: number): void {
    const { size } = this.pool
    const end = offset + length
    for (const page of [...this.#pages.keys()]) {
      const [from, to] = [Math.max(offset, page * size), Math.min(end, (page + 1) * size)]
      if (from < to && to - from < size) this.fill(from, to - from)
    }
    this.drop(index => index * PAGE_SIZE >= offset && (index + 1) * PAGE_SIZE <= end)
  }
}

/** What a mapping has for itself (also one that is shared and has no file). Of a file's pages a private one shows those that are there. */
export class HugeObject extends FrameObject {
  readonly store: HugeStore
  readonly #lower: HugeStore | undefined

  constructor(pool: HugePagePool, owner: FrameObjectOwner, lower?: HugeStore) {
    const store = new HugeStore(pool)
    super(store, owner, () => store.dispose())
    this.store = store
    this.#lower = lower
  }

  override getPage(index: number): number | undefined {
    const below = index * PAGE_SIZE < this.size ? this.#lower?.resident(index) : undefined
    return below ?? super.getPage(index)
  }

  override residentPage(index: number): number | undefined {
    return (index * PAGE_SIZE < this.size ? this.#lower?.resident(index) : undefined) ?? super.residentPage(index)
  }
}
