/** Where an arrow key leads: left and right in the order in which things came, up and down to what stood in the queue at the same time. */
import type { Hit } from './pen.ts'

interface Place {
  readonly event: number
  readonly x: number
  readonly y: number
  readonly w: number
}

/** The event of the neighbour of `event`; of none the first. */
export function neighbourOf(hits: readonly Hit[], event: number | undefined, key: string): number | undefined {
  const places = new Map<number, Place>()
  for (const { event: of, band, x, y, w } of hits)
    if (of !== undefined && band !== 'files' && !places.has(of)) places.set(of, { event: of, x, y, w })
  const ordered = [...places.values()].sort((a, b) => a.event - b.event)
  const at = ordered.findIndex(each => each.event === event)
  if (at < 0) return ordered[0]?.event
  if (key === 'ArrowLeft') return ordered[at - 1]?.event
  if (key === 'ArrowRight') return ordered[at + 1]?.event
  const here = ordered[at]
  const up = key === 'ArrowUp'
  const beside = ordered.filter(each => (up ? each.y < here.y : each.y > here.y) && overlap(each, here))
  return beside.sort(
    (a, b) => Math.abs(a.y - here.y) - Math.abs(b.y - here.y) || Math.abs(a.x - here.x) - Math.abs(b.x - here.x),
  )[0]?.event
}

const overlap = (a: Place, b: Place): boolean => a.x <= b.x + b.w && b.x <= a.x + a.w
