/** The options of raw sockets: raw(7), icmp(7) and RFC 3542. */
import { EINVAL, ENOPROTOOPT } from '../native/errno.ts'
import type { Socket } from '../native/ipc/socket.ts'
import { LoopbackRaw } from '../native/net/loopback-raw.ts'
import type { OptionTable, OptionWork } from './socket-option.ts'

const IPPROTO_ICMPV6 = 58
/** Where ICMPv6 has its checksum. */
const CHECKSUM_AT = 2

function rawOf(socket: Socket, isV6: boolean): LoopbackRaw {
  if (!(socket.protocol instanceof LoopbackRaw) || (socket.ipProtocol === IPPROTO_ICMPV6) !== isV6) throw ENOPROTOOPT
  return socket.protocol
}

/** A bit for each type that is not wanted; who gives less changes less. */
const filter = (isV6: boolean): OptionWork => ({
  get: (_l, socket) => rawOf(socket, isV6).filter,
  set: (_l, socket, value) => {
    const raw = rawOf(socket, isV6)
    raw.filter.set(value.bytes(1, raw.filter.length))
  },
})

/** IPV6_CHECKSUM by SOL_RAW: the kernel makes ICMPv6's in any case. */
const checksumOffset: OptionWork = {
  get: (_l, socket) => {
    rawOf(socket, true)
    return CHECKSUM_AT
  },
  set: (_l, socket, value) => {
    rawOf(socket, true)
    if (value.int() !== CHECKSUM_AT) throw EINVAL
  },
}

export const rawOptions: OptionTable = { 1: filter(false), 7: checksumOffset }
export const icmp6Options: OptionTable = { 1: filter(true) }
