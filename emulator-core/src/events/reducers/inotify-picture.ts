/** The inotify view's picture: an instance at a position, and what happened to it between two times. */
import type { AnyEvent } from '../grammar.ts'
import { vnodeNotes } from '../native-names.ts'
import type {
  InotifyBar,
  InotifyGhost,
  InotifyInstance,
  InotifyMark,
  InotifyNote,
  InotifyOnLinux,
  InotifyRead,
  InotifyShown,
  InotifySlice,
} from '../queries.ts'
import { inotifyMaskText } from './event-text.ts'
import { depthOf, type InotifyCell } from './inotify.ts'
import { fateOf, type InotifyHistory, type QueueHistory } from './inotify-history.ts'
import type { Axis } from './lanes.ts'
import { slices, stepsBetween } from './timeline.ts'

type EventAt = (index: number) => AnyEvent
interface Range {
  readonly from: number
  readonly to: number
}
interface Window extends Range {
  readonly axis: Axis
  readonly most: number
}

/** Records of the queue that are named. */
const QUEUE_SHOWN = 100
const MOST_SLICES = 400
/** Pieces of time over which the least and the most of a depth are told, where it changes oftener. */
const MOST_DEPTHS = 600

export function inotifyInstance(cell: InotifyCell): InotifyInstance {
  const { id, fd, pid, closed, queued, read, lost, ghosts, differing } = cell.entry
  const watches = [...cell.watches.values()].filter(each => !each.gone).length
  return { id, fd, pid, closed, watches, depth: depthOf(cell), queued, read, lost, ghosts, differing }
}

export function inotifyShown(
  cell: InotifyCell,
  history: InotifyHistory,
  eventAt: EventAt,
  window: Window,
): InotifyShown {
  const { axis, from, to, most } = window
  const records = history.queue.between(axis, from, to)
  const unseen = history.ghosts.between(axis, from, to)
  const isMany = records.to - records.from + unseen.to - unseen.from > most
  const depths = stepsBetween(history.depth, axis, from, to, Math.min(most, MOST_DEPTHS))
  const ghosts = isMany ? [] : ghostsOf(history, eventAt, unseen, axis)
  return {
    instance: inotifyInstance(cell),
    watches: [...cell.watches.values()].map(watch => ({ ...watch, mask: inotifyMaskText(watch.mask) })),
    queue: cell.queue.slice(cell.head, cell.head + QUEUE_SHOWN).map(({ event, wd, mask, name }) => ({
      event,
      wd,
      text: recordText(mask, name),
    })),
    depths,
    deepest: depths.reduce((deepest, each) => Math.max(deepest, each.most), 0),
    linuxDepths: history.hasShadow ? stepsBetween(history.linuxDepth, axis, from, to, Math.min(most, MOST_DEPTHS)) : [],
    bars: isMany ? [] : barsOf(history, eventAt, records, axis),
    ghosts,
    ghostsDeepest: ghosts.reduce((deepest, each) => Math.max(deepest, each.row + 1), 0),
    reads: readsOf(history.queue, eventAt, window),
    readsComplete: countIn(history.queue.reads.along(axis), window) <= most,
    notes: notesOf(history, eventAt, window),
    marks: marksOf(history, eventAt, window),
    slices: isMany ? slicesOf(history, window) : [],
  }
}

export function recordText(mask: number, name: string): string {
  return `${inotifyMaskText(mask)}${name === '' ? '' : ` "${name}"`}`
}

function barsOf(history: InotifyHistory, eventAt: EventAt, range: Range, axis: Axis): InotifyBar[] {
  const bars: InotifyBar[] = []
  for (let i = range.from; i < range.to; i++) {
    const event = eventAt(history.queue.came.events.at(i))
    if (event.kind !== 'inotify-enqueue') continue
    const { wd, mask, name, cookie, time, index } = event
    const read = history.queue.readOf(i)
    bars.push({
      event: index,
      wd,
      text: recordText(mask, name),
      name,
      cookie,
      overflow: wd < 0,
      time,
      readTime: read?.time,
      from: placeOf(event, axis),
      to: axis === 'time' ? read?.time : read?.event,
      row: history.queue.rows.at(i),
      linux: onLinux(history, eventAt, i),
    })
  }
  return bars
}

/** How Linux has record number `i`; undefined: likewise. */
export function onLinux(history: InotifyHistory, eventAt: EventAt, i: number): InotifyOnLinux | undefined {
  const shadow = history.shadowOf(i)
  const event = shadow === undefined ? undefined : eventAt(shadow)
  if (event?.kind !== 'inotify-shadow') return undefined
  return { fate: fateOf(event), text: recordText(event.mask, event.name), cookie: event.cookie }
}

function ghostsOf(history: InotifyHistory, eventAt: EventAt, range: Range, axis: Axis): InotifyGhost[] {
  const ghosts: InotifyGhost[] = []
  for (let i = range.from; i < range.to; i++) {
    const event = eventAt(history.ghosts.came.events.at(i))
    if (event.kind !== 'inotify-shadow') continue
    const { wd, mask, name, cookie, time, index } = event
    const [read, row] = [history.ghosts.readOf(i), history.ghosts.rows.at(i)]
    const place = { from: placeOf(event, axis), to: axis === 'time' ? read?.time : read?.event }
    const text = recordText(mask, name)
    ghosts.push({ event: index, wd, text, name, cookie, time, readTime: read?.time, ...place, row })
  }
  return ghosts
}

/** A column of places, which rise. */
interface Places {
  countBelow(place: number): number
  countUpTo(place: number): number
}

const placeOf = ({ time, index }: AnyEvent, axis: Axis): number => (axis === 'time' ? time : index)

const countIn = (times: Places, { from, to }: Range): number => times.countUpTo(to) - times.countBelow(from)

/** All of them if there are at most `most`, else one in each slice stands for the others. */
function sample(times: Places, window: Window): number[] {
  const first = times.countBelow(window.from)
  const end = times.countUpTo(window.to)
  if (end - first <= window.most) return Array.from({ length: end - first }, (_, i) => first + i)
  const chosen: number[] = []
  for (const slice of slices(window.from, window.to, Math.max(1, window.most))) {
    const i = times.countBelow(slice.from)
    if (i < Math.min(end, times.countBelow(slice.to))) chosen.push(i)
  }
  return chosen
}

function readsOf(queue: QueueHistory, eventAt: EventAt, window: Window): InotifyRead[] {
  const { axis } = window
  const came = queue.came.along(axis)
  return sample(queue.reads.along(axis), window).flatMap(i => {
    const event = eventAt(queue.reads.events.at(i))
    if (event.kind !== 'inotify-read') return []
    const { index, time, tid, count, bytes } = event
    const taken = queue.takenBy(i)
    const at = placeOf(event, axis)
    const [since, waited] =
      taken.to > taken.from ? [came.at(taken.from), time - queue.came.times.at(taken.from)] : [at, 0]
    return [{ event: index, time, at, tid, count, bytes, since, waited }]
  })
}

function notesOf(history: InotifyHistory, eventAt: EventAt, window: Window): InotifyNote[] {
  return sample(history.notes.along(window.axis), window).flatMap(i => {
    const event = eventAt(history.notes.events.at(i))
    if (event.kind !== 'vnode-note') return []
    const { index, time, tid, operation, path } = event
    const wd = history.noteWatches.at(i) | 0
    const at = placeOf(event, window.axis)
    return [{ event: index, time, at, tid, wd, operation, notes: vnodeNotes(event.notes), path }]
  })
}

function marksOf(history: InotifyHistory, eventAt: EventAt, window: Window): InotifyMark[] {
  return sample(history.marks.along(window.axis), window).flatMap(i => {
    const event = eventAt(history.marks.events.at(i))
    const mark = markOf(event)
    return mark === undefined ? [] : [{ ...mark, at: placeOf(event, window.axis) }]
  })
}

export function markOf(event: AnyEvent): Omit<InotifyMark, 'at'> | undefined {
  const head = { event: event.index, time: event.time }
  switch (event.kind) {
    case 'inotify-merge':
      return { ...head, kind: 'merged', wd: event.wd, text: recordText(event.mask, event.name) }
    case 'inotify-shadow':
      return { ...head, kind: 'ghost-merged', wd: event.wd, text: recordText(event.mask, event.name) }
    case 'inotify-overflow':
      return { ...head, kind: 'lost', wd: event.wd, text: recordText(event.mask, event.name) }
    case 'divergence': {
      const watch = /^watch (-?\d+)/.exec(event.detail)
      const text = `${event.id}${event.detail && `: ${event.detail}`}`
      return { ...head, kind: 'divergence', wd: watch === null ? -1 : Number(watch[1]), text }
    }
    default:
      return undefined
  }
}

/** How many came in each slice, by watch: a few looks for each, however many there are. */
function slicesOf(history: InotifyHistory, window: Window): InotifySlice[] {
  const found: InotifySlice[] = []
  const watches = new Set([...history.queue.ofWatch.keys(), ...history.ghosts.ofWatch.keys()])
  for (const slice of slices(window.from, window.to, Math.min(window.most, MOST_SLICES))) {
    for (const wd of watches) {
      const queued = cameIn(history.queue, wd, slice, window.axis)
      const ghosts = cameIn(history.ghosts, wd, slice, window.axis)
      const count = queued.count + ghosts.count
      if (count === 0) continue
      const [first, event] = [Math.min(queued.first, ghosts.first), Math.max(queued.last, ghosts.last)]
      found.push({ ...slice, wd, count, ghosts: ghosts.count, first, event })
    }
  }
  return found
}

const NONE_CAME = { count: 0, first: Number.POSITIVE_INFINITY, last: 0 }

function cameIn(queue: QueueHistory, wd: number, slice: Range, axis: Axis): typeof NONE_CAME {
  const own = queue.ofWatch.get(wd)
  if (own === undefined) return NONE_CAME
  const places = own.along(axis)
  const [begin, end] = [places.countBelow(slice.from), places.countBelow(slice.to)]
  if (begin >= end) return NONE_CAME
  return { count: end - begin, first: own.events.at(begin), last: own.events.at(end - 1) }
}
