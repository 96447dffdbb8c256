/** Which instances and interests are drawn, in which order, and which of them as cards. */
import type { EpollInstance, EpollObject, EpollPicture, Interest } from '@interlinear/emulator-core/events/queries.ts'
import { isMarked } from './nodes.ts'

export interface Wanted {
  /** Instances whose interests are all cards, however many they are; and those of which none is. */
  readonly unfolded: ReadonlySet<number>
  readonly folded: ReadonlySet<number>
  /** Interests that are cards in any case. */
  readonly kept: (epoll: number, interest: Interest) => boolean
  /** What may be drawn at all. */
  readonly shown: (instance: EpollInstance, interest: Interest | undefined) => boolean
}

/** An instance with what is drawn of it. */
export interface Part {
  readonly instance: EpollInstance
  /** How many instances it is nested in. */
  readonly depth: number
  readonly cards: readonly Interest[]
  readonly field: readonly Interest[]
  readonly interests: number
  readonly folded: boolean
}

export interface Group {
  readonly pid: number
  readonly program: string
  readonly parts: readonly Part[]
}

/** More interests than these become a field of cells. */
export const FOLD_FROM = 40
/** Of those, as many are cards too, for being marked, selected or searched for. There is always one, so that the first does not move the rest. */
const MARKED_CARDS = 24
const GONE_SHOWN = 3

export function contentOf(picture: Pick<EpollPicture, 'instances'>, wanted: Wanted): Group[] {
  const open = picture.instances.filter(each => !each.closed)
  const drawn = (open.length > 0 ? open : picture.instances.slice(-1)).filter(
    each => wanted.shown(each, undefined) || each.interests.some(interest => wanted.shown(each, interest)),
  )
  const groups = new Map<number, { pid: number; program: string; parts: Part[] }>()
  for (const [instance, depth] of nested(drawn)) {
    const { pid, program } = instance
    const group = groups.get(pid) ?? { pid, program, parts: [] }
    groups.set(pid, group)
    group.parts.push({ instance, depth, ...chosen(instance, wanted) })
  }
  return [...groups.values()]
}

/** Each instance after the one that watches it, by the order in which they were made. */
function nested(instances: readonly EpollInstance[]): [EpollInstance, number][] {
  const byId = new Map(instances.map(each => [each.id, each]))
  const watchers = new Map<number, number>()
  for (const each of instances)
    for (const { object, gone } of each.interests)
      if (!gone && byId.has(object) && !watchers.has(object)) watchers.set(object, each.id)
  const found: [EpollInstance, number][] = []
  const seen = new Set<number>()
  const take = (instance: EpollInstance, depth: number) => {
    if (seen.has(instance.id)) return
    seen.add(instance.id)
    found.push([instance, depth])
    for (const { object, gone } of instance.interests) {
      const below = gone ? undefined : byId.get(object)
      if (below !== undefined && watchers.get(object) === instance.id) take(below, depth + 1)
    }
  }
  for (const each of instances) if (!watchers.has(each.id)) take(each, 0)
  // A ring has no first one.
  for (const each of instances) take(each, 0)
  return found
}

const changed = (each: Interest): number => each.knotes.reduce((last, knote) => Math.max(last, knote.changed), 0)

function chosen(instance: EpollInstance, wanted: Wanted): Omit<Part, 'instance' | 'depth'> {
  const all = instance.interests.filter(each => wanted.shown(instance, each))
  const alive = all.filter(each => !each.gone)
  const gone = all
    .filter(each => each.gone)
    .sort((a, b) => changed(b) - changed(a))
    .slice(0, instance.closed ? FOLD_FROM : GONE_SHOWN)
  const folded = wanted.folded.has(instance.id) || (alive.length > FOLD_FROM && !wanted.unfolded.has(instance.id))
  const inOrder = (drawn: ReadonlySet<Interest>) => all.filter(each => drawn.has(each))
  if (!folded) return { cards: inOrder(new Set([...alive, ...gone])), field: [], interests: alive.length, folded }
  const kept = alive.filter(each => wanted.kept(instance.id, each)).slice(0, MARKED_CARDS)
  const marked = alive.filter(isMarked).slice(0, MARKED_CARDS - kept.length)
  const cards = inOrder(new Set([...kept, ...marked]))
  return { cards: cards.length > 0 ? cards : alive.slice(0, 1), field: alive, interests: alive.length, folded }
}

/** The part of the picture around a thing: its instance, what watches the same object or its other end, and what is nested. */
export function neighbourhood(
  picture: Pick<EpollPicture, 'instances' | 'objects'>,
  of: { readonly epolls: readonly number[]; readonly objects: readonly number[] },
): (instance: EpollInstance, interest: Interest | undefined) => boolean {
  const near = new Set(of.objects)
  const objects = new Map<number, EpollObject>(picture.objects.map(each => [each.id, each]))
  for (const id of of.objects) {
    const peer = objects.get(id)?.peer ?? 0
    if (peer !== 0) near.add(peer)
  }
  const whole = new Set(of.epolls)
  for (const id of of.objects) if (picture.instances.some(each => each.id === id)) whole.add(id)
  const nestedIn = new Set<number>()
  for (const each of picture.instances)
    if (whole.has(each.id)) for (const { object } of each.interests) nestedIn.add(object)
  return (instance, interest) => {
    if (whole.has(instance.id)) return true
    if (interest === undefined) return nestedIn.has(instance.id)
    return near.has(interest.object) || whole.has(interest.object)
  }
}
