/**
 * Linux's inotify beside an instance of NetBSD's: the same watches, told of the same files, with a queue that no program reads. At the end of each
 * call the two queues are compared (inotify-compare.ts), and where they came to differ the call has met a divergence.
 */
import { LINUX_MERGED, LINUX_ONLY, LINUX_OTHERWISE, NETBSD_ONLY, NO_RECORD } from '../events/grammar.ts'
import { syscallNames } from '../events/syscall-names.ts'
import { bitNames } from '../events/types/names.ts'
import { inotifyNames } from '../events/types/polling.ts'
import { InotifyAllowance } from '../linux/inotify-limits.ts'
import { InotifyMarks, type Watch } from '../linux/inotify-marks.ts'
import { type InotifyOutlet, InotifyQueue } from '../linux/inotify-queue.ts'
import { tellDivergence } from '../native/divergence.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import {
  compareRecords,
  type Difference,
  FAILED,
  type Facts,
  type LinuxRecord,
  type NetbsdRecord,
  type WatchFacts,
} from './inotify-compare.ts'
import {
  IN_MASK_ADD,
  IN_MOVED_FROM,
  IN_ONESHOT,
  INOTIFY_MAX_QUEUED,
  type InotifyMask,
  type InotifyRecord,
  readableName,
} from './inotify-constants.ts'

/** A watch by NetBSD's number. */
interface Shadowed {
  readonly vnode: Vnode
  /** Linux's number for it. */
  readonly number: number
  /** Undefined once it has ended on Linux. */
  watch: Watch | undefined
  asked: InotifyMask
  ended: WatchFacts['ended']
}

const OPENING: ReadonlySet<number> = new Set(
  syscallNames.flatMap(([number, name]) => (/^(open|openat|openat2|creat)$/.test(name) ? [number] : [])),
)

/** Cookies of NetBSD's that are remembered, to notice one that comes again. */
const COOKIES_KEPT = 1024

export class InotifyShadow implements InotifyOutlet, Facts {
  readonly #kernel: Kernel
  readonly #instance: number
  readonly #hangs: (vnode: Vnode) => boolean
  readonly #queue: InotifyQueue
  readonly #marks: InotifyMarks
  readonly #watches = new Map<number, Shadowed>()
  /** NetBSD's numbers by Linux's. */
  readonly #numbers = new Map<number, number>()
  /** Of what stands in Linux's queue: whether NetBSD has it too. Ghosts are those it has not. */
  #ghosts: boolean[] = []
  /** What the call that goes on has put into the queues, and whose call it is. */
  #netbsd: NetbsdRecord[] = []
  #linux: LinuxRecord[] = []
  #cause: Lwp | undefined
  #isOpening = false
  /** Watches that Linux would not have, and the divergence that they come from. */
  readonly #reasons = new Map<number, string>()
  readonly #failed = new Set<number>()
  #records = 0
  #netbsdDepth = 0
  readonly #cookies = new Set<number>()
  /** Bytes there is room for, of the reads that sleep. */
  readonly #sleeping: number[] = []
  #removing = false
  #closed = false

  /**
   * @param instance the id of NetBSD's. @param hangs whether a knote of that one hangs on a vnode.
   * @throws EMFILE when the user may have no further one.
   */
  constructor(kernel: Kernel, instance: number, uid: number, hangs: (vnode: Vnode) => boolean) {
    this.#kernel = kernel
    this.#hangs = hangs
    this.#instance = instance
    this.#queue = new InotifyQueue(kernel.tunables.inotifyQueuedEvents, this)
    const allowance = new InotifyAllowance(kernel, uid)
    this.#marks = new InotifyMarks(kernel.vfs.observers, allowance, this.#queue, watch => this.#ended(watch))
  }

  // ---- the calls ----

  /** The watch that a successful inotify_add_watch made or changed. @throws ENOSPC. */
  watched(vnode: Vnode, wd: number, mask: InotifyMask): void {
    const before = this.#watches.get(wd)
    const asked = (mask & IN_MASK_ADD) !== 0 && before?.vnode === vnode ? before.asked | mask : mask
    const watch = this.#marks.watch(vnode, mask)
    if (before !== undefined) this.#numbers.delete(before.number)
    this.#reasons.delete(wd)
    this.#watches.set(wd, { vnode, number: watch.wd, watch, asked, ended: undefined })
    this.#numbers.set(watch.wd, wd)
  }

  /** NetBSD has made a watch that Linux would have refused. */
  refused(wd: number, id: string): void {
    if (!this.#watches.has(wd)) this.#reasons.set(wd, id)
  }

  /** A directory could not be compared with what it was. */
  comparisonFailed(wd: number, detail: string): void {
    this.#defer()
    this.#failed.add(wd)
    this.meets(this.#kernel.current, FAILED, detail)
  }

  /** Whether a watch of this file is there. */
  watches(vnode: Vnode): boolean {
    return this.#marks.of(vnode) !== undefined
  }

  /** inotify_rm_watch. @returns whether Linux has the watch. */
  unwatched(wd: number): boolean {
    const found = this.#watches.get(wd)
    if (found?.watch === undefined) return false
    this.#removing = true
    this.#marks.remove(found.watch)
    this.#removing = false
    return true
  }

  /** A read of NetBSD's took `count` records (0: it found none), with so many bytes of room. */
  wasRead(l: Lwp, count: number, room: number): void {
    this.#settle()
    this.#netbsdDepth -= count
    this.#take(l, count, room)
  }

  /** A read sleeps until NetBSD's queue has something. @returns what is called when it does no longer. */
  sleeps(l: Lwp, room: number): () => void {
    this.#settle()
    this.#take(l, 0, room)
    this.#sleeping.push(room)
    return () => this.#sleeping.splice(this.#sleeping.indexOf(room), 1)
  }

  /** A poll sleeps, and a record was queued. */
  pollSleepsOn(): void {
    this.meets(this.#kernel.current, 'inotify.poll-sleeps-on', 'somebody sleeps in poll or select')
  }

  /** epoll was told that there is something to read, or that there is nothing, and it is not so. */
  readinessIsStale(queued: number): void {
    this.meets(this.#kernel.current, 'inotify.stale-readiness', `${queued} records are queued`)
  }

  close(): void {
    this.#closed = true
    this.#marks.close()
  }

  #take(l: Lwp | undefined, netbsd: number, room: number): void {
    const count = this.#queue.fitting(room)
    const ghosts = this.#ghosts.slice(0, count).filter(each => each).length
    this.#queue.drop(count)
    this.#ghosts = this.#ghosts.slice(count)
    if (count === netbsd && ghosts === 0) return
    const read = { instance: this.#instance, count, ghosts, depth: this.#queue.length }
    this.#kernel.trace?.emit('inotify-shadow-read', l, read)
  }

  // ---- what is queued ----

  /** NetBSD's instance has queued a record; its queue is then `depth` long. */
  netbsdQueued(record: InotifyRecord, depth: number): void {
    this.#defer()
    this.#netbsdDepth = depth
    this.#netbsd.push({ ...record, number: this.#records++ })
  }

  queued(record: InotifyRecord, depth: number): void {
    this.#ghosts.push(false)
    this.#note(record, 'queued', depth)
  }

  merged(record: InotifyRecord): void {
    this.#note(record, 'merged', this.#queue.length)
  }

  lost(record: InotifyRecord): void {
    this.#note(record, 'lost', this.#queue.length)
  }

  #note(record: InotifyRecord, fate: LinuxRecord['fate'], depth: number): void {
    this.#defer()
    this.#linux.push({ ...record, wd: this.#numbers.get(record.wd) ?? -1, fate, depth })
  }

  #ended(watch: Watch): void {
    const found = this.#watches.get(this.#numbers.get(watch.wd) ?? -1)
    if (found === undefined) return
    found.ended = this.#removing ? 'removed' : (watch.mask & IN_ONESHOT) !== 0 ? 'oneshot' : 'gone'
    found.watch = undefined
  }

  // ---- facts ----

  watch(wd: number): WatchFacts | undefined {
    const found = this.#watches.get(wd)
    if (found === undefined) return undefined
    const { vnode, asked, ended } = found
    return { asked, type: vnode.type, ended, isNamed: vnode.getattr().nlink > 0, isBroken: !this.#hangs(vnode) }
  }

  reason(wd: number): string | undefined {
    return this.#reasons.get(wd)
  }

  hasFailed(wd: number): boolean {
    return this.#failed.has(wd)
  }

  get isOpening(): boolean {
    return this.#isOpening
  }

  get isFull(): boolean {
    return this.#netbsdDepth >= INOTIFY_MAX_QUEUED
  }

  // ---- the comparison ----

  #defer(): void {
    if (this.#netbsd.length + this.#linux.length + this.#failed.size > 0) return
    this.#cause = this.#kernel.current
    this.#isOpening = OPENING.has(this.#cause?.syscall ?? -1)
    this.#kernel.endOfCall.defer(() => this.#settle())
  }

  /** Compares what has come since. */
  #settle(): void {
    if (this.#closed || this.#netbsd.length + this.#linux.length === 0) {
      this.#failed.clear()
      return
    }
    const [netbsd, linux, cause] = [this.#netbsd, this.#linux, this.#cause]
    this.#netbsd = []
    this.#linux = []
    const told = new Map<string, InotifyRecord | undefined>()
    for (const difference of compareRecords(netbsd, linux, this)) {
      this.#tellDifference(difference, cause)
      const { id } = difference
      if (id !== undefined && !told.has(id)) told.set(id, difference.linux ?? difference.netbsd)
    }
    // That was told when it failed.
    told.delete(FAILED)
    this.#failed.clear()
    const again = netbsd.find(each => (each.mask & IN_MOVED_FROM) !== 0 && this.#cameBefore(each.cookie))
    if (again !== undefined) told.set('inotify.repeated-cookie', again)
    for (const [id, record] of told) this.meets(cause, id, record === undefined ? '' : detailOf(record))
    this.#readBySleepers(cause)
  }

  #cameBefore(cookie: number): boolean {
    if (this.#cookies.has(cookie)) return true
    if (this.#cookies.size >= COOKIES_KEPT) this.#cookies.clear()
    this.#cookies.add(cookie)
    return false
  }

  #tellDifference({ netbsd, linux }: Difference, l: Lwp | undefined): void {
    const shown = linux ?? netbsd
    if (shown === undefined) return
    if (netbsd === undefined && linux?.fate === 'queued') this.#markGhost(linux)
    const what =
      linux === undefined
        ? NETBSD_ONLY
        : linux.fate !== 'queued'
          ? LINUX_MERGED
          : netbsd === undefined
            ? LINUX_ONLY
            : LINUX_OTHERWISE
    const { wd, mask, cookie } = shown
    this.#kernel.trace?.emit('inotify-shadow', l, {
      instance: this.#instance,
      what,
      record: netbsd?.number ?? NO_RECORD,
      wd,
      mask,
      cookie,
      name: readableName(shown.name),
      depth: linux?.depth ?? this.#queue.length,
    })
  }

  /** `depth` says where it stands, as nothing is read before the comparison. */
  #markGhost({ depth }: LinuxRecord): void {
    this.#ghosts[depth - 1] = true
  }

  /** Who sleeps here because NetBSD's queue is empty would have been woken and have read. */
  #readBySleepers(l: Lwp | undefined): void {
    const [room] = this.#sleeping
    if (room !== undefined && this.#netbsdDepth === 0 && this.#queue.length > 0) this.#take(l, 0, room)
  }

  /** Says that a call has met a divergence; `l`: whose; undefined: nobody's. */
  meets(l: Lwp | undefined, id: string, detail: string): void {
    if (l !== undefined) tellDivergence(l, id, detail)
    else this.#kernel.trace?.emit('divergence', undefined, { id, detail })
  }
}

function detailOf({ wd, name, mask }: InotifyRecord): string {
  return `watch ${wd}: ${bitNames(inotifyNames, mask).join('|')}${name === '' ? '' : ` "${readableName(name)}"`}`
}
