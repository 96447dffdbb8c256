/** The state of something at any position of a run: a reducer folded over the events that concern it, with checkpoints to begin from. */
import type { AnyEvent, EventKind } from '../grammar.ts'
import { Words } from './column.ts'

export interface Reducer<S> {
  /** The kinds of events that can change the state. */
  readonly kinds: readonly EventKind[]
  start(): S
  /** Changes the state as the event says. Depends on nothing else. */
  apply(state: S, event: AnyEvent): void
  /** Independent of the original. */
  copy(state: S): S
}

interface Checkpoint<S> {
  /** How many of the events are folded into it. */
  readonly count: number
  readonly state: S
}

/** Checkpoints that are kept: when there are more, every second one goes. */
const MOST = 128

export class Fold<S> {
  readonly #reducer: Reducer<S>
  readonly #eventAt: (index: number) => AnyEvent
  /** Numbers of the events that concern it. */
  readonly #events = new Words()
  #checkpoints: Checkpoint<S>[]
  #spacing: number
  #latest: S
  /** The state that was asked for last, if it is not the latest: scrubbing goes on from it. */
  #visited: { count: number; state: S } | undefined

  constructor(reducer: Reducer<S>, eventAt: (index: number) => AnyEvent, spacing = 256) {
    this.#reducer = reducer
    this.#eventAt = eventAt
    this.#spacing = spacing
    this.#latest = reducer.start()
    this.#checkpoints = [{ count: 0, state: reducer.start() }]
  }

  /** Takes the next event that concerns it. */
  take(event: AnyEvent): void {
    this.#events.push(event.index)
    this.#reducer.apply(this.#latest, event)
    const count = this.#events.length
    if (count % this.#spacing !== 0) return
    this.#checkpoints.push({ count, state: this.#reducer.copy(this.#latest) })
    if (this.#checkpoints.length <= MOST) return
    this.#spacing *= 2
    this.#checkpoints = this.#checkpoints.filter(each => each.count % this.#spacing === 0)
  }

  /** After all events taken so far. Not to be changed, and valid until the next call of anything here. */
  get latest(): S {
    return this.#latest
  }

  /** How many events concern it, and their numbers. */
  get count(): number {
    return this.#events.length
  }

  eventNumber(i: number): number {
    return this.#events.at(i)
  }

  /** How many of its events are at or before the position. */
  countAt(position: number): number {
    return this.#events.countUpTo(position)
  }

  /** The state after the event of that number. Not to be changed, and valid until the next call of anything here. */
  at(position: number): S {
    const wanted = this.#events.countUpTo(position)
    if (wanted === this.#events.length) return this.#latest
    const from = this.#nearest(wanted)
    for (let i = from.count; i < wanted; i++) this.#reducer.apply(from.state, this.#eventAt(this.#events.at(i)))
    from.count = wanted
    return from.state
  }

  /** The visited state or a copy of a checkpoint, whichever is closer; becomes the visited one. */
  #nearest(wanted: number): { count: number; state: S } {
    let best = this.#checkpoints[0]
    for (const each of this.#checkpoints) if (each.count <= wanted && each.count > best.count) best = each
    const visited = this.#visited
    if (visited !== undefined && visited.count <= wanted && visited.count >= best.count) return visited
    this.#visited = { count: best.count, state: this.#reducer.copy(best.state) }
    return this.#visited
  }
}
