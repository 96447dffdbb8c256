/** Draws lanes: a call is a bar, hatched where it slept; a wake-up an arrow; signals, starts and ends are marks. */
import type {
  CallState,
  Timeline,
  TimelineBar,
  TimelineLane,
  TimelineMark,
} from '@interlinear/emulator-core/events/queries.ts'
import { type ScaleLinear, scaleLinear } from 'd3'
import { fitted } from '../shared/format.ts'
import { type Colours, prepared } from './colours.ts'
import type { Range } from './viewport.ts'

export const LANE = 30
export const AXIS = 22
const BAR_TOP = 7
const BAR_HEIGHT = 16
const CHARACTER = 6.3
/** A bar narrower than this is not named. */
const NAMED_FROM = 30
const NARROWEST = 1.5

export interface Shown {
  readonly timeline: Timeline
  readonly range: Range
  readonly axis: 'time' | 'event'
  /** Of the lane at the top. */
  readonly firstLane: number
  /** Where the cursor of all views is, on the axis; undefined: not in this part. */
  readonly cursor: number | undefined
  readonly selected: { readonly event?: number; readonly tid?: number }
}

export type Scale = ScaleLinear<number, number>

export const scaleFor = ({ from, to }: Range, width: number): Scale => scaleLinear([from, to], [0, width])

export function drawLanes(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  shown: Shown,
  colours: Colours,
): void {
  const context = prepared(canvas, width, height)
  if (context === null) return
  const x = scaleFor(shown.range, width)
  context.font = `11px ${colours.font}`
  context.textBaseline = 'middle'
  drawAxis(context, x, width, height, shown.axis, colours)
  shown.timeline.lanes.forEach((lane, i) => {
    drawLane(context, x, AXIS + i * LANE, width, lane, shown, colours)
  })
  drawWakes(context, x, shown, colours)
  if (shown.cursor !== undefined) {
    context.strokeStyle = colours.text
    line(context, x(shown.cursor), 0, x(shown.cursor), height)
  }
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath()
  context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5)
  context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5)
  context.stroke()
}

function drawAxis(
  context: CanvasRenderingContext2D,
  x: Scale,
  width: number,
  height: number,
  axis: 'time' | 'event',
  colours: Colours,
): void {
  context.strokeStyle = colours.line
  context.fillStyle = colours.dim
  context.textAlign = 'left'
  const [from, to] = x.domain()
  for (const tick of x.ticks(Math.max(2, Math.floor(width / 120)))) {
    line(context, x(tick), 0, x(tick), height)
    context.fillText(axis === 'event' ? `#${tick.toLocaleString('en-US')}` : tickText(tick, to - from), x(tick) + 4, 10)
  }
}

function tickText(ns: number, span: number): string {
  const digits = Math.max(0, Math.min(9, Math.ceil(-Math.log10(span / 1e9)) + 1))
  return `${(ns / 1e9).toFixed(digits)} s`
}

const STATE_COLOURS: Readonly<Partial<Record<CallState, keyof Colours>>> = {
  failed: 'error',
  unimplemented: 'error',
  waiting: 'waiting',
  restarted: 'waiting',
}

function drawLane(
  context: CanvasRenderingContext2D,
  x: Scale,
  y: number,
  width: number,
  lane: TimelineLane,
  shown: Shown,
  colours: Colours,
): void {
  const left = Math.max(0, x(lane.begun))
  const right = Math.min(width, lane.ended === undefined ? width : x(lane.ended))
  context.globalAlpha = shown.selected.tid === lane.tid ? 0.3 : 0.13
  context.fillStyle = colours.delivered
  if (right > left) context.fillRect(left, y + BAR_TOP + 5, right - left, BAR_HEIGHT - 10)
  context.globalAlpha = 1
  context.strokeStyle = colours.line
  line(context, 0, y + LANE - 1, width, y + LANE - 1)
  const densest = Math.max(1, ...lane.slices.map(({ calls }) => calls))
  for (const slice of lane.slices) {
    if (slice.calls === 0 && slice.waited === 0) continue
    const [from, to] = [x(slice.from), x(slice.to)]
    if (slice.waited > 0) hatched(context, from, y, to - from, colours, slice.waited)
    context.fillStyle = colours.data
    context.globalAlpha = 0.7
    const tall = slice.calls === 0 ? 0 : 3 + ((BAR_HEIGHT - 3) * Math.log1p(slice.calls)) / Math.log1p(densest)
    context.fillRect(from, y + BAR_TOP + BAR_HEIGHT - tall, Math.max(NARROWEST, to - from), tall)
    context.globalAlpha = 1
    // Errors are on top, however few.
    if (slice.failures > 0) edge(context, from, to, y + BAR_TOP, colours.error)
    if (slice.divergences > 0) edge(context, from, to, y + BAR_TOP + BAR_HEIGHT - 3, colours.divergence)
  }
  for (const bar of lane.bars) drawBar(context, x, y, width, bar, bar.event === shown.selected.event, colours)
  for (const mark of lane.marks) drawMark(context, x(mark.at), y, mark, colours)
}

function edge(context: CanvasRenderingContext2D, from: number, to: number, y: number, colour: string): void {
  context.fillStyle = colour
  context.fillRect(from, y, Math.max(NARROWEST, to - from), 3)
}

function drawBar(
  context: CanvasRenderingContext2D,
  x: Scale,
  y: number,
  width: number,
  bar: TimelineBar,
  isSelected: boolean,
  colours: Colours,
): void {
  const from = Math.max(-1, x(bar.from))
  const to = bar.to === undefined ? width : Math.min(width + 1, x(bar.to))
  const wide = Math.max(NARROWEST, to - from)
  const colour = colours[STATE_COLOURS[bar.state] ?? 'data']
  context.globalAlpha = 0.55
  context.fillStyle = colour
  context.fillRect(from, y + BAR_TOP, wide, BAR_HEIGHT)
  context.globalAlpha = 1
  for (const wait of bar.waits) {
    const [begin, end] = [Math.max(from, x(wait.from)), wait.to === undefined ? to : Math.min(to, x(wait.to))]
    context.fillStyle = colours.background
    if (end > begin) context.fillRect(begin, y + BAR_TOP, end - begin, BAR_HEIGHT)
    if (end > begin) hatched(context, begin, y, end - begin, colours, 1)
  }
  if (bar.diverges) edge(context, from, from + wide, y + BAR_TOP + BAR_HEIGHT - 3, colours.divergence)
  if (isSelected) {
    context.strokeStyle = colours.focus
    context.lineWidth = 2
    context.strokeRect(from - 1, y + BAR_TOP - 2, wide + 2, BAR_HEIGHT + 4)
    context.lineWidth = 1
  }
  if (wide < NAMED_FROM) return
  context.fillStyle = colours.text
  context.textAlign = 'left'
  context.fillText(
    fitted(bar.name, Math.floor((wide - 8) / CHARACTER)),
    Math.max(from, 0) + 4,
    y + BAR_TOP + BAR_HEIGHT / 2 + 1,
  )
}

/** Waiting. */
function hatched(
  context: CanvasRenderingContext2D,
  from: number,
  y: number,
  wide: number,
  colours: Colours,
  share: number,
): void {
  const top = y + BAR_TOP
  context.save()
  context.beginPath()
  context.rect(from, top, wide, BAR_HEIGHT)
  context.clip()
  context.globalAlpha = 0.25 + 0.4 * share
  context.strokeStyle = colours.waiting
  context.beginPath()
  // Lines stand where they stand on the page: neighbouring pieces join.
  for (let at = Math.floor((from - BAR_HEIGHT) / 7) * 7; at < from + wide; at += 7) {
    context.moveTo(at, top + BAR_HEIGHT)
    context.lineTo(at + BAR_HEIGHT, top)
  }
  context.stroke()
  context.restore()
}

const MARKS: Readonly<Record<TimelineMark['kind'], { readonly glyph: string; readonly colour: keyof Colours }>> = {
  signal: { glyph: '⚡', colour: 'error' },
  start: { glyph: '▸', colour: 'delivered' },
  exec: { glyph: '✱', colour: 'text' },
  exit: { glyph: '■', colour: 'gone' },
}

function drawMark(context: CanvasRenderingContext2D, x: number, y: number, mark: TimelineMark, colours: Colours): void {
  const { glyph, colour } = MARKS[mark.kind]
  context.fillStyle = colours[colour]
  context.textAlign = 'center'
  context.fillText(glyph, x, y + 5)
}

/** From who called to who slept. */
function drawWakes(context: CanvasRenderingContext2D, x: Scale, { timeline }: Shown, colours: Colours): void {
  const rows = new Map<number, number>()
  timeline.lanes.forEach((lane, i) => {
    rows.set(lane.tid, i)
  })
  context.strokeStyle = colours.delivered
  context.fillStyle = colours.delivered
  context.globalAlpha = 0.8
  for (const { at, by, tid } of timeline.wakes) {
    const [from, to] = [rows.get(by), rows.get(tid)]
    if (from === undefined || to === undefined || from === to) continue
    const [y1, y2] = [AXIS + from * LANE + LANE / 2, AXIS + to * LANE + LANE / 2]
    const tip = y2 - Math.sign(y2 - y1) * (BAR_HEIGHT / 2)
    line(context, x(at), y1, x(at), tip)
    context.beginPath()
    context.moveTo(x(at), tip)
    context.lineTo(x(at) - 3, tip - Math.sign(y2 - y1) * 5)
    context.lineTo(x(at) + 3, tip - Math.sign(y2 - y1) * 5)
    context.fill()
  }
  context.globalAlpha = 1
}

/** What is at a place of the canvas. */
export function hit(
  shown: Shown,
  width: number,
  px: number,
  py: number,
):
  | { readonly lane: TimelineLane; readonly bar?: TimelineBar; readonly mark?: TimelineMark; readonly event?: number }
  | undefined {
  const lane = shown.timeline.lanes[Math.floor((py - AXIS) / LANE)]
  if (lane === undefined || py < AXIS) return undefined
  const x = scaleFor(shown.range, width)
  const mark = lane.marks.find(each => Math.abs(x(each.at) - px) < 6)
  if (mark !== undefined && (py - AXIS) % LANE < BAR_TOP + 4) return { lane, mark, event: mark.event }
  const bar = lane.bars.find(each => {
    const from = x(each.from)
    const to = each.to === undefined ? width : Math.max(x(each.to), from + 3)
    return px >= from - 1 && px <= to + 1
  })
  if (bar !== undefined) return { lane, bar, event: bar.event }
  const place = x.invert(px)
  const slice = lane.slices.find(each => place >= each.from && place < each.to && each.calls > 0)
  return { lane, event: slice?.event }
}
