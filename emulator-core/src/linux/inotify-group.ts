/** Linux's own inotify as an open file: struct fsnotify_group with its marks and its queue (fs/notify/inotify/inotify_user.c). */
import { encodeRecord, type InotifyRecord, readableName } from '../compat-linux/inotify-constants.ts'
import { EBADF, EINVAL } from '../native/errno.ts'
import { File, FREAD, type IoctlRequest } from '../native/file.ts'
import { anonymousStat } from '../native/ipc/anonymous-stat.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import type { SelInfo } from '../native/selinfo.ts'
import type { MaybeBlocking } from '../native/sleep.ts'
import type { Stat } from '../native/stat.ts'
import type { Uio } from '../native/uio.ts'
import { InotifyAllowance } from './inotify-limits.ts'
import { InotifyMarks } from './inotify-marks.ts'
import { type InotifyOutlet, InotifyQueue, PADDING } from './inotify-queue.ts'
import { QueueReaders } from './queue-readers.ts'

export class InotifyGroup extends File implements InotifyOutlet {
  readonly type = 'misc'
  readonly kernel: Kernel
  readonly marks: InotifyMarks
  readonly #queue: InotifyQueue
  readonly #readers = new QueueReaders('inotify_read', this)

  /** @throws EMFILE when the user has as many instances as he may. */
  constructor(kernel: Kernel, flags: number, uid: number) {
    super(FREAD | flags)
    this.kernel = kernel
    this.#queue = new InotifyQueue(kernel.tunables.inotifyQueuedEvents, this)
    this.marks = new InotifyMarks(kernel.vfs.observers, new InotifyAllowance(kernel, uid), this.#queue, ({ wd }) =>
      kernel.trace?.emit('inotify-unwatch', kernel.current, { instance: this.id, wd }),
    )
  }

  override describe(): string {
    return 'anon_inode:inotify'
  }

  /** As Linux's inotify_show_fdinfo, without handles. */
  override info(): string {
    return [...this.marks.all]
      .map(({ wd, vnode, mask }) => {
        const { ino, dev } = vnode.getattr()
        const where = `ino:${ino.toString(16)} sdev:${dev.toString(16)}`
        return `inotify wd:${wd} ${where} mask:${(mask >>> 0).toString(16)} ignored_mask:0 \n`
      })
      .join('')
  }

  merged({ wd, mask, name }: InotifyRecord): void {
    const { trace, current } = this.kernel
    trace?.emit('inotify-merge', current, { instance: this.id, wd, mask, name: readableName(name) })
  }

  lost({ wd, mask, name }: InotifyRecord): void {
    const { trace, current } = this.kernel
    trace?.emit('inotify-overflow', current, { instance: this.id, wd, mask, name: readableName(name) })
  }

  queued(record: InotifyRecord, depth: number): void {
    const { trace, current } = this.kernel
    const shown = { ...record, name: readableName(record.name) }
    trace?.emit('inotify-enqueue', current, { instance: this.id, ...shown, depth })
    this.#readers.wake()
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    return this.#readers.read(l, () => this.#take(l, uio))
  }

  get hasEvents(): boolean {
    return this.#queue.length > 0
  }

  /** A record leaves the queue before it is copied: one that cannot be is lost. @throws EINVAL if not even the first fits, EFAULT. */
  #take(l: Lwp, uio: Uio): number {
    const count = this.#queue.fitting(uio.resid)
    if (count === 0) throw EINVAL
    let bytes = 0
    let taken = 0
    try {
      for (const record of this.#queue.first(count)) {
        taken++
        bytes += uio.write(encodeRecord(record, PADDING))
      }
      return bytes
    } finally {
      this.#queue.drop(taken)
      this.kernel.trace?.emit('inotify-read', l, { instance: this.id, count: taken, bytes, depth: this.#queue.length })
    }
  }

  override write(): never {
    throw EBADF
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    request.answer = this.#queue.bytes
    return 0
  }

  override poll(events: number): number {
    return this.#readers.poll(events)
  }

  override pollSources(): readonly SelInfo[] {
    return this.#readers.sources
  }

  override seek(): number {
    return 0
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {
    this.marks.close()
    this.kernel.trace?.emit('inotify-close', this.kernel.current, { instance: this.id })
  }
}
