/**
 * AF_UNIX: sys/kern/uipc_usrreq.c. Two sockets in one kernel; what one sends stands in the other's queue, open files included.
 * What a program sees of shutting down and of buffers is as Linux does it (unix(7)).
 */
import {
  EADDRINUSE,
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  type Errno,
} from '../errno.ts'
import type { File } from '../file.ts'
import { release } from '../filedesc.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../selinfo.ts'
import { brokenPipe } from '../signal/post.ts'
import type { Kthread, MaybeBlocking } from '../sleep.ts'
import type { Uio } from '../uio.ts'
import { givePiece, takePiece } from './pieces.ts'
import { MOST_IN_A_PIECE, messageCost, pieceCost } from './skb-cost.ts'
import {
  type PeerCredentials,
  type Received,
  type ReceiveOptions,
  type SendOptions,
  SHUT_RECEIVE,
  SHUT_SEND,
  Socket,
  type SocketAddress,
  type SocketProtocol,
  type SocketType,
} from './socket.ts'
import { bindName, findName, isThere } from './unix-names.ts'

export const AF_UNIX = 1

export const UNNAMED: SocketAddress = { family: AF_UNIX, bytes: new Uint8Array(0) }
/** Messages that may wait at a datagram socket (net.unix.max_dgram_qlen as distributions set it). */
const MAX_MESSAGES = 512
const MAX_BACKLOG = 4096

interface Packet {
  bytes: Uint8Array
  rights: readonly File[]
  readonly from: SocketAddress
  readonly sender: PeerCredentials
  /** Whose room it takes, and how much of it, until it is taken whole. */
  readonly owner: UnixSocket
  readonly cost: number
}

let nextAutobind = 0

export class UnixSocket implements SocketProtocol {
  readonly socket: Socket
  localAddress = UNNAMED
  peerCredentials: PeerCredentials | undefined
  #unbind: (() => void) | undefined
  #peer: UnixSocket | undefined
  #wasConnected = false
  #shut = 0
  #queue: Packet[] = []
  #queued = 0
  /** What this socket has sent and nobody has taken yet: sk_wmem_alloc. */
  #charged = 0
  /** Connections that wait for accept. */
  #backlog: Socket[] | undefined
  #backlogLimit = 0
  #credentials: PeerCredentials | undefined
  #closed = false

  constructor(socket: Socket) {
    this.socket = socket
  }

  get #isStream(): boolean {
    return this.socket.socketType === 'stream'
  }

  get #isDatagram(): boolean {
    return this.socket.socketType === 'dgram'
  }

  get isListening(): boolean {
    return this.#backlog !== undefined
  }

  get isConnected(): boolean {
    return this.#wasConnected
  }

  get peerAddress(): SocketAddress | undefined {
    return this.#peer?.localAddress
  }

  get peerFile(): number {
    return this.#peer?.socket.id ?? 0
  }

  get readable(): number {
    if (this.#backlog !== undefined) return this.#backlog.length
    return this.#isStream ? this.#queued : this.#queue.length > 0 ? Math.max(1, this.#queue[0].bytes.length) : 0
  }

  /** unix_writable: there is room once no more than a quarter of the buffer waits. */
  get writable(): number {
    if (this.#charged * 4 > this.socket.sendBuffer) return 0
    if (this.#peer !== undefined && this.#isFull(this.#peer)) return 0
    return this.socket.sendBuffer - this.#charged
  }

  /** unix_recvq_full: nothing more may wait there, of whoever it is no peer of. */
  #isFull(to: UnixSocket): boolean {
    return this.#isDatagram && to.#peer !== this && to.#queue.length >= MAX_MESSAGES
  }

  /** sock_alloc_send_pskb: whether something may still be sent, which may be more than there is room for. */
  get #maySend(): boolean {
    return this.#charged < this.socket.sendBuffer
  }

  get unsent(): number {
    return this.#charged
  }

  get isDrained(): boolean {
    return this.#charged === 0
  }

  /** unix_poll, unix_dgram_poll: who can send no more is not told to. */
  poll(): number {
    const { error } = this.socket
    let now = error === undefined ? 0 : POLLERR
    if (this.cannotReceive) now |= POLLIN | POLLRDNORM | POLLRDHUP
    if (this.cannotReceive && this.cannotSend) now |= POLLHUP
    if (this.readable > 0) now |= POLLIN | POLLRDNORM
    if (!this.#isDatagram && !this.#wasConnected && !this.isListening) now |= POLLHUP
    if (!this.isListening && this.writable > 0) now |= POLLOUT | POLLWRNORM
    return now
  }

  get cannotReceive(): boolean {
    return (this.#shut & SHUT_RECEIVE) !== 0
  }

  get cannotSend(): boolean {
    return (this.#shut & SHUT_SEND) !== 0
  }

  /** unp_connect2: ties two sockets together. */
  pairWith(other: UnixSocket, mine: PeerCredentials, others: PeerCredentials): void {
    this.#peer = other
    other.#peer = this
    this.#wasConnected = other.#wasConnected = true
    this.peerCredentials = others
    other.peerCredentials = mine
  }

  // ---- names ----

  bind(l: Lwp, address: SocketAddress): void {
    if (address.family !== AF_UNIX) throw EINVAL
    // Linux makes the file before it looks whether the socket has a name.
    if (this.#unbind !== undefined) throw address.bytes.length > 0 && isThere(l, address) ? EADDRINUSE : EINVAL
    const named = address.bytes.length > 0 ? address : autobindName()
    this.#unbind = bindName(l, named, this)
    this.localAddress = named
  }

  listen(l: Lwp, backlog: number): void {
    if (this.#isDatagram) throw EOPNOTSUPP
    if (this.#unbind === undefined || this.#wasConnected) throw EINVAL
    this.#backlog ??= []
    this.#backlogLimit = backlog < 0 || backlog > MAX_BACKLOG ? MAX_BACKLOG : backlog
    this.#credentials = credentialsOf(l)
    this.socket.receiveWait.wakeAll()
  }

  connect(l: Lwp, address: SocketAddress): MaybeBlocking<number> {
    const dissolves = address.family === 0 && this.#isDatagram
    if (address.family !== AF_UNIX && !dissolves) throw EINVAL
    if (this.#isDatagram) {
      const to = address.family === 0 ? undefined : findName(l, address, this)
      if (to !== undefined && !to.#takesFrom(this)) throw EPERM
      this.#peer = to
      this.#wasConnected = this.#peer !== undefined
      return 0
    }
    if (this.isListening) throw EINVAL
    if (this.#wasConnected) throw EISCONN
    return this.#connectStream(l, address)
  }

  *#connectStream(l: Lwp, address: SocketAddress): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    for (;;) {
      const listener = findName(l, address, this)
      const backlog = listener.#backlog
      if (backlog === undefined || listener.cannotReceive) throw ECONNREFUSED
      if (backlog.length <= listener.#backlogLimit) {
        this.#enter(l, listener, backlog)
        return 0
      }
      // Room in a backlog wakes those who wait at the listener.
      if (this.socket.nonblocking) throw EAGAIN
      yield* listener.socket.waitSend(l, false, since)
    }
  }

  #enter(l: Lwp, listener: UnixSocket, backlog: Socket[]): void {
    const { kernel } = l.proc
    const accepted = createUnixSocket(kernel, listener.socket.socketType, 0)
    const end = accepted.protocol as UnixSocket
    end.localAddress = listener.localAddress
    this.pairWith(end, credentialsOf(l), listener.#credentials ?? credentialsOf(l))
    accepted.references++
    backlog.push(accepted)
    listener.socket.wakeReceivers()
    this.socket.wakeSenders()
  }

  accept(l: Lwp): MaybeBlocking<Socket> {
    if (this.#isDatagram) throw EOPNOTSUPP
    const first = this.#takeConnection()
    return first ?? this.#acceptBlocking(l)
  }

  *#acceptBlocking(l: Lwp): Kthread<Socket> {
    const since = l.proc.kernel.clock.monotonic()
    for (;;) {
      const first = this.#takeConnection()
      if (first !== undefined) return first
      yield* this.socket.waitReceive(l, false, since)
    }
  }

  /** The caller takes over the connection's reference. @throws EINVAL if the socket does not listen. */
  #takeConnection(): Socket | undefined {
    if (this.#backlog === undefined || this.cannotReceive) throw EINVAL
    const first = this.#backlog.shift()
    if (first !== undefined) this.socket.sendWait.wakeAll()
    return first
  }

  // ---- sending ----

  send(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number> {
    for (const file of options.rights)
      if (file.type === 'kqueue' && this.socket.kernel.diverges('epoll.not-passed')) throw EBADF
    if (options.outOfBand === true) throw EOPNOTSUPP
    if (this.#isStream) return this.#sendStream(l, uio, options)
    return this.#sendMessage(l, uio, options)
  }

  #sendStream(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number> {
    if (options.to !== undefined) throw this.#wasConnected ? EISCONN : EOPNOTSUPP
    return this.#sendPieces(l, uio, options)
  }

  /** What fits at once; the rest waits for its room. */
  #sendPieces(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number> {
    const peer = this.#receiver(l, options)
    const done = this.#pieces(uio, peer, options.rights, options.credentials ?? credentialsOf(l))
    return uio.resid === 0 || this.#maySend ? done : this.#sendStreamBlocking(l, uio, options, done)
  }

  *#sendStreamBlocking(l: Lwp, uio: Uio, options: SendOptions, already: number): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    const sender = options.credentials ?? credentialsOf(l)
    let done = already
    while (uio.resid > 0) {
      try {
        const peer = this.#receiver(l, done > 0 ? { ...options, noSignal: true } : options)
        if (this.#maySend) {
          const moved = this.#pieces(uio, peer, done === 0 ? options.rights : [], sender)
          if (moved === 0) return done
          done += moved
        } else yield* this.socket.waitSend(l, options.dontWait, since)
      } catch (e) {
        if (done > 0) return done
        throw e
      }
    }
    return done
  }

  /** Queues bytes of a stream at the peer while there is room for them; how many. */
  #pieces(uio: Uio, peer: UnixSocket, rights: readonly File[], sender: PeerCredentials): number {
    let done = 0
    while (uio.resid > 0 && this.#maySend) {
      const bytes = takePiece(Math.min(MOST_IN_A_PIECE, uio.resid, Math.max(1, (this.socket.sendBuffer >> 1) - 64)))
      const moved = uio.read(bytes)
      if (moved === 0) break
      const piece = moved < bytes.length ? bytes.subarray(0, moved) : bytes
      this.#deliver(peer, piece, done === 0 ? rights : [], sender, pieceCost(moved))
      done += moved
      if (moved < bytes.length) break
    }
    return done
  }

  /** Who gets what is sent on this connection. @throws EPIPE (with SIGPIPE), ENOTCONN, so_error. */
  #receiver(l: Lwp, options: SendOptions): UnixSocket {
    // Only a stream looks at its end before its error.
    const error = this.#isStream ? undefined : this.socket.takeError()
    if (error !== undefined) throw error
    if (this.cannotSend || (this.#peer?.cannotReceive ?? false) || (this.#wasConnected && this.#peer === undefined)) {
      if (this.#isStream && !options.noSignal) brokenPipe(l)
      throw EPIPE
    }
    if (this.#peer === undefined) throw ENOTCONN
    return this.#peer
  }

  /** A message goes in whole or not at all. */
  *#sendMessage(l: Lwp, uio: Uio, options: SendOptions): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    if (uio.resid > this.socket.sendBuffer - 32) throw EMSGSIZE
    for (;;) {
      const to = this.#messageReceiver(l, options)
      if (this.#maySend && !this.#isFull(to)) {
        const bytes = takePiece(uio.resid)
        const moved = bytes.length === 0 ? 0 : uio.read(bytes)
        const sender = options.credentials ?? credentialsOf(l)
        this.#deliver(to, bytes.subarray(0, moved), options.rights, sender, messageCost(moved))
        return moved
      }
      // Room in the other's queue wakes those who wait there, room for what is sent those who wait here.
      yield* this.socket.waitSend(l, options.dontWait, since, this.#maySend ? to.socket : this.socket)
    }
  }

  #messageReceiver(l: Lwp, options: SendOptions): UnixSocket {
    if (!this.#isDatagram) return this.#receiver(l, options)
    const error = this.socket.takeError()
    if (error !== undefined) throw error
    if (this.cannotSend) return this.#receiver(l, options)
    try {
      return this.#willing(l, options)
    } catch (e) {
      // What is refused has taken room until then.
      if (this.writable > 0) this.socket.roomAppeared()
      throw e
    }
  }

  /** @throws ENOTCONN, ECONNREFUSED, EPERM, EPIPE, and what finding a name throws. */
  #willing(l: Lwp, options: SendOptions): UnixSocket {
    const to = options.to === undefined ? this.#peer : findName(l, options.to, this)
    if (to === undefined) throw ENOTCONN
    if (to.#closed) {
      // Told once; then it is as if it had never been connected (unix_dgram_disconnected).
      if (to === this.#peer) {
        this.#peer = undefined
        this.#wasConnected = false
        this.#purge()
      }
      throw ECONNREFUSED
    }
    if (!to.#takesFrom(this)) throw EPERM
    if (to.cannotReceive) throw EPIPE
    return to
  }

  /** A connected datagram socket takes nothing from others (unix_may_send). */
  #takesFrom(other: UnixSocket): boolean {
    return this.#peer === undefined || this.#peer === other || !this.#isDatagram
  }

  #deliver(to: UnixSocket, bytes: Uint8Array, rights: readonly File[], sender: PeerCredentials, cost: number): void {
    for (const file of rights) file.references++
    this.#charged += cost
    to.#queue.push({ bytes, rights, from: this.localAddress, sender, owner: this, cost })
    to.#queued += bytes.length
    to.socket.wakeReceivers()
  }

  /** sock_wfree: nothing of the packet waits any more. Who sent it hears of the room, if it is a quarter. */
  #free({ owner, cost }: Packet): void {
    owner.#charged -= cost
    if (owner.#charged * 4 <= owner.socket.sendBuffer) owner.socket.roomAppeared()
  }

  // ---- receiving ----

  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received> {
    if (options.outOfBand === true) throw EOPNOTSUPP
    if (this.isListening || (!this.#isDatagram && !this.#wasConnected)) throw this.#isStream ? EINVAL : ENOTCONN
    // Only a stream gives what has come before it tells of an error.
    const error = this.#isStream ? undefined : this.socket.takeError()
    if (error !== undefined) throw error
    if (this.#queue.length > 0 && !(options.waitAll && this.#isStream)) return this.#take(uio, options.peek)
    return this.#receiveBlocking(l, uio, options)
  }

  *#receiveBlocking(l: Lwp, uio: Uio, options: ReceiveOptions): Kthread<Received> {
    const since = l.proc.kernel.clock.monotonic()
    const wanted = uio.resid
    let sofar: Received | undefined
    for (;;) {
      if (this.#queue.length > 0) {
        const part = this.#take(uio, options.peek)
        const count: number = (sofar?.count ?? 0) + part.count
        const rights: readonly File[] = [...(sofar?.rights ?? []), ...part.rights]
        sofar = { ...part, count, length: count, rights }
        const enough = !options.waitAll || !this.#isStream || options.peek || count >= wanted || rights.length > 0
        if (enough) return this.#isStream ? sofar : part
        continue
      }
      if (sofar === undefined) {
        const error: Errno | undefined = this.socket.takeError()
        if (error !== undefined) throw error
      }
      // Who does not wait at a datagram socket is not told of its end.
      const looksOnly = this.#isDatagram && (options.dontWait || this.socket.nonblocking)
      if (this.cannotReceive && !looksOnly) return sofar ?? NOTHING
      try {
        yield* this.socket.waitReceive(l, options.dontWait, since)
      } catch (e) {
        if (sofar !== undefined) return sofar
        throw e
      }
    }
  }

  #take(uio: Uio, peek: boolean): Received {
    return this.#isStream ? this.#takeStream(uio, peek) : this.#takeMessage(uio, peek)
  }

  /** Bytes of as many packets as fit; one with open files is not run together with what follows it. */
  #takeStream(uio: Uio, peek: boolean): Received {
    const first = this.#queue[0]
    let count = 0
    let rights: readonly File[] = []
    for (let i = 0; i < this.#queue.length && uio.resid > 0; ) {
      const packet = this.#queue[i]
      if (rights.length > 0) break
      const { bytes } = packet
      const moved = uio.write(bytes.length <= uio.resid ? bytes : bytes.subarray(0, uio.resid))
      count += moved
      if (packet.rights.length > 0) rights = packet.rights
      if (peek) {
        i++
        continue
      }
      packet.rights = []
      this.#queued -= moved
      if (moved < bytes.length) {
        packet.bytes = bytes.subarray(moved)
        break
      }
      this.#queue.shift()
      givePiece(bytes)
      this.#free(packet)
    }
    return this.#received(first, count, count, rights, peek)
  }

  #takeMessage(uio: Uio, peek: boolean): Received {
    const packet = this.#queue[0]
    const { length } = packet.bytes
    const count = length === 0 || uio.resid === 0 ? 0 : uio.write(packet.bytes.subarray(0, Math.min(length, uio.resid)))
    if (!peek) {
      this.#queue.shift()
      this.#queued -= length
      givePiece(packet.bytes)
      this.#free(packet)
    }
    return this.#received(packet, count, length, packet.rights, peek)
  }

  #received(packet: Packet, count: number, length: number, rights: readonly File[], peek: boolean): Received {
    if (peek) for (const file of rights) file.references++
    // There may be those who wait to send here.
    else this.socket.sendWait.wakeAll()
    const from = packet.from.bytes.length > 0 ? packet.from : undefined
    return { count, length, from, rights, sender: packet.sender }
  }

  // ---- the end ----

  shutdown(how: number): void {
    if (!this.#wasConnected && !this.isListening && !this.#isDatagram) throw ENOTCONN
    this.#shutDirections(how)
    const mirrored = ((how & SHUT_RECEIVE) !== 0 ? SHUT_SEND : 0) | ((how & SHUT_SEND) !== 0 ? SHUT_RECEIVE : 0)
    if (!this.#isDatagram && this.#peer !== undefined) this.#peer.#shutDirections(mirrored)
  }

  #shutDirections(how: number): void {
    this.#shut |= how
    this.socket.stateChanged()
  }

  close(): void {
    this.#end(false)
  }

  /** Nobody reads any more what is queued. */
  #purge(): void {
    this.#queued = 0
    for (const packet of this.#queue.splice(0)) {
      for (const file of packet.rights) release(file)
      this.#free(packet)
    }
  }

  /** `isUnaccepted`: a connection whose listener goes. */
  #end(isUnaccepted: boolean): void {
    this.#closed = true
    this.#unbind?.()
    const unread = this.#queue.length > 0
    const peer = this.#peer
    this.#peer = undefined
    // A datagram socket learns of it when it sends.
    if (peer !== undefined && peer.#peer === this && !this.#isDatagram) {
      peer.#peer = undefined
      if (unread || isUnaccepted) peer.socket.error = ECONNRESET
      peer.#shutDirections(SHUT_RECEIVE | SHUT_SEND)
    }
    this.#purge()
    for (const waiting of this.#backlog?.splice(0) ?? []) {
      ;(waiting.protocol as UnixSocket).#end(true)
      release(waiting)
    }
    this.socket.sendWait.wakeAll()
  }
}

const NOTHING: Received = { count: 0, length: 0, from: undefined, rights: [], sender: undefined }

export function credentialsOf(l: Lwp): PeerCredentials {
  const { euid, egid, groups } = l.credentials
  return { pid: l.proc.pid, uid: euid, gid: egid, groups }
}

/** An abstract name of five hexadecimal digits, as Linux chooses for a bind without a name. */
function autobindName(): SocketAddress {
  const digits = (nextAutobind++ & 0xfffff).toString(16).padStart(5, '0')
  return { family: AF_UNIX, bytes: Uint8Array.from([0, ...digits].map(c => (c === 0 ? 0 : String(c).charCodeAt(0)))) }
}

/** socket(2). `flags`: FNONBLOCK or 0. */
export function createUnixSocket(kernel: Kernel, type: SocketType, flags: number): Socket {
  return new Socket(kernel, AF_UNIX, type, 0, flags, socket => new UnixSocket(socket))
}

/** socketpair(2). */
export function createUnixPair(l: Lwp, type: SocketType, flags: number): [Socket, Socket] {
  const first = createUnixSocket(l.proc.kernel, type, flags)
  const second = createUnixSocket(l.proc.kernel, type, flags)
  const own = credentialsOf(l)
  ;(first.protocol as UnixSocket).pairWith(second.protocol as UnixSocket, own, own)
  return [first, second]
}
