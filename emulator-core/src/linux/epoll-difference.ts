/**
 * What NetBSD's and Linux's epoll told of the same descriptors, held against each other: each difference has the name of the divergence
 * (compat-linux/divergences-epoll.ts) that it comes from.
 */
import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLMSG,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDBAND,
  EPOLLRDHUP,
  EPOLLRDNORM,
  EPOLLWRBAND,
  EPOLLWRNORM,
  type EpollMask,
} from '../compat-linux/epoll-constants.ts'
import { bitNames } from '../events/types/names.ts'
import { epollNames } from '../events/types/polling.ts'
import type { EpollItem } from './epoll-item.ts'
import type { Delivery } from './ready-list.ts'

/** What NetBSD told of one descriptor in one wait. */
export interface Told {
  readonly fd: number
  /** Of the file that the descriptor refers to: `socket`, `kqueue`, `inotify`…. */
  readonly kind: string
  /** Linux's interest in it; undefined: it would have none. */
  readonly item: EpollItem | undefined
  /** Of all its records together. */
  events: EpollMask
  data: bigint
  records: number
}

/** What is known of the wait besides what came out of it. */
export interface Circumstances {
  /** NetBSD filled all the room there was. */
  readonly isFull: boolean
  /** A descriptor had two records. */
  readonly hasHalves: boolean
  /** The kqueue watches the item's file through the item's number. */
  hasKnote(item: EpollItem): boolean
  kindOf(item: EpollItem): string
  /** Linux would have told it too if there were more room. */
  isStillReady(item: EpollItem): boolean
  /** Why there is a knote and would be no item. */
  reason(fd: number): string | undefined
}

export interface Difference {
  readonly id: string
  readonly detail: string
}

const READ = EPOLLIN | EPOLLRDNORM
const WRITE = EPOLLOUT | EPOLLWRNORM
const BANDS = EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND | EPOLLMSG

const wantsBoth = ({ asked }: EpollItem): boolean => (asked & READ) !== 0 && (asked & WRITE) !== 0

/** Both told something of the item. */
function differentBits(item: EpollItem, kind: string, linux: EpollMask, netbsd: EpollMask): Set<string> {
  const ids = new Set<string>()
  const lacking = linux & ~netbsd
  const extra = netbsd & ~linux
  if ((lacking & EPOLLHUP) !== 0) ids.add('epoll.hangup')
  if ((lacking & EPOLLERR) !== 0) ids.add('epoll.error')
  if ((lacking & EPOLLPRI) !== 0) ids.add('epoll.priority')
  if (((lacking | extra) & BANDS) !== 0) ids.add('epoll.bands')
  // The end of a pipe is a hang-up on Linux, which NetBSD tells as IN|RDHUP.
  const endOfPipe = kind !== 'socket' && ids.has('epoll.hangup')
  if (((lacking | extra) & EPOLLRDHUP) !== 0 && !endOfPipe) ids.add('epoll.rdhup')
  if ((extra & EPOLLIN) !== 0 && !endOfPipe) ids.add((item.asked & EPOLLIN) === 0 ? 'epoll.bands' : 'epoll.readiness')
  if ((extra & EPOLLOUT) !== 0 && !ids.has('epoll.error'))
    ids.add((item.asked & EPOLLOUT) === 0 ? 'epoll.bands' : 'epoll.readiness')
  if ((lacking & (EPOLLIN | EPOLLOUT)) !== 0) ids.add(wantsBoth(item) ? 'epoll.halves' : 'epoll.readiness')
  return ids
}

const STALE: Readonly<Record<string, string>> = { kqueue: 'epoll.nested-count', inotify: 'inotify.stale-readiness' }

/** Linux alone told something. */
function onlyLinux({ item, events }: Delivery, about: Circumstances): Set<string> {
  if (!about.hasKnote(item)) return new Set(['epoll.last-descriptor'])
  const ready = events & (EPOLLIN | EPOLLOUT)
  if (ready === 0) return differentBits(item, about.kindOf(item), events, 0)
  if (about.isFull) return new Set([about.hasHalves ? 'epoll.halves' : 'epoll.order'])
  const stale = STALE[about.kindOf(item)]
  return new Set([stale ?? (item.isEdgeTriggered ? 'epoll.edge' : 'epoll.readiness')])
}

/** NetBSD alone did. */
function onlyNetbsd({ fd, kind, item, events }: Told, about: Circumstances): string {
  if (item === undefined) return about.reason(fd) ?? (kind === 'kqueue' ? 'epoll.nesting' : 'epoll.readiness')
  // Asked for by RDNORM or WRNORM, told as IN or OUT.
  if ((events & ~item.asked & (EPOLLIN | EPOLLOUT)) !== 0) return 'epoll.bands'
  if (item.isDisarmed) return item.isEdgeTriggered ? 'epoll.edge-oneshot' : 'epoll.oneshot-halves'
  if (about.isStillReady(item)) return about.hasHalves ? 'epoll.halves' : 'epoll.order'
  if (item.poll() === 0) return STALE[kind] ?? 'epoll.readiness'
  if (!item.isEdgeTriggered) return 'epoll.readiness'
  return wantsBoth(item) ? 'epoll.halves' : 'epoll.edge'
}

/** Of one wait; none if both systems told the same in the same order. */
export function differencesOf(
  told: readonly Told[],
  taken: readonly Delivery[],
  about: Circumstances,
): readonly Difference[] {
  const found: Difference[] = []
  const tell = (ids: Iterable<string>, fd: number, linux: string, netbsd: string): void => {
    for (const id of ids) found.push({ id, detail: `descriptor ${fd}: Linux ${linux}, NetBSD ${netbsd}` })
  }
  const byItem = new Map(taken.map(each => [each.item, each]))
  for (const each of told) {
    const { fd, item, kind, events, data, records } = each
    const delivery = item === undefined ? undefined : byItem.get(item)
    const netbsd = records === 1 ? words(events) : `${words(events)} in ${records} records`
    if (item === undefined || delivery === undefined) {
      tell([onlyNetbsd(each, about)], fd, 'nothing', netbsd)
      continue
    }
    byItem.delete(item)
    const ids = differentBits(item, kind, delivery.events, events)
    if (records > 1) ids.add('epoll.halves')
    tell(ids, fd, words(delivery.events), netbsd)
    if (data !== delivery.data) tell(['epoll.half-registered'], fd, `data ${delivery.data}`, `data ${data}`)
  }
  for (const each of byItem.values()) tell(onlyLinux(each, about), each.item.fd, words(each.events), 'nothing')
  if (found.length === 0) found.push(...differentOrder(told, taken))
  return found
}

function differentOrder(told: readonly Told[], taken: readonly Delivery[]): Difference[] {
  const first = told.findIndex(({ item }, at) => item !== taken[at]?.item)
  if (first < 0) return []
  const linux = taken.map(({ item }) => item.fd).join(', ')
  const netbsd = told.map(({ fd }) => fd).join(', ')
  return [{ id: 'epoll.order', detail: `descriptor ${told[first].fd}: Linux in the order ${linux}, NetBSD ${netbsd}` }]
}

export function words(events: EpollMask): string {
  return bitNames(epollNames, events).join('|')
}
