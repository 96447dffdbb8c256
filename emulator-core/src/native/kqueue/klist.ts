/** The knotes that watch one object: newest first, as sys/kern/kern_event.c inserts them (SLIST_INSERT_HEAD). */
import type { Knote } from './knote.ts'

export class Klist {
  #knotes: Knote[] = []

  get isEmpty(): boolean {
    return this.#knotes.length === 0
  }

  get knotes(): readonly Knote[] {
    return this.#knotes
  }

  insert(kn: Knote): void {
    this.#knotes.unshift(kn)
  }

  remove(kn: Knote): void {
    const i = this.#knotes.indexOf(kn)
    if (i >= 0) this.#knotes.splice(i, 1)
  }

  /** knote(9): asks each knote's filter about `hint`, and queues those for which it is true. */
  notify(hint: number): void {
    for (const kn of [...this.#knotes]) kn.notify(hint)
  }
}
