/** Who listens or receives under which AF_UNIX name: a socket in the file system, or an abstract name that is only here. */
import { EADDRINUSE, ECONNREFUSED, EEXIST, EINVAL, ENOENT, EPROTOTYPE } from '../errno.ts'
import type { Kernel } from '../kernel.ts'
import { latin1 } from '../latin1.ts'
import type { Lwp } from '../lwp.ts'
import { checkAccess, effective, VWRITE } from '../vfs/permission.ts'
import { doMknodat } from '../vfs/vfs-syscalls.ts'
import type { Vnode } from '../vfs/vnode.ts'
import type { SocketAddress } from './socket.ts'
import type { UnixSocket } from './unix-socket.ts'

const bound = new WeakMap<Vnode, UnixSocket>()
const abstractNames = new WeakMap<Kernel, Map<string, UnixSocket>>()

function namesOf(kernel: Kernel): Map<string, UnixSocket> {
  const names = abstractNames.get(kernel) ?? new Map<string, UnixSocket>()
  abstractNames.set(kernel, names)
  return names
}

function isAbstract(address: SocketAddress): boolean {
  return address.bytes[0] === 0
}

/** Each type of socket has its own abstract names. */
function abstractName(address: SocketAddress, { socket }: UnixSocket): string {
  return `${socket.socketType}:${latin1(address.bytes)}`
}

function pathOf(address: SocketAddress): string {
  const end = address.bytes.indexOf(0)
  return latin1(end < 0 ? address.bytes : address.bytes.subarray(0, end))
}

/** Gives a socket a name; how to take it away again. @throws EADDRINUSE, and what making a file throws. */
export function bindName(l: Lwp, address: SocketAddress, socket: UnixSocket): () => void {
  if (isAbstract(address)) {
    const names = namesOf(l.proc.kernel)
    const name = abstractName(address, socket)
    if (names.has(name)) throw EADDRINUSE
    names.set(name, socket)
    return () => names.delete(name)
  }
  const path = pathOf(address)
  if (path === '') throw EINVAL
  const { cwdi } = l
  const { kernel } = l.proc
  try {
    const vnode = doMknodat(l, kernel.vfs, cwdi.cwd, path, 'VSOCK', 0o777, 0)
    bound.set(vnode, socket)
    return () => bound.delete(vnode)
  } catch (e) {
    throw e === EEXIST ? EADDRINUSE : e
  }
}

/** Whether a path is there; abstract names never are. */
export function isThere(l: Lwp, address: SocketAddress): boolean {
  if (isAbstract(address)) return false
  const { vfs } = l.proc.kernel
  return vfs.namei(l, pathOf(address), { start: l.cwdi.cwd, follow: false }).vnode !== undefined
}

/** @throws ECONNREFUSED if nobody has the name, EPROTOTYPE if it is of another type, and what looking up a path throws. */
export function findName(l: Lwp, address: SocketAddress, like: UnixSocket): UnixSocket {
  const found = isAbstract(address) ? namesOf(l.proc.kernel).get(abstractName(address, like)) : findPath(l, address)
  if (found === undefined) throw ECONNREFUSED
  if (found.socket.socketType !== like.socket.socketType) throw EPROTOTYPE
  return found
}

function findPath(l: Lwp, address: SocketAddress): UnixSocket | undefined {
  const { vnode } = l.proc.kernel.vfs.namei(l, pathOf(address), { start: l.cwdi.cwd, follow: true })
  if (vnode === undefined) throw ENOENT
  checkAccess(vnode, effective(l.credentials), VWRITE)
  return bound.get(vnode)
}
