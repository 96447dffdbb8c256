/**
 * Raw sockets of ICMP and ICMPv6 on the private network, and who answers an echo: sys/netinet/raw_ip.c, ip_icmp.c; what a program sees of it is as Linux does it
 * (raw(7), icmp(7)). All raw sockets of a protocol hear everything of it that goes over lo, their own questions too.
 */
import { EADDRNOTAVAIL, EDESTADDRREQ, EINVAL, EMSGSIZE } from '../errno.ts'
import type { SendOptions, Socket, SocketAddress } from '../ipc/socket.ts'
import type { Lwp } from '../lwp.ts'
import type { Uio } from '../uio.ts'
import { AF_INET, AF_UNSPEC, endpointOf, ipBytes, isIpv4, isWildcard } from './address.ts'
import { checksum, echoReply, ipv4Header, pseudoHeader6 } from './icmp.ts'
import type { LoopbackStack } from './loopback-stack.ts'
import { LoopbackUdp } from './loopback-udp.ts'
import { covers } from './port-table.ts'

const LONGEST = 65515
const HEADER4 = 20

interface Message {
  readonly bytes: Uint8Array
  readonly from: string
  readonly to: string
  readonly ttl: number
  readonly tos: number
}

export class LoopbackRaw extends LoopbackUdp {
  /** A bit for each type of message that is not wanted: ICMP_FILTER (4 bytes) or ICMP6_FILTER (32). */
  filter: Uint8Array

  constructor(socket: Socket, stack: LoopbackStack) {
    super(socket, stack)
    this.filter = new Uint8Array(this.#isV4 ? 4 : 32)
    this.#place(this.wildcard)
  }

  get #isV4(): boolean {
    return this.socket.domain === AF_INET
  }

  protected override get ports() {
    return this.stack.raw
  }

  /** The protocol stands where others have their port. */
  #place(ip: string): void {
    this.unbind()
    this.bound = { ip, port: this.socket.ipProtocol }
    this.ports.add(this)
  }

  override bind(_l: Lwp, address: SocketAddress): void {
    const { ip } = endpointOf(address, this.socket.domain)
    if (this.peer !== undefined) throw EINVAL
    if (!isWildcard(ip) && !this.stack.has(ip)) throw EADDRNOTAVAIL
    this.#place(ip)
  }

  override connect(_l: Lwp, address: SocketAddress): number {
    if (address.family === AF_UNSPEC) {
      this.peer = undefined
      return 0
    }
    const route = this.stack.route(this.destination(address).ip, undefined)
    this.peer = { ip: route.ip, port: 0 }
    this.narrow(route.source)
    return 0
  }

  override send(_l: Lwp, uio: Uio, options: SendOptions): number {
    const wanted = options.to === undefined ? this.peer : this.destination(options.to)
    if (wanted === undefined) throw EDESTADDRREQ
    if (uio.resid > LONGEST) throw EMSGSIZE
    const error = this.socket.takeError()
    if (error !== undefined) throw error
    const route = this.stack.route(wanted.ip, undefined)
    const bytes = new Uint8Array(uio.resid)
    if (bytes.length > 0 && uio.read(bytes) < bytes.length) throw EINVAL
    const own = this.bound?.ip ?? this.wildcard
    const { options: chosen } = this.socket
    const hops = this.#isV4 ? chosen.get('IP_TTL') : chosen.get('IPV6_UNICAST_HOPS')
    const message: Message = {
      bytes,
      from: isWildcard(own) ? route.source : own,
      to: route.ip,
      ttl: options.packet?.ttl ?? (hops < 0 ? 64 : hops),
      tos: options.packet?.tos ?? chosen.get(this.#isV4 ? 'IP_TOS' : 'IPV6_TCLASS'),
    }
    if (!this.#isV4) fillChecksum6(message)
    this.#deliver(message)
    const reply = this.#isV4 && checksum(bytes) !== 0 ? undefined : echoReply(bytes, this.#isV4)
    if (reply !== undefined) {
      const answer: Message = { ...message, bytes: reply, from: message.to, to: message.from, ttl: 64 }
      if (!this.#isV4) fillChecksum6(answer)
      this.#deliver(answer)
    }
    return bytes.length
  }

  #deliver(message: Message): void {
    this.stack.count(message.bytes.length + (isIpv4(message.to) ? HEADER4 : 40) + 14)
    for (const user of [...this.ports.at(this.socket.ipProtocol)])
      if (user instanceof LoopbackRaw && user.#wants(message)) user.#hear(message)
  }

  #wants({ bytes, from, to }: Message): boolean {
    if (isIpv4(to) !== this.#isV4 || !covers(this, to)) return false
    if (this.peer !== undefined && this.peer.ip !== from) return false
    const type = bytes[0] ?? 0
    return ((this.filter[type >> 3] ?? 0) & (1 << (type & 7))) === 0
  }

  /** IPv4's header comes with the message, IPv6's does not. */
  #hear({ bytes, from, to, ttl, tos }: Message): void {
    const whole = this.#isV4 ? ipv4Header(bytes, { from, to, ttl, tos, protocol: this.socket.ipProtocol }) : bytes
    this.enqueue({
      bytes: whole,
      from: { ip: from, port: 0 },
      to,
      ttl,
      tos,
      time: this.stack.kernel.clock.realtime(),
      mark: 0,
      segment: 0,
    })
  }
}

/** The kernel computes ICMPv6's checksum, whatever the program put there. */
function fillChecksum6({ bytes, from, to }: Message): void {
  if (bytes.length < 4) return
  bytes.fill(0, 2, 4)
  const sum = checksum(pseudoHeader6(ipBytes(from), ipBytes(to), bytes))
  bytes[2] = sum >> 8
  bytes[3] = sum & 0xff
}
