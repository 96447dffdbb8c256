/** Options that act on the host's own socket, and what they are called there. The others are only remembered in `Socket.options`. */

import { HostError } from '../../host/host.ts'
import type { HostSocket } from '../../host/network.ts'
import type { Membership } from '../ipc/socket.ts'
import type { SocketOption } from '../ipc/socket-option.ts'
import { ANY4, ipBytes, isIpv4 } from './address.ts'

const NAMES: Partial<Readonly<Record<SocketOption, string>>> = {
  SO_REUSEADDR: 'reuseAddress',
  SO_REUSEPORT: 'reusePort',
  SO_BROADCAST: 'broadcast',
  SO_DONTROUTE: 'dontRoute',
  SO_KEEPALIVE: 'keepAlive',
  SO_OOBINLINE: 'urgentInline',
  SO_RCVLOWAT: 'receiveLowWater',
  TCP_NODELAY: 'tcp.noDelay',
  TCP_MAXSEG: 'tcp.maxSegment',
  TCP_CORK: 'tcp.cork',
  TCP_KEEPIDLE: 'tcp.keepIdle',
  TCP_KEEPINTVL: 'tcp.keepInterval',
  TCP_KEEPCNT: 'tcp.keepCount',
  TCP_SYNCNT: 'tcp.synCount',
  TCP_LINGER2: 'tcp.linger2',
  TCP_DEFER_ACCEPT: 'tcp.deferAccept',
  TCP_WINDOW_CLAMP: 'tcp.windowClamp',
  TCP_QUICKACK: 'tcp.quickAck',
  TCP_USER_TIMEOUT: 'tcp.userTimeout',
  TCP_FASTOPEN: 'tcp.fastOpen',
  IP_TOS: 'ip.typeOfService',
  IP_TTL: 'ip.timeToLive',
  IP_FREEBIND: 'ip.freeBind',
  IP_MTU_DISCOVER: 'ip.mtuDiscover',
  IP_PKTINFO: 'ip.packetInfo',
  IP_RECVTOS: 'ip.receiveTypeOfService',
  IP_RECVTTL: 'ip.receiveTimeToLive',
  IP_MULTICAST_TTL: 'ip.multicastTimeToLive',
  IP_MULTICAST_LOOP: 'ip.multicastLoop',
  IPV6_TCLASS: 'ipv6.trafficClass',
  IPV6_UNICAST_HOPS: 'ipv6.hops',
  IPV6_MTU_DISCOVER: 'ipv6.mtuDiscover',
  IPV6_RECVPKTINFO: 'ipv6.packetInfo',
  IPV6_RECVTCLASS: 'ipv6.receiveTrafficClass',
  IPV6_RECVHOPLIMIT: 'ipv6.receiveHops',
  IPV6_MULTICAST_HOPS: 'ipv6.multicastHops',
  IPV6_MULTICAST_LOOP: 'ipv6.multicastLoop',
  IPV6_MULTICAST_IF: 'ipv6.multicastInterface',
}

/** What the host knows better than the program that set it. */
const TOLD_BY_HOST: ReadonlySet<SocketOption> = new Set(['TCP_MAXSEG', 'TCP_WINDOW_CLAMP', 'TCP_QUICKACK'])

/** @throws HostError */
export function setHostOption(host: HostSocket, option: SocketOption, value: number): void {
  const name = NAMES[option]
  if (name !== undefined) host.setOption(name, value)
  else if (option === 'IP_MULTICAST_IF') host.setOption('ip.multicastInterface', group4(ANY4, ANY4, value))
}

export function hostOption(host: HostSocket, option: SocketOption): number | undefined {
  const name = TOLD_BY_HOST.has(option) ? NAMES[option] : undefined
  return name === undefined ? undefined : host.getOption(name)
}

/** @throws HostError */
export function changeHostMembership(host: HostSocket, membership: Membership): void {
  const { join, group, source, address } = membership
  if (source !== undefined) throw new HostError('ENOPROTOOPT')
  const verb = join ? 'join' : 'leave'
  if (isIpv4(group)) host.setOption(`ip.${verb}`, group4(group, address ?? ANY4, membership.interface))
  else host.setOption(`ipv6.${verb}`, group6(group, membership.interface))
}

/** struct ip_mreqn. */
function group4(group: string, address: string, index: number): Uint8Array {
  const bytes = new Uint8Array(12)
  bytes.set(ipBytes(group))
  bytes.set(ipBytes(address), 4)
  new DataView(bytes.buffer).setInt32(8, index, true)
  return bytes
}

/** struct ipv6_mreq. */
function group6(group: string, index: number): Uint8Array {
  const bytes = new Uint8Array(20)
  bytes.set(ipBytes(group))
  new DataView(bytes.buffer).setInt32(16, index, true)
  return bytes
}
