/** The options of IPPROTO_IPV6: ipv6(7), RFC 3542, RFC 5014. */
import { EADDRNOTAVAIL, EINVAL, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, ipText, isIpv4 } from '../native/net/address.ts'
import { encodeAddress } from './socket-address.ts'
import { groupMembership, groupSourceMembership, membership6 } from './socket-membership.ts'
import { flag, number, type OptionTable, type OptionWork, refusing, within, words } from './socket-option.ts'
import { byteOr, checkInterface, keepsEcn, mtu, onlyRaw, transparent, unicastInterface } from './socket-options-inet.ts'

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
  get: (_l, socket) => {
    if (socket.protocol.peerAddress === undefined) throw ENOTCONN
    return socket.domain
  },
  set: (_l, socket, value) => {
    if (value.int() !== AF_INET) throw EINVAL
    const peer = socket.protocol.peerAddress
    if (peer === undefined) throw ENOTCONN
    if (!isIpv4(ipText(peer.bytes.subarray(6, 22)))) throw EADDRNOTAVAIL
    socket.domain = AF_INET
  },
}

/** A connection has no multicasts. @throws ENOPROTOOPT (from what it makes). */
const onDatagrams = (work: OptionWork): OptionWork => ({
  ...work,
  set: (l, socket, value) => {
    if (socket.socketType === 'stream') throw ENOPROTOOPT
    work.set?.(l, socket, value)
  },
})

const LEAST_MTU = 1280

/** IPV6_MTU, how long fragments are to be: nothing that may be sent is longer than lo's. @throws EINVAL. */
function checkMtu(size: number): void {
  if (size !== 0 && size < LEAST_MTU) throw EINVAL
}

/** An extension header for all packets: to have none is what it is. */
const noHeader: OptionWork = {
  get: () => new Uint8Array(0),
  set: (_l, _socket, value) => {
    if (value.length > 0) throw EINVAL
  },
}

/** struct ip6_mtuinfo: a sockaddr_in6 and the MTU. @throws EINVAL, ENOTCONN. */
function pathMtu(l: Lwp, socket: Socket, room: number): Uint8Array {
  if (room < IP6_MTUINFO_BYTES) throw EINVAL
  const size = mtu.get?.(l, socket, 4)
  const bytes = new Uint8Array(IP6_MTUINFO_BYTES)
  bytes.set(encodeAddress(socket.protocol.peerAddress).subarray(0, 28))
  if (typeof size === 'number') bytes.set(words(size), 28)
  return bytes
}

const IP6_MTUINFO_BYTES = 32
/** IPV6_PREFER_SRC_…: the kinds of addresses to choose from, each with its opposite; a machine with one address has no choice. */
const TEMPORARY = 0x1
const PUBLIC = 0x2
const EITHER = 0x100
const CARE_OF = 0x4
const HOME = 0x400
const GENERATED = 0x8
const NOT_GENERATED = 0x800

/** At most one of each kind; who chooses none has either, and the home address. @throws EINVAL. */
function preferences(value: number): number {
  const one = (...bits: number[]): number => {
    const chosen = bits.filter(bit => (value & bit) !== 0)
    if (chosen.length > 1) throw EINVAL
    return chosen[0] ?? 0
  }
  one(GENERATED, NOT_GENERATED)
  return (one(PUBLIC, TEMPORARY, EITHER) || EITHER) | (one(HOME, CARE_OF) || HOME)
}

export const ipv6Options: OptionTable = {
  1: addressForm,
  2: flag('IPV6_2292PKTINFO'),
  3: flag('IPV6_2292HOPOPTS'),
  4: flag('IPV6_2292DSTOPTS'),
  5: flag('IPV6_2292RTHDR'),
  8: flag('IPV6_2292HOPLIMIT'),
  16: toldHops('IPV6_UNICAST_HOPS', 64),
  17: onDatagrams(number('IPV6_MULTICAST_IF', (value, l) => checkInterface(l, value))),
  18: onDatagrams(toldHops('IPV6_MULTICAST_HOPS', 1)),
  19: number('IPV6_MULTICAST_LOOP', within(0, 1)),
  20: membership6(true),
  21: membership6(false),
  22: onlyRaw,
  23: number('IPV6_MTU_DISCOVER', within(0, 5)),
  24: { ...mtu, set: (_l, _s, value) => checkMtu(value.int()) },
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
  30: flag('IPV6_ROUTER_ALERT_ISOLATE'),
  31: number('IPV6_RECVERR_RFC4884', within(0, 1)),
  34: refusing(EOPNOTSUPP),
  42: groupMembership(true),
  45: groupMembership(false),
  46: groupSourceMembership(true),
  47: groupSourceMembership(false),
  49: flag('IPV6_RECVPKTINFO'),
  51: flag('IPV6_RECVHOPLIMIT'),
  // Headers between IPv6's and the next: none can be sent, so none come.
  53: flag('IPV6_RECVHOPOPTS'),
  54: noHeader,
  55: noHeader,
  56: flag('IPV6_RECVRTHDR'),
  57: noHeader,
  58: flag('IPV6_RECVDSTOPTS'),
  59: noHeader,
  60: flag('IPV6_RECVPATHMTU'),
  61: refusing(ENOPROTOOPT, pathMtu),
  62: flag('IPV6_DONTFRAG'),
  66: flag('IPV6_RECVTCLASS'),
  67: keepsEcn('IPV6_TCLASS', value => byteOr(value, 0, 255, 0)),
  70: flag('IPV6_AUTOFLOWLABEL'),
  72: number('IPV6_ADDR_PREFERENCES', preferences),
  74: flag('IPV6_RECVORIGDSTADDR'),
  75: transparent,
  76: unicastInterface('IPV6_UNICAST_IF'),
  77: flag('IPV6_RECVFRAGSIZE'),
  78: flag('IPV6_FREEBIND'),
}
