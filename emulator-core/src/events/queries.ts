/**
 * What a view may ask of a run, and what it is told. Questions and answers travel as JSON: no bigints, no maps, no bytes.
 * `view-queries.ts` answers them. A position is the number of an event; the world at a position is after that event. Times are ns.
 */

import type { CallQueries } from './queries/calls.ts'
import type { EpollQueries } from './queries/epoll.ts'
import type { InotifyQueries } from './queries/inotify.ts'
import type { TimelineQueries } from './queries/timeline.ts'

export type * from './queries/calls.ts'
export type * from './queries/common.ts'
export type * from './queries/epoll.ts'
export type * from './queries/inotify.ts'
export type * from './queries/timeline.ts'

export interface Queries extends CallQueries, TimelineQueries, EpollQueries, InotifyQueries {}

export type QueryName = keyof Queries
export type QueryTakes<N extends QueryName> = Queries[N]['takes']
export type QueryGives<N extends QueryName> = Queries[N]['gives']
export type ViewQuery = { [N in QueryName]: { readonly name: N } & Queries[N]['takes'] }[QueryName]

/** The reason is one sentence for people. */
export class QueryError extends Error {}
