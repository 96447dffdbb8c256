/** Draws lanes: a call is a bar, hatched where it slept; a wake-up an arrow; signals, starts and ends are marks. */
import type {
  CallState,
  Timeline,
  TimelineBar,
  TimelineLane,
  TimelineMark,
} from '@interlinear/emulator-core/events/queries.ts'
import { type ScaleLinear, scaleLinear } from 'd3'
import { type Axis, axisTicks, fitted } from '../shared/format.ts'
import type { Colour, Pen } from './pen.ts'
import type { Range } from './viewport.ts'

export const LANE = 30
export const AXIS = 22
const BAR_TOP = 7
const BAR_HEIGHT = 16
const CHARACTER = 6.3
/** A bar narrower than this is not named. */
const NAMED_FROM = 30
const NARROWEST = 1.5
/** px that the sign of a mark is wide. */
const MARK = 8

export interface Shown {
  readonly timeline: Timeline
  /** What is seen of it: it may hold more, or while the answer is under way less. */
  readonly range: Range
  readonly axis: Axis
  /** The lane at the top. */
  readonly top: number
  readonly selected: { readonly event?: number; readonly tid?: number }
}

export type Scale = ScaleLinear<number, number>

export const scaleFor = ({ from, to }: Range, width: number): Scale => scaleLinear([from, to], [0, width])

/** Where a lane's upper edge is. */
const laneY = ({ timeline, top }: Shown, i: number): number => AXIS + (timeline.firstLane + i - top) * LANE

export function drawLanes(pen: Pen, width: number, height: number, shown: Shown): void {
  const x = scaleFor(shown.range, width)
  const { timeline } = shown
  timeline.lanes.forEach((lane, i) => {
    const y = laneY(shown, i)
    if (y > AXIS - LANE && y < height) drawLane(pen, x, y, width, lane, shown)
  })
  drawWakes(pen, x, shown)
  pen.rect(0, 0, width, AXIS, 'background')
  drawAxis(pen, x, width, height, shown.axis)
  if (timeline.at !== undefined) pen.line(x(timeline.at), 0, x(timeline.at), height, 'text')
}

function drawAxis(pen: Pen, x: Scale, width: number, height: number, axis: Axis): void {
  const [from, to] = x.domain()
  const many = Math.max(2, Math.floor(width / 120))
  for (const { at, text } of axisTicks(axis, from, to, many)) {
    pen.line(x(at), 0, x(at), height, 'grid')
    // What would be cut says something else.
    if (x(at) + 4 + text.length * CHARACTER < width) pen.text(x(at) + 4, 10, text, 'dim')
  }
}

const STATE_COLOURS: Readonly<Partial<Record<CallState, Colour>>> = {
  failed: 'error',
  unimplemented: 'error',
  waiting: 'waiting',
  restarted: 'waiting',
}

function drawLane(pen: Pen, x: Scale, y: number, width: number, lane: TimelineLane, shown: Shown): void {
  const left = Math.max(0, x(lane.begun))
  const right = Math.min(width, lane.ended === undefined ? width : x(lane.ended))
  const ground = shown.selected.tid === lane.tid ? 0.3 : 0.13
  if (right > left) pen.rect(left, y + BAR_TOP + 5, right - left, BAR_HEIGHT - 10, 'delivered', ground)
  pen.line(0, y + LANE - 1, width, y + LANE - 1, 'grid')
  drawSlices(pen, x, y, width, lane, shown.timeline)
  for (const bar of lane.bars) drawBar(pen, x, y, width, bar, bar.event === shown.selected.event)
  for (const mark of lane.marks) drawMark(pen, x(mark.at), y, width, mark)
}

/** Density; errors are on top, however few. */
function drawSlices(pen: Pen, x: Scale, y: number, width: number, { slices }: TimelineLane, part: Timeline): void {
  if (slices === undefined) return
  const densest = Math.max(1, ...slices.calls)
  const many = slices.calls.length
  const edge = (i: number) => x(part.from + (i * (part.to - part.from)) / many)
  const sleeps = (i: number) => slices.waited[i] > 0.005
  for (let i = 0; i < many; i++) {
    const [from, to] = [edge(i), edge(i + 1)]
    if (to < 0 || from > width) continue
    const wide = Math.max(NARROWEST, to - from)
    if (sleeps(i)) pen.hatch(from, y + BAR_TOP, to - from, BAR_HEIGHT, 0.25 + 0.6 * slices.waited[i])
    const calls = slices.calls[i]
    const tall = calls === 0 ? 0 : 3 + ((BAR_HEIGHT - 3) * Math.log1p(calls)) / Math.log1p(densest)
    if (calls > 0) pen.rect(from, y + BAR_TOP + BAR_HEIGHT - tall, wide, tall, 'data', 0.7)
    if (slices.failures[i] > 0) pen.rect(from, y + BAR_TOP, wide, 3, 'error')
    if (slices.divergences[i] > 0) pen.rect(from, y + BAR_TOP + BAR_HEIGHT - 3, wide, 3, 'divergence')
  }
}

function drawBar(pen: Pen, x: Scale, y: number, width: number, bar: TimelineBar, isSelected: boolean): void {
  const from = Math.max(-1, x(bar.from))
  const to = bar.to === undefined ? width : Math.min(width + 1, x(bar.to))
  if (to < 0 || from > width) return
  const wide = Math.max(NARROWEST, to - from)
  const top = y + BAR_TOP
  // Where the call is long, what lies under it is not its own.
  pen.rect(from, top, wide, BAR_HEIGHT, 'background')
  pen.rect(from, top, wide, BAR_HEIGHT, STATE_COLOURS[bar.state] ?? 'data', 0.55)
  for (const wait of bar.waits) {
    const [begin, end] = [Math.max(from, x(wait.from)), wait.to === undefined ? to : Math.min(to, x(wait.to))]
    if (end <= begin) continue
    pen.rect(begin, top, end - begin, BAR_HEIGHT, 'background')
    pen.hatch(begin, top, end - begin, BAR_HEIGHT, 0.65)
  }
  if (bar.state === 'failed' || bar.state === 'unimplemented') pen.rect(from, top, wide, 3, 'error')
  if (bar.diverges) pen.rect(from, top + BAR_HEIGHT - 3, wide, 3, 'divergence')
  if (isSelected) pen.frame(from - 1, top - 2, wide + 2, BAR_HEIGHT + 4, 'focus', 2)
  if (wide < NAMED_FROM) return
  const name = fitted(bar.name, Math.floor((wide - 8) / CHARACTER))
  pen.text(Math.max(from, 0) + 4, top + BAR_HEIGHT / 2 + 1, name, 'text')
}

const MARKS: Readonly<Record<TimelineMark['kind'], { readonly glyph: string; readonly colour: Colour }>> = {
  signal: { glyph: '⚡', colour: 'error' },
  start: { glyph: '▸', colour: 'delivered' },
  exec: { glyph: '✱', colour: 'text' },
  exit: { glyph: '■', colour: 'gone' },
}

function drawMark(pen: Pen, x: number, y: number, width: number, { kind, count: many }: TimelineMark): void {
  const { glyph, colour } = MARKS[kind]
  // The mark of a thread's beginning stands at the edge: it is seen whole.
  const place = x < 0 || x > width ? x : Math.max(MARK / 2, Math.min(width - MARK / 2, x))
  pen.text(place, y + 5, many > 1 ? `${glyph}⁺` : glyph, colour, 'center')
}

/** From who called to who slept; where there are many, one for all between two threads, thicker the more they are. */
function drawWakes(pen: Pen, x: Scale, shown: Shown): void {
  const { timeline } = shown
  const rows = new Map(timeline.lanes.map((lane, i) => [lane.tid, i]))
  const arrow = (at: number, by: number, tid: number, alpha: number, thick: number) => {
    const [from, to] = [rows.get(by), rows.get(tid)]
    if (from === undefined || to === undefined || from === to) return
    const [y1, y2] = [laneY(shown, from) + LANE / 2, laneY(shown, to) + LANE / 2]
    pen.arrow(at, y1, y2 - Math.sign(y2 - y1) * (BAR_HEIGHT / 2), 'delivered', alpha, thick)
  }
  for (const { at, by, tid } of timeline.wakes) arrow(x(at), by, tid, 0.8, 1)
  const most = Math.max(1, ...timeline.flows.map(flow => flow.count))
  for (const { at, by, tid, count: many } of timeline.flows) {
    const share = Math.log1p(many) / Math.log1p(most)
    arrow(x(at), by, tid, 0.15 + 0.4 * share, 1 + share)
  }
}

export interface Hit {
  readonly lane: TimelineLane
  readonly bar?: TimelineBar
  readonly mark?: TimelineMark
  /** The number of a slice. */
  readonly slice?: number
  readonly event?: number
}

/** What is at a place of the picture. */
export function hit(shown: Shown, width: number, px: number, py: number): Hit | undefined {
  const { timeline, top, range } = shown
  const lane = timeline.lanes[Math.floor((py - AXIS) / LANE) + top - timeline.firstLane]
  if (lane === undefined || py < AXIS) return undefined
  const x = scaleFor(range, width)
  const mark = lane.marks.find(each => Math.abs(x(each.at) - px) < 6)
  if (mark !== undefined && (py - AXIS) % LANE < BAR_TOP + 4) return { lane, mark, event: mark.event }
  const bar = lane.bars.find(each => {
    const from = x(each.from)
    const to = each.to === undefined ? width : Math.max(x(each.to), from + 3)
    return px >= from - 1 && px <= to + 1
  })
  if (bar !== undefined) return { lane, bar, event: bar.event }
  const { slices } = lane
  if (slices === undefined) return { lane }
  const slice = Math.floor(((x.invert(px) - timeline.from) / (timeline.to - timeline.from)) * slices.calls.length)
  if (!(slice >= 0 && slice < slices.calls.length)) return { lane }
  const event = slices.firsts[slice]
  return { lane, slice, event: event < 0 ? undefined : event }
}
