/** The private network of a machine: one interface, lo, between its own programs (sys/net/if_loop.c). */
import { EACCES, ENETUNREACH, EPERM, EPROTONOSUPPORT } from '../errno.ts'
import type { Socket, SocketProtocol } from '../ipc/socket.ts'
import type { Kernel } from '../kernel.ts'
import { AF_INET, ANY4, ANY6, type Endpoint, isMulticast, LOOPBACK4, LOOPBACK6 } from './address.ts'
import type { LoopbackInet } from './loopback-inet.ts'
import { LoopbackRaw } from './loopback-raw.ts'
import { LoopbackTcp } from './loopback-tcp.ts'
import { LoopbackUdp } from './loopback-udp.ts'
import { PortTable } from './port-table.ts'
import {
  IFF_LOOPBACK,
  IFF_RUNNING,
  IFF_UP,
  type NetInterface,
  type NetMode,
  type NetRoute,
  type NetStack,
} from './stack.ts'
import { TcpConnections } from './tcp-connections.ts'

const MTU = 65536
export const LO_INDEX = 1
const BROADCAST = '127.255.255.255'
const IPPROTO_ICMP = 1
const IPPROTO_TCP = 6
const IPPROTO_UDP = 17
const IPPROTO_ICMPV6 = 58
const IPPROTO_UDPLITE = 136

/** Where something goes that is sent to an address, and from which of our addresses. */
export interface Route {
  readonly ip: string
  readonly source: string
  readonly kind: 'local' | 'broadcast' | 'multicast'
}

export class LoopbackStack extends TcpConnections implements NetStack {
  readonly mode: NetMode
  readonly tcp = new PortTable<LoopbackInet>()
  readonly udp = new PortTable<LoopbackInet>()
  readonly udplite = new PortTable<LoopbackInet>()
  /** Raw sockets, with their protocol as the port. */
  readonly raw = new PortTable<LoopbackInet>()
  #packets = 0
  #bytes = 0

  /** `none`: the interface is down, as in a new network namespace. */
  constructor(kernel: Kernel, mode: 'none' | 'loopback') {
    super(kernel)
    this.mode = mode
  }

  get isUp(): boolean {
    return this.mode === 'loopback'
  }

  /** Whether an address is one of this machine's. */
  has(ip: string): boolean {
    return this.isUp && (ip.startsWith('127.') || ip === LOOPBACK6)
  }

  /** `via`: the interface that a socket chose for multicasts, by its index. @throws ENETUNREACH. */
  route(to: string, via: number | undefined): Route {
    const ip = to === ANY4 ? LOOPBACK4 : to === ANY6 ? LOOPBACK6 : to
    if (!this.isUp) throw ENETUNREACH
    if (ip === BROADCAST) return { ip, source: LOOPBACK4, kind: 'broadcast' }
    if (ip === LOOPBACK6) return { ip, source: LOOPBACK6, kind: 'local' }
    if (ip.startsWith('127.')) return { ip, source: LOOPBACK4, kind: 'local' }
    // There is no route for multicasts; only who names the interface gets them out.
    if (via === LO_INDEX && isMulticast(ip) && !ip.includes(':')) return { ip, source: LOOPBACK4, kind: 'multicast' }
    throw ENETUNREACH
  }

  /** A packet went over the interface. */
  count(bytes: number): void {
    this.#packets++
    this.#bytes += bytes
  }

  interfaces(): readonly NetInterface[] {
    const addresses = [
      { ip: LOOPBACK4, prefix: 8 },
      { ip: LOOPBACK6, prefix: 128 },
    ]
    return [
      {
        index: LO_INDEX,
        name: 'lo',
        flags: IFF_LOOPBACK | (this.isUp ? IFF_UP | IFF_RUNNING : 0),
        mtu: MTU,
        hardware: new Uint8Array(6),
        addresses: this.isUp ? addresses : [],
        statistics: { packets: this.#packets, bytes: this.#bytes },
      },
    ]
  }

  routes(): readonly NetRoute[] {
    if (!this.isUp) return []
    const route = { interface: LO_INDEX, kind: 'local' } as const
    return [
      { ...route, network: '127.0.0.0', prefix: 8, source: LOOPBACK4 },
      { ...route, network: LOOPBACK4, prefix: 32, source: LOOPBACK4 },
      { ...route, network: BROADCAST, prefix: 32, source: LOOPBACK4, kind: 'broadcast' },
      { ...route, network: LOOPBACK6, prefix: 128 },
    ]
  }

  createProtocol(socket: Socket): SocketProtocol {
    if (socket.ipProtocol === IPPROTO_TCP) return new LoopbackTcp(socket, this)
    if (socket.ipProtocol === IPPROTO_UDP || socket.ipProtocol === IPPROTO_UDPLITE) return new LoopbackUdp(socket, this)
    // net.ipv4.ping_group_range lets nobody.
    if (socket.socketType === 'dgram') throw EACCES
    if (this.kernel.current?.credentials.euid !== 0) throw EPERM
    if (socket.ipProtocol === (socket.domain === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
      return new LoopbackRaw(socket, this)
    throw EPROTONOSUPPORT
  }

  /** The listener for a connection from `from` to `to`; of several that share the port, the one that fits best. */
  listenerAt(to: Endpoint, from: Endpoint): LoopbackTcp | undefined {
    const listening = this.tcp.best(to, from, user => user.isListening)
    return listening instanceof LoopbackTcp ? listening : undefined
  }

  /** Whether any socket is in a multicast group. */
  isJoined(group: string): boolean {
    for (const user of [...this.udp.all(), ...this.udplite.all()]) if (user.isMember(group)) return true
    return false
  }

  *sockets(): Iterable<Socket> {
    for (const user of this.tcp.all()) yield user.socket
    for (const user of this.udp.all()) yield user.socket
    for (const user of this.udplite.all()) yield user.socket
  }
}
