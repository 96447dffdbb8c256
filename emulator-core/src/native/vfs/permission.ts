/** Who may do what with a file: vaccess (sys/kern/vfs_subr.c, genfs_can_access). */
import { EACCES, EPERM } from '../errno.ts'
import type { Credentials } from '../proc.ts'
import type { Stat } from '../stat.ts'
import type { Attributed, Vnode } from './vnode.ts'

export const VREAD = 4
export const VWRITE = 2
export const VEXEC = 1

/** By effective ids, as everything but access(2) decides. */
export interface Subject {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
}

export function effective(c: Credentials): Subject {
  return { uid: c.fsuid ?? c.euid, gid: c.fsgid ?? c.egid, groups: c.groups }
}

export function real(c: Credentials): Subject {
  return { uid: c.uid, gid: c.gid, groups: c.groups }
}

function inGroup(s: Subject, gid: number): boolean {
  return s.gid === gid || s.groups.includes(gid)
}

export function allowed(stat: Stat, s: Subject, wanted: number): boolean {
  if (s.uid === 0) {
    // The superuser may do all but execute a file that nobody may.
    const isDirectory = (stat.mode & 0o170000) === 0o040000
    return (wanted & VEXEC) === 0 || isDirectory || (stat.mode & 0o111) !== 0
  }
  const shift = stat.uid === s.uid ? 6 : inGroup(s, stat.gid) ? 3 : 0
  return ((stat.mode >> shift) & wanted) === wanted
}

/** VOP_ACCESS. @throws EACCES. */
export function checkAccess(vnode: Attributed, s: Subject, wanted: number): void {
  if (s.uid === 0 && (wanted & VEXEC) === 0) return
  if (!allowed(vnode.getattr(), s, wanted)) throw EACCES
}

/** Whether a directory may be passed through. @throws EACCES. */
export function checkSearch(directory: Vnode, s: Subject): void {
  if (s.uid === 0 || allowed(directory.searchAttributes(), s, VEXEC)) return
  // What was known may be old: ask again before refusing.
  if (!allowed(directory.getattr(), s, VEXEC)) throw EACCES
}

/** Whether a name may be removed or renamed: a sticky directory protects others' files. @throws EACCES, EPERM. */
export function checkDelete(directory: Vnode, victim: Vnode, s: Subject): void {
  checkAccess(directory, s, VWRITE | VEXEC)
  if (s.uid === 0) return
  const d = directory.getattr()
  if ((d.mode & 0o1000) !== 0 && d.uid !== s.uid && victim.getattr().uid !== s.uid) throw EPERM
}

/** Whether attributes may be changed. @throws EPERM. */
export function checkOwner(vnode: Attributed, s: Subject): void {
  if (s.uid !== 0 && vnode.getattr().uid !== s.uid) throw EPERM
}

export function isMember(s: Subject, gid: number): boolean {
  return s.uid === 0 || inGroup(s, gid)
}
