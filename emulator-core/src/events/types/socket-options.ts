/** Options of sockets: their names by level, and their values. */
import type { Call } from '../call.ts'
import { bytesValue, listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate } from '../wide.ts'
import { choice, choiceValue, names } from './names.ts'
import { ADDRESS_LIMIT } from './socket-address.ts'
import type { ArgumentType } from './type.ts'

export const levels = names('SOL_', 'IP=0 SOCKET=1 TCP=6 UDP=17 IPV6=41 RAW=255 PACKET=263 NETLINK=270')
export const socketLevel = choice(levels, 'SOL_??')
const socketOptions = names(
  'SO_',
  'DEBUG=1 REUSEADDR=2 TYPE=3 ERROR=4 DONTROUTE=5 BROADCAST=6 SNDBUF=7 RCVBUF=8 KEEPALIVE=9 OOBINLINE=10 NO_CHECK=11 PRIORITY=12 LINGER=13 BSDCOMPAT=14 REUSEPORT=15 PASSCRED=16 PEERCRED=17 RCVLOWAT=18 SNDLOWAT=19 RCVTIMEO_OLD=20 SNDTIMEO_OLD=21 BINDTODEVICE=25 ATTACH_FILTER=26 PEERNAME=28 TIMESTAMP_OLD=29 ACCEPTCONN=30 PEERSEC=31 SNDBUFFORCE=32 RCVBUFFORCE=33 PASSSEC=34 MARK=36 PROTOCOL=38 DOMAIN=39 BUSY_POLL=46 INCOMING_CPU=49 COOKIE=57 PEERGROUPS=59 ZEROCOPY=60',
)
const tcpOptions = names(
  'TCP_',
  'NODELAY=1 MAXSEG=2 CORK=3 KEEPIDLE=4 KEEPINTVL=5 KEEPCNT=6 SYNCNT=7 LINGER2=8 DEFER_ACCEPT=9 WINDOW_CLAMP=10 INFO=11 QUICKACK=12 CONGESTION=13 USER_TIMEOUT=18 FASTOPEN=23 FASTOPEN_CONNECT=30',
)
const ipOptions = names(
  'IP_',
  'TOS=1 TTL=2 HDRINCL=3 OPTIONS=4 RECVOPTS=6 PKTINFO=8 MTU_DISCOVER=10 RECVERR=11 RECVTTL=12 RECVTOS=13 MTU=14 FREEBIND=15 MULTICAST_IF=32 MULTICAST_TTL=33 MULTICAST_LOOP=34 ADD_MEMBERSHIP=35 DROP_MEMBERSHIP=36',
)
const ipv6Options = names(
  'IPV6_',
  'UNICAST_HOPS=16 MULTICAST_IF=17 MULTICAST_HOPS=18 MULTICAST_LOOP=19 ADD_MEMBERSHIP=20 MTU=24 RECVERR=25 V6ONLY=26 RECVPKTINFO=49 PKTINFO=50 RECVTCLASS=66 TCLASS=67',
)
const optionTables = new Map([
  [0, [ipOptions, 'IP_???']],
  [1, [socketOptions, 'SO_???']],
  [6, [tcpOptions, 'TCP_???']],
  [41, [ipv6Options, 'IPV6_???']],
] as const)
export const socketOption: ArgumentType = {
  value: (call, low) => {
    const table = optionTables.get(call.low[1] as 0 | 1 | 6 | 41)
    return table === undefined ? low : choiceValue(table[0], table[1], low)
  },
}

const SO_LINGER = 13
const SO_PEERCRED = 17

function optionText(call: Call, view: DataView, length: number, bytes: Uint8Array): Value {
  const [level, option] = [call.low[1], call.low[2]]
  if (level === 1 && option === SO_LINGER && length >= 8) {
    return structValue([
      ['l_onoff', view.getInt32(0, true)],
      ['l_linger', view.getInt32(4, true)],
    ])
  }
  if (level === 1 && option === SO_PEERCRED && length >= 12) {
    return structValue([
      ['pid', view.getInt32(0, true)],
      ['uid', view.getUint32(4, true)],
      ['gid', view.getUint32(8, true)],
    ])
  }
  if (level === 1 && option === 4 && length === 4) {
    return listValue([view.getInt32(0, true)])
  }
  if (length === 4) return listValue([view.getInt32(0, true)])
  return bytesValue(bytes, length)
}

export const optionIn: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, Math.min(sink.argument(4), ADDRESS_LIMIT)),
  value: (call, low, high) => {
    // A number that is too short is not looked at, nor half a struct linger.
    const least = call.low[2] === SO_LINGER ? 8 : 4
    if (call.low[1] === 1 && call.argument(4) < least) return pointerValue(low, high)
    return optionValue(call, low, high, call.argument(4))
  },
}
export const optionOut: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, ADDRESS_LIMIT),
  value: (call, low, high) =>
    optionValue(call, low, high, call.exit.find(call.argument(4), 4)?.getUint32(0, true) ?? 0),
}
function optionValue(call: Call, low: number, high: number, length: number): Value {
  const bytes = (low | high) === 0 ? undefined : call.upTo(approximate(low, high), Math.min(length, ADDRESS_LIMIT))
  if (bytes === undefined) return pointerValue(low, high)
  return optionText(call, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length, bytes)
}
