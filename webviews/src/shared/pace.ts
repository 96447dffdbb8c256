/**
 * When a view shows itself anew. What the user does is shown at once; what the run adds is shown as often as there is time for: a view may use a
 * third of it, since all views and the editor around them may share one thread. A page that cannot be seen waits until it can.
 */

/** ms: the least and the most between two looks at a run that goes on. */
const LEAST_MS = 60
const MOST_MS = 2000
/** After a look that took a while, so many times as long nothing is done. */
const REST = 2

export class Pace {
  readonly #refresh: () => void
  #busy = false
  /** Asked for while busy. */
  #again: 'now' | 'later' | undefined
  #begun = 0
  #ended = 0
  /** ms that the last look took, with the time that it took to draw. */
  #took = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #frame = 0

  /** `refresh` has to end with a call of `done`. */
  constructor(refresh: () => void) {
    this.#refresh = refresh
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.now()
    })
  }

  /** Something that the user has done: as soon as the answer before has come. */
  now(): void {
    if (this.#busy) {
      this.#again = 'now'
      return
    }
    this.#begin()
  }

  /** The run has gone on. */
  later(): void {
    if (this.#busy) {
      this.#again ??= 'later'
      return
    }
    if (this.#timer !== undefined) return
    const rest = Math.max(LEAST_MS, Math.min(MOST_MS, REST * this.#took))
    this.#timer = setTimeout(() => this.#inFrame(), Math.max(0, this.#ended + rest - performance.now()))
  }

  /** No frame comes while the page is hidden. */
  #inFrame(): void {
    this.#frame = requestAnimationFrame(() => {
      if (!this.#busy) this.#begin()
    })
  }

  #begin(): void {
    clearTimeout(this.#timer)
    cancelAnimationFrame(this.#frame)
    this.#timer = undefined
    this.#busy = true
    this.#begun = performance.now()
    this.#refresh()
  }

  done(): void {
    // What was changed is laid out and drawn behind the next frame: that is part of what it costs.
    requestAnimationFrame(() => {
      setTimeout(() => {
        this.#ended = performance.now()
        this.#took = this.#ended - this.#begun
        this.#busy = false
        const again = this.#again
        this.#again = undefined
        if (again === 'now') this.now()
        else if (again === 'later') this.later()
      }, 0)
    })
  }
}
