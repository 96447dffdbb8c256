/** The epoll view's picture of an instance as Linux would have it, with what stands otherwise in the kqueue. */
import type { Badge, EpollInstance, Interest, KnoteCell, KnoteState, QueueEntry } from '../queries.ts'
import { bitNames } from '../types/names.ts'
import { epollNames } from '../types/polling.ts'
import { type EpollCell, type EpollState, interestKey, type ShadowEntry } from './epoll-state.ts'

const EPOLLET = 0x8000_0000

interface Badges {
  of(epoll: number, fd: number): readonly Badge[]
}

/** `netbsd`: the instance as it is. */
export function asOnLinux(state: EpollState, cell: EpollCell, netbsd: EpollInstance, badges: Badges): EpollInstance {
  if (netbsd.purpose !== 'epoll' || netbsd.mechanism !== 'kqueue' || netbsd.closed) return netbsd
  const { items, ready } = cell.shadow
  const known = new Map(netbsd.interests.map(each => [each.key, each]))
  const own = [...items].map(([key, entry]) =>
    interestOnLinux(state, cell, entry, ready.has(key), known.get(key), badges.of(cell.entry.id, entry.fd)),
  )
  const others = netbsd.interests.filter(({ key }) => !items.has(key)).map(withoutItem)
  const queue = [...ready].flatMap(key => entryOf(state, items.get(key)))
  return {
    ...netbsd,
    mechanism: 'epoll',
    interests: [...own, ...others],
    queue,
    differs: queueDiffers(queue, netbsd.queue),
  }
}

function interestOnLinux(
  state: EpollState,
  cell: EpollCell,
  entry: ShadowEntry,
  isReady: boolean,
  netbsd: Interest | undefined,
  badges: readonly Badge[],
): Interest {
  const { fd, object, events } = entry
  const descriptors = state.processes.processes.get(cell.entry.pid)?.descriptors
  const item = cellOf(state, entry, isReady)
  return {
    key: interestKey(fd, object),
    fd,
    object,
    events: bitNames(epollNames, events).join('|'),
    data: netbsd?.data ?? '',
    gone: false,
    leftBehind: false,
    numberClosed: descriptors?.get(fd)?.file !== object,
    badges,
    knotes: [item],
    differs: stateDiffers(item.state, netbsd),
  }
}

/** NetBSD has knotes for it, or has had; Linux has no item. */
function withoutItem(netbsd: Interest): Interest {
  return { ...netbsd, gone: true, leftBehind: false, knotes: [], differs: netbsd.gone ? '' : statesOf(netbsd) }
}

function cellOf(state: EpollState, entry: ShadowEntry, isReady: boolean): KnoteCell {
  return {
    id: 0,
    filter: 'ready list',
    flags: '',
    fflags: '',
    state: stateOf(entry, isReady),
    data: state.objects.get(entry.object)?.readable ?? 0,
    activations: entry.ready,
    deliveries: entry.told,
    changed: entry.changed,
  }
}

function stateOf({ isDisarmed, justTold, events }: ShadowEntry, isReady: boolean): KnoteState {
  if (isReady) return 'queued'
  if (isDisarmed) return 'dispatched'
  return justTold && (events & EPOLLET) !== 0 ? 'cleared' : 'idle'
}

/** What a state means for the next wait. */
const MEANING: Readonly<Record<KnoteState, 'queued' | 'silent' | 'waits'>> = {
  queued: 'queued',
  disabled: 'silent',
  dispatched: 'silent',
  gone: 'silent',
  idle: 'waits',
  active: 'waits',
  cleared: 'waits',
}

/** Half of the interest that means the same is enough only if the other half does too. */
function stateDiffers(linux: KnoteState, netbsd: Interest | undefined): string {
  if (netbsd === undefined || netbsd.gone) return 'NetBSD: gone'
  const alive = netbsd.knotes.filter(({ state }) => state !== 'gone')
  const meanings = new Set(alive.map(({ state }) => MEANING[state]))
  // One half in the queue is what the whole item in the ready list is; the other may wait.
  if (meanings.has('queued')) meanings.delete('waits')
  const isSame = meanings.size === 1 && meanings.has(MEANING[linux])
  return isSame ? '' : statesOf(netbsd)
}

function statesOf({ knotes }: Interest): string {
  const alive = knotes.filter(({ state }) => state !== 'gone')
  return `NetBSD: ${alive.map(({ filter, state }) => `${filter.replace('EVFILT_', '')} ${state}`).join(', ')}`
}

function entryOf(state: EpollState, entry: ShadowEntry | undefined): QueueEntry[] {
  if (entry === undefined) return []
  return [{ fd: entry.fd, label: 'ready', data: state.objects.get(entry.object)?.readable ?? 0 }]
}

/** Descriptors in their order; two halves behind each other are one. */
function queueDiffers(linux: readonly QueueEntry[], netbsd: readonly QueueEntry[]): string {
  const numbers = (queue: readonly QueueEntry[]): string => [...new Set(queue.map(({ fd }) => fd))].join(', ')
  if (numbers(linux) === numbers(netbsd)) return ''
  return `NetBSD's queue: ${netbsd.map(({ fd, label }) => `${fd} ${label}`).join(', ') || 'empty'}`
}
