/** What happened to an inotify instance as rows of a table, and the search from one change to the next. */
import type { AnyEvent } from '../grammar.ts'
import type { InotifyRow } from '../queries.ts'
import { eventText } from './event-text.ts'
import type { WatchEntry } from './inotify.ts'
import { type InotifyHistory, ROW_GHOST, ROW_RECORD } from './inotify-history.ts'
import { markOf, onLinux, recordText } from './inotify-picture.ts'

type EventAt = (index: number) => AnyEvent
type Watches = ReadonlyMap<number, WatchEntry>

const FATES = { absent: 'not queued', merged: 'merged or lost' } as const
const GHOST = 'queued by Linux only'
const MARKS = {
  merged: 'merged',
  lost: 'lost',
  divergence: '',
  'ghost-merged': 'merged or lost, by Linux only',
} as const

/** Rows number `from` … `to - 1`. */
export function inotifyRows(
  history: InotifyHistory,
  watches: Watches,
  eventAt: EventAt,
  from: number,
  to: number,
): InotifyRow[] {
  const rows: InotifyRow[] = []
  for (let i = from; i < to; i++) {
    const row = rowOf(history, watches, eventAt, i)
    if (row !== undefined) rows.push(row)
  }
  return rows
}

function rowOf(history: InotifyHistory, watches: Watches, eventAt: EventAt, i: number): InotifyRow | undefined {
  const event = eventAt(history.rows.events.at(i))
  const head = { event: event.index, time: event.time, tid: event.tid }
  const path = (wd: number) => watches.get(wd)?.path ?? ''
  const kind = history.rowKinds.at(i)
  const number = history.rowNumbers.at(i)
  const nothing = { cookie: 0, readAt: undefined, readBy: undefined }
  if (kind === ROW_RECORD && event.kind === 'inotify-enqueue') {
    const { wd, mask, name, cookie } = event
    const read = history.queue.readOf(number)
    const shadow = onLinux(history, eventAt, number)
    const linux = shadow === undefined ? '' : shadow.fate === 'otherwise' ? shadow.text : FATES[shadow.fate]
    const readBy = read === undefined ? undefined : eventAt(read.event).tid
    const text = recordText(mask, name)
    return { ...head, kind: 'record', wd, path: path(wd), text, cookie, readAt: read?.time, readBy, linux }
  }
  if (kind === ROW_GHOST && event.kind === 'inotify-shadow') {
    const { wd, mask, name, cookie } = event
    const text = recordText(mask, name)
    return { ...head, ...nothing, kind: 'ghost', wd, path: path(wd), text, cookie, linux: GHOST }
  }
  const mark = markOf(event)
  if (mark === undefined) return undefined
  return {
    ...head,
    ...nothing,
    kind: mark.kind,
    wd: mark.wd,
    path: path(mark.wd),
    text: mark.text,
    linux: MARKS[mark.kind],
  }
}

export interface Sought {
  readonly wd: number | undefined
  /** Lower case; all of them have to be in the event's text, or in its watch's path. */
  readonly words: readonly string[]
}

/** The next (1) or previous (-1) change behind an event's number. */
export function nextChange(
  history: InotifyHistory,
  watches: Watches,
  eventAt: EventAt,
  sought: Sought,
  at: number,
  step: -1 | 1,
): AnyEvent | undefined {
  const { changes, changeWatches } = history
  let i = step > 0 ? changes.countUpTo(at) : changes.countBelow(at) - 1
  for (; i >= 0 && i < changes.length; i += step) {
    const wd = changeWatches.at(i) | 0
    if (sought.wd !== undefined && wd !== sought.wd) continue
    const event = eventAt(changes.at(i))
    if (sought.words.length === 0) return event
    const text = `${eventText(event) ?? ''} ${watches.get(wd)?.path ?? ''} wd:${wd}`.toLowerCase()
    if (sought.words.every(word => text.includes(word))) return event
  }
  return undefined
}
