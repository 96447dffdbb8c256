/** What happened to the files: one lane, or one for each watch. */
import type { InotifyBar, InotifyGhost, InotifyNote, InotifyWatch } from '@interlinear/emulator-core/events/queries.ts'
import { clock, counted, placeText } from '../shared/format.ts'
import { CHARACTER, cut, cutFront, hit, label, type Pen } from './pen.ts'
import { GUTTER } from './scale.ts'

/** Thin marks of a lane that is too full for more. */
const TICK = 5
/** px between two notes that are drawn: of those closer together the first stands for all. */
const NOTE_GAP = 2.5

export function fileBand(pen: Pen, top: number, lane: number, lanes: number): void {
  const { shown, wanted } = pen
  if (!wanted.lanes) {
    label(pen, top + lane / 2, 'files')
    laneOf(pen, top, lane, undefined)
    return
  }
  const watches = shown.watches.slice(0, lanes)
  if (watches.length === 0) label(pen, top + lane / 2, 'no watch')
  watches.forEach((watch, i) => {
    const y = top + i * lane
    laneLabel(pen, y, lane, watch)
    laneOf(pen, y, lane, watch.wd)
    if (i > 0)
      pen.shapes.push({
        kind: 'path',
        points: [
          [0, y],
          [wanted.width, y],
        ],
        stroke: 'line',
        alpha: 0.5,
      })
  })
  const more = shown.watches.length - watches.length
  if (more > 0) label(pen, top + lanes * lane - 2, `+${more} more`)
}

function laneLabel(pen: Pen, y: number, lane: number, watch: InotifyWatch): void {
  const isChosen = pen.wanted.selected.wd === watch.wd
  const text = cutFront(watch.path, GUTTER - 8)
  pen.shapes.push({
    kind: 'text',
    x: 8,
    y: y + lane / 2,
    text,
    fill: isChosen ? 'focus' : watch.gone ? 'gone' : 'text',
    bold: isChosen,
  })
  const tip = [
    `watch ${watch.wd}: ${watch.path}`,
    watch.mask,
    `${counted(watch.queued, 'record')} queued${watch.gone ? ' · removed' : ''}`,
  ]
  pen.hits.push({ x: 0, y, w: GUTTER, h: lane, event: undefined, wd: watch.wd, band: 'files', tip })
}

/** `wd` undefined: of all watches. */
function laneOf(pen: Pen, y: number, lane: number, wd: number | undefined): void {
  const { shown } = pen
  const isIn = (each: { readonly wd: number }) => wd === undefined || each.wd === wd
  densities(pen, y, lane, wd)
  const notes = shown.notes.filter(isIn)
  let last = Number.NEGATIVE_INFINITY
  notes.forEach((note, i) => {
    const at = pen.x(note.at)
    if (at - last >= NOTE_GAP || pen.isSelected(note.event, -1)) {
      drawNote(pen, y, lane, note, notes[i + 1])
      last = at
    }
  })
  if (wd === undefined) return
  for (const bar of shown.bars) if (bar.wd === wd) square(pen, y, lane, bar, 'data')
  for (const ghost of shown.ghosts) if (ghost.wd === wd) square(pen, y, lane, ghost, undefined)
}

function drawNote(pen: Pen, y: number, lane: number, note: InotifyNote, next: InotifyNote | undefined): void {
  const { shapes, x, right } = pen
  const at = x(note.at)
  const isSelected = pen.isSelected(note.event, note.wd)
  shapes.push({
    kind: 'path',
    points: [
      [at, y + 3],
      [at, y + lane - 3],
    ],
    stroke: isSelected ? 'focus' : 'text',
    wide: isSelected ? 3 : 1.5,
    alpha: 0.8,
  })
  const room = (next === undefined ? right : Math.min(right, x(next.at))) - at - 8
  const text = pen.wanted.native ? `${note.operation} ${note.notes}` : note.operation
  const short = text.length * CHARACTER <= room ? text : note.operation
  if (short.length * CHARACTER <= room)
    shapes.push({ kind: 'text', x: at + 4, y: y + lane / 2, text: cut(short, room), fill: 'dim' })
  const tip = [
    `${note.operation}: ${note.notes}`,
    note.path,
    `${clock(note.time)} s · by thread ${note.tid} · watch ${note.wd}`,
  ]
  hit(pen, { x: at - 1, y, w: 2, h: lane, event: note.event, wd: note.wd, band: 'files', tip })
}

/** A record in its watch's lane; a ghost has an outline only. */
function square(
  pen: Pen,
  y: number,
  lane: number,
  { event, wd, from, time, text }: InotifyBar | InotifyGhost,
  fill: 'data' | undefined,
): void {
  const at = pen.x(from)
  if (at < pen.left - TICK / 2) return
  const stroke = pen.isSelected(event, -1) ? 'focus' : fill === undefined ? 'divergence' : undefined
  const dash = fill === undefined ? [2, 1.5] : undefined
  pen.shapes.push({ kind: 'rect', x: at - TICK / 2, y: y + lane - TICK - 2, w: TICK, h: TICK, fill, stroke, dash })
  const tip = [text, fill === undefined ? 'queued by Linux only' : 'queued', `${clock(time)} s · watch ${wd}`]
  hit(pen, { x: at - 3, y: y + lane - 8, w: 6, h: 8, event, wd, band: 'files', tip })
}

/** Where there are too many to draw: how many there were, by slice. */
function densities(pen: Pen, y: number, lane: number, wd: number | undefined): void {
  const { shown, x, shapes } = pen
  const slices = shown.slices.filter(each => wd === undefined || each.wd === wd)
  const most = Math.max(1, ...slices.map(each => each.count))
  for (const slice of slices) {
    const tall = 2 + ((lane - 6) * Math.log1p(slice.count)) / Math.log1p(most)
    const [from, to] = [x(slice.from), x(slice.to)]
    const isGhost = slice.ghosts * 2 > slice.count
    const box = { x: from, y: y + lane - 2 - tall, w: Math.max(1, to - from - 0.5), h: tall }
    shapes.push({ kind: 'rect', ...box, fill: isGhost ? 'divergence' : 'data', alpha: 0.6 })
    const ghosts = slice.ghosts === 0 ? '' : `, ${slice.ghosts} of them by Linux only`
    const tip = [
      `${counted(slice.count, 'record')} queued${ghosts}`,
      `from ${placeText(slice.from, pen.wanted.axis)}`,
      'zoom in with + to see them',
    ]
    pen.hits.push({ ...box, event: slice.first, wd: slice.wd, band: 'files', tip })
  }
}
