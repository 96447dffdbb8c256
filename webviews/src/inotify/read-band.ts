/** The reads: each spans what it took, from when the first of it was queued. */
import { clock, counted, duration } from '../shared/format.ts'
import { CHARACTER, hit, label, type Pen } from './pen.ts'

/** px: reads that are closer together are ticks. */
const CLOSE = 8

export function readBand(pen: Pen, top: number, bottom: number): void {
  const { shown, x, left, shapes } = pen
  label(pen, (top + bottom) / 2, 'reads')
  const middle = (top + bottom) / 2 + 3
  shown.reads.forEach((read, i) => {
    const [from, to] = [Math.max(left, x(read.since)), x(read.at)]
    const isSelected = pen.isSelected(read.event, Number.NaN)
    const stroke = isSelected ? 'focus' : 'delivered'
    shapes.push({
      kind: 'path',
      points: [
        [from, middle - 4],
        [from, middle],
        [to, middle],
      ],
      stroke,
      alpha: 0.75,
    })
    const next = shown.reads[i + 1]
    const isClose = !isSelected && next !== undefined && x(next.at) - to < CLOSE
    shapes.push({
      kind: 'path',
      points: [
        [to, middle - 6],
        [isClose ? to : to + 5, middle],
        [to, middle + 6],
      ],
      closed: true,
      fill: stroke,
      stroke: isClose ? stroke : undefined,
      alpha: isClose ? 0.6 : 1,
    })
    const room = (next === undefined ? pen.right : x(next.at)) - to - 16
    const long = `${read.count} by ${read.tid}`
    const text = long.length * CHARACTER <= room ? long : String(read.count)
    if (text.length * CHARACTER <= room) shapes.push({ kind: 'text', x: to + 9, y: middle, text, fill: 'dim' })
    const tip = [
      `read by thread ${read.tid}: ${counted(read.count, 'record')}, ${counted(read.bytes, 'byte')}`,
      `${clock(read.time)} s · the first had waited ${duration(read.waited)}`,
    ]
    hit(pen, { x: to - 2, y: top, w: 8, h: bottom - top, event: read.event, wd: undefined, band: 'reads', tip })
    pen.hits.push({
      x: from,
      y: middle - 4,
      w: Math.max(0, to - from),
      h: 8,
      event: read.event,
      wd: undefined,
      band: 'reads',
      tip,
    })
  })
}
