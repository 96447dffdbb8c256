/**
 * Extended attributes: xattr(7). The guest's file systems have none, and say so as a file system without them does on Linux (fs/xattr.c) and on
 * NetBSD (sys/kern/vfs_xattr.c): EOPNOTSUPP for one by its name, an empty list.
 */
import { ENAMETOOLONG, ENOENT, EOPNOTSUPP, ERANGE } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CallFamily } from './call.ts'
import { fileOf, pathArgument } from './file-arguments.ts'

const XATTR_NAME_MAX = 255

function findFile(l: Lwp, path: number, follow: boolean): void {
  const { vfs } = l.proc.kernel
  const { vnode } = vfs.namei(l, pathArgument(l, path), { start: l.proc.cwdi.cwd, follow })
  if (vnode === undefined) throw ENOENT
}

/** @throws EFAULT, ERANGE for a name that is empty or too long, and then EOPNOTSUPP. */
function refuse(l: Lwp, name: number): never {
  let length = 0
  try {
    length = l.memory.copyinstr(name, XATTR_NAME_MAX + 1).length
  } catch (error) {
    throw error === ENAMETOOLONG ? ERANGE : error
  }
  throw length === 0 ? ERANGE : EOPNOTSUPP
}

function byName(follow: boolean) {
  return (l: Lwp, path: number, name: number): number => {
    findFile(l, path, follow)
    return refuse(l, name)
  }
}

function linux_sys_fgetxattr(l: Lwp, fd: number, name: number): number {
  fileOf(l, fd)
  return refuse(l, name)
}

function list(follow: boolean) {
  return (l: Lwp, path: number): number => {
    findFile(l, path, follow)
    return 0
  }
}

function linux_sys_flistxattr(l: Lwp, fd: number): number {
  fileOf(l, fd)
  return 0
}

export const xattrCalls: CallFamily = {
  getxattr: byName(true),
  lgetxattr: byName(false),
  fgetxattr: linux_sys_fgetxattr,
  setxattr: byName(true),
  lsetxattr: byName(false),
  fsetxattr: linux_sys_fgetxattr,
  removexattr: byName(true),
  lremovexattr: byName(false),
  fremovexattr: linux_sys_fgetxattr,
  listxattr: list(true),
  llistxattr: list(false),
  flistxattr: linux_sys_flistxattr,
}
