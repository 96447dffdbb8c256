/** UDP between the programs of one machine: sys/netinet/udp_usrreq.c. What a program sees of it is as Linux does it (udp(7), ip(7)). */
import {
  EACCES,
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  EIO,
  EMSGSIZE,
  ENETUNREACH,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from '../errno.ts'
import {
  type QueuedError,
  type Received,
  type ReceiveOptions,
  type SendOptions,
  SHUT_RECEIVE,
  SHUT_SEND,
  type Socket,
  type SocketAddress,
  type SocketProtocol,
  TcpState,
} from '../ipc/socket.ts'
import type { Lwp } from '../lwp.ts'
import { brokenPipe } from '../signal/post.ts'
import type { Kthread, MaybeBlocking } from '../sleep.ts'
import type { Uio } from '../uio.ts'
import { AF_INET, AF_INET6, AF_UNSPEC, addressOf, type Endpoint, isIpv4, isWildcard } from './address.ts'
import { LoopbackInet } from './loopback-inet.ts'
import type { Route } from './loopback-stack.ts'
import { covers } from './port-table.ts'

/** The longest datagrams over IPv4 and IPv6. */
const LONGEST4 = 65507
const LONGEST6 = 65527
/** What a datagram counts for in a buffer besides its bytes. */
const OVERHEAD = 576
const ERRORS_MOST = 64
/** UDP_MAX_SEGMENTS. */
const SEGMENTS_MOST = 128
/** How much of a datagram ICMP sends back: 576 and 1280 bytes with all headers. */
const QUOTED4 = 520
const QUOTED6 = 1184
const LO_INDEX = 1
const IPPROTO_UDPLITE = 136
const ICMP = { origin: 2, type: 3, code: 3 } as const
const ICMP6 = { origin: 3, type: 1, code: 4 } as const

export interface Datagram {
  readonly bytes: Uint8Array
  readonly from: Endpoint
  readonly to: string
  readonly ttl: number
  readonly tos: number
  readonly time: bigint
  readonly mark: number
  /** Bytes of each of the datagrams that these are together (UDP_SEGMENT); 0: it is one. */
  readonly segment: number
}

/** A datagram that waits, and how many were lost before it. */
interface Waiting extends Datagram {
  readonly drops: number
}

export class LoopbackUdp extends LoopbackInet implements SocketProtocol {
  readonly isListening = false
  #queue: Waiting[] = []
  drops = 0
  #queued = 0
  #shut = 0
  /** What was sent with MSG_MORE, and to whom: it goes with what follows. */
  #corked: { readonly pieces: Uint8Array[]; readonly to: Endpoint } | undefined
  #errors: { readonly error: QueuedError; readonly to: Endpoint; readonly bytes: Uint8Array }[] = []

  protected get ports() {
    return this.socket.ipProtocol === IPPROTO_UDPLITE ? this.stack.udplite : this.stack.udp
  }

  get state(): number {
    return this.peer === undefined ? TcpState.CLOSE : TcpState.ESTABLISHED
  }

  get peerAddress(): SocketAddress | undefined {
    return this.peer === undefined ? undefined : addressOf(this.peer, this.socket.domain)
  }

  get readable(): number {
    return this.#queue.length === 0 ? 0 : Math.max(1, this.#queue[0].bytes.length)
  }

  get nextLength(): number {
    return this.#queue[0]?.bytes.length ?? 0
  }

  get waiting(): number {
    return this.#queued
  }

  get writable(): number {
    return this.socket.sendBuffer
  }

  get unsent(): number {
    return 0
  }

  readonly isDrained = true

  get isConnected(): boolean {
    return this.peer !== undefined
  }

  get cannotReceive(): boolean {
    return (this.#shut & SHUT_RECEIVE) !== 0
  }

  get cannotSend(): boolean {
    return (this.#shut & SHUT_SEND) !== 0
  }

  get hasQueuedErrors(): boolean {
    return this.#errors.length > 0
  }

  listen(): void {
    throw EOPNOTSUPP
  }

  accept(): Socket {
    throw EOPNOTSUPP
  }

  connect(_l: Lwp, address: SocketAddress): number {
    if (address.family === AF_UNSPEC) {
      this.peer = undefined
      this.widen()
      return 0
    }
    const to = this.destination(address)
    const route = this.#route(to.ip)
    this.autobind(false)
    if (this.peer !== undefined && this.bound !== undefined) this.widenAddress()
    this.narrow(route.source)
    this.peer = { ...to, ip: route.ip }
    return 0
  }

  /** IPv6 sockets may also be given a sockaddr_in. */
  protected override destination(address: SocketAddress): Endpoint {
    if (this.socket.domain === AF_INET6 && address.family === AF_INET) {
      const mapped = new Uint8Array(26)
      mapped.set(address.bytes.subarray(0, 2))
      mapped.fill(0xff, 16, 18)
      if (address.bytes.length < 14) throw EINVAL
      mapped.set(address.bytes.subarray(2, 6), 18)
      return super.destination({ family: AF_INET6, bytes: mapped })
    }
    if (this.socket.domain === AF_INET && address.family === AF_UNSPEC)
      return super.destination({ family: AF_INET, bytes: address.bytes })
    return super.destination(address)
  }

  /** @throws ENETUNREACH, EACCES for a broadcast that was not asked for. */
  #route(ip: string): Route {
    const { options } = this.socket
    const via = isIpv4(ip) ? options.get('IP_MULTICAST_IF') : options.get('IPV6_MULTICAST_IF')
    const route = this.stack.route(ip, via)
    if (route.kind === 'broadcast' && !options.isOn('SO_BROADCAST')) throw EACCES
    return route
  }

  // ---- sending ----

  send(l: Lwp, uio: Uio, options: SendOptions): number {
    if (options.outOfBand === true) throw EOPNOTSUPP
    const isV4Only = this.socket.domain === AF_INET
    if (uio.resid > (isV4Only ? LONGEST4 : LONGEST6)) throw EMSGSIZE
    const to = options.to === undefined ? this.#peerOr() : this.destination(options.to)
    if (to.port === 0) throw EINVAL
    const error = this.socket.takeError()
    if (error !== undefined) throw error
    if (this.cannotSend) {
      if (!options.noSignal) brokenPipe(l)
      throw EPIPE
    }
    const route = this.#route(to.ip)
    this.autobind(false)
    const count = uio.resid
    const bytes = new Uint8Array(count)
    if (count > 0 && uio.read(bytes) < count) throw EINVAL
    const whole = this.#uncork(bytes, to, options.more === true)
    if (whole !== undefined) this.#transmit(whole, { ...to, ip: route.ip }, route, options)
    return count
  }

  /** @throws EDESTADDRREQ. */
  #peerOr(): Endpoint {
    const to = this.#corked?.to ?? this.peer
    if (to === undefined) throw EDESTADDRREQ
    return to
  }

  /** With MSG_MORE or UDP_CORK nothing goes yet. */
  #uncork(bytes: Uint8Array, to: Endpoint, more: boolean): Uint8Array | undefined {
    const waits = more || this.socket.options.isOn('UDP_CORK')
    if (this.#corked === undefined && !waits) return bytes
    this.#corked ??= { pieces: [], to }
    this.#corked.pieces.push(bytes)
    const { pieces } = this.#corked
    const length = pieces.reduce((sum, p) => sum + p.length, 0)
    if (length > LONGEST4) {
      this.#corked = undefined
      throw EMSGSIZE
    }
    if (waits) return undefined
    this.#corked = undefined
    const whole = new Uint8Array(length)
    let at = 0
    for (const p of pieces) {
      whole.set(p, at)
      at += p.length
    }
    return whole
  }

  setOption(_l: Lwp, option: string, value: number): void {
    if (option !== 'UDP_CORK' || value !== 0 || this.#corked === undefined) return
    const { to } = this.#corked
    const route = this.#route(to.ip)
    this.socket.options.set('UDP_CORK', 0)
    const whole = this.#uncork(new Uint8Array(0), to, false)
    if (whole !== undefined) this.#transmit(whole, { ...to, ip: route.ip }, route, undefined)
  }

  #transmit(bytes: Uint8Array, to: Endpoint, route: Route, options: SendOptions | undefined): void {
    const own = this.bound as unknown as Endpoint
    const asked = options?.packet
    if (asked?.ip !== undefined && !isWildcard(asked.ip) && !this.stack.has(asked.ip)) throw ENETUNREACH
    const chosen = asked?.ip !== undefined && !isWildcard(asked.ip) ? asked.ip : own.ip
    const ip = isWildcard(chosen) || isIpv4(chosen) !== isIpv4(to.ip) ? route.source : chosen
    const datagram: Datagram = {
      bytes,
      from: { ip, port: own.port },
      to: to.ip,
      ttl: asked?.ttl ?? this.#ttl(to.ip, route),
      tos: asked?.tos ?? this.socket.options.get(isIpv4(to.ip) ? 'IP_TOS' : 'IPV6_TCLASS'),
      time: this.stack.kernel.clock.realtime(),
      mark: this.socket.options.get('SO_MARK'),
      segment: this.#segment(bytes.length, options),
    }
    this.stack.count(bytes.length + (isIpv4(to.ip) ? 42 : 62))
    if (route.kind === 'local') {
      const receiver = this.ports.best(to, datagram.from, () => true)
      if (receiver instanceof LoopbackUdp) receiver.#arrive(datagram)
      else this.#unreachable(to, bytes)
      return
    }
    for (const user of this.ports.at(to.port)) {
      if (user instanceof LoopbackUdp && user.#wants(datagram, route)) user.#arrive(datagram)
    }
  }

  /** What the bytes of one call are to be cut into; 0: nothing. @throws EINVAL for too many pieces, EIO where it cannot be had. */
  #segment(length: number, options: SendOptions | undefined): number {
    const size = options?.packet?.segment ?? this.socket.options.get('UDP_SEGMENT')
    if (size === 0 || length <= size) return 0
    if (length > size * SEGMENTS_MOST) throw EINVAL
    if (this.socket.ipProtocol === IPPROTO_UDPLITE) throw EIO
    return size
  }

  #ttl(ip: string, route: Route): number {
    const { options } = this.socket
    if (isIpv4(ip)) return options.get(route.kind === 'multicast' ? 'IP_MULTICAST_TTL' : 'IP_TTL')
    const hops = options.get('IPV6_UNICAST_HOPS')
    return hops < 0 ? 64 : hops
  }

  #wants(datagram: Datagram, route: Route): boolean {
    if (!covers(this, datagram.to)) return false
    const { peer } = this
    if (peer !== undefined && (peer.ip !== datagram.from.ip || peer.port !== datagram.from.port)) return false
    if (route.kind !== 'multicast') return true
    if (this.isMember(datagram.to)) return this.takesFrom(datagram.to, datagram.from.ip)
    return this.socket.options.isOn('IP_MULTICAST_ALL') && this.stack.isJoined(datagram.to)
  }

  /** Who did not ask to get pieces together (UDP_GRO) gets them one by one. */
  #arrive(datagram: Datagram): void {
    const { segment, bytes } = datagram
    if (segment === 0 || this.socket.options.isOn('UDP_GRO')) this.enqueue(datagram)
    else {
      for (let at = 0; at < bytes.length; at += segment)
        this.enqueue({ ...datagram, bytes: bytes.subarray(at, at + segment), segment: 0 })
    }
  }

  /** A datagram that finds no room is lost. */
  protected enqueue(datagram: Datagram): void {
    const size = datagram.bytes.length + OVERHEAD
    if (this.cannotReceive && this.#queue.length > 0) return
    if (this.#queued > 0 && this.#queued + size > this.socket.receiveBuffer) {
      this.drops++
      return
    }
    this.#queue.push({ ...datagram, drops: this.drops })
    this.#queued += size
    this.socket.wakeReceivers()
  }

  /** Nobody has the port: the sender hears of it by ICMP, if he is connected or wants to know all errors. */
  #unreachable(to: Endpoint, bytes: Uint8Array): void {
    const { options } = this.socket
    const isV4 = isIpv4(to.ip)
    const wantsAll = options.isOn(isV4 ? 'IP_RECVERR' : 'IPV6_RECVERR')
    if (wantsAll && this.#errors.length < ERRORS_MOST) {
      const offender = addressOf({ ip: to.ip, port: 0 }, isV4 ? AF_INET : AF_INET6)
      const error = { error: ECONNREFUSED, ...(isV4 ? ICMP : ICMP6), info: 0, offender }
      this.#errors.push({ error, to, bytes: bytes.slice(0, isV4 ? QUOTED4 : QUOTED6) })
    }
    if (this.peer === undefined && !wantsAll) return
    this.socket.error = ECONNREFUSED
    this.socket.wakeReceivers()
    this.socket.wakeSenders()
  }

  // ---- receiving ----

  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received> {
    if (options.errorQueue === true) return this.#takeError(uio)
    if (options.outOfBand === true) throw EOPNOTSUPP
    const error = this.socket.takeError()
    if (error !== undefined) throw error
    return this.#queue.length > 0 ? this.#take(uio, options.peek) : this.#receiveBlocking(l, uio, options)
  }

  *#receiveBlocking(l: Lwp, uio: Uio, options: ReceiveOptions): Kthread<Received> {
    const since = l.proc.kernel.clock.monotonic()
    for (;;) {
      if (this.cannotReceive) return { count: 0, length: 0, from: undefined, rights: [], sender: undefined }
      yield* this.socket.waitReceive(l, options.dontWait, since)
      const error = this.socket.takeError()
      if (error !== undefined) throw error
      if (this.#queue.length > 0) return this.#take(uio, options.peek)
    }
  }

  #take(uio: Uio, peek: boolean): Received {
    const datagram = this.#queue[0]
    const { bytes, from, to, ttl, tos, time, mark, drops, segment } = datagram
    const count = bytes.length === 0 || uio.resid === 0 ? 0 : uio.write(bytes.subarray(0, uio.resid))
    if (!peek) {
      this.#queue.shift()
      this.#queued -= bytes.length + OVERHEAD
    }
    return {
      count,
      length: bytes.length,
      from: addressOf(from, this.socket.domain),
      rights: [],
      sender: undefined,
      packet: { ip: to, interface: LO_INDEX, ttl, tos, port: this.bound?.port, mark, drops, segment },
      time,
    }
  }

  /** @throws EAGAIN if there is none. */
  #takeError(uio: Uio): Received {
    const first = this.#errors.shift()
    if (first === undefined) throw EAGAIN
    const { bytes, to, error } = first
    const count = bytes.length === 0 || uio.resid === 0 ? 0 : uio.write(bytes.subarray(0, uio.resid))
    this.socket.error = this.#errors[0]?.error.error
    const from = addressOf(to, this.socket.domain)
    return { count, length: bytes.length, from, rights: [], sender: undefined, error }
  }

  // ---- the end ----

  shutdown(how: number): void {
    this.#shut |= how
    this.socket.wakeReceivers()
    this.socket.wakeSenders()
    if (this.peer === undefined) throw ENOTCONN
  }

  close(): void {
    this.#queue = []
    this.#corked = undefined
    this.unbind()
  }
}
