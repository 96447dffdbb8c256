/** A mappable object over a FrameStore: what memfd and files in memory hand to mmap. */
import { PAGE_SIZE } from '../../machine/page.ts'
import { ENOMEM, ENOSPC } from '../errno.ts'
import type { FrameStore } from './frame-store.ts'
import type { UvmObject } from './object.ts'

/** What the owner of the store says of it. */
export interface FrameObjectOwner {
  readonly name: string
  readonly device: number
  readonly inode: number
  /** Bytes. */
  readonly size: number
  readonly hasFixedProtection?: boolean
  readonly pageSize?: number | undefined
}

export class FrameObject implements UvmObject {
  readonly #store: FrameStore
  readonly #owner: FrameObjectOwner
  readonly #onLastDetach: (() => void) | undefined
  readonly separate: boolean = false
  /** Mappings, and those among them that are shared and may write. */
  mappings = 0
  writableMappings = 0

  /** `onLastDetach`: called when the last mapping is gone. */
  constructor(store: FrameStore, owner: FrameObjectOwner, onLastDetach?: () => void) {
    this.#store = store
    this.#owner = owner
    this.#onLastDetach = onLastDetach
  }

  get name(): string {
    return this.#owner.name
  }

  get device(): number {
    return this.#owner.device
  }

  get inode(): number {
    return this.#owner.inode
  }

  get size(): number {
    return this.#owner.size
  }

  get hasFixedProtection(): boolean {
    return this.#owner.hasFixedProtection === true
  }

  get pageSize(): number | undefined {
    return this.#owner.pageSize
  }

  getPage(index: number): number | undefined {
    if (index < 0 || index * PAGE_SIZE >= this.size) return undefined
    try {
      return this.#store.frame(index)
    } catch (e) {
      throw e === ENOSPC ? ENOMEM : e
    }
  }

  residentPage(index: number): number | undefined {
    return index * PAGE_SIZE < this.size ? this.#store.resident(index) : undefined
  }

  /** Memory is where they belong: none has to be written anywhere. */
  countPages(first: number, last: number): { cached: number; dirty: number } {
    return { cached: this.#store.countIn(first, last), dirty: 0 }
  }

  /** Gives the frames back; mappings must let go of theirs (set-size.ts: punchMapped). */
  freePages(offset: number, length: number): boolean {
    if (offset < this.size) this.#store.zero(offset, Math.min(length, this.size - offset))
    return true
  }

  /** The frames are the file. */
  putPages(): void {}

  attach(writable: boolean): void {
    this.mappings++
    if (writable) this.writableMappings++
  }

  detach(writable: boolean): void {
    this.mappings--
    if (writable) this.writableMappings--
    if (this.mappings === 0) this.#onLastDetach?.()
  }
}
