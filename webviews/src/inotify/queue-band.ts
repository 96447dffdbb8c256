/**
 * The queue as it is: its height is its depth, against the limit. Over it, dashed, what Linux would have queued and NetBSD did not; between the
 * halves of a rename a line, broken where the program cannot know that they belong together.
 */
import type { DepthPoint, InotifyBar, InotifyGhost, InotifyMark } from '@interlinear/emulator-core/events/queries.ts'
import { clock, count, counted, duration, placeText } from '../shared/format.ts'
import { type Half, segmentsOf, tiesOf } from './bars.ts'
import { CHARACTER, cut, hit, label, type Pen } from './pen.ts'
import { type DepthScale, depthScale, GUTTER, isLogByItself, LIMIT } from './scale.ts'
import type { Colour, Shape } from './shapes.ts'

/** px */
const TALLEST = 20
const MARKS = 14
const READABLE = 11
const NARROWEST = 2
/** Bars lower than this are an area instead. */
const LOWEST = 1.5

/** A half of a rename, with the place of its beginning. */
interface Placed extends Half {
  readonly x: number
  readonly y: number
}

export function queueBand(pen: Pen, top: number, bottom: number): void {
  const { shown } = pen
  const height = bottom - top - MARKS - 4
  const share = shown.ghostsDeepest === 0 ? 0 : shown.ghostsDeepest / (shown.ghostsDeepest + Math.max(1, shown.deepest))
  const ghostHeight = share === 0 ? 0 : Math.min(height * 0.5, Math.max(TALLEST, height * share, 28))
  const ground = bottom - 2
  const middle = ground - (height - ghostHeight)
  const isLog = pen.wanted.log ?? isLogByItself(shown.deepest)
  const scale = depthScale(Math.max(shown.deepest, 1), middle, ground, isLog, TALLEST)
  label(pen, top + MARKS / 2 + 2, 'queue')
  side(pen, scale, middle)
  const halves: Placed[] = []
  const isArea = shown.slices.length > 0 || scale.y(shown.deepest - 1) - scale.y(shown.deepest) < LOWEST
  if (isArea) area(pen, scale, ground, shown.depths)
  if (shown.slices.length === 0) for (const bar of shown.bars) drawBar(pen, scale, bar, isArea, halves)
  linuxLine(pen, scale)
  if (ghostHeight > 0) ghostBand(pen, top + MARKS, middle, halves)
  drawTies(pen, halves)
  drawMarks(pen, top, shown.marks)
}

/** Depths at the side, and the limit where it has a place. */
function side(pen: Pen, scale: DepthScale, top: number): void {
  const { shapes, left, right } = pen
  for (const depth of scale.ticks) {
    const y = scale.y(depth)
    if (y < top) continue
    shapes.push({ kind: 'text', x: GUTTER, y, text: count(depth), fill: 'dim', anchor: 'end' })
    shapes.push(line(left, y, right, y, 'grid', 0.45))
  }
  const y = scale.y(LIMIT)
  if (LIMIT > scale.most || y < top) return
  shapes.push(line(left, y, right, y, 'error', 0.8, [6, 4]))
  shapes.push({ kind: 'text', x: right, y: y + 7, text: `limit ${count(LIMIT)}`, fill: 'error', anchor: 'end' })
  pen.hits.push({
    x: left,
    y: y - 3,
    w: right - left,
    h: 6,
    event: undefined,
    wd: undefined,
    band: 'queue',
    tip: [`At ${count(LIMIT)} the queue is full: what comes then is lost`],
  })
}

const line = (
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  stroke: Colour,
  alpha = 1,
  dash?: readonly number[],
): Shape => ({
  kind: 'path',
  points: [
    [x1, y1],
    [x2, y2],
  ],
  stroke,
  alpha,
  dash,
})

/** The depth over time; where it changes more often than can be drawn, between the least and the most of each piece of time. */
function area(pen: Pen, scale: DepthScale, ground: number, depths: readonly DepthPoint[]): void {
  const { x, right, shapes, left } = pen
  const upper: [number, number][] = []
  const lower: [number, number][] = []
  depths.forEach((point, i) => {
    const from = Math.max(left, x(point.at))
    const to = Math.max(from, i + 1 < depths.length ? x(depths[i + 1].at) : right)
    upper.push([from, scale.y(point.most)], [to, scale.y(point.most)])
    lower.push([from, scale.y(point.least)], [to, scale.y(point.least)])
    const range = point.least === point.most ? [] : [`between ${count(point.least)} and ${count(point.most)}`]
    const y = scale.y(point.most)
    const tip = [`${counted(point.last, 'record')} in the queue`, ...range, placeText(point.at, pen.wanted.axis)]
    const box = { x: from, y, w: Math.max(1, to - from), h: ground - y }
    pen.hits.push({ ...box, event: undefined, wd: undefined, band: 'queue', tip })
  })
  const isRange = depths.some(({ least, most }) => least !== most)
  const closed = (top: readonly [number, number][]) => [[left, ground] as const, ...top, [right, ground] as const]
  if (isRange) shapes.push({ kind: 'path', points: closed(lower), closed: true, fill: 'data', alpha: 0.35 })
  shapes.push({ kind: 'path', points: closed(upper), closed: true, fill: 'data', alpha: isRange ? 0.25 : 0.35 })
  shapes.push({ kind: 'path', points: upper, stroke: 'data', alpha: isRange ? 0.5 : 1 })
}

const STATE_WORDS = { queued: 'in the queue', read: 'read', later: 'not queued yet at this position' } as const

function stateOf(bar: InotifyBar, now: number): keyof typeof STATE_WORDS {
  if (bar.from > now) return 'later'
  return bar.to === undefined || bar.to > now ? 'queued' : 'read'
}

const FILLS: Readonly<Record<keyof typeof STATE_WORDS, Colour>> = { queued: 'data', read: 'delivered', later: 'gone' }
const FATES: Readonly<Record<'absent' | 'merged' | 'otherwise', readonly [sign: string, words: string]>> = {
  absent: ['∅ ', 'Linux would not have queued this'],
  merged: ['≡ ', 'Linux would have dropped this: it equals the one before, or the queue was full'],
  otherwise: ['≠ ', 'Linux would have queued'],
}

function drawBar(pen: Pen, scale: DepthScale, bar: InotifyBar, isArea: boolean, halves: Placed[]): void {
  const { shown, wanted, left, right, x, shapes } = pen
  const reads = shown.readsComplete ? shown.reads : []
  const state = stateOf(bar, wanted.now)
  const isSelected = pen.isSelected(bar.event, bar.wd)
  const fill = bar.overflow ? 'error' : FILLS[state]
  const sign = bar.linux === undefined ? '' : FATES[bar.linux.fate][0]
  const tip = barTip(bar, state)
  const isDimmed = wanted.selected.wd !== undefined && !isSelected
  segmentsOf(bar, reads, wanted.to).forEach((segment, i) => {
    const [from, to] = [Math.max(left - 2, x(segment.from)), Math.min(right, x(segment.to))]
    const [high, low] = [scale.y(segment.row + 1), scale.y(segment.row)]
    const wide = Math.max(NARROWEST, to - from - 0.5)
    const tall = Math.max(1, low - high - (low - high > 4 ? 1 : 0))
    if (to < left) return
    const alpha = isDimmed ? 0.2 : state === 'later' ? 0.3 : 0.62
    if (!isArea || isSelected) shapes.push({ kind: 'rect', x: from, y: high, w: wide, h: tall, fill, alpha })
    if (bar.linux !== undefined && !isArea) differs(pen, from, high, wide, tall, bar.linux.fate)
    if (isSelected) shapes.push({ kind: 'rect', x: from, y: high, w: wide, h: tall, stroke: 'focus', wide: 2 })
    if (i === 0)
      halves.push({
        event: bar.event,
        text: bar.text,
        cookie: bar.cookie,
        linux: bar.linux,
        x: from,
        y: (high + low) / 2,
      })
    if (i === 0 && tall >= READABLE && wide > 4 * CHARACTER && !isArea)
      shapes.push({
        kind: 'text',
        x: from + 5,
        y: (high + low) / 2,
        text: cut(`${sign}${short(bar.text)}`, wide - 8),
        fill: 'text',
      })
    hit(pen, { x: from, y: high, w: wide, h: tall, event: bar.event, wd: bar.wd, band: 'queue', tip })
  })
}

const short = (text: string): string => text.replaceAll('IN_', '')

/** Not as on Linux: an edge, full or broken. */
function differs(pen: Pen, x: number, y: number, w: number, h: number, fate: 'absent' | 'merged' | 'otherwise'): void {
  const dash = fate === 'otherwise' ? undefined : [3, 2]
  if (fate === 'otherwise') pen.shapes.push(line(x, y + h - 1, x + w, y + h - 1, 'divergence', 1))
  else
    pen.shapes.push({
      kind: 'rect',
      x: x + 0.5,
      y: y + 0.5,
      w: Math.max(1, w - 1),
      h: Math.max(1, h - 1),
      stroke: 'divergence',
      dash,
    })
}

function barTip(bar: InotifyBar, state: keyof typeof STATE_WORDS): string[] {
  const read = bar.readTime === undefined ? 'not read' : `read after ${duration(bar.readTime - bar.time)}`
  const onLinux =
    bar.linux === undefined
      ? []
      : [`${FATES[bar.linux.fate][1]}${bar.linux.fate === 'otherwise' ? `: ${bar.linux.text}` : ''}`]
  return [
    bar.text,
    `${clock(bar.time)} s · ${bar.overflow ? 'the queue is full' : `watch ${bar.wd}`} · ${bar.row} before it · ${read}`,
    STATE_WORDS[state],
    ...(bar.cookie === 0 ? [] : [`half of rename ${bar.cookie}`]),
    ...onLinux,
  ]
}

/** How long Linux's queue would be. */
function linuxLine(pen: Pen, scale: DepthScale): void {
  const { shown, x, left, right, shapes } = pen
  const points: [number, number][] = []
  shown.linuxDepths.forEach((point, i) => {
    const next = shown.linuxDepths[i + 1]
    const y = Math.max(scale.y(scale.most), scale.y(point.last))
    points.push([Math.max(left, x(point.at)), y], [next === undefined ? right : Math.max(left, x(next.at)), y])
  })
  if (points.length > 0) shapes.push({ kind: 'path', points, stroke: 'divergence', dash: [4, 3], alpha: 0.9 })
}

function ghostBand(pen: Pen, top: number, bottom: number, halves: Placed[]): void {
  const { shown, wanted, left, right, x, shapes } = pen
  const scale = depthScale(shown.ghostsDeepest, top, bottom - 2, false, TALLEST)
  label(pen, top + 6, 'Linux only')
  shapes.push(line(left, bottom - 1, right, bottom - 1, 'divergence', 0.35))
  for (const ghost of shown.ghosts) {
    const [from, to] = [Math.max(left - 2, x(ghost.from)), Math.min(right, x(ghost.to ?? wanted.to))]
    if (to < left) continue
    const [high, low] = [scale.y(ghost.row + 1), scale.y(ghost.row)]
    const wide = Math.max(NARROWEST, to - from - 1)
    const tall = Math.max(1, low - high - 2)
    const isSelected = pen.isSelected(ghost.event, ghost.wd)
    const alpha = wanted.selected.wd !== undefined && !isSelected ? 0.25 : ghost.from > wanted.now ? 0.45 : 1
    const box = { x: from + 0.5, y: high + 0.5, w: wide, h: tall }
    shapes.push({
      kind: 'rect',
      ...box,
      stroke: isSelected ? 'focus' : 'divergence',
      dash: [4, 3],
      alpha,
      wide: isSelected ? 2 : 1,
    })
    if (tall >= READABLE - 2 && wide > 4 * CHARACTER)
      shapes.push({
        kind: 'text',
        x: from + 5,
        y: (high + low) / 2,
        text: cut(short(ghost.text), wide - 8),
        fill: 'divergence',
        alpha,
      })
    halves.push({ event: ghost.event, text: ghost.text, cookie: 0, linux: ghost, x: from, y: (high + low) / 2 })
    hit(pen, { ...box, event: ghost.event, wd: ghost.wd, band: 'ghosts', tip: ghostTip(ghost) })
  }
}

function ghostTip(ghost: InotifyGhost): string[] {
  return [
    ghost.text,
    'a ghost: Linux would have queued this, NetBSD tells nothing of it',
    `${clock(ghost.time)} s · watch ${ghost.wd}${ghost.readTime === undefined ? '' : ` · Linux would have read it after ${duration(ghost.readTime - ghost.time)}`}`,
  ]
}

const HOOK = 5

function drawTies(pen: Pen, halves: readonly Placed[]): void {
  const { ties, unpaired } = tiesOf(halves)
  for (const { from, to, paired } of ties) {
    const at = Math.min(from.x, to.x) - HOOK
    pen.shapes.push({
      kind: 'path',
      points: [
        [from.x, from.y],
        [at, from.y],
        [at, to.y],
        [to.x, to.y],
      ],
      stroke: paired ? 'text' : 'divergence',
      dash: paired ? undefined : [2, 2],
      wide: 1.5,
    })
  }
  for (const { x, y } of unpaired)
    pen.shapes.push({ ...line(x, y, x - HOOK, y, 'divergence', 1, [2, 1]), wide: 2 } as Shape)
}

const SIGNS: Readonly<Record<InotifyMark['kind'], readonly [sign: string, fill: Colour, words: string]>> = {
  merged: ['≡', 'dim', 'dropped: it equals the last one in the queue'],
  'ghost-merged': ['≡', 'divergence', 'Linux would have dropped this: it equals the last one, or its queue was full'],
  lost: ['✕', 'error', 'lost: the queue was full'],
  divergence: ['◆', 'divergence', 'not as on Linux'],
}

/** px between two signs of a kind; what is closer has a mark of its own for the pointer, but no sign. */
const SIGN_GAP = 7

/** Above the queue, at the time at which it happened. */
function drawMarks(pen: Pen, top: number, marks: readonly InotifyMark[]): void {
  const last = new Map<InotifyMark['kind'], number>()
  const y = top + MARKS / 2 + 1
  for (const mark of marks) {
    const [sign, fill, words] = SIGNS[mark.kind]
    const at = pen.x(mark.at)
    const isSelected = pen.isSelected(mark.event, mark.wd)
    if (isSelected || at - (last.get(mark.kind) ?? Number.NEGATIVE_INFINITY) >= SIGN_GAP) {
      const shown = isSelected ? 'focus' : fill
      pen.shapes.push({ kind: 'text', x: at, y, text: sign, fill: shown, anchor: 'middle', bold: true })
      last.set(mark.kind, at)
    }
    const watch = mark.wd < 0 ? '' : ` · watch ${mark.wd}`
    const box = { x: at - 5, y: top, w: 10, h: MARKS, event: mark.event, wd: mark.wd < 0 ? undefined : mark.wd }
    hit(pen, { ...box, band: 'queue', tip: [mark.text, words, `${clock(mark.time)} s${watch}`] })
  }
}
