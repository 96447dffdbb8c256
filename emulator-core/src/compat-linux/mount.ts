/** mount(2), umount2(2). NetBSD's emulation has neither: Linux programs cannot mount there. What Linux answers: fs/namespace.c. */
import { CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { EINVAL, ENODEV, ENOENT, ENOSYS, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { MountFlags } from '../native/vfs/mount.ts'
import { mountAt, mountOn, moveMount, unmount } from '../native/vfs/mounting.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { type CallFamily, PATH_MAX } from './call.ts'
import { pathArgument } from './file-arguments.ts'
import { fileSystemMaker } from './mount-types.ts'

const MS_REMOUNT = 0x20
const MS_BIND = 0x1000
const MS_MOVE = 0x2000
const MS_REC = 0x4000
const MS_SILENT = 0x8000
const PROPAGATION = [1 << 17, 1 << 18, 1 << 19, 1 << 20] // UNBINDABLE, PRIVATE, SLAVE, SHARED
const MS_MGC_VAL = 0xc0ed_0000
const MS_MGC_MSK = 0xffff_0000
const MS_NOUSER = 2 ** 31
const PAGE = 4096

const flagsOf = (flags: number): MountFlags => ({
  readOnly: (flags & 1) !== 0,
  noSuid: (flags & 2) !== 0,
  noDevices: (flags & 4) !== 0,
  noExecution: (flags & 8) !== 0,
  noAccessTime: (flags & 0x400) !== 0,
  noDirectoryAccessTime: (flags & 0x800) !== 0,
})

/** A string that may be absent. @throws EFAULT, EINVAL if it is longer than a page (copy_mount_string). */
function optionalString(l: Lwp, address: number): string | undefined {
  if (address === 0) return undefined
  try {
    return l.memory.copyinstr(address, PAGE)
  } catch (error) {
    throw (error as { name?: string }).name === 'ENAMETOOLONG' ? EINVAL : error
  }
}

function directoryAt(l: Lwp, path: string): Vnode {
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start: l.cwdi.cwd, follow: true })
  if (vnode === undefined) throw ENOENT
  return vnode
}

/** Options are text up to the first zero byte; at most a page, as far as memory is there (copy_mount_options). */
function dataText(l: Lwp, address: number): string {
  return address === 0 ? '' : l.memory.copyinstr(address, PATH_MAX)
}

function linux_sys_mount(
  l: Lwp,
  sourceAt: number,
  targetAt: number,
  typeAt: number,
  flagWord: number,
  dataAt: number,
): number {
  const type = optionalString(l, typeAt)
  const source = optionalString(l, sourceAt)
  const data = dataText(l, dataAt)
  const at = directoryAt(l, pathArgument(l, targetAt))
  let flags = flagWord >>> 0
  if ((flags & MS_MGC_MSK) >>> 0 === MS_MGC_VAL) flags = flags & ~MS_MGC_MSK
  if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) throw EPERM
  if (flags >= MS_NOUSER) throw EINVAL
  const { vfs } = l.proc.kernel
  if ((flags & MS_REMOUNT) !== 0) {
    mountAt(at).remount(flagsOf(flags))
    vfs.mountChanges.tell()
    return 0
  }
  if ((flags & MS_BIND) !== 0) throw ENOSYS
  if (PROPAGATION.some(bit => (flags & bit) !== 0)) return changePropagation(at, flags)
  if ((flags & MS_MOVE) !== 0) {
    if (source === undefined || source === '') throw EINVAL
    moveMount(vfs, mountAt(directoryAt(l, source)), at)
    return 0
  }
  if (type === undefined) throw EINVAL
  const make = fileSystemMaker(type)
  if (make === undefined) throw ENODEV
  const mount = make(vfs, l, data)
  mount.source = source ?? 'none'
  mount.flags = flagsOf(flags)
  mountOn(vfs, at, mount)
  return 0
}

/**
 * do_change_type: whether mounts spread to other namespaces and bind mounts. There is one namespace, so each kind behaves as the others.
 * @throws EINVAL
 */
function changePropagation(at: Vnode, flags: number): number {
  const kind = flags & ~(MS_REC | MS_SILENT)
  if (!PROPAGATION.includes(kind)) throw EINVAL
  mountAt(at)
  return 0
}

const MNT_DETACH = 2
const MNT_EXPIRE = 4
const UMOUNT_NOFOLLOW = 8
const KNOWN_UNMOUNT_FLAGS = 15

function linux_sys_umount2(l: Lwp, target: number, flagWord: number): number {
  const flags = flagWord >>> 0
  if ((flags & ~KNOWN_UNMOUNT_FLAGS) !== 0) throw EINVAL
  const { kernel } = l.proc
  const { vfs } = kernel
  // The way to it must not count as use.
  const marked = vfs.mounts.filter(mount => mount.expiring)
  const path = pathArgument(l, target)
  const follow = (flags & UMOUNT_NOFOLLOW) === 0
  const { vnode } = vfs.namei(l, path, { start: l.cwdi.cwd, follow })
  if (vnode === undefined) throw ENOENT
  if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) throw EPERM
  const mount = mountAt(vnode)
  const expires = (flags & MNT_EXPIRE) !== 0
  if (expires && (flags & 3) !== 0) throw EINVAL
  const expire = expires ? { wasMarked: marked.includes(mount) } : undefined
  unmount(kernel, vfs, mount, { detach: (flags & MNT_DETACH) !== 0, ...(expire === undefined ? {} : { expire }) })
  return 0
}

export const mountCalls: CallFamily = {
  mount: linux_sys_mount,
  umount2: linux_sys_umount2,
}
