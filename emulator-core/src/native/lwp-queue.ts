/** The run queue: threads in the order they became runnable, each at most once. */
import type { Lwp } from './lwp.ts'

/** Taken entries at the front are cut off when there are this many. */
const TRIM = 64

export class LwpQueue {
  #list: (Lwp | undefined)[] = []
  #front = 0

  push(l: Lwp): void {
    if (l.queued || l.state !== 'runnable') return
    l.queued = true
    this.#list.push(l)
  }

  /** Puts a thread before all others. */
  unshift(l: Lwp): void {
    if (l.queued) return
    l.queued = true
    if (this.#front > 0) this.#list[--this.#front] = l
    else this.#list.unshift(l)
  }

  shift(): Lwp | undefined {
    while (this.#front < this.#list.length) {
      const l = this.#list[this.#front]
      this.#list[this.#front++] = undefined
      if (this.#front === this.#list.length || this.#front > TRIM) {
        this.#list.splice(0, this.#front)
        this.#front = 0
      }
      if (l === undefined) continue
      l.queued = false
      return l
    }
    return undefined
  }

  /** Takes out that thread, if it is here, else the first. */
  shiftPreferring(id: number | undefined): Lwp | undefined {
    const l = id === undefined ? undefined : this.#list.find(each => each?.id === id)
    if (l === undefined) return this.shift()
    this.remove(l)
    return l
  }

  remove(l: Lwp): void {
    if (!l.queued) return
    l.queued = false
    const i = this.#list.indexOf(l, this.#front)
    if (i >= 0) this.#list[i] = undefined
  }
}
