/** Where things stand in the picture: time across, the depth of the queue upwards. */
import { scaleLinear } from 'd3'

/** px: what names the bands, and as much as the strip below leaves at its sides, so that both have one axis. */
export const GUTTER = 76
export const SIDE = 12

/** Records that NetBSD's queue and Linux's take; both have a record more to say that there were more. */
export const LIMIT = 16384

/** From this depth on the logarithm shows more, unless it is chosen otherwise. */
const LOG_FROM = 40

export interface DepthScale {
  readonly isLog: boolean
  /** The highest depth that has a place. */
  readonly most: number
  /** The place of a depth; a record with `n` before it reaches from `y(n)` to `y(n + 1)`. */
  y(depth: number): number
  /** Depths that are marked at the side. */
  readonly ticks: readonly number[]
}

/** From places on the axis to px. */
export function placeScale(from: number, to: number, width: number): (place: number) => number {
  const scale = scaleLinear([from, Math.max(to, from + 1)], [GUTTER + SIDE, width - SIDE])
  return place => scale(place)
}

export const isLogByItself = (deepest: number): boolean => deepest > LOG_FROM

export function depthScale(deepest: number, top: number, bottom: number, isLog: boolean, tallest: number): DepthScale {
  if (isLog) {
    const most = LIMIT * 1.2
    const unit = (bottom - top) / Math.log1p(most)
    const ticks = [1, 10, 100, 1000, 10_000]
    return { isLog, most, y: depth => bottom - unit * Math.log1p(Math.max(0, depth)), ticks }
  }
  const unit = Math.min(tallest, (bottom - top) / Math.max(1, deepest))
  const most = (bottom - top) / unit
  const step = 10 ** Math.floor(Math.log10(Math.max(1, most)))
  const each = most / step > 4 ? 2 * step : step
  const ticks = most < 2 ? [] : Array.from({ length: Math.floor(most / each) }, (_, i) => (i + 1) * each)
  return { isLog, most, y: depth => bottom - unit * depth, ticks }
}
