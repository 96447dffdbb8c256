/** What the network is to the kernel: interfaces, routes, and who makes a new internet socket. One per machine, chosen by the option `net`. */
import type { Socket, SocketProtocol } from '../ipc/socket.ts'
import type { Endpoint } from './address.ts'

/** `none`: there is lo, and it is down. `loopback`: a private network of this machine's own programs. `host`: the network of the computer. */
export type NetMode = 'none' | 'loopback' | 'host'

/** IFF_… bits; NetBSD's and Linux's lower ones are the same but for RUNNING's neighbours, these are Linux's. */
export const IFF_UP = 0x1
export const IFF_BROADCAST = 0x2
export const IFF_LOOPBACK = 0x8
export const IFF_RUNNING = 0x40
export const IFF_MULTICAST = 0x1000

export interface NetAddress {
  readonly ip: string
  /** Bits of the network part. */
  readonly prefix: number
  readonly broadcast?: string
}

export interface NetInterface {
  /** From 1. */
  readonly index: number
  readonly name: string
  /** IFF_… */
  readonly flags: number
  readonly mtu: number
  /** Six bytes. */
  readonly hardware: Uint8Array
  readonly addresses: readonly NetAddress[]
  /** What went through it; a driver that does not count says zeros. */
  readonly statistics: { readonly packets: number; readonly bytes: number }
}

export interface NetRoute {
  /** A network, `0.0.0.0/0` or `::/0` for the default. */
  readonly network: string
  readonly prefix: number
  readonly gateway?: string
  /** The interface's index. */
  readonly interface: number
  /** Which of its own addresses the machine uses there. */
  readonly source?: string
  /** local: to this machine itself; broadcast; unicast otherwise. */
  readonly kind: 'unicast' | 'local' | 'broadcast'
}

export interface NetStack {
  readonly mode: NetMode
  /** As they are now. */
  interfaces(): readonly NetInterface[]
  routes(): readonly NetRoute[]
  /** What a new socket of AF_INET or AF_INET6 does: by its `socketType` and `ipProtocol`. @throws EPROTONOSUPPORT, ESOCKTNOSUPPORT, EACCES. */
  createProtocol(socket: Socket): SocketProtocol
  /** Connections that ended and whose addresses are not free yet (TIME_WAIT), with the ns that are left to them. */
  lingering?(): Iterable<{ readonly local: Endpoint; readonly remote: Endpoint; readonly left: number }>
  /** The internet sockets that are bound, connected or listening, for /proc/net. */
  sockets(): Iterable<Socket>
  /** Hears what happened outside; called before each turn of a thread. */
  deliver?(): void
  /** The machine ends. */
  close?(): void
}
