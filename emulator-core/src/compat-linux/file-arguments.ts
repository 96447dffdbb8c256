/** What the calls about files take from the guest's memory: paths, places to begin, scatter lists. */
import { EBADF, EINVAL, EMFILE, ENOENT, ENOTDIR } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread } from '../native/sleep.ts'
import { type IoVec, type UioDirection, UserUio } from '../native/uio.ts'
import { RESOLVE_IN_ROOT } from '../native/vfs/namei.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { AT_FDCWD, PATH_MAX, size } from './call.ts'

/** No transfer is longer (MAX_RW_COUNT). */
export const MAX_TRANSFER = 0x7fff_f000
const IOV_MAX = 1024

/** @throws EFAULT, ENAMETOOLONG. */
export function pathArgument(l: Lwp, address: number): string {
  return l.memory.copyinstr(address, PATH_MAX)
}

/** The directory from which a path of an `…at` call begins. @throws ENOENT for an empty path, whatever the descriptor; EBADF, ENOTDIR. */
export function startOf(l: Lwp, dirfd: number, path: string, resolve = 0): Vnode {
  if (path === '') throw ENOENT
  // An absolute path begins there, too, where it is to be the root.
  const isAbsolute = path.startsWith('/') && (resolve & RESOLVE_IN_ROOT) === 0
  if (isAbsolute || (dirfd | 0) === AT_FDCWD) return l.cwdi.cwd
  const file = l.fd.file(dirfd | 0)
  if (!(file instanceof VnodeFile) || file.vnode.type !== 'VDIR') throw ENOTDIR
  return file.vnode
}

export function fileOf(l: Lwp, fd: number): File {
  return l.fd.file(fd | 0)
}

/** An open file of the file system. @throws EBADF, and by the caller's choice if it is of another kind. */
export function vnodeFileOf(l: Lwp, fd: number, otherwise: object): VnodeFile {
  const file = fileOf(l, fd)
  if (!(file instanceof VnodeFile)) throw otherwise
  return file
}

/** A transfer with one buffer. @throws EINVAL for a length that is negative as ssize_t. */
export function bufferUio(l: Lwp, base: number, count: number, direction: UioDirection, offset?: number): UserUio {
  if (count < 0) throw EINVAL
  return new UserUio(l.memory, [{ base, length: Math.min(count, MAX_TRANSFER) }], direction, offset)
}

/** A transfer with an array of struct iovec. @throws EINVAL, EFAULT. */
export function vectorUio(l: Lwp, address: number, count: number, direction: UioDirection, offset?: number): UserUio {
  return new UserUio(l.memory, readIoVectors(l, address, size(count)), direction, offset)
}

/** An array of struct iovec; together they are at most what one call transfers. @throws EINVAL, EFAULT. */
export function readIoVectors(l: Lwp, address: number, n: number): IoVec[] {
  if (n > IOV_MAX) throw EINVAL
  const raw = l.memory.copyin(address, n * 16)
  const view = new DataView(raw.buffer)
  const vectors: IoVec[] = []
  let total = 0
  for (let i = 0; i < n; i++) {
    const length = Number(view.getBigInt64(16 * i + 8, true))
    if (length < 0) throw EINVAL
    const taken = Math.min(length, MAX_TRANSFER - total)
    total += taken
    vectors.push({ base: Number(view.getBigUint64(16 * i, true)), length: taken })
  }
  return vectors
}

/** Puts a file into the table and tells the trace. @throws EMFILE; then the file is closed. */
export function install(l: Lwp, file: File, closeOnExec: boolean, from = 0): number {
  let fd: number
  try {
    fd = l.fd.allocate(file, closeOnExec, from)
  } catch (error) {
    if (error === EMFILE && file.references === 0) file.close()
    throw error
  }
  l.proc.kernel.trace?.descriptorOpened(l, fd, file, closeOnExec)
  return fd
}

export function* installLater(l: Lwp, opening: Kthread<File>, closeOnExec: boolean): Kthread<number> {
  return install(l, yield* opening, closeOnExec)
}

/** @throws EBADF for a file opened for its place alone. */
export function notPath(file: File): File {
  if (file instanceof VnodeFile && file.isPath) throw EBADF
  return file
}
