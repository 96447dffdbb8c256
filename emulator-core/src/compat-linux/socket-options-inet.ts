/** The options of IPPROTO_IP and IPPROTO_IPV6: ip(7), ipv6(7). */
import { EADDRNOTAVAIL, EINVAL, ENODEV, ENOPROTOOPT, ENOTCONN } from '../native/errno.ts'
import type { Membership, Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, AF_INET6, ANY4, ipBytes, ipText, isIpv4, isMulticast } from '../native/net/address.ts'
import { flag, number, type OptionTable, type OptionValue, type OptionWork, within } from './socket-option.ts'

const byteOr = (value: number, least: number, most: number, initial: number): number => {
  if (value === -1) return initial
  return within(least, most)(value)
}

/** The index of the interface that has an address; 0 for the wildcard. @throws EADDRNOTAVAIL. */
function interfaceWith(l: Lwp, ip: string): number {
  if (ip === ANY4) return 0
  const found = l.proc.kernel.net.interfaces().find(i => i.addresses.some(a => a.ip === ip))
  if (found === undefined) throw EADDRNOTAVAIL
  return found.index
}

function checkInterface(l: Lwp, index: number): number {
  if (index !== 0 && !l.proc.kernel.net.interfaces().some(i => i.index === index)) throw ENODEV
  return index
}

function change(l: Lwp, socket: Socket, membership: Membership): void {
  if (!isMulticast(membership.group)) throw EINVAL
  const { protocol } = socket
  if (protocol.changeMembership === undefined) throw ENOPROTOOPT
  protocol.changeMembership(l, membership)
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const ip4At = (bytes: Uint8Array, at: number): string => ipText(bytes.subarray(at, at + 4))

/** struct ip_mreq, or ip_mreqn with an index. */
const membership4 = (join: boolean): OptionWork => ({
  netbsd: true,
  set: (l, socket, value) => {
    const bytes = value.bytes(8, 12)
    const index = bytes.length >= 12 ? view(bytes).getInt32(8, true) : 0
    change(l, socket, { join, group: ip4At(bytes, 0), address: ip4At(bytes, 4), interface: index })
  },
})

/** struct ip_mreq_source: group, interface, source. */
const sourceMembership4 = (join: boolean): OptionWork => ({
  set: (l, socket, value) => {
    const bytes = value.bytes(12, 12)
    const source = ip4At(bytes, 8)
    change(l, socket, { join, group: ip4At(bytes, 0), address: ip4At(bytes, 4), interface: 0, source })
  },
})

/** struct ipv6_mreq. */
const membership6 = (join: boolean): OptionWork => ({
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
const groupMembership = (join: boolean): OptionWork => ({
  set: (l, socket, value) => {
    const bytes = value.bytes(136, 136)
    change(l, socket, { join, group: storageIp(bytes.subarray(8)), interface: view(bytes).getInt32(0, true) })
  },
})

/** struct group_source_req: with a second sockaddr_storage. */
const groupSourceMembership = (join: boolean): OptionWork => ({
  set: (l, socket, value) => {
    const bytes = value.bytes(264, 264)
    const source = storageIp(bytes.subarray(136))
    change(l, socket, { join, group: storageIp(bytes.subarray(8)), interface: view(bytes).getInt32(0, true), source })
  },
})

const multicast4 = new WeakMap<Socket, string>()

/** IP_MULTICAST_IF: an address, or an ip_mreqn; told as an address. */
const multicastInterface4: OptionWork = {
  netbsd: true,
  get: (_l, socket) => ipBytes(multicast4.get(socket) ?? ANY4),
  set: (l, socket, value) => {
    const bytes = value.bytes(4, 12)
    const ip = ip4At(bytes, bytes.length >= 8 ? 4 : 0)
    const asked = bytes.length >= 12 ? view(bytes).getInt32(8, true) : 0
    const index = asked === 0 ? interfaceWith(l, ip) : asked
    if (asked !== 0 && checkInterface4(l, asked) === 0) throw EADDRNOTAVAIL
    multicast4.set(socket, ip)
    socket.options.set('IP_MULTICAST_IF', index)
  },
}

const checkInterface4 = (l: Lwp, index: number): number =>
  l.proc.kernel.net.interfaces().some(i => i.index === index) ? index : 0

/** IP_MTU and IPV6_MTU: what the route of a connected socket has. */
const mtu: OptionWork = {
  get: (l, socket) => {
    const local = socket.protocol.peerAddress === undefined ? undefined : socket.protocol.localAddress
    if (local === undefined) throw ENOTCONN
    const ip = socket.domain === AF_INET ? ip4At(local.bytes, 2) : ipText(local.bytes.subarray(6, 22))
    const found = l.proc.kernel.net.interfaces().find(i => i.addresses.some(a => a.ip === ip))
    return found?.mtu ?? l.proc.kernel.net.interfaces()[0]?.mtu ?? 1500
  },
}

const ttl: OptionWork = number('IP_TTL', value => byteOr(value, 1, 255, 64), true)

export const ipOptions: OptionTable = {
  1: number('IP_TOS', value => value & 0xff, true),
  2: ttl,
  3: flag('IP_HDRINCL', true),
  4: { get: () => new Uint8Array(0), set: (_l, _s, value) => refuseHeaderOptions(value) },
  6: flag('IP_RECVOPTS'),
  7: flag('IP_RETOPTS'),
  8: flag('IP_PKTINFO'),
  10: number('IP_MTU_DISCOVER', within(0, 5)),
  11: flag('IP_RECVERR', true),
  12: flag('IP_RECVTTL'),
  13: flag('IP_RECVTOS'),
  14: mtu,
  15: flag('IP_FREEBIND'),
  19: flag('IP_TRANSPARENT'),
  20: flag('IP_RECVORIGDSTADDR'),
  24: flag('IP_BIND_ADDRESS_NO_PORT'),
  32: multicastInterface4,
  33: number('IP_MULTICAST_TTL', value => byteOr(value, 0, 255, 1), true),
  34: flag('IP_MULTICAST_LOOP', true),
  35: membership4(true),
  36: membership4(false),
  39: sourceMembership4(true),
  40: sourceMembership4(false),
  42: groupMembership(true),
  45: groupMembership(false),
  46: groupSourceMembership(true),
  47: groupSourceMembership(false),
  49: flag('IP_MULTICAST_ALL'),
  50: number('IP_UNICAST_IF', (value, l) => checkInterface(l, value)),
}

/** Header options cannot be sent on this network; to have none is what it is. */
function refuseHeaderOptions(value: OptionValue): void {
  if (value.length > 0) throw EINVAL
}

const hops = (value: number): number => byteOr(value, 0, 255, -1)

/** -1 stands for the system's default, which is told as what it is. */
const toldHops = (option: 'IPV6_UNICAST_HOPS' | 'IPV6_MULTICAST_HOPS', initial: number): OptionWork => ({
  ...number(option, hops),
  get: (_l, socket) => {
    const value = socket.options.get(option)
    return value < 0 ? initial : value
  },
})

/** IPV6_ADDRFORM: an IPv6 socket that speaks IPv4 becomes one of AF_INET. */
const addressForm: OptionWork = {
  get: (_l, socket) => socket.domain,
  set: (_l, socket, value) => {
    if (value.int() !== AF_INET) throw EINVAL
    const peer = socket.protocol.peerAddress
    if (peer === undefined) throw ENOTCONN
    if (!isIpv4(ipText(peer.bytes.subarray(6, 22)))) throw EADDRNOTAVAIL
    socket.domain = AF_INET
  },
}

export const ipv6Options: OptionTable = {
  1: addressForm,
  16: toldHops('IPV6_UNICAST_HOPS', 64),
  17: number('IPV6_MULTICAST_IF', (value, l) => checkInterface(l, value)),
  18: toldHops('IPV6_MULTICAST_HOPS', 1),
  19: number('IPV6_MULTICAST_LOOP', within(0, 1)),
  20: membership6(true),
  21: membership6(false),
  23: number('IPV6_MTU_DISCOVER', within(0, 5)),
  24: mtu,
  25: flag('IPV6_RECVERR'),
  26: {
    netbsd: true,
    ...flag('IPV6_V6ONLY'),
    set: (_l, socket, value) => {
      const on = value.int() !== 0
      // Once it has an address it is too late.
      const { localAddress, isConnected } = socket.protocol
      if (isConnected || localAddress.bytes[0] !== 0 || localAddress.bytes[1] !== 0) throw EINVAL
      socket.options.set('IPV6_V6ONLY', on ? 1 : 0)
    },
  },
  29: flag('IPV6_MULTICAST_ALL'),
  42: groupMembership(true),
  45: groupMembership(false),
  46: groupSourceMembership(true),
  47: groupSourceMembership(false),
  49: flag('IPV6_RECVPKTINFO'),
  51: flag('IPV6_RECVHOPLIMIT'),
  62: flag('IPV6_DONTFRAG'),
  66: flag('IPV6_RECVTCLASS'),
  67: number('IPV6_TCLASS', value => byteOr(value, 0, 255, 0)),
  78: flag('IPV6_FREEBIND'),
}
