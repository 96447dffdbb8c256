/**
 * The heart of Linux's epoll: struct eventpoll's tree of items and its list of those that may be ready, fs/eventpoll.c. An item gets into the list when
 * its file says that something happened; a wait asks each item's file again and delivers what holds.
 */
import type { EpollEvent } from '../compat-linux/epoll-constants.ts'
import { ELOOP } from '../native/errno.ts'
import { POLLIN, SelInfo } from '../native/selinfo.ts'
import { EpollItem, type EpollItemOwner, type Watchable } from './epoll-item.ts'

/** EP_MAX_NESTS: steps from the highest epoll to the lowest. */
const MAX_NESTS = 4

/** An event on its way to the program, with where it came from. */
export interface Delivery extends EpollEvent {
  readonly item: EpollItem
}

/** What becomes of the list is told here. */
export interface ReadyListOwner {
  /** The item was not in the list and is now. */
  entered(item: EpollItem): void
  /** It was found not to be ready, and is no longer in the list. */
  dropped?(item: EpollItem): void
  /** It is no longer in the tree. */
  removed?(item: EpollItem): void
  /** Something may be ready: whether somebody who waits was woken. */
  wake(): boolean
}

export class ReadyList implements EpollItemOwner {
  readonly #owner: ReadyListOwner
  /** By open file, then by descriptor number. */
  readonly #items = new Map<Watchable, Map<number, EpollItem>>()
  /** The ready list, oldest first. */
  readonly #ready = new Set<EpollItem>()
  /** Who watches the epoll itself. */
  readonly selinfo = new SelInfo()

  constructor(owner: ReadyListOwner) {
    this.#owner = owner
  }

  find(file: Watchable, fd: number): EpollItem | undefined {
    return this.#items.get(file)?.get(fd)
  }

  *items(): Generator<EpollItem> {
    for (const byNumber of this.#items.values()) yield* byNumber.values()
  }

  get size(): number {
    return this.#ready.size
  }

  has(item: EpollItem): boolean {
    return this.#ready.has(item)
  }

  /** ep_insert. @throws ELOOP. */
  insert(file: Watchable, fd: number, event: EpollEvent): EpollItem {
    if (file.readyList !== undefined) this.#checkNesting(file.readyList)
    const item = new EpollItem(this, file, fd, event.events, event.data)
    const byNumber = this.#items.get(file) ?? new Map<number, EpollItem>()
    this.#items.set(file, byNumber)
    byNumber.set(fd, item)
    if (item.poll() !== 0) this.itemReady(item)
    return item
  }

  /** ep_modify: what holds now is reported, also for an edge that was reported before. */
  modify(item: EpollItem, event: EpollEvent): void {
    item.change(event.events, event.data)
    if (item.poll() !== 0 && !this.#ready.has(item)) this.itemReady(item)
  }

  remove(item: EpollItem): void {
    item.dispose()
    this.#ready.delete(item)
    const byNumber = this.#items.get(item.file)
    byNumber?.delete(item.fd)
    if (byNumber?.size === 0) this.#items.delete(item.file)
    this.#owner.removed?.(item)
  }

  /** ep_loop_check: whether this epoll is somewhere below the one to be added, or the tree would be too high. @throws ELOOP. */
  #checkNesting(added: ReadyList): void {
    const below = height(added, this, list => list.#nested())
    const above = height(this, undefined, list => list.#watchers())
    if (below + 1 + above > MAX_NESTS) throw ELOOP
  }

  *#nested(): Generator<ReadyList> {
    for (const { readyList } of this.#items.keys()) if (readyList !== undefined) yield readyList
  }

  *#watchers(): Generator<ReadyList> {
    for (const l of this.selinfo.listeners) if (l instanceof EpollItem && l.owner instanceof ReadyList) yield l.owner
  }

  itemReady(item: EpollItem): boolean {
    if (!this.#ready.has(item)) {
      this.#ready.add(item)
      this.#owner.entered(item)
    }
    const woke = this.#owner.wake()
    this.selinfo.notify(POLLIN)
    return woke
  }

  itemClosed(item: EpollItem): void {
    this.remove(item)
  }

  /** ep_send_events, its first half: takes up to `room` items that are ready from the list; those that are not leave it, too. */
  take(room: number): Delivery[] {
    const deliveries: Delivery[] = []
    let left = this.#ready.size
    for (const item of this.#ready) {
      if (left-- === 0 || deliveries.length >= room) break
      this.#ready.delete(item)
      const events = item.poll()
      if (events !== 0) deliveries.push({ events, data: item.data, item })
      else this.#owner.dropped?.(item)
    }
    return deliveries
  }

  /** The second half: a level-triggered item goes back to the end of the list; an edge is told once. */
  told(item: EpollItem): void {
    if (!item.disarmIfOneshot() && !item.isEdgeTriggered) this.#ready.add(item)
  }

  /** Puts back what was taken and is not told after all. */
  putBack(items: readonly EpollItem[]): void {
    if (items.length === 0) return
    const others = [...this.#ready]
    this.#ready.clear()
    for (const item of [...items, ...others]) this.#ready.add(item)
  }

  /** It leaves the list, as an edge that somebody else has told. */
  forget(item: EpollItem): void {
    this.#ready.delete(item)
  }

  /** Whether an item is really ready; those that are not leave the list. */
  get isReady(): boolean {
    for (const item of this.#ready) {
      if (item.poll() !== 0) return true
      this.#ready.delete(item)
      this.#owner.dropped?.(item)
    }
    return false
  }

  close(): void {
    for (const item of [...this.items()]) this.remove(item)
  }
}

/** Steps to the farthest epoll in one direction; each is visited once. @throws ELOOP if `forbidden` is among them. */
function height(
  from: ReadyList,
  forbidden: ReadyList | undefined,
  next: (list: ReadyList) => Iterable<ReadyList>,
  known = new Map<ReadyList, number>(),
): number {
  if (from === forbidden) throw ELOOP
  const before = known.get(from)
  if (before !== undefined) return before
  let most = 0
  for (const list of next(from)) most = Math.max(most, 1 + height(list, forbidden, next, known))
  known.set(from, most)
  return most
}
