/**
 * The picture of an inotify instance: what happened to files, the queue, the reads, over one axis. Pure: from what the run says to shapes and to
 * what is under the pointer.
 */
import type { InotifyShown } from '@interlinear/emulator-core/events/queries.ts'
import { fileBand } from './file-band.ts'
import { CHARACTER, type Hit, type Pen, type Wanted } from './pen.ts'
import { queueBand } from './queue-band.ts'
import { readBand } from './read-band.ts'
import { GUTTER, placeScale, SIDE } from './scale.ts'
import type { Shape } from './shapes.ts'

export interface Picture {
  readonly shapes: readonly Shape[]
  readonly hits: readonly Hit[]
  readonly height: number
}

const AXIS = 18
const LANE = 20
const READS = 30
const LEAST_QUEUE = 96
/** Of the height, for the lanes. */
const LANES_SHARE = 0.4

export function pictureOf(shown: InotifyShown, wanted: Wanted): Picture {
  const { width, from, to, selected } = wanted
  const pen: Pen = {
    shown,
    wanted,
    x: placeScale(from, to, width),
    left: GUTTER + SIDE,
    right: width - SIDE,
    shapes: [],
    hits: [],
    isSelected: (event, wd) =>
      selected.event === event ||
      (selected.wd !== undefined && selected.wd === wd) ||
      (selected.within !== undefined && event >= selected.within[0] && event <= selected.within[1]),
  }
  const lanes = wanted.lanes
    ? Math.max(1, Math.min(shown.watches.length, Math.floor((wanted.height * LANES_SHARE) / LANE)))
    : 1
  const filesEnd = AXIS + lanes * LANE + 4
  const height = Math.max(wanted.height, filesEnd + LEAST_QUEUE + READS)
  axis(pen, height)
  fileBand(pen, AXIS, LANE, lanes)
  rule(pen, filesEnd)
  queueBand(pen, filesEnd, height - READS)
  rule(pen, height - READS)
  readBand(pen, height - READS, height)
  if (!wanted.isLive) cursor(pen, height)
  return { shapes: pen.shapes, hits: pen.hits, height }
}

function axis({ shapes, wanted, x, left, right }: Pen, height: number): void {
  for (const { at, text } of wanted.ticks) {
    const place = Math.round(x(at)) + 0.5
    if (place < left || place > right) continue
    shapes.push({
      kind: 'path',
      points: [
        [place, 0],
        [place, height],
      ],
      stroke: 'grid',
      alpha: 0.7,
    })
    // What would be cut says something else.
    if (place + 4 + text.length * CHARACTER > wanted.width) continue
    shapes.push({ kind: 'text', x: place + 4, y: 9, text, fill: 'dim' })
  }
}

function rule({ shapes, wanted }: Pen, y: number): void {
  const at = Math.round(y) + 0.5
  const points = [
    [0, at],
    [wanted.width, at],
  ] as const
  shapes.push({ kind: 'path', points, stroke: 'line' })
}

function cursor({ shapes, wanted, x }: Pen, height: number): void {
  const at = Math.round(x(wanted.now)) + 0.5
  const points = [
    [at, 0],
    [at, height],
  ] as const
  shapes.push({ kind: 'path', points, stroke: 'text' })
}
