/** Mode, owner and times: the chmod, chown and utimes families. */

import { meets } from '../native/divergence.ts'
import { EFAULT, EINVAL, ENOENT, EOPNOTSUPP } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { changeMode, changeOwner, changeTimes, type Reached } from '../native/vfs/vfs-syscalls.ts'
import { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, type CallFamily } from './call.ts'
import { fileOf, notPath, pathArgument, startOf } from './file-arguments.ts'

const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EMPTY_PATH = 0x1000
const SECOND = 1_000_000_000n

/** What an …at call names. */
function target(l: Lwp, dirfd: number, address: number, flags: number): Reached {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw EINVAL
  const path = pathArgument(l, address)
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) {
    const { cwd } = l.cwdi
    return (dirfd | 0) === AT_FDCWD ? { node: cwd, place: cwd.place } : attributesOf(l, fileOf(l, dirfd))
  }
  const { vnode, place } = l.proc.kernel.vfs.namei(l, path, {
    start: startOf(l, dirfd, path),
    follow: (flags & AT_SYMLINK_NOFOLLOW) === 0,
  })
  if (vnode === undefined) throw ENOENT
  return { node: vnode, place }
}

/** An open file's. @throws EINVAL where it has to be in a file system (fd_getvnode), EOPNOTSUPP of one that has none. */
function attributesOf(l: Lwp, file: File): Reached {
  if (file instanceof VnodeFile) return { node: file.vnode, place: file.place }
  const { attributes } = file
  if (!(attributes instanceof Vnode) && meets(l, 'chmod.anonymous-files', file.describe())) throw EINVAL
  if (attributes === undefined) throw EOPNOTSUPP
  return { node: attributes, place: attributes instanceof Vnode ? attributes.place : undefined }
}

const open = (l: Lwp, fd: number): Reached => attributesOf(l, notPath(fileOf(l, fd)))

function chmod(l: Lwp, reached: Reached, mode: number): number {
  if (reached.node.type === 'VLNK') throw EOPNOTSUPP
  changeMode(l, l.proc.kernel.vfs, reached, mode & 0o7777)
  return 0
}

function chown(l: Lwp, reached: Reached, uid: number, gid: number): number {
  // -1 of a 32-bit type means: leave it.
  const id = (n: number): number => (n >>> 0 === 0xffff_ffff ? -1 : n >>> 0)
  changeOwner(l, l.proc.kernel.vfs, reached, id(uid), id(gid))
  return 0
}

const sys_chmod = (l: Lwp, path: number, mode: number): number => chmod(l, target(l, AT_FDCWD, path, 0), mode)
const sys_fchmod = (l: Lwp, fd: number, mode: number): number => chmod(l, open(l, fd), mode)
const linux_sys_fchmodat = (l: Lwp, dirfd: number, path: number, mode: number): number =>
  chmod(l, target(l, dirfd, path, 0), mode)
/** With flags, and for a link itself, whose mode cannot be changed; Linux's alone. */
const linux_sys_fchmodat2 = (l: Lwp, dirfd: number, path: number, mode: number, flags: number): number =>
  chmod(l, target(l, dirfd, path, flags | 0), mode)
const sys___posix_chown = (l: Lwp, path: number, uid: number, gid: number): number =>
  chown(l, target(l, AT_FDCWD, path, 0), uid, gid)
const sys___posix_lchown = (l: Lwp, path: number, uid: number, gid: number): number =>
  chown(l, target(l, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW), uid, gid)
const sys___posix_fchown = (l: Lwp, fd: number, uid: number, gid: number): number => chown(l, open(l, fd), uid, gid)
const linux_sys_fchownat = (l: Lwp, dirfd: number, path: number, uid: number, gid: number, flags: number): number =>
  chown(l, target(l, dirfd, path, flags | 0), uid, gid)

// --- times ---

interface Times {
  readonly atime: bigint | undefined
  readonly mtime: bigint | undefined
  readonly isNow: boolean
}

function now(l: Lwp): Times {
  const time = l.proc.kernel.clock.realtime()
  return { atime: time, mtime: time, isNow: true }
}

const UTIME_NOW = 0x3fff_ffffn
const UTIME_OMIT = 0x3fff_fffen

/** Two times of a second and a fraction, each 64 bits. */
function readPairs(l: Lwp, address: number): readonly (readonly [bigint, bigint])[] {
  const v = new DataView(l.memory.copyin(address, 32).buffer)
  return [0, 16].map(at => [v.getBigInt64(at, true), v.getBigInt64(at + 8, true)] as const)
}

function timespecs(l: Lwp, address: number): Times {
  if (address === 0) return now(l)
  const present = now(l)
  const pairs = readPairs(l, address)
  const times = pairs.map(([seconds, ns]) => {
    if (ns === UTIME_NOW) return present.atime
    if (ns === UTIME_OMIT) return undefined
    if (ns < 0n || ns >= SECOND) throw EINVAL
    return seconds * SECOND + ns
  })
  return { atime: times[0], mtime: times[1], isNow: pairs.every(([, ns]) => ns === UTIME_NOW) }
}

function timevals(l: Lwp, address: number): Times {
  if (address === 0) return now(l)
  const times = readPairs(l, address).map(([seconds, us]) => {
    if (us < 0n || us >= 1_000_000n) throw EINVAL
    return seconds * SECOND + us * 1000n
  })
  return { atime: times[0], mtime: times[1], isNow: false }
}

function setTimes(l: Lwp, reached: Reached, t: Times): number {
  changeTimes(l, l.proc.kernel.vfs, reached, t.atime, t.mtime, t.isNow)
  return 0
}

function linux_sys_utimensat(l: Lwp, dirfd: number, path: number, times: number, flags: number): number {
  const t = timespecs(l, times)
  // Nothing to do: not even the descriptor or the path is looked at.
  if (t.atime === undefined && t.mtime === undefined) return 0
  if (path === 0) {
    if ((dirfd | 0) === AT_FDCWD) throw EFAULT
    if (flags !== 0) throw EINVAL
    return setTimes(l, open(l, dirfd), t)
  }
  return setTimes(l, target(l, dirfd, path, flags | 0), t)
}

const compat_50_sys_utimes = (l: Lwp, path: number, times: number): number =>
  setTimes(l, target(l, AT_FDCWD, path, 0), timevals(l, times))

function linux_sys_futimesat(l: Lwp, dirfd: number, path: number, times: number): number {
  const t = timevals(l, times)
  return setTimes(l, path === 0 ? open(l, dirfd) : target(l, dirfd, path, 0), t)
}

/** struct utimbuf: two times in seconds. */
function linux_sys_utime(l: Lwp, path: number, times: number): number {
  if (times === 0) return setTimes(l, target(l, AT_FDCWD, path, 0), now(l))
  const v = new DataView(l.memory.copyin(times, 16).buffer)
  const t = { atime: v.getBigInt64(0, true) * SECOND, mtime: v.getBigInt64(8, true) * SECOND, isNow: false }
  return setTimes(l, target(l, AT_FDCWD, path, 0), t)
}

export const attributeCalls: CallFamily = {
  chmod: sys_chmod,
  fchmod: sys_fchmod,
  fchmodat: linux_sys_fchmodat,
  fchmodat2: linux_sys_fchmodat2,
  chown: sys___posix_chown,
  lchown: sys___posix_lchown,
  fchown: sys___posix_fchown,
  fchownat: linux_sys_fchownat,
  utimensat: linux_sys_utimensat,
  utimes: compat_50_sys_utimes,
  futimesat: linux_sys_futimesat,
  utime: linux_sys_utime,
}
