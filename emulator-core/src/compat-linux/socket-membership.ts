/** Who joins and leaves groups: IP_ADD_MEMBERSHIP and its relatives in their four structures (ip(7), ipv6(7), RFC 3678). */
import { EADDRNOTAVAIL, EINVAL, ENOPROTOOPT, EPROTO } from '../native/errno.ts'
import type { Membership, Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, AF_INET6, ipText, isMulticast } from '../native/net/address.ts'
import type { OptionWork } from './socket-option.ts'

function change(l: Lwp, socket: Socket, membership: Membership): void {
  if (!isMulticast(membership.group)) throw EINVAL
  const { protocol } = socket
  if (protocol.changeMembership === undefined) throw ENOPROTOOPT
  protocol.changeMembership(l, membership)
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const ip4At = (bytes: Uint8Array, at: number): string => ipText(bytes.subarray(at, at + 4))

/** A connection has no groups: an IPv4 socket of the kind says so before it looks at anything. @throws EPROTO. */
const onDatagrams = (work: OptionWork): OptionWork => ({
  ...work,
  set: (l, socket, value) => {
    if (socket.socketType === 'stream') throw EPROTO
    work.set?.(l, socket, value)
  },
})

/** struct ip_mreq, or ip_mreqn with an index. */
export const membership4 = (join: boolean): OptionWork =>
  onDatagrams({
    netbsd: true,
    set: (l, socket, value) => {
      const bytes = value.bytes(8, 12)
      const index = bytes.length >= 12 ? view(bytes).getInt32(8, true) : 0
      change(l, socket, { join, group: ip4At(bytes, 0), address: ip4At(bytes, 4), interface: index })
    },
  })

/** struct ip_mreq_source: group, interface, source. */
export const sourceMembership4 = (join: boolean): OptionWork => ({
  set: (l, socket, value) => {
    const bytes = value.bytes(12, 12)
    const source = ip4At(bytes, 8)
    change(l, socket, { join, group: ip4At(bytes, 0), address: ip4At(bytes, 4), interface: 0, source })
  },
})

/** struct ipv6_mreq. */
export const membership6 = (join: boolean): OptionWork => ({
  set: (l, socket, value) => {
    const bytes = value.bytes(20, 20)
    change(l, socket, { join, group: ipText(bytes.subarray(0, 16)), interface: view(bytes).getInt32(16, true) })
  },
})

function storageIp(bytes: Uint8Array): string {
  const family = view(bytes).getUint16(0, true)
  if (family === AF_INET) return ip4At(bytes, 4)
  if (family === AF_INET6) return ipText(bytes.subarray(8, 24))
  throw EADDRNOTAVAIL
}

/** struct group_req: an index and a struct sockaddr_storage. */
export const groupMembership = (join: boolean): OptionWork => ({
  set: (l, socket, value) => {
    const bytes = value.bytes(136, 136)
    change(l, socket, { join, group: storageIp(bytes.subarray(8)), interface: view(bytes).getInt32(0, true) })
  },
})

/** struct group_source_req: with a second sockaddr_storage. */
export const groupSourceMembership = (join: boolean): OptionWork => ({
  set: (l, socket, value) => {
    const bytes = value.bytes(264, 264)
    const source = storageIp(bytes.subarray(136))
    change(l, socket, { join, group: storageIp(bytes.subarray(8)), interface: view(bytes).getInt32(0, true), source })
  },
})
