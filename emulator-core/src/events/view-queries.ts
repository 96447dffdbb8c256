/** Answers the views' questions about a run, from its events. */
import type { AnyEvent } from './grammar.ts'
import { QueryError } from './queries.ts'

/** Where the events are: `EventStore` is one. */
export interface EventSource {
  readonly count: number
  event(index: number): AnyEvent
  events(from: number, count: number): AnyEvent[]
  forEachRecord(from: number, count: number, use: (view: DataView, at: number, index: number) => void): void
}

export class ViewQueries {
  readonly source: EventSource

  constructor(source: EventSource) {
    this.source = source
  }

  /**
   * Takes new events from the source for at most `ms`, so that later answers are quick. Not needed: an answer takes them too.
   * @returns whether there are more.
   */
  advance(_ms: number): boolean {
    return false
  }

  /** @throws QueryError with the reason as one sentence. */
  answer(_query: unknown): unknown {
    throw new QueryError('There is no such view.')
  }
}
