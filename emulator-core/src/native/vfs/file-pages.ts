/**
 * A regular file's contents in frames, and the object that mappings of it share. NetBSD: the uvm_object in a vnode, genfs_getpages, genfs_putpages.
 *
 * Three lives of one class:
 *   memory      no source: the frames are the file; a missing one is a hole.
 *   cache       a host file behind it, not written: read(2) goes to the host, frames exist for what is mapped.
 *   write-through  a host file that is also written: read(2) and write(2) go to the host and keep the frames equal.
 * `adopt` turns a cache into a memory file (copy-up) without mappings noticing.
 */
import { PAGE_SIZE } from '../../machine/page.ts'
import { EFBIG, EIO, ENOMEM, ENOSPC, EOPNOTSUPP } from '../errno.ts'
import type { Uio } from '../uio.ts'
import type { UvmObject } from '../uvm/object.ts'
import { FileFrames } from './file-frames.ts'
import type { PageMemory, Reclaimable } from './page-memory.ts'

/** A host file's data. Errors are Errno. */
export interface PageSource {
  readv(into: Uint8Array[], position: number): number
  writev(from: Uint8Array[], position: number): number
  /** Its size now. */
  size(): number
}

/** What /proc/PID/maps says of the file. */
export interface PageOwner {
  readonly path: string
  readonly device: number
  readonly inode: number
  /** A shared mapping is about to write a page for the first time. */
  written(): void
  /** The last mapping is gone. */
  unmapped(): void
}

/** Larger than anything real; numbers stay exact. */
export const MAX_FILE_SIZE = 2 ** 43
/** Pages brought in by one fault: host reads are dear, pages cheap. */
const READ_CLUSTER = 16
const TRANSFER = 1 << 20

export class FilePages implements UvmObject, Reclaimable {
  readonly hearsOfStores = true
  readonly #memory: PageMemory
  readonly #owner: PageOwner
  readonly #frames: FileFrames
  /** Pages of a write-through file that a mapping may have written. */
  readonly #dirty = new Set<number>()
  #source: PageSource | undefined
  readonly #writeThrough: boolean
  #size: number
  mappings = 0
  #writers = 0
  /** A copy-up is under way: its pages are not to be reclaimed. */
  #adopting = false
  #contents = {}

  constructor(memory: PageMemory, owner: PageOwner, source?: PageSource, writeThrough = false) {
    this.#memory = memory
    this.#frames = new FileFrames(memory)
    this.#owner = owner
    this.#source = source
    this.#writeThrough = writeThrough
    this.#size = source?.size() ?? 0
  }

  get name(): string {
    return this.#owner.path
  }

  get device(): number {
    return this.#owner.device
  }

  get inode(): number {
    return this.#owner.inode
  }

  get size(): number {
    return this.#size
  }

  /** Frames that are the file's, for st_blocks. */
  get residentPages(): number {
    return this.#frames.count
  }

  get hasSource(): boolean {
    return this.#source !== undefined
  }

  /** A host file that nobody here writes is as it was until `invalidate` is told that it is not. */
  get contents(): object | undefined {
    return this.#source === undefined || this.#writeThrough ? undefined : this.#contents
  }

  // --- read(2) and write(2) ---

  read(uio: Uio, offset: number): number {
    if (this.#source === undefined) return this.#frames.read(uio, offset, this.#size)
    if (this.#dirty.size > 0) this.putPages(Math.floor(offset / PAGE_SIZE), Math.ceil(uio.resid / PAGE_SIZE) + 1)
    let done = 0
    while (uio.resid > 0) {
      let segments: Uint8Array[]
      try {
        segments = uio.segments(TRANSFER)
      } catch (error) {
        if (done > 0) break
        throw error
      }
      const got = this.#source.readv(segments, offset + done)
      uio.advance(got)
      done += got
      if (got < total(segments)) break
    }
    return done
  }

  /** @throws EFBIG, ENOSPC; EFAULT when nothing could be moved. */
  write(uio: Uio, offset: number): number {
    if (offset + uio.resid > MAX_FILE_SIZE) throw EFBIG
    const done =
      this.#source === undefined ? this.#frames.write(uio, offset) : this.#writeHost(this.#source, uio, offset)
    if (offset + done > this.#size && done > 0) this.#size = offset + done
    return done
  }

  #writeHost(source: PageSource, uio: Uio, offset: number): number {
    const first = Math.floor(offset / PAGE_SIZE)
    const count = Math.ceil((offset + uio.resid) / PAGE_SIZE) - first
    if (this.#dirty.size > 0) this.putPages(first, count)
    let done = 0
    try {
      while (uio.resid > 0) {
        const segments = uio.segments(TRANSFER)
        const put = source.writev(segments, offset + done)
        uio.advance(put)
        done += put
        if (put < total(segments)) break
      }
    } catch (error) {
      if (done === 0) throw error
    }
    if (this.#frames.count > 0) this.#refresh(source, first, count)
    return done
  }

  /** Reads cached pages of a range again: the host's file was written. */
  #refresh(source: PageSource, first: number, count: number): void {
    for (const index of this.#frames.within(first, count)) {
      const frame = this.#frames.get(index)
      if (frame === undefined) continue
      this.#memory.machine.touchFrame(frame)
      const bytes = this.#memory.bytes(frame)
      const got = source.readv([bytes], index * PAGE_SIZE)
      if (got < PAGE_SIZE) this.#frames.zero(index, got, PAGE_SIZE)
    }
  }

  // --- mappings ---

  getPage(index: number, forWrite: boolean): number | undefined {
    if (index < 0 || index * PAGE_SIZE >= this.#size) return undefined
    const frame =
      this.#frames.get(index) ??
      (this.#source === undefined ? this.#frames.make(index, ENOMEM) : this.#fill(this.#source, index))
    if (forWrite) this.#owner.written()
    if (forWrite && this.#writeThrough) {
      this.#dirty.add(index)
      this.#memory.dirty.add(this)
    }
    return frame
  }

  countPages(first: number, last: number): { cached: number; dirty: number } {
    const count = { cached: 0, dirty: 0 }
    for (const index of this.#frames.indices()) {
      if (index < first || index > last) continue
      count.cached++
      if (this.#dirty.has(index)) count.dirty++
    }
    return count
  }

  residentPage(index: number): number | undefined {
    return index * PAGE_SIZE < this.#size ? this.#frames.get(index) : undefined
  }

  /** Reads a page and its successors from the host. */
  #fill(source: PageSource, index: number): number {
    this.#memory.touch(this)
    const last = Math.min(index + READ_CLUSTER, Math.ceil(this.#size / PAGE_SIZE))
    const frames: number[] = []
    for (let i = index; i < last && !this.#frames.has(i); i++) {
      const frame = this.#memory.allocateCached(this)
      if (frame < 0) break
      frames.push(frame)
    }
    if (frames.length === 0) throw ENOMEM
    try {
      const pages = frames.map(f => this.#memory.bytes(f))
      const wanted = pages.length * PAGE_SIZE
      const offset = index * PAGE_SIZE
      let got = 0
      // A host may answer less than it could; only 0 is the end.
      while (got < wanted) {
        const n = source.readv(got === 0 ? pages : remaining(pages, got), offset + got)
        if (n === 0) break
        got += n
      }
    } catch {
      for (const f of frames) this.#memory.releaseCached(f)
      throw EIO
    }
    frames.forEach((f, i) => {
      this.#frames.set(index + i, f)
    })
    return frames[0]
  }

  putPages(firstIndex: number, count: number): void {
    if (this.#dirty.size === 0 || this.#source === undefined) return
    for (const index of [...this.#dirty].sort((a, b) => a - b)) {
      if (index < firstIndex || index >= firstIndex + count) continue
      const frame = this.#frames.get(index)
      const length = Math.min(PAGE_SIZE, this.#size - index * PAGE_SIZE)
      if (frame !== undefined && length > 0)
        this.#source.writev([this.#memory.bytes(frame).subarray(0, length)], index * PAGE_SIZE)
      // While somebody can still store into it, it counts as written.
      if (this.#writers === 0) this.#dirty.delete(index)
    }
    if (this.#dirty.size === 0) this.#memory.dirty.delete(this)
  }

  attach(writable: boolean): void {
    this.mappings++
    if (writable) this.#writers++
  }

  detach(writable: boolean): void {
    this.mappings--
    if (writable) this.#writers--
    if (this.#writers === 0) this.flush()
    if (this.mappings === 0) this.#owner.unmapped()
  }

  flush(): void {
    this.putPages(0, Number.POSITIVE_INFINITY)
  }

  // --- size and contents ---

  /** Pages beyond a smaller size are dropped, and the rest of the last one zeroed, so that growing again shows zeroes. */
  setSize(length: number): void {
    if (length > MAX_FILE_SIZE) throw EFBIG
    if (length < this.#size) {
      const keep = Math.ceil(length / PAGE_SIZE)
      for (const index of this.#frames.indices()) {
        if (index < keep) continue
        // A page that may be mapped stays this file's, so that it is the right one again if the file grows.
        if (this.mappings > 0) this.#frames.zero(index, 0, PAGE_SIZE)
        else this.#drop(index)
      }
      this.#frames.zero(Math.floor(length / PAGE_SIZE), length % PAGE_SIZE, PAGE_SIZE)
    }
    this.#size = length
  }

  /** Makes a range of a memory file read as zero. */
  punch(offset: number, length: number): void {
    const end = offset + length
    for (const index of this.#frames.within(Math.floor(offset / PAGE_SIZE), Math.ceil(length / PAGE_SIZE) + 1)) {
      const start = index * PAGE_SIZE
      if (this.#source === undefined && this.mappings === 0 && start >= offset && start + PAGE_SIZE <= end) {
        this.#drop(index)
        continue
      }
      this.#frames.zero(index, Math.max(0, offset - start), Math.min(PAGE_SIZE, end - start))
    }
  }

  freePages(offset: number, length: number): boolean {
    if (this.#source !== undefined) return false
    this.punch(offset, length)
    return true
  }

  /**
   * Moves a memory file's pages at and behind `offset` by whole pages; those before it that would be overwritten are gone.
   * @throws EOPNOTSUPP while it is mapped: mappings would have to follow.
   */
  shift(offset: number, by: number): void {
    if (this.mappings > 0 || this.#source !== undefined) throw EOPNOTSUPP
    const first = (by < 0 ? offset - by : offset) / PAGE_SIZE
    if (by < 0) for (const index of this.#frames.within(offset / PAGE_SIZE, -by / PAGE_SIZE)) this.#drop(index)
    this.#frames.shift(first, by / PAGE_SIZE)
    this.#size += by
  }

  /** Makes pages exist (fallocate). @throws ENOSPC. */
  reserve(offset: number, length: number): void {
    if (offset + length > MAX_FILE_SIZE) throw EFBIG
    if (length > this.#memory.limit - this.#memory.used + this.#frames.count * PAGE_SIZE) throw ENOSPC
    for (let i = Math.floor(offset / PAGE_SIZE); i * PAGE_SIZE < offset + length; i++)
      if (!this.#frames.has(i)) this.#frames.make(i, ENOSPC)
  }

  /** First byte with data (or without) at or behind an offset. */
  seek(offset: number, hole: boolean): number | undefined {
    if (this.#source === undefined) return this.#frames.seek(offset, hole, this.#size)
    if (offset >= this.#size) return undefined
    return hole ? this.#size : offset
  }

  /** Copy-up: reads the whole host file into frames; from then on they are the file. @throws ENOSPC, EIO; then nothing has changed. */
  adopt(length: number): void {
    const source = this.#source
    if (source === undefined) return
    const wanted = Math.ceil(length / PAGE_SIZE)
    for (const index of this.#frames.indices()) if (index >= wanted) this.#drop(index)
    this.#size = length
    if (!this.#memory.charge(wanted * PAGE_SIZE)) throw ENOSPC
    this.#adopting = true
    try {
      for (let i = 0; i < wanted; i++) if (!this.#frames.has(i)) this.#fill(source, i)
    } catch (error) {
      this.#memory.uncharge(wanted * PAGE_SIZE)
      throw error === ENOMEM ? ENOSPC : error
    } finally {
      this.#adopting = false
    }
    for (let i = 0; i < wanted; i++) this.#memory.adopt()
    this.#memory.forget(this)
    this.#source = undefined
    this.#frames.zero(Math.floor(length / PAGE_SIZE), length % PAGE_SIZE, PAGE_SIZE)
  }

  /** The host may have changed the size of a file that is open. */
  refreshSize(): void {
    if (this.#source !== undefined) this.#size = this.#source.size()
  }

  /** The host's file changed behind us: what is cached of it is forgotten (existing mappings keep the pages they have). */
  invalidate(): void {
    if (this.#source === undefined) return
    for (const index of this.#frames.indices()) if (!this.#dirty.has(index)) this.#drop(index)
    this.#size = this.#source.size()
    this.#contents = {}
  }

  reclaim(wanted: number): number {
    if (this.#source === undefined || this.#adopting) return 0
    let freed = 0
    for (const [index, frame] of this.#frames.entries()) {
      if (freed >= wanted) break
      if (this.#dirty.has(index) || this.#memory.machine.frameReferences(frame) > 1) continue
      this.#drop(index)
      freed++
    }
    if (this.#frames.count === 0) this.#memory.forget(this)
    return freed
  }

  /** Gives everything back: the file is gone. */
  dispose(): void {
    for (const index of this.#frames.indices()) this.#drop(index)
    this.#memory.forget(this)
    this.#memory.dirty.delete(this)
  }

  #drop(index: number): void {
    const frame = this.#frames.get(index)
    if (frame === undefined) return
    this.#frames.delete(index)
    this.#dirty.delete(index)
    if (this.#source !== undefined) this.#memory.releaseCached(frame)
    else {
      this.#memory.machine.releaseFrame(frame)
      this.#memory.uncharge(PAGE_SIZE)
    }
  }
}

function total(pieces: readonly Uint8Array[]): number {
  let n = 0
  for (const p of pieces) n += p.length
  return n
}

/** What is left of a list of pieces behind their first `skip` bytes. */
function remaining(pieces: readonly Uint8Array[], skip: number): Uint8Array[] {
  const rest: Uint8Array[] = []
  let at = 0
  for (const p of pieces) {
    if (at + p.length > skip) rest.push(p.subarray(Math.max(0, skip - at)))
    at += p.length
  }
  return rest
}
