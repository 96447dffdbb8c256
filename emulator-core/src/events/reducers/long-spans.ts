/** Things that do not overlap, found by how long they took: those of 2^n to 2^(n+1) in one list each, in the order in which they happened. */
import { Words } from './column.ts'

/** Spans are below 2^53. */
const LEVELS = 53

export interface Span {
  readonly from: number
  readonly to: number | undefined
}

export class LongSpans {
  readonly #levels: Words[] = []

  /** `span`: ns, or whatever it is measured in. */
  push(item: number, span: number): void {
    const level = span < 1 ? 0 : Math.floor(Math.log2(span))
    this.#levels[level] ??= new Words()
    this.#levels[level].push(item)
  }

  /** Items that took at least `least` and reach into from..to. `extentOf` tells where an item begins and ends. */
  within(from: number, to: number, least: number, extentOf: (item: number) => Span): number[] {
    const found: number[] = []
    for (let level = least < 1 ? 0 : Math.floor(Math.log2(least)); level < LEVELS; level++) {
      const items = this.#levels[level]
      if (items === undefined) continue
      for (let i = firstEndingAfter(items, from, extentOf); i < items.length; i++) {
        const extent = extentOf(items.at(i))
        if (extent.from > to) break
        if ((extent.to ?? Number.POSITIVE_INFINITY) - extent.from >= least) found.push(items.at(i))
      }
    }
    return found.sort((a, b) => a - b)
  }
}

function firstEndingAfter(items: Words, place: number, extentOf: (item: number) => Span): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((extentOf(items.at(middle)).to ?? Number.POSITIVE_INFINITY) <= place) low = middle + 1
    else high = middle
  }
  return low
}
