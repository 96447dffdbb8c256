/**
 * name_to_handle_at(2) and open_by_handle_at(2): a file by something that is no name. Linux's alone. A handle holds the kernel's number of the vnode;
 * the last ones handed out are remembered, older ones are stale.
 */
import { CAP_DAC_READ_SEARCH, hasCapability } from '../native/capability.ts'
import { EBADF, EINVAL, ELOOP, ENOENT, EOVERFLOW, EPERM, ESTALE } from '../native/errno.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { isKthread, type MaybeBlocking } from '../native/sleep.ts'
import { O_PATH_ONLY } from '../native/vfs/open-flags.ts'
import { vnOpenVnode } from '../native/vfs/vn-open.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, type CallFamily } from './call.ts'
import { fileOf, install, installLater, pathArgument, startOf } from './file-arguments.ts'
import { LINUX_O_CLOEXEC, LINUX_O_PATH, linux_to_bsd_ioflags } from './open-flags.ts'

const AT_SYMLINK_FOLLOW = 0x400
const AT_EMPTY_PATH = 0x1000
/** The handle is only to be compared with others. */
const AT_HANDLE_FID = 0x200
/** struct file_handle: the handle's length and type, then the handle. */
const HEADER_BYTES = 8
const HANDLE_BYTES = 8
const MAX_HANDLE_BYTES = 128
const HANDLE_TYPE = 1
const REMEMBERED = 1024

const rememberedBy = new WeakMap<Kernel, Map<number, Vnode>>()

function remember(kernel: Kernel, vnode: Vnode): void {
  const handedOut = rememberedBy.get(kernel) ?? new Map<number, Vnode>()
  rememberedBy.set(kernel, handedOut)
  handedOut.delete(vnode.id)
  handedOut.set(vnode.id, vnode)
  for (const id of handedOut.keys()) {
    if (handedOut.size <= REMEMBERED) break
    handedOut.delete(id)
  }
}

function named(l: Lwp, dirfd: number, path: string, flags: number): Vnode {
  if (path === '' && (flags & AT_EMPTY_PATH) !== 0) {
    if ((dirfd | 0) === AT_FDCWD) return l.cwdi.cwd
    const file = fileOf(l, dirfd)
    if (!(file instanceof VnodeFile)) throw EBADF
    return file.vnode
  }
  const follow = (flags & AT_SYMLINK_FOLLOW) !== 0
  const { vnode } = l.proc.kernel.vfs.namei(l, path, { start: startOf(l, dirfd, path), follow })
  if (vnode === undefined) throw ENOENT
  return vnode
}

/** @throws EOVERFLOW if the handle needs more room, with the length that it needs. */
function linux_sys_name_to_handle_at(
  l: Lwp,
  dirfd: number,
  pathAddress: number,
  handle: number,
  mountId: number,
  flags: number,
): number {
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH | AT_HANDLE_FID)) !== 0) throw EINVAL
  const vnode = named(l, dirfd, pathArgument(l, pathAddress), flags)
  const room = l.memory.readU32(handle)
  if (room > MAX_HANDLE_BYTES) throw EINVAL
  l.memory.writeU32(mountId, vnode.mount.id)
  l.memory.writeU32(handle, HANDLE_BYTES)
  if (room < HANDLE_BYTES) throw EOVERFLOW
  l.memory.writeU32(handle + 4, HANDLE_TYPE)
  l.memory.writeI64(handle + HEADER_BYTES, vnode.id)
  remember(l.proc.kernel, vnode)
  return 0
}

function mountOf(l: Lwp, fd: number): Vnode {
  const file = fileOf(l, fd)
  if (!(file instanceof VnodeFile)) throw EBADF
  return file.vnode
}

/** @throws EPERM unless superuser, ESTALE for a file that is gone or was forgotten. */
function linux_sys_open_by_handle_at(l: Lwp, mountFd: number, handle: number, flags: number): MaybeBlocking<number> {
  if (!hasCapability(l.credentials, CAP_DAC_READ_SEARCH)) throw EPERM
  const { mount } = (mountFd | 0) === AT_FDCWD ? l.cwdi.cwd : mountOf(l, mountFd)
  const length = l.memory.readU32(handle)
  if (length === 0 || length > MAX_HANDLE_BYTES) throw EINVAL
  const id = length < HANDLE_BYTES ? 0 : l.memory.readI64(handle + HEADER_BYTES)
  const vnode = rememberedBy.get(l.proc.kernel)?.get(id)
  if (vnode === undefined || vnode.mount !== mount || vnode.getattr().nlink === 0) throw ESTALE
  const native = linux_to_bsd_ioflags(flags | 0) | ((flags & LINUX_O_PATH) !== 0 ? O_PATH_ONLY : 0)
  if (vnode.type === 'VLNK' && (native & O_PATH_ONLY) === 0) throw ELOOP
  const opening = vnOpenVnode(l, l.proc.kernel.vfs, vnode, native)
  const closeOnExec = (flags & LINUX_O_CLOEXEC) !== 0
  return isKthread(opening) ? installLater(l, opening, closeOnExec) : install(l, opening, closeOnExec)
}

export const fileHandleCalls: CallFamily = {
  name_to_handle_at: linux_sys_name_to_handle_at,
  open_by_handle_at: linux_sys_open_by_handle_at,
}
