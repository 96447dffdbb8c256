/** Answers the views' questions about a run, from its events. */
import type { AnyEvent } from './grammar.ts'
import { position } from './queries/position.ts'
import {
  type CallLink,
  type EpollPicture,
  type History,
  type InotifyPicture,
  type InotifyRows,
  type Position,
  type Queries,
  QueryError,
  type QueryName,
  type QueryTakes,
  type Summary,
  type System,
  type Thing,
  type Timeline,
} from './queries.ts'
import { callDetails } from './reducers/call-details.ts'
import { CallList } from './reducers/call-list.ts'
import { PictureMemory } from './reducers/epoll-changes.ts'
import { type Badges, epollPicture } from './reducers/epoll-picture.ts'
import { eventText } from './reducers/event-text.ts'
import type { WatchEntry } from './reducers/inotify.ts'
import { InotifyHistory } from './reducers/inotify-history.ts'
import { inotifyInstance, inotifyShown } from './reducers/inotify-picture.ts'
import { inotifyRows, nextChange } from './reducers/inotify-rows.ts'
import { callsOfThing, thingsOfCall } from './reducers/relations.ts'
import { RunIndex } from './reducers/run-index.ts'
import { timelineOverview, timelinePicture, timelinePlace } from './reducers/timeline-picture.ts'

/** Where the events are: `EventStore` is one. */
export interface EventSource {
  readonly count: number
  event(index: number): AnyEvent
  events(from: number, count: number): AnyEvent[]
  forEachRecord(from: number, count: number, use: (view: DataView, at: number, index: number) => void): void
}

/** ms that an answer may take for looking at new events. What is left is done at the next question. */
const INDEXING_MS = 40
const CALLS_AT_ONCE = 500
const MARKS_AT_ONCE = 5000
const ROWS_AT_ONCE = 1000
const BARS_AT_ONCE = 2000
const SLICES_AT_ONCE = 2000
const LANES_AT_ONCE = 100

const axisOf = (axis: unknown): 'time' | 'event' => (axis === 'event' ? 'event' : 'time')

type Answers = { readonly [N in QueryName]: (takes: QueryTakes<N>) => Queries[N]['gives'] }

export class ViewQueries {
  readonly #index: RunIndex
  readonly #calls: CallList
  readonly #pictures = new PictureMemory()
  readonly #answers: Answers

  constructor(source: EventSource) {
    this.#index = new RunIndex(source)
    const calls = new CallList(this.#index)
    this.#calls = calls
    this.#answers = {
      summary: () => this.#summary(),
      calls: takes => ({ ...this.#extent(), ...calls.rows(takes) }),
      place: takes => ({ ...this.#extent(), ...calls.place(takes) }),
      export: takes => ({ ...this.#extent(), ...calls.export(takes) }),
      follow: takes => ({ ...this.#extent(), ...calls.follow(takes) }),
      call: ({ event }) => ({ ...this.#extent(), ...callDetails(this.#index, position(event, 'event')) }),
      statistics: ({ filter }) => ({ ...this.#extent(), ...calls.statistics(String(filter)) }),
      completions: ({ filter }) => ({ words: calls.completions(String(filter)) }),
      epoll: ({ at, system }) => this.#epoll(at, system),
      'epoll-changes': ({ at, base, system }) => this.#pictures.changes(this.#epoll(at, system), base),
      'epoll-history': takes => this.#epollHistory(takes),
      'epoll-step': ({ epoll, fd, at, step }) => {
        const found = this.#index.epollHistory.next({ epoll, fd }, this.#position(at), step < 0 ? -1 : 1)
        return { event: found?.event, time: found?.time ?? 0 }
      },
      'call-things': ({ event }) => ({ things: this.#callThings(position(event, 'event')) }),
      'thing-calls': takes => ({ calls: this.#thingCalls(takes) }),
      inotify: takes => this.#inotify(takes),
      'inotify-rows': takes => this.#inotifyRows(takes),
      'inotify-step': takes => this.#inotifyStep(takes),
      timeline: takes => this.#timeline(takes),
      'timeline-place': ({ axis, event }) => ({
        ...this.#extent(),
        ...timelinePlace(this.#index, axisOf(axis), position(event, 'event')),
      }),
      'timeline-overview': ({ axis }) => ({ ...this.#extent(), ...timelineOverview(this.#index, axisOf(axis)) }),
    }
  }

  /**
   * Takes new events from the source for at most `ms`, so that later answers are quick. Not needed: an answer takes them too.
   * @returns whether there are more.
   */
  advance(ms: number): boolean {
    return this.#index.advance(ms) || this.#calls.advance(ms)
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
      quiet: Math.round(performance.now() - this.#index.lastTaken),
    }
  }

  #epoll(at: Position, system: System = 'netbsd'): EpollPicture {
    const event = this.#position(at)
    const { source, epoll, epollHistory, lastTime } = this.#index
    const state = at === 'live' ? epoll.latest : epoll.at(event)
    const time = at === 'live' ? lastTime : event >= 0 && event < source.count ? source.event(event).time : 0
    const badges: Badges = {
      of: (id, fd) => epollHistory.badges(id, fd, event),
      ofInstance: (id, watched) => epollHistory.instanceBadges(id, watched, event),
    }
    return { ...this.#extent(), event, time, ...epollPicture(state, badges, system) }
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
    const limit = Math.max(1, Math.min(position(most, 'most'), CALLS_AT_ONCE))
    return callsOfThing(source, calls, epollHistory, { epoll, fd }, this.#position(at), limit)
  }

  #timeline({ axis, at, from, to, most, slices, firstLane, lanes }: QueryTakes<'timeline'>): Timeline {
    const window = {
      axis: axisOf(axis),
      from: position(from, 'from'),
      to: Math.max(position(to, 'to'), from + 1),
      most: Math.max(1, Math.min(position(most, 'most'), BARS_AT_ONCE)),
      slices: Math.max(1, Math.min(position(slices, 'slices'), SLICES_AT_ONCE)),
      firstLane: position(firstLane, 'firstLane'),
      lanes: Math.min(position(lanes, 'lanes'), LANES_AT_ONCE),
    }
    const event = at === 'live' ? undefined : Math.min(this.#position(at), this.#index.indexed - 1)
    const place = event === undefined || event < 0 || axis === 'event' ? event : this.#index.source.event(event).time
    return { ...this.#extent(), ...timelinePicture(this.#index, window), at: place }
  }

  #inotify({ axis, at, instance, from, to, most }: QueryTakes<'inotify'>): InotifyPicture {
    const event = this.#position(at)
    const { source, inotify, inotifyHistories, firstTime, lastTime } = this.#index
    const state = at === 'live' ? inotify.latest : inotify.at(event)
    const cells = [...state.instances.values()]
    const cell = cells.find(each => each.entry.id === instance) ?? cells[0]
    const history = cell === undefined ? undefined : inotifyHistories.get(cell.entry.id)
    const window = {
      axis: axisOf(axis),
      from,
      to: Math.max(to, from + 1),
      most: Math.min(position(most, 'most'), MARKS_AT_ONCE),
    }
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

  /** An instance as it is at the end of what is known, and its history. */
  #inotifyOf(instance: number): {
    readonly history: InotifyHistory
    readonly watches: ReadonlyMap<number, WatchEntry>
  } {
    const { inotify, inotifyHistories } = this.#index
    return {
      history: inotifyHistories.get(instance) ?? new InotifyHistory(),
      watches: inotify.latest.instances.get(instance)?.watches ?? new Map(),
    }
  }

  #inotifyRows({ axis, instance, from, to, first, count }: QueryTakes<'inotify-rows'>): InotifyRows {
    const { source } = this.#index
    const { history, watches } = this.#inotifyOf(instance)
    const places = history.rows.along(axisOf(axis))
    const begin = places.countBelow(from)
    const end = Math.max(begin, places.countUpTo(to))
    const top = Math.min(end, begin + position(first, 'first'))
    const until = Math.min(end, top + Math.min(position(count, 'count'), ROWS_AT_ONCE))
    const rows = inotifyRows(history, watches, index => source.event(index), top, until)
    return { ...this.#extent(), total: end - begin, rows }
  }

  #inotifyStep({ instance, wd, words, at, step }: QueryTakes<'inotify-step'>): Queries['inotify-step']['gives'] {
    const { source } = this.#index
    const { history, watches } = this.#inotifyOf(instance)
    const sought = {
      wd,
      words: String(words)
        .toLowerCase()
        .split(/\s+/)
        .filter(each => each !== ''),
    }
    const eventAt = (index: number) => source.event(index)
    const found = nextChange(history, watches, eventAt, sought, this.#position(at), step < 0 ? -1 : 1)
    return { event: found?.index, time: found?.time ?? 0 }
  }
}
