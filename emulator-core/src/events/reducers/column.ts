/** Columns of numbers that grow: what is kept of each of a million events must be small. */

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array

abstract class Column<A extends Numbers> {
  protected data: A
  protected used = 0

  constructor(data: A) {
    this.data = data
  }

  protected abstract bigger(length: number): A

  get length(): number {
    return this.used
  }

  at(i: number): number {
    return this.data[i]
  }

  set(i: number, value: number): void {
    this.data[i] = value
  }

  push(value: number): void {
    if (this.used === this.data.length) {
      const grown = this.bigger(this.used * 2)
      grown.set(this.data)
      this.data = grown
    }
    this.data[this.used++] = value
  }

  /** Forgets what is behind the first `length`. */
  cut(length: number): void {
    this.used = Math.min(this.used, length)
  }

  /** In a column that rises: how many are `value` or less. */
  countUpTo(value: number): number {
    let low = 0
    let high = this.used
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.data[middle] <= value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** In a column that rises: how many are less than `value`. */
  countBelow(value: number): number {
    let low = 0
    let high = this.used
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.data[middle] < value) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * How many of `length` values that rise lie before each of the places, which rise too: `isBefore(i, place)` looks at value number i. Goes on from
 * the place before in growing steps, so that many places that lie close together cost little.
 */
export function countsBefore(
  length: number,
  places: readonly number[],
  isBefore: (i: number, place: number) => boolean,
): number[] {
  const counts: number[] = []
  let known = 0
  for (const place of places) {
    let low = known
    let step = 1
    while (low + step <= length && isBefore(low + step - 1, place)) {
      low += step
      step *= 2
    }
    let high = Math.min(length, low + step - 1)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(middle, place)) low = middle + 1
      else high = middle
    }
    known = low
    counts.push(low)
  }
  return counts
}

const FIRST = 64

export class Bytes extends Column<Uint8Array> {
  constructor() {
    super(new Uint8Array(FIRST))
  }

  protected bigger(length: number): Uint8Array {
    return new Uint8Array(length)
  }
}

export class Shorts extends Column<Uint16Array> {
  constructor() {
    super(new Uint16Array(FIRST))
  }

  protected bigger(length: number): Uint16Array {
    return new Uint16Array(length)
  }
}

export class Words extends Column<Uint32Array> {
  constructor() {
    super(new Uint32Array(FIRST))
  }

  protected bigger(length: number): Uint32Array {
    return new Uint32Array(length)
  }
}

export class Doubles extends Column<Float64Array> {
  constructor() {
    super(new Float64Array(FIRST))
  }

  protected bigger(length: number): Float64Array {
    return new Float64Array(length)
  }
}
