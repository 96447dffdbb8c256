/** From a path to a vnode. NetBSD: namei(9), sys/kern/vfs_lookup.c. */
import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import { checkSearch, effective, type Subject } from './permission.ts'
import type { Place } from './place.ts'
import type { Vnode } from './vnode.ts'

const NAME_MAX = 255
/** Links followed in one lookup (Linux's number; NetBSD's is 32). */
export const MAXSYMLINKS = 40

/** Not NetBSD's: how Linux's openat2 may bind a lookup. No mount is crossed. */
export const RESOLVE_NO_XDEV = 0x1
/** No link is followed that is more than its text. */
export const RESOLVE_NO_MAGICLINKS = 0x2
export const RESOLVE_NO_SYMLINKS = 0x4
/** Everything lies beneath where the lookup begins. */
export const RESOLVE_BENEATH = 0x8
/** Where the lookup begins is the root. */
export const RESOLVE_IN_ROOT = 0x10

export interface NameiOptions {
  /** Where a relative path begins. */
  readonly start: Vnode
  /** Whether a symbolic link at the end is followed. */
  readonly follow: boolean
  /** Whose permissions count; the effective ids if not given. */
  readonly subject?: Subject
  /** RESOLVE_ bits. */
  readonly resolve?: number
}

export interface Found {
  /** The directory that holds the last name; undefined where the path ends in `.`, `..` or a root. */
  readonly directory: Vnode | undefined
  readonly name: string
  readonly place: Place | undefined
  /** undefined: the directory exists, the name does not. */
  readonly vnode: Vnode | undefined
  /** The path ended in a slash, so only a directory will do. */
  readonly wantsDirectory: boolean
}

/** The directory above, across mounts, but not above `root`. */
function parentOf(vnode: Vnode, root: Vnode): Vnode {
  let at = vnode
  while (at !== root && at === at.mount.root && at.mount.covered !== undefined) at = at.mount.covered
  if (at === root) return at
  return at.place?.directory ?? at
}

function crossed(resolve: number, from: Vnode, to: Vnode): void {
  if ((resolve & RESOLVE_NO_XDEV) !== 0 && from.mount !== to.mount) throw EXDEV
}

/** @throws ENOENT (also for an empty path), ENOTDIR, EACCES, ELOOP, ENAMETOOLONG; EXDEV where `resolve` forbids the way. */
export function namei(l: Lwp, path: string, options: NameiOptions): Found {
  if (path === '') throw ENOENT
  const resolve = options.resolve ?? 0
  const bound = (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0
  const root = bound ? options.start : l.cwdi.root
  if ((resolve & RESOLVE_BENEATH) !== 0 && path.startsWith('/')) throw EXDEV
  const subject = options.subject ?? effective(l.credentials)
  let at = path.startsWith('/') ? root : options.start
  let place: Place | undefined = at.place
  let rest = path
  let links = 0
  for (;;) {
    let from = 0
    while (rest.charCodeAt(from) === 47) from++
    if (from === rest.length) {
      if (at.type !== 'VDIR' && from > 0) throw ENOTDIR
      return { directory: undefined, name: '', place, vnode: at, wantsDirectory: from > 0 }
    }
    const slash = rest.indexOf('/', from)
    const name = rest.slice(from, slash < 0 ? rest.length : slash)
    let behind = slash < 0 ? rest.length : slash
    while (rest.charCodeAt(behind) === 47) behind++
    const last = behind === rest.length
    const slashed = slash >= 0
    if (at.type !== 'VDIR') throw ENOTDIR
    checkSearch(at, subject)
    if (name.length > NAME_MAX) throw ENAMETOOLONG
    if (name === '.' || name === '..') {
      if (name === '..') {
        if (at === root && (resolve & RESOLVE_BENEATH) !== 0) throw EXDEV
        const up = parentOf(at, root)
        crossed(resolve, at, up)
        at = up
        place = at.place
      }
      if (last) return { directory: undefined, name, place, vnode: at, wantsDirectory: true }
      rest = rest.slice(behind)
      continue
    }
    const found = at.lookup(name, l)
    if (found === undefined) {
      if (!last) throw ENOENT
      return { directory: at, name, place: undefined, vnode: undefined, wantsDirectory: slashed }
    }
    let vnode = found.vnode
    let by: Place | undefined = found
    while (vnode.mountedHere !== undefined) {
      vnode.mountedHere.expiring = false
      vnode = vnode.mountedHere.root
      by = undefined
      crossed(resolve, at, vnode)
    }
    if (vnode.type === 'VLNK' && (!last || options.follow || slashed)) {
      if (++links > MAXSYMLINKS || (resolve & RESOLVE_NO_SYMLINKS) !== 0) throw ELOOP
      const jump = vnode.jump(l)
      if (jump !== undefined) {
        if ((resolve & RESOLVE_NO_MAGICLINKS) !== 0) throw ELOOP
        if (bound) throw EXDEV
        crossed(resolve, at, jump.vnode)
        at = jump.vnode
        place = jump.place
        // Where a link leads that is no path, the last name is no name.
        if (last) {
          if (slashed && at.type !== 'VDIR') throw ENOTDIR
          return { directory: undefined, name, place, vnode: at, wantsDirectory: slashed }
        }
        rest = rest.slice(behind)
        continue
      }
      const target = vnode.readlink(l)
      if (target === '') throw ENOENT
      if (target.length + rest.length - behind >= 2 * 4096) throw ENAMETOOLONG
      rest = slashed ? `${target}/${rest.slice(behind)}` : target
      if (target.startsWith('/')) {
        if ((resolve & RESOLVE_BENEATH) !== 0) throw EXDEV
        crossed(resolve, at, root)
        at = root
        place = root.place
      }
      continue
    }
    if (last) {
      if (slashed && vnode.type !== 'VDIR') throw ENOTDIR
      return { directory: at, name, place: by, vnode, wantsDirectory: slashed }
    }
    at = vnode
    place = by
    rest = rest.slice(behind)
  }
}

/** A directory that exists. @throws ENOTDIR, EACCES. */
export function searchable(vnode: Vnode, subject: Subject): Vnode {
  if (vnode.type !== 'VDIR') throw ENOTDIR
  checkSearch(vnode, subject)
  return vnode
}
