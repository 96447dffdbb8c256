/** A part of the timeline as it is drawn: calls one by one where there are few, else counts in slices. */
import type { AnyEvent } from '../grammar.ts'
import { signalName } from '../linux-names.ts'
import type { Timeline, TimelineBar, TimelineLane, TimelineMark, TimelineSlice, TimelineWake } from '../queries.ts'
import { nameOf } from './call-text.ts'
import type { Axis, Lane, Moments } from './lanes.ts'
import type { RunIndex } from './run-index.ts'
import { slices } from './timeline.ts'

export interface TimelineWindow {
  readonly axis: Axis
  readonly from: number
  readonly to: number
  /** Bars that one lane may have; more become so many slices. */
  readonly most: number
  readonly firstLane: number
  readonly lanes: number
}

const ACTIONS = ['ignored', 'handled', 'ends the program', 'stops it', 'continues it']
const MOST_WAKES = 400
const MOST_MARKS = 200
const OVERVIEW_SLICES = 240

export function timelinePicture(index: RunIndex, window: TimelineWindow): Omit<Timeline, 'events' | 'indexed' | 'at'> {
  const { lanes } = index
  const shown = lanes.all.slice(window.firstLane, window.firstLane + window.lanes)
  const whole = wholeOf(index, window.axis)
  return {
    ...whole,
    count: lanes.all.length,
    lanes: shown.map(lane => laneOf(index, lane, window)),
    ...wakesOf(index, window),
    overview: overviewOf(index, window.axis, whole),
  }
}

function wholeOf(index: RunIndex, axis: Axis): { readonly first: number; readonly last: number } {
  if (axis === 'event') return { first: 0, last: Math.max(1, index.indexed - 1) }
  return { first: index.firstTime, last: Math.max(index.lastTime, index.firstTime + 1) }
}

/** Where a row begins and ends on the axis; it ends nowhere while it goes on. */
function extentOf(
  { calls }: RunIndex,
  row: number,
  axis: Axis,
): { readonly from: number; readonly to: number | undefined } {
  const goesOn = !calls.hasEnded(row)
  if (axis === 'event') return { from: calls.first(row), to: goesOn ? undefined : calls.last(row) }
  const from = calls.begun(row)
  return { from, to: goesOn ? undefined : from + (calls.duration(row) ?? 0) }
}

/** How many of the lane's rows begin before that place. */
function rowsBefore(index: RunIndex, lane: Lane, axis: Axis, place: number): number {
  let low = 0
  let high = lane.rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (extentOf(index, lane.rows.at(middle), axis).from < place) low = middle + 1
    else high = middle
  }
  return low
}

function laneOf(index: RunIndex, lane: Lane, window: TimelineWindow): TimelineLane {
  const { axis, from, to, most } = window
  const [begin, end] = [rowsBefore(index, lane, axis, from), rowsBefore(index, lane, axis, to)]
  // The one before may reach into the window.
  const first = Math.max(0, begin - 1)
  const isDense = end - first > most
  const byTime = axis === 'time'
  return {
    pid: lane.pid,
    tid: lane.tid,
    name: programOf(index, lane),
    begun: byTime ? lane.begun : lane.begunEvent,
    ended: byTime ? lane.ended : lane.endedEvent,
    calls: lane.rows.length,
    bars: isDense ? [] : barsOf(index, lane, window, first, end),
    slices: isDense ? slices(from, to, most).map(slice => sliceOf(index, lane, axis, slice.from, slice.to)) : [],
    marks: between(lane.marks, axis, from, to, MOST_MARKS).map(event => markOf(index.source.event(event), axis)),
  }
}

function barsOf(
  index: RunIndex,
  lane: Lane,
  { axis, from }: TimelineWindow,
  first: number,
  end: number,
): TimelineBar[] {
  const { calls, source } = index
  const bars: TimelineBar[] = []
  for (let i = first; i < end; i++) {
    const row = lane.rows.at(i)
    const extent = extentOf(index, row, axis)
    if (extent.to !== undefined && extent.to < from) continue
    bars.push({
      event: calls.first(row),
      ...extent,
      name: nameOf(source, calls, row),
      state: calls.state(row),
      diverges: calls.hasDivergence(row),
      waits: waitsWithin(lane, axis, extent.from, extent.to ?? Number.POSITIVE_INFINITY),
    })
  }
  return bars
}

function waitsWithin(lane: Lane, axis: Axis, from: number, to: number): TimelineBar['waits'] {
  const begun = lane.waits.begun.along(axis)
  const ended = lane.waits.ended.along(axis)
  const found: { from: number; to: number | undefined }[] = []
  for (let i = begun.countBelow(from); i < begun.length && begun.at(i) <= to && found.length < 8; i++)
    found.push({ from: begun.at(i), to: i < ended.length ? ended.at(i) : undefined })
  return found
}

const countIn = (moments: Moments, axis: Axis, from: number, to: number): number =>
  moments.along(axis).countBelow(to) - moments.along(axis).countBelow(from)

function sliceOf(index: RunIndex, lane: Lane, axis: Axis, from: number, to: number): TimelineSlice {
  const before = rowsBefore(index, lane, axis, from)
  const calls = rowsBefore(index, lane, axis, to) - before
  const waited = axis === 'time' ? (lane.waits.until(to) - lane.waits.until(from)) / Math.max(1, to - from) : 0
  return {
    from,
    to,
    calls,
    failures: countIn(lane.failures, axis, from, to),
    divergences: countIn(lane.divergences, axis, from, to),
    waited: Math.min(1, Math.max(0, waited)),
    event: calls > 0 ? index.calls.first(lane.rows.at(before)) : undefined,
  }
}

function between(moments: Moments, axis: Axis, from: number, to: number, most: number): number[] {
  const column = moments.along(axis)
  const found: number[] = []
  for (let i = column.countBelow(from); i < column.length && column.at(i) <= to && found.length < most; i++)
    found.push(moments.events.at(i))
  return found
}

function markOf(event: AnyEvent, axis: Axis): TimelineMark {
  const at = { event: event.index, at: axis === 'time' ? event.time : event.index }
  switch (event.kind) {
    case 'signal':
      return { ...at, kind: 'signal', text: `${signalName(event.signo)}: ${ACTIONS[event.action] ?? 'delivered'}` }
    case 'exec':
      return { ...at, kind: 'exec', text: `executes ${event.path}` }
    case 'process-start':
      return { ...at, kind: 'start', text: `process ${event.pid} made by ${event.parent} (${event.how})` }
    case 'thread-start':
      return { ...at, kind: 'start', text: `thread ${event.tid} begins` }
    case 'process-exit':
      return {
        ...at,
        kind: 'exit',
        text: event.signal === 0 ? `exits with ${event.status}` : `ended by signal ${event.signal}`,
      }
    default:
      return { ...at, kind: 'exit', text: `thread ${event.tid} ends` }
  }
}

function wakesOf({ lanes, source }: RunIndex, { axis, from, to }: TimelineWindow) {
  const total = countIn(lanes.wakes, axis, from, to)
  if (total > MOST_WAKES) return { wakes: [], wakesHidden: total }
  const wakes = between(lanes.wakes, axis, from, to, MOST_WAKES).flatMap((number): TimelineWake[] => {
    const event = source.event(number)
    if (event.kind !== 'wake') return []
    return [{ event: number, at: axis === 'time' ? event.time : number, by: event.by, tid: event.tid }]
  })
  return { wakes, wakesHidden: 0 }
}

/** The program that the lane's process executes last, of what the run says. */
function programOf(index: RunIndex, lane: Lane): string {
  const process = index.epoll.latest.processes.processes.get(lane.pid)
  const path = process?.program ?? ''
  return path.slice(path.lastIndexOf('/') + 1)
}

function overviewOf(index: RunIndex, axis: Axis, { first, last }: { readonly first: number; readonly last: number }) {
  const { calls, lanes } = index
  const failuresIn = (from: number, to: number) =>
    lanes.all.reduce((sum, lane) => sum + countIn(lane.failures, axis, from, to), 0)
  // Rows of all threads stand in the order in which they began.
  const before = (place: number) => (axis === 'time' ? calls.rowsBegunBefore(place) : calls.rowAt(place - 1) + 1)
  return slices(first, last, OVERVIEW_SLICES).map(({ from, to }) => ({
    from,
    to,
    calls: before(to) - before(from),
    failures: failuresIn(from, to),
  }))
}
