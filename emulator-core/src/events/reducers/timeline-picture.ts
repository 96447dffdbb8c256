/** A part of the timeline as it is drawn: calls one by one where there are few, else counts in slices with the calls that took long. */
import {
  QueryError,
  type Timeline,
  type TimelineBar,
  type TimelineDensities,
  type TimelineLane,
  type TimelineOverview,
  type TimelinePlace,
} from '../queries.ts'
import { nameOf } from './call-text.ts'
import { countsBefore } from './column.ts'
import { marksOf } from './lane-marks.ts'
import type { Axis, Lane, Moments } from './lanes.ts'
import type { Span } from './long-spans.ts'
import type { RunIndex } from './run-index.ts'
import { wakesWithin } from './wake-flows.ts'

export interface TimelineWindow {
  readonly axis: Axis
  readonly from: number
  readonly to: number
  /** Bars that one lane may have; if there are more, it gets slices. */
  readonly most: number
  readonly slices: number
  readonly firstLane: number
  readonly lanes: number
}

const OVERVIEW_SLICES = 240
/** A call that is as long as so many slices is drawn beside them. */
const LONG_SLICES = 3
/** Waits of one call that are drawn one by one. */
const MOST_WAITS = 8

export function timelinePicture(index: RunIndex, window: TimelineWindow): Omit<Timeline, 'events' | 'indexed' | 'at'> {
  const { lanes } = index
  const { axis, from, to } = window
  const shown = lanes.all.slice(window.firstLane, window.firstLane + window.lanes)
  const tids = shown.map(lane => lane.tid)
  return {
    ...wholeOf(index, axis),
    from,
    to,
    firstLane: window.firstLane,
    count: lanes.all.length,
    lanes: shown.map(lane => laneOf(index, lane, window)),
    ...wakesWithin(lanes.wakes, axis, from, to, tids),
  }
}

/** The whole run. */
export function timelineOverview(index: RunIndex, axis: Axis): Omit<TimelineOverview, 'events' | 'indexed'> {
  const { calls, lanes } = index
  const whole = wholeOf(index, axis)
  const bounds = boundsOf(whole.first, whole.last, OVERVIEW_SLICES)
  // Rows of all threads stand in the order in which they began.
  const before = (place: number) => (axis === 'time' ? calls.rowsBegunBefore(place) : calls.rowAt(place - 1) + 1)
  return {
    ...whole,
    calls: differences(bounds.map(before)),
    failures: differences(lanes.failures.before(bounds, axis)),
  }
}

/** @throws QueryError if nothing has happened yet. */
export function timelinePlace(index: RunIndex, axis: Axis, event: number): Omit<TimelinePlace, 'events' | 'indexed'> {
  const { calls, lanes, source, indexed } = index
  const known = Math.min(event, indexed - 1)
  if (known < 0) throw new QueryError('Nothing has been called yet.')
  const { tid, time } = source.event(known)
  const row = calls.rowOf(known, tid)
  const isRow = row >= 0 && calls.tid(row) === tid && calls.first(row) <= known
  const at = axis === 'event' ? known : time
  const { from, to } = isRow ? extentOf(index, row, axis) : { from: at, to: at }
  const lane = lanes.all.findLastIndex(each => each.tid === tid && each.begunEvent <= known)
  const end = to ?? wholeOf(index, axis).last
  return { event: isRow ? calls.first(row) : known, from, to: end, lane: lane < 0 ? undefined : lane }
}

function wholeOf(index: RunIndex, axis: Axis): { readonly first: number; readonly last: number } {
  if (axis === 'event') return { first: 0, last: Math.max(1, index.indexed - 1) }
  return { first: index.firstTime, last: Math.max(index.lastTime, index.firstTime + 1) }
}

/** Where `count` slices begin, and where the last one ends: behind `to`, so that what happened then is in it. */
function boundsOf(from: number, to: number, count: number): number[] {
  const bounds = Array.from({ length: count + 1 }, (_, i) => from + (i * (to - from)) / count)
  bounds[count] = to + 1
  return bounds
}

const differences = (sums: readonly number[]): number[] => sums.slice(1).map((sum, i) => sum - sums[i])

/** Where a row begins and ends on the axis; it ends nowhere while it goes on. */
function extentOf({ calls }: RunIndex, row: number, axis: Axis): Span {
  const goesOn = !calls.hasEnded(row)
  if (axis === 'event') return { from: calls.first(row), to: goesOn ? undefined : calls.last(row) }
  const from = calls.begun(row)
  return { from, to: goesOn ? undefined : from + (calls.duration(row) ?? 0) }
}

/** How many of the lane's rows begin before each of the places, which rise. */
function rowsBefore({ calls }: RunIndex, { rows }: Lane, axis: Axis, places: readonly number[]): number[] {
  if (axis === 'event') return countsBefore(rows.length, places, (i, place) => calls.first(rows.at(i)) < place)
  return countsBefore(rows.length, places, (i, place) => calls.begun(rows.at(i)) < place)
}

function laneOf(index: RunIndex, lane: Lane, window: TimelineWindow): TimelineLane {
  const { axis, from, to, most } = window
  const [begin, end] = rowsBefore(index, lane, axis, [from, to])
  // The one before may reach into the window.
  const first = Math.max(0, begin - 1)
  const isDense = end - first > most
  const byTime = axis === 'time'
  const rows = isDense ? longRows(index, lane, window) : rowsOf(lane, first, end)
  return {
    pid: lane.pid,
    tid: lane.tid,
    name: programOf(index, lane),
    begun: byTime ? lane.begun : lane.begunEvent,
    ended: byTime ? lane.ended : lane.endedEvent,
    calls: lane.rows.length,
    bars: rows.flatMap(row => barOf(index, lane, axis, from, row)),
    slices: isDense ? slicesOf(index, lane, window) : undefined,
    marks: marksOf(lane, event => index.source.event(event), axis, from, to),
  }
}

const rowsOf = (lane: Lane, first: number, end: number): number[] =>
  Array.from({ length: end - first }, (_, i) => lane.rows.at(first + i))

/** Calls that are not lost in slices, the one that goes on among them. */
function longRows(index: RunIndex, lane: Lane, { axis, from, to, slices }: TimelineWindow): number[] {
  const least = (LONG_SLICES * (to - from)) / slices
  const rows = lane.long[axis].within(from, to, least, row => extentOf(index, row, axis))
  const last = lane.rows.length === 0 ? undefined : lane.rows.at(lane.rows.length - 1)
  const goesOn = last !== undefined && !index.calls.hasEnded(last) && extentOf(index, last, axis).from <= to - least
  return goesOn ? [...rows, last] : rows
}

function barOf(index: RunIndex, lane: Lane, axis: Axis, from: number, row: number): TimelineBar[] {
  const { calls, source } = index
  const extent = extentOf(index, row, axis)
  if (extent.to !== undefined && extent.to < from) return []
  return [
    {
      event: calls.first(row),
      ...extent,
      name: nameOf(source, calls, row),
      state: calls.state(row),
      diverges: calls.hasDivergence(row),
      waits: waitsWithin(lane, axis, extent.from, extent.to ?? Number.POSITIVE_INFINITY),
    },
  ]
}

function waitsWithin(lane: Lane, axis: Axis, from: number, to: number): TimelineBar['waits'] {
  const begun = lane.waits.begun.along(axis)
  const ended = lane.waits.ended.along(axis)
  const found: { from: number; to: number | undefined }[] = []
  for (let i = begun.countBelow(from); i < begun.length && begun.at(i) <= to && found.length < MOST_WAITS; i++)
    found.push({ from: begun.at(i), to: i < ended.length ? ended.at(i) : undefined })
  return found
}

/** Shares are told by the thousandth: more is not seen. */
const rounded = (share: number): number => Math.round(1000 * Math.min(1, Math.max(0, share))) / 1000

function slicesOf(index: RunIndex, lane: Lane, { axis, from, to, slices }: TimelineWindow): TimelineDensities {
  const bounds = boundsOf(from, to, slices)
  const width = (to - from) / slices
  const rows = rowsBefore(index, lane, axis, bounds)
  const below = (moments: Moments) => differences(moments.before(bounds, axis))
  const [failures, divergences] = [below(lane.failures), below(lane.divergences)]
  // The last slice is no wider for what was slept.
  bounds[slices] = to
  return {
    calls: differences(rows),
    failures,
    divergences,
    waited: differences(lane.waits.until(bounds, axis)).map(slept => rounded(slept / width)),
    firsts: rows.slice(0, -1).map((row, i) => (rows[i + 1] > row ? index.calls.first(lane.rows.at(row)) : -1)),
  }
}

/** The program that the lane's process executes last, of what the run says. */
function programOf(index: RunIndex, lane: Lane): string {
  const process = index.epoll.latest.processes.processes.get(lane.pid)
  const path = process?.program ?? ''
  return path.slice(path.lastIndexOf('/') + 1)
}
