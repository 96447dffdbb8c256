/** What a file is like: linux_file64.c. netbsd-linux-semantics 4.5, 4.6. */

import { meets } from '../native/divergence.ts'
import { EINVAL, ENOENT } from '../native/errno.ts'
import { File } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Stat } from '../native/stat.ts'
import { major, minor } from '../native/vfs/device.ts'
import { type Mount, type MountFlags, NO_MOUNT_FLAGS } from '../native/vfs/mount.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, type CallFamily } from './call.ts'
import { fileOf, notPath, pathArgument, startOf } from './file-arguments.ts'

const AT_SYMLINK_NOFOLLOW = 0x100
const AT_NO_AUTOMOUNT = 0x800
const AT_EMPTY_PATH = 0x1000
const AT_STATX_SYNC = 0x6000
const STATX_RESERVED = 0x8000_0000
const STATX_BASIC_STATS = 0x7ff
const STATX_BTIME = 0x800
const STATX_MNT_ID = 0x1000
const STATX_ATTR_MOUNT_ROOT = 0x2000n
/** Immutable, append, nodump: told of every file, and set for none here. */
const STATX_ATTR_FILE_FLAGS = 0x70n
const NETBSD_LINK_MAX = 32767
const SECOND = 1_000_000_000n

/** What a path (or, with an empty one, a descriptor) names. */
function foundAt(l: Lwp, dirfd: number, path: string, flags: number): Vnode | File {
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) {
    return (dirfd | 0) === AT_FDCWD ? l.cwdi.cwd : fileOf(l, dirfd)
  }
  const start = startOf(l, dirfd, path)
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start, follow: (flags & AT_SYMLINK_NOFOLLOW) === 0 })
  if (vnode === undefined) throw ENOENT
  return vnode
}

function statOf(l: Lwp, found: Vnode | File): Stat {
  return found instanceof File ? found.stat(l) : found.getattr()
}

/** fstatat(2)'s answer, before it is put into a Linux struct. vfs_syscalls.c, do_sys_statat. @throws what looking up the path throws, EBADF. */
function statAt(l: Lwp, dirfd: number, path: string, flags: number): Stat {
  return statOf(l, foundAt(l, dirfd, path, flags))
}

function links(l: Lwp, stat: Stat): number {
  return stat.nlink > NETBSD_LINK_MAX && meets(l, 'stat.link-count', `${stat.nlink} links`)
    ? NETBSD_LINK_MAX
    : stat.nlink
}

const statBytes = new Uint8Array(144)
const statView = new DataView(statBytes.buffer)

function putTime(view: DataView, at: number, time: bigint): void {
  const seconds = time / SECOND - (time % SECOND < 0n ? 1n : 0n)
  view.setBigInt64(at, seconds, true)
  view.setBigUint64(at + 8, time - seconds * SECOND, true)
}

/** struct stat of Linux on x86-64. */
function copyoutStat(l: Lwp, address: number, s: Stat): number {
  const v = statView
  v.setBigUint64(0, BigInt(s.dev), true)
  v.setBigUint64(8, BigInt(s.ino), true)
  v.setBigUint64(16, BigInt(links(l, s)), true)
  v.setUint32(24, s.mode, true)
  v.setUint32(28, s.uid, true)
  v.setUint32(32, s.gid, true)
  v.setUint32(36, 0, true)
  v.setBigUint64(40, BigInt(s.rdev), true)
  v.setBigInt64(48, BigInt(s.size), true)
  v.setBigInt64(56, BigInt(s.blksize), true)
  v.setBigInt64(64, BigInt(s.blocks), true)
  putTime(v, 72, s.atime)
  putTime(v, 88, s.mtime)
  putTime(v, 104, s.ctime)
  l.memory.copyout(address, statBytes)
  return 0
}

/** stat(2). linux_file64.c, linux_sys_stat64. */
function linux_sys_stat64(l: Lwp, path: number, into: number): number {
  return copyoutStat(l, into, statAt(l, AT_FDCWD, pathArgument(l, path), 0))
}

/** lstat(2): of a link itself. linux_file64.c, linux_sys_lstat64. */
function linux_sys_lstat64(l: Lwp, path: number, into: number): number {
  return copyoutStat(l, into, statAt(l, AT_FDCWD, pathArgument(l, path), AT_SYMLINK_NOFOLLOW))
}

/** fstat(2): of an open file, also of what has no name. linux_file64.c, linux_sys_fstat64. @throws EBADF, EFAULT. */
function linux_sys_fstat64(l: Lwp, fd: number, into: number): number {
  return copyoutStat(l, into, fileOf(l, fd).stat(l))
}

/** newfstatat(2): with AT_EMPTY_PATH and an empty path, of the descriptor. linux_file64.c, linux_sys_fstatat64. @throws EINVAL for another flag. */
function linux_sys_fstatat64(l: Lwp, dirfd: number, path: number, into: number, flags: number): number {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) !== 0) throw EINVAL
  return copyoutStat(l, into, statAt(l, dirfd, maybePath(l, path, flags), flags))
}

/** With AT_EMPTY_PATH Linux takes no path for an empty one. @throws EFAULT. */
function maybePath(l: Lwp, path: number, flags: number): string {
  if (path === 0 && (flags & AT_EMPTY_PATH) !== 0 && !meets(l, 'stat.no-path', 'a path of NULL')) return ''
  return pathArgument(l, path)
}

const statxBytes = new Uint8Array(256)
const statxView = new DataView(statxBytes.buffer)

function putStatxTime(at: number, time: bigint): void {
  const seconds = time / SECOND - (time % SECOND < 0n ? 1n : 0n)
  statxView.setBigInt64(at, seconds, true)
  statxView.setUint32(at + 8, Number(time - seconds * SECOND), true)
}

/**
 * statx(2): an fstatat whose answer is copied field by field; what is told does not depend on `mask`, whose reserved bit alone is looked at.
 * linux_file64.c, linux_sys_statx and bsd_to_linux_statx.
 * @throws EINVAL for flags and the reserved bit, EFAULT, and what looking up the path throws.
 */
function linux_sys_statx(l: Lwp, dirfd: number, path: number, flags: number, mask: number, into: number): number {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC)) !== 0) throw EINVAL
  const sync = flags & AT_STATX_SYNC
  if (sync === AT_STATX_SYNC || (sync !== 0 && meets(l, 'statx.sync-flags', `flags ${flags.toString(16)}`)))
    throw EINVAL
  if (((mask >>> 0) & STATX_RESERVED) !== 0) throw EINVAL
  const found = foundAt(l, dirfd, maybePath(l, path, flags), flags)
  const s = statOf(l, found)
  const vnode = found instanceof VnodeFile ? found.vnode : found instanceof File ? undefined : found
  const v = statxView
  statxBytes.fill(0)
  const hasMount = !l.proc.kernel.diverges('statx.mount-id')
  // Linux fills it in always. Who asked for other things alone does not look at it; who asked for nothing may.
  if (!hasMount && (mask === 0 || (mask & STATX_MNT_ID) !== 0)) {
    meets(l, 'statx.mount-id', `STATX_MNT_ID${mask === 0 ? ', not asked for' : ''}`)
  }
  v.setUint32(0, STATX_BASIC_STATS | (s.birthtime > 0n ? STATX_BTIME : 0) | (hasMount ? STATX_MNT_ID : 0), true)
  v.setUint32(4, s.blksize, true)
  v.setUint32(16, links(l, s), true)
  v.setUint32(20, s.uid, true)
  v.setUint32(24, s.gid, true)
  v.setUint16(28, s.mode, true)
  v.setBigUint64(32, BigInt(s.ino), true)
  v.setBigUint64(40, BigInt(s.size), true)
  v.setBigUint64(48, BigInt(s.blocks), true)
  putStatxTime(64, s.atime)
  if (s.birthtime > 0n) putStatxTime(80, s.birthtime)
  putStatxTime(96, s.ctime)
  putStatxTime(112, s.mtime)
  const isDevice = (s.mode & 0o170000) === 0o020000 || (s.mode & 0o170000) === 0o060000
  const taken = isDevice ? 0 : s.rdev
  const dev = taken !== s.dev && meets(l, 'statx.device-numbers', `device ${taken} for ${s.dev}`) ? taken : s.dev
  v.setUint32(128, major(s.rdev), true)
  v.setUint32(132, minor(s.rdev), true)
  v.setUint32(136, major(dev), true)
  v.setUint32(140, minor(dev), true)
  v.setBigUint64(56, STATX_ATTR_FILE_FLAGS, true)
  if (hasMount) {
    v.setBigUint64(144, BigInt(vnode?.mount.id ?? 0), true)
    v.setBigUint64(8, vnode !== undefined && vnode === vnode.mount.root ? STATX_ATTR_MOUNT_ROOT : 0n, true)
    v.setBigUint64(56, STATX_ATTR_FILE_FLAGS | STATX_ATTR_MOUNT_ROOT, true)
  }
  l.memory.copyout(into, statxBytes)
  return 0
}

const ST_VALID = 0x20
const ST_RELATIME = 0x1000

/** f_flags: ST_RDONLY and its kin (statfs(2)). */
function statfsFlags(flags: MountFlags): number {
  return (
    ST_VALID |
    (flags.noAccessTime ? 0 : ST_RELATIME) |
    (flags.readOnly ? 1 : 0) |
    (flags.noSuid ? 2 : 0) |
    (flags.noDevices ? 4 : 0) |
    (flags.noExecution ? 8 : 0) |
    (flags.noAccessTime ? 0x400 : 0) |
    (flags.noDirectoryAccessTime ? 0x800 : 0)
  )
}

/** struct statfs, 120 bytes. */
function copyoutStatfs(l: Lwp, address: number, mount: Pick<Mount, 'magic' | 'flags' | 'size'>): number {
  const v = new DataView(new ArrayBuffer(120))
  const size = mount.size()
  const words = [mount.magic, size.blockSize, size.blocks, size.free, size.free, size.files, size.filesFree]
  words.forEach((w, i) => {
    v.setBigUint64(8 * i, BigInt(w), true)
  })
  v.setBigUint64(64, 255n, true)
  v.setBigUint64(72, BigInt(size.blockSize), true)
  v.setBigUint64(80, BigInt(statfsFlags(mount.flags)), true)
  l.memory.copyout(address, new Uint8Array(v.buffer))
  return 0
}

/** statfs(2). linux_misc.c, linux_sys_statfs. */
function linux_sys_statfs(l: Lwp, path: number, into: number): number {
  const { vnode } = l.proc.kernel.vfs.namei(l, pathArgument(l, path), { start: l.cwdi.cwd, follow: true })
  if (vnode === undefined) throw ENOENT
  return copyoutStatfs(l, into, vnode.mount)
}

/** fstatfs(2). linux_misc.c, linux_sys_fstatfs. @throws EBADF, EFAULT. */
function linux_sys_fstatfs(l: Lwp, fd: number, into: number): number {
  const file = notPath(fileOf(l, fd))
  return copyoutStatfs(l, into, file instanceof VnodeFile ? file.vnode.mount : anonymous)
}

/** Pipes, sockets and the like: pipefs's numbers. */
const anonymous = {
  id: 0,
  magic: 0x5049_5045,
  flags: NO_MOUNT_FLAGS,
  size: () => ({ blockSize: 4096, blocks: 0, free: 0, files: 0, filesFree: 0 }),
}

export const statCalls: CallFamily = {
  stat: linux_sys_stat64,
  lstat: linux_sys_lstat64,
  fstat: linux_sys_fstat64,
  newfstatat: linux_sys_fstatat64,
  statx: linux_sys_statx,
  statfs: linux_sys_statfs,
  fstatfs: linux_sys_fstatfs,
}
