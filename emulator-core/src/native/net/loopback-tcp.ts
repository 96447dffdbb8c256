/** TCP between the programs of one machine: sys/netinet/tcp_usrreq.c. What a program sees of it is as Linux does it (tcp(7), connect(2), accept(2)). */
import type { Callout } from '../clock.ts'
import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ENOTCONN,
  EPIPE,
  type Errno,
  ETIMEDOUT,
} from '../errno.ts'
import { release } from '../filedesc.ts'
import {
  type Received,
  type ReceiveOptions,
  type SendOptions,
  SHUT_RECEIVE,
  SHUT_SEND,
  Socket,
  type SocketAddress,
  type SocketProtocol,
  TcpState,
} from '../ipc/socket.ts'
import type { SocketOption } from '../ipc/socket-option.ts'
import type { Lwp } from '../lwp.ts'
import { brokenPipe } from '../signal/post.ts'
import type { Kthread, MaybeBlocking } from '../sleep.ts'
import type { Uio } from '../uio.ts'
import { AF_UNSPEC, addressOf, type Endpoint } from './address.ts'
import { LoopbackInet } from './loopback-inet.ts'
import { TcpEnd } from './tcp-end.ts'

/** What getsockopt tells of the buffers before and after connecting. */
const SEND_BUFFER = 16384
const SEND_BUFFER_CONNECTED = 2626560
const RECEIVE_BUFFER = 131072
/** SOCK_SNDBUF_LOCK: the program chose the size of its send buffer. */
const SEND_LOCK = 1
const MAX_BACKLOG = 4096
/** ns until a connection that found no room in the backlog is tried again; doubled each time. */
const FIRST_RETRY = 1e9
const BOTH = SHUT_RECEIVE | SHUT_SEND

export class LoopbackTcp extends LoopbackInet implements SocketProtocol {
  /** The connection, from when it is established. */
  #end: TcpEnd | undefined
  /** `connecting` until a connect(2) has told how it came out. */
  #phase: 'unconnected' | 'connecting' | 'connected' = 'unconnected'
  #retry: Callout | undefined
  #isTrying = false
  #backlog: Socket[] | undefined
  #backlogLimit = 0
  /** SHUT_… bits of a socket without a connection. */
  #shut = 0

  constructor(socket: Socket, stack: LoopbackInet['stack']) {
    super(socket, stack)
    socket.sendBuffer = SEND_BUFFER
    socket.receiveBuffer = RECEIVE_BUFFER
  }

  protected get ports() {
    return this.stack.tcp
  }

  get state(): number {
    if (this.isListening) return TcpState.LISTEN
    if (this.#isTrying) return TcpState.SYN_SENT
    return this.#end?.state ?? TcpState.CLOSE
  }

  get isListening(): boolean {
    return this.#backlog !== undefined
  }

  get isConnecting(): boolean {
    return this.#isTrying
  }

  get isConnected(): boolean {
    return this.#end !== undefined
  }

  get peerAddress(): SocketAddress | undefined {
    const open = this.#end !== undefined && this.#end.state !== TcpState.CLOSE
    return open && this.peer !== undefined ? addressOf(this.peer, this.socket.domain) : undefined
  }

  override get peerFile(): number {
    return this.#end?.other?.socket.id ?? 0
  }

  get readable(): number {
    return this.#backlog?.length ?? this.#end?.readable ?? 0
  }

  get writable(): number {
    return this.#end?.writable ?? this.socket.sendBuffer
  }

  get unsent(): number {
    return this.#end?.unsent ?? 0
  }

  get delivering(): boolean {
    return this.#end?.other?.isOrphan === false && this.#end.unsent > 0
  }

  get isDrained(): boolean {
    return this.#end?.other === undefined || this.#end.other.queue.length === 0
  }

  get cannotReceive(): boolean {
    return ((this.#end?.shut ?? this.#shut) & SHUT_RECEIVE) !== 0
  }

  get cannotSend(): boolean {
    return ((this.#end?.shut ?? this.#shut) & SHUT_SEND) !== 0
  }

  get hasUrgent(): boolean {
    return this.#end?.queue.hasUrgent ?? false
  }

  get atMark(): boolean {
    return this.#end?.queue.atMark ?? false
  }

  /** A port kept by TIME_WAIT is free only for who may share it. */
  protected override taken(port: number): boolean {
    return super.taken(port) || this.stack.lingers(this, port)
  }

  // ---- listening ----

  listen(_l: Lwp, backlog: number): void {
    if (this.#phase !== 'unconnected' || this.#end !== undefined) throw EINVAL
    this.#backlogLimit = backlog < 0 || backlog > MAX_BACKLOG ? MAX_BACKLOG : backlog
    if (this.isListening) return
    this.autobind(false)
    if (this.bound !== undefined && this.ports.conflicts(this, this.bound.port)) throw EADDRINUSE
    this.#shut = 0
    this.#backlog = []
  }

  get isBacklogFull(): boolean {
    return (this.#backlog?.length ?? 0) > this.#backlogLimit
  }

  /** A connection comes in: the end of it that accept(2) will hand out. */
  #admit(from: Endpoint, to: Endpoint): TcpEnd {
    const { socket, stack } = this
    let protocol: LoopbackTcp | undefined
    const accepted = new Socket(stack.kernel, socket.domain, 'stream', socket.ipProtocol, 0, s => {
      protocol = new LoopbackTcp(s, stack)
      return protocol
    })
    accepted.options.copyFrom(socket.options)
    accepted.receiveTimeout = socket.receiveTimeout
    accepted.sendTimeout = socket.sendTimeout
    accepted.receiveBuffer = socket.receiveBuffer
    accepted.sendBuffer = socket.sendBuffer
    accepted.linger = socket.linger
    accepted.uid = socket.uid
    accepted.references++
    this.#backlog?.push(accepted)
    return (protocol as unknown as LoopbackTcp).#establish(to, from)
  }

  accept(l: Lwp): MaybeBlocking<Socket> {
    return this.#takeConnection() ?? this.#acceptBlocking(l)
  }

  *#acceptBlocking(l: Lwp): Kthread<Socket> {
    const since = l.proc.kernel.clock.monotonic()
    for (;;) {
      yield* this.socket.waitReceive(l, false, since)
      const first = this.#takeConnection()
      if (first !== undefined) return first
    }
  }

  /** The caller takes over the connection's reference. @throws EINVAL if the socket does not listen. */
  #takeConnection(): Socket | undefined {
    if (this.#backlog === undefined) throw EINVAL
    return this.#backlog.shift()
  }

  #stopListening(): void {
    const waiting = this.#backlog?.splice(0) ?? []
    this.#backlog = undefined
    for (const socket of waiting) {
      ;(socket.protocol as LoopbackTcp).#end?.reset()
      release(socket)
    }
  }

  // ---- connecting ----

  connect(l: Lwp, address: SocketAddress): MaybeBlocking<number> {
    if (address.family === AF_UNSPEC) return this.#disconnect()
    if (this.#phase === 'connected' || this.isListening) throw EISCONN
    if (this.#phase === 'connecting') {
      if (!this.#isTrying) return this.#outcome()
      if (this.socket.nonblocking) throw EALREADY
      return this.#waitConnected(l)
    }
    if (this.#end !== undefined) throw EISCONN
    this.#begin(this.destination(address))
    if (this.socket.nonblocking) throw EINPROGRESS
    return this.#isTrying ? this.#waitConnected(l) : this.#outcome()
  }

  #begin(to: Endpoint): void {
    const route = this.stack.route(to.ip, undefined)
    if (route.kind !== 'local') throw ENETUNREACH
    this.autobind(true)
    this.narrow(route.source)
    const local = this.bound as unknown as Endpoint
    this.peer = { ...to, ip: route.ip }
    if (!this.stack.isFree(local, this.peer)) {
      this.#forget()
      throw EADDRNOTAVAIL
    }
    this.#phase = 'connecting'
    this.#isTrying = true
    this.#try(FIRST_RETRY)
  }

  /** Sends a SYN, so to speak. `next`: how long to wait for an answer. */
  #try(next: number): void {
    const { peer, bound, stack, socket } = this
    if (peer === undefined || bound === undefined) return
    const listener = stack.listenerAt(peer, bound)
    if (listener === undefined) {
      this.#fail(ECONNREFUSED)
      return
    }
    if (!listener.isBacklogFull) {
      const end = this.#establish(bound, peer)
      const other = listener.#admit(bound, peer)
      end.other = other
      other.other = end
      stack.count(0)
      socket.wakeSenders()
      listener.socket.wakeReceivers()
      return
    }
    const retries = Math.round(Math.log2(next / FIRST_RETRY))
    if (retries > socket.options.get('TCP_SYNCNT')) {
      this.#fail(ETIMEDOUT)
      return
    }
    const { clock } = stack.kernel
    this.#retry = clock.schedule(clock.monotonic() + next, () => this.#try(next * 2))
  }

  #establish(local: Endpoint, remote: Endpoint): TcpEnd {
    this.#isTrying = false
    this.peer = remote
    if (this.bound === undefined) {
      this.bound = local
      this.#phase = 'connected'
      this.ports.add(this)
    }
    const isChosen = (this.socket.options.get('SO_BUF_LOCK') & SEND_LOCK) !== 0
    if (!isChosen) this.socket.sendBuffer = SEND_BUFFER_CONNECTED
    this.#end = new TcpEnd(this.socket, this.stack, local, remote)
    // What was shut before there was a connection stays shut.
    this.#end.shut = this.#shut
    this.stack.began(this.#end)
    return this.#end
  }

  #fail(error: Errno): void {
    this.#isTrying = false
    this.#retry = undefined
    this.socket.error = error
    this.#shut = BOTH
    this.socket.wakeReceivers()
    this.socket.wakeSenders()
  }

  *#waitConnected(l: Lwp): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    while (this.#isTrying) {
      try {
        yield* this.socket.waitSend(l, false, since)
      } catch (e) {
        throw e === EAGAIN ? EINPROGRESS : e
      }
    }
    return this.#outcome()
  }

  /** What connect(2) answers once it is decided. */
  #outcome(): number {
    if (this.#end !== undefined && this.#end.state !== TcpState.CLOSE) {
      this.#phase = 'connected'
      return 0
    }
    const error = this.socket.takeError() ?? ECONNABORTED
    this.#forget()
    throw error
  }

  /** As a new socket, but for what bind(2) gave it. */
  #forget(): void {
    this.#end = undefined
    this.#phase = 'unconnected'
    this.#isTrying = false
    this.#shut = 0
    this.peer = undefined
    this.widen()
  }

  /** connect(2) with AF_UNSPEC: tcp_disconnect. */
  #disconnect(): number {
    this.#retry?.cancel()
    const wasOpen = this.#isTrying || (this.#end !== undefined && this.#end.state !== TcpState.CLOSE)
    this.#stopListening()
    this.#end?.reset()
    if (wasOpen) this.socket.error = ECONNRESET
    this.#forget()
    this.socket.wakeReceivers()
    this.socket.wakeSenders()
    return 0
  }

  // ---- sending ----

  send(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number> {
    const end = this.#end
    if (end === undefined || uio.resid > end.room) return this.#sendBlocking(l, uio, options)
    this.#checkSending(l, options.noSignal)
    return end.send(uio, options.outOfBand === true, this.#holdsBack(options))
  }

  *#sendBlocking(l: Lwp, uio: Uio, options: SendOptions): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    let done = 0
    for (;;) {
      try {
        this.#checkSending(l, options.noSignal || done > 0)
        if (this.#end !== undefined) {
          const moved = this.#end.send(uio, options.outOfBand === true, this.#holdsBack(options))
          done += moved
          if (uio.resid === 0 || (moved > 0 && this.#end.room > 0)) return done
        }
        yield* this.socket.waitSend(l, options.dontWait, since)
      } catch (e) {
        if (done > 0) return done
        throw e
      }
    }
  }

  #holdsBack(options: SendOptions): boolean {
    return options.more === true || this.socket.options.isOn('TCP_CORK')
  }

  setOption(_l: Lwp, option: SocketOption, value: number): void {
    const pushes = (option === 'TCP_CORK' && value === 0) || (option === 'TCP_NODELAY' && value !== 0)
    if (pushes) this.#end?.push()
  }

  /** @throws so_error, EPIPE with SIGPIPE. */
  #checkSending(l: Lwp, noSignal: boolean): void {
    if (this.socket.error === undefined && !this.cannotSend && (this.#end !== undefined || this.#isTrying)) return
    const error = this.socket.takeError() ?? EPIPE
    if (error === EPIPE && !noSignal) brokenPipe(l)
    throw error
  }

  // ---- receiving ----

  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received> {
    if (options.errorQueue === true) throw EAGAIN
    if (this.#end === undefined && !this.#isTrying) throw this.socket.takeError() ?? ENOTCONN
    if (options.outOfBand === true) return this.#receiveUrgent(uio, options.peek)
    const wanted = this.#target(uio, options)
    if (this.#end === undefined || this.#end.readable < wanted) return this.#receiveBlocking(l, uio, options, wanted)
    return received(this.#end.receive(uio, { peek: options.peek, discard: options.discard === true }))
  }

  /** How many bytes must be there before a call returns. */
  #target(uio: Uio, options: ReceiveOptions): number {
    if (options.waitAll) return Math.max(1, uio.resid)
    return Math.max(1, Math.min(uio.resid, this.socket.options.get('SO_RCVLOWAT')))
  }

  *#receiveBlocking(l: Lwp, uio: Uio, options: ReceiveOptions, wanted: number): Kthread<Received> {
    const since = l.proc.kernel.clock.monotonic()
    const how = { peek: options.peek, discard: options.discard === true }
    let done = 0
    for (;;) {
      const end = this.#end
      // A look at the same bytes again brings nothing new.
      const isEnough = options.peek && end !== undefined && end.readable < wanted && !this.#mayCome(end)
      if (end !== undefined && end.readable > 0 && (!options.peek || isEnough || end.readable >= wanted)) {
        const moved = end.receive(uio, how)
        done += moved
        if (options.peek || done >= wanted || (moved > 0 && end.queue.atMark)) return received(done)
      }
      if (done > 0 && !this.#mayCome(end)) return received(done)
      if (end?.finReceived === true) return received(done)
      if (done === 0) {
        const error = this.socket.takeError()
        if (error !== undefined) throw error
      }
      if (this.cannotReceive) return received(done)
      try {
        yield* this.socket.waitReceive(l, options.dontWait, since)
      } catch (e) {
        if (done > 0) return received(done)
        if (options.peek && end !== undefined && end.readable > 0) return received(end.receive(uio, how))
        throw e
      }
    }
  }

  /** Whether more can arrive. */
  #mayCome(end: TcpEnd | undefined): boolean {
    return this.socket.error === undefined && !this.cannotReceive && end?.finReceived !== true
  }

  /** @throws EINVAL if there is no urgent byte, or it comes in line. */
  #receiveUrgent(uio: Uio, peek: boolean): Received {
    const byte = this.socket.options.isOn('SO_OOBINLINE') ? undefined : this.#end?.queue.takeUrgent(peek)
    if (byte === undefined) throw EINVAL
    const count = uio.resid === 0 ? 0 : uio.write(Uint8Array.of(byte))
    return { ...received(count), outOfBand: true }
  }

  // ---- the end ----

  shutdown(how: number): void {
    if (this.isListening) {
      if ((how & SHUT_RECEIVE) === 0) return
      this.#disconnect()
      return
    }
    if (this.#isTrying) {
      this.#disconnect()
      return
    }
    const end = this.#end
    if (end === undefined || end.state === TcpState.CLOSE) {
      this.#shut |= how
      throw ENOTCONN
    }
    if ((how & SHUT_SEND) !== 0) end.sendFin()
    end.shut |= how
    this.socket.wakeReceivers()
    this.socket.wakeSenders()
  }

  close(): void {
    this.#retry?.cancel()
    this.#isTrying = false
    this.#stopListening()
    this.unbind()
    this.#end?.close()
  }
}

function received(count: number): Received {
  return { count, length: count, from: undefined, rights: [], sender: undefined }
}
