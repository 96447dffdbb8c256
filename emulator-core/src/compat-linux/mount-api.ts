/** fsopen, fsconfig, fsmount, fspick, move_mount, open_tree, mount_setattr, none of which NetBSD has: Linux, fs/fsopen.c, fs/namespace.c. */

import { AnonymousFile } from '../linux/anonymous-file.ts'
import { CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { EBUSY, EINVAL, ENODATA, ENODEV, ENOENT, ENOSYS, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import { FREAD, FWRITE } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Mount, MountFlags } from '../native/vfs/mount.ts'
import { isInUse, mountAt, mountOn, moveMount } from '../native/vfs/mounting.ts'
import type { Vfs } from '../native/vfs/vfs.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, type CallFamily, PATH_MAX, size } from './call.ts'
import { pathArgument, startOf, vnodeFileOf } from './file-arguments.ts'
import { fileSystemMaker, isOnDisk } from './mount-types.ts'
import { allocateDescriptor, O_CLOEXEC } from './new-descriptor.ts'

function checkPrivilege(l: Lwp): void {
  if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) throw EPERM
}

/** struct fs_context: a mount being made ready, or one that is being changed. */
class FsContext extends AnonymousFile {
  override readonly name = '[fscontext]'
  readonly kind: string
  /** The one that fspick chose. */
  readonly picked: Mount | undefined
  readonly options: string[] = []
  readOnly = false
  source: string | undefined
  made: Mount | undefined

  constructor(kind: string, picked?: Mount) {
    super(FREAD | FWRITE)
    this.kind = kind
    this.picked = picked
  }

  override get pollable(): boolean {
    return false
  }

  /** Messages of the file system: there are none. */
  override read(): number {
    throw ENODATA
  }

  override close(): void {
    this.made?.dispose()
    this.made = undefined
  }
}

/** @throws EPERM, EINVAL, EFAULT, ENODEV, EMFILE */
function fsopen(l: Lwp, nameAt: number, flagsArgument: number): number {
  const flags = flagsArgument | 0
  checkPrivilege(l)
  if ((flags & ~1) !== 0) throw EINVAL
  const kind = pathArgument(l, nameAt)
  if (fileSystemMaker(kind) === undefined && !isOnDisk(kind)) throw ENODEV
  return allocateDescriptor(l, new FsContext(kind), (flags & 1) !== 0)
}

const PICK_NOFOLLOW = 2
const PICK_EMPTY_PATH = 8

/** @throws EPERM, EINVAL, ENOENT, EMFILE */
function fspick(l: Lwp, dirfd: number, pathAt: number, flagsArgument: number): number {
  const flags = flagsArgument | 0
  checkPrivilege(l)
  if ((flags & ~15) !== 0) throw EINVAL
  const at = vnodeAt(l, dirfd, pathAt, (flags & PICK_EMPTY_PATH) !== 0, (flags & PICK_NOFOLLOW) === 0)
  const mount = mountAt(at)
  return allocateDescriptor(l, new FsContext(mount.kind, mount), (flags & 1) !== 0)
}

function vnodeAt(l: Lwp, dirfd: number, pathAt: number, mayBeEmpty: boolean, follow: boolean): Vnode {
  const path = pathArgument(l, pathAt)
  if (path === '' && mayBeEmpty) {
    return (dirfd | 0) === AT_FDCWD ? l.cwdi.cwd : vnodeFileOf(l, dirfd, EINVAL).vnode
  }
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start: startOf(l, dirfd, path), follow })
  if (vnode === undefined) throw ENOENT
  return vnode
}

function contextOf(l: Lwp, fd: number): FsContext {
  const file = l.fd.file(fd | 0)
  if (!(file instanceof FsContext)) throw EINVAL
  return file
}

/** What fsconfig does, by its command; key and value are addresses. */
type Configure = (l: Lwp, context: FsContext, key: number, value: number, auxiliary: number) => void

const LONGEST_VALUE = 256
/** Options that a context may collect: what mount(2) could be given as its page of data. */
const MOST_OPTIONS = 4096

function addOption(context: FsContext, option: string): void {
  if (context.options.join(',').length + option.length > MOST_OPTIONS) throw EINVAL
  context.options.push(option)
}

const setFlag: Configure = (l, context, key, value, auxiliary) => {
  if (key === 0 || value !== 0 || auxiliary !== 0) throw EINVAL
  const name = l.memory.copyinstr(key, LONGEST_VALUE)
  if (name === 'ro' || name === 'rw') context.readOnly = name === 'ro'
  else addOption(context, name)
}

const setString: Configure = (l, context, key, value, auxiliary) => {
  if (key === 0 || value === 0 || auxiliary !== 0) throw EINVAL
  const name = l.memory.copyinstr(key, LONGEST_VALUE)
  const text = l.memory.copyinstr(value, LONGEST_VALUE)
  if (name !== 'source') addOption(context, `${name}=${text}`)
  else if (context.source !== undefined) throw EINVAL
  else context.source = text
}

const create: Configure = (l, context, key, value, auxiliary) => {
  if (key !== 0 || value !== 0 || auxiliary !== 0) throw EINVAL
  if (context.made !== undefined || context.picked !== undefined) throw EBUSY
  const make = fileSystemMaker(context.kind)
  // There are no disks.
  if (make === undefined) throw context.source === undefined ? EINVAL : ENOENT
  context.made = make(l.proc.kernel.vfs, l, context.options.join(','))
  context.made.source = context.source ?? 'none'
}

const reconfigure: Configure = (l, context, key, value, auxiliary) => {
  if (key !== 0 || value !== 0 || auxiliary !== 0) throw EINVAL
  const mount = context.picked ?? context.made
  if (mount === undefined) throw EBUSY
  mount.remount({ ...mount.flags, readOnly: context.readOnly })
  l.proc.kernel.vfs.mountChanges.tell()
}

/** SET_FLAG, SET_STRING, CMD_CREATE, CMD_RECONFIGURE; the others are for values that no file system here takes. */
const COMMANDS: Readonly<Record<number, Configure>> = { 0: setFlag, 1: setString, 6: create, 7: reconfigure, 8: create }

/** @throws EBADF, EINVAL, EOPNOTSUPP, EFAULT, EBUSY, and what making the file system throws. */
function fsconfig(l: Lwp, fd: number, command: number, key: number, value: number, auxiliary: number): number {
  if ((fd | 0) < 0) throw EINVAL
  const number = command >>> 0
  const run = COMMANDS[number]
  if (run === undefined && number > 8) throw EOPNOTSUPP
  const context = contextOf(l, fd)
  if (run === undefined) throw EINVAL
  run(l, context, size(key), size(value), auxiliary | 0)
  return 0
}

const ATTR_ATIME = 0x70
const ATTR_NOATIME = 0x10
const ATTR_STRICTATIME = 0x20
const ATTR_NODIRATIME = 0x80
const ATTR_IDMAP = 0x10_0000
/** RDONLY, NOSUID, NODEV, NOEXEC, the times, NODIRATIME. */
const ATTRIBUTES = 0xff

/** @throws EINVAL */
function flagsOf(attributes: number): MountFlags {
  const times = attributes & ATTR_ATIME
  if ((attributes & ~ATTRIBUTES) !== 0 || ![0, ATTR_NOATIME, ATTR_STRICTATIME].includes(times)) throw EINVAL
  return {
    readOnly: (attributes & 1) !== 0,
    noSuid: (attributes & 2) !== 0,
    noDevices: (attributes & 4) !== 0,
    noExecution: (attributes & 8) !== 0,
    noAccessTime: times === ATTR_NOATIME,
    noDirectoryAccessTime: (attributes & ATTR_NODIRATIME) !== 0,
  }
}

/** The descriptor of a mount that is in no tree yet; if it never is, it goes with it. */
class MountFile extends VnodeFile {
  override close(): void {
    super.close()
    const { mount } = this.vnode
    const { kernel } = this.vfs
    if (mount.covered === undefined && kernel !== undefined && !isInUse(kernel, mount)) mount.dispose()
  }
}

const pathFile = (vfs: Vfs, vnode: Vnode): VnodeFile => new VnodeFile(vfs, vnode, vnode.place, 0, true)

/** @throws EPERM, EINVAL, EBADF, EBUSY, EMFILE */
function fsmount(l: Lwp, fd: number, flagsArgument: number, attributes: number): number {
  const flags = flagsArgument >>> 0
  checkPrivilege(l)
  if ((flags & ~1) !== 0) throw EINVAL
  const wanted = flagsOf(attributes >>> 0)
  const context = contextOf(l, fd)
  const mount = context.made
  if (mount === undefined) throw EINVAL
  context.made = undefined
  mount.flags = { ...wanted, readOnly: wanted.readOnly || context.readOnly }
  const { vfs } = l.proc.kernel
  return allocateDescriptor(l, new MountFile(vfs, mount.root, undefined, 0, true), (flags & 1) !== 0)
}

const MOVE_FOLLOW_SOURCE = 1
const MOVE_EMPTY_SOURCE = 4
const MOVE_FOLLOW_TARGET = 0x10
const MOVE_EMPTY_TARGET = 0x40
/** With the flags for automounts. */
const MOVE_FLAGS = 0x77

/** @throws EPERM, EINVAL, ENOENT, ELOOP, ENOTDIR */
function move_mount(l: Lwp, fromFd: number, fromAt: number, toFd: number, toAt: number, flagsArgument: number): number {
  const flags = flagsArgument >>> 0
  checkPrivilege(l)
  if ((flags & ~MOVE_FLAGS) !== 0) throw EINVAL
  const from = vnodeAt(l, fromFd, fromAt, (flags & MOVE_EMPTY_SOURCE) !== 0, (flags & MOVE_FOLLOW_SOURCE) !== 0)
  const to = vnodeAt(l, toFd, toAt, (flags & MOVE_EMPTY_TARGET) !== 0, (flags & MOVE_FOLLOW_TARGET) !== 0)
  const mount = mountAt(from)
  const { vfs } = l.proc.kernel
  if (mount.covered !== undefined || vfs.mounts.includes(mount)) moveMount(vfs, mount, to)
  else mountOn(vfs, to, mount)
  return 0
}

const TREE_CLONE = 1
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_NO_AUTOMOUNT = 0x800
const AT_EMPTY_PATH = 0x1000
const AT_RECURSIVE = 0x8000

/** open_tree(2): as open with O_PATH. @throws EINVAL, ENOENT, EMFILE, ENOSYS for a copy, which would be a bind mount */
function open_tree(l: Lwp, dirfd: number, pathAt: number, flagsArgument: number): number {
  const flags = flagsArgument >>> 0
  const known = TREE_CLONE | O_CLOEXEC | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_RECURSIVE
  if ((flags & ~known) !== 0 || (flags & (AT_RECURSIVE | TREE_CLONE)) === AT_RECURSIVE) throw EINVAL
  if ((flags & TREE_CLONE) !== 0) {
    checkPrivilege(l)
    throw ENOSYS
  }
  const at = vnodeAt(l, dirfd, pathAt, (flags & AT_EMPTY_PATH) !== 0, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  return allocateDescriptor(l, pathFile(l.proc.kernel.vfs, at), (flags & O_CLOEXEC) !== 0)
}

const FIRST_SIZE = 32
const PROPAGATIONS = [0, 1 << 17, 1 << 18, 1 << 19, 1 << 20]

const bitsOf = (f: MountFlags): number =>
  Number(f.readOnly) |
  (Number(f.noSuid) << 1) |
  (Number(f.noDevices) << 2) |
  (Number(f.noExecution) << 3) |
  (f.noAccessTime ? ATTR_NOATIME : 0) |
  (f.noDirectoryAccessTime ? ATTR_NODIRATIME : 0)

/** mount_setattr(2). @throws EINVAL, E2BIG, EPERM, ENOENT */
function mount_setattr(
  l: Lwp,
  dirfd: number,
  pathAt: number,
  flagsArgument: number,
  address: number,
  length: number,
): number {
  const flags = flagsArgument >>> 0
  if ((flags & ~(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)) !== 0) throw EINVAL
  const bytes = size(length)
  if (bytes < FIRST_SIZE || bytes > PATH_MAX) throw EINVAL
  checkPrivilege(l)
  const v = new DataView(l.memory.copyin(address, bytes).buffer)
  const [set, clear, propagation] = [0, 8, 16].map(at => Number(v.getBigUint64(at, true)))
  if (set === 0 && clear === 0 && propagation === 0) return 0
  if (!PROPAGATIONS.includes(propagation) || (set & ATTR_IDMAP) !== 0) throw EINVAL
  // The times are one setting: it is set by clearing what it was.
  const changesTimes = (clear & ATTR_ATIME) !== 0
  if ((changesTimes && (clear & ATTR_ATIME) !== ATTR_ATIME) || (!changesTimes && (set & ATTR_ATIME) !== 0)) throw EINVAL
  flagsOf(clear & ~ATTR_ATIME)
  flagsOf(set)
  const at = vnodeAt(l, dirfd, pathAt, (flags & AT_EMPTY_PATH) !== 0, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  const mount = mountAt(at)
  const wanted = (bitsOf(mount.flags) & ~clear) | set
  mount.remount(flagsOf(wanted & ~ATTR_STRICTATIME))
  l.proc.kernel.vfs.mountChanges.tell()
  return 0
}

export const mountApiCalls: CallFamily = { fsopen, fspick, fsconfig, fsmount, move_mount, open_tree, mount_setattr }
