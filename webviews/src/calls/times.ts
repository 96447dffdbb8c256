/** What the column of times tells. */
import type { CallRow } from '@interlinear/emulator-core/events/queries.ts'
import { clock, seconds } from '../shared/format.ts'

export type TimeKind = 'start' | 'before' | 'day'

export const TIME_KINDS: readonly (readonly [TimeKind, string])[] = [
  ['start', 'from the start'],
  ['before', 'since the row before'],
  ['day', 'time of day'],
]

export const isTimeKind = (value: unknown): value is TimeKind => TIME_KINDS.some(([kind]) => kind === value)

/** `realtime`: ns since 1970 at monotonic 0; undefined if that is not known. */
export function timeText(
  row: CallRow,
  before: number | undefined,
  kind: TimeKind,
  realtime: bigint | undefined,
): string {
  if (kind === 'before') return before === undefined ? '' : `+${seconds(row.time - before)}`
  if (kind === 'start' || realtime === undefined) return clock(row.time)
  const micro = (realtime + BigInt(Math.round(row.time))) / 1000n
  const two = (n: number) => String(n).padStart(2, '0')
  const date = new Date(Number(micro / 1000n))
  const fraction = String(micro % 1_000_000n).padStart(6, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction}`
}

/** The guest's clock between two of its events: a call that waits makes none, and still gets longer. */
export class GuestClock {
  #last = 0
  #learned = 0
  #runs = false

  /** `quiet`: ms since the event at `last` (ns) came. */
  learn(last: number, quiet: number, runs: boolean): void {
    this.#runs = runs
    this.#last = last
    this.#learned = performance.now() - quiet
  }

  get runs(): boolean {
    return this.#runs
  }

  /** ns. */
  get now(): number {
    return this.#runs ? this.#last + (performance.now() - this.#learned) * 1e6 : this.#last
  }
}
