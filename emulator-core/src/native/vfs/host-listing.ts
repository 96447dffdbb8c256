/**
 * What is known of the entries of a host directory: which file each name stands for. It holds as long as the directory's time of modification is
 * the one at which it was learnt, or moves on only by the guest's own changes; a directory that grows by thousands of files, and is listed again
 * for each of them, is not looked at anew each time.
 */
export interface EntryKind {
  readonly ino: number
  readonly mode: number
}

export class HostListing {
  readonly #kinds = new Map<string, EntryKind>()
  #mtime = 0n

  /** The directory was seen with this time of modification. */
  at(mtime: bigint): void {
    if (mtime === this.#mtime) return
    this.#kinds.clear()
    this.#mtime = mtime
  }

  get(name: string): EntryKind | undefined {
    return this.#kinds.get(name)
  }

  set(name: string, { ino, mode }: EntryKind): void {
    this.#kinds.set(name, { ino, mode })
  }

  /** These names stand for something else now, and the directory's time has moved from one to the other with it. */
  altered(names: readonly string[], before: bigint, after: bigint): void {
    this.at(before)
    for (const name of names) this.#kinds.delete(name)
    this.#mtime = after
  }

  /** Names that are listed no more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#kinds.keys()) if (!names.has(name)) this.#kinds.delete(name)
  }
}
