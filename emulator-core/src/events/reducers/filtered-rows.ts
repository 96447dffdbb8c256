/** The rows that a filter lets through, and the lines that they take: kept up with the run as it grows, and looked through in small portions. */
import { parseFilter, type RowTest } from '../filter.ts'
import type { EventSource } from '../view-queries.ts'
import { rowFacts } from './call-text.ts'
import type { CallTable } from './calls.ts'
import { Words } from './column.ts'

/** Rows between two looks at the clock. */
const PORTION = 256

export class FilteredRows {
  readonly #source: EventSource
  readonly #table: CallTable
  readonly #test: RowTest | undefined
  /** Numbers of the rows; unused if everything is let through. */
  #rows = new Words()
  #scanned = 0
  /** Line of each row's end, as far as `#lined`. */
  readonly #ends = new Words()
  #lined = 0
  readonly #stop: () => void
  /** Rows that were looked at and have changed since. */
  readonly #changed = new Set<number>()

  /** @throws FilterError. */
  constructor(source: EventSource, table: CallTable, filter: string) {
    this.#source = source
    this.#table = table
    this.#test = parseFilter(filter).test
    this.#stop = table.listen(row => {
      if (row < this.#scanned) this.#changed.add(row)
    })
  }

  /** Looks at rows that are new or have changed, for at most until `deadline` (ms, as `now` tells it). @returns whether it is through. */
  advance(now: () => number, deadline: number): boolean {
    this.#lookAgain()
    const end = this.#table.length
    if (this.#test === undefined) {
      this.#scanned = end
      return true
    }
    while (this.#scanned < end) {
      const until = Math.min(end, this.#scanned + PORTION)
      for (let row = this.#scanned; row < until; row++) if (this.#passes(row)) this.#rows.push(row)
      this.#scanned = until
      if (now() >= deadline) break
    }
    return this.#scanned === end
  }

  #passes(row: number): boolean {
    return this.#test?.(rowFacts(this.#source, this.#table, row)) ?? true
  }

  #lookAgain(): void {
    for (const row of this.#changed) {
      if (this.#test === undefined) this.#lined = Math.min(this.#lined, row)
      else this.#decideAgain(row)
    }
    this.#changed.clear()
  }

  #decideAgain(row: number): void {
    const place = this.#rows.countBelow(row)
    const was = place < this.#rows.length && this.#rows.at(place) === row
    this.#lined = Math.min(this.#lined, place)
    if (was === this.#passes(row)) return
    const tail: number[] = []
    for (let i = place + (was ? 1 : 0); i < this.#rows.length; i++) tail.push(this.#rows.at(i))
    this.#rows.cut(place)
    if (!was) this.#rows.push(row)
    for (const each of tail) this.#rows.push(each)
  }

  get scanned(): number {
    return this.#scanned
  }

  get length(): number {
    return this.#test === undefined ? this.#scanned : this.#rows.length
  }

  row(place: number): number {
    return this.#test === undefined ? place : this.#rows.at(place)
  }

  has(row: number): boolean {
    const place = this.placeOf(row)
    return place < this.length && this.row(place) === row
  }

  /** The place of that row, or of the first behind it. */
  placeOf(row: number): number {
    return this.#test === undefined ? Math.min(row, this.#scanned) : this.#rows.countBelow(row)
  }

  #line(): void {
    this.#ends.cut(this.#lined)
    let end = this.#lined === 0 ? 0 : this.#ends.at(this.#lined - 1)
    for (let place = this.#lined; place < this.length; place++) {
      end += this.#table.hasSecondLine(this.row(place)) ? 2 : 1
      this.#ends.push(end)
    }
    this.#lined = this.length
  }

  /** How many lines all of them take. */
  lines(native: boolean): number {
    if (!native) return this.length
    this.#line()
    return this.length === 0 ? 0 : this.#ends.at(this.length - 1)
  }

  /** The first line of the row at that place. */
  lineOf(place: number, native: boolean): number {
    if (!native) return place
    this.#line()
    return place === 0 ? 0 : this.#ends.at(Math.min(place, this.length) - 1)
  }

  /** The place of the row that has that line. */
  placeOfLine(line: number, native: boolean): number {
    if (!native) return line
    this.#line()
    return this.#ends.countUpTo(line)
  }

  dispose(): void {
    this.#stop()
  }
}
