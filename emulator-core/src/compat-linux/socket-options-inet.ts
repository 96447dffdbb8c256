/** The options of IPPROTO_IP: ip(7). Memberships are in socket-membership.ts. */
import { EADDRNOTAVAIL, EINVAL, ENODEV, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, ANY4, ipBytes, ipText } from '../native/net/address.ts'
import { groupMembership, groupSourceMembership, membership4, sourceMembership4 } from './socket-membership.ts'
import {
  flag,
  keep,
  number,
  type OptionTable,
  type OptionValue,
  type OptionWork,
  refusing,
  within,
  words,
} from './socket-option.ts'

const ECN = 3

export const byteOr = (value: number, least: number, most: number, initial: number): number => {
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

export function checkInterface(l: Lwp, index: number): number {
  if (index !== 0 && !l.proc.kernel.net.interfaces().some(i => i.index === index)) throw ENODEV
  return index
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const ip4At = (bytes: Uint8Array, at: number): string => ipText(bytes.subarray(at, at + 4))

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
export const mtu: OptionWork = {
  get: (l, socket) => {
    const local = socket.protocol.peerAddress === undefined ? undefined : socket.protocol.localAddress
    if (local === undefined) throw ENOTCONN
    const ip = socket.domain === AF_INET ? ip4At(local.bytes, 2) : ipText(local.bytes.subarray(6, 22))
    const found = l.proc.kernel.net.interfaces().find(i => i.addresses.some(a => a.ip === ip))
    return found?.mtu ?? l.proc.kernel.net.interfaces()[0]?.mtu ?? 1500
  },
}

/** TCP keeps the two lowest bits, ECN's, for itself. */
export const keepsEcn = (option: 'IP_TOS' | 'IPV6_TCLASS', accept: (value: number) => number): OptionWork => ({
  ...number(option, accept),
  set: (l, socket, value) => {
    const asked = accept(value.int())
    keep(l, socket, option, socket.socketType === 'stream' ? asked & ~ECN : asked)
  },
})

const typeOfService: OptionWork = { netbsd: true, ...keepsEcn('IP_TOS', value => value & 0xff) }

/** Of raw sockets only. */
export const onlyRaw: OptionWork = refusing(ENOPROTOOPT, () => 0)

/** A connection has none of it. @throws EINVAL (from what it makes). */
const onDatagrams = (work: OptionWork): OptionWork => ({
  ...work,
  set: (l, socket, value) => {
    if (socket.socketType === 'stream') throw EINVAL
    work.set?.(l, socket, value)
  },
})

/** IP_PKTOPTIONS: what a connection's first packet came with beyond the address: nothing was asked for. */
const packetOptions: OptionWork = refusing(ENOPROTOOPT, (_l, socket) => {
  if (socket.socketType !== 'stream') throw ENOPROTOOPT
  return new Uint8Array(0)
})

/** IP_TRANSPARENT and IPV6_TRANSPARENT are one thing. @throws EPERM. */
export const transparent: OptionWork = {
  ...flag('IP_TRANSPARENT'),
  set: (l, socket, value) => {
    const on = value.int() !== 0
    if (on && l.credentials.euid !== 0) throw EPERM
    socket.options.set('IP_TRANSPARENT', on ? 1 : 0)
  },
}

/** The index is in network order. @throws EADDRNOTAVAIL (from what it makes). */
export const unicastInterface = (option: 'IP_UNICAST_IF' | 'IPV6_UNICAST_IF'): OptionWork => ({
  ...number(option, value => value),
  set: (l, socket, value) => {
    if (value.length < 4) throw EINVAL
    const given = value.int()
    const index = view(words(given)).getInt32(0, false)
    if (index !== 0 && checkInterface4(l, index) === 0) throw EADDRNOTAVAIL
    socket.options.set(option, given)
  },
})

/** IP_LOCAL_PORT_RANGE: the first port and, in the upper half, the last; 0 is the system's. */
const portRange: OptionWork = {
  ...number('IP_LOCAL_PORT_RANGE', value => value),
  set: (_l, socket, value) => {
    if (value.length !== 4) throw EINVAL
    const range = value.int()
    const [first, last] = [range & 0xffff, range >>> 16]
    if (first !== 0 && last !== 0 && first > last) throw EINVAL
    socket.options.set('IP_LOCAL_PORT_RANGE', range)
  },
}

const ttl: OptionWork = number('IP_TTL', value => byteOr(value, 1, 255, 64), true)

export const ipOptions: OptionTable = {
  1: typeOfService,
  2: ttl,
  3: { netbsd: true, ...onlyRaw },
  4: { get: () => new Uint8Array(0), set: (_l, _s, value) => refuseHeaderOptions(value) },
  5: refusing(EINVAL, () => 0),
  6: flag('IP_RECVOPTS'),
  7: flag('IP_RETOPTS'),
  8: flag('IP_PKTINFO'),
  9: packetOptions,
  10: number('IP_MTU_DISCOVER', within(0, 5)),
  11: flag('IP_RECVERR', true),
  12: flag('IP_RECVTTL'),
  13: flag('IP_RECVTOS'),
  14: mtu,
  15: flag('IP_FREEBIND'),
  16: refusing(EOPNOTSUPP),
  18: flag('IP_PASSSEC'),
  19: transparent,
  20: flag('IP_RECVORIGDSTADDR'),
  22: onlyRaw,
  // The checksum that a card made: lo makes none.
  23: flag('IP_CHECKSUM'),
  24: flag('IP_BIND_ADDRESS_NO_PORT'),
  // Datagrams of at most 64 KiB are not cut on lo.
  25: onDatagrams(flag('IP_RECVFRAGSIZE')),
  26: number('IP_RECVERR_RFC4884', within(0, 1)),
  32: onDatagrams(multicastInterface4),
  33: onDatagrams(number('IP_MULTICAST_TTL', value => byteOr(value, 0, 255, 1), true)),
  34: flag('IP_MULTICAST_LOOP', true),
  35: membership4(true),
  36: membership4(false),
  39: sourceMembership4(true),
  40: sourceMembership4(false),
  42: groupMembership(true),
  45: groupMembership(false),
  46: groupSourceMembership(true),
  47: groupSourceMembership(false),
  49: number('IP_MULTICAST_ALL', within(0, 1)),
  50: unicastInterface('IP_UNICAST_IF'),
  51: portRange,
}

/** Header options cannot be sent on this network; to have none is what it is. */
function refuseHeaderOptions(value: OptionValue): void {
  if (value.length > 0) throw EINVAL
}
