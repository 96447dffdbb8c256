/** The inotify view's picture: an instance at a position, and what happened to it between two times. */
import type { AnyEvent } from '../grammar.ts'
import { vnodeNotes } from '../native-names.ts'
import type {
  InotifyBar,
  InotifyInstance,
  InotifyMark,
  InotifyNote,
  InotifyRead,
  InotifyShown,
  InotifySlice,
} from '../queries.ts'
import { inotifyMaskText } from './event-text.ts'
import { depthOf, type InotifyCell } from './inotify.ts'
import type { InotifyHistory } from './inotify-history.ts'
import { slices, stepsBetween } from './timeline.ts'

type EventAt = (index: number) => AnyEvent

/** Records of the queue that are named. */
const QUEUE_SHOWN = 100

export function inotifyInstance(cell: InotifyCell): InotifyInstance {
  const { id, fd, pid, closed, queued, read, lost } = cell.entry
  const watches = [...cell.watches.values()].filter(each => !each.gone).length
  return { id, fd, pid, closed, watches, depth: depthOf(cell), queued, read, lost }
}

export function inotifyShown(
  cell: InotifyCell,
  history: InotifyHistory,
  eventAt: EventAt,
  window: { readonly from: number; readonly to: number; readonly most: number },
): InotifyShown {
  const { from, to, most } = window
  const records = history.between(from, to)
  const isMany = records.to - records.from > most
  const depths = stepsBetween(history.depth, from, to, most)
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
    bars: isMany ? [] : barsOf(history, eventAt, records),
    reads: readsOf(history, eventAt, window),
    notes: notesOf(history, eventAt, window),
    marks: marksOf(history, eventAt, window),
    slices: isMany ? slicesOf(history, window) : [],
  }
}

export function recordText(mask: number, name: string): string {
  return `${inotifyMaskText(mask)}${name === '' ? '' : ` "${name}"`}`
}

function barsOf(history: InotifyHistory, eventAt: EventAt, range: { from: number; to: number }): InotifyBar[] {
  const bars: InotifyBar[] = []
  for (let i = range.from; i < range.to; i++) {
    const event = eventAt(history.events.at(i))
    if (event.kind !== 'inotify-enqueue') continue
    const { wd, mask, name, cookie, time, index } = event
    const text = recordText(mask, name)
    const to = history.readOf(i)?.time
    bars.push({ event: index, wd, text, name, cookie, overflow: wd < 0, from: time, to, row: history.rows.at(i) })
  }
  return bars
}

/** All of them if there are at most `most`, else one in each slice of time stands for the others. */
function sample(times: { countBelow(t: number): number; countUpTo(t: number): number }, window: Window): number[] {
  const first = times.countBelow(window.from)
  const end = times.countUpTo(window.to)
  if (end - first <= window.most) return Array.from({ length: end - first }, (_, i) => first + i)
  const chosen: number[] = []
  for (const slice of slices(window.from, window.to, window.most)) {
    const i = times.countBelow(slice.from)
    if (i < Math.min(end, times.countBelow(slice.to))) chosen.push(i)
  }
  return chosen
}
type Window = Parameters<typeof inotifyShown>[3]

function readsOf(history: InotifyHistory, eventAt: EventAt, window: Window): InotifyRead[] {
  return sample(history.readTimes, window).flatMap(i => {
    const event = eventAt(history.reads.at(i))
    if (event.kind !== 'inotify-read') return []
    const { index, time, tid, count, bytes } = event
    return [{ event: index, time, tid, count, bytes }]
  })
}

function notesOf(history: InotifyHistory, eventAt: EventAt, window: Window): InotifyNote[] {
  return sample(history.noteTimes, window).flatMap(i => {
    const event = eventAt(history.notes.at(i))
    if (event.kind !== 'vnode-note') return []
    const { index, time, tid, operation, path } = event
    const wd = history.noteWatches.at(i)
    return [{ event: index, time, tid, wd, operation, notes: vnodeNotes(event.notes), path }]
  })
}

function marksOf(history: InotifyHistory, eventAt: EventAt, window: Window): InotifyMark[] {
  return sample(history.markTimes, window).flatMap((i): InotifyMark[] => {
    const event = eventAt(history.marks.at(i))
    const head = { event: event.index, time: event.time }
    switch (event.kind) {
      case 'inotify-merge':
        return [{ ...head, kind: 'merged', wd: event.wd, text: recordText(event.mask, event.name) }]
      case 'inotify-overflow':
        return [{ ...head, kind: 'lost', wd: event.wd, text: recordText(event.mask, event.name) }]
      case 'divergence':
        return [{ ...head, kind: 'divergence', wd: -1, text: `${event.id}${event.detail && `: ${event.detail}`}` }]
      default:
        return []
    }
  })
}

function slicesOf(history: InotifyHistory, window: Window): InotifySlice[] {
  const found: InotifySlice[] = []
  for (const slice of slices(window.from, window.to, Math.min(window.most, 200))) {
    const counts = new Map<number, number>()
    const end = history.times.countBelow(slice.to)
    for (let i = history.times.countBelow(slice.from); i < end; i++) {
      const wd = history.watches.at(i) | 0
      counts.set(wd, (counts.get(wd) ?? 0) + 1)
    }
    for (const [wd, count] of counts) found.push({ ...slice, wd, count })
  }
  return found
}
