/** The epoll view's picture of a state: instances with their interests, and under each interest its knotes. */
import { keventFlags, keventNotes } from '../native-names.ts'
import type {
  Badge,
  EpollInstance,
  EpollObject,
  EpollPicture,
  Interest,
  KnoteCell,
  KnoteState,
  QueueEntry,
  System,
} from '../queries.ts'
import { epollEvents } from './epoll.ts'
import { asOnLinux } from './epoll-shadow-picture.ts'
import {
  type EpollCell,
  type EpollState,
  type InterestEntry,
  interestKey,
  KN_ACTIVE,
  KN_DETACHED,
  KN_DISABLED,
  KN_QUEUED,
  type KnoteEntry,
} from './epoll-state.ts'
import { holdersOf } from './processes.ts'

const EV_CLEAR = 0x20
const EPOLLET = 0x8000_0000
const EPOLLONESHOT = 0x4000_0000

/** Divergences that were met until then. */
export interface Badges {
  of(epoll: number, fd: number): readonly Badge[]
  /** Of the instance, with those of descriptors that are not watched. */
  ofInstance(epoll: number, watched: ReadonlySet<number>): readonly Badge[]
}

type Holders = ReturnType<typeof holdersOf>

export function epollPicture(
  state: EpollState,
  badges: Badges,
  system: System = 'netbsd',
): Pick<EpollPicture, 'instances' | 'objects' | 'hasShadow'> {
  const holders = holdersOf(state.processes)
  const cells = [...state.epolls.values()]
  const hasShadow = cells.some(({ shadow }) => shadow.items.size > 0)
  const instances = cells.map(cell => {
    const netbsd = instance(state, cell, badges, holders)
    return system === 'linux' ? asOnLinux(state, cell, netbsd, badges) : netbsd
  })
  const home = new Map<number, number>()
  for (const { pid, interests } of instances) for (const { object } of interests) home.set(object, pid)
  const objects = [...home].flatMap(([id, pid]) => objectOf(state, id, pid, holders) ?? [])
  return { hasShadow, instances, objects }
}

function instance(state: EpollState, cell: EpollCell, badges: Badges, holders: Holders): EpollInstance {
  const knotes = [...cell.knotes].flatMap(id => state.knotes.get(id) ?? [])
  const purpose = knotes.some(each => each.filter === 'LINUX_INOTIFY')
    ? 'inotify'
    : cell.interests.size > 0 || knotes.length === 0
      ? 'epoll'
      : 'kqueue'
  const interests = interestsOf(state, cell, knotes, purpose === 'epoll', badges)
  return {
    ...cell.entry,
    program: state.processes.processes.get(cell.entry.pid)?.program ?? '',
    descriptors: holders(cell.entry.id, cell.entry.pid),
    lost: purpose === 'epoll' ? [...cell.lost.values()] : [],
    badges: badges.ofInstance(cell.entry.id, new Set(interests.map(({ fd }) => fd))),
    purpose,
    interests,
    queue: [...cell.queue].flatMap(key => queueEntry(state, cell, key) ?? []),
    waiters: [...cell.waiters.values()].sort((a, b) => a.tid - b.tid),
    differs: '',
  }
}

function queueEntry(state: EpollState, cell: EpollCell, key: number | string): QueueEntry | undefined {
  if (typeof key === 'number') {
    const knote = state.knotes.get(key)
    if (knote === undefined) return undefined
    return { fd: knote.ident, label: knote.filter.replace('EVFILT_', ''), data: knote.data }
  }
  const interest = cell.interests.get(key)
  if (interest === undefined) return undefined
  const readable = state.objects.get(interest.object)?.readable
  return { fd: interest.fd, label: 'ready', data: readable ?? 0 }
}

function interestsOf(
  state: EpollState,
  cell: EpollCell,
  knotes: readonly KnoteEntry[],
  isEpoll: boolean,
  badges: Badges,
): Interest[] {
  const descriptors = state.processes.processes.get(cell.entry.pid)?.descriptors
  const byKey = new Map<
    string,
    { entry: InterestEntry | undefined; fd: number; object: number; knotes: KnoteEntry[] }
  >()
  for (const [key, entry] of cell.interests) byKey.set(key, { entry, fd: entry.fd, object: entry.object, knotes: [] })
  for (const knote of knotes) {
    const key = interestKey(knote.ident, knote.object)
    const found = byKey.get(key)
    if (found !== undefined) found.knotes.push(knote)
    else byKey.set(key, { entry: undefined, fd: knote.ident, object: knote.object, knotes: [knote] })
  }
  return [...byKey].map(([key, { entry, fd, object, knotes: own }]) => {
    const alive = own.some(each => (each.status & KN_DETACHED) === 0)
    const kqueue = cell.entry.mechanism === 'kqueue'
    return {
      key,
      fd,
      object,
      events: entry === undefined ? '' : epollEvents(entry.events),
      data: entry === undefined ? '' : dataText(entry.data),
      // An edge of the two: the interest is there as long as one of its knotes is.
      gone: cell.entry.closed || (kqueue ? !alive : entry?.gone === true),
      numberClosed: entry?.gone === false && !kqueue && descriptors?.get(fd)?.file !== object,
      badges: badges.of(cell.entry.id, fd),
      leftBehind: isEpoll && own.some(each => cell.leftBehind.has(each.id)),
      knotes: kqueue ? own.sort(byFilter).map(knoteCell) : readyCell(state, cell, key, entry),
      differs: '',
    }
  })
}

const byFilter = (a: KnoteEntry, b: KnoteEntry): number =>
  a.filter < b.filter ? -1 : a.filter > b.filter ? 1 : a.id - b.id

function dataText(data: bigint): string {
  return data < 0x1_0000_0000n ? String(data) : `0x${data.toString(16)}`
}

function knoteCell(knote: KnoteEntry): KnoteCell {
  const { id, filter, flags, fflags, data, activations, deliveries, changed } = knote
  return {
    id,
    filter,
    flags: keventFlags(flags),
    fflags: keventNotes(filter, fflags),
    state: stateOf(knote),
    data,
    activations,
    deliveries,
    changed,
  }
}

/** A knote can stand in the queue although it is disabled: disabled says more. */
function stateOf({ status, flags, justDelivered }: KnoteEntry): KnoteState {
  if ((status & KN_DETACHED) !== 0) return 'gone'
  if ((status & KN_DISABLED) !== 0) return justDelivered ? 'dispatched' : 'disabled'
  if ((status & KN_QUEUED) !== 0) return 'queued'
  if ((status & KN_ACTIVE) !== 0) return 'active'
  return justDelivered && (flags & EV_CLEAR) !== 0 ? 'cleared' : 'idle'
}

/** The same of an item of Linux's own epoll. */
function itemState({ gone, events, justDelivered }: InterestEntry, queued: boolean): KnoteState {
  if (gone) return 'gone'
  if (queued) return 'queued'
  if (!justDelivered) return 'idle'
  if ((events & EPOLLONESHOT) !== 0) return 'dispatched'
  return (events & EPOLLET) !== 0 ? 'cleared' : 'idle'
}

/** Linux's own epoll has no knotes: one cell says whether the item is in the ready list. */
function readyCell(state: EpollState, cell: EpollCell, key: string, entry: InterestEntry | undefined): KnoteCell[] {
  if (entry === undefined) return []
  const queued = cell.queue.has(key)
  return [
    {
      id: 0,
      filter: 'ready list',
      flags: '',
      fflags: '',
      state: itemState(entry, queued),
      data: state.objects.get(entry.object)?.readable ?? 0,
      activations: entry.activations,
      deliveries: entry.deliveries,
      changed: entry.changed,
    },
  ]
}

function objectOf(state: EpollState, id: number, home: number, holders: Holders): EpollObject | undefined {
  const found = state.objects.get(id)
  if (found === undefined) return undefined
  const peerDescriptors = found.peer === 0 ? [] : holders(found.peer, home)
  return { ...found, descriptors: holders(id, home), peerDescriptors }
}
