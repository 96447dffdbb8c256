/** Who woke whom: arrows one by one where they are few, else so many from thread to thread in each piece of the axis. */
import type { TimelineFlow, TimelineWake } from '../queries.ts'
import type { Axis, Wakes } from './lanes.ts'

const MOST_WAKES = 400
const MOST_FLOWS = 600
/** Pieces of the axis at most; if there are too many flows, two and two become one until they are few enough. */
const PIECES = 128
/** Wakes that are looked at: of more, every n-th stands for n. */
const LOOKED_AT = 100_000

export interface WakesWithin {
  readonly wakes: readonly TimelineWake[]
  readonly flows: readonly TimelineFlow[]
  /** Between threads that are shown, and not among the flows. */
  readonly wakesHidden: number
}

/** `tids`: the threads whose lanes are shown. */
export function wakesWithin(wakes: Wakes, axis: Axis, from: number, to: number, tids: readonly number[]): WakesWithin {
  const column = wakes.along(axis)
  const [begin, end] = [column.countBelow(from), column.countUpTo(to)]
  const rows = new Map(tids.map((tid, i) => [tid, i]))
  const rowsAt = (i: number) => ({ by: rows.get(wakes.by.at(i)), tid: rows.get(wakes.tids.at(i)) })
  if (end - begin <= MOST_WAKES) {
    const found: TimelineWake[] = []
    for (let i = begin; i < end; i++) {
      const { by, tid } = rowsAt(i)
      if (by === undefined || tid === undefined) continue
      found.push({ event: wakes.events.at(i), at: column.at(i), by: wakes.by.at(i), tid: wakes.tids.at(i) })
    }
    return { wakes: found, flows: [], wakesHidden: 0 }
  }
  const step = Math.max(1, Math.ceil((end - begin) / LOOKED_AT))
  const many = tids.length
  let pieces = PIECES
  let flows = new Map<number, Flow>()
  for (let i = begin; i < end; i += step) {
    const { by, tid } = rowsAt(i)
    if (by === undefined || tid === undefined || by === tid) continue
    const piece = Math.min(PIECES - 1, Math.floor(((column.at(i) - from) / (to - from)) * PIECES))
    add(flows, (piece * many + by) * many + tid, { first: i, looked: 1, count: step, sum: column.at(i) - from })
  }
  while (flows.size > MOST_FLOWS && pieces > 1) {
    const merged = new Map<number, Flow>()
    for (const [key, flow] of flows) {
      const pair = key % (many * many)
      add(merged, (((key - pair) / (many * many)) >> 1) * many * many + pair, flow)
    }
    flows = merged
    pieces /= 2
  }
  const all = [...flows.values()].map(({ first, looked, sum, count }) => ({
    event: wakes.events.at(first),
    at: from + sum / looked,
    by: wakes.by.at(first),
    tid: wakes.tids.at(first),
    count,
  }))
  const told = all.sort((a, b) => b.count - a.count).slice(0, MOST_FLOWS)
  return { wakes: [], flows: told, wakesHidden: all.slice(MOST_FLOWS).reduce((sum, each) => sum + each.count, 0) }
}

interface Flow {
  readonly first: number
  count: number
  /** Of how many the places were added up. */
  looked: number
  sum: number
}

function add(flows: Map<number, Flow>, key: number, more: Flow): void {
  const flow = flows.get(key)
  if (flow === undefined) {
    flows.set(key, { ...more })
    return
  }
  flow.count += more.count
  flow.looked += more.looked
  flow.sum += more.sum
}
