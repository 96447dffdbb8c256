/** One interest of Linux's own epoll: struct epitem, fs/eventpoll.c. It belongs to an open file as reached by one descriptor number. */
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP } from '../compat-linux/epoll-constants.ts'
import type { FileCloseListener } from '../native/file.ts'
import {
  type ExclusiveListener,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  type SelInfo,
  type SelListener,
} from '../native/selinfo.ts'
import type { ReadyList } from './ready-list.ts'

/** Bits of the interest that are not events. */
const PRIVATE_BITS = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE

/** Files that on Linux tell IN and OUT alone, whatever they tell under `poll.normal-data`. */
const WITHOUT_BANDS: ReadonlySet<string | undefined> = new Set(['eventfd', 'timerfd'])

/** What an item watches: an open file, or what stands for one. */
export interface Watchable {
  readonly id: number
  readonly type?: string
  /** Of an epoll. */
  readonly readyList?: ReadyList
  closeListeners: Set<FileCloseListener> | undefined
  poll(events: number): number
  pollSources(): readonly SelInfo[]
}

/** What an item tells the epoll it belongs to. */
export interface EpollItemOwner {
  /** Whether somebody who waits at the epoll was woken. */
  itemReady(item: EpollItem): boolean
  itemClosed(item: EpollItem): void
}

export class EpollItem implements SelListener, ExclusiveListener, FileCloseListener {
  readonly file: Watchable
  readonly fd: number
  readonly owner: EpollItemOwner
  readonly #sources: readonly SelInfo[]
  /** What the program asked for. */
  asked: number
  /** The same with ERR and HUP, which always count; private bits alone once it is disarmed. */
  events: number
  data: bigint

  constructor(owner: EpollItemOwner, file: Watchable, fd: number, events: number, data: bigint) {
    this.owner = owner
    this.file = file
    this.fd = fd
    this.asked = events
    this.events = events | POLLERR | POLLHUP
    this.data = data
    this.#sources = file.pollSources()
    for (const source of this.#sources) {
      if ((events & EPOLLEXCLUSIVE) !== 0) source.exclusive.add(this)
      else source.listeners.add(this)
    }
    file.closeListeners ??= new Set()
    file.closeListeners.add(this)
  }

  change(events: number, data: bigint): void {
    this.asked = events
    this.events = events | POLLERR | POLLHUP
    this.data = data
  }

  get isEdgeTriggered(): boolean {
    return (this.events & EPOLLET) !== 0
  }

  /** ep_item_poll: which of the events hold now. A disarmed item wants none. */
  poll(): number {
    if (this.isDisarmed) return 0
    const wanted = this.events & ~PRIVATE_BITS
    return this.file.poll(WITHOUT_BANDS.has(this.file.type) ? wanted & ~(POLLRDNORM | POLLWRNORM) : wanted) & wanted
  }

  get isDisarmed(): boolean {
    return (this.events & ~PRIVATE_BITS) === 0
  }

  /** EPOLLONESHOT: silent until EPOLL_CTL_MOD. */
  disarmIfOneshot(): boolean {
    if ((this.events & EPOLLONESHOT) === 0) return false
    this.events &= PRIVATE_BITS
    return true
  }

  /** ep_poll_callback. */
  notify(events: number): void {
    if (this.isDisarmed || (events !== 0 && (events & this.events) === 0)) return
    this.owner.itemReady(this)
  }

  /** ep_poll_callback for EPOLLEXCLUSIVE: it counts as the one that was woken only if what happened is what it waits for. */
  notifyExclusive(events: number): boolean {
    if (this.isDisarmed || (events !== 0 && (events & this.events) === 0)) return false
    if (!this.owner.itemReady(this)) return false
    const inOut = events & (POLLIN | POLLOUT)
    return inOut === 0 || ((inOut === POLLIN || inOut === POLLOUT) && (this.events & inOut) !== 0)
  }

  fileClosed(): void {
    this.owner.itemClosed(this)
  }

  dispose(): void {
    for (const source of this.#sources) {
      source.listeners.delete(this)
      source.exclusive.delete(this)
    }
    this.file.closeListeners?.delete(this)
  }
}
