/**
 * What happened when, at any level of detail: columns of times and values with a pyramid of least and most over them, so that a slice of a
 * million steps costs a few looks.
 */
import { Words } from './column.ts'
import { type Axis, Moments } from './lanes.ts'

/** How many values of one level make one of the next. */
const FACTOR = 16

/** A value that changes in steps. A place is a time or the number of an event, as the axis is. */
export class StepTrack {
  readonly #moments = new Moments()
  readonly #values = new Words()
  readonly #least: Words[] = []
  readonly #most: Words[] = []

  get length(): number {
    return this.#values.length
  }

  /** Neither `time` nor `event` goes back. */
  push(time: number, event: number, value: number): void {
    this.#moments.push(time, event)
    this.#values.push(value)
    this.#raise(0, value, value, this.#values.length)
  }

  /** Enters a value into the block of the next level that it belongs to; `count` values of this level there are. */
  #raise(level: number, least: number, most: number, count: number): void {
    this.#least[level] ??= new Words()
    this.#most[level] ??= new Words()
    const lows = this.#least[level]
    const highs = this.#most[level]
    const block = Math.floor((count - 1) / FACTOR)
    if (block === lows.length) {
      lows.push(least)
      highs.push(most)
    } else {
      lows.set(block, Math.min(lows.at(block), least))
      highs.set(block, Math.max(highs.at(block), most))
    }
    if (lows.length > FACTOR) {
      if (this.#least[level + 1] === undefined) this.#build(level + 1)
      else this.#raise(level + 1, lows.at(block), highs.at(block), lows.length)
    }
  }

  #build(level: number): void {
    const lows = this.#least[level - 1]
    const highs = this.#most[level - 1]
    for (let i = 0; i < lows.length; i++) this.#raise(level, lows.at(i), highs.at(i), i + 1)
  }

  /** The value that holds at a place; 0 before the first. */
  at(place: number, axis: Axis): number {
    const count = this.countUpTo(place, axis)
    return count === 0 ? 0 : this.#values.at(count - 1)
  }

  placeAt(i: number, axis: Axis): number {
    return this.#moments.along(axis).at(i)
  }

  valueAt(i: number): number {
    return this.#values.at(i)
  }

  countUpTo(place: number, axis: Axis): number {
    return this.#moments.along(axis).countUpTo(place)
  }

  countBelow(place: number, axis: Axis): number {
    return this.#moments.along(axis).countBelow(place)
  }

  /** Least and most of the values number `from` … `to - 1`; undefined if there are none. */
  range(from: number, to: number): { readonly least: number; readonly most: number } | undefined {
    if (from >= to) return undefined
    let least = Number.POSITIVE_INFINITY
    let most = 0
    let i = from
    while (i < to) {
      let level = -1
      let size = 1
      while (this.#least[level + 1] !== undefined && i % (size * FACTOR) === 0 && i + size * FACTOR <= to) {
        level++
        size *= FACTOR
      }
      const [low, high] =
        level < 0
          ? [this.#values.at(i), this.#values.at(i)]
          : [this.#least[level].at(i / size), this.#most[level].at(i / size)]
      least = Math.min(least, low)
      most = Math.max(most, high)
      i += size
    }
    return { least, most }
  }
}

export interface Step {
  /** The place. */
  readonly at: number
  readonly least: number
  readonly most: number
  readonly last: number
}

/** The track between two places: every step if there are at most `most`, else as many slices; the first is the value at `from`. */
export function stepsBetween(track: StepTrack, axis: Axis, from: number, to: number, most: number): Step[] {
  const first = track.countUpTo(from, axis)
  const end = track.countUpTo(to, axis)
  const before = first === 0 ? 0 : track.valueAt(first - 1)
  const steps: Step[] = [{ at: from, least: before, most: before, last: before }]
  if (end - first <= most) {
    for (let i = first; i < end; i++) {
      const value = track.valueAt(i)
      steps.push({ at: track.placeAt(i, axis), least: value, most: value, last: value })
    }
    return steps
  }
  for (const slice of slices(from, to, most)) {
    const begin = Math.max(first, track.countBelow(slice.from, axis))
    const last = Math.min(end, track.countBelow(slice.to, axis))
    const found = track.range(begin, last)
    if (found !== undefined) steps.push({ at: slice.from, ...found, last: track.valueAt(last - 1) })
  }
  return steps
}

export interface Slice {
  readonly from: number
  readonly to: number
}

/** `count` slices of equal length that cover from..to; the last one's end lies behind `to`, so that what happened then is in it. */
export function slices(from: number, to: number, count: number): Slice[] {
  const width = Math.max(to - from, 1) / count
  return Array.from({ length: count }, (_, i) => ({
    from: from + i * width,
    to: i === count - 1 ? Math.max(to, from + 1) + 1 : from + (i + 1) * width,
  }))
}
