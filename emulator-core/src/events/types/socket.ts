/** Sockets themselves: their kinds and protocols. */
import { commented, type Value } from '../value.ts'
import { bitNames, choice, choiceValue, flags, nameOf, names } from './names.ts'
import { AF_INET, AF_INET6, AF_NETLINK } from './socket-address.ts'
import type { ArgumentType } from './type.ts'

const types = names('SOCK_', 'STREAM=1 DGRAM=2 RAW=3 RDM=4 SEQPACKET=5 DCCP=6 PACKET=10')
const typeBits = names('SOCK_', 'CLOEXEC=0o2000000 NONBLOCK=0o4000')
export const socketType: ArgumentType = {
  value: (_call, low) => {
    if (low === 0) return 0
    const kind = nameOf(types, low & 0xf) ?? `0x${(low & 0xf).toString(16)} /* SOCK_??? */`
    const rest = (low & ~0xf) >>> 0
    if (rest === 0) return kind
    const bits = bitNames(typeBits, rest)
    const all: Value = { kind: 'flags', names: [kind, ...bits] }
    return bits[0].startsWith('0x') ? commented(all, 'SOCK_???') : all
  },
}
export const acceptFlags = flags(typeBits, 'SOCK_???')

const inetProtocols = names(
  'IPPROTO_',
  'IP=0 ICMP=1 IGMP=2 TCP=6 UDP=17 IPV6=41 ICMPV6=58 SCTP=132 UDPLITE=136 RAW=255 MPTCP=262',
)
const netlinkProtocols = names(
  'NETLINK_',
  'ROUTE=0 USERSOCK=2 SOCK_DIAG=4 AUDIT=9 NETFILTER=12 KOBJECT_UEVENT=15 GENERIC=16',
)
export const protocol: ArgumentType = {
  value: (call, low) => {
    const family = call.low[0]
    if (family === AF_INET || family === AF_INET6) return choiceValue(inetProtocols, 'IPPROTO_???', low)
    if (family === AF_NETLINK) return choiceValue(netlinkProtocols, 'NETLINK_???', low)
    return low
  },
}
export const shutdownHow = choice(names('SHUT_', 'RD=0 WR=1 RDWR=2'), 'SHUT_???')
