/** strace -c of the rows that a filter lets through, kept up with the run: each row is counted once, when its call has come back. */
import type { StatisticsRow } from '../queries.ts'
import type { EventSource } from '../view-queries.ts'
import { nameOf } from './call-text.ts'
import type { CallTable } from './calls.ts'
import type { FilteredRows } from './filtered-rows.ts'

/** Rows between two looks at the clock. */
const PORTION = 4096

interface Sums {
  readonly name: string
  calls: number
  failures: number
  time: number
  longest: number
}

export class CallStatistics {
  readonly #source: EventSource
  readonly #table: CallTable
  readonly #rows: FilteredRows
  readonly #sums = new Map<string, Sums>()
  /** Rows before this one are counted, or in `#open`. */
  #next = 0
  /** Rows whose calls had not come back when they were passed, whether the filter lets them through or not. */
  #open: number[] = []
  calls = 0
  time = 0

  constructor(source: EventSource, table: CallTable, rows: FilteredRows) {
    this.#source = source
    this.#table = table
    this.#rows = rows
  }

  /** How many rows it has passed. */
  get scanned(): number {
    return this.#next
  }

  /** Takes what the filter has looked at, until `deadline` (ms, as `now` tells it). */
  advance(now: () => number, deadline: number): void {
    const ended = this.#open.filter(row => this.#table.hasEnded(row))
    if (ended.length > 0) {
      this.#open = this.#open.filter(row => !this.#table.hasEnded(row))
      for (const row of ended) if (this.#rows.has(row)) this.#count(row)
    }
    const end = this.#rows.scanned
    while (this.#next < end) {
      const until = Math.min(end, this.#next + PORTION)
      for (let place = this.#rows.placeOf(this.#next); place < this.#rows.length; place++) {
        const row = this.#rows.row(place)
        if (row >= until) break
        if (this.#table.hasEnded(row)) this.#count(row)
      }
      for (const row of this.#table.openRows()) if (row >= this.#next && row < until) this.#open.push(row)
      this.#next = until
      if (now() >= deadline) break
    }
  }

  #count(row: number): void {
    const table = this.#table
    // As strace has it: what never comes back is not counted.
    if (table.kind(row) !== 'call' || table.state(row) === 'never-returns') return
    const name = nameOf(this.#source, table, row)
    let sums = this.#sums.get(name)
    if (sums === undefined) {
      sums = { name, calls: 0, failures: 0, time: 0, longest: 0 }
      this.#sums.set(name, sums)
    }
    const duration = table.duration(row) ?? 0
    sums.calls++
    sums.time += duration
    sums.longest = Math.max(sums.longest, duration)
    if (table.errno(row) !== 0) sums.failures++
    this.calls++
    this.time += duration
  }

  /** Most time first. */
  get sorted(): StatisticsRow[] {
    return [...this.#sums.values()].sort((a, b) => b.time - a.time || b.calls - a.calls)
  }
}
