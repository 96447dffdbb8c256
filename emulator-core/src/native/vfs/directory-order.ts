/**
 * The order in which a directory's names are listed. Each name gets a number when it is first seen and keeps it, and numbers only grow.
 * So a listing that goes on after files were made or removed neither repeats nor skips one that was there all the time.
 */
export class DirectoryOrder {
  /** In the order of their numbers, because a Map keeps the order of insertion. */
  readonly #cookies = new Map<string, number>()
  /** 1 and 2 stand behind `.` and `..`. */
  #next = 3

  get size(): number {
    return this.#cookies.size
  }

  add(name: string): void {
    if (!this.#cookies.has(name)) this.#cookies.set(name, this.#next++)
  }

  remove(name: string): void {
    this.#cookies.delete(name)
  }

  names(): IterableIterator<string> {
    return this.#cookies.keys()
  }

  /** Names behind a cookie, each with its own. */
  *after(cookie: number): Generator<[string, number]> {
    for (const entry of this.#cookies) if (entry[1] > cookie) yield entry
  }
}
