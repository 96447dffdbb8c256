/**
 * A pair of rings that a program and the kernel share: struct io_ring_ctx, struct io_rings (io_uring/io_uring.c). What could wait is tried, and tried
 * again when its file says that something may have changed: nothing of the kernel's waits for it.
 */
import { linuxErrno } from '../compat-linux/errno.ts'
import { pageUp } from '../machine/page.ts'
import type { Callout } from '../native/clock.ts'
import { EAGAIN, EINVAL, Errno, EWOULDBLOCK } from '../native/errno.ts'
import { type File, FREAD, FWRITE } from '../native/file.ts'
import { release } from '../native/filedesc.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM, SelInfo } from '../native/selinfo.ts'
import { WaitChannel } from '../native/sleep.ts'
import { FrameObject } from '../native/uvm/frame-object.ts'
import { FrameStore } from '../native/uvm/frame-store.ts'
import type { UvmObject } from '../native/uvm/object.ts'
import { AnonymousFile } from './anonymous-file.ts'

/** Where in the rings' memory what is; the two queues' words lie in lines of their own. */
export const SQ = { head: 0, tail: 64, mask: 256, entries: 264, dropped: 272, flags: 276 } as const
export const CQ = { head: 128, tail: 192, mask: 260, entries: 268, flags: 280, overflow: 284, cqes: 320 } as const
const SQE = 64
const CQE = 16
/** mmap's offsets. */
const OFF_SQES = 0x1000_0000
const OFF_CQ_RING = 0x800_0000
const CQ_OVERFLOWED = 2
/** Completions that wait for room, at most. */
const MOST_WAITING = 65536
const DEVICE = 19

/** Work on a file: a result at once, or EAGAIN until one of `events` may have come. */
export interface Work {
  readonly data: bigint
  /** undefined: nothing to wait for. */
  readonly file: File | undefined
  readonly events: number
  readonly run: () => number
  /** What is to be done when it is over, whatever came of it: the request that was linked to it. */
  readonly then?: ((result: number) => void) | undefined
}

interface Pending {
  readonly work: Work
  readonly stop: () => void
}

/** A row of frames that is mapped, as an object. */
class Area {
  readonly store: FrameStore
  readonly object: FrameObject

  constructor(kernel: Kernel, inode: number, size: number, unused: () => void) {
    this.store = new FrameStore(kernel.machine)
    this.object = new FrameObject(this.store, { name: 'anon_inode:[io_uring]', device: DEVICE, inode, size }, unused)
    this.store.reserve(0, size)
  }

  u32(at: number): number {
    const bytes = new Uint8Array(4)
    this.store.read(at, bytes)
    return new DataView(bytes.buffer).getUint32(0, true)
  }

  setU32(at: number, value: number): void {
    this.store.write(at, new Uint8Array(Uint32Array.of(value).buffer))
  }
}

let nextInode = 1

export class IoRing extends AnonymousFile {
  override readonly name = '[io_uring]'
  readonly kernel: Kernel
  readonly entries: number
  readonly completions: number
  readonly changed = new WaitChannel('cqring_wait')
  /** Offset of the row of numbers of submitted entries. */
  readonly arrayAt: number
  /** Registered buffers: address and length. */
  buffers: readonly { readonly base: number; readonly length: number }[] | undefined
  readonly #rings: Area
  readonly #requests: Area
  readonly #selinfo = new SelInfo()
  readonly #pending = new Set<Pending>()
  readonly #waiting: (readonly [bigint, number])[] = []
  #isOpen = true

  /** @throws ENOSPC when there is no memory. */
  constructor(kernel: Kernel, entries: number, completions: number) {
    super(FREAD | FWRITE)
    this.kernel = kernel
    this.entries = entries
    this.completions = completions
    this.arrayAt = CQ.cqes + CQE * completions
    const inode = nextInode++
    const unused = (): void => this.#disposeIfUnused()
    this.#rings = new Area(kernel, inode, pageUp(this.arrayAt + 4 * entries), unused)
    this.#requests = new Area(kernel, inode, pageUp(SQE * entries), unused)
    this.#rings.setU32(SQ.mask, entries - 1)
    this.#rings.setU32(SQ.entries, entries)
    this.#rings.setU32(CQ.mask, completions - 1)
    this.#rings.setU32(CQ.entries, completions)
  }

  override mmap(_l: Lwp, offset: number, length: number): UvmObject {
    const which = Math.floor(offset / OFF_CQ_RING) * OFF_CQ_RING
    const area = which === OFF_SQES ? this.#requests : this.#rings
    if (![0, OFF_CQ_RING, OFF_SQES].includes(which) || pageUp(length) > area.object.size) throw EINVAL
    return area.object
  }

  /** Where a mapping begins in its object: the offset only says which. */
  override mapOffset(): number {
    return 0
  }

  /** The next entry that was submitted; undefined if there is none. */
  take(): DataView | undefined {
    const rings = this.#rings
    for (;;) {
      const head = rings.u32(SQ.head)
      if (head === rings.u32(SQ.tail)) return undefined
      const index = rings.u32(this.arrayAt + 4 * (head & (this.entries - 1)))
      rings.setU32(SQ.head, (head + 1) >>> 0)
      if (index < this.entries) {
        const bytes = new Uint8Array(SQE)
        this.#requests.store.read(SQE * index, bytes)
        return new DataView(bytes.buffer)
      }
      rings.setU32(SQ.dropped, rings.u32(SQ.dropped) + 1)
    }
  }

  /** Does it, now or when it can be done. @param isRetry it waited before. */
  start(work: Work): void {
    try {
      this.finish(work, work.run())
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const sources = work.file?.pollSources() ?? []
      const waits = (error === EAGAIN || error === EWOULDBLOCK) && sources.length > 0
      if (waits) this.#wait(work, sources)
      else this.finish(work, -linuxErrno(error))
    }
  }

  #wait(work: Work, sources: readonly SelInfo[]): void {
    let callout: Callout | undefined
    const { clock } = this.kernel
    const again = {
      notify: (): void => {
        callout ??= clock.schedule(clock.monotonic(), retry)
      },
    }
    const pending: Pending = {
      work,
      stop: () => {
        callout?.cancel()
        for (const s of sources) s.listeners.delete(again)
        if (work.file !== undefined) release(work.file)
      },
    }
    const retry = (): void => {
      if (!this.#pending.delete(pending)) return
      // The file stays while it is tried.
      if (work.file !== undefined) work.file.references++
      pending.stop()
      this.start(work)
      if (work.file !== undefined) release(work.file)
    }
    if (work.file !== undefined) work.file.references++
    for (const s of sources) s.listeners.add(again)
    this.#pending.add(pending)
  }

  /** Something that only its time ends. */
  hold(data: bigint, at: number, result: number): void {
    const work: Work = { data, file: undefined, events: 0, run: () => result }
    const callout = this.kernel.clock.schedule(at, () => {
      this.#pending.delete(pending)
      this.finish(work, result)
    })
    const pending: Pending = { work, stop: () => callout.cancel() }
    this.#pending.add(pending)
  }

  /** Ends what was to wait, as `result`; false if there is no such. */
  cancel(data: bigint, result: number): boolean {
    for (const pending of this.#pending) {
      if (pending.work.data !== data) continue
      this.#pending.delete(pending)
      pending.stop()
      this.finish(pending.work, result)
      return true
    }
    return false
  }

  finish(work: Work, result: number): void {
    this.#waiting.push([work.data, result])
    this.flush()
    this.changed.wakeAll()
    this.#selinfo.notify(POLLIN | POLLRDNORM)
    work.then?.(result)
  }

  /** Puts what is done into the ring, as far as the program has made room. */
  flush(): void {
    const rings = this.#rings
    while (this.#waiting.length > 0 && this.ready < this.completions) {
      const tail = rings.u32(CQ.tail)
      const [data, result] = this.#waiting[0]
      this.#waiting.shift()
      const v = new DataView(new ArrayBuffer(CQE))
      v.setBigUint64(0, data, true)
      v.setInt32(8, result, true)
      rings.store.write(CQ.cqes + CQE * (tail & (this.completions - 1)), new Uint8Array(v.buffer))
      rings.setU32(CQ.tail, (tail + 1) >>> 0)
    }
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.pop()
      rings.setU32(CQ.overflow, rings.u32(CQ.overflow) + 1)
    }
    rings.setU32(SQ.flags, this.#waiting.length > 0 ? CQ_OVERFLOWED : 0)
  }

  /** Requests that may wait at once, so that a program cannot fill the host's memory with them. */
  get isFull(): boolean {
    return this.#pending.size >= MOST_WAITING || this.#waiting.length >= MOST_WAITING
  }

  /** Completions that the program has not taken. */
  get ready(): number {
    return (this.#rings.u32(CQ.tail) - this.#rings.u32(CQ.head)) >>> 0
  }

  override poll(events: number): number {
    const hasRoom = (this.#rings.u32(SQ.tail) - this.#rings.u32(SQ.head)) >>> 0 < this.entries
    return events & ((this.ready > 0 ? POLLIN | POLLRDNORM : 0) | (hasRoom ? POLLOUT | POLLWRNORM : 0))
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#selinfo]
  }

  #disposeIfUnused(): void {
    if (this.#isOpen || this.#rings.object.mappings > 0 || this.#requests.object.mappings > 0) return
    this.#rings.store.dispose()
    this.#requests.store.dispose()
  }

  override close(): void {
    for (const pending of this.#pending) pending.stop()
    this.#pending.clear()
    this.#isOpen = false
    this.#disposeIfUnused()
  }
}
