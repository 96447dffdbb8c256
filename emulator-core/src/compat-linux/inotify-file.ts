/**
 * An inotify instance: struct inotifyfd, linux_inotify.c. A file with a queue of its own, because a kqueue merges notes and forgets their order;
 * beside it stands a kqueue that only holds the knotes and never delivers anything.
 */
import { meets } from '../native/divergence.ts'
import { EAGAIN, EBADF, EINTR, EINVAL, EOPNOTSUPP, ERESTART } from '../native/errno.ts'
import { File, FNONBLOCK, FREAD, type IoctlRequest } from '../native/file.ts'
import { anonymousStat, seekNowhere } from '../native/ipc/anonymous-stat.ts'
import type { Kernel } from '../native/kernel.ts'
import { selinfoFilter } from '../native/kqueue/filterops.ts'
import { kfilterRegister } from '../native/kqueue/filters.ts'
import {
  EV_ONESHOT,
  EVFILT_READ,
  EVFILT_VNODE,
  type Filterops,
  type Knote,
  type VnodeNotes,
} from '../native/kqueue/knote.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../native/selinfo.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../native/sleep.ts'
import type { Stat } from '../native/stat.ts'
import type { Uio } from '../native/uio.ts'
import { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import {
  encodeRecord,
  IN_Q_OVERFLOW,
  INOTIFY_MAX_QUEUED,
  type InotifyRecord,
  readableName,
  recordSize,
} from './inotify-constants.ts'
import { get_inotify_dir_entries, handle_write, type Snapshot } from './inotify-directory.ts'
import type { InotifyShadow } from './inotify-shadow.ts'
import { kevent_to_inotify } from './inotify-translate.ts'

/** Instances by what their knotes carry in udata, in place of a pointer. */
const instances = new Map<bigint, InotifyFile>()

export class InotifyFile extends File {
  readonly type = 'misc'
  readonly kernel: Kernel
  /** The number of the hidden kqueue, in the table of the process that made the instance. */
  readonly kqfd: number
  /** By watch descriptor: how the directory was when looked at last. */
  readonly watches: (Snapshot | undefined)[] = []
  readonly udata: bigint
  /** Linux's beside it, while somebody hears of divergences. */
  shadow: InotifyShadow | undefined
  #queue: InotifyRecord[] = []
  readonly #selinfo = new SelInfo()
  /** Where poll sleeps, and is not woken. */
  readonly #deaf = new SelInfo()
  readonly #wait = new WaitChannel('inotify')

  constructor(kernel: Kernel, kqfd: number, flags: number) {
    super(FREAD | flags)
    this.kernel = kernel
    this.kqfd = kqfd
    this.udata = BigInt(this.id)
    instances.set(this.udata, this)
  }

  override describe(): string {
    return 'anon_inode:inotify'
  }

  /** inotify_filt_event's work: translates the notes of a watched file and queues the records. */
  noted(kn: Knote, notes: VnodeNotes): void {
    const wd = kn.kevent.ident
    const vnode = openVnode(kn.file)
    if (notes === 0 || this.#queue.length >= INOTIFY_MAX_QUEUED || vnode === undefined) return
    const records = kevent_to_inotify(
      {
        wd,
        type: vnode.type,
        isOneshot: (kn.kevent.flags & EV_ONESHOT) !== 0,
        linkCount: () => vnode.getattr().nlink,
        directoryChanges: () => this.#directoryChanges(wd, vnode),
      },
      notes,
    )
    if (records.length > 0) this.enqueue(records)
  }

  #directoryChanges(wd: number, vnode: Vnode): readonly InotifyRecord[] {
    const older = this.watches[wd]
    if (older === undefined) return []
    const newer = get_inotify_dir_entries(vnode)
    this.watches[wd] = newer
    const records = handle_write(wd, older, newer)
    if (records !== undefined) return records
    // A kernel with DIAGNOSTIC would stop here.
    const detail = `handle_write: ${older.length} entries became ${newer.length}`
    this.shadow?.comparisonFailed(wd, detail)
    return []
  }

  /** Appends records; if they do not fit, one that says so. */
  enqueue(records: readonly InotifyRecord[]): void {
    const fits = this.#queue.length + records.length < INOTIFY_MAX_QUEUED
    const appended = fits ? records : [{ wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' }]
    const { trace, current } = this.kernel
    for (const r of appended) {
      this.#queue.push(r)
      const name = readableName(r.name)
      trace?.emit('inotify-enqueue', current, { instance: this.id, ...r, name, depth: this.#queue.length })
      this.shadow?.netbsdQueued(r, this.#queue.length)
    }
    if (!fits) {
      for (const { wd, mask, name } of records) {
        trace?.emit('inotify-overflow', current, { instance: this.id, wd, mask, name: readableName(name) })
      }
    }
    if (this.#deaf.pollers.sleepers.size > 0) this.shadow?.pollSleepsOn()
    this.#wait.wakeOne()
    this.#selinfo.notify(POLLIN | POLLRDNORM, this.#queue.length)
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (this.#queue.length > 0) return this.#take(l, uio)
    if (this.nonblocking) {
      this.shadow?.wasRead(l, 0, uio.resid)
      throw EAGAIN
    }
    return this.#readBlocking(l, uio)
  }

  *#readBlocking(l: Lwp, uio: Uio): Kthread<number> {
    while (this.#queue.length === 0) {
      const awake = this.shadow?.sleeps(l, uio.resid)
      try {
        yield* cvWaitSig(l, this.#wait)
      } catch (e) {
        throw e === ERESTART && meets(l, 'inotify.read-interrupted', this.describe()) ? EINTR : e
      } finally {
        awake?.()
      }
    }
    return this.#take(l, uio)
  }

  /** As many whole records as fit. @throws EINVAL if not even the first does. */
  #take(l: Lwp, uio: Uio): number {
    const padding = this.kernel.diverges('inotify.unpadded-names') ? 1 : 16
    const room = uio.resid
    let count = 0
    let bytes = 0
    for (const record of this.#queue) {
      if (recordSize(record, padding) > uio.resid) break
      bytes += uio.write(encodeRecord(record, padding))
      count++
    }
    const taken = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    if (count > 0)
      this.kernel.trace?.emit('inotify-read', l, { instance: this.id, count, bytes, depth: this.#queue.length })
    this.shadow?.wasRead(l, count, room)
    if (count === 0) throw EINVAL
    const named = taken.find(each => recordSize(each, padding) !== recordSize(each, 16))
    if (named !== undefined) meets(l, 'inotify.unpadded-names', `"${readableName(named.name)}"`)
    if (this.#queue.length > 0) this.#wait.wakeOne()
    return bytes
  }

  override write(): never {
    throw EBADF
  }

  /** @throws EOPNOTSUPP, the stub's. */
  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (meets(l, 'inotify.control', `ioctl ${request.kind}`)) throw EOPNOTSUPP
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    const padding = this.kernel.diverges('inotify.unpadded-names') ? 1 : 16
    request.answer = this.#queue.reduce((sum, r) => sum + recordSize(r, padding), 0)
    return 0
  }

  /** O_NONBLOCK is changed by an ioctl, which there is none of. @throws EOPNOTSUPP. */
  override setFlags(l: Lwp, changed: number): void {
    if ((changed & FNONBLOCK) !== 0 && meets(l, 'inotify.control', 'O_NONBLOCK')) throw EOPNOTSUPP
  }

  /** @throws EOPNOTSUPP, the stub's. */
  override stat(l: Lwp): Stat {
    if (meets(l, 'inotify.control', 'fstat')) throw EOPNOTSUPP
    return anonymousStat(l)
  }

  override seek(l: Lwp): number {
    return seekNowhere(l, this)
  }

  override poll(events: number): number {
    return this.#queue.length > 0 ? events & (POLLIN | POLLRDNORM) : 0
  }

  /** The original does not note who polls, so a sleeping poll is not woken. */
  override pollSources(): readonly SelInfo[] {
    return [this.kernel.diverges('inotify.poll-sleeps-on') ? this.#deaf : this.#selinfo]
  }

  /** inotify_read_filt_event: the length of the queue as it was when the last record came, not as it is. */
  override kqfilter(kn: Knote): Filterops {
    if (kn.kevent.filter !== EVFILT_READ) throw EINVAL
    const stale = this.kernel.diverges('inotify.stale-readiness')
    return selinfoFilter('inotify_read', this.#selinfo, (k, hint) => {
      if (!stale) k.kevent.data = this.#queue.length
      else if (hint !== 0) k.kevent.data = hint
      const isReady = k.kevent.data > 0
      if (isReady !== this.#queue.length > 0) this.shadow?.readinessIsStale(this.#queue.length)
      return isReady
    })
  }

  /** Closes the watches and the hidden kqueue: by number, in the process that closes, whose numbers these may no longer be. */
  override close(): void {
    instances.delete(this.udata)
    this.shadow?.close()
    this.kernel.trace?.emit('inotify-close', this.kernel.current, { instance: this.id })
    const l = this.kernel.current
    if (l === undefined) return
    const watched = this.watches.flatMap((snapshot, wd) => (snapshot === undefined ? [] : [wd]))
    for (const fd of [...watched, this.kqfd]) if (l.fd.slot(fd) !== undefined) l.fd.close(l, fd)
  }
}

/** The vnode that a file is an open one of, also if it is a named pipe's. */
export function openVnode(file: File | undefined): Vnode | undefined {
  if (file instanceof VnodeFile) return file.vnode
  return file?.attributes instanceof Vnode ? file.attributes : undefined
}

/**
 * The private filter. On attach the knote is given EVFILT_VNODE's number, so that it counts as an interest in the vnode; its operations stay
 * these, which never find the knote ready.
 */
const inotifyFilter: Filterops = {
  name: 'LINUX_INOTIFY',
  isFd: true,
  attach(kn) {
    const vnode = openVnode(kn.file)
    if (vnode === undefined) throw EINVAL
    kn.kevent.filter = EVFILT_VNODE
    vnode.selinfo.klist.insert(kn)
  },
  detach(kn) {
    openVnode(kn.file)?.selinfo.klist.remove(kn)
  },
  event(kn, hint) {
    instances.get(kn.kevent.udata)?.noted(kn, hint & kn.savedFflags)
    return false
  },
}

export const LINUX_INOTIFY = kfilterRegister('LINUX_INOTIFY', inotifyFilter)

/** Whether a knote is one of this instance's watches. */
export function isWatchOf(kn: Knote, instance: InotifyFile): boolean {
  return kn.ops === inotifyFilter && kn.kevent.udata === instance.udata
}
