/** Answers the views' questions about a run, from its events. */
import { completions, FilterError } from './filter.ts'
import type { AnyEvent } from './grammar.ts'
import {
  type CallLink,
  type CallPlace,
  type CallRows,
  type EpollPicture,
  type History,
  type InotifyPicture,
  type Position,
  type Queries,
  QueryError,
  type QueryName,
  type QueryTakes,
  type Statistics,
  type Summary,
  type Thing,
  type Timeline,
} from './queries.ts'
import { callDetails } from './reducers/call-details.ts'
import { callRow, nameOf } from './reducers/call-text.ts'
import { PictureMemory } from './reducers/epoll-changes.ts'
import { type Badges, epollPicture } from './reducers/epoll-picture.ts'
import { eventText } from './reducers/event-text.ts'
import { FilteredRows } from './reducers/filtered-rows.ts'
import { inotifyInstance, inotifyShown } from './reducers/inotify-picture.ts'
import { callsOfThing, thingsOfCall } from './reducers/relations.ts'
import { RunIndex } from './reducers/run-index.ts'
import { timelinePicture } from './reducers/timeline-picture.ts'
import { callByNumber } from './syscalls.ts'

/** Where the events are: `EventStore` is one. */
export interface EventSource {
  readonly count: number
  event(index: number): AnyEvent
  events(from: number, count: number): AnyEvent[]
  forEachRecord(from: number, count: number, use: (view: DataView, at: number, index: number) => void): void
}

/** ms that an answer may take for looking at new events, and for filtering. What is left is done at the next question. */
const INDEXING_MS = 40
const FILTERING_MS = 30
const FILTERS_KEPT = 4
const LINES_AT_ONCE = 500
const MARKS_AT_ONCE = 5000
const BARS_AT_ONCE = 2000
const LANES_AT_ONCE = 100

type Answers = { readonly [N in QueryName]: (takes: QueryTakes<N>) => Queries[N]['gives'] }

export class ViewQueries {
  readonly #index: RunIndex
  /** The filters asked for last, oldest first. */
  readonly #filters = new Map<string, FilteredRows>()
  readonly #pictures = new PictureMemory()
  readonly #answers: Answers

  constructor(source: EventSource) {
    this.#index = new RunIndex(source)
    this.#answers = {
      summary: () => this.#summary(),
      calls: takes => this.#calls(takes),
      place: takes => this.#place(takes),
      call: ({ event }) => ({ ...this.#extent(), ...callDetails(this.#index, position(event, 'event')) }),
      statistics: ({ filter }) => this.#statistics(filter),
      completions: ({ filter }) => ({ words: this.#completions(String(filter)) }),
      epoll: ({ at }) => this.#epoll(at),
      'epoll-changes': ({ at, base }) => this.#pictures.changes(this.#epoll(at), base),
      'epoll-history': takes => this.#epollHistory(takes),
      'epoll-step': ({ epoll, fd, at, step }) => {
        const found = this.#index.epollHistory.next({ epoll, fd }, this.#position(at), step < 0 ? -1 : 1)
        return { event: found?.event, time: found?.time ?? 0 }
      },
      'call-things': ({ event }) => ({ things: this.#callThings(position(event, 'event')) }),
      'thing-calls': takes => ({ calls: this.#thingCalls(takes) }),
      inotify: takes => this.#inotify(takes),
      timeline: takes => this.#timeline(takes),
    }
  }

  /**
   * Takes new events from the source for at most `ms`, so that later answers are quick. Not needed: an answer takes them too.
   * @returns whether there are more.
   */
  advance(ms: number): boolean {
    return this.#index.advance(ms)
  }

  /** @throws QueryError with the reason as one sentence. */
  answer(query: unknown): unknown {
    if (typeof query !== 'object' || query === null || !('name' in query))
      throw new QueryError('A question has a name.')
    const { name } = query
    if (typeof name !== 'string' || !Object.hasOwn(this.#answers, name))
      throw new QueryError(`There is no question named "${String(name)}".`)
    this.#index.advance(INDEXING_MS)
    const answer = this.#answers[name as QueryName] as (takes: unknown) => unknown
    return answer(query)
  }

  #extent() {
    return { events: this.#index.source.count, indexed: this.#index.indexed }
  }

  #position(at: Position): number {
    return at === 'live' ? this.#index.indexed - 1 : position(at, 'at')
  }

  #summary(): Summary {
    const { calls, epollCount, inotifyCount, firstTime, lastTime, epoll } = this.#index
    const { session } = epoll.latest.processes
    return {
      ...this.#extent(),
      personality: session?.personality ?? '',
      program: session?.program ?? '',
      realtime: session?.realtime ?? '',
      firstTime,
      lastTime,
      calls: calls.calls,
      failures: calls.failures,
      divergences: calls.divergences,
      epolls: epollCount,
      inotifies: inotifyCount,
      threads: calls.threads.size,
    }
  }

  /** The rows of a filter, and what is wrong with it; then all rows are let through. */
  #filtered(filter: string): { readonly rows: FilteredRows; readonly problem: string | undefined } {
    const { source, calls } = this.#index
    let problem: string | undefined
    let rows = this.#filters.get(filter)
    if (rows === undefined) {
      try {
        rows = new FilteredRows(source, calls, filter)
      } catch (error) {
        if (!(error instanceof FilterError)) throw error
        problem = error.message
        return { rows: this.#filtered('').rows, problem }
      }
    }
    this.#filters.delete(filter)
    this.#filters.set(filter, rows)
    for (const [oldest, each] of this.#filters) {
      if (this.#filters.size <= FILTERS_KEPT) break
      each.dispose()
      this.#filters.delete(oldest)
    }
    rows.advance(() => performance.now(), performance.now() + FILTERING_MS)
    return { rows, problem }
  }

  #calls({ filter, native, fromLine, lines }: QueryTakes<'calls'>): CallRows {
    const { rows, problem } = this.#filtered(String(filter))
    const { source, calls } = this.#index
    const total = rows.lines(native)
    const from = Math.min(position(fromLine, 'fromLine'), Math.max(0, total - 1))
    const until = Math.min(total, from + Math.min(position(lines, 'lines'), LINES_AT_ONCE))
    const found: CallRows['rows'][number][] = []
    for (let place = rows.placeOfLine(from, native); place < rows.length; place++) {
      const line = rows.lineOf(place, native)
      if (line >= until) break
      found.push(callRow(source, calls, rows.row(place), place, line))
    }
    const counts = { matched: rows.length, lines: total, total: calls.length, scanned: rows.scanned }
    return { ...this.#extent(), ...counts, rows: found, problem }
  }

  #place({ filter, native, event, step }: QueryTakes<'place'>): CallPlace {
    const { rows } = this.#filtered(String(filter))
    const { source, calls } = this.#index
    const known = Math.min(position(event, 'event'), this.#index.indexed - 1)
    const nothing = { ...this.#extent(), place: 0, line: 0, event: undefined }
    if (known < 0 || rows.length === 0) return nothing
    const row = calls.rowOf(known, source.event(known).tid)
    const found = rows.placeOf(Math.max(0, row))
    const isThere = found < rows.length && rows.row(found) === row
    const place = isThere ? found + (step ?? 0) : step === -1 ? found - 1 : found
    if (place < 0 || (place >= rows.length && step === 1)) return nothing
    const shown = Math.min(place, rows.length - 1)
    return {
      ...this.#extent(),
      place: shown,
      line: rows.lineOf(shown, native),
      event: calls.first(rows.row(shown)),
    }
  }

  #statistics(filter: string): Statistics {
    const { rows, problem } = this.#filtered(String(filter))
    const { source, calls: table } = this.#index
    const byName = new Map<string, { calls: number; failures: number; time: number; longest: number }>()
    let [calls, time] = [0, 0]
    for (let place = 0; place < rows.length; place++) {
      const row = rows.row(place)
      if (table.kind(row) !== 'call') continue
      const name = nameOf(source, table, row)
      const sums = byName.get(name) ?? { calls: 0, failures: 0, time: 0, longest: 0 }
      const duration = table.duration(row) ?? 0
      sums.calls++
      sums.time += duration
      sums.longest = Math.max(sums.longest, duration)
      if (table.errno(row) !== 0) sums.failures++
      byName.set(name, sums)
      calls++
      time += duration
    }
    const sorted = [...byName].map(([name, sums]) => ({ name, ...sums })).sort((a, b) => b.time - a.time)
    return { ...this.#extent(), rows: sorted, calls, time, problem }
  }

  #completions(filter: string): string[] {
    const names = [...this.#index.calls.numbers].map(nr => callByNumber(nr).name).sort()
    return completions(filter, names)
  }

  #epoll(at: Position): EpollPicture {
    const event = this.#position(at)
    const { source, epoll, epollHistory, lastTime } = this.#index
    const state = at === 'live' ? epoll.latest : epoll.at(event)
    const time = at === 'live' ? lastTime : event >= 0 && event < source.count ? source.event(event).time : 0
    const badges: Badges = {
      of: (id, fd) => epollHistory.badges(id, fd, event),
      ofInstance: (id, watched) => epollHistory.instanceBadges(id, watched, event),
    }
    return { ...this.#extent(), event, time, ...epollPicture(state, badges) }
  }

  #epollHistory({ epoll, fd, from, to, most }: QueryTakes<'epoll-history'>): History {
    const { epollHistory, source, firstTime, lastTime } = this.#index
    const found = epollHistory.between({ epoll, fd }, from, to)
    const limit = Math.min(position(most, 'most'), MARKS_AT_ONCE)
    const head = { ...this.#extent(), firstTime, lastTime, count: found.length }
    if (found.length > limit)
      return { ...head, marks: [], slices: epollHistory.slices(found, from, to, Math.max(1, limit)) }
    const marks = found.map(i => {
      const mark = epollHistory.mark(i)
      return { ...mark, text: eventText(source.event(mark.event)) ?? '' }
    })
    return { ...head, marks, slices: [] }
  }

  #callThings(event: number): Thing[] {
    const { source, calls, epollHistory } = this.#index
    return event < this.#index.indexed ? thingsOfCall(source, calls, epollHistory, event) : []
  }

  #thingCalls({ epoll, fd, at, most }: QueryTakes<'thing-calls'>): CallLink[] {
    const { source, calls, epollHistory } = this.#index
    const limit = Math.max(1, Math.min(position(most, 'most'), LINES_AT_ONCE))
    return callsOfThing(source, calls, epollHistory, { epoll, fd }, this.#position(at), limit)
  }

  #timeline({ axis, at, from, to, most, firstLane, lanes }: QueryTakes<'timeline'>): Timeline {
    const window = {
      axis: axis === 'event' ? ('event' as const) : ('time' as const),
      from: position(from, 'from'),
      to: Math.max(position(to, 'to'), from + 1),
      most: Math.max(1, Math.min(position(most, 'most'), BARS_AT_ONCE)),
      firstLane: position(firstLane, 'firstLane'),
      lanes: Math.min(position(lanes, 'lanes'), LANES_AT_ONCE),
    }
    const event = at === 'live' ? undefined : Math.min(this.#position(at), this.#index.indexed - 1)
    const place = event === undefined || event < 0 || axis === 'event' ? event : this.#index.source.event(event).time
    return { ...this.#extent(), ...timelinePicture(this.#index, window), at: place }
  }

  #inotify({ at, instance, from, to, most }: QueryTakes<'inotify'>): InotifyPicture {
    const event = this.#position(at)
    const { source, inotify, inotifyHistories, firstTime, lastTime } = this.#index
    const state = at === 'live' ? inotify.latest : inotify.at(event)
    const cells = [...state.instances.values()]
    const cell = cells.find(each => each.entry.id === instance) ?? cells[0]
    const history = cell === undefined ? undefined : inotifyHistories.get(cell.entry.id)
    const window = { from, to: Math.max(to, from + 1), most: Math.min(position(most, 'most'), MARKS_AT_ONCE) }
    const eventAt = (index: number) => source.event(index)
    return {
      ...this.#extent(),
      event,
      time: at === 'live' ? lastTime : event >= 0 && event < source.count ? source.event(event).time : 0,
      firstTime,
      lastTime,
      instances: cells.map(inotifyInstance),
      shown: cell === undefined || history === undefined ? undefined : inotifyShown(cell, history, eventAt, window),
    }
  }
}

/** @throws QueryError for what is not a whole number from 0 on. */
function position(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return Math.floor(value)
  throw new QueryError(`"${what}" has to be a number from 0 on.`)
}
