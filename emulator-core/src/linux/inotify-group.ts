/** Linux's own inotify: struct fsnotify_group with its marks and its queue (fs/notify/inotify, fs/notify/fsnotify.c). */
import {
  encodeRecord,
  IN_ACCESS,
  IN_ALL_EVENTS,
  IN_ATTRIB,
  IN_CLOSE_NOWRITE,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_ONESHOT,
  IN_OPEN,
  IN_Q_OVERFLOW,
  type InotifyRecord,
  readableName,
  recordSize,
} from '../compat-linux/inotify-constants.ts'
import { EAGAIN, EBADF, EINTR, EINVAL, EMFILE, ENOSPC, ERESTART } from '../native/errno.ts'
import { File, FREAD, type IoctlRequest } from '../native/file.ts'
import { anonymousStat } from '../native/ipc/anonymous-stat.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../native/selinfo.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../native/sleep.ts'
import type { Stat } from '../native/stat.ts'
import type { Uio } from '../native/uio.ts'
import type { FileEvent, FileObserver } from '../native/vfs/observer.ts'
import type { Vnode } from '../native/vfs/vnode.ts'

/** Names are filled up to a multiple of this. */
const PADDING = 16

export interface Watch {
  readonly wd: number
  readonly vnode: Vnode
  /** Events and the flags that last: EXCL_UNLINK, ONESHOT. */
  mask: number
}

const OPERATION_MASK = {
  open: IN_OPEN,
  access: IN_ACCESS,
  modify: IN_MODIFY,
  attrib: IN_ATTRIB,
  'close-write': IN_CLOSE_WRITE,
  'close-nowrite': IN_CLOSE_NOWRITE,
  create: IN_CREATE,
  link: IN_CREATE,
  delete: IN_DELETE,
} as const

/** Ties the two halves of a move together: the same number for every instance that is told of it. */
let nextCookie = 1
let lastMove: FileEvent | undefined

function cookieOf(move: FileEvent): number {
  if (lastMove !== move) nextCookie++
  lastMove = move
  return nextCookie - 1
}

/** What a user has of instances and watches: their limits are his, not the process's. */
interface Share {
  instances: number
  watches: number
}

const shares = new WeakMap<Kernel, Map<number, Share>>()

function shareOf(kernel: Kernel, uid: number): Share {
  const users = shares.get(kernel) ?? new Map<number, Share>()
  shares.set(kernel, users)
  const share = users.get(uid) ?? { instances: 0, watches: 0 }
  users.set(uid, share)
  return share
}

export class InotifyGroup extends File implements FileObserver {
  readonly type = 'misc'
  readonly kernel: Kernel
  readonly #byNumber = new Map<number, Watch>()
  readonly #byVnode = new Map<Vnode, Watch>()
  #nextWd = 1
  #queue: InotifyRecord[] = []
  readonly #selinfo = new SelInfo()
  readonly #wait = new WaitChannel('inotify_read')

  readonly #share: Share
  readonly #mostQueued: number

  /** @throws EMFILE when the user has as many instances as he may. */
  constructor(kernel: Kernel, flags: number, uid: number) {
    super(FREAD | flags)
    this.kernel = kernel
    this.#share = shareOf(kernel, uid)
    this.#mostQueued = kernel.tunables.inotifyQueuedEvents
    if (this.#share.instances >= kernel.tunables.inotifyInstances) throw EMFILE
    this.#share.instances++
  }

  override describe(): string {
    return 'anon_inode:inotify'
  }

  /** As Linux's inotify_show_fdinfo, without handles. */
  override info(): string {
    return [...this.#byNumber.values()]
      .map(({ wd, vnode, mask }) => {
        const { ino, dev } = vnode.getattr()
        const where = `ino:${ino.toString(16)} sdev:${dev.toString(16)}`
        return `inotify wd:${wd} ${where} mask:${(mask >>> 0).toString(16)} ignored_mask:0 \n`
      })
      .join('')
  }

  watchOf(vnode: Vnode): Watch | undefined {
    return this.#byVnode.get(vnode)
  }

  watch(wd: number): Watch | undefined {
    return this.#byNumber.get(wd)
  }

  /** @throws ENOSPC. */
  addWatch(vnode: Vnode, mask: number): Watch {
    if (this.#share.watches >= this.kernel.tunables.inotifyWatches) throw ENOSPC
    this.#share.watches++
    const watch = { wd: this.#nextWd++, vnode, mask }
    this.#byNumber.set(watch.wd, watch)
    this.#byVnode.set(vnode, watch)
    this.kernel.vfs.observers.add(this)
    return watch
  }

  /** The watch ends, and the program is told so. */
  removeWatch(watch: Watch): void {
    if (this.#byNumber.delete(watch.wd)) this.#share.watches--
    this.#byVnode.delete(watch.vnode)
    if (this.#byNumber.size === 0) this.kernel.vfs.observers.delete(this)
    this.kernel.trace?.emit('inotify-unwatch', this.kernel.current, { instance: this.id, wd: watch.wd })
    this.#enqueue({ wd: watch.wd, mask: IN_IGNORED, cookie: 0, name: '' })
  }

  fileEvent(event: FileEvent): void {
    switch (event.op) {
      case 'create':
      case 'link':
      case 'delete':
        this.#tell(event.place.directory, OPERATION_MASK[event.op], event.isDirectory, 0, event.place.name)
        break
      case 'move':
        this.#moved(event)
        break
      case 'delete-self':
        this.#ended(event.vnode)
        break
      default: {
        const mask = OPERATION_MASK[event.op]
        // The directory is told first, with the name; then the file itself.
        if (event.place !== undefined) {
          const { directory, name } = event.place
          this.#tell(directory, mask, event.isDirectory, 0, name, event.removed)
        }
        this.#tell(event.vnode, mask, event.isDirectory, 0, '')
      }
    }
  }

  #moved(event: Extract<FileEvent, { op: 'move' }>): void {
    const { vnode, isDirectory, from, to, replaced } = event
    const cookie = cookieOf(event)
    this.#tell(from.directory, IN_MOVED_FROM, isDirectory, cookie, from.name)
    this.#tell(to.directory, IN_MOVED_TO, isDirectory, cookie, to.name)
    if (replaced !== undefined && replaced.type !== 'VDIR') this.#tell(replaced, IN_ATTRIB, false, 0, '')
    this.#tell(vnode, IN_MOVE_SELF, isDirectory, 0, '')
  }

  #ended(vnode: Vnode): void {
    const watch = this.#byVnode.get(vnode)
    if (watch === undefined) return
    this.#tell(vnode, IN_DELETE_SELF, false, 0, '')
    if (this.#byVnode.get(vnode) === watch) this.removeWatch(watch)
  }

  /** inotify_handle_inode_event: for the watch of `vnode`, if it asked for this. `removed`: the name is gone. */
  #tell(vnode: Vnode, mask: number, isDirectory: boolean, cookie: number, name: string, removed = false): void {
    const watch = this.#byVnode.get(vnode)
    if (watch === undefined || (watch.mask & mask & IN_ALL_EVENTS) === 0) return
    if (removed && (watch.mask & IN_EXCL_UNLINK) !== 0) return
    // The flag is never set in what a file says of its own life and place.
    const flag = isDirectory && (mask & (IN_MOVE_SELF | IN_DELETE_SELF)) === 0 ? IN_ISDIR : 0
    this.#enqueue({ wd: watch.wd, mask: mask | flag, cookie, name })
    if ((watch.mask & IN_ONESHOT) !== 0) this.removeWatch(watch)
  }

  /** fsnotify_add_event: equal to the last one it is dropped; when the queue is full, one record says so. */
  #enqueue(record: InotifyRecord): void {
    const { trace, current } = this.kernel
    const { wd, mask, name } = record
    const last = this.#queue[this.#queue.length - 1]
    if (last !== undefined && last.wd === wd && last.mask === mask && last.name === name) {
      trace?.emit('inotify-merge', current, { instance: this.id, wd, mask, name: readableName(name) })
      return
    }
    let queued = record
    if (this.#queue.length >= this.#mostQueued) {
      trace?.emit('inotify-overflow', current, { instance: this.id, wd, mask, name: readableName(name) })
      if (last?.mask === IN_Q_OVERFLOW) return
      queued = { wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' }
    }
    this.#queue.push(queued)
    const shown = { ...queued, name: readableName(queued.name) }
    trace?.emit('inotify-enqueue', current, { instance: this.id, ...shown, depth: this.#queue.length })
    this.#wait.wakeAll()
    this.#selinfo.notify(POLLIN | POLLRDNORM)
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (this.#queue.length > 0) return this.#take(l, uio)
    if (this.nonblocking) throw EAGAIN
    return this.#readBlocking(l, uio)
  }

  *#readBlocking(l: Lwp, uio: Uio): Kthread<number> {
    while (this.#queue.length === 0) {
      try {
        yield* cvWaitSig(l, this.#wait)
      } catch (e) {
        throw e === ERESTART ? EINTR : e
      }
    }
    return this.#take(l, uio)
  }

  /** @throws EINVAL if not even the first record fits. */
  #take(l: Lwp, uio: Uio): number {
    let count = 0
    let bytes = 0
    for (const record of this.#queue) {
      if (recordSize(record, PADDING) > uio.resid) break
      bytes += uio.write(encodeRecord(record, PADDING))
      count++
    }
    if (count === 0) throw EINVAL
    this.#queue = this.#queue.slice(count)
    this.kernel.trace?.emit('inotify-read', l, { instance: this.id, count, bytes, depth: this.#queue.length })
    return bytes
  }

  override write(): never {
    throw EBADF
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    request.answer = this.#queue.reduce((sum, r) => sum + recordSize(r, PADDING), 0)
    return 0
  }

  override poll(events: number): number {
    return this.#queue.length > 0 ? events & (POLLIN | POLLRDNORM) : 0
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#selinfo]
  }

  override seek(): number {
    return 0
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {
    this.kernel.vfs.observers.delete(this)
    this.#share.instances--
    this.#share.watches -= this.#byNumber.size
    this.#byNumber.clear()
    this.#byVnode.clear()
    this.kernel.trace?.emit('inotify-close', this.kernel.current, { instance: this.id })
  }
}
