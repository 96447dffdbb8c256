/**
 * Work that waits for the end of the call that is going on, when it is known what the call came to: a mechanism of Linux's that is kept beside
 * NetBSD's is compared with it then, before the end is written down.
 */
export class EndOfCall {
  #due: (() => void)[] = []

  get isEmpty(): boolean {
    return this.#due.length === 0
  }

  /** `work` is done once, when a call of any thread ends. */
  defer(work: () => void): void {
    this.#due.push(work)
  }

  run(): void {
    while (this.#due.length > 0) {
      const due = this.#due
      this.#due = []
      for (const work of due) work()
    }
  }
}
