/** What goes with a datagram on the host's network, as the kernel has it: PacketInfo. */
import {
  CONTROL_HOPS,
  CONTROL_PACKET_INFO,
  CONTROL_PACKET_INFO_6,
  CONTROL_TIME_TO_LIVE,
  CONTROL_TRAFFIC_CLASS,
  CONTROL_TYPE_OF_SERVICE,
  type ControlEntry,
} from '../../host/network.ts'
import type { PacketInfo } from '../ipc/socket.ts'
import { AF_INET, ANY4, ANY6, ipBytes, ipText, isIpv4, mappedBytes } from './address.ts'

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const int = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)
/** One byte, or an int. */
const intOf = (bytes: Uint8Array): number => (bytes.length >= 4 ? view(bytes).getInt32(0, true) : (bytes[0] ?? 0))

export function packetOf(control: readonly ControlEntry[]): PacketInfo | undefined {
  if (control.length === 0) return undefined
  let packet: PacketInfo = {}
  for (const { kind, value } of control) packet = { ...packet, ...detail(kind, value) }
  return packet
}

function detail(kind: number, value: Uint8Array): PacketInfo {
  switch (kind) {
    case CONTROL_PACKET_INFO:
      return { interface: view(value).getInt32(0, true), ip: ipText(value.subarray(8, 12)) }
    case CONTROL_PACKET_INFO_6:
      return { ip: ipText(value.subarray(0, 16)), interface: view(value).getInt32(16, true) }
    case CONTROL_TYPE_OF_SERVICE:
    case CONTROL_TRAFFIC_CLASS:
      return { tos: intOf(value) }
    case CONTROL_TIME_TO_LIVE:
    case CONTROL_HOPS:
      return { ttl: intOf(value) }
    default:
      return {}
  }
}

export function controlOf(packet: PacketInfo | undefined, domain: number): readonly ControlEntry[] {
  if (packet === undefined) return []
  const list: ControlEntry[] = []
  const is4 = domain === AF_INET || (packet.ip !== undefined && isIpv4(packet.ip))
  if (packet.ip !== undefined || packet.interface !== undefined) list.push(is4 ? info4(packet) : info6(packet))
  if (packet.tos !== undefined)
    list.push({ kind: is4 ? CONTROL_TYPE_OF_SERVICE : CONTROL_TRAFFIC_CLASS, value: int(packet.tos) })
  if (packet.ttl !== undefined) list.push({ kind: is4 ? CONTROL_TIME_TO_LIVE : CONTROL_HOPS, value: int(packet.ttl) })
  return list
}

/** struct in_pktinfo: the address to send from is its second field. */
function info4(packet: PacketInfo): ControlEntry {
  const value = new Uint8Array(12)
  view(value).setInt32(0, packet.interface ?? 0, true)
  value.set(ipBytes(packet.ip ?? ANY4), 4)
  return { kind: CONTROL_PACKET_INFO, value }
}

/** struct in6_pktinfo. */
function info6(packet: PacketInfo): ControlEntry {
  const value = new Uint8Array(20)
  value.set(mappedBytes(packet.ip ?? ANY6))
  view(value).setInt32(16, packet.interface ?? 0, true)
  return { kind: CONTROL_PACKET_INFO_6, value }
}
