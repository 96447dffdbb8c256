/**
 * The frames of files: those that hold the only copy of something (overlay and memory files, counted against a limit), and those that
 * merely cache a host file and can be given back when memory is short.
 */
import type { Machine } from 'unicorn-engine-node'
import { PAGE_SIZE } from '../../machine/page.ts'

/**
 * What a node of the guest's making counts against the limit, besides its data: about what it and its first name take of the host's memory
 * (measured: 0.9 KB). A further name, however long, counts less.
 */
export const NODE_COST = 1024
export const NAME_COST = 512

/** An object whose pages can be read again. */
export interface Reclaimable {
  /** Releases clean pages that nobody maps, at most `wanted`; how many. */
  reclaim(wanted: number): number
}

/** An object with pages that the host has not seen yet. */
export interface Dirty {
  flush(): void
}

export class PageMemory {
  readonly machine: Machine
  readonly physical: Uint8Array
  /** Bytes that overlay and memory files may take. */
  readonly limit: number
  #used = 0
  /** Frames that cache host files, and how many there may be before old ones go. */
  #cached = 0
  readonly #cacheLimit: number
  /** Oldest use first. */
  readonly #caches = new Set<Reclaimable>()

  /** Those whose mappings may have written. */
  readonly dirty = new Set<Dirty>()

  constructor(machine: Machine, limit: number) {
    this.machine = machine
    this.physical = machine.physical
    this.limit = limit
    this.#cacheLimit = Math.max(64, machine.framesTotal >>> 2)
  }

  get used(): number {
    return this.#used
  }

  get cached(): number {
    return this.#cached
  }

  bytes(frame: number): Uint8Array {
    return this.physical.subarray(frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE)
  }

  /** Whether `bytes` more fit; then they are counted. */
  charge(bytes: number): boolean {
    if (this.#used + bytes > this.limit) return false
    this.#used += bytes
    return true
  }

  uncharge(bytes: number): void {
    this.#used -= bytes
  }

  /** A zeroed frame; -1 if there is none even after caches gave back what they could. */
  allocate(): number {
    const frame = this.machine.allocateFrame()
    if (frame >= 0 || this.reclaim(256) === 0) return frame
    return this.machine.allocateFrame()
  }

  allocateCached(owner: Reclaimable): number {
    if (this.#cached >= this.#cacheLimit) this.reclaim(256)
    const frame = this.allocate()
    if (frame >= 0) {
      this.#cached++
      this.#caches.add(owner)
    }
    return frame
  }

  releaseCached(frame: number): void {
    this.#cached--
    this.machine.releaseFrame(frame)
  }

  /** A share of this memory with a limit of its own: a tmpfs with `size`. */
  share(limit: number): PageMemory {
    return new MemoryShare(this, limit)
  }

  /** A cached page became the only copy: it no longer counts as cached. */
  adopt(): void {
    this.#cached--
  }

  /** The object was used: it is given up last. */
  touch(owner: Reclaimable): void {
    if (this.#caches.delete(owner)) this.#caches.add(owner)
  }

  forget(owner: Reclaimable): void {
    this.#caches.delete(owner)
  }

  /** Gives back cached frames that nobody maps, least recently used objects first; how many. */
  reclaim(wanted: number): number {
    let freed = 0
    for (const owner of this.#caches) {
      if (freed >= wanted) break
      freed += owner.reclaim(wanted - freed)
    }
    return freed
  }

  writeBack(): void {
    for (const owner of [...this.dirty]) owner.flush()
  }
}

class MemoryShare extends PageMemory {
  readonly #whole: PageMemory

  constructor(whole: PageMemory, limit: number) {
    super(whole.machine, limit)
    this.#whole = whole
  }

  override charge(bytes: number): boolean {
    if (!super.charge(bytes)) return false
    if (this.#whole.charge(bytes)) return true
    super.uncharge(bytes)
    return false
  }

  override uncharge(bytes: number): void {
    super.uncharge(bytes)
    this.#whole.uncharge(bytes)
  }

  override allocate(): number {
    return this.#whole.allocate()
  }
}
