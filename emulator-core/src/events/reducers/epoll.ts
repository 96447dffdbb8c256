/** Epoll instances and kqueues: who is interested in what, what is active, what is queued, who waits. */
import type { AnyEvent, EventOf } from '../grammar.ts'
import { bitNames } from '../types/names.ts'
import { epollNames } from '../types/polling.ts'
import { applyShadow } from './epoll-shadow.ts'
import {
  type EpollCell,
  type EpollEntry,
  type EpollState,
  type InterestEntry,
  interestKey,
  KN_DETACHED,
  KN_QUEUED,
  type KnoteEntry,
  type ObjectEntry,
  type WaiterEntry,
} from './epoll-state.ts'
import type { Reducer } from './fold.ts'
import { isOpen, processes } from './processes.ts'

/** Things gone that are still shown, of each kind, and threads that once waited. */
const GONE_KEPT = 16
const CLOSED_KEPT = 8
const OBJECTS_KEPT = 64
const WAITERS_KEPT = 8
const LOST_KEPT = 4
const EPOLL_CTL_DEL = 2
const EV_ADD = 1
const EPOLLET = 0x8000_0000
const EPOLLONESHOT = 0x4000_0000

export const epollEvents = (events: number): string => bitNames(epollNames, events).join('|')

function cellOf(state: EpollState, id: number, event: AnyEvent, fd: number): EpollCell {
  const found = state.epolls.get(id)
  if (found !== undefined) return found
  return newCell(state, id, event.pid, fd, 'kqueue')
}

function newCell(state: EpollState, id: number, pid: number, fd: number, mechanism: 'kqueue' | 'epoll'): EpollCell {
  const numbers = { activations: 0, deliveries: 0, lastDelivered: '' }
  const entry: EpollEntry = { id, fd, pid, mechanism, closed: false, ...numbers }
  const cell: EpollCell = {
    entry,
    interests: new Map(),
    queue: new Set(),
    knotes: new Set(),
    waiters: new Map(),
    leftBehind: new Set(),
    lost: new Map(),
    shadow: { items: new Map(), ready: new Set() },
  }
  state.epolls.set(id, cell)
  return cell
}

function count(cell: EpollCell, more: Partial<EpollEntry>): void {
  cell.entry = { ...cell.entry, ...more }
}

function changeKnote(state: EpollState, event: AnyEvent & { readonly knote: number }, more: Partial<KnoteEntry>) {
  const before = state.knotes.get(event.knote)
  if (before === undefined) return undefined
  const justDelivered = event.kind === 'knote-deliver'
  const knote: KnoteEntry = { ...before, ...more, changed: event.index, justDelivered }
  state.knotes.set(knote.id, knote)
  const cell = state.epolls.get(knote.kqueue)
  if (cell !== undefined) {
    if ((knote.status & KN_QUEUED) === 0) cell.queue.delete(knote.id)
    else cell.queue.add(knote.id)
  }
  return cell === undefined ? undefined : { knote, cell }
}

function knoteEvent(state: EpollState, event: Extract<AnyEvent, { readonly knote: number }>): void {
  switch (event.kind) {
    case 'knote-attach': {
      const { knote: id, kqueue, ident, object, flags, fflags, index } = event
      const filter = event.filterName
      const none = { status: 0, data: 0, activations: 0, deliveries: 0, justDelivered: false }
      const cell = cellOf(state, kqueue, event, event.kqueueFd)
      forgetReplaced(state, cell, ident, filter)
      state.knotes.set(id, { id, kqueue, ident, object, filter, flags, fflags, ...none, changed: index })
      cell.knotes.add(id)
      return
    }
    case 'knote-update':
      changeKnote(state, event, { flags: event.flags, fflags: event.fflags, status: event.status })
      return
    case 'knote-activate': {
      const { flags, data, status } = event
      const found = changeKnote(state, event, { flags, data, status })
      if (found === undefined) return
      const { knote, cell } = found
      state.knotes.set(knote.id, { ...knote, activations: knote.activations + 1 })
      count(cell, { activations: cell.entry.activations + 1 })
      return
    }
    case 'knote-drop':
      changeKnote(state, event, { status: event.status })
      return
    case 'knote-deliver': {
      const { status, data } = event
      // One that stays queued goes to the end.
      const kqueue = state.knotes.get(event.knote)?.kqueue ?? 0
      state.epolls.get(kqueue)?.queue.delete(event.knote)
      const found = changeKnote(state, event, { status, data })
      if (found === undefined) return
      const { knote, cell } = found
      state.knotes.set(knote.id, { ...knote, deliveries: knote.deliveries + 1 })
      const lastDelivered = `${knote.ident} · ${knote.filter.replace('EVFILT_', '')}`
      count(cell, { deliveries: cell.entry.deliveries + 1, lastDelivered })
      return
    }
    case 'knote-detach': {
      const before = state.knotes.get(event.knote)
      const found = changeKnote(state, event, { status: ((before?.status ?? 0) | KN_DETACHED) & ~KN_QUEUED })
      found?.cell.leftBehind.delete(event.knote)
      if (found !== undefined) forgetGoneKnotes(state, found.cell)
    }
  }
}

/** A knote that is gone makes way for the new one in its place. */
function forgetReplaced(state: EpollState, cell: EpollCell, ident: number, filter: string): void {
  for (const id of cell.knotes) {
    const knote = state.knotes.get(id)
    if (knote === undefined || knote.ident !== ident || knote.filter !== filter) continue
    if ((knote.status & KN_DETACHED) === 0) continue
    cell.knotes.delete(id)
    state.knotes.delete(id)
  }
}

function forgetGoneKnotes(state: EpollState, cell: EpollCell): void {
  const gone = [...cell.knotes].filter(id => ((state.knotes.get(id)?.status ?? KN_DETACHED) & KN_DETACHED) !== 0)
  gone.sort((a, b) => (state.knotes.get(a)?.changed ?? 0) - (state.knotes.get(b)?.changed ?? 0))
  for (const id of gone.slice(0, Math.max(0, gone.length - GONE_KEPT))) {
    cell.knotes.delete(id)
    state.knotes.delete(id)
  }
}

function interestEvent(state: EpollState, event: EventOf<'epoll-interest'>): void {
  const cell = cellOf(state, event.epoll, event, event.epfd)
  const key = interestKey(event.fd, event.object)
  const before = cell.interests.get(key)
  if (event.op === EPOLL_CTL_DEL) {
    if (before !== undefined) goneInterest(cell, key, before, event.index)
    return
  }
  const { fd, object, events, data, index } = event
  if (before?.gone === true) cell.interests.delete(key)
  for (const id of cell.leftBehind) if (state.knotes.get(id)?.ident === event.fd) cell.leftBehind.delete(id)
  const counts = { activations: before?.activations ?? 0, deliveries: before?.deliveries ?? 0, justDelivered: false }
  cell.interests.set(key, { fd, object, events, data, gone: false, changed: index, ...counts })
}

/** A registration of both halves that fails at the second leaves the first behind. */
function failedRegistration(state: EpollState, event: EventOf<'kevent-call'>): void {
  const cell = state.epolls.get(event.kqueue)
  if (event.error === '' || cell === undefined) return
  for (const { ident, flags } of event.changes) {
    if ((flags & EV_ADD) === 0) continue
    for (const id of cell.knotes) {
      const knote = state.knotes.get(id)
      if (knote?.ident === ident && (knote.status & KN_DETACHED) === 0) cell.leftBehind.add(id)
    }
  }
}

function goneInterest(cell: EpollCell, key: string, before: InterestEntry, index: number): void {
  cell.interests.set(key, { ...before, gone: true, changed: index })
  cell.queue.delete(key)
  const gone = [...cell.interests].filter(([, each]) => each.gone)
  gone.sort(([, a], [, b]) => a.changed - b.changed)
  for (const [old] of gone.slice(0, Math.max(0, gone.length - GONE_KEPT))) cell.interests.delete(old)
}

function epollDelivery(state: EpollState, event: EventOf<'epoll-deliver'>): void {
  const cell = state.epolls.get(event.epoll)
  if (cell === undefined || cell.entry.mechanism !== 'epoll') return
  const key = interestKey(event.fd, event.object)
  const interest = cell.interests.get(key)
  cell.queue.delete(key)
  // A level-triggered item goes back to the end: whether it is still ready is asked at the next wait.
  if (interest !== undefined && (interest.events & (EPOLLET | EPOLLONESHOT)) === 0) cell.queue.add(key)
  if (interest !== undefined) {
    const deliveries = interest.deliveries + 1
    cell.interests.set(key, { ...interest, deliveries, justDelivered: true, changed: event.index })
  }
  const lastDelivered = `${event.fd} · ${epollEvents(event.events)}`
  count(cell, { deliveries: cell.entry.deliveries + 1, lastDelivered })
}

function sleeps(state: EpollState, event: EventOf<'sleep'>): void {
  const cell = state.epolls.get(event.epoll)
  if (cell === undefined) return
  const { pid, tid, time } = event
  state.sleeping.set(tid, event.epoll)
  cell.waiters.delete(tid)
  cell.waiters.set(tid, { pid, tid, waiting: true, since: time })
  for (const old of [...cell.waiters.values()].filter(each => !each.waiting).slice(0, -WAITERS_KEPT))
    cell.waiters.delete(old.tid)
  // Who sleeps in Linux's own epoll has found that nothing in the ready list is ready.
  if (cell.entry.mechanism === 'epoll') cell.queue.clear()
}

function wakes(state: EpollState, tid: number, time: number, forGood: boolean): void {
  const epoll = state.sleeping.get(tid)
  if (epoll !== undefined) {
    state.sleeping.delete(tid)
    const waiters = state.epolls.get(epoll)?.waiters
    const waiter: WaiterEntry | undefined = waiters?.get(tid)
    if (waiter !== undefined) waiters?.set(tid, { ...waiter, waiting: false, since: time })
  }
  if (forGood) for (const cell of state.epolls.values()) cell.waiters.delete(tid)
}

/** fd_copy leaves kqueues out: sys/kern/kern_descrip.c. */
function forks(state: EpollState, event: EventOf<'process-start'>): void {
  const parent = state.processes.processes.get(event.parent)
  for (const [fd, { file, type }] of parent?.descriptors ?? []) {
    const cell = type === 'kqueue' ? state.epolls.get(file) : undefined
    if (cell === undefined || cell.lost.has(event.pid)) continue
    cell.lost.set(event.pid, { pid: event.pid, fd, event: event.index })
    for (const old of [...cell.lost.keys()].slice(0, -LOST_KEPT)) cell.lost.delete(old)
  }
}

/** What a new program has not got it cannot miss. */
function forgetLost(state: EpollState, pid: number): void {
  for (const cell of state.epolls.values()) cell.lost.delete(pid)
}

function closes(state: EpollState, id: number): void {
  const cell = state.epolls.get(id)
  if (cell === undefined) return
  count(cell, { closed: true })
  cell.queue.clear()
  cell.shadow.items.clear()
  cell.shadow.ready.clear()
  const closed = [...state.epolls.values()].filter(each => each.entry.closed)
  for (const old of closed.slice(0, Math.max(0, closed.length - CLOSED_KEPT))) {
    for (const knote of old.knotes) state.knotes.delete(knote)
    state.epolls.delete(old.entry.id)
  }
}

function descriptorOpened(state: EpollState, event: EventOf<'fd-open'>): void {
  const { file: id, type, description } = event
  const before = state.objects.get(id)
  const unknown = { readable: undefined, writable: undefined, peer: 0, due: 0, note: '' }
  state.objects.set(id, { ...unknown, ...before, id, type, description, closed: false })
}

/** `event.fd` is closed: the descriptor table does not have it any more. */
function descriptorClosed(state: EpollState, event: EventOf<'fd-close'>): void {
  let open: boolean | undefined
  for (const cell of state.epolls.values()) {
    for (const [key, interest] of cell.interests) {
      if (interest.gone || interest.object !== event.file) continue
      // Knotes hang on the descriptor; Linux's interest hangs on the file, and goes with its last descriptor.
      if (cell.entry.mechanism === 'kqueue') {
        if (interest.fd === event.fd && cell.entry.pid === event.pid) goneInterest(cell, key, interest, event.index)
      } else {
        open ??= isOpen(state.processes, event.file)
        if (!open) goneInterest(cell, key, interest, event.index)
      }
    }
  }
  const object = state.objects.get(event.file)
  if (object === undefined || (open ?? isOpen(state.processes, event.file))) return
  state.objects.delete(event.file)
  state.objects.set(event.file, { ...object, closed: true })
  if (state.objects.size > OBJECTS_KEPT) forgetObjects(state)
}

/** Objects that nobody has open and nobody watches, oldest first. */
function forgetObjects(state: EpollState): void {
  const watched = new Set<number>()
  for (const cell of state.epolls.values()) for (const interest of cell.interests.values()) watched.add(interest.object)
  const old = [...state.objects.values()].filter(each => each.closed && !watched.has(each.id))
  for (const each of old.slice(0, Math.max(0, old.length - OBJECTS_KEPT / 2))) state.objects.delete(each.id)
}

function objectState(state: EpollState, event: EventOf<'object-state'>): void {
  const unknown: ObjectEntry = {
    id: event.file,
    type: '',
    description: '',
    readable: undefined,
    writable: undefined,
    peer: 0,
    due: 0,
    note: '',
    closed: false,
  }
  const { readable, writable, peer, due, note } = event
  const before = state.objects.get(event.file)
  // Somebody writes to a thing that nobody has a descriptor of: it is of no use to remember it.
  if (before === undefined && state.objects.size > OBJECTS_KEPT * 64) return
  state.objects.set(event.file, { ...(before ?? unknown), readable, writable, peer, due, note })
}

function apply(state: EpollState, event: AnyEvent): void {
  processes.apply(state.processes, event)
  switch (event.kind) {
    case 'epoll-create':
      newCell(state, event.epoll, event.pid, event.fd, event.mechanism === 0 ? 'kqueue' : 'epoll')
      return
    case 'epoll-close':
      closes(state, event.epoll)
      return
    case 'epoll-interest':
      interestEvent(state, event)
      return
    case 'epoll-ready': {
      const cell = state.epolls.get(event.epoll)
      if (cell === undefined) return
      const key = interestKey(event.fd, event.object)
      const interest = cell.interests.get(key)
      cell.queue.add(key)
      if (interest !== undefined) {
        const activations = interest.activations + 1
        cell.interests.set(key, { ...interest, activations, justDelivered: false, changed: event.index })
      }
      count(cell, { activations: cell.entry.activations + 1 })
      return
    }
    case 'kevent-call':
      failedRegistration(state, event)
      return
    case 'epoll-deliver':
      epollDelivery(state, event)
      return
    case 'epoll-shadow': {
      const cell = state.epolls.get(event.epoll)
      if (cell !== undefined) applyShadow(cell.shadow, event)
      return
    }
    case 'sleep':
      sleeps(state, event)
      return
    case 'wake':
      wakes(state, event.tid, event.time, false)
      return
    case 'thread-exit':
      wakes(state, event.tid, event.time, true)
      return
    case 'process-start':
      forks(state, event)
      return
    case 'exec':
      forgetLost(state, event.pid)
      return
    case 'process-exit':
      forgetLost(state, event.pid)
      for (const cell of state.epolls.values())
        for (const { pid, tid } of cell.waiters.values()) if (pid === event.pid) wakes(state, tid, event.time, true)
      return
    case 'fd-open':
      descriptorOpened(state, event)
      return
    case 'fd-close':
      descriptorClosed(state, event)
      return
    case 'object-state':
      objectState(state, event)
      return
    default:
      if ('knote' in event) knoteEvent(state, event)
  }
}

export const epolls: Reducer<EpollState> = {
  kinds: [
    ...processes.kinds,
    ...(['epoll-create', 'epoll-close', 'epoll-interest', 'epoll-ready', 'epoll-deliver', 'sleep', 'wake'] as const),
    ...(['knote-attach', 'knote-update', 'knote-activate', 'knote-drop', 'knote-deliver', 'knote-detach'] as const),
    'object-state',
    'kevent-call',
    'epoll-shadow',
  ],
  start: () => ({
    processes: processes.start(),
    epolls: new Map(),
    knotes: new Map(),
    objects: new Map(),
    sleeping: new Map(),
  }),
  apply,
  copy: state => ({
    processes: processes.copy(state.processes),
    epolls: new Map(
      [...state.epolls].map(([id, cell]) => [
        id,
        {
          entry: cell.entry,
          interests: new Map(cell.interests),
          queue: new Set(cell.queue),
          knotes: new Set(cell.knotes),
          waiters: new Map(cell.waiters),
          leftBehind: new Set(cell.leftBehind),
          lost: new Map(cell.lost),
          shadow: { items: new Map(cell.shadow.items), ready: new Set(cell.shadow.ready) },
        },
      ]),
    ),
    knotes: new Map(state.knotes),
    objects: new Map(state.objects),
    sleeping: new Map(state.sleeping),
  }),
}
