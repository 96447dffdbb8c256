/** A name in a directory and the file it stands for: NetBSD's name-cache entry (struct namecache), Linux's dentry. */
import type { FilePlace } from './observer.ts'
import type { Vnode } from './vnode.ts'

export class Place implements FilePlace {
  directory: Vnode
  name: string
  readonly vnode: Vnode
  /** The name is gone; open files that were reached by it remember it. */
  removed = false
  /** Open files that were reached by it (and that observers know of). */
  uses = 0
  /** Bytes that this name counts against a limit of its file system, besides its file. */
  cost = 0

  constructor(directory: Vnode, name: string, vnode: Vnode) {
    this.directory = directory
    this.name = name
    this.vnode = vnode
    vnode.place = this
  }
}

/** The absolute path, as seen from `root`; " (deleted)" follows if a name on the way was removed. */
export function pathOf(vnode: Vnode, root?: Vnode, by: Place | undefined = vnode.place): string {
  const names: string[] = []
  let removed = false
  let at = vnode
  let place = by
  while (at !== root) {
    // A mounted root has no name of its own; the directory it covers has.
    if (place === undefined) {
      const covered = at.mount.covered
      if (covered === undefined) break
      at = covered
      place = at.place
      continue
    }
    removed ||= place.removed
    names.push(place.name)
    at = place.directory
    place = at.place
  }
  return `/${names.reverse().join('/')}${removed ? ' (deleted)' : ''}`
}
