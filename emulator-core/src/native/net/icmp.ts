/** Messages of ICMP (RFC 792) and ICMPv6 (RFC 4443) as bytes. */
import { ipBytes } from './address.ts'

const ECHO = { request: 8, reply: 0 }
const ECHO6 = { request: 128, reply: 129 }
const LEAST = 8
const IPPROTO_ICMPV6 = 58
const DONT_FRAGMENT = 0x40

/** RFC 1071; of bytes that hold their own checksum it is 0. */
export function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** What the machine answers to an echo request, for ICMP with its checksum; undefined: nothing. */
export function echoReply(request: Uint8Array, isV4: boolean): Uint8Array | undefined {
  const types = isV4 ? ECHO : ECHO6
  if (request.length < LEAST || request[0] !== types.request || request[1] !== 0) return undefined
  const reply = request.slice()
  reply[0] = types.reply
  reply.fill(0, 2, 4)
  if (isV4) new DataView(reply.buffer).setUint16(2, checksum(reply), false)
  return reply
}

export interface Ipv4Fields {
  readonly from: string
  readonly to: string
  readonly ttl: number
  readonly tos: number
  readonly protocol: number
}

/** A packet of IPv4 with these bytes in it. */
export function ipv4Header(bytes: Uint8Array, { from, to, ttl, tos, protocol }: Ipv4Fields): Uint8Array {
  const packet = new Uint8Array(20 + bytes.length)
  const v = new DataView(packet.buffer)
  packet[0] = 0x45
  packet[1] = tos
  v.setUint16(2, packet.length, false)
  packet[6] = DONT_FRAGMENT
  packet[8] = ttl
  packet[9] = protocol
  packet.set(ipBytes(from), 12)
  packet.set(ipBytes(to), 16)
  v.setUint16(10, checksum(packet.subarray(0, 20)), false)
  packet.set(bytes, 20)
  return packet
}

/** What ICMPv6's checksum is made of: the addresses, the length and the protocol besides the message. */
export function pseudoHeader6(from: Uint8Array, to: Uint8Array, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(40 + bytes.length)
  all.set(from)
  all.set(to, 16)
  new DataView(all.buffer).setUint32(32, bytes.length, false)
  all[39] = IPPROTO_ICMPV6
  all.set(bytes, 40)
  return all
}
