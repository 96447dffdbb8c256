/**
 * Linux's epoll as the shadow of a kqueue: it is given the same interests and hears the same files, wakes nobody and takes nothing. Whenever the
 * program gets an answer from the kqueue, and when it gets none although Linux had one, both are compared; a difference is told as a divergence
 * at that call. Afterwards the shadow goes on from what the program was told, so that what follows from a difference is not told as another one.
 */
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  type EpollEvent,
  type EpollMask,
  type EpollOperation,
} from '../compat-linux/epoll-constants.ts'
import { SHADOW_DROPPED, SHADOW_GONE, SHADOW_INTEREST, SHADOW_READY, SHADOW_TOLD } from '../events/grammar.ts'
import { tellDivergence } from '../native/divergence.ts'
import { EINVAL, EPERM, Errno } from '../native/errno.ts'
import type { File, FileCloseListener } from '../native/file.ts'
import type { Kevent } from '../native/kqueue/knote.ts'
import { Kqueue } from '../native/kqueue/kqueue.ts'
import type { KqueueShadow } from '../native/kqueue/shadow.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLIN, POLLRDNORM, type SelInfo } from '../native/selinfo.ts'
import { answerDifference } from './epoll-answers.ts'
import { canPoll, controlItems } from './epoll-control.ts'
import { type Circumstances, differencesOf, type Told } from './epoll-difference.ts'
import type { EpollItem, Watchable } from './epoll-item.ts'
import { type Delivery, ReadyList, type ReadyListOwner } from './ready-list.ts'

/** What epoll_ctl was asked to do. */
export interface Control {
  readonly op: EpollOperation
  readonly fd: number
  readonly file: File
  readonly event: EpollEvent
}

/** A thread in epoll_wait that the kqueue has let sleep. */
interface Wait {
  readonly room: number
  /** Linux would have woken it, and it would look what there is. */
  isWoken: boolean
  /** What Linux would have told it: its call would be over. */
  told: ReadonlySet<EpollItem> | undefined
}

export class EpollShadow implements KqueueShadow, ReadyListOwner, Watchable {
  readonly id: number
  readonly readyList = new ReadyList(this)
  closeListeners: Set<FileCloseListener> | undefined
  readonly #kqueue: Kqueue
  readonly #waits = new Map<Lwp, Wait>()
  /** Threads in poll(2) of the epoll itself that were told already of what differs. */
  readonly #toldPollers = new Set<Lwp>()
  /** Descriptors whose knotes NetBSD has and Linux would not, with the divergence that it comes from. */
  readonly #reasons = new Map<number, string>()
  #looksSoon = false
  #isRecorded: boolean

  constructor(kqueue: Kqueue) {
    this.id = kqueue.id
    this.#kqueue = kqueue
    this.#isRecorded = kqueue.kernel.trace?.records('epoll-shadow') === true
  }

  static of(kqueue: Kqueue): EpollShadow | undefined {
    return kqueue.shadow instanceof EpollShadow ? kqueue.shadow : undefined
  }

  // ---- the way in ----

  /** epoll_ctl has answered, with `error` or none. */
  controlled(l: Lwp, { op, fd, file, event }: Control, error: Errno | undefined): void {
    const target = watchableOf(file)
    const before = this.readyList.find(target, fd)
    const kept = before === undefined ? undefined : { events: before.asked, data: before.data }
    const linux = this.#answer(op, target, file, fd, event)
    if (linux === error) {
      if (error === undefined) this.#reasons.delete(fd)
    } else {
      const { events } = event
      const reason = this.#reasons.get(fd)
      const isItself = target === this
      const id = answerDifference({ op, file, isItself, events, linux, netbsd: error, reason })
      const detail = `descriptor ${fd}: Linux ${linux?.name ?? 'success'}, NetBSD ${error?.name ?? 'success'}`
      tellDivergence(l, id, detail)
      if (error === undefined) this.#follow(op, target, fd, event, id)
      else this.#undo(op, target, fd, kept, id)
    }
    const item = this.readyList.find(target, fd)
    if (item !== undefined) this.#record(SHADOW_INTEREST, item, item.asked)
  }

  #answer(op: EpollOperation, target: Watchable, file: File, fd: number, event: EpollEvent): Errno | undefined {
    try {
      if (!canPoll(file)) throw EPERM
      if (target === this) throw EINVAL
      controlItems(this.readyList, op, target, fd, event)
      return undefined
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return error
    }
  }

  /** NetBSD has done what Linux would refuse. A loop, or a file without poll, must not come into Linux's tree. */
  #follow(op: EpollOperation, target: Watchable, fd: number, event: EpollEvent, id: string): void {
    this.#reasons.delete(fd)
    const item = this.readyList.find(target, fd)
    if (item === undefined) {
      if (op !== EPOLL_CTL_DEL) this.#reasons.set(fd, id)
    } else if (op === EPOLL_CTL_DEL) this.readyList.remove(item)
    else this.readyList.modify(item, event)
  }

  /** NetBSD has refused what Linux would do. Half of an interest may have stayed behind. */
  #undo(op: EpollOperation, target: Watchable, fd: number, kept: EpollEvent | undefined, id: string): void {
    const item = this.readyList.find(target, fd)
    if (item === undefined) return
    if (op === EPOLL_CTL_ADD) {
      this.readyList.remove(item)
      this.#reasons.set(fd, id)
    } else if (kept !== undefined) item.change(kept.events, kept.data)
  }

  // ---- the way out ----

  entered(item: EpollItem): void {
    this.#record(SHADOW_READY, item, item.asked)
  }

  dropped(item: EpollItem): void {
    this.#record(SHADOW_DROPPED, item, 0)
  }

  removed(item: EpollItem): void {
    this.#record(SHADOW_GONE, item, 0)
  }

  #record(what: number, { fd, file }: EpollItem, events: EpollMask): void {
    if (!this.#isRecorded) return
    const { trace, current } = this.#kqueue.kernel
    trace?.emit('epoll-shadow', current, { epoll: this.id, what, fd, object: file.id, events: events >>> 0 })
  }

  /** The program was told of the item, or on Linux would have been. */
  #told(item: EpollItem, events: EpollMask): void {
    this.readyList.told(item)
    this.#record(SHADOW_TOLD, item, events)
  }

  /** Whether Linux would have woken a thread. If the kqueue lets that one sleep, it is looked once what happens now has ended. */
  wake(): boolean {
    if (this.#kqueue.selinfo.pollers.sleepers.size > 0) this.#lookSoon()
    for (const [l, wait] of this.#waits) {
      if (wait.isWoken || wait.told !== undefined) continue
      wait.isWoken = true
      if (this.#kqueue.isAwaitedBy(l)) this.#lookSoon()
      return true
    }
    return false
  }

  #lookSoon(): void {
    if (this.#looksSoon) return
    this.#looksSoon = true
    const { clock } = this.#kqueue.kernel
    clock.schedule(clock.monotonic(), () => this.#look())
  }

  #look(): void {
    this.#looksSoon = false
    for (const [l, wait] of this.#waits) {
      if (!wait.isWoken || !this.#kqueue.isAwaitedBy(l)) continue
      wait.isWoken = false
      this.#tellSleeper(l, wait)
    }
    if (this.#kqueue.count > 0) return
    for (const l of this.#kqueue.selinfo.pollers.sleepers) if (this.readyList.isReady) this.#tellPoller(l, false)
  }

  sleeps(l: Lwp, room: number): void {
    const before = this.#waits.get(l)
    const wait: Wait = { room, isWoken: false, told: before?.told }
    this.#waits.set(l, wait)
    if (this.readyList.size > 0 && wait.told === undefined) this.#tellSleeper(l, wait)
  }

  /** NetBSD's thread sleeps: what would Linux tell it now? */
  #tellSleeper(l: Lwp, wait: Wait): void {
    const taken = this.readyList.take(wait.room)
    if (taken.length === 0) return
    wait.told = new Set(taken.map(({ item }) => item))
    this.#tell(l, [], taken, false)
  }

  /** epoll_wait answers with these. */
  returned(l: Lwp, room: number, kevents: readonly Kevent[], events: readonly EpollEvent[]): void {
    const alreadyTold = this.#waits.get(l)?.told
    this.#waits.delete(l)
    if (kevents.length === 0 && this.readyList.size === 0) return
    const taken = this.readyList.take(room)
    if (this.#isSameSingle(l, kevents, events, taken)) {
      this.#told(taken[0].item, taken[0].events)
      return
    }
    const told = this.#grouped(l, kevents, events)
    const isFull = kevents.length >= room
    if (alreadyTold === undefined) this.#tell(l, told, taken, isFull)
    else {
      const news = new Set(told.map(({ item }) => item))
      const rest = taken.filter(({ item }) => news.has(item) || !alreadyTold.has(item))
      for (const { item, events: bits } of taken) if (!rest.some(each => each.item === item)) this.#told(item, bits)
      this.#tell(l, told, rest, isFull)
    }
  }

  /** epoll_wait is over, whatever became of it. */
  left(l: Lwp): void {
    this.#waits.delete(l)
  }

  /** The common case: one record, and the same. */
  #isSameSingle(
    l: Lwp,
    kevents: readonly Kevent[],
    events: readonly EpollEvent[],
    taken: readonly Delivery[],
  ): boolean {
    if (kevents.length !== 1 || taken.length !== 1) return false
    const [{ item, events: bits, data }] = taken
    if (bits !== events[0].events || data !== events[0].data || item.fd !== kevents[0].ident) return false
    const file = l.fd.slot(item.fd)?.file
    return file !== undefined && watchableOf(file) === item.file
  }

  #grouped(l: Lwp, kevents: readonly Kevent[], events: readonly EpollEvent[]): Told[] {
    const byNumber = new Map<number, Told>()
    kevents.forEach(({ ident }, i) => {
      const before = byNumber.get(ident)
      if (before !== undefined) {
        before.events |= events[i].events
        before.records++
        return
      }
      const file = l.fd.slot(ident)?.file
      const item = file === undefined ? undefined : this.readyList.find(watchableOf(file), ident)
      byNumber.set(ident, { fd: ident, kind: kindOf(file), item, ...events[i], records: 1 })
    })
    return [...byNumber.values()]
  }

  /** Names the differences, and goes on from what NetBSD has told. */
  #tell(l: Lwp, told: readonly Told[], taken: readonly Delivery[], isFull: boolean): void {
    for (const { id, detail } of this.#differences(l, told, taken, isFull)) tellDivergence(l, id, detail)
    const inTime = new Map(taken.map(({ item, events }) => [item, events]))
    for (const { item, events } of told) {
      if (item === undefined) continue
      const linux = inTime.get(item)
      if (linux === undefined && !this.readyList.has(item)) continue
      inTime.delete(item)
      this.readyList.forget(item)
      this.#told(item, linux ?? events)
    }
    if (isFull) this.readyList.putBack([...inTime.keys()])
    else for (const [item, events] of inTime) this.#told(item, events)
  }

  #differences(
    l: Lwp,
    told: readonly Told[],
    taken: readonly Delivery[],
    isFull: boolean,
  ): ReturnType<typeof differencesOf> {
    const about: Circumstances = {
      isFull,
      hasHalves: told.some(({ records }) => records > 1),
      hasKnote: item => this.#hasKnote(l, item),
      kindOf: item => kindOf(l.fd.slot(item.fd)?.file),
      isStillReady: item => this.readyList.has(item),
      reason: fd => this.#reasons.get(fd),
    }
    return differencesOf(told, taken, about)
  }

  #hasKnote(l: Lwp, item: EpollItem): boolean {
    const slot = l.fd.slot(item.fd)
    if (slot === undefined || watchableOf(slot.file) !== item.file) return false
    for (const { kqueue } of slot.knotes) if (kqueue === this.#kqueue) return true
    return false
  }

  // ---- as a file that others watch ----

  polled(isReadable: boolean): void {
    const l = this.#kqueue.kernel.current
    if (l !== undefined && this.readyList.isReady !== isReadable) this.#tellPoller(l, isReadable)
  }

  pollEnds(l: Lwp): void {
    this.#toldPollers.delete(l)
  }

  /** What a thread in poll(2) is told of the epoll, or not told, is otherwise on Linux: why, where that can be said. */
  #tellPoller(l: Lwp, isReadable: boolean): void {
    if (this.#toldPollers.has(l)) return
    this.#toldPollers.add(l)
    const reasons = isReadable ? [] : this.#whyReady(l)
    const answer = (is: boolean): string => (is ? 'readable' : 'not readable')
    const itself = `the epoll itself: Linux ${answer(!isReadable)}, NetBSD ${answer(isReadable)}`
    if (reasons.length === 0) tellDivergence(l, 'epoll.nested-count', itself)
    for (const { id, detail } of reasons) tellDivergence(l, id, `${detail}; ${itself}`)
  }

  /** Linux has something to tell and NetBSD nothing. */
  #whyReady(l: Lwp): ReturnType<typeof differencesOf> {
    const taken = this.readyList.take(Number.POSITIVE_INFINITY)
    this.readyList.putBack(taken.map(({ item }) => item))
    return this.#differences(l, [], taken, false)
  }

  poll(events: EpollMask): EpollMask {
    return this.readyList.isReady ? events & (POLLIN | POLLRDNORM) : 0
  }

  pollSources(): readonly SelInfo[] {
    return [this.readyList.selinfo]
  }

  closed(): void {
    // That the epoll is gone says the same of its items.
    this.#isRecorded = false
    this.readyList.close()
    this.#waits.clear()
    this.#toldPollers.clear()
    for (const listener of [...(this.closeListeners ?? [])]) listener.fileClosed()
  }
}

/** What Linux would watch in place of the file: the shadow of an epoll. */
function watchableOf(file: File): Watchable {
  return (file instanceof Kqueue ? EpollShadow.of(file) : undefined) ?? file
}

function kindOf(file: File | undefined): string {
  if (file === undefined) return ''
  return file.describe() === 'anon_inode:inotify' ? 'inotify' : file.type
}
