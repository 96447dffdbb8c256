/** An instance of fanotify: its marks and its queue. Linux: fs/notify/fanotify/fanotify.c, fanotify_user.c. It notifies; whether is not asked of it. */
import { allocateDescriptor } from '../compat-linux/new-descriptor.ts'
import { EAGAIN, EMFILE, ENOMEM, ENOSPC } from '../native/errno.ts'
import { FREAD, FUNTOLD, FWRITE, type IoctlRequest } from '../native/file.ts'
import { release } from '../native/filedesc.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import type { SelInfo } from '../native/selinfo.ts'
import { isKthread, type MaybeBlocking } from '../native/sleep.ts'
import type { Uio } from '../native/uio.ts'
import type { Mount } from '../native/vfs/mount.ts'
import type { FileEvent, FileObserver } from '../native/vfs/observer.ts'
import { vnOpenVnode } from '../native/vfs/vn-open.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AnonymousFile } from './anonymous-file.ts'
import { FAN_ONDIR, FanotifyQueue, type Queued } from './fanotify-queue.ts'
import { QueueReaders } from './queue-readers.ts'

export const FAN_MODIFY = 2
const FAN_Q_OVERFLOW = 0x4000
export const FAN_EVENT_ON_CHILD = 0x800_0000
/** Of struct fanotify_event_metadata. */
const METADATA_BYTES = 24
const METADATA_VERSION = 3
const NO_FD = -1
/** What "unlimited" comes to, so that a guest cannot fill the host's memory: Linux, too, loses events, and refuses marks, when it has none left. */
const MOST_QUEUED = 65536
const MOST_MARKS = 65536

const OPERATIONS: Readonly<Partial<Record<FileEvent['op'], number>>> = {
  access: 1,
  modify: FAN_MODIFY,
  'close-write': 8,
  'close-nowrite': 0x10,
  open: 0x20,
}

/** A file, everything of a mount, or of a file system (of which each has one mount here). */
export type MarkTarget = Vnode | Mount

export interface Mark {
  mask: number
  ignored: number
  /** The ignored mask outlives changes of the file. */
  survivesModify: boolean
}

export interface GroupOptions {
  readonly flags: number
  /** Flags of the descriptors that events come with, native. */
  readonly eventFlags: number
  readonly eventCloseOnExec: boolean
  readonly reportsThread: boolean
  readonly unlimitedQueue: boolean
  readonly unlimitedMarks: boolean
}

const groups = new WeakMap<Kernel, number>()

export class FanotifyGroup extends AnonymousFile implements FileObserver {
  override readonly name = '[fanotify]'
  readonly #kernel: Kernel
  readonly #options: GroupOptions
  readonly #marks = new Map<MarkTarget, Mark>()
  readonly #queue = new FanotifyQueue()
  readonly #readers = new QueueReaders('fanotify_read', this)

  /** @throws EMFILE */
  constructor(kernel: Kernel, options: GroupOptions) {
    super(FREAD | FWRITE | options.flags)
    const before = groups.get(kernel) ?? 0
    if (before >= kernel.tunables.fanotifyGroups) throw EMFILE
    groups.set(kernel, before + 1)
    this.#kernel = kernel
    this.#options = options
  }

  override info(): string {
    return `fanotify flags:0 event-flags:0\n`
  }

  mark(target: MarkTarget): Mark | undefined {
    return this.#marks.get(target)
  }

  /** @throws ENOSPC, ENOMEM */
  newMark(target: MarkTarget): Mark {
    if (!this.#options.unlimitedMarks && this.#marks.size >= this.#kernel.tunables.fanotifyMarks) throw ENOSPC
    if (this.#marks.size >= MOST_MARKS) throw ENOMEM
    const mark = { mask: 0, ignored: 0, survivesModify: false }
    this.#marks.set(target, mark)
    this.#kernel.vfs.observers.add(this)
    return mark
  }

  unmark(which: (target: MarkTarget, mark: Mark) => boolean): void {
    for (const [target, mark] of this.#marks) if (which(target, mark)) this.#marks.delete(target)
    if (this.#marks.size === 0) this.#kernel.vfs.observers.delete(this)
  }

  fileEvent(event: FileEvent): void {
    if (event.op === 'delete-self') this.unmark(target => target === event.vnode)
    const bit = OPERATIONS[event.op]
    if (bit === undefined || !('place' in event) || event.op === 'create') return
    const { vnode, isDirectory, place } = event
    let wanted = false
    let ignored = false
    const look = (target: MarkTarget | undefined, isParent: boolean): void => {
      const mark = target === undefined ? undefined : this.#marks.get(target)
      if (mark === undefined || (isParent && (mark.mask & FAN_EVENT_ON_CHILD) === 0)) return
      if (bit === FAN_MODIFY && !mark.survivesModify && !isParent) mark.ignored = 0
      if ((mark.mask & bit) !== 0 && (!isDirectory || (mark.mask & FAN_ONDIR) !== 0)) wanted = true
      if ((mark.ignored & bit) !== 0) ignored = true
    }
    look(vnode, false)
    look(place?.directory, true)
    look(vnode.mount, false)
    if (wanted && !ignored) this.#put(vnode, bit | (isDirectory ? FAN_ONDIR : 0))
  }

  get #queueLimit(): number {
    return this.#options.unlimitedQueue
      ? MOST_QUEUED
      : Math.min(this.#kernel.tunables.fanotifyQueuedEvents, MOST_QUEUED)
  }

  #put(vnode: Vnode, mask: number): void {
    const l = this.#kernel.current
    const pid = (this.#options.reportsThread ? l?.id : l?.proc.pid) ?? 0
    const isDirectory = (mask & FAN_ONDIR) !== 0
    const same = this.#queue.find(vnode, pid, isDirectory)
    if (same !== undefined) same.mask |= mask
    else if (this.#queue.length < this.#queueLimit) {
      const { vfs } = this.#kernel
      const hold = new VnodeFile(vfs, vnode, vnode.place, FUNTOLD, true)
      hold.references++
      this.#queue.put({ mask, pid, hold })
    } else if (this.#queue.last?.hold !== undefined) {
      this.#queue.put({ mask: FAN_Q_OVERFLOW, pid: 0, hold: undefined })
    }
    this.#readers.wake()
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    return this.#readers.read(l, () => this.#take(l, uio))
  }

  get hasEvents(): boolean {
    return this.#queue.length > 0
  }

  /** As many as fit; a file that cannot be opened ends it. @throws what opening throws, if it is the first; EINVAL for too small a buffer. */
  #take(l: Lwp, uio: Uio): number {
    if (uio.resid < METADATA_BYTES) return super.read(l, uio) as number
    let done = 0
    while (uio.resid >= METADATA_BYTES) {
      const event = this.#queue.take()
      if (event === undefined) break
      try {
        done += uio.write(metadata(event, this.#descriptor(l, event)))
      } catch (error) {
        if (done === 0) throw error
        break
      } finally {
        if (event.hold !== undefined) release(event.hold)
      }
    }
    return done
  }

  /** The file itself, opened for the reader; what it does with it is told nobody. */
  #descriptor(l: Lwp, { hold }: Queued): number {
    if (hold === undefined) return NO_FD
    const { eventFlags, eventCloseOnExec } = this.#options
    const file = vnOpenVnode(l, this.#kernel.vfs, hold.vnode, eventFlags | FUNTOLD)
    if (isKthread(file)) throw EAGAIN
    return allocateDescriptor(l, file, eventCloseOnExec)
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    request.answer = METADATA_BYTES * this.#queue.length
    return 0
  }

  override poll(events: number): number {
    return this.#readers.poll(events)
  }

  override pollSources(): readonly SelInfo[] {
    return this.#readers.sources
  }

  override close(): void {
    this.unmark(() => true)
    for (let event = this.#queue.take(); event !== undefined; event = this.#queue.take())
      if (event.hold !== undefined) release(event.hold)
    groups.set(this.#kernel, (groups.get(this.#kernel) ?? 1) - 1)
  }
}

function metadata({ mask, pid }: Queued, fd: number): Uint8Array {
  const v = new DataView(new ArrayBuffer(METADATA_BYTES))
  v.setUint32(0, METADATA_BYTES, true)
  v.setUint8(4, METADATA_VERSION)
  v.setUint16(6, METADATA_BYTES, true)
  v.setBigUint64(8, BigInt((mask & ~FAN_ONDIR) >>> 0), true)
  v.setInt32(16, fd, true)
  v.setInt32(20, pid, true)
  return new Uint8Array(v.buffer)
}
