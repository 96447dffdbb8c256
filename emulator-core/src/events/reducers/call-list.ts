/** Answers what is asked of the call list: rows that a filter lets through, their statistics, their text, and what became of a descriptor. */
import { FilterError, completions as wordsFor } from '../filter.ts'
import { position } from '../queries/position.ts'
import {
  type CallPlace,
  type CallRow,
  type CallRows,
  type ExportPart,
  type Followed,
  QueryError,
  type QueryTakes,
  type Statistics,
} from '../queries.ts'
import { callByNumber } from '../syscalls.ts'
import { exportPart, isFormat } from './call-export.ts'
import { CallStatistics } from './call-statistics.ts'
import { callRow } from './call-text.ts'
import { DescriptorFollow } from './descriptor-follow.ts'
import { FilteredRows } from './filtered-rows.ts'
import { followed } from './followed.ts'
import type { RunIndex } from './run-index.ts'

/** ms that an answer may take for looking at rows. What is left is done at the next question, or in between. */
const LOOKING_MS = 30
const FILTERS_KEPT = 4
const LINES_AT_ONCE = 500
const USES_AT_ONCE = 200
/** ms: a filter or a descriptor that nobody has asked for so long is not worked on in between. */
const WANTED_MS = 3000

interface Kept {
  readonly rows: FilteredRows
  readonly statistics: CallStatistics
}

type Extents<T> = Omit<T, 'events' | 'indexed'>
const now = () => performance.now()

export class CallList {
  readonly #index: RunIndex
  /** The filters asked for last, oldest first. */
  readonly #filters = new Map<string, Kept>()
  #followed: DescriptorFollow | undefined
  /** What was asked for last, and when. */
  #wanted: { readonly at: number; readonly goOn: (deadline: number) => boolean } | undefined

  constructor(index: RunIndex) {
    this.#index = index
  }

  /** Goes on with what was asked for last, for at most `ms`. @returns whether there is more. */
  advance(ms: number): boolean {
    if (this.#wanted === undefined || now() - this.#wanted.at > WANTED_MS) return false
    return this.#wanted.goOn(now() + ms)
  }

  /** The rows of a filter, and what is wrong with it; then all rows are let through. */
  #filtered(filter: string): Kept & { readonly problem: string | undefined } {
    const { source, calls } = this.#index
    let kept = this.#filters.get(filter)
    if (kept === undefined) {
      try {
        const rows = new FilteredRows(source, calls, filter)
        kept = { rows, statistics: new CallStatistics(source, calls, rows) }
      } catch (error) {
        if (!(error instanceof FilterError)) throw error
        return { ...this.#filtered(''), problem: error.message }
      }
    }
    this.#filters.delete(filter)
    this.#filters.set(filter, kept)
    for (const [oldest, { rows }] of this.#filters) {
      if (this.#filters.size <= FILTERS_KEPT) break
      rows.dispose()
      this.#filters.delete(oldest)
    }
    const { rows } = kept
    const goOn = (deadline: number) => !rows.advance(now, deadline)
    this.#wanted = { at: now(), goOn }
    goOn(now() + LOOKING_MS)
    return { ...kept, problem: undefined }
  }

  rows({ filter, native, fromLine, lines }: QueryTakes<'calls'>): Extents<CallRows> {
    const { rows, problem } = this.#filtered(String(filter))
    const { source, calls } = this.#index
    const total = rows.lines(native)
    const from = Math.min(position(fromLine, 'fromLine'), Math.max(0, total - 1))
    const until = Math.min(total, from + Math.min(position(lines, 'lines'), LINES_AT_ONCE))
    const found: CallRow[] = []
    const first = rows.placeOfLine(from, native)
    for (let place = first; place < rows.length; place++) {
      const line = rows.lineOf(place, native)
      if (line >= until) break
      found.push(callRow(source, calls, rows.row(place), place, line))
    }
    const before = first > 0 && first <= rows.length ? calls.begun(rows.row(first - 1)) : undefined
    const counts = { matched: rows.length, lines: total, total: calls.length, scanned: rows.scanned }
    return { ...counts, rows: found, before, problem }
  }

  place({ filter, native, event, step }: QueryTakes<'place'>): Extents<CallPlace> {
    const { rows } = this.#filtered(String(filter))
    const { source, calls, indexed } = this.#index
    const known = Math.min(position(event, 'event'), indexed - 1)
    const nothing = { place: 0, line: 0, event: undefined }
    if (known < 0 || rows.length === 0) return nothing
    const row = calls.rowOf(known, source.event(known).tid)
    const found = rows.placeOf(Math.max(0, row))
    const isThere = found < rows.length && rows.row(found) === row
    const place = isThere ? found + (step ?? 0) : step === -1 ? found - 1 : found
    if (place < 0 || (place >= rows.length && step === 1)) return nothing
    const shown = Math.min(place, rows.length - 1)
    return { place: shown, line: rows.lineOf(shown, native), event: calls.first(rows.row(shown)) }
  }

  statistics(filter: string): Extents<Statistics> {
    const { rows, statistics, problem } = this.#filtered(filter)
    const goOn = (deadline: number) => {
      const isThrough = rows.advance(now, deadline)
      statistics.advance(now, deadline)
      return !isThrough || statistics.scanned < rows.scanned
    }
    goOn(now() + LOOKING_MS)
    this.#wanted = { at: now(), goOn }
    const { sorted, calls, time, scanned } = statistics
    return { rows: sorted, calls, time, scanned, total: this.#index.calls.length, problem }
  }

  /** @throws QueryError. */
  export({ filter, format, from, to }: QueryTakes<'export'>): Extents<ExportPart> {
    if (!isFormat(format)) throw new QueryError(`There is no format named "${String(format)}".`)
    const { rows, problem } = this.#filtered(String(filter))
    if (problem !== undefined) throw new QueryError(problem)
    const { source, calls, firstTime, epoll, indexed } = this.#index
    const known = epoll.latest.processes.session?.realtime ?? ''
    const run = { source, calls, firstTime, realtime: /^\d+$/.test(known) ? BigInt(known) : undefined }
    const range = {
      from: position(from, 'from'),
      to: to === undefined ? undefined : position(to, 'to'),
      isWhole: rows.scanned === calls.length && indexed === source.count,
    }
    return { ...exportPart(run, rows, format, range, now, now() + LOOKING_MS), matched: rows.length }
  }

  follow({ pid, fd, at, fromUse, uses }: QueryTakes<'follow'>): Extents<Followed> {
    const { source, calls, descriptors, epoll, indexed } = this.#index
    const event = at === 'live' ? indexed - 1 : Math.min(position(at, 'at'), indexed - 1)
    const state = at === 'live' ? epoll.latest : epoll.at(event)
    const meant = state.processes.processes.get(pid)?.descriptors.get(fd)
    if (meant !== undefined && this.#followed?.file !== meant.file)
      this.#followed = new DescriptorFollow(source, calls, descriptors, meant.file, meant.type)
    const follow = meant === undefined ? undefined : this.#followed
    if (follow !== undefined) {
      const goOn = (deadline: number) => {
        follow.advance(now, deadline)
        return follow.scanned < calls.length
      }
      goOn(now() + LOOKING_MS)
      this.#wanted = { at: now(), goOn }
    }
    const count = Math.min(position(uses, 'uses'), USES_AT_ONCE)
    return followed(this.#index, follow, meant, position(fromUse, 'fromUse'), count)
  }

  completions(filter: string): string[] {
    const names = [...this.#index.calls.numbers].map(nr => callByNumber(nr).name).sort()
    return wordsFor(filter, names)
  }
}
