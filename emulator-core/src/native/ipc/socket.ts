/**
 * Sockets: struct socket, sys/kern/uipc_socket.c. A Socket is the open file with what all families share; what it does is its protocol's
 * (struct pr_usrreqs): unix-socket.ts, and others beside it.
 */
import { EAGAIN, EINVAL, Errno, EWOULDBLOCK } from '../errno.ts'
import { File, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import { release } from '../filedesc.ts'
import type { Kernel } from '../kernel.ts'
import { selinfoFilter, setEof } from '../kqueue/filterops.ts'
import { EVFILT_EMPTY, EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
  SelInfo,
} from '../selinfo.ts'
import { cvTimedwaitSig, isKthread, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'
import { S_IFSOCK, type Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { AnonymousInode } from './anonymous-inode.ts'
import { type SocketOption, SocketOptions } from './socket-option.ts'

export type SocketType = 'stream' | 'dgram' | 'seqpacket' | 'raw'

/** An address without its family: for AF_UNIX a path's bytes, or a name that begins with a zero byte; for the internet see net/address.ts. */
export interface SocketAddress {
  readonly family: number
  readonly bytes: Uint8Array
}

export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
  /** The supplementary ones, where somebody may ask for them. */
  readonly groups?: readonly number[]
}

/** What goes with a message besides its bytes and its address: ip(7)'s and ipv6(7)'s control messages. */
export interface PacketInfo {
  /** Sending: from which of our addresses; receiving: to which one it came. */
  readonly ip?: string | undefined
  /** The interface's index, 0 for any. */
  readonly interface?: number | undefined
  /** Time to live, or hop limit. */
  readonly ttl?: number | undefined
  /** Type of service, or traffic class. */
  readonly tos?: number | undefined
  /** Receiving: the port it was sent to. */
  readonly port?: number | undefined
  /** SO_MARK of who sent it. */
  readonly mark?: number | undefined
  /** Datagrams that found no room before it. */
  readonly drops?: number | undefined
  /** Bytes of each datagram that these bytes are, or are to be, cut into. */
  readonly segment?: number | undefined
}

export interface SendOptions {
  readonly to?: SocketAddress | undefined
  /** Open files to pass on; the protocol takes references of its own. */
  readonly rights: readonly File[]
  readonly dontWait: boolean
  readonly noSignal: boolean
  /** MSG_OOB: the last byte is urgent. */
  readonly outOfBand?: boolean
  /** MSG_MORE: what follows belongs to the same datagram. */
  readonly more?: boolean
  /** SCM_CREDENTIALS, checked. */
  readonly credentials?: PeerCredentials | undefined
  readonly packet?: PacketInfo | undefined
}

export interface ReceiveOptions {
  readonly peek: boolean
  readonly waitAll: boolean
  readonly dontWait: boolean
  /** MSG_OOB: the urgent byte. */
  readonly outOfBand?: boolean
  /** MSG_ERRQUEUE. */
  readonly errorQueue?: boolean
  /** MSG_TRUNC: of a stream's bytes nothing is handed over. */
  readonly discard?: boolean
}

/** An error that a datagram came back with: struct sock_extended_err, ip(7) IP_RECVERR. */
export interface QueuedError {
  readonly error: Errno
  /** SO_EE_ORIGIN_…: 1 local, 2 ICMP, 3 ICMPv6. */
  readonly origin: number
  readonly type: number
  readonly code: number
  readonly info: number
  /** Who said so. */
  readonly offender: SocketAddress | undefined
}

export interface Received {
  /** Bytes moved, and those the message had (more if it was cut off). */
  readonly count: number
  readonly length: number
  readonly from: SocketAddress | undefined
  /** With a reference each, which the receiver takes over. */
  readonly rights: readonly File[]
  readonly sender: PeerCredentials | undefined
  /** How a datagram came; ns since 1970 of when. */
  readonly packet?: PacketInfo | undefined
  readonly time?: bigint | undefined
  readonly error?: QueuedError | undefined
  /** The byte was an urgent one. */
  readonly outOfBand?: boolean
  /** A whole record of a socket that has such (MSG_EOR). */
  readonly endOfRecord?: boolean
}

/** IP_ADD_MEMBERSHIP and its relatives. */
export interface Membership {
  readonly join: boolean
  readonly group: string
  /** The interface by its index, or by one of its addresses; neither: as the routes say. */
  readonly interface: number
  readonly address?: string | undefined
  /** Only from there (IP_ADD_SOURCE_MEMBERSHIP). */
  readonly source?: string | undefined
}

/** TCP's states in the numbers of Linux's tcp_states.h, which are those of /proc/net/tcp. */
export const TcpState = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
} as const

/** What a family of sockets does. Errors are thrown. */
export interface SocketProtocol {
  readonly localAddress: SocketAddress
  /** undefined: not connected. */
  readonly peerAddress: SocketAddress | undefined
  readonly peerCredentials: PeerCredentials | undefined
  /** The open file at the other end, for the trace; 0 if there is none here. */
  readonly peerFile: number
  readonly isListening: boolean
  /** A connection is on its way: nothing can be sent or received yet. */
  readonly isConnecting?: boolean
  /** Bytes (or, listening, connections) to be taken, and room for sending. */
  readonly readable: number
  readonly writable: number
  /** Whether everything sent has been taken. */
  readonly isDrained: boolean
  /** Connected now, or once: a datagram socket with a peer, a stream that was established. */
  readonly isConnected: boolean
  readonly cannotReceive: boolean
  readonly cannotSend: boolean
  /** What FIONREAD tells, where it is not `readable`: a datagram may be empty. */
  readonly nextLength?: number
  /** All bytes that wait to be received with what they cost, for /proc/net. */
  readonly waiting?: number
  /** Bytes sent that the other side has not taken yet (SIOCOUTQ). */
  readonly unsent?: number
  /** An urgent byte waits (POLLPRI), and whether the next byte to be read is the one after it (SIOCATMARK). */
  readonly hasUrgent?: boolean
  readonly atMark?: boolean
  /** Errors of datagrams wait (POLLERR). */
  readonly hasQueuedErrors?: boolean
  /** Datagrams that found no room so far. */
  readonly drops?: number
  /** TcpState, for /proc/net and TCP_INFO. */
  readonly state?: number
  /** All of poll(2)'s bits, where the protocol knows them at once; instead of what they would be made of. */
  poll?(): number
  /** so_error, where the protocol keeps it. */
  takeError?(): Errno | undefined
  bind(l: Lwp, address: SocketAddress): void
  /** `backlog` as the program gave it, which may be negative. */
  listen(l: Lwp, backlog: number): void
  /**
   * @throws EINPROGRESS if it may not wait: the outcome is `socket.error` (or none) when `wakeSenders` is called; EALREADY meanwhile; EISCONN.
   * AF_UNSPEC dissolves a connection.
   */
  connect(l: Lwp, address: SocketAddress): MaybeBlocking<number>
  /** The connection comes with a reference, which the caller takes over. */
  accept(l: Lwp): MaybeBlocking<Socket>
  send(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number>
  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received>
  /** Bits: 1 no more receiving, 2 no more sending. */
  shutdown(how: number): void
  /** An option is about to be set in `socket.options`: what has effect at once has it here. @throws what the option's setting may fail with. */
  setOption?(l: Lwp, option: SocketOption, value: number): void
  /** An option whose value is the protocol's to know; undefined: what stands in `socket.options`. */
  getOption?(option: SocketOption): number | undefined
  /** @throws EADDRINUSE, EADDRNOTAVAIL, ENODEV, EINVAL. */
  changeMembership?(l: Lwp, membership: Membership): void
  /** The last reference is gone. */
  close(): void
  /** Closed, and the other side's kernel has not yet everything that was sent; it is told of a change by `sendWait`. */
  readonly delivering?: boolean
}

const IPPROTO_TCP = 6

export const SHUT_RECEIVE = 1
export const SHUT_SEND = 2

let nextInode = 1

export class Socket extends File {
  readonly type = 'socket'
  readonly kernel: Kernel
  readonly inode = nextInode++
  /** AF_… in Linux's numbers. IPV6_ADDRFORM changes it. */
  domain: number
  readonly socketType: SocketType
  /** IPPROTO_… (SO_PROTOCOL); 0 for AF_UNIX. */
  readonly ipProtocol: number
  readonly protocol: SocketProtocol
  /** so_error: told once. */
  error: Errno | undefined
  /** SO_RCVTIMEO and SO_SNDTIMEO in ns. */
  receiveTimeout = Number.POSITIVE_INFINITY
  sendTimeout = Number.POSITIVE_INFINITY
  sendBuffer = 212992
  receiveBuffer = 212992
  /** SO_LINGER in seconds; undefined: off. */
  linger: number | undefined
  /** Who made it. */
  uid = 0
  readonly options = new SocketOptions()
  readonly #attributes: AnonymousInode
  readonly receiving = new SelInfo()
  readonly sending = new SelInfo()
  readonly receiveWait = new WaitChannel('netio')
  readonly sendWait = new WaitChannel('netio')

  constructor(
    kernel: Kernel,
    domain: number,
    socketType: SocketType,
    ipProtocol: number,
    flags: number,
    makeProtocol: (socket: Socket) => SocketProtocol,
  ) {
    super(FREAD | FWRITE | flags)
    this.kernel = kernel
    this.domain = domain
    this.socketType = socketType
    this.ipProtocol = ipProtocol
    this.protocol = makeProtocol(this)
    // Both systems say that a socket's times are those of 1970.
    this.#attributes = new AnonymousInode(kernel, 'VSOCK', { dev: 8, ino: this.inode }, S_IFSOCK | 0o777, 0n)
  }

  override describe(): string {
    return `socket:[${this.inode}]`
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (uio.resid === 0) return 0
    const received = this.protocol.receive(l, uio, { peek: false, waitAll: false, dontWait: false })
    return isKthread(received) ? countLater(received) : countOf(received)
  }

  override write(l: Lwp, uio: Uio): MaybeBlocking<number> {
    return this.protocol.send(l, uio, { rights: [], dontWait: false, noSignal: false })
  }

  /** Takes so_error. */
  takeError(): Errno | undefined {
    const e = this.error
    this.error = undefined
    return e ?? this.protocol.takeError?.()
  }

  /** sbwait: sleeps until there may be something to receive. @throws EAGAIN when it may not sleep or the time is up, EINTR. */
  *waitReceive(l: Lwp, dontWait: boolean, since: number): Kthread<void> {
    yield* this.#wait(l, this.receiveWait, dontWait, since + this.receiveTimeout)
  }

  /** @param at where the room is waited for: the socket that it is sent to, if that one is full. */
  *waitSend(l: Lwp, dontWait: boolean, since: number, at: Socket = this): Kthread<void> {
    yield* this.#wait(l, at.sendWait, dontWait, since + this.sendTimeout)
  }

  *#wait(l: Lwp, channel: WaitChannel, dontWait: boolean, deadline: number): Kthread<void> {
    if (dontWait || this.nonblocking) throw EAGAIN
    try {
      yield* cvTimedwaitSig(l, channel, deadline)
    } catch (e) {
      throw e === EWOULDBLOCK ? EAGAIN : e
    }
  }

  /** What everybody hears of, asked for or not, and news of urgent data: only if it is so, as room for sending is no news for who reads. */
  #down(urgent = 0): number {
    return this.poll(POLLRDHUP | POLLHUP | POLLERR | urgent)
  }

  /** sorwakeup: something can be received, or never will be. */
  wakeReceivers(): void {
    this.receiveWait.wakeAll()
    this.receiving.notify(POLLIN | POLLRDNORM | this.#down(POLLPRI | POLLRDBAND))
    this.#trace()
  }

  /** sowwakeup: there is room for sending, or it is of no use any more. */
  wakeSenders(): void {
    this.sendWait.wakeAll()
    this.sending.notify(POLLOUT | POLLWRNORM | POLLWRBAND | this.#down())
    this.#trace()
  }

  /** Something was taken of what was sent. */
  roomAppeared(): void {
    this.sendWait.wakeAll()
    this.sending.notify(POLLOUT | POLLWRNORM | POLLWRBAND)
    this.#trace()
  }

  /** sk_state_change: it may be otherwise in any direction, so everybody is to look. */
  stateChanged(): void {
    this.receiveWait.wakeAll()
    this.sendWait.wakeAll()
    this.receiving.notify(0)
    this.sending.notify(0)
    this.#trace()
  }

  #trace(): void {
    if (this.kernel.trace === undefined) return
    const { readable, writable, peerFile, cannotReceive, isListening } = this.protocol
    const note = isListening ? 'listening' : cannotReceive ? 'end of file' : ''
    this.kernel.trace.emit('object-state', this.kernel.current, {
      file: this.id,
      readable,
      writable,
      peer: peerFile,
      due: 0,
      note,
    })
  }

  override poll(events: number): number {
    const p = this.protocol
    if (p.poll !== undefined) return p.poll() & (events | POLLHUP | POLLERR)
    let now = 0
    if (this.error !== undefined || p.hasQueuedErrors === true) now |= POLLERR
    if (p.hasQueuedErrors === true && this.options.isOn('SO_SELECT_ERR_QUEUE')) now |= POLLPRI
    if (p.isConnecting === true) return now & (events | POLLERR)
    if (p.hasUrgent === true) now |= POLLPRI
    if (p.cannotReceive && p.cannotSend) now |= POLLHUP
    if (p.cannotReceive) now |= POLLRDHUP
    const least = this.ipProtocol === IPPROTO_TCP && !p.isListening ? this.options.get('SO_RCVLOWAT') : 1
    if (p.readable >= least || p.cannotReceive) now |= POLLIN | POLLRDNORM
    if (this.socketType !== 'dgram' && !p.isConnected && !p.isListening) now |= POLLHUP
    if (!p.isListening && (p.writable > 0 || p.cannotSend)) now |= POLLOUT | POLLWRNORM
    return now & (events | POLLHUP | POLLERR)
  }

  override pollSources(): readonly SelInfo[] {
    return [this.receiving, this.sending]
  }

  override kqfilter(kn: Knote): Filterops {
    const p = this.protocol
    switch (kn.kevent.filter) {
      case EVFILT_READ:
        return selinfoFilter(p.isListening ? 'solisten' : 'soread', this.receiving, k => {
          k.kevent.data = p.readable
          if (p.cannotReceive) this.#endOfFile(k)
          return p.cannotReceive || this.error !== undefined || p.readable >= Math.max(1, k.savedData)
        })
      case EVFILT_WRITE:
        return selinfoFilter('sowrite', this.sending, k => {
          k.kevent.data = p.writable
          if (p.cannotSend) this.#endOfFile(k)
          if (p.cannotSend || this.error !== undefined) return true
          return (this.socketType === 'dgram' || p.isConnected) && p.writable > 0
        })
      case EVFILT_EMPTY:
        return selinfoFilter('soempty', this.sending, () => p.isDrained)
      default:
        throw EINVAL
    }
  }

  #endOfFile(kn: Knote): void {
    setEof(kn, true)
    kn.kevent.fflags = this.error?.code ?? 0
  }

  override ioctl(l: Lwp, request: IoctlRequest): MaybeBlocking<number> {
    if (request.kind !== 'FIONREAD') return super.ioctl(l, request)
    if (this.protocol.isListening) throw EINVAL
    request.answer = this.protocol.nextLength ?? this.protocol.readable
    return 0
  }

  override get attributes(): AnonymousInode {
    return this.#attributes
  }

  override stat(_l: Lwp): Stat {
    return this.#attributes.getattr()
  }

  override close(): void {
    this.protocol.close()
  }

  /** soclose with SO_LINGER. As in Linux it waits for a socket that does not wait otherwise, too. */
  override afterClose(l: Lwp): Kthread<void> | undefined {
    if (this.linger === undefined || this.linger === 0 || this.protocol.delivering === undefined) return undefined
    return this.#lingering(l, this.linger < 0 ? Number.POSITIVE_INFINITY : this.linger * 1e9)
  }

  *#lingering(l: Lwp, most: number): Kthread<void> {
    const deadline = this.kernel.clock.monotonic() + most
    try {
      while (this.protocol.delivering === true) yield* cvTimedwaitSig(l, this.sendWait, deadline)
    } catch (e) {
      // The time is up, or there is a signal: nobody hears of it.
      if (!(e instanceof Errno)) throw e
    }
  }
}

/** What read(2) is not told of goes: open files that came along. */
function countOf({ count, rights }: Received): number {
  for (const file of rights) release(file)
  return count
}

function* countLater(receiving: Kthread<Received>): Kthread<number> {
  return countOf(yield* receiving)
}
