/** Names: linux_file.c and the native calls behind it. */

import { meets } from '../native/divergence.ts'
import { EBADF, EINVAL, ENOENT, ENOTDIR, EPERM, ERANGE } from '../native/errno.ts'
import { FREAD } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { checkAccess, checkSearch, effective, VEXEC } from '../native/vfs/permission.ts'
import { pathOf } from '../native/vfs/place.ts'
import {
  doLink,
  doMkdirat,
  doMknodat,
  doRenameat,
  doSymlinkat,
  doUnlinkat,
  type RenameOptions,
} from '../native/vfs/vfs-syscalls.ts'
import { modeType, type Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, type CallFamily, size } from './call.ts'
import { fileOf, pathArgument, startOf } from './file-arguments.ts'
import { attributeCalls } from './file-attributes.ts'
import { readableName } from './inotify-constants.ts'

const AT_SYMLINK_FOLLOW = 0x400
const AT_REMOVEDIR = 0x200
const AT_EMPTY_PATH = 0x1000
/** More than any program asks for at once; what fits is delivered, the rest next time. */
const MAX_DIRECTORY_READ = 1 << 20

// --- listing ---

/** Writes one record at `at` if it fits; its length, or 0. */
type RecordWriter = (
  view: DataView,
  bytes: Uint8Array,
  at: number,
  name: string,
  ino: number,
  cookie: number,
  type: number,
) => number

function putName(bytes: Uint8Array, at: number, name: string): void {
  for (let i = 0; i < name.length; i++) bytes[at + i] = name.charCodeAt(i)
}

/** struct linux_dirent64: ino, off, reclen, type, name. */
const record64: RecordWriter = (view, bytes, at, name, ino, cookie, type) => {
  const length = (19 + name.length + 1 + 7) & ~7
  if (at + length > bytes.length) return 0
  view.setBigUint64(at, BigInt(ino), true)
  view.setBigInt64(at + 8, BigInt(cookie), true)
  view.setUint16(at + 16, length, true)
  bytes[at + 18] = type
  putName(bytes, at + 19, name)
  return length
}

/** struct linux_dirent: ino, off, reclen, name, and the type in the last byte. */
const record: RecordWriter = (view, bytes, at, name, ino, cookie, type) => {
  const length = (18 + name.length + 2 + 7) & ~7
  if (at + length > bytes.length) return 0
  view.setBigUint64(at, BigInt(ino), true)
  view.setBigInt64(at + 8, BigInt(cookie), true)
  view.setUint16(at + 16, length, true)
  putName(bytes, at + 18, name)
  bytes[at + length - 1] = type
  return length
}

function getdents(l: Lwp, fd: number, buffer: number, count: number, put: RecordWriter): number {
  const file = fileOf(l, fd)
  if (!(file instanceof VnodeFile)) throw ENOTDIR
  if (file.isPath) throw EBADF
  if (file.vnode.type === 'VDIR' && file.vnode.getattr().nlink === 0) {
    if (meets(l, 'getdents.removed-directory', `getdents ${fd | 0}`)) return 0
    throw ENOENT
  }
  const bytes = new Uint8Array(Math.min(size(count >>> 0), MAX_DIRECTORY_READ))
  const view = new DataView(bytes.buffer)
  let used = 0
  let cookie = file.offset
  const { vfs } = l.proc.kernel
  vfs.epoch++
  // Linux tells of a listing as of a read, also at the end and if there is no room for a record; NetBSD posts nothing.
  if (file.vnode.type === 'VDIR' && (file.flags & FREAD) !== 0) vfs.notes.tellOf('access', file.vnode, file.place)
  for (const e of file.entries(l)) {
    // d_type is the type's bits of the mode, shifted down.
    const length = put(view, bytes, used, e.name, e.ino, e.cookie, (e.mode >> 12) & 15)
    if (length === 0) {
      if (used === 0) throw EINVAL
      break
    }
    used += length
    cookie = e.cookie
  }
  l.memory.copyout(buffer, bytes.subarray(0, used))
  file.offset = cookie
  return used
}

function linux_sys_getdents(l: Lwp, fd: number, buffer: number, count: number): number {
  return getdents(l, fd, buffer, count, record)
}

function linux_sys_getdents64(l: Lwp, fd: number, buffer: number, count: number): number {
  return getdents(l, fd, buffer, count, record64)
}

// --- making and removing ---

function mkdirat(l: Lwp, dirfd: number, address: number, mode: number): number {
  const path = pathArgument(l, address)
  doMkdirat(l, l.proc.kernel.vfs, startOf(l, dirfd, path), path, mode)
  return 0
}

function sys_mkdir(l: Lwp, path: number, mode: number): number {
  return mkdirat(l, AT_FDCWD, path, mode)
}

function linux_sys_mkdirat(l: Lwp, dirfd: number, path: number, mode: number): number {
  return mkdirat(l, dirfd, path, mode)
}

function mknodat(l: Lwp, dirfd: number, address: number, mode: number, dev: number): number {
  const path = pathArgument(l, address)
  const type = (mode & 0o170000) === 0 ? 'VREG' : modeType(mode)
  if (type === 'VDIR') throw EPERM
  if (type === 'VREG' && (mode & 0o170000) !== 0 && (mode & 0o170000) !== 0o100000) throw EINVAL
  if (type === 'VLNK') throw EINVAL
  doMknodat(l, l.proc.kernel.vfs, startOf(l, dirfd, path), path, type, mode & 0o7777, dev >>> 0)
  return 0
}

function linux_sys_mknod(l: Lwp, path: number, mode: number, dev: number): number {
  return mknodat(l, AT_FDCWD, path, mode, dev)
}

function linux_sys_mknodat(l: Lwp, dirfd: number, path: number, mode: number, dev: number): number {
  return mknodat(l, dirfd, path, mode, dev)
}

function unlinkat(l: Lwp, dirfd: number, address: number, removeDirectory: boolean): number {
  const path = pathArgument(l, address)
  doUnlinkat(l, l.proc.kernel.vfs, startOf(l, dirfd, path), path, removeDirectory)
  return 0
}

function linux_sys_unlink(l: Lwp, path: number): number {
  return unlinkat(l, AT_FDCWD, path, false)
}

function sys_rmdir(l: Lwp, path: number): number {
  return unlinkat(l, AT_FDCWD, path, true)
}

function linux_sys_unlinkat(l: Lwp, dirfd: number, path: number, flags: number): number {
  if ((flags & ~AT_REMOVEDIR) !== 0) throw EINVAL
  return unlinkat(l, dirfd, path, (flags & AT_REMOVEDIR) !== 0)
}

function renameat(
  l: Lwp,
  fromFd: number,
  fromAddress: number,
  toFd: number,
  toAddress: number,
  options?: RenameOptions,
): number {
  const from = pathArgument(l, fromAddress)
  const to = pathArgument(l, toAddress)
  doRenameat(l, l.proc.kernel.vfs, startOf(l, fromFd, from), from, startOf(l, toFd, to), to, options)
  return 0
}

function sys___posix_rename(l: Lwp, from: number, to: number): number {
  return renameat(l, AT_FDCWD, from, AT_FDCWD, to)
}

function linux_sys_renameat(l: Lwp, fromFd: number, from: number, toFd: number, to: number): number {
  return renameat(l, fromFd, from, toFd, to)
}

const RENAME_NOREPLACE = 1
const RENAME_EXCHANGE = 2

function linux_sys_renameat2(l: Lwp, fromFd: number, from: number, toFd: number, to: number, flags: number): number {
  const known = RENAME_NOREPLACE | RENAME_EXCHANGE
  if ((flags & ~known) !== 0 || (flags & known) === known) throw EINVAL
  return renameat(l, fromFd, from, toFd, to, {
    noReplace: (flags & RENAME_NOREPLACE) !== 0,
    exchange: (flags & RENAME_EXCHANGE) !== 0,
  })
}

function linkat(l: Lwp, fromFd: number, fromAddress: number, toFd: number, toAddress: number, flags: number): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) throw EINVAL
  const from = pathArgument(l, fromAddress)
  const to = pathArgument(l, toAddress)
  const { vfs } = l.proc.kernel
  const vnode = linkSource(l, fromFd, from, flags)
  doLink(l, vfs, vnode, startOf(l, toFd, to), to)
  return 0
}

function linkSource(l: Lwp, dirfd: number, path: string, flags: number): Vnode {
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) {
    const file = fileOf(l, dirfd)
    if (!(file instanceof VnodeFile)) throw ENOENT
    return file.vnode
  }
  const { vnode } = l.proc.kernel.vfs.namei(l, path, {
    start: startOf(l, dirfd, path),
    follow: (flags & AT_SYMLINK_FOLLOW) !== 0,
  })
  if (vnode === undefined) throw ENOENT
  return vnode
}

function sys_link(l: Lwp, from: number, to: number): number {
  return linkat(l, AT_FDCWD, from, AT_FDCWD, to, 0)
}

function linux_sys_linkat(l: Lwp, fromFd: number, from: number, toFd: number, to: number, flags: number): number {
  return linkat(l, fromFd, from, toFd, to, flags | 0)
}

function symlinkat(l: Lwp, targetAddress: number, dirfd: number, address: number): number {
  const target = pathArgument(l, targetAddress)
  const path = pathArgument(l, address)
  doSymlinkat(l, l.proc.kernel.vfs, target, startOf(l, dirfd, path), path)
  return 0
}

function sys_symlink(l: Lwp, target: number, path: number): number {
  return symlinkat(l, target, AT_FDCWD, path)
}

function linux_sys_symlinkat(l: Lwp, target: number, dirfd: number, path: number): number {
  return symlinkat(l, target, dirfd, path)
}

function readlinkat(l: Lwp, dirfd: number, address: number, buffer: number, length: number): number {
  if (length <= 0) throw EINVAL
  const path = pathArgument(l, address)
  const vnode = readlinkVnode(l, dirfd, path)
  if (vnode.type !== 'VLNK') throw path === '' ? ENOENT : EINVAL
  const target = vnode.readlink(l)
  const bytes = Uint8Array.from({ length: Math.min(target.length, length) }, (_, i) => target.charCodeAt(i))
  l.memory.copyout(buffer, bytes)
  return bytes.length
}

/** An empty path means the link that the descriptor itself is (opened with O_PATH and O_NOFOLLOW). */
function readlinkVnode(l: Lwp, dirfd: number, path: string): Vnode {
  if (path === '' && (dirfd | 0) !== AT_FDCWD) {
    const file = fileOf(l, dirfd)
    if (file instanceof VnodeFile) return file.vnode
  }
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start: startOf(l, dirfd, path), follow: false })
  if (vnode === undefined) throw ENOENT
  return vnode
}

function linux_sys_readlink(l: Lwp, path: number, buffer: number, length: number): number {
  return readlinkat(l, AT_FDCWD, path, buffer, length | 0)
}

function linux_sys_readlinkat(l: Lwp, dirfd: number, path: number, buffer: number, length: number): number {
  return readlinkat(l, dirfd, path, buffer, length | 0)
}

// --- where the process is ---

function directoryAt(l: Lwp, address: number): Vnode {
  const { vnode } = l.proc.kernel.vfs.namei(l, pathArgument(l, address), { start: l.cwdi.cwd, follow: true })
  if (vnode === undefined) throw ENOENT
  return enterable(l, vnode)
}

function enterable(l: Lwp, vnode: Vnode): Vnode {
  if (vnode.type !== 'VDIR') throw ENOTDIR
  checkAccess(vnode, effective(l.credentials), VEXEC)
  return vnode
}

function sys_chdir(l: Lwp, path: number): number {
  return changeDirectory(l, directoryAt(l, path))
}

function sys_fchdir(l: Lwp, fd: number): number {
  const file = fileOf(l, fd)
  if (!(file instanceof VnodeFile)) throw ENOTDIR
  return changeDirectory(l, enterable(l, file.vnode))
}

function changeDirectory(l: Lwp, to: Vnode): number {
  const { cwdi } = l
  const { kernel } = l.proc
  cwdi.cwd = to
  kernel.trace?.emit('cwd', l, { path: readableName(pathOf(to, cwdi.root)) })
  return 0
}

function sys_chroot(l: Lwp, path: number): number {
  const vnode = directoryAt(l, path)
  if (l.credentials.euid !== 0) throw EPERM
  l.cwdi.root = vnode
  return 0
}

/** The length with the zero. @throws ENOENT if the directory was removed, ERANGE. */
function isBelow(vnode: Vnode, root: Vnode): boolean {
  let at: Vnode | undefined = vnode
  while (at !== undefined && at !== root) at = at === at.mount.root ? at.mount.covered : at.place?.directory
  return at === root
}

function linux_sys_getcwd(l: Lwp, buffer: number, length: number): number {
  const { cwd, root } = l.cwdi
  if (cwd.place?.removed === true) throw ENOENT
  checkSearch(cwd, effective(l.credentials))
  const seen = pathOf(cwd, root)
  // A directory that the process's root is not above: Linux says so, and the C library refuses it.
  const path = isBelow(cwd, root) ? seen : `(unreachable)${seen}`
  if (path.endsWith(' (deleted)') && cwd.getattr().nlink === 0) throw ENOENT
  if (path.length + 1 > size(length)) throw ERANGE
  const bytes = new Uint8Array(path.length + 1)
  putName(bytes, 0, path)
  l.memory.copyout(buffer, bytes)
  return bytes.length
}

function sys_umask(l: Lwp, mask: number): number {
  const old = l.cwdi.umask
  l.cwdi.umask = mask & 0o777
  return old
}

export const directoryCalls: CallFamily = {
  getdents: linux_sys_getdents,
  getdents64: linux_sys_getdents64,
  mkdir: sys_mkdir,
  mkdirat: linux_sys_mkdirat,
  mknod: linux_sys_mknod,
  mknodat: linux_sys_mknodat,
  rmdir: sys_rmdir,
  unlink: linux_sys_unlink,
  unlinkat: linux_sys_unlinkat,
  rename: sys___posix_rename,
  renameat: linux_sys_renameat,
  renameat2: linux_sys_renameat2,
  link: sys_link,
  linkat: linux_sys_linkat,
  symlink: sys_symlink,
  symlinkat: linux_sys_symlinkat,
  readlink: linux_sys_readlink,
  readlinkat: linux_sys_readlinkat,
  chdir: sys_chdir,
  fchdir: sys_fchdir,
  chroot: sys_chroot,
  getcwd: linux_sys_getcwd,
  umask: sys_umask,
  ...attributeCalls,
}
