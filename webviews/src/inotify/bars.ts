/** The records of a queue as bars: from when each was queued to when it was read, one step down for each that was read before it. */
import type { InotifyRead } from '@interlinear/emulator-core/events/queries.ts'

export interface Standing {
  readonly from: number
  /** Undefined: it stands there still. */
  readonly to: number | undefined
  /** How many stood before it when it came. */
  readonly row: number
}

/** A part of a bar: in it nothing is read. */
export interface Segment {
  readonly from: number
  readonly to: number
  readonly row: number
}

/** `reads` by time; `end`: as far as is drawn. What is read takes the front of the queue, so that all others move up. */
export function segmentsOf(bar: Standing, reads: readonly InotifyRead[], end: number): Segment[] {
  const to = bar.to ?? Math.max(end, bar.from)
  const segments: Segment[] = []
  let { from, row } = bar
  for (let i = firstBehind(reads, bar.from); i < reads.length && row > 0; i++) {
    const read = reads[i]
    if (read.at >= to) break
    if (read.at <= from || read.count === 0) {
      row = Math.max(0, row - read.count)
      continue
    }
    segments.push({ from, to: read.at, row })
    from = read.at
    row = Math.max(0, row - read.count)
  }
  segments.push({ from, to, row })
  return segments
}

function firstBehind(reads: readonly InotifyRead[], place: number): number {
  let [low, high] = [0, reads.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reads[middle].at <= place) low = middle + 1
    else high = middle
  }
  return low
}

/** One half of a rename, where it is drawn. */
export interface Half {
  readonly event: number
  readonly text: string
  /** NetBSD's cookie, 0: none; and Linux's, where it differs. */
  readonly cookie: number
  readonly linux: { readonly text: string; readonly cookie: number } | undefined
}

/** `paired`: the program can see that they belong together. */
export interface Tie<H extends Half> {
  readonly from: H
  readonly to: H
  readonly paired: boolean
}

/** Ties the halves of renames: by their cookies; where those say nothing, by those that Linux would have given them. */
export function tiesOf<H extends Half>(halves: readonly H[]): { ties: Tie<H>[]; unpaired: H[] } {
  const ties: Tie<H>[] = []
  const tied = new Set<H>()
  const match = (
    paired: boolean,
    half: (each: H) => { readonly text: string; readonly cookie: number } | undefined,
  ) => {
    const open = new Map<number, H>()
    for (const each of halves) {
      const { text, cookie } = half(each) ?? { text: '', cookie: 0 }
      if (cookie === 0 || tied.has(each)) continue
      const from = open.get(cookie)
      if (text.startsWith('IN_MOVED_FROM')) open.set(cookie, each)
      else if (from !== undefined) {
        ties.push({ from, to: each, paired })
        tied.add(from).add(each)
        open.delete(cookie)
      }
    }
  }
  match(true, each => each)
  match(false, each => each.linux)
  const unpaired = halves.filter(each => !tied.has(each) && (each.cookie !== 0 || (each.linux?.cookie ?? 0) !== 0))
  return { ties, unpaired }
}
