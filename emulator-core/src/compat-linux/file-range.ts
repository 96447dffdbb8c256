/** Sizes and ranges of files, advice about them, and their way to the disk. */

import { PAGE_SIZE } from '../machine/page.ts'
import { meets } from '../native/divergence.ts'
import { EBADF, EFBIG, EINVAL, EISDIR, ENODEV, ENOENT, EOPNOTSUPP, EROFS, ESPIPE, ETXTBSY } from '../native/errno.ts'
import { type File, FREAD, FWRITE } from '../native/file.ts'
import { Memfd } from '../native/ipc/memfd.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread, MaybeBlocking } from '../native/sleep.ts'
import { MAX_FILE_SIZE } from '../native/vfs/file-pages.ts'
import { breakLeases, isLeased } from '../native/vfs/leases.ts'
import { checkAccess, effective, VWRITE } from '../native/vfs/permission.ts'
import type { Place } from '../native/vfs/place.ts'
import { isRunning } from '../native/vfs/vn-open.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { checkGrowth, dropSetId, truncateVnode, VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily } from './call.ts'
import { fileOf, notPath, pathArgument } from './file-arguments.ts'

// --- sizes ---

/** truncate(2). linux_file64.c, linux_sys_truncate64. @throws EINVAL, EISDIR, EACCES, EROFS, ETXTBSY, EFBIG. */
function linux_sys_truncate64(l: Lwp, path: number, length: number): MaybeBlocking<number> {
  if (length < 0) throw EINVAL
  const { vfs } = l.proc.kernel
  const { vnode, place } = vfs.namei(l, pathArgument(l, path), { start: l.cwdi.cwd, follow: true })
  if (vnode === undefined) throw ENOENT
  if (vnode.type === 'VDIR') throw EISDIR
  if (vnode.type !== 'VREG') throw EINVAL
  checkAccess(vnode, effective(l.credentials), VWRITE)
  if (vnode.mount.readOnly) throw EROFS
  if (isRunning(l, vnode)) throw ETXTBSY
  if (isLeased(vnode, true)) return truncateLeased(l, vnode, place, length)
  truncateVnode(vfs, vnode, place, length, l)
  return 0
}

function* truncateLeased(l: Lwp, vnode: Vnode, place: Place | undefined, length: number): Kthread<number> {
  yield* breakLeases(l, vnode, true, true)
  truncateVnode(l.proc.kernel.vfs, vnode, place, length, l)
  return 0
}

/** ftruncate(2). linux_file64.c, linux_sys_ftruncate64. @throws EBADF, EINVAL, EFBIG. */
function linux_sys_ftruncate64(l: Lwp, fd: number, length: number): number {
  const file = notPath(fileOf(l, fd))
  if (length < 0) throw EINVAL
  file.truncate(l, length)
  return 0
}

const KEEP_SIZE = 1
const PUNCH_HOLE = 2
const COLLAPSE_RANGE = 8
const ZERO_RANGE = 0x10
const INSERT_RANGE = 0x20
const KNOWN_MODES = KEEP_SIZE | PUNCH_HOLE | COLLAPSE_RANGE | ZERO_RANGE | INSERT_RANGE

/** @throws EOPNOTSUPP, EINVAL for modes that do not go together. */
function checkMode(mode: number): void {
  const kind = mode & ~KEEP_SIZE
  if ((mode & ~KNOWN_MODES) !== 0) throw EOPNOTSUPP
  if (kind === PUNCH_HOLE && (mode & KEEP_SIZE) === 0) throw EOPNOTSUPP
  if ((kind & PUNCH_HOLE) !== 0 && (kind & ZERO_RANGE) !== 0) throw EOPNOTSUPP
  if ((kind & (COLLAPSE_RANGE | INSERT_RANGE)) !== 0 && mode !== COLLAPSE_RANGE && mode !== INSERT_RANGE) throw EINVAL
}

/**
 * fallocate(2): space for a range; the modes that punch, zero, insert and take out are Linux's alone (fs/open.c, vfs_fallocate).
 * Natively: vfs_syscalls.c, sys_posix_fallocate.
 * @throws EBADF, EINVAL, ENODEV, ESPIPE, EFBIG; EOPNOTSUPP for a mode.
 */
function linux_sys_fallocate(l: Lwp, fd: number, modeArgument: number, offset: number, length: number): number {
  const file = notPath(fileOf(l, fd))
  const mode = modeArgument | 0
  if (offset < 0 || length <= 0) throw EINVAL
  if (mode !== 0 && meets(l, 'fallocate.modes', `mode ${mode}`)) throw EOPNOTSUPP
  checkMode(mode)
  if ((file.flags & FWRITE) === 0) throw EBADF
  if (file instanceof Memfd) {
    if ((mode & ~(KEEP_SIZE | PUNCH_HOLE)) !== 0) throw EOPNOTSUPP
    file.allocate(l, offset, length, (mode & KEEP_SIZE) !== 0, (mode & PUNCH_HOLE) !== 0)
    return 0
  }
  if (!(file instanceof VnodeFile)) throw file.type === 'pipe' ? ESPIPE : ENODEV
  if (file.vnode.type !== 'VREG') throw ENODEV
  if (offset + length > MAX_FILE_SIZE) throw EFBIG
  allocate(l, file, mode, offset, length)
  return 0
}

function allocate(l: Lwp, { vnode, vfs, place }: VnodeFile, mode: number, offset: number, length: number): void {
  const size = vnode.size()
  const end = offset + length
  const grows = (mode & ~ZERO_RANGE) === 0 && end > size
  if (grows) checkGrowth(l, end)
  if (vnode.isSetId) dropSetId(l, vfs, vnode, place, 'truncate')
  switch (mode & ~KEEP_SIZE) {
    case 0:
      vnode.allocate(offset, length)
      break
    case PUNCH_HOLE:
    case ZERO_RANGE:
      vnode.zero(offset, length)
      break
    default:
      moveTail(mode === INSERT_RANGE, offset, length, size)
      vnode.shift(offset, mode === INSERT_RANGE ? length : -length)
  }
  if (grows) vnode.truncate(end)
  vfs.notes.tellOf('modify', vnode, place)
}

/** Whether whole blocks can be put in or taken out. @throws EINVAL, EFBIG. */
function moveTail(inserts: boolean, offset: number, length: number, size: number): void {
  if (offset % PAGE_SIZE !== 0 || length % PAGE_SIZE !== 0) throw EINVAL
  if (inserts ? offset >= size : offset + length >= size) throw EINVAL
  if (inserts && size + length > MAX_FILE_SIZE) throw EFBIG
}

// --- advice and synchronisation ---

/** fsync(2), fdatasync(2). vfs_syscalls.c, sys_fsync. @throws EBADF, EINVAL for what is no file of a file system. */
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
  notPath(fileOf(l, fd))
  l.proc.kernel.vfs.sync()
  return 0
}

const hasRanges = (file: File): boolean =>
  file instanceof VnodeFile && ['VREG', 'VDIR', 'VBLK'].includes(file.vnode.type)

/** sync_file_range(2): Linux's alone. @throws ESPIPE for what has no ranges. */
function linux_sys_sync_file_range(l: Lwp, fd: number, offset: number, length: number, flags: number): number {
  const file = notPath(fileOf(l, fd))
  if ((flags & ~7) !== 0 || offset < 0 || length < 0) throw EINVAL
  if (!hasRanges(file)) throw ESPIPE
  if (file instanceof VnodeFile && file.vnode.type === 'VREG') file.vnode.fsync()
  return 0
}

const OFF_MAX = 2 ** 63

/**
 * readahead(2): posix_fadvise's WILLNEED. The host reads ahead as it likes, so only the checks are left. linux_misc.c, linux_sys_readahead.
 * @throws EBADF, also for a file that is not open for reading; EINVAL for what is no regular file, and for a range that is none.
 */
function linux_sys_readahead(l: Lwp, fd: number, offset: number, count: number): number {
  const file = notPath(fileOf(l, fd))
  if ((file.flags & FREAD) === 0) throw EBADF
  if (file instanceof Memfd) {
    if (meets(l, 'memfd.control', 'readahead')) throw EINVAL
  } else if (!(file instanceof VnodeFile) || file.vnode.type !== 'VREG') throw EINVAL
  if (count < 0) throw EINVAL
  if ((offset < 0 || offset + count >= OFF_MAX) && meets(l, 'readahead.range', `${count} bytes at ${offset}`))
    throw EINVAL
  return 0
}

/** posix_fadvise(2): advice that changes nothing one can see. vfs_syscalls.c, do_posix_fadvise. @throws EBADF, ESPIPE, EINVAL. */
function linux_sys_fadvise64(l: Lwp, fd: number, _offset: number, length: number, advice: number): number {
  const file = notPath(fileOf(l, fd))
  if (file.type === 'pipe') throw ESPIPE
  if (length < 0 || advice < 0 || advice > 5) throw EINVAL
  if (file instanceof Memfd && meets(l, 'memfd.control', 'posix_fadvise')) throw EOPNOTSUPP
  return 0
}

export const rangeCalls: CallFamily = {
  truncate: linux_sys_truncate64,
  ftruncate: linux_sys_ftruncate64,
  fallocate: linux_sys_fallocate,
  fsync: sys_fsync,
  fdatasync: sys_fsync,
  sync: sys_sync,
  syncfs: linux_sys_syncfs,
  sync_file_range: linux_sys_sync_file_range,
  readahead: linux_sys_readahead,
  fadvise64: linux_sys_fadvise64,
}
