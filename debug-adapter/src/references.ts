/**
 * Numbers for what can be asked about while the guest stands. One is never given again, so that a question about an earlier stop, which
 * comes late, is known as one and not answered with something else.
 */
export class References<T> {
  #next = 1
  readonly #things = new Map<number, T>()

  create(thing: T): number {
    const reference = this.#next++
    this.#things.set(reference, thing)
    return reference
  }

  /** Undefined: of an earlier stop. */
  get(reference: number): T | undefined {
    return this.#things.get(reference)
  }

  /** The guest goes on. */
  forget(): void {
    this.#things.clear()
  }
}
