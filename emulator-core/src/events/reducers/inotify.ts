/** Inotify instances: their watches, and what stands in their queues. */
import { type AnyEvent, type EventOf, LINUX_ONLY, NO_RECORD } from '../grammar.ts'
import type { Reducer } from './fold.ts'

export interface WatchEntry {
  readonly wd: number
  readonly mask: number
  readonly path: string
  readonly vnode: number
  readonly gone: boolean
  readonly queued: number
}

export interface QueuedRecord {
  readonly event: number
  readonly time: number
  readonly wd: number
  readonly mask: number
  readonly cookie: number
  readonly name: string
}

export interface InotifyEntry {
  readonly id: number
  readonly fd: number
  readonly pid: number
  readonly closed: boolean
  readonly queued: number
  readonly read: number
  readonly lost: number
  readonly merged: number
  /** What Linux would have queued and NetBSD did not; what NetBSD queued and Linux would not, or otherwise. */
  readonly ghosts: number
  readonly differing: number
}

export interface InotifyCell {
  entry: InotifyEntry
  readonly watches: Map<number, WatchEntry>
  /** The records that are queued, from `head` on; what was read is cut off now and then. */
  queue: QueuedRecord[]
  head: number
}

export interface InotifyState {
  readonly instances: Map<number, InotifyCell>
}

const CLOSED_KEPT = 32
const GONE_WATCHES_KEPT = 32

export const depthOf = (cell: InotifyCell): number => cell.queue.length - cell.head

function cellOf(state: InotifyState, id: number, pid: number, fd: number): InotifyCell {
  const found = state.instances.get(id)
  if (found !== undefined) return found
  const numbers = { queued: 0, read: 0, lost: 0, merged: 0, ghosts: 0, differing: 0 }
  const cell: InotifyCell = {
    entry: { id, fd, pid, closed: false, ...numbers },
    watches: new Map(),
    queue: [],
    head: 0,
  }
  state.instances.set(id, cell)
  return cell
}

function count(cell: InotifyCell, more: Partial<InotifyEntry>): void {
  cell.entry = { ...cell.entry, ...more }
}

function enqueued(cell: InotifyCell, event: EventOf<'inotify-enqueue'>): void {
  const { index, time, wd, mask, cookie, name } = event
  cell.queue.push({ event: index, time, wd, mask, cookie, name })
  count(cell, { queued: cell.entry.queued + 1 })
  const watch = cell.watches.get(wd)
  if (watch !== undefined) cell.watches.set(wd, { ...watch, queued: watch.queued + 1 })
}

function taken(cell: InotifyCell, event: EventOf<'inotify-read'>): void {
  cell.head = Math.min(cell.queue.length, cell.head + event.count)
  count(cell, { read: cell.entry.read + event.count })
  if (cell.head < 64 || cell.head * 2 < cell.queue.length) return
  cell.queue = cell.queue.slice(cell.head)
  cell.head = 0
}

function watched(cell: InotifyCell, event: EventOf<'inotify-watch'>): void {
  const { wd, mask, path, vnode } = event
  const before = cell.watches.get(wd)
  const queued = before !== undefined && before.vnode === vnode ? before.queued : 0
  cell.watches.set(wd, { wd, mask, path, vnode, gone: false, queued })
}

function unwatched(cell: InotifyCell, wd: number): void {
  const watch = cell.watches.get(wd)
  if (watch === undefined) return
  cell.watches.set(wd, { ...watch, gone: true })
  const gone = [...cell.watches.values()].filter(each => each.gone)
  for (const old of gone.slice(0, Math.max(0, gone.length - GONE_WATCHES_KEPT))) cell.watches.delete(old.wd)
}

function closed(state: InotifyState, cell: InotifyCell): void {
  count(cell, { closed: true })
  cell.queue = []
  cell.head = 0
  const old = [...state.instances.values()].filter(each => each.entry.closed)
  for (const each of old.slice(0, Math.max(0, old.length - CLOSED_KEPT))) state.instances.delete(each.entry.id)
}

function apply(state: InotifyState, event: AnyEvent): void {
  if (!('instance' in event)) return
  const cell = cellOf(state, event.instance, event.pid, event.kind === 'inotify-create' ? event.fd : -1)
  switch (event.kind) {
    case 'inotify-close':
      closed(state, cell)
      return
    case 'inotify-watch':
      watched(cell, event)
      return
    case 'inotify-unwatch':
      unwatched(cell, event.wd)
      return
    case 'inotify-enqueue':
      enqueued(cell, event)
      return
    case 'inotify-merge':
      count(cell, { merged: cell.entry.merged + 1 })
      return
    case 'inotify-overflow':
      count(cell, { lost: cell.entry.lost + 1 })
      return
    case 'inotify-shadow':
      if (event.what === LINUX_ONLY) count(cell, { ghosts: cell.entry.ghosts + 1 })
      else if (event.record !== NO_RECORD) count(cell, { differing: cell.entry.differing + 1 })
      return
    case 'inotify-read':
      taken(cell, event)
  }
}

export const inotifies: Reducer<InotifyState> = {
  kinds: [
    ...(['inotify-create', 'inotify-close', 'inotify-watch', 'inotify-unwatch'] as const),
    ...(['inotify-enqueue', 'inotify-merge', 'inotify-overflow', 'inotify-read'] as const),
    ...(['inotify-shadow', 'inotify-shadow-read'] as const),
  ],
  start: () => ({ instances: new Map() }),
  apply,
  copy: state => ({
    instances: new Map(
      [...state.instances].map(([id, cell]) => [
        id,
        { entry: cell.entry, watches: new Map(cell.watches), queue: cell.queue.slice(cell.head), head: 0 },
      ]),
    ),
  }),
}
