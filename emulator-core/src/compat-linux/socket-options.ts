/** getsockopt and setsockopt: linux_socket.c, linux_to_bsd_sopt_level and what it calls. The options are in the tables of socket-options-*.ts. */

import { meets } from '../native/divergence.ts'
import { EINVAL, ENOPROTOOPT, EOPNOTSUPP } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import { AF_UNIX } from '../native/ipc/unix-socket.ts'
import type { Lwp } from '../native/lwp.ts'
import { AF_INET, AF_INET6, isInternet } from '../native/net/address.ts'
import { flag, number, type OptionTable, OptionValue, type OptionWork } from './socket-option.ts'
import { ipOptions } from './socket-options-inet.ts'
import { ipv6Options } from './socket-options-inet6.ts'
import { icmp6Options, rawOptions } from './socket-options-raw.ts'
import { socketLevelOptions } from './socket-options-socket.ts'
import { tcpOptions } from './socket-options-tcp.ts'
import { udpOptions } from './socket-options-udp.ts'

const SOL_IP = 0
const SOL_SOCKET = 1
const SOL_TCP = 6
const SOL_UDP = 17
const SOL_IPV6 = 41
const SOL_ICMPV6 = 58
const SOL_UDPLITE = 136
const SOL_RAW = 255
const SOL_NETLINK = 270

/** netlink(7). Groups are joined by nobody who would hear anything: nothing changes here. */
const netlinkOptions: OptionTable = {
  1: number('NETLINK_GROUP', value => value),
  2: number('NETLINK_GROUP', value => value),
  3: flag('NETLINK_PKTINFO'),
  4: flag('NETLINK_BROADCAST_ERROR'),
  5: flag('NETLINK_NO_ENOBUFS'),
  10: flag('NETLINK_CAP_ACK'),
  11: flag('NETLINK_EXT_ACK'),
  12: flag('NETLINK_GET_STRICT_CHK'),
}

/** Levels whose options are at least an int long, and those of them that are names: SO_BINDTODEVICE, TCP_CONGESTION, TCP_ULP, TCP_FASTOPEN_KEY. */
const WHOLE_INTS: readonly number[] = [SOL_SOCKET, SOL_TCP, SOL_UDP]
const NAMES: Readonly<Record<number, readonly number[]>> = { [SOL_SOCKET]: [25], [SOL_TCP]: [13, 31, 33] }

/** @throws EOPNOTSUPP, ENOPROTOOPT, EINVAL. */
function optionFor(l: Lwp, socket: Socket, level: number, option: number, reads: boolean): OptionWork {
  if (level !== SOL_SOCKET && socket.domain === AF_UNIX) throw EOPNOTSUPP
  const table = tableOf(socket, level)
  const work = table?.[option]
  if (work?.netbsd !== true && meets(l, 'socket.options', `level ${level}, option ${option}`)) throw EINVAL
  // A level that the protocol has not.
  if (table === undefined && reads) throw socket.domain === AF_INET ? EOPNOTSUPP : ENOPROTOOPT
  if (work === undefined) throw ENOPROTOOPT
  return work
}

function tableOf(socket: Socket, level: number): Readonly<Record<number, OptionWork>> | undefined {
  if (level === SOL_SOCKET) return socketLevelOptions
  if (!isInternet(socket)) return level === SOL_NETLINK ? netlinkOptions : undefined
  switch (level) {
    case SOL_IP:
      return ipOptions
    case SOL_IPV6:
      return socket.domain === AF_INET6 ? ipv6Options : undefined
    case SOL_TCP:
      return socket.socketType === 'stream' ? tcpOptions : undefined
    case SOL_UDPLITE:
    case SOL_UDP:
      return socket.socketType === 'dgram' ? udpOptions : undefined
    case SOL_RAW:
      return socket.socketType === 'raw' ? rawOptions : undefined
    case SOL_ICMPV6:
      return socket.socketType === 'raw' && socket.domain === AF_INET6 ? icmp6Options : undefined
    default:
      return undefined
  }
}

export function getSocketOption(l: Lwp, socket: Socket, level: number, option: number, at: number, lengthAt: number) {
  const room = l.memory.readI32(lengthAt)
  if (room < 0) throw EINVAL
  const { get } = optionFor(l, socket, level, option, true)
  if (get === undefined) throw ENOPROTOOPT
  const value = get(l, socket, room)
  const bytes = typeof value === 'number' ? encodeNumber(value, level, room) : value.subarray(0, room)
  l.memory.copyout(at, bytes)
  l.memory.writeU32(lengthAt, bytes.length)
}

/** Who has no room for an int gets a byte from IPPROTO_IP, and from the others what fits. */
function encodeNumber(value: number, level: number, room: number): Uint8Array {
  const bytes = new Uint8Array(Int32Array.of(value).buffer)
  const isByte = level === SOL_IP && room > 0 && room < 4 && value >= 0 && value <= 255
  return bytes.subarray(0, isByte ? 1 : Math.min(room, 4))
}

export function setSocketOption(
  l: Lwp,
  socket: Socket,
  level: number,
  option: number,
  at: number,
  length: number,
): void {
  // Linux looks at the length before the number, except where a name is given.
  const isKnown = tableOf(socket, level) !== undefined && !NAMES[level]?.includes(option)
  if (WHOLE_INTS.includes(level) && isKnown && length < 4) throw EINVAL
  const { set } = optionFor(l, socket, level, option, false)
  if (set === undefined) throw ENOPROTOOPT
  if (length < 0) throw EINVAL
  set(l, socket, new OptionValue(l, at, length, level === SOL_IP))
}
