/**
 * fanotify_init(2), fanotify_mark(2), which NetBSD does not have: as far as they notify and hand out descriptors. Classes that ask for permission and
 * records of file handles are refused (EINVAL), as by a Linux that is older than they are. Linux: fs/notify/fanotify/fanotify_user.c.
 */
import { AT_FDCWD, type CallFamily } from '../compat-linux/call.ts'
import { pathArgument, startOf, vnodeFileOf } from '../compat-linux/file-arguments.ts'
import { allocateDescriptor, creationFlags, O_CLOEXEC, O_NONBLOCK } from '../compat-linux/new-descriptor.ts'
import { linux_to_bsd_ioflags } from '../compat-linux/open-flags.ts'
import { CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { EINVAL, ENOENT, ENOTDIR, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { checkAccess, effective, VREAD } from '../native/vfs/permission.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { FAN_EVENT_ON_CHILD, FanotifyGroup, type MarkTarget } from './fanotify-group.ts'
import { FAN_ONDIR } from './fanotify-queue.ts'

const CLOEXEC = 1
const NONBLOCK = 2
const UNLIMITED_QUEUE = 0x10
const UNLIMITED_MARKS = 0x20
const REPORT_TID = 0x100
const INIT_FLAGS = CLOEXEC | NONBLOCK | UNLIMITED_QUEUE | UNLIMITED_MARKS | REPORT_TID
/** O_ACCMODE, O_APPEND, O_NONBLOCK, __O_SYNC, O_DSYNC, O_CLOEXEC, O_LARGEFILE, O_NOATIME. */
const EVENT_FLAGS = 3 | 0x400 | O_NONBLOCK | 0x10_0000 | 0x1000 | O_CLOEXEC | 0x8000 | 0x4_0000

/** @throws EPERM, EINVAL, EMFILE */
function fanotify_init(l: Lwp, flagWord: number, eventWord: number): number {
  const flags = flagWord >>> 0
  const event = eventWord >>> 0
  if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) throw EPERM
  if ((flags & ~INIT_FLAGS) !== 0 || (event & ~EVENT_FLAGS) !== 0 || (event & 3) === 3) throw EINVAL
  const group = new FanotifyGroup(l.proc.kernel, {
    flags: creationFlags((flags & NONBLOCK) === 0 ? 0 : O_NONBLOCK),
    eventFlags: linux_to_bsd_ioflags(event),
    eventCloseOnExec: (event & O_CLOEXEC) !== 0,
    reportsThread: (flags & REPORT_TID) !== 0,
    unlimitedQueue: (flags & UNLIMITED_QUEUE) !== 0,
    unlimitedMarks: (flags & UNLIMITED_MARKS) !== 0,
  })
  return allocateDescriptor(l, group, (flags & CLOEXEC) !== 0)
}

const ADD = 1
const REMOVE = 2
const DONT_FOLLOW = 4
const ONLYDIR = 8
const MOUNT = 0x10
const IGNORED_MASK = 0x20
const SURVIVES_MODIFY = 0x40
const FLUSH = 0x80
const FILESYSTEM = 0x100
const COMMANDS = ADD | REMOVE | FLUSH
const KNOWN = COMMANDS | DONT_FOLLOW | ONLYDIR | MOUNT | IGNORED_MASK | SURVIVES_MODIFY | FILESYSTEM
/** ACCESS, MODIFY, CLOSE_WRITE, CLOSE_NOWRITE, OPEN: events of which a descriptor says all. */
const EVENTS = 0x3b

/** @throws EINVAL, EBADF, ENOENT, ENOTDIR, EACCES, ENOSPC */
function fanotify_mark(l: Lwp, fd: number, flagWord: number, maskWord: number, dirfd: number, pathAt: number): number {
  const flags = flagWord >>> 0
  const mask = maskWord >>> 0
  const command = flags & COMMANDS
  if (maskWord > 0xffff_ffff || maskWord < 0 || (flags & ~KNOWN) !== 0) throw EINVAL
  if (command !== ADD && command !== REMOVE && command !== FLUSH) throw EINVAL
  if ((flags & MOUNT) !== 0 && (flags & FILESYSTEM) !== 0) throw EINVAL
  if (command === FLUSH ? (flags & ~(FLUSH | MOUNT | FILESYSTEM)) !== 0 : mask === 0) throw EINVAL
  if ((mask & ~(EVENTS | FAN_EVENT_ON_CHILD | FAN_ONDIR)) !== 0) throw EINVAL
  const group = l.fd.file(fd | 0)
  if (!(group instanceof FanotifyGroup)) throw EINVAL
  const wide = (flags & (MOUNT | FILESYSTEM)) !== 0
  if (command === FLUSH) {
    group.unmark(target => 'root' in target === wide)
    return 0
  }
  const vnode = vnodeAt(l, dirfd, pathAt, flags)
  const target: MarkTarget = wide ? vnode.mount : vnode
  if (command === ADD) add(group, target, flags, wide ? mask & ~FAN_EVENT_ON_CHILD : mask)
  else remove(group, target, flags, mask)
  return 0
}

/** A path of NULL means the descriptor itself. */
function vnodeAt(l: Lwp, dirfd: number, pathAt: number, flags: number): Vnode {
  const found = pathAt === 0 ? named(l, dirfd) : lookedUp(l, dirfd, pathAt, (flags & DONT_FOLLOW) === 0)
  if ((flags & ONLYDIR) !== 0 && found.type !== 'VDIR') throw ENOTDIR
  checkAccess(found, effective(l.credentials), VREAD)
  return found
}

const named = (l: Lwp, dirfd: number): Vnode =>
  (dirfd | 0) === AT_FDCWD ? l.cwdi.cwd : vnodeFileOf(l, dirfd, EINVAL).vnode

function lookedUp(l: Lwp, dirfd: number, pathAt: number, follow: boolean): Vnode {
  const path = pathArgument(l, pathAt)
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start: startOf(l, dirfd, path), follow })
  if (vnode === undefined) throw ENOENT
  return vnode
}

function add(group: FanotifyGroup, target: MarkTarget, flags: number, mask: number): void {
  const mark = group.mark(target) ?? group.newMark(target)
  if ((flags & IGNORED_MASK) === 0) mark.mask |= mask
  else {
    mark.ignored |= mask
    if ((flags & SURVIVES_MODIFY) !== 0) mark.survivesModify = true
  }
}

/** A mark of nothing is none. @throws ENOENT */
function remove(group: FanotifyGroup, target: MarkTarget, flags: number, mask: number): void {
  const mark = group.mark(target)
  if (mark === undefined) throw ENOENT
  if ((flags & IGNORED_MASK) !== 0) mark.ignored &= ~mask
  else mark.mask &= ~mask
  if (((mark.mask | mark.ignored) & EVENTS) === 0) group.unmark(other => other === target)
}

export const fanotifyCalls: CallFamily = { fanotify_init, fanotify_mark }
