/**
 * What is done to names and attributes: permissions, the work, the notes. NetBSD: sys/kern/vfs_syscalls.c (do_sys_…), with the posting of vnode_if.c.
 */
import { meets } from '../divergence.ts'
import { EBUSY, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, ENOTEMPTY, EPERM, EROFS, EXDEV } from '../errno.ts'
import { NOTE_ATTRIB, NOTE_DELETE, NOTE_EXTEND, NOTE_LINK, NOTE_RENAME, NOTE_WRITE } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import type { Found } from './namei.ts'
import {
  allowed,
  checkAccess,
  checkDelete,
  checkOwner,
  effective,
  isMember,
  type Subject,
  VEXEC,
  VREAD,
  VWRITE,
} from './permission.ts'
import type { Place } from './place.ts'
import type { Vfs } from './vfs.ts'
import { newOf } from './vn-open.ts'
import { type Attributed, type NewVnode, Vnode, type VnodeChange, type VnodeType } from './vnode.ts'

/** A name that is free, in a directory that may be written. */
function freeName(
  l: Lwp,
  vfs: Vfs,
  start: Vnode,
  path: string,
  isDirectory: boolean,
): { directory: Vnode; name: string } {
  const found = vfs.namei(l, path, { start, follow: false })
  if (found.vnode !== undefined || found.directory === undefined) throw EEXIST
  if (found.wantsDirectory && isDirectory) {
    const plain = vfs.namei(l, path.replace(/\/+$/, ''), { start, follow: false })
    if (plain.vnode !== undefined && !meets(l, 'mkdir.dangling-link', path)) throw EEXIST
  }
  if (found.wantsDirectory && !isDirectory) throw ENOENT
  if (found.directory.mount.readOnly) throw EROFS
  checkAccess(found.directory, effective(l.credentials), VWRITE | VEXEC)
  return { directory: found.directory, name: found.name }
}

function created(vfs: Vfs, directory: Vnode, place: Place, notes: number, operation: string): void {
  vfs.notes.post(directory, notes, operation)
  if (vfs.notes.isObserved) {
    vfs.notes.tell({
      op: 'create',
      vnode: place.vnode,
      isDirectory: place.vnode.type === 'VDIR',
      place: { directory, name: place.name },
    })
  }
}

/** do_sys_mkdirat. */
export function doMkdirat(l: Lwp, vfs: Vfs, start: Vnode, path: string, mode: number): void {
  const { directory, name } = freeName(l, vfs, start, path, true)
  created(
    vfs,
    directory,
    directory.create(name, newOf(l, directory, 'VDIR', mode & 0o1777)),
    NOTE_WRITE | NOTE_LINK,
    'mkdir',
  )
}

/** do_sys_mknodat. @throws EPERM for devices unless superuser. */
export function doMknodat(
  l: Lwp,
  vfs: Vfs,
  start: Vnode,
  path: string,
  type: VnodeType,
  mode: number,
  rdev: number,
): Vnode {
  if ((type === 'VCHR' || type === 'VBLK') && l.credentials.euid !== 0) throw EPERM
  const { directory, name } = freeName(l, vfs, start, path, false)
  const what: NewVnode = { ...newOf(l, directory, type, mode), rdev }
  const place = directory.create(name, what)
  created(vfs, directory, place, NOTE_WRITE, 'mknod')
  return place.vnode
}

/** do_sys_symlinkat. */
export function doSymlinkat(l: Lwp, vfs: Vfs, target: string, start: Vnode, path: string): void {
  if (target === '') throw ENOENT
  const { directory, name } = freeName(l, vfs, start, path, false)
  created(
    vfs,
    directory,
    directory.create(name, { ...newOf(l, directory, 'VLNK', 0o777), mode: 0o777, target }),
    NOTE_WRITE,
    'symlink',
  )
}

/** do_sys_linkat: `vnode` has been found. @throws EEXIST, EXDEV, EPERM for a directory, ENOENT for a file whose last name was removed. */
export function doLink(l: Lwp, vfs: Vfs, vnode: Vnode, start: Vnode, path: string): void {
  const { directory, name } = freeName(l, vfs, start, path, false)
  if (vnode.mount !== directory.mount) throw EXDEV
  if (vnode.type === 'VDIR') throw EPERM
  if (vnode.getattr().nlink === 0 && !vnode.mayBeNamed) throw ENOENT
  if (isProtectedFromLinks(vnode, effective(l.credentials)) && !meets(l, 'link.anybodys-file', path)) throw EPERM
  directory.link(name, vnode)
  vfs.notes.post(directory, NOTE_WRITE, 'link')
  vfs.notes.post(vnode, NOTE_LINK, 'link')
  if (!vfs.notes.isObserved) return
  // The count of links belongs to the file, not to a name: the directory is not told (fsnotify_link_count).
  vfs.notes.tellOf('attrib', vnode, undefined)
  vfs.notes.tell({ op: 'link', vnode, isDirectory: false, place: { directory, name } })
}

/**
 * Linux's fs.protected_hardlinks, as distributions set it: a name for somebody else's file could keep it alive, so only those that one may read
 * and write, and that run as nobody in particular, can be linked.
 */
function isProtectedFromLinks(vnode: Vnode, subject: Subject): boolean {
  if (subject.uid === 0) return false
  const stat = vnode.getattr()
  if (stat.uid === subject.uid) return false
  const setsGroup = (stat.mode & 0o2010) === 0o2010
  const safe = vnode.type === 'VREG' && (stat.mode & 0o4000) === 0 && !setsGroup
  return !safe || !allowed(stat, subject, VREAD | VWRITE)
}

/** do_sys_unlinkat. @throws ENOTDIR, EISDIR, EBUSY, ENOTEMPTY, EINVAL. */
export function doUnlinkat(l: Lwp, vfs: Vfs, start: Vnode, path: string, removeDirectory: boolean): void {
  const found = vfs.namei(l, path, { start, follow: false })
  const { directory, vnode, place } = found
  if (vnode === undefined) throw ENOENT
  if (directory === undefined || place === undefined) {
    if (!removeDirectory) throw EISDIR
    throw found.name === '.' ? EINVAL : found.name === '..' ? ENOTEMPTY : EBUSY
  }
  if (directory.mount.readOnly) throw EROFS
  checkDelete(directory, vnode, effective(l.credentials))
  if (removeDirectory && vnode.type !== 'VDIR') throw ENOTDIR
  if (!removeDirectory && vnode.type === 'VDIR') throw EISDIR
  if (vnode.mount.root === vnode || vnode.mountedHere !== undefined) throw EBUSY
  directory.remove(place)
  vfs.notes.post(directory, removeDirectory ? NOTE_WRITE | NOTE_LINK : NOTE_WRITE, removeDirectory ? 'rmdir' : 'unlink')
  vfs.notes.post(vnode, NOTE_DELETE, removeDirectory ? 'rmdir' : 'unlink')
  if (!vfs.notes.isObserved) return
  if (!removeDirectory) vfs.notes.tellOf('attrib', vnode, undefined)
  // A name that nobody uses goes before its directory says so (d_delete_notify).
  vfs.notes.tellIfGone(place)
  vfs.notes.tell({ op: 'delete', vnode, isDirectory: removeDirectory, place: { directory, name: place.name } })
}

export interface RenameOptions {
  /** @throws EEXIST if the new name is taken. */
  readonly noReplace?: boolean
  /** Swaps the two. */
  readonly exchange?: boolean
}

/** do_sys_renameat. @throws EXDEV, EINVAL (a directory into itself), ENOTEMPTY, EISDIR, ENOTDIR, EBUSY…. */
export function doRenameat(
  l: Lwp,
  vfs: Vfs,
  fromStart: Vnode,
  from: string,
  toStart: Vnode,
  to: string,
  options: RenameOptions = {},
): void {
  const source = vfs.namei(l, from, { start: fromStart, follow: false })
  const target = vfs.namei(l, to, { start: toStart, follow: false })
  if (isDots(source)) throw EBUSY
  if (isDots(target)) throw options.noReplace ? EEXIST : EBUSY
  const { vnode, place, directory } = source
  if (vnode !== undefined && vnode === vnode.mount.root) throw EBUSY
  if (vnode === undefined || directory === undefined || place === undefined) throw ENOENT
  const into = target.directory
  if (into === undefined) throw EBUSY
  if (vnode.mount !== into.mount) throw EXDEV
  if (options.exchange && target.vnode === undefined) throw ENOENT
  if (options.noReplace && target.vnode !== undefined) throw EEXIST
  if (vnode.type !== 'VDIR' && (target.wantsDirectory || source.wantsDirectory) && !options.exchange) throw ENOTDIR
  if (directory.mount.readOnly) throw EROFS
  const subject = effective(l.credentials)
  checkDelete(directory, vnode, subject)
  if (isAbove(vnode, into)) throw EINVAL
  const replaced = target.vnode
  if (replaced === undefined) checkAccess(into, subject, VWRITE | VEXEC)
  else {
    if (isAbove(replaced, directory)) throw options.exchange ? EINVAL : ENOTEMPTY
    checkDelete(into, replaced, subject)
    if (replaced === vnode) return
    if (replaced === replaced.mount.root) throw EBUSY
    if (!options.exchange) {
      if (vnode.type === 'VDIR' && replaced.type !== 'VDIR') throw ENOTDIR
      if (vnode.type !== 'VDIR' && replaced.type === 'VDIR') throw EISDIR
    }
  }
  const oldName = place.name
  if (options.exchange && target.place !== undefined) directory.exchange(place, target.place)
  else directory.rename(place, into, target.name, target.place)
  const was = { directory, name: oldName }
  const is = { directory: into, name: target.name }
  postRename(vfs, vnode, was.directory, is.directory, options.exchange ? undefined : replaced)
  if (!vfs.notes.isObserved) return
  vfs.notes.tell({
    op: 'move',
    vnode,
    isDirectory: vnode.type === 'VDIR',
    from: was,
    to: is,
    replaced: options.exchange ? undefined : replaced,
  })
  if (replaced !== undefined && options.exchange) {
    vfs.notes.tell({
      op: 'move',
      vnode: replaced,
      isDirectory: replaced.type === 'VDIR',
      from: is,
      to: was,
      replaced: undefined,
    })
  } else if (target.place !== undefined) vfs.notes.tellIfGone(target.place)
}

/** genfs_rename_knote. */
function postRename(vfs: Vfs, vnode: Vnode, from: Vnode, to: Vnode, replaced: Vnode | undefined): void {
  const link = vnode.type === 'VDIR' ? NOTE_LINK : 0
  if (from === to) {
    vfs.notes.post(from, NOTE_WRITE, 'rename')
    vfs.notes.post(vnode, NOTE_RENAME, 'rename')
  } else {
    vfs.notes.post(from, NOTE_WRITE | link, 'rename')
    vfs.notes.post(vnode, NOTE_RENAME, 'rename')
    vfs.notes.post(to, NOTE_WRITE | (replaced === undefined ? NOTE_EXTEND | link : 0), 'rename')
  }
  if (replaced?.isWatched) vfs.notes.post(replaced, replaced.getattr().nlink === 0 ? NOTE_DELETE : NOTE_LINK, 'rename')
}

function isDots(found: Found): boolean {
  return found.directory === undefined
}

/** Whether `directory` is `vnode` or lies under it. */
function isAbove(vnode: Vnode, directory: Vnode): boolean {
  for (let at: Vnode | undefined = directory; at !== undefined; at = at.place?.directory) if (at === vnode) return true
  return false
}

/** A file whose attributes are to change, and the name by which it was reached, where it has one. */
export interface Reached {
  readonly node: Attributed
  readonly place: Place | undefined
}

/** change_mode, change_owner, do_sys_utimensat: attributes with permissions checked by the caller below. */
function changeAttributes(vfs: Vfs, { node, place }: Reached, change: VnodeChange): void {
  node.setattr(change)
  if (!(node instanceof Vnode)) return
  vfs.notes.post(node, NOTE_ATTRIB, 'setattr')
  const op = observedAs(change)
  if (op !== undefined) vfs.notes.tellOf(op, node, place, true)
}

/** What Linux's observers hear of a change, as fsnotify_change decides. */
function observedAs({ mode, uid, gid, atime, mtime }: VnodeChange): 'attrib' | 'access' | 'modify' | undefined {
  if (mode !== undefined || uid !== undefined || gid !== undefined) return 'attrib'
  if (atime !== undefined && mtime !== undefined) return 'attrib'
  if (atime !== undefined) return 'access'
  return mtime === undefined ? undefined : 'modify'
}

/** @throws EROFS, EPERM. */
export function changeMode(l: Lwp, vfs: Vfs, reached: Reached, mode: number): void {
  const vnode = reached.node
  if (vnode.mount.readOnly) throw EROFS
  const subject = effective(l.credentials)
  checkOwner(vnode, subject)
  const { gid } = vnode.getattr()
  const clears = vnode.type !== 'VDIR' && (mode & 0o2000) !== 0 && !isMember(subject, gid) ? 0o2000 : 0
  changeAttributes(vfs, reached, { mode: mode & 0o7777 & ~clears })
}

/** -1: unchanged. Ordinary users may only choose among their own groups; set-id bits of a program go. @throws EROFS, EPERM. */
export function changeOwner(l: Lwp, vfs: Vfs, reached: Reached, uid: number, gid: number): void {
  const vnode = reached.node
  if (vnode.mount.readOnly) throw EROFS
  const subject = effective(l.credentials)
  const stat = vnode.getattr()
  const changesNothing = uid === -1 && gid === -1
  if (subject.uid !== 0) {
    const isOthers = stat.uid !== subject.uid
    if (isOthers && (!changesNothing || meets(l, 'chown.nothing', `a file of user ${stat.uid}`))) throw EPERM
    if (uid !== -1 && uid !== stat.uid) throw EPERM
    if (gid !== -1 && gid !== stat.gid && !isMember(subject, gid)) throw EPERM
  }
  const clears = vnode.type !== 'VDIR' && (stat.mode & 0o6000) !== 0
  const cleared = stat.mode & 0o7777 & ~(0o4000 | ((stat.mode & 0o10) !== 0 ? 0o2000 : 0))
  const mode = clears && cleared !== (stat.mode & 0o7777) ? cleared : undefined
  changeAttributes(vfs, reached, { uid: uid === -1 ? undefined : uid, gid: gid === -1 ? undefined : gid, mode })
}

/** undefined: unchanged. `isNow`: both are the present time, which a writer may set too. @throws EROFS, EPERM, EACCES. */
export function changeTimes(
  l: Lwp,
  vfs: Vfs,
  reached: Reached,
  atime: bigint | undefined,
  mtime: bigint | undefined,
  isNow: boolean,
): void {
  const vnode = reached.node
  if (vnode.mount.readOnly) throw EROFS
  const subject = effective(l.credentials)
  if (subject.uid !== 0 && vnode.getattr().uid !== subject.uid) {
    if (!isNow) throw EPERM
    checkAccess(vnode, subject, VWRITE)
  }
  if (atime === undefined && mtime === undefined) return
  changeAttributes(vfs, reached, { atime, mtime })
}
