/**
 * Memory that can be mapped: struct uvm_object with its pager operations (sys/uvm/uvm_pager.h).
 * An object's pages are frames of the machine's physical memory; who maps one holds a reference to the frame besides the object's own.
 */
export interface UvmObject {
  /** For /proc/PID/maps: a path or a bracketed name, with device and inode. */
  readonly name: string
  readonly device: number
  readonly inode: number
  /** Parts of one mapping that were split stay apart, because somebody counts them (System V's attachments). */
  readonly separate?: boolean
  /** mprotect can never give a mapping more than it was made with. */
  readonly hasFixedProtection?: boolean
  /** A file, whose times tell of stores: after each msync(2) of the first one to a page. */
  readonly hearsOfStores?: boolean
  /** Bytes of a page, if it has huge ones: ranges of it are whole pages. */
  readonly pageSize?: number | undefined
  /** Bytes; pages wholly behind it raise SIGBUS. */
  readonly size: number
  /**
   * pgo_get: the frame of page `index` (in pages from the object's start), brought in if need be. The caller must not keep it beyond the call
   * without retaining it. `forWrite`: a shared mapping is about to write it.
   * @throws EIO if the page cannot be read, ENOMEM if there is no frame; undefined behind the end.
   */
  getPage(index: number, forWrite: boolean): number | undefined
  /** The frame if the page is in memory already, for mapping around a fault. */
  residentPage(index: number): number | undefined
  /** How many pages from the first to the last number are in memory, and how many of them are not written to where they belong. */
  countPages?(first: number, last: number): { readonly cached: number; readonly dirty: number }
  /** pgo_put: writes dirty pages of the range to where they belong (msync, the last unmapping). */
  putPages(firstIndex: number, count: number): void
  /** Makes a range, in bytes, read as zero (MADV_REMOVE); false: it cannot have holes. */
  freePages(offset: number, length: number): boolean
  /** A mapping (or its copy at fork) begins or ends; `writable`: it is shared and may write. */
  attach(writable: boolean): void
  detach(writable: boolean): void
}
