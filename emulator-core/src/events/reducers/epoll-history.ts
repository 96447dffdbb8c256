/** What happened to epoll instances, event by event: columns to look through, for the strip under the graph. */
import type { AnyEvent, EventOf } from '../grammar.ts'
import type { Badge, HistorySlice, MarkKind } from '../queries.ts'
import { Bytes, Doubles, Words } from './column.ts'
import type { EpollState } from './epoll-state.ts'
import { slices } from './timeline.ts'

const KINDS: readonly MarkKind[] = ['change', 'activate', 'deliver', 'drop', 'sleep', 'wake', 'divergence']
const KIND_OF: Readonly<Record<string, MarkKind>> = {
  'knote-attach': 'change',
  'knote-detach': 'change',
  'knote-activate': 'activate',
  'knote-drop': 'drop',
  'knote-deliver': 'deliver',
  'epoll-create': 'change',
  'epoll-close': 'change',
  'epoll-interest': 'change',
  'epoll-ready': 'activate',
  'epoll-deliver': 'deliver',
  sleep: 'sleep',
  wake: 'wake',
}
const NO_FD = 0xffff_ffff

/** Undefined in both: all. */
export interface Chosen {
  readonly epoll?: number
  readonly fd?: number
}

export interface Mark {
  readonly event: number
  readonly time: number
  readonly kind: MarkKind
}

/** A mark with what it is about. */
export interface Told extends Mark {
  readonly epoll: number
  readonly fd: number | undefined
}

interface Met {
  readonly id: string
  readonly detail: string
  readonly events: Words
}

function badgesOf(met: readonly Met[] | undefined, position: number): Badge[] {
  return (met ?? []).flatMap(({ id, detail, events }) => {
    const count = events.countUpTo(position)
    return count === 0 ? [] : [{ id, detail, event: events.at(count - 1), count }]
  })
}

export class EpollHistory {
  readonly #events = new Words()
  readonly #times = new Doubles()
  readonly #epolls = new Words()
  readonly #fds = new Words()
  readonly #kinds = new Bytes()
  /** By instance and descriptor, what was met there and at which events. */
  readonly #met = new Map<number, Map<number, Met[]>>()

  /** Takes an event; `before` is the state before it, to which its ids belong. */
  take(event: AnyEvent, before: EpollState): void {
    const kind = KIND_OF[event.kind]
    if (kind === undefined) return
    const [epoll, fd] = subject(event, before)
    if (epoll === 0) return
    // What is handed over as a record was told already as the knote's delivery.
    if (event.kind === 'epoll-deliver' && before.epolls.get(epoll)?.entry.mechanism !== 'epoll') return
    this.#push(event, epoll, fd, kind)
  }

  /** A divergence that a call on the instance (and descriptor) has met. */
  takeDivergence(event: EventOf<'divergence'>, epoll: number, fd: number | undefined): void {
    this.#push(event, epoll, fd ?? NO_FD, 'divergence')
    const things = this.#met.get(epoll) ?? new Map<number, Met[]>()
    this.#met.set(epoll, things)
    const met = things.get(fd ?? NO_FD) ?? []
    things.set(fd ?? NO_FD, met)
    let found = met.find(({ id }) => id === event.id)
    if (found === undefined) {
      found = { id: event.id, detail: event.detail, events: new Words() }
      met.push(found)
    }
    found.events.push(event.index)
  }

  /** The divergences met at a thing up to the position. */
  badges(epoll: number, fd: number, position: number): Badge[] {
    return badgesOf(this.#met.get(epoll)?.get(fd), position)
  }

  /** Those met at the instance itself, and at descriptors that it has no interest in: there is no other place to tell of them. */
  instanceBadges(epoll: number, watched: ReadonlySet<number>, position: number): Badge[] {
    return [...(this.#met.get(epoll) ?? [])].flatMap(([fd, met]) => {
      if (watched.has(fd)) return []
      const badges = badgesOf(met, position)
      return fd === NO_FD ? badges : badges.map(each => ({ ...each, detail: `descriptor ${fd}: ${each.detail}` }))
    })
  }

  #push(event: AnyEvent, epoll: number, fd: number, kind: MarkKind): void {
    this.#events.push(event.index)
    this.#times.push(event.time)
    this.#epolls.push(epoll)
    this.#fds.push(fd)
    this.#kinds.push(KINDS.indexOf(kind))
  }

  #isChosen(i: number, { epoll, fd }: Chosen): boolean {
    return (epoll === undefined || this.#epolls.at(i) === epoll) && (fd === undefined || this.#fds.at(i) === fd)
  }

  /** Numbers of the marks between two times. */
  between(chosen: Chosen, from: number, to: number): number[] {
    const found: number[] = []
    const end = this.#times.countUpTo(to)
    for (let i = this.#times.countBelow(from); i < end; i++) if (this.#isChosen(i, chosen)) found.push(i)
    return found
  }

  mark(i: number): Mark {
    return { event: this.#events.at(i), time: this.#times.at(i), kind: KINDS[this.#kinds.at(i)] }
  }

  #told(i: number): Told {
    const fd = this.#fds.at(i)
    return { ...this.mark(i), epoll: this.#epolls.at(i), fd: fd === NO_FD ? undefined : fd }
  }

  /** Marks of the events between two numbers, both included, with what they are about. */
  inEvents(from: number, to: number): Told[] {
    const found: Told[] = []
    const end = this.#events.countUpTo(to)
    for (let i = this.#events.countBelow(from); i < end; i++) found.push(this.#told(i))
    return found
  }

  /** The mark by which what is chosen was made last, as `makes` knows it, and the last `most` up to the position, newest first. */
  around(
    chosen: Chosen,
    position: number,
    most: number,
    makes: (event: number) => boolean,
  ): { readonly first: Mark | undefined; readonly last: readonly Mark[] } {
    const end = this.#events.countUpTo(position)
    let first = end - 1
    while (first >= 0 && !(this.#isChosen(first, chosen) && makes(this.#events.at(first)))) first--
    const last: Mark[] = []
    for (let i = end - 1; i >= Math.max(0, first) && last.length < most; i--)
      if (this.#isChosen(i, chosen)) last.push(this.mark(i))
    return { first: first < 0 ? undefined : this.mark(first), last }
  }

  /** Those marks counted by slices of time; slices without any are left out. */
  slices(marks: readonly number[], from: number, to: number, most: number): HistorySlice[] {
    let i = 0
    return slices(from, to, most).flatMap(slice => {
      const counts = { changes: 0, activations: 0, deliveries: 0 }
      let event = -1
      const first = i < marks.length ? this.#events.at(marks[i]) : -1
      for (; i < marks.length && this.#times.at(marks[i]) < slice.to; i++) {
        const kind = KINDS[this.#kinds.at(marks[i])]
        event = this.#events.at(marks[i])
        if (kind === 'activate') counts.activations++
        else if (kind === 'deliver') counts.deliveries++
        else counts.changes++
      }
      return event < 0 ? [] : [{ ...slice, first, event, ...counts }]
    })
  }

  /** The mark next to a position; undefined if there is none. */
  next(chosen: Chosen, position: number, step: -1 | 1): { readonly event: number; readonly time: number } | undefined {
    let i = step > 0 ? this.#events.countUpTo(position) : this.#events.countBelow(position) - 1
    while (i >= 0 && i < this.#events.length && !this.#isChosen(i, chosen)) i += step
    return i >= 0 && i < this.#events.length ? { event: this.#events.at(i), time: this.#times.at(i) } : undefined
  }
}

/** Which instance and which descriptor in it an event is about; 0: none that is known. */
function subject(event: AnyEvent, before: EpollState): readonly [epoll: number, fd: number] {
  switch (event.kind) {
    case 'knote-attach':
      return [event.kqueue, event.ident]
    case 'epoll-interest':
    case 'epoll-ready':
    case 'epoll-deliver':
      return [event.epoll, event.fd]
    case 'epoll-create':
    case 'epoll-close':
    case 'sleep':
      return [event.epoll, NO_FD]
    case 'wake':
      return [before.sleeping.get(event.tid) ?? 0, NO_FD]
    default: {
      const knote = 'knote' in event ? before.knotes.get(event.knote) : undefined
      return [knote?.kqueue ?? 0, knote?.ident ?? NO_FD]
    }
  }
}
