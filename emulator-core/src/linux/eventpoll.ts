/**
 * Linux's own epoll: struct eventpoll, fs/eventpoll.c. Where NetBSD has a kqueue, Linux has a tree of items and a list of those that may be ready.
 * An item gets into the list when its file says that something happened; a wait asks each item's file again and delivers what holds.
 */
import type { EpollEvent } from '../compat-linux/epoll-constants.ts'
import { EINTR, EINVAL, ELOOP, ERESTART, EWOULDBLOCK } from '../native/errno.ts'
import { File, FREAD, FWRITE } from '../native/file.ts'
import { anonymousStat } from '../native/ipc/anonymous-stat.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../native/selinfo.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from '../native/sleep.ts'
import type { Stat } from '../native/stat.ts'
import { EpollItem, type EpollItemOwner } from './epoll-item.ts'

/** EP_MAX_NESTS: steps from the highest epoll to the lowest. */
const MAX_NESTS = 4

/** An event on its way to the program, with where it came from. */
export interface Delivery extends EpollEvent {
  readonly item: EpollItem
}

export class EventPoll extends File implements EpollItemOwner {
  readonly type = 'epoll'
  readonly kernel: Kernel
  /** By open file, then by descriptor number. */
  readonly #items = new Map<File, Map<number, EpollItem>>()
  /** The ready list, oldest first. */
  readonly #ready = new Set<EpollItem>()
  readonly #selinfo = new SelInfo()
  readonly #waiters = new WaitChannel('ep_poll', this.id)

  constructor(kernel: Kernel) {
    super(FREAD | FWRITE)
    this.kernel = kernel
  }

  override describe(): string {
    return 'anon_inode:[eventpoll]'
  }

  find(file: File, fd: number): EpollItem | undefined {
    return this.#items.get(file)?.get(fd)
  }

  *items(): Generator<EpollItem> {
    for (const byNumber of this.#items.values()) yield* byNumber.values()
  }

  /** ep_insert. @throws ELOOP. */
  insert(file: File, fd: number, event: EpollEvent): void {
    if (file instanceof EventPoll) this.#checkNesting(file)
    const item = new EpollItem(this, file, fd, event.events, event.data)
    const byNumber = this.#items.get(file) ?? new Map<number, EpollItem>()
    this.#items.set(file, byNumber)
    byNumber.set(fd, item)
    if (item.poll() !== 0) this.itemReady(item)
  }

  /** ep_modify: what holds now is reported, also for an edge that was reported before. */
  modify(item: EpollItem, event: EpollEvent): void {
    item.change(event.events, event.data)
    if (item.poll() !== 0) this.itemReady(item)
  }

  remove(item: EpollItem): void {
    item.dispose()
    this.#ready.delete(item)
    const byNumber = this.#items.get(item.file)
    byNumber?.delete(item.fd)
    if (byNumber?.size === 0) this.#items.delete(item.file)
  }

  /** ep_loop_check: whether this epoll is somewhere below the one to be added, or the tree would be too high. @throws ELOOP. */
  #checkNesting(added: EventPoll): void {
    const below = height(added, this, epoll => epoll.#nested())
    const above = height(this, undefined, epoll => epoll.#watchers())
    if (below + 1 + above > MAX_NESTS) throw ELOOP
  }

  *#nested(): Generator<EventPoll> {
    for (const file of this.#items.keys()) if (file instanceof EventPoll) yield file
  }

  *#watchers(): Generator<EventPoll> {
    for (const l of this.#selinfo.listeners) if (l instanceof EpollItem && l.owner instanceof EventPoll) yield l.owner
  }

  itemReady(item: EpollItem): boolean {
    if (!this.#ready.has(item)) {
      this.#ready.add(item)
      const { trace, current } = this.kernel
      const { fd, file, events } = item
      trace?.emit('epoll-ready', current, { epoll: this.id, fd, object: file.id, events: events >>> 0 })
    }
    const woke = this.#waiters.wakeOne()
    this.#selinfo.notify(POLLIN | POLLRDNORM)
    return woke
  }

  itemClosed(item: EpollItem): void {
    this.remove(item)
  }

  /** ep_send_events: up to `room` events of those in the ready list. A level-triggered item goes back to its end; an edge is told once. */
  #collect(room: number): Delivery[] {
    const deliveries: Delivery[] = []
    let left = this.#ready.size
    for (const item of this.#ready) {
      if (left-- === 0 || deliveries.length >= room) break
      this.#ready.delete(item)
      const events = item.poll()
      if (events === 0) continue
      deliveries.push({ events, data: item.data, item })
      if (!item.disarmIfOneshot() && !item.isEdgeTriggered) this.#ready.add(item)
    }
    if (this.#ready.size > 0 && deliveries.length > 0) this.#waiters.wakeOne()
    return deliveries
  }

  /** ep_poll: `timeout` in ns, 0 looks once. @throws EINTR. */
  *wait(l: Lwp, room: number, timeout: number): Kthread<Delivery[]> {
    const clock = this.kernel.clock
    const deadline = clock.monotonic() + timeout
    for (;;) {
      const deliveries = this.#collect(room)
      if (deliveries.length > 0) return deliveries
      if (timeout <= 0 || clock.monotonic() >= deadline) return []
      try {
        yield* cvTimedwaitSig(l, this.#waiters, deadline)
      } catch (e) {
        if (e === EWOULDBLOCK) return this.#collect(room)
        throw e === ERESTART ? EINTR : e
      }
    }
  }

  /** Whether an item is really ready; those that are not leave the list. */
  override poll(events: number): number {
    for (const item of this.#ready) {
      if (item.poll() !== 0) return events & (POLLIN | POLLRDNORM)
      this.#ready.delete(item)
    }
    return 0
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#selinfo]
  }

  override read(): never {
    throw EINVAL
  }

  override write(): never {
    throw EINVAL
  }

  override seek(): number {
    return 0
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {
    for (const item of [...this.items()]) this.remove(item)
    this.kernel.trace?.emit('epoll-close', this.kernel.current, { epoll: this.id })
  }
}

/** Steps to the farthest epoll in one direction; each is visited once. @throws ELOOP if `forbidden` is among them. */
function height(
  from: EventPoll,
  forbidden: EventPoll | undefined,
  next: (epoll: EventPoll) => Iterable<EventPoll>,
  known = new Map<EventPoll, number>(),
): number {
  if (from === forbidden) throw ELOOP
  const before = known.get(from)
  if (before !== undefined) return before
  let most = 0
  for (const epoll of next(from)) most = Math.max(most, 1 + height(epoll, forbidden, next, known))
  known.set(from, most)
  return most
}
