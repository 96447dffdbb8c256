/**
 * Extended attributes: xattr(7), fs/xattr.c. The overlay and memory file systems keep them. NetBSD's own file systems have none unless they were
 * made for it (sys/kern/vfs_xattr.c), and so have none under its personality: EOPNOTSUPP for one by its name, an empty list.
 */

import { meets } from '../native/divergence.ts'
import {
  E2BIG,
  EEXIST,
  EINVAL,
  ENAMETOOLONG,
  ENODATA,
  ENOENT,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  EROFS,
} from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { checkAccess, checkOwner, effective, VREAD, VWRITE } from '../native/vfs/permission.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { type CallFamily, size } from './call.ts'
import { fileOf, notPath, pathArgument } from './file-arguments.ts'

const XATTR_NAME_MAX = 255
const XATTR_SIZE_MAX = 65536
const XATTR_CREATE = 1
const XATTR_REPLACE = 2

/** The file of a call, by path or by descriptor; undefined: open, but no file of a file system. */
type Finder = (l: Lwp, argument: number) => Vnode | undefined

const byPath =
  (follow: boolean): Finder =>
  (l, path) => {
    const { vfs } = l.proc.kernel
    const { vnode } = vfs.namei(l, pathArgument(l, path), { start: l.cwdi.cwd, follow })
    if (vnode === undefined) throw ENOENT
    return vnode
  }

const byDescriptor: Finder = (l, fd) => {
  const file = notPath(fileOf(l, fd))
  return file instanceof VnodeFile ? file.vnode : undefined
}

/** @throws EFAULT, ERANGE for a name that is empty or too long. */
function nameArgument(l: Lwp, address: number): string {
  try {
    const name = l.memory.copyinstr(address, XATTR_NAME_MAX + 1)
    if (name.length === 0) throw ERANGE
    return name
  } catch (error) {
    throw error === ENAMETOOLONG ? ERANGE : error
  }
}

/** The namespaces that a file system of ours knows: `system.` holds access lists, which it does not have. */
const KNOWN = /^(user|trusted|security)\./

function attributes(l: Lwp, vnode: Vnode | undefined, name: string): Vnode {
  if (vnode === undefined || !vnode.hasAttributes || meets(l, 'xattr.none', name)) throw EOPNOTSUPP
  if (!KNOWN.test(name)) throw EOPNOTSUPP
  if (/^[a-z]+\.$/.test(name)) throw EINVAL
  return vnode
}

/** xattr_permission. @throws EPERM, EACCES; ENODATA where what may not be seen is as if it were not there. */
function checkPermission(l: Lwp, vnode: Vnode, name: string, writes: boolean): void {
  const subject = effective(l.credentials)
  if (writes && vnode.mount.readOnly) throw EROFS
  if (name.startsWith('trusted.')) {
    if (subject.uid !== 0) throw writes ? EPERM : ENODATA
    return
  }
  if (name.startsWith('security.')) {
    if (writes && subject.uid !== 0) throw EPERM
    return
  }
  if (vnode.type !== 'VREG' && vnode.type !== 'VDIR') throw writes ? EPERM : ENODATA
  // A directory for all: only its owner.
  if (writes && vnode.type === 'VDIR' && (vnode.getattr().mode & 0o1000) !== 0) checkOwner(vnode, subject)
  checkAccess(vnode, subject, writes ? VWRITE : VREAD)
}

const get = (find: Finder) => {
  return (l: Lwp, file: number, nameAddress: number, buffer: number, length: number): number => {
    const found = find(l, file)
    const name = nameArgument(l, nameAddress)
    const vnode = attributes(l, found, name)
    checkPermission(l, vnode, name, false)
    const value = vnode.attribute(name)
    if (value === undefined) throw ENODATA
    const room = size(length)
    if (room === 0) return value.length
    if (room < value.length) throw ERANGE
    l.memory.copyout(buffer, value)
    return value.length
  }
}

const set = (find: Finder) => {
  return (l: Lwp, file: number, nameAddress: number, buffer: number, length: number, flags: number): number => {
    if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) throw EINVAL
    const name = nameArgument(l, nameAddress)
    if (size(length) > XATTR_SIZE_MAX) throw E2BIG
    const value = length === 0 ? new Uint8Array(0) : l.memory.copyin(buffer, length).slice()
    const vnode = attributes(l, find(l, file), name)
    checkPermission(l, vnode, name, true)
    const exists = vnode.attribute(name) !== undefined
    if (exists && (flags & XATTR_CREATE) !== 0) throw EEXIST
    if (!exists && (flags & XATTR_REPLACE) !== 0) throw ENODATA
    vnode.setAttribute(name, value)
    l.proc.kernel.vfs.notes.tellOf('attrib', vnode, vnode.place)
    return 0
  }
}

const remove = (find: Finder) => {
  return (l: Lwp, file: number, nameAddress: number): number => {
    const found = find(l, file)
    const name = nameArgument(l, nameAddress)
    const vnode = attributes(l, found, name)
    checkPermission(l, vnode, name, true)
    if (vnode.attribute(name) === undefined) throw ENODATA
    vnode.setAttribute(name, undefined)
    l.proc.kernel.vfs.notes.tellOf('attrib', vnode, vnode.place)
    return 0
  }
}

const list = (find: Finder) => {
  return (l: Lwp, file: number, buffer: number, length: number): number => {
    const vnode = find(l, file)
    if (vnode === undefined || !vnode.hasAttributes) return 0
    const mayAll = l.credentials.euid === 0
    const names = vnode.attributeNames().filter(name => mayAll || !name.startsWith('trusted.'))
    const text = names.map(name => `${name}\0`).join('')
    if (text !== '' && meets(l, 'xattr.none', 'the list')) return 0
    const room = size(length)
    if (room === 0) return text.length
    if (room < text.length) throw ERANGE
    l.memory.copyout(
      buffer,
      Uint8Array.from(text, ch => ch.charCodeAt(0)),
    )
    return text.length
  }
}

const plain = byPath(true)
const link = byPath(false)

export const xattrCalls: CallFamily = {
  getxattr: get(plain),
  lgetxattr: get(link),
  fgetxattr: get(byDescriptor),
  setxattr: set(plain),
  lsetxattr: set(link),
  fsetxattr: set(byDescriptor),
  removexattr: remove(plain),
  lremovexattr: remove(link),
  fremovexattr: remove(byDescriptor),
  listxattr: list(plain),
  llistxattr: list(link),
  flistxattr: list(byDescriptor),
}
