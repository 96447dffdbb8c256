/** What the bands of the picture draw with. */
import type { InotifyShown } from '@interlinear/emulator-core/events/queries.ts'
import type { Axis } from '../shared/format.ts'
import { GUTTER } from './scale.ts'
import type { Shape } from './shapes.ts'

export interface Wanted {
  readonly width: number
  readonly height: number
  readonly axis: Axis
  readonly from: number
  readonly to: number
  /** The position's place, and whether it is the end of what is known. */
  readonly now: number
  readonly isLive: boolean
  /** Whether each watch has a lane. */
  readonly lanes: boolean
  /** Undefined: as it is best seen. */
  readonly log: boolean | undefined
  readonly native: boolean
  /** Marks on the axis. */
  readonly ticks: readonly { readonly at: number; readonly text: string }[]
  readonly selected: { readonly event?: number; readonly wd?: number; readonly within?: readonly [number, number] }
}

/** Something that can be pointed at. */
export interface Hit {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  /** Undefined: it stands for no single event. */
  readonly event: number | undefined
  readonly wd: number | undefined
  readonly band: 'files' | 'ghosts' | 'queue' | 'reads'
  readonly tip: readonly string[]
}

/** What the bands draw with. */
export interface Pen {
  readonly shown: InotifyShown
  readonly wanted: Wanted
  readonly x: (place: number) => number
  /** Left and right end of the axis. */
  readonly left: number
  readonly right: number
  readonly shapes: Shape[]
  readonly hits: Hit[]
  isSelected(event: number, wd: number): boolean
}

export const CHARACTER = 6.7

/** The name of a band or a lane, at the left. */
export function label(pen: Pen, y: number, text: string, fill: 'dim' | 'text' | 'gone' | 'focus' = 'dim'): void {
  pen.shapes.push({ kind: 'text', x: 8, y, text: cut(text, GUTTER - 6), fill })
}

/** Cut at the end for a width in px. */
export function cut(text: string, width: number): string {
  const most = Math.floor(width / CHARACTER)
  if (text.length <= most) return text
  return most < 2 ? '' : `${text.slice(0, most - 1)}…`
}

/** Paths are cut in front. */
export function cutFront(text: string, width: number): string {
  const most = Math.floor(width / CHARACTER)
  if (text.length <= most) return text
  return most < 2 ? '' : `…${text.slice(text.length - most + 1)}`
}

/** What one is pointed at with: not narrower than can be met. */
export function hit(pen: Pen, box: Omit<Hit, 'x' | 'w'> & { readonly x: number; readonly w: number }): void {
  const more = Math.max(0, 6 - box.w) / 2
  pen.hits.push({ ...box, x: box.x - more, w: box.w + 2 * more })
}
