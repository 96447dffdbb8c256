/** From a call to the things of the epoll graph that it touched, and from such a thing to the calls that made it what it is. */

import type { AnyEvent } from '../grammar.ts'
import type { CallLink, CallRole, MarkKind, Thing } from '../queries.ts'
import type { EventSource } from '../view-queries.ts'
import { callRow } from './call-text.ts'
import { type CallTable, NONE } from './calls.ts'
import type { Chosen, EpollHistory } from './epoll-history.ts'

/** Marks that are looked at for one answer: the last ones, and the first. */
const LOOKED_AT = 512

const EPOLL_CTL_ADD = 1

const ROLES: Readonly<Record<MarkKind, CallRole>> = {
  change: 'changed',
  activate: 'made ready',
  drop: 'dropped',
  deliver: 'delivered',
  sleep: 'waited',
  wake: 'waited',
  divergence: 'diverged',
}

/** The row that an event of a thread belongs to; undefined for what no call did (a timer, the outside). */
function rowOf(source: EventSource, calls: CallTable, event: number): number | undefined {
  const { tid } = source.event(event)
  if (tid === 0) return undefined
  const row = calls.rowOf(event, tid)
  if (row < 0 || calls.tid(row) !== tid || calls.kind(row) !== 'call' || calls.first(row) > event) return undefined
  return calls.last(row) >= event ? row : undefined
}

/** Instances and interests that the call's own events are about, in the order in which they came. */
export function thingsOfCall(source: EventSource, calls: CallTable, history: EpollHistory, event: number): Thing[] {
  const row = rowOf(source, calls, event)
  if (row === undefined) return []
  const last = calls.last(row)
  const found = new Map<string, Thing>()
  for (const mark of history.inEvents(calls.first(row), last === NONE ? source.count : last)) {
    if (source.event(mark.event).tid !== calls.tid(row)) continue
    found.set(`${mark.epoll}:${mark.fd}`, { epoll: mark.epoll, fd: mark.fd })
  }
  return [...found.values()]
}

function isMaking(event: AnyEvent, { fd }: Chosen): boolean {
  if (fd === undefined) return event.kind === 'epoll-create'
  // A half left behind, or a kqueue's own knote, has no interest: it was made when it was attached.
  return event.kind === 'epoll-interest' ? event.op === EPOLL_CTL_ADD : event.kind === 'knote-attach'
}

/** The call that made the thing, and the last `most` that did something to it up to the position; the oldest first. */
export function callsOfThing(
  source: EventSource,
  calls: CallTable,
  history: EpollHistory,
  chosen: Chosen,
  position: number,
  most: number,
): CallLink[] {
  const links = new Map<number, Set<CallRole>>()
  const makes = (event: number) => isMaking(source.event(event), chosen)
  const { first, last } = history.around(chosen, position, LOOKED_AT, makes)
  const take = ({ event, kind }: { readonly event: number; readonly kind: MarkKind }, role = ROLES[kind]) => {
    const row = rowOf(source, calls, event)
    if (row === undefined) return
    const roles = links.get(row) ?? new Set()
    links.set(row, roles)
    if (!(role === 'changed' && roles.has('made'))) roles.add(role)
  }
  if (first !== undefined) take(first, 'made')
  for (const mark of last) {
    if (mark.event === first?.event) continue
    take(mark)
    if (links.size > most) break
  }
  return [...links]
    .sort(([a], [b]) => a - b)
    .map(([row, roles]) => {
      const { event, last: end, time, tid, name, arguments: args, result } = callRow(source, calls, row, 0, 0)
      return {
        event,
        last: end,
        time,
        tid,
        text: `${name}(${args})${result === '' ? '' : ` = ${result}`}`,
        name,
        roles: [...roles],
      }
    })
}
