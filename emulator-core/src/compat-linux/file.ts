/** Opening, reading and writing: linux_file.c, linux_misc.c, and the native calls that Linux's numbers lead to. */

import { meets } from '../native/divergence.ts'
import { EFTYPE, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, EROFS } from '../native/errno.ts'
import { FNOATIME, FREAD, FWRITE } from '../native/file.ts'
import { copyDescriptors, loseKqueues } from '../native/kqueue/inheritance.ts'
import type { Lwp } from '../native/lwp.ts'
import { unshareFiles } from '../native/lwp-parts.ts'
import { isKthread, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import { O_PATH_ONLY, O_UNNAMED } from '../native/vfs/open-flags.ts'
import { checkAccess, effective, real, VWRITE } from '../native/vfs/permission.ts'
import { vnOpen } from '../native/vfs/vn-open.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, type CallFamily } from './call.ts'
import { fileOf, install, installLater, pathArgument, startOf, vnodeFileOf } from './file-arguments.ts'
import { fileCopyCalls } from './file-copy.ts'
import { flockCalls } from './file-lock.ts'
import { rangeCalls } from './file-range.ts'
import { transferCalls } from './file-transfer.ts'
import {
  LINUX_O_CLOEXEC,
  LINUX_O_DIRECTORY,
  LINUX_O_NOATIME,
  LINUX_O_PATH,
  LINUX_O_TMPFILE,
  linux_to_bsd_ioflags,
  REMEMBERED,
} from './open-flags.ts'

const O_CREAT_WRONLY_TRUNC = 0x40 | 1 | 0x200

// --- open and close ---

/** @param resolve openat2's rules, 0 for the older calls. */
export function linux_open(
  l: Lwp,
  dirfd: number,
  path: string,
  linuxFlags: number,
  mode: number,
  resolve = 0,
): MaybeBlocking<number> {
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
  if ((linuxFlags & LINUX_O_NOATIME) !== 0 && !meets(l, 'open.noatime', path)) native |= FNOATIME
  const closeOnExec = (linuxFlags & LINUX_O_CLOEXEC) !== 0
  try {
    const file = vnOpen(l, l.proc.kernel.vfs, startOf(l, dirfd, path, resolve), path, native, mode, resolve)
    // Linux wants both permissions for access mode 3, though the descriptor then neither reads nor writes.
    if ((linuxFlags & (3 | LINUX_O_PATH)) === 3 && file instanceof VnodeFile && file.vnode.type === 'VDIR') {
      file.close()
      throw EISDIR
    }
    if (isKthread(file)) return installLater(l, file, closeOnExec)
    file.remembered = linuxFlags & REMEMBERED
    return install(l, file, closeOnExec)
  } catch (error) {
    if (error !== EFTYPE) throw error
    if (meets(l, 'open.nofollow-symlink', path)) throw error
    // Linux looks at O_DIRECTORY first.
    throw (linuxFlags & LINUX_O_DIRECTORY) !== 0 ? ENOTDIR : ELOOP
  }
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

function sys_close(l: Lwp, fd: number): MaybeBlocking<number> {
  const file = l.fd.slot(fd | 0)?.file
  l.fd.close(l, fd | 0)
  const rest = file?.references === 0 ? file.afterClose?.(l) : undefined
  return rest === undefined ? 0 : zeroAfter(rest)
}

function* zeroAfter(work: Kthread<void>): Kthread<number> {
  yield* work
  return 0
}

/**
 * close_range(2): closes, or marks for exec, every descriptor of the range; a range may end far behind the table. With UNSHARE the table is made
 * the caller's own first. linux_misc.c, linux_sys_close_range.
 * @throws EINVAL for a flag, or a range whose end is before its beginning.
 */
function linux_sys_close_range(l: Lwp, first: number, last: number, flags: number): number {
  const CLOSE_RANGE_UNSHARE = 2
  const CLOSE_RANGE_CLOEXEC = 4
  const from = first >>> 0
  const to = last >>> 0
  if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0 || from > to) throw EINVAL
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0) unshareDescriptors(l)
  for (let fd = from; fd <= Math.min(to, l.fd.highest); fd++) {
    const slot = l.fd.slot(fd)
    if (slot === undefined) continue
    if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) slot.closeOnExec = true
    else l.fd.close(l, fd)
  }
  return 0
}

/** NetBSD copies a table that nobody shares, too: it loses its kqueues. */
function unshareDescriptors(l: Lwp): void {
  const before = l.fd
  unshareFiles(l, () => copyDescriptors(l))
  if (l.fd === before) loseKqueues(l)
}

// --- duplicates ---

function sys_dup(l: Lwp, fd: number): number {
  return install(l, fileOf(l, fd), false)
}

function dodup(l: Lwp, from: number, to: number, closeOnExec: boolean): number {
  const file = fileOf(l, from)
  l.fd.assign(l, to | 0, file, closeOnExec)
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

// --- access ---

const F_OK_MASK = 7
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EACCESS = 0x200
const AT_EMPTY_PATH = 0x1000

function access(l: Lwp, dirfd: number, pathAddress: number, mode: number, flags: number): number {
  if ((mode & ~F_OK_MASK) !== 0 || (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EACCESS | AT_EMPTY_PATH)) !== 0) throw EINVAL
  const path = pathArgument(l, pathAddress)
  const subject = (flags & AT_EACCESS) !== 0 ? effective(l.credentials) : real(l.credentials)
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

export const fileCalls: CallFamily = {
  open: linux_sys_open,
  openat: linux_sys_openat,
  creat: linux_sys_creat,
  close: sys_close,
  close_range: linux_sys_close_range,
  dup: sys_dup,
  dup2: linux_sys_dup2,
  dup3: linux_sys_dup3,
  access: sys_access,
  faccessat: linux_sys_faccessat,
  faccessat2: linux_sys_faccessat2,
  ...fileCopyCalls,
  ...flockCalls,
  ...rangeCalls,
  ...transferCalls,
}
