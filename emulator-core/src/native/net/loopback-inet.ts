/** What TCP and UDP sockets of the private network have in common: names and ports. */
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, ENETUNREACH, ENOBUFS, ENODEV } from '../errno.ts'
import type { Membership, Socket, SocketAddress } from '../ipc/socket.ts'
import type { Lwp } from '../lwp.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  ANY4,
  ANY6,
  addressOf,
  type Endpoint,
  endpointOf,
  ipText,
  isIpv4,
  isLinkLocal,
  isMulticast,
  isWildcard,
} from './address.ts'
import type { LoopbackStack } from './loopback-stack.ts'
import type { PortTable, PortUser } from './port-table.ts'

/** net.ipv4.ip_unprivileged_port_start. */
const FIRST_UNPRIVILEGED = 1024

const LO_INDEX = 1
/** net.ipv4.igmp_max_memberships. */
const MEMBERSHIPS_MOST = 20

interface Joined {
  readonly group: string
  readonly source: string | undefined
}

export abstract class LoopbackInet implements PortUser {
  readonly socket: Socket
  readonly stack: LoopbackStack
  /** Where it receives; its address may be narrowed by a connection. */
  bound: Endpoint | undefined
  /** What bind(2) said: the part that a connection's end does not take away. */
  #boundIp: string | undefined
  #boundPort = 0
  peer: Endpoint | undefined
  #joined: Joined[] = []

  constructor(socket: Socket, stack: LoopbackStack) {
    this.socket = socket
    this.stack = stack
  }

  abstract readonly isListening: boolean
  protected abstract readonly ports: PortTable<LoopbackInet>
  readonly peerCredentials = undefined
  get peerFile(): number {
    return 0
  }

  get wildcard(): string {
    return this.socket.domain === AF_INET ? ANY4 : ANY6
  }

  get localAddress(): SocketAddress {
    return addressOf(this.bound ?? { ip: this.wildcard, port: 0 }, this.socket.domain)
  }

  /** Whether others have the port already in a way that this socket cannot share. */
  protected taken(port: number): boolean {
    return this.ports.conflicts(this, port)
  }

  bind(l: Lwp, address: SocketAddress): void {
    const { ip, port } = this.#bindable(address)
    this.#checkAddress(ip, address)
    if (port !== 0 && port < FIRST_UNPRIVILEGED && l.credentials.euid !== 0) throw EACCES
    if (this.bound !== undefined) throw EINVAL
    if (port === 0 && this.socket.options.isOn('IP_BIND_ADDRESS_NO_PORT')) {
      this.#boundIp = ip
      return
    }
    this.take(ip, port, false)
    this.#boundIp = ip
    this.#boundPort = port
  }

  /** AF_UNSPEC with 0.0.0.0 is let pass as AF_INET (ip(7)). */
  #bindable(address: SocketAddress): Endpoint {
    const { domain } = this.socket
    if (domain === AF_INET && address.family === AF_UNSPEC && address.bytes.length >= 14) {
      if (ipText(address.bytes.subarray(2, 6)) !== ANY4) throw EAFNOSUPPORT
      return endpointOf({ family: AF_INET, bytes: address.bytes }, AF_INET)
    }
    return endpointOf(address, domain)
  }

  /** @throws EADDRNOTAVAIL for an address that the machine has not, EINVAL for one that says too little. */
  #checkAddress(ip: string, address: SocketAddress): void {
    const { options, domain } = this.socket
    if (domain === AF_INET6 && isIpv4(ip) && options.isOn('IPV6_V6ONLY')) throw EINVAL
    if (isWildcard(ip) || this.stack.has(ip)) return
    if (!isIpv4(ip)) {
      const needsScope = isLinkLocal(ip) || /^ff.[12]:/.test(ip)
      if (needsScope && address.bytes.slice(22, 26).every(b => b === 0)) throw EINVAL
    }
    if (isMulticast(ip) || ip === '255.255.255.255') return
    if (options.isOn('IP_FREEBIND') || options.isOn('IP_TRANSPARENT') || options.isOn('IPV6_FREEBIND')) return
    throw EADDRNOTAVAIL
  }

  /** Gets a port, an ephemeral one for 0. @throws EADDRINUSE, EADDRNOTAVAIL. */
  protected take(ip: string, port: number, connects: boolean): void {
    const isFree = (candidate: number): boolean => {
      this.bound = { ip, port: candidate }
      return connects ? this.ports.at(candidate).length === 0 && !this.taken(candidate) : !this.taken(candidate)
    }
    try {
      if (port !== 0) {
        if (!isFree(port)) throw EADDRINUSE
      } else {
        const range = this.socket.options.get('IP_LOCAL_PORT_RANGE')
        this.bound = { ip, port: this.ports.ephemeral(isFree, connects, range) }
      }
    } catch (e) {
      this.bound = undefined
      throw e
    }
    this.ports.add(this)
  }

  /** Gets a port if there is none yet. */
  protected autobind(connects: boolean): Endpoint {
    if (this.bound === undefined) this.take(this.#boundIp ?? this.wildcard, 0, connects)
    return this.bound as unknown as Endpoint
  }

  /** Keeps to one address while connected. */
  protected narrow(ip: string): void {
    if (this.bound !== undefined && isWildcard(this.bound.ip)) this.bound = { ...this.bound, ip }
  }

  /** The connection is over: back to what bind(2) said. */
  protected widen(): void {
    if (this.#boundPort === 0) this.unbind()
    else this.widenAddress()
  }

  /** As `widen`, but the port stays. */
  protected widenAddress(): void {
    if (this.bound !== undefined) this.bound = { ip: this.#boundIp ?? this.wildcard, port: this.bound.port }
  }

  protected unbind(): void {
    if (this.bound === undefined) return
    this.ports.remove(this, this.bound.port)
    this.bound = undefined
  }

  /** Whether a destination can be named by this kind of socket. @throws EINVAL, EAFNOSUPPORT, ENETUNREACH. */
  protected destination(address: SocketAddress): Endpoint {
    const to = endpointOf(address, this.socket.domain)
    if (this.socket.domain === AF_INET6 && isIpv4(to.ip) && this.socket.options.isOn('IPV6_V6ONLY')) throw ENETUNREACH
    return to
  }

  /** Whether a group's datagrams from there are wanted. */
  takesFrom(group: string, ip: string): boolean {
    return this.#joined.some(j => j.group === group && (j.source === undefined || j.source === ip))
  }

  isMember(group: string): boolean {
    return this.#joined.some(j => j.group === group)
  }

  changeMembership(_l: Lwp, { join, group, interface: index, address, source }: Membership): void {
    const byAddress = address !== undefined && !isWildcard(address)
    if (index !== 0 ? index !== LO_INDEX : !byAddress || !this.stack.has(address)) {
      // Without a route for the group nothing says which interface is meant.
      if (join || index !== 0 || byAddress) throw join ? ENODEV : EADDRNOTAVAIL
    }
    const at = this.#joined.findIndex(j => j.group === group && j.source === source)
    if (!join) {
      if (at < 0) throw EADDRNOTAVAIL
      this.#joined.splice(at, 1)
      return
    }
    if (at >= 0) throw source === undefined ? EADDRINUSE : EADDRNOTAVAIL
    if (this.#joined.length >= MEMBERSHIPS_MOST) throw ENOBUFS
    this.#joined.push({ group, source })
  }
}
