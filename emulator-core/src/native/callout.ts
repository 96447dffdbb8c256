/** Pending callouts, the next one first: callout(9), sys/kern/kern_timeout.c. A binary heap; what was cancelled leaves it when its time comes. */
import type { Callout } from './clock.ts'

class Entry implements Callout {
  readonly at: number
  /** Callouts of one instant fire in the order they were made. */
  readonly order: number
  fire: (() => void) | undefined
  readonly #queue: CalloutQueue

  constructor(queue: CalloutQueue, at: number, order: number, fire: () => void) {
    this.#queue = queue
    this.at = at
    this.order = order
    this.fire = fire
  }

  cancel(): void {
    if (this.fire === undefined) return
    this.fire = undefined
    this.#queue.cancelled()
  }

  before(other: Entry): boolean {
    return this.at < other.at || (this.at === other.at && this.order < other.order)
  }
}

/** Cancelled entries stay until they outnumber the others by this factor. */
const STALE_FACTOR = 2
const STALE_MINIMUM = 64

export class CalloutQueue {
  #heap: Entry[] = []
  #order = 0
  #stale = 0

  schedule(at: number, fire: () => void): Callout {
    const entry = new Entry(this, at, this.#order++, fire)
    this.#push(entry)
    return entry
  }

  /** When the next callout is due; Infinity if there is none. */
  get next(): number {
    while (this.#heap.length > 0 && this.#heap[0].fire === undefined) {
      this.#pop()
      this.#stale--
    }
    return this.#heap.length > 0 ? this.#heap[0].at : Number.POSITIVE_INFINITY
  }

  /** Fires what is due. What the callouts schedule meanwhile waits for the next time, so this ends. */
  fireDue(now: number): void {
    const due: Entry[] = []
    while (this.next <= now) due.push(this.#pop())
    for (const entry of due) {
      const { fire } = entry
      if (fire === undefined) {
        this.#stale = Math.max(0, this.#stale - 1)
        continue
      }
      entry.fire = undefined
      fire()
    }
  }

  cancelled(): void {
    this.#stale++
    if (this.#stale < STALE_MINIMUM || this.#stale * STALE_FACTOR < this.#heap.length) return
    const live = this.#heap.filter(e => e.fire !== undefined)
    this.#heap = []
    this.#stale = 0
    for (const e of live) this.#push(e)
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let i = heap.length
    heap.push(entry)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!entry.before(heap[parent])) break
      heap[i] = heap[parent]
      i = parent
    }
    heap[i] = entry
  }

  #pop(): Entry {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop() as Entry
    if (heap.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1].before(heap[child])) child++
      if (!heap[child].before(last)) break
      heap[i] = heap[child]
      i = child
    }
    heap[i] = last
    return top
  }
}
