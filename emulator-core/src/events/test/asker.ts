/** Asks what views ask, and is answered as they are. */
import type { Queries, QueryName, QueryTakes } from '../queries.ts'
import { ViewQueries } from '../view-queries.ts'
import type { RunScript } from './run-script.ts'

export type Ask = <N extends QueryName>(name: N, takes: QueryTakes<N>) => Queries[N]['gives']

export function asker(run: RunScript): Ask {
  const queries = new ViewQueries(run.store)
  // As it travels.
  return (name, takes) => JSON.parse(JSON.stringify(queries.answer({ name, ...takes })))
}

/** An answer takes only so much time for what is new: asks until all of the run is looked at. */
export function lookedThrough(run: RunScript): Ask {
  const ask = asker(run)
  for (let seen = ask('summary', {}); seen.indexed < seen.events; ) seen = ask('summary', {})
  return ask
}
