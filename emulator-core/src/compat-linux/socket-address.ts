/** struct sockaddr of a Linux program to and from the kernel's: sys/compat/linux/common/linux_socket.c, linux_get_sa and linux_copyout_sockaddr. */
import { meets } from '../native/divergence.ts'
import { EINVAL } from '../native/errno.ts'
import type { SocketAddress } from '../native/ipc/socket.ts'
import { AF_UNIX } from '../native/ipc/unix-socket.ts'
import type { Lwp } from '../native/lwp.ts'

/** sizeof(struct sockaddr_storage). */
const SOCKADDR_MAX = 128

/** sizeof(struct sockaddr_in6) without sin6_scope_id, as it was before RFC 2553. */
const OLD_SOCKADDR_IN6 = 24
const LINUX_AF_INET6 = 10

/** @throws EINVAL for a length that cannot be, EFAULT. */
export function readAddress(l: Lwp, address: number, given: number): SocketAddress {
  const length = isCut(l, given) ? SOCKADDR_MAX : given
  if (length < 0 || length > SOCKADDR_MAX) throw EINVAL
  const bytes = l.memory.copyin(address, length)
  if (length < 2) throw EINVAL
  const family = bytes[0] | (bytes[1] << 8)
  const isOld = family === LINUX_AF_INET6 && length === OLD_SOCKADDR_IN6
  if (isOld && meets(l, 'socket.old-ipv6-address', `length ${length}`)) throw EINVAL
  return { family, bytes: bytes.subarray(2) }
}

function isCut(l: Lwp, length: number): boolean {
  return length > SOCKADDR_MAX && meets(l, 'socket.address-length', `length ${length}`)
}

/** Writes an address, cut off at the room there is, and its full length. `lengthAt`: where the program keeps the room (int). */
export function writeAddress(l: Lwp, address: number, lengthAt: number, value: SocketAddress | undefined): void {
  const room = l.memory.readI32(lengthAt)
  if (room < 0) throw EINVAL
  const bytes = encodeAddress(value)
  l.memory.copyout(address, bytes.subarray(0, room))
  l.memory.writeU32(lengthAt, bytes.length)
}

/** An address as it stands in memory; nothing for none. */
export function encodeAddress(value: SocketAddress | undefined): Uint8Array {
  if (value === undefined) return new Uint8Array(0)
  const { family, bytes: name } = value.family === AF_UNIX ? unixName(value) : value
  const bytes = new Uint8Array(2 + name.length)
  bytes[0] = family & 0xff
  bytes[1] = family >> 8
  bytes.set(name, 2)
  return bytes
}

/** A path ends with a zero, which counts in the length; abstract names are as long as they are. */
function unixName(value: SocketAddress): SocketAddress {
  const { bytes, family } = value
  if (bytes.length === 0 || bytes[0] === 0) return value
  const end = bytes.indexOf(0)
  const name = new Uint8Array((end < 0 ? bytes.length : end) + 1)
  name.set(bytes.subarray(0, name.length - 1))
  return { family, bytes: name }
}
