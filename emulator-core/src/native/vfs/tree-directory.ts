/**
 * A directory of the overlay or of a memory file system: the lower names, less those that were removed, with the overlay's own.
 */
import { ENAMETOOLONG } from '../errno.ts'
import { DirectoryOrder } from './directory-order.ts'
import { hosted, ifExists } from './host-error.ts'
import { Place } from './place.ts'
import type { TreeMount } from './tree-mount.ts'
import type { TreeVnode } from './tree-vnode.ts'
import type { DirectoryEntry } from './vnode.ts'

const NAME_MAX = 255
/** A removed lower name. */
const WHITEOUT = null
/** The first cookie behind those of `.` and `..`. */
const FIRST_COOKIE = 3

/** @throws ENAMETOOLONG */
export function checkName(name: string): void {
  if (name.length > NAME_MAX) throw ENAMETOOLONG
}

export class TreeDirectory {
  readonly #vnode: TreeVnode
  readonly #mount: TreeMount
  readonly #lowerPath: string | undefined
  /** Names that are the overlay's own (nodes it made, moved or changed), whiteouts, and lower nodes met so far. */
  readonly #names = new Map<string, Place | typeof WHITEOUT>()
  #order: DirectoryOrder | undefined

  constructor(vnode: TreeVnode, mount: TreeMount, lowerPath: string | undefined) {
    this.#vnode = vnode
    this.#mount = mount
    this.#lowerPath = lowerPath
  }

  lookup(name: string): Place | undefined {
    const known = this.#names.get(name)
    if (known === WHITEOUT) return undefined
    if (known !== undefined) {
      const node = known.vnode as TreeVnode
      // A lower directory stays one while the overlay stands on it, as with Linux's overlayfs: paths through it cost nothing.
      if (node.isUpper || (node.type === 'VDIR' && this.#lowerPath !== undefined)) return met(known)
    }
    const lowerPath = this.#lowerPath
    if (lowerPath === undefined) return known
    const path = join(lowerPath, name)
    const stat = ifExists(() => this.#mount.hostFiles().lstat(path))
    if (stat === undefined) {
      if (known !== undefined) this.#forget(known)
      return undefined
    }
    if (known !== undefined) {
      const node = known.vnode as TreeVnode
      if (node.isSame(stat)) {
        node.seen(stat)
        return met(known)
      }
      this.#forget(known)
    }
    return this.#remember(name, this.#mount.lowerNode(path, stat, this.#names.size))
  }

  #remember(name: string, vnode: TreeVnode): Place {
    const place = new Place(this.#vnode, name, vnode)
    this.#names.set(name, place)
    if (!vnode.isUpper && vnode.type !== 'VDIR') this.#mount.remembered(this.#vnode)
    return place
  }

  #forget(place: Place): void {
    place.removed = true
    this.#names.delete(place.name)
  }

  *held(): Generator<Place> {
    for (const place of this.#names.values()) if (place !== WHITEOUT) yield place
  }

  /** Drops lower nodes that nobody uses. */
  sweep(): void {
    for (const [name, place] of this.#names)
      if (place !== WHITEOUT && (place.vnode as TreeVnode).isForgettable) this.#names.delete(name)
  }

  /** A name is added (by create, link). @throws ENAMETOOLONG. */
  add(name: string, vnode: TreeVnode): Place {
    checkName(name)
    const place = this.#remember(name, vnode)
    this.#order?.add(name)
    return place
  }

  /** A place that was elsewhere, or another name, is here now. */
  put(name: string, place: Place): void {
    place.directory = this.#vnode
    place.name = name
    this.#names.set(name, place)
    this.#order?.add(name)
  }

  /** A name is taken away; a lower one leaves a whiteout. */
  take({ name }: Place): void {
    const lowerPath = this.#lowerPath
    const hides =
      lowerPath !== undefined && ifExists(() => this.#mount.hostFiles().lstat(join(lowerPath, name))) !== undefined
    if (hides) this.#names.set(name, WHITEOUT)
    else this.#names.delete(name)
    this.#order?.remove(name)
  }

  get isEmpty(): boolean {
    for (const _ of this.#listing(FIRST_COOKIE - 1)) return false
    return true
  }

  /** Names with their cookies; a listing from the start looks at the host's directory again. */
  *#listing(cookie: number): Generator<[string, number]> {
    if (this.#lowerPath === undefined || cookie < FIRST_COOKIE || this.#order === undefined) this.#readOrder()
    yield* this.#order?.after(cookie) ?? []
  }

  #readOrder(): void {
    const lowerPath = this.#lowerPath
    const order = this.#order ?? new DirectoryOrder()
    this.#order = order
    if (lowerPath !== undefined) {
      const lower = new Set(hosted(() => this.#mount.hostFiles().readdir(lowerPath)))
      for (const name of [...order.names()]) if (!lower.has(name) && this.#own(name) === undefined) order.remove(name)
      for (const name of lower) if (this.#names.get(name) !== WHITEOUT) order.add(name)
    }
    for (const [name, place] of this.#names)
      if (place !== WHITEOUT && (lowerPath === undefined || (place.vnode as TreeVnode).isUpper)) order.add(name)
  }

  /** The node behind a name that does not come from the host. */
  #own(name: string): TreeVnode | undefined {
    const node = this.#names.get(name)?.vnode as TreeVnode | undefined
    return node?.isUpper === true ? node : undefined
  }

  *entries(cookie: number): Generator<DirectoryEntry> {
    for (const [name, next] of this.#listing(cookie)) {
      if (this.#names.get(name) === WHITEOUT) continue
      const found =
        this.#own(name)?.identity ?? ifExists(() => this.#mount.hostFiles().lstat(join(this.#lowerPath ?? '', name)))
      if (found !== undefined) yield { name, ino: found.ino, mode: found.mode, cookie: next }
    }
  }
}

function met(place: Place): Place {
  place.vnode.place = place
  return place
}

function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`
}
