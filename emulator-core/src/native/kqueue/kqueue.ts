/**
 * A kernel event queue: struct kqueue, sys/kern/kern_event.c. Facts: netbsd-linux-semantics 5.
 * Knotes of descriptors hang on the slot of the descriptor table, the others in a table of their own. An activated knote stands once in the queue,
 * in the order of activation; kqueue_scan takes it out, asks its filter again, and hands it over.
 */
import { EBADF, EINTR, EINVAL, ENOENT, ENXIO, ERESTART, EWOULDBLOCK } from '../errno.ts'
import { File, FREAD, FWRITE } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../selinfo.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from '../sleep.ts'
import { S_IFIFO, type Stat } from '../stat.ts'
import { selinfoFilter } from './filterops.ts'
import { type Kfilter, kfilter, kfilterName } from './filters.ts'
import {
  EV_ADD,
  EV_CLEAR,
  EV_DELETE,
  EV_DISABLE,
  EV_DISPATCH,
  EV_ENABLE,
  EV_ONESHOT,
  EVFILT_READ,
  type Filterops,
  type Kevent,
  KN_ACTIVE,
  KN_DETACHED,
  KN_DISABLED,
  KN_QUEUED,
  Knote,
} from './knote.ts'
import type { KqueueShadow } from './shadow.ts'

/** One clock tick in nanoseconds: HZ is 100 on amd64, and a wait is rounded up to whole ticks (mstohz(9)). */
const TICK = 1e7

/** Stands in the queue where a scan began: what is behind it belongs to the next scan. */
interface Marker {
  readonly marker: true
}

export class Kqueue extends File {
  readonly type = 'kqueue'
  readonly kernel: Kernel
  readonly #queue = new Set<Knote | Marker>()
  #count = 0
  /** Knotes that are not of a descriptor, by filter and ident. */
  readonly #hash = new Map<string, Knote>()
  /** Knotes of descriptors, for close. */
  readonly #descriptorKnotes = new Set<Knote>()
  /** Who watches this kqueue. */
  readonly selinfo = new SelInfo()
  readonly #waiters = new WaitChannel('kqueue', this.id)
  /** It was made by epoll_create: the program knows of it. */
  isEpoll = false
  /** Of an epoll instance while somebody wants to hear where Linux's would differ. */
  shadow: KqueueShadow | undefined
  #closed = false

  constructor(kernel: Kernel) {
    super(FREAD | FWRITE)
    this.kernel = kernel
  }

  /** Knotes in the queue: kq_count. */
  get count(): number {
    return this.#count
  }

  /** Whether the thread waits for an event of this kqueue and was not woken yet. */
  isAwaitedBy(l: Lwp): boolean {
    return this.#waiters.sleepers.has(l)
  }

  override describe(): string {
    return 'anon_inode:[eventpoll]'
  }

  // ---- kqueue_register ----

  /**
   * Applies one change. `fd` is the kqueue's own number, for the trace.
   * @throws EINVAL unknown filter or one the file has not, EBADF, ENOENT, and what a filter's attach throws.
   */
  register(l: Lwp, fd: number, change: Kevent): void {
    const filter = kfilter(change.filter)
    if (filter === undefined) throw EINVAL
    const slot = filter.isFd ? l.fd.slot(change.ident) : undefined
    if (filter.isFd && slot === undefined) throw EBADF

    let kn = slot === undefined ? this.#hash.get(hashKey(change)) : this.#onSlot(slot.knotes, change.filter)
    if (kn === undefined) {
      if ((change.flags & EV_ADD) === 0) throw ENOENT
      kn = this.#attach(l, fd, change, filter, slot)
    } else if ((change.flags & EV_DELETE) !== 0) {
      this.detach(kn)
      return
    } else {
      touch(kn, filter, change)
    }

    // The condition may hold already. This comes before EV_DISABLE, so a knote can stand in the queue although it is disabled.
    if (kn.ops.event(kn, 0)) this.activate(kn)
    if ((change.flags & EV_DISABLE) !== 0) kn.status |= KN_DISABLED
    if ((change.flags & EV_ENABLE) !== 0) {
      kn.status &= ~KN_DISABLED
      if ((kn.status & (KN_ACTIVE | KN_QUEUED)) === KN_ACTIVE) this.#enqueue(kn)
    }
    this.kernel.trace?.emit('knote-update', l, {
      knote: kn.id,
      flags: kn.kevent.flags,
      fflags: kn.savedFflags >>> 0,
      status: kn.status,
    })
  }

  #onSlot(knotes: ReadonlySet<Knote>, filter: number): Knote | undefined {
    for (const kn of knotes) if (kn.kqueue === this && kn.kevent.filter === filter) return kn
    return undefined
  }

  #attach(l: Lwp, fd: number, change: Kevent, filter: Kfilter, slot: Knote['slot']): Knote {
    const kn = new Knote(this, change, unattached, slot)
    const ops = filter.operations(kn)
    kn.ops = ops
    ops.attach(kn)
    if (slot === undefined) this.#hash.set(hashKey(change), kn)
    else {
      slot.knotes.add(kn)
      this.#descriptorKnotes.add(kn)
    }
    this.kernel.trace?.emit('knote-attach', l, {
      knote: kn.id,
      kqueue: this.id,
      kqueueFd: fd,
      ident: change.ident,
      filter: kn.kevent.filter,
      filterName: kfilterName(change.filter),
      flags: change.flags,
      fflags: change.fflags >>> 0,
      ext0: kn.kevent.ext[0],
      object: kn.file?.id ?? 0,
    })
    return kn
  }

  /** knote_detach: EV_DELETE, a delivered EV_ONESHOT, the closing of the descriptor or of the kqueue. */
  detach(kn: Knote): void {
    if ((kn.status & KN_DETACHED) !== 0) return
    kn.ops.detach(kn)
    kn.status |= KN_DETACHED
    this.#dequeue(kn)
    if (kn.slot === undefined) this.#hash.delete(hashKey(kn.kevent))
    else {
      kn.slot.knotes.delete(kn)
      this.#descriptorKnotes.delete(kn)
    }
    this.kernel.trace?.emit('knote-detach', this.kernel.current, { knote: kn.id })
  }

  // ---- activation ----

  /** knote_activate: the condition holds. */
  activate(kn: Knote): void {
    if ((kn.status & KN_DETACHED) !== 0) return
    kn.status |= KN_ACTIVE
    if ((kn.status & (KN_QUEUED | KN_DISABLED)) === 0) this.#enqueue(kn)
  }

  #enqueue(kn: Knote): void {
    kn.status |= KN_QUEUED
    this.#queue.add(kn)
    this.#count++
    this.kernel.trace?.emit('knote-activate', this.kernel.current, {
      knote: kn.id,
      data: kn.kevent.data,
      flags: kn.kevent.flags,
      fflags: kn.kevent.fflags >>> 0,
      status: kn.status,
    })
    this.#waiters.wakeOne(kn)
    this.selinfo.notify(POLLIN | POLLRDNORM)
  }

  #dequeue(kn: Knote): void {
    if ((kn.status & KN_QUEUED) === 0) return
    kn.status &= ~KN_QUEUED
    this.#queue.delete(kn)
    this.#count--
  }

  // ---- kqueue_scan ----

  /**
   * Takes up to `room` events, sleeping until there is one. `timeout` in ns: 0 looks once, Infinity waits for ever. None when the time is up.
   * @throws EINVAL for a timeout that is no time (NaN); EINTR for a signal, always: a wait for events is never restarted; EBADF if the kqueue was closed meanwhile.
   */
  *scan(l: Lwp, room: number, timeout: number): Kthread<Kevent[]> {
    if (Number.isNaN(timeout)) throw EINVAL
    const clock = this.kernel.clock
    const deadline = clock.monotonic() + Math.ceil(timeout / TICK) * TICK
    for (;;) {
      const events = this.#collect(room)
      if (events.length > 0 || timeout <= 0) return events
      if (clock.monotonic() >= deadline) return events
      this.shadow?.sleeps(l, room)
      try {
        yield* cvTimedwaitSig(l, this.#waiters, deadline)
      } catch (e) {
        if (e === EWOULDBLOCK) return this.#collect(room)
        throw e === ERESTART ? EINTR : e
      }
      if (this.#closed) throw EBADF
    }
  }

  /** One pass over what stands in the queue now. */
  #collect(room: number): Kevent[] {
    const events: Kevent[] = []
    const marker: Marker = { marker: true }
    if (this.#count === 0) return events
    this.#queue.add(marker)
    for (const kn of this.#queue) {
      if (events.length >= room || kn === marker) break
      if (!(kn instanceof Knote)) continue
      this.#dequeue(kn)
      if ((kn.status & KN_DISABLED) !== 0) {
        this.#drop(kn)
        continue
      }
      if ((kn.kevent.flags & EV_ONESHOT) === 0 && !kn.ops.event(kn, 0)) {
        kn.status &= ~KN_ACTIVE
        this.#drop(kn)
        continue
      }
      events.push({ ...kn.kevent, ext: [...kn.kevent.ext] })
      this.#delivered(kn)
    }
    this.#queue.delete(marker)
    // Others may sleep for what was left in the queue.
    if (this.#count > 0 && events.length > 0) this.#waiters.wakeOne()
    return events
  }

  /** What becomes of a knote whose record was copied: exactly one of the four, so EV_CLEAR with EV_DISPATCH does not disable. */
  #delivered(kn: Knote): void {
    const { flags, fflags, data } = kn.kevent
    if ((flags & EV_ONESHOT) !== 0) this.detach(kn)
    else if ((flags & EV_CLEAR) !== 0) {
      kn.kevent.data = 0
      kn.kevent.fflags = 0
      if (kn.hook === true) kn.hook = false
      kn.status &= ~KN_ACTIVE
    } else if ((flags & EV_DISPATCH) !== 0) {
      kn.status |= KN_DISABLED
      kn.status &= ~KN_ACTIVE
    } else {
      kn.status |= KN_QUEUED
      this.#queue.add(kn)
      this.#count++
    }
    this.kernel.trace?.emit('knote-deliver', this.kernel.current, {
      knote: kn.id,
      data,
      flags,
      fflags: fflags >>> 0,
      status: kn.status,
    })
  }

  #drop(kn: Knote): void {
    this.kernel.trace?.emit('knote-drop', this.kernel.current, { knote: kn.id, status: kn.status })
  }

  // ---- as a file ----

  override read(): number {
    throw ENXIO
  }

  override write(): number {
    throw ENXIO
  }

  override poll(events: number): number {
    if ((events & (POLLIN | POLLRDNORM)) !== 0) this.shadow?.polled(this.#count > 0)
    return this.#count > 0 ? events & (POLLIN | POLLRDNORM) : 0
  }

  override pollSources(): readonly SelInfo[] {
    return [this.selinfo]
  }

  override kqfilter(kn: Knote): Filterops {
    if (kn.kevent.filter !== EVFILT_READ) throw EINVAL
    return selinfoFilter('kqread', this.selinfo, watcher => {
      watcher.kevent.data = this.#count
      return this.#count > 0
    })
  }

  /** Descriptors through which this kqueue is watched, as epoll's loop check finds them. */
  get watchers(): readonly Knote[] {
    return this.selinfo.klist.knotes
  }

  override stat(l: Lwp): Stat {
    const { euid, egid } = l.credentials
    const none = { dev: 0, ino: 0, nlink: 1, rdev: 0, blksize: 72, blocks: 0, atime: 0n, mtime: 0n, ctime: 0n }
    return { ...none, birthtime: 0n, mode: S_IFIFO | 0o600, uid: euid, gid: egid, size: this.#count }
  }

  override close(): void {
    this.#closed = true
    this.shadow?.closed()
    for (const kn of [...this.#descriptorKnotes, ...this.#hash.values()]) this.detach(kn)
    this.kernel.trace?.emit('epoll-close', this.kernel.current, { epoll: this.id })
    this.#waiters.wakeAll()
  }
}

const unattached: Filterops = {
  name: 'none',
  isFd: false,
  attach() {},
  detach() {},
  event: () => false,
}

function hashKey(change: Kevent): string {
  return `${change.filter}:${change.ident}`
}

/** A change to a knote that is there: udata, fflags and data are overwritten, with EV_ADD or without; ext is kept. */
function touch(kn: Knote, filter: Kfilter, change: Kevent): void {
  if (filter.touch !== undefined) {
    filter.touch(kn, change)
    return
  }
  kn.savedFflags = change.fflags
  kn.savedData = change.data
  kn.kevent.udata = change.udata
}
