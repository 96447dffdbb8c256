import { QueryError } from '../queries.ts'

/** @throws QueryError for what is not a whole number from 0 on. */
export function position(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return Math.floor(value)
  throw new QueryError(`"${what}" has to be a number from 0 on.`)
}
