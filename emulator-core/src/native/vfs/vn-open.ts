/** Opening by name: vn_open (sys/kern/vfs_vnops.c). */
import { EACCES, EEXIST, EFTYPE, EINVAL, EISDIR, ENOENT, ENOTDIR, ENXIO, EOPNOTSUPP, EROFS, ETXTBSY } from '../errno.ts'
import { type File, FNOATIME, FNONBLOCK, FREAD, FWRITE } from '../file.ts'
import { NOTE_WRITE } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { finish, isKthread, type Kthread, type MaybeBlocking } from '../sleep.ts'
import { breakLeases, isLeased } from './leases.ts'
import { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_PATH_ONLY, O_TRUNC, O_UNNAMED } from './open-flags.ts'
import { checkAccess, checkOwner, effective, VEXEC, VREAD, VWRITE } from './permission.ts'
import { Place } from './place.ts'
import { TreeVnode } from './tree-vnode.ts'
import type { Vfs } from './vfs.ts'
import type { Vnode } from './vnode.ts'
import { truncateUntold, VnodeFile } from './vnode-file.ts'

/** The flags that an open file keeps. */
const KEPT = 0x0fff_ffff & ~(O_CREAT | O_TRUNC | O_EXCL | O_NOFOLLOW | O_DIRECTORY | O_NOCTTY | 0x400000)

/**
 * @param flags FREAD, FWRITE and the rest, and what open-flags.ts names.
 * @param mode permission bits of a new file, before the process's mask.
 * @param resolve namei.ts's RESOLVE_ bits.
 * @throws EEXIST, EISDIR, ENOTDIR, EACCES, EROFS, EFTYPE (a link that is not to be followed), ENXIO….
 */
export function vnOpen(
  l: Lwp,
  vfs: Vfs,
  start: Vnode,
  path: string,
  flags: number,
  mode: number,
  resolve = 0,
): MaybeBlocking<File> {
  if ((flags & O_PATH_ONLY) !== 0) return openPath(l, vfs, start, path, flags, resolve)
  if ((flags & O_UNNAMED) !== 0) return openUnnamed(l, vfs, start, path, flags, mode, resolve)
  if ((flags & (O_CREAT | O_DIRECTORY)) === (O_CREAT | O_DIRECTORY)) throw EINVAL
  const exclusive = (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)
  const found = vfs.namei(l, path, { start, follow: !exclusive && (flags & O_NOFOLLOW) === 0, resolve })
  let { vnode, place } = found
  const isNew = vnode === undefined
  if (vnode === undefined) {
    if ((flags & O_CREAT) === 0) throw ENOENT
    if (found.wantsDirectory) throw EISDIR
    place = createFile(l, vfs, found.directory, found.name, mode)
    vnode = place.vnode
  } else {
    if (exclusive) throw EEXIST
    checkOpen(l, vnode, flags)
  }
  return openFound(l, vfs, vnode, place, flags, isNew)
}

/** Opens a file that was found without a name. @throws as vnOpen. */
export function vnOpenVnode(l: Lwp, vfs: Vfs, vnode: Vnode, flags: number): MaybeBlocking<File> {
  vfs.epoch++
  if ((flags & O_PATH_ONLY) !== 0) return new VnodeFile(vfs, vnode, vnode.place, 0, true)
  checkOpen(l, vnode, flags)
  return openFound(l, vfs, vnode, vnode.place, flags, false)
}

function openFound(
  l: Lwp,
  vfs: Vfs,
  vnode: Vnode,
  place: Place | undefined,
  flags: number,
  isNew: boolean,
): MaybeBlocking<File> {
  const special =
    vnode.open(l, flags & KEPT, (flags & O_TRUNC) !== 0) ??
    (vnode.type === 'VCHR' || vnode.type === 'VBLK'
      ? vfs.devices.open(l, vfs, vnode, flags & KEPT, (flags & O_NOCTTY) === 0)
      : undefined)
  if (special !== undefined) return isKthread(special) ? announceLater(special) : announced(special)
  if (vnode.type === 'VFIFO') {
    if (vfs.openFifo === undefined) throw EOPNOTSUPP
    return vfs.openFifo(l, vfs, vnode, flags & KEPT, false)
  }
  const writes = (flags & (FWRITE | O_TRUNC)) !== 0
  if (vnode.type === 'VREG' && isLeased(vnode, writes)) return openLeased(l, vfs, vnode, place, flags)
  return openPlain(l, vfs, vnode, place, flags, isNew)
}

function* openLeased(l: Lwp, vfs: Vfs, vnode: Vnode, place: Place | undefined, flags: number): Kthread<File> {
  yield* breakLeases(l, vnode, (flags & (FWRITE | O_TRUNC)) !== 0, (flags & FNONBLOCK) === 0)
  return openPlain(l, vfs, vnode, place, flags, false)
}

/** A regular file or a directory. */
function openPlain(l: Lwp, vfs: Vfs, vnode: Vnode, place: Place | undefined, flags: number, isNew: boolean): VnodeFile {
  if (vnode.type === 'VREG') vnode.opening(flags)
  const file = new VnodeFile(vfs, vnode, place, flags & KEPT)
  file.created = isNew
  const truncates = (flags & O_TRUNC) !== 0 && !isNew && vnode.type === 'VREG'
  try {
    if (truncates) truncateUntold(vfs, vnode, place, 0, l)
  } catch (error) {
    file.abandon()
    throw error
  }
  file.opened()
  // Linux tells of it in this order, NetBSD's notes say the other one.
  if (truncates) vfs.notes.tellOf('modify', vnode, place, true)
  return file
}

function announced(file: File): File {
  if (file instanceof VnodeFile) file.opened()
  return file
}

function* announceLater(opening: Kthread<File>): Kthread<File> {
  return announced(yield* finish(opening))
}

function createFile(l: Lwp, vfs: Vfs, directory: Vnode | undefined, name: string, mode: number): Place {
  if (directory === undefined) throw EISDIR
  if (directory.mount.readOnly) throw EROFS
  const subject = effective(l.credentials)
  checkAccess(directory, subject, VWRITE | VEXEC)
  const place = directory.create(name, newOf(l, directory, 'VREG', mode))
  vfs.notes.post(directory, NOTE_WRITE, 'create')
  if (vfs.notes.isObserved)
    vfs.notes.tell({ op: 'create', vnode: place.vnode, isDirectory: false, place: { directory, name } })
  return place
}

/** Owner, group and mode of something new in a directory. */
export function newOf<T extends 'VREG' | 'VDIR' | 'VLNK' | 'VCHR' | 'VBLK' | 'VFIFO' | 'VSOCK'>(
  l: Lwp,
  directory: Vnode,
  type: T,
  mode: number,
): { type: T; mode: number; uid: number; gid: number } {
  const { euid, egid } = l.credentials
  const parent = directory.getattr()
  const inherits = (parent.mode & 0o2000) !== 0
  const setgid = inherits && type === 'VDIR' ? 0o2000 : 0
  return { type, mode: (mode & 0o7777 & ~l.cwdi.umask) | setgid, uid: euid, gid: inherits ? parent.gid : egid }
}

function checkOpen(l: Lwp, vnode: Vnode, flags: number): void {
  const writes = (flags & (FWRITE | O_TRUNC)) !== 0
  if (vnode.type === 'VLNK') throw EFTYPE
  if (vnode.type === 'VSOCK') throw ENXIO
  if ((flags & O_DIRECTORY) !== 0 && vnode.type !== 'VDIR') throw ENOTDIR
  if (vnode.type === 'VDIR' && (writes || (flags & O_CREAT) !== 0)) throw EISDIR
  if ((vnode.type === 'VCHR' || vnode.type === 'VBLK') && vnode.mount.flags.noDevices) throw EACCES
  const wanted = ((flags & FREAD) !== 0 ? VREAD : 0) | (writes ? VWRITE : 0)
  checkAccess(vnode, effective(l.credentials), wanted)
  if ((flags & FNOATIME) !== 0) checkOwner(vnode, effective(l.credentials))
  if (writes && vnode.mount.readOnly && vnode.type === 'VREG') throw EROFS
  if (writes && vnode.type === 'VREG' && isRunning(l, vnode)) throw ETXTBSY
}

/** Whether some process executes the file (VTEXT). */
export function isRunning(l: Lwp, vnode: Vnode): boolean {
  for (const p of l.proc.kernel.processes.values())
    if (p.executable === vnode && p.exitStatus === undefined) return true
  return false
}

function openPath(l: Lwp, vfs: Vfs, start: Vnode, path: string, flags: number, resolve: number): File {
  const { vnode, place } = vfs.namei(l, path, { start, follow: (flags & O_NOFOLLOW) === 0, resolve })
  if (vnode === undefined) throw ENOENT
  if ((flags & O_DIRECTORY) !== 0 && vnode.type !== 'VDIR') throw ENOTDIR
  return new VnodeFile(vfs, vnode, place, 0, true)
}

function openUnnamed(l: Lwp, vfs: Vfs, start: Vnode, path: string, flags: number, mode: number, resolve: number): File {
  const { vnode } = vfs.namei(l, path, { start, follow: true, resolve })
  if (vnode === undefined) throw ENOENT
  if (vnode.type !== 'VDIR') throw ENOTDIR
  if ((flags & FWRITE) === 0) throw EINVAL
  if (!(vnode instanceof TreeVnode)) throw EOPNOTSUPP
  checkAccess(vnode, effective(l.credentials), VWRITE | VEXEC)
  const unnamed = vnode.createUnnamed(newOf(l, vnode, 'VREG', mode))
  unnamed.mayBeNamed = (flags & O_EXCL) === 0
  // d_mark_tmpfile: a name that is in no directory.
  const place = new Place(vnode, `#${unnamed.getattr().ino}`, unnamed)
  place.removed = true
  const file = new VnodeFile(vfs, unnamed, place, flags & KEPT & ~O_UNNAMED)
  file.opened()
  return file
}
