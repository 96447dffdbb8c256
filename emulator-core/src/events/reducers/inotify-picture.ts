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
import { slices, stepsBetween } from './timeline.ts'

type EventAt = (index: number) => AnyEvent
interface Range {
  readonly from: number
  readonly to: number
}
interface Window extends Range {
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
  const { from, to, most } = window
  const records = history.queue.between(from, to)
  const unseen = history.ghosts.between(from, to)
  const isMany = records.to - records.from + unseen.to - unseen.from > most
  const depths = stepsBetween(history.depth, from, to, Math.min(most, MOST_DEPTHS))
  const ghosts = isMany ? [] : ghostsOf(history, eventAt, unseen)
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
    linuxDepths: history.hasShadow ? stepsBetween(history.linuxDepth, from, to, Math.min(most, MOST_DEPTHS)) : [],
    bars: isMany ? [] : barsOf(history, eventAt, records),
    ghosts,
    ghostsDeepest: ghosts.reduce((deepest, each) => Math.max(deepest, each.row + 1), 0),
    reads: readsOf(history.queue, eventAt, window),
    readsComplete: countIn(history.queue.readTimes, window) <= most,
    notes: notesOf(history, eventAt, window),
    marks: marksOf(history, eventAt, window),
    slices: isMany ? slicesOf(history, window) : [],
  }
}

export function recordText(mask: number, name: string): string {
  return `${inotifyMaskText(mask)}${name === '' ? '' : ` "${name}"`}`
}

function barsOf(history: InotifyHistory, eventAt: EventAt, range: Range): InotifyBar[] {
  const bars: InotifyBar[] = []
  for (let i = range.from; i < range.to; i++) {
    const event = eventAt(history.queue.events.at(i))
    if (event.kind !== 'inotify-enqueue') continue
    const { wd, mask, name, cookie, time, index } = event
    bars.push({
      event: index,
      wd,
      text: recordText(mask, name),
      name,
      cookie,
      overflow: wd < 0,
      from: time,
      to: history.queue.readOf(i)?.time,
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

function ghostsOf(history: InotifyHistory, eventAt: EventAt, range: Range): InotifyGhost[] {
  const ghosts: InotifyGhost[] = []
  for (let i = range.from; i < range.to; i++) {
    const event = eventAt(history.ghosts.events.at(i))
    if (event.kind !== 'inotify-shadow') continue
    const { wd, mask, name, cookie, time, index } = event
    const [to, row] = [history.ghosts.readOf(i)?.time, history.ghosts.rows.at(i)]
    ghosts.push({ event: index, wd, text: recordText(mask, name), name, cookie, from: time, to, row })
  }
  return ghosts
}

interface Times {
  countBelow(time: number): number
  countUpTo(time: number): number
}

const countIn = (times: Times, { from, to }: Range): number => times.countUpTo(to) - times.countBelow(from)

/** All of them if there are at most `most`, else one in each slice of time stands for the others. */
function sample(times: Times, window: Window): number[] {
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
  return sample(queue.readTimes, window).flatMap(i => {
    const event = eventAt(queue.reads.at(i))
    if (event.kind !== 'inotify-read') return []
    const { index, time, tid, count, bytes } = event
    const taken = queue.takenBy(i)
    const since = taken.to > taken.from ? queue.times.at(taken.from) : time
    return [{ event: index, time, tid, count, bytes, since }]
  })
}

function notesOf(history: InotifyHistory, eventAt: EventAt, window: Window): InotifyNote[] {
  return sample(history.noteTimes, window).flatMap(i => {
    const event = eventAt(history.notes.at(i))
    if (event.kind !== 'vnode-note') return []
    const { index, time, tid, operation, path } = event
    const wd = history.noteWatches.at(i) | 0
    return [{ event: index, time, tid, wd, operation, notes: vnodeNotes(event.notes), path }]
  })
}

function marksOf(history: InotifyHistory, eventAt: EventAt, window: Window): InotifyMark[] {
  return sample(history.markTimes, window).flatMap(i => {
    const mark = markOf(eventAt(history.marks.at(i)))
    return mark === undefined ? [] : [mark]
  })
}

export function markOf(event: AnyEvent): InotifyMark | undefined {
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

/** How many came in each slice of time, by watch: a few looks for each, however many there are. */
function slicesOf(history: InotifyHistory, window: Window): InotifySlice[] {
  const found: InotifySlice[] = []
  const watches = new Set([...history.queue.ofWatch.keys(), ...history.ghosts.ofWatch.keys()])
  for (const slice of slices(window.from, window.to, Math.min(window.most, MOST_SLICES))) {
    for (const wd of watches) {
      const queued = cameIn(history.queue, wd, slice)
      const ghosts = cameIn(history.ghosts, wd, slice)
      const count = queued.count + ghosts.count
      if (count === 0) continue
      const [first, event] = [Math.min(queued.first, ghosts.first), Math.max(queued.last, ghosts.last)]
      found.push({ ...slice, wd, count, ghosts: ghosts.count, first, event })
    }
  }
  return found
}

const NONE_CAME = { count: 0, first: Number.POSITIVE_INFINITY, last: 0 }

function cameIn(queue: QueueHistory, wd: number, slice: Range): typeof NONE_CAME {
  const own = queue.ofWatch.get(wd)
  if (own === undefined) return NONE_CAME
  const [begin, end] = [own.times.countBelow(slice.from), own.times.countBelow(slice.to)]
  if (begin >= end) return NONE_CAME
  return { count: end - begin, first: own.events.at(begin), last: own.events.at(end - 1) }
}
