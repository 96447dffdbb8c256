/** Opening, reading and writing: linux_file.c, linux_misc.c, and the native calls that Linux's numbers lead to. */
import { EBADF, EFTYPE, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, EOPNOTSUPP, EROFS, ESPIPE } from '../native/errno.ts'
import { type File, FREAD, FWRITE } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { finish, isKthread, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import { FLOCK_WHOLE, lockVnode, unlockVnode } from '../native/vfs/file-locks.ts'
import { O_PATH_ONLY, O_UNNAMED } from '../native/vfs/open-flags.ts'
import { checkAccess, effective, real, VWRITE } from '../native/vfs/permission.ts'
import { vnOpen } from '../native/vfs/vn-open.ts'
import { truncateVnode, VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, type CallFamily } from './call.ts'
import { meets } from './divergences.ts'
import { bufferUio, fileOf, install, notPath, pathArgument, startOf, vectorUio, vnodeFileOf } from './file-arguments.ts'
import { fileCopyCalls } from './file-copy.ts'
import {
  LINUX_O_CLOEXEC,
  LINUX_O_DIRECTORY,
  LINUX_O_PATH,
  LINUX_O_TMPFILE,
  linux_to_bsd_ioflags,
} from './open-flags.ts'

const O_CREAT_WRONLY_TRUNC = 0x40 | 1 | 0x200

// --- open and close ---

function linux_open(l: Lwp, dirfd: number, path: string, linuxFlags: number, mode: number): MaybeBlocking<number> {
  let native = linux_to_bsd_ioflags(linuxFlags)
  if ((linuxFlags & LINUX_O_PATH) !== 0 && !meets(l, 'open.path-flag', path)) {
    native = (native & ~(FREAD | FWRITE)) | O_PATH_ONLY
  } else if (
    (linuxFlags & LINUX_O_TMPFILE) !== 0 &&
    (linuxFlags & LINUX_O_DIRECTORY) !== 0 &&
    !meets(l, 'open.tmpfile-flag', path)
  ) {
    native |= O_UNNAMED
  }
  const closeOnExec = (linuxFlags & LINUX_O_CLOEXEC) !== 0
  try {
    const file = vnOpen(l, l.proc.kernel.vfs, startOf(l, dirfd, path), path, native, mode)
    // Linux wants both permissions for access mode 3, though the descriptor then neither reads nor writes.
    if ((linuxFlags & (3 | LINUX_O_PATH)) === 3 && file instanceof VnodeFile && file.vnode.type === 'VDIR') {
      file.close()
      throw EISDIR
    }
    return isKthread(file) ? installLater(l, file, closeOnExec) : install(l, file, closeOnExec)
  } catch (error) {
    if (error !== EFTYPE) throw error
    if (meets(l, 'open.nofollow-symlink', path)) throw error
    // Linux looks at O_DIRECTORY first.
    throw (linuxFlags & LINUX_O_DIRECTORY) !== 0 ? ENOTDIR : ELOOP
  }
}

function* installLater(l: Lwp, opening: Kthread<File>, closeOnExec: boolean): Kthread<number> {
  return install(l, yield* opening, closeOnExec)
}

function linux_sys_open(l: Lwp, path: number, flags: number, mode: number): MaybeBlocking<number> {
  return linux_open(l, AT_FDCWD, pathArgument(l, path), flags | 0, mode)
}

function linux_sys_openat(l: Lwp, dirfd: number, path: number, flags: number, mode: number): MaybeBlocking<number> {
  return linux_open(l, dirfd, pathArgument(l, path), flags | 0, mode)
}

function linux_sys_creat(l: Lwp, path: number, mode: number): MaybeBlocking<number> {
  return linux_open(l, AT_FDCWD, pathArgument(l, path), O_CREAT_WRONLY_TRUNC, mode)
}

function sys_close(l: Lwp, fd: number): number {
  l.proc.fd.close(l, fd | 0)
  return 0
}

/** netbsd-linux-semantics 4.7. @throws EINVAL. */
function linux_sys_close_range(l: Lwp, first: number, last: number, flags: number): number {
  const CLOSE_RANGE_UNSHARE = 2
  const CLOSE_RANGE_CLOEXEC = 4
  const from = first >>> 0
  const to = last >>> 0
  if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0 || from > to) throw EINVAL
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0 && l.proc.fd.references > 1) {
    l.proc.fd.references--
    l.proc.fd = l.proc.fd.copy(!meets(l, 'kqueue.fork', 'close_range UNSHARE'))
  }
  for (let fd = from; fd <= Math.min(to, l.proc.fd.highest); fd++) {
    const slot = l.proc.fd.slot(fd)
    if (slot === undefined) continue
    if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) slot.closeOnExec = true
    else l.proc.fd.close(l, fd)
  }
  return 0
}

// --- duplicates ---

function sys_dup(l: Lwp, fd: number): number {
  return install(l, fileOf(l, fd), false)
}

function dodup(l: Lwp, from: number, to: number, closeOnExec: boolean): number {
  const file = fileOf(l, from)
  l.proc.fd.assign(l, to | 0, file, closeOnExec)
  l.proc.kernel.trace?.descriptorOpened(l, to | 0, file, closeOnExec)
  return to | 0
}

function linux_sys_dup2(l: Lwp, from: number, to: number): number {
  if ((from | 0) === (to | 0)) {
    fileOf(l, from)
    return to | 0
  }
  return dodup(l, from, to, false)
}

function linux_sys_dup3(l: Lwp, from: number, to: number, flags: number): number {
  if ((flags & ~LINUX_O_CLOEXEC) !== 0 || (from | 0) === (to | 0)) throw EINVAL
  return dodup(l, from, to, (flags & LINUX_O_CLOEXEC) !== 0)
}

// --- read and write ---

function sys_read(l: Lwp, fd: number, buffer: number, count: number): MaybeBlocking<number> {
  return notPath(fileOf(l, fd)).read(l, bufferUio(l, buffer, count, 'in'))
}

function sys_write(l: Lwp, fd: number, buffer: number, count: number): MaybeBlocking<number> {
  return notPath(fileOf(l, fd)).write(l, bufferUio(l, buffer, count, 'out'))
}

function sys_readv(l: Lwp, fd: number, vector: number, count: number): MaybeBlocking<number> {
  const file = notPath(fileOf(l, fd))
  return file.read(l, vectorUio(l, vector, count, 'in'))
}

function sys_writev(l: Lwp, fd: number, vector: number, count: number): MaybeBlocking<number> {
  const file = notPath(fileOf(l, fd))
  return file.write(l, vectorUio(l, vector, count, 'out'))
}

/** A file that has positions. @throws EBADF, ESPIPE, EINVAL for a negative offset. */
function seekable(l: Lwp, fd: number, offset: number): File {
  const file = notPath(fileOf(l, fd))
  if (offset < 0) throw EINVAL
  file.seek(l, 0, 1)
  return file
}

function linux_sys_pread(l: Lwp, fd: number, buffer: number, count: number, offset: number): MaybeBlocking<number> {
  return seekable(l, fd, offset).read(l, bufferUio(l, buffer, count, 'in', offset))
}

function linux_sys_pwrite(l: Lwp, fd: number, buffer: number, count: number, offset: number): MaybeBlocking<number> {
  return seekable(l, fd, offset).write(l, bufferUio(l, buffer, count, 'out', offset))
}

function linux_sys_preadv(l: Lwp, fd: number, vector: number, count: number, offset: number): MaybeBlocking<number> {
  return seekable(l, fd, offset).read(l, vectorUio(l, vector, count, 'in', offset))
}

function linux_sys_pwritev(l: Lwp, fd: number, vector: number, count: number, offset: number): MaybeBlocking<number> {
  return seekable(l, fd, offset).write(l, vectorUio(l, vector, count, 'out', offset))
}

/** RWF_HIPRI, DSYNC and SYNC change nothing that can be seen here. */
const RWF_ACCEPTED = 0x1 | 0x2 | 0x4

function linux_sys_preadv2(
  l: Lwp,
  fd: number,
  vector: number,
  count: number,
  offset: number,
  _high: number,
  flags = 0,
): MaybeBlocking<number> {
  if ((flags & ~RWF_ACCEPTED) !== 0) throw EOPNOTSUPP
  return offset === -1 ? sys_readv(l, fd, vector, count) : linux_sys_preadv(l, fd, vector, count, offset)
}

function linux_sys_pwritev2(
  l: Lwp,
  fd: number,
  vector: number,
  count: number,
  offset: number,
  _high: number,
  flags = 0,
): MaybeBlocking<number> {
  if ((flags & ~RWF_ACCEPTED) !== 0) throw EOPNOTSUPP
  return offset === -1 ? sys_writev(l, fd, vector, count) : linux_sys_pwritev(l, fd, vector, count, offset)
}

function compat_43_sys_lseek(l: Lwp, fd: number, offset: number, whence: number): number {
  const file = notPath(fileOf(l, fd))
  const how = whence | 0
  if (how < 0 || how > 4) throw EINVAL
  if (how >= 3 && meets(l, 'lseek.data-hole', `lseek ${fd | 0}`)) throw EINVAL
  return file.seek(l, offset, how)
}

// --- sizes ---

function linux_sys_truncate64(l: Lwp, path: number, length: number): number {
  if (length < 0) throw EINVAL
  const { vfs } = l.proc.kernel
  const { vnode, place } = vfs.namei(l, pathArgument(l, path), { start: l.proc.cwdi.cwd, follow: true })
  if (vnode === undefined) throw ENOENT
  if (vnode.type === 'VDIR') throw EISDIR
  if (vnode.type !== 'VREG') throw EINVAL
  checkAccess(vnode, effective(l.proc.credentials), VWRITE)
  if (vnode.mount.readOnly) throw EROFS
  truncateVnode(vfs, vnode, place, length)
  return 0
}

function linux_sys_ftruncate64(l: Lwp, fd: number, length: number): number {
  const file = notPath(fileOf(l, fd))
  if (length < 0) throw EINVAL
  file.truncate(l, length)
  return 0
}

const FALLOC_FL_KEEP_SIZE = 1
const FALLOC_FL_PUNCH_HOLE = 2
const FALLOC_FL_ZERO_RANGE = 0x10

function linux_sys_fallocate(l: Lwp, fd: number, mode: number, offset: number, length: number): number {
  const file = notPath(fileOf(l, fd))
  if (offset < 0 || length <= 0) throw EINVAL
  const how = mode | 0
  if (how !== 0 && meets(l, 'fallocate.modes', `mode ${how}`)) throw EOPNOTSUPP
  if ((file.flags & FWRITE) === 0) throw EBADF
  if (!(file instanceof VnodeFile)) throw file.type === 'pipe' ? ESPIPE : EOPNOTSUPP
  const { vnode } = file
  if (vnode.type !== 'VREG') throw EINVAL
  const keeps = (how & FALLOC_FL_KEEP_SIZE) !== 0
  switch (how & ~FALLOC_FL_KEEP_SIZE) {
    case 0:
      vnode.allocate(offset, length)
      break
    case FALLOC_FL_PUNCH_HOLE:
      if (!keeps) throw EOPNOTSUPP
      vnode.zero(offset, length)
      return 0
    case FALLOC_FL_ZERO_RANGE:
      vnode.zero(offset, length)
      break
    default:
      throw EOPNOTSUPP
  }
  if (!keeps && offset + length > vnode.size()) vnode.truncate(offset + length)
  return 0
}

// --- advice and synchronisation ---

function sys_fsync(l: Lwp, fd: number): number {
  const file = notPath(fileOf(l, fd))
  if (!(file instanceof VnodeFile)) throw EINVAL
  file.fsync()
  return 0
}

function sys_sync(l: Lwp): number {
  l.proc.kernel.vfs.sync()
  return 0
}

function linux_sys_syncfs(l: Lwp, fd: number): number {
  fileOf(l, fd)
  l.proc.kernel.vfs.sync()
  return 0
}

/** netbsd-linux-semantics 4.4. */
function linux_sys_readahead(l: Lwp, fd: number): number {
  const file = fileOf(l, fd)
  if ((file.flags & FREAD) === 0) throw EBADF
  if (!(file instanceof VnodeFile) || file.vnode.type !== 'VREG') throw EINVAL
  return 0
}

function linux_sys_fadvise64(l: Lwp, fd: number, _offset: number, length: number, advice: number): number {
  const file = notPath(fileOf(l, fd))
  if (file.type === 'pipe') throw ESPIPE
  if (length < 0 || advice < 0 || advice > 5) throw EINVAL
  return 0
}

// --- access ---

const F_OK_MASK = 7
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EACCESS = 0x200
const AT_EMPTY_PATH = 0x1000

function access(l: Lwp, dirfd: number, pathAddress: number, mode: number, flags: number): number {
  if ((mode & ~F_OK_MASK) !== 0 || (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH)) !== 0) throw EINVAL
  const path = pathArgument(l, pathAddress)
  const subject = (flags & AT_EACCESS) !== 0 ? effective(l.proc.credentials) : real(l.proc.credentials)
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) {
    checkAccess(vnodeFileOf(l, dirfd, EINVAL).vnode, subject, mode)
    return 0
  }
  const start = startOf(l, dirfd, path)
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start, follow: (flags & AT_SYMLINK_NOFOLLOW) === 0, subject })
  if (vnode === undefined) throw ENOENT
  if ((mode & VWRITE) !== 0 && vnode.mount.readOnly && vnode.type !== 'VCHR') throw EROFS
  checkAccess(vnode, subject, mode)
  return 0
}

function sys_access(l: Lwp, path: number, mode: number): number {
  return access(l, AT_FDCWD, path, mode, 0)
}

function linux_sys_faccessat(l: Lwp, dirfd: number, path: number, mode: number): number {
  return access(l, dirfd, path, mode, 0)
}

function linux_sys_faccessat2(l: Lwp, dirfd: number, path: number, mode: number, flags: number): number {
  return access(l, dirfd, path, mode, flags | 0)
}

// --- flock ---

const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4
const LOCK_UN = 8

function sys_flock(l: Lwp, fd: number, operation: number): MaybeBlocking<number> {
  const file = vnodeFileOf(l, fd, EBADF)
  const how = operation & ~LOCK_NB
  if (how === LOCK_UN) {
    unlockVnode(file.vnode, file, FLOCK_WHOLE)
    return 0
  }
  if (how !== LOCK_SH && how !== LOCK_EX) throw EINVAL
  return finishZero(
    lockVnode(
      l,
      file.vnode,
      { ...FLOCK_WHOLE, owner: file, pid: l.proc.pid, exclusive: how === LOCK_EX },
      (operation & LOCK_NB) === 0,
    ),
  )
}

function finishZero(result: MaybeBlocking<void>): MaybeBlocking<number> {
  return isKthread(result) ? zeroAfter(result) : 0
}

function* zeroAfter(result: Kthread<void>): Kthread<number> {
  yield* finish(result)
  return 0
}

export const fileCalls: CallFamily = {
  open: linux_sys_open,
  openat: linux_sys_openat,
  creat: linux_sys_creat,
  close: sys_close,
  close_range: linux_sys_close_range,
  dup: sys_dup,
  dup2: linux_sys_dup2,
  dup3: linux_sys_dup3,
  read: sys_read,
  write: sys_write,
  readv: sys_readv,
  writev: sys_writev,
  pread64: linux_sys_pread,
  pwrite64: linux_sys_pwrite,
  preadv: linux_sys_preadv,
  pwritev: linux_sys_pwritev,
  preadv2: linux_sys_preadv2,
  pwritev2: linux_sys_pwritev2,
  lseek: compat_43_sys_lseek,
  truncate: linux_sys_truncate64,
  ftruncate: linux_sys_ftruncate64,
  fallocate: linux_sys_fallocate,
  fsync: sys_fsync,
  fdatasync: sys_fsync,
  sync: sys_sync,
  syncfs: linux_sys_syncfs,
  readahead: linux_sys_readahead,
  fadvise64: linux_sys_fadvise64,
  access: sys_access,
  faccessat: linux_sys_faccessat,
  faccessat2: linux_sys_faccessat2,
  flock: sys_flock,
  ...fileCopyCalls,
}
