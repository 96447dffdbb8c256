/**
 * Sockets: struct socket, sys/kern/uipc_socket.c. A Socket is the open file with what all families share; what it does is its protocol's
 * (struct pr_usrreqs): unix-socket.ts, and others beside it.
 */
import { EAGAIN, EINVAL, type Errno, EWOULDBLOCK } from '../errno.ts'
import { File, FREAD, FWRITE, type IoctlRequest } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { selinfoFilter, setEof } from '../kqueue/filterops.ts'
import { EVFILT_EMPTY, EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM, SelInfo } from '../selinfo.ts'
import { cvTimedwaitSig, isKthread, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'
import { S_IFSOCK, type Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'

export type SocketType = 'stream' | 'dgram' | 'seqpacket'

/** An address without its family: for AF_UNIX a path's bytes, or a name that begins with a zero byte. */
export interface SocketAddress {
  readonly family: number
  readonly bytes: Uint8Array
}

export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

export interface SendOptions {
  readonly to?: SocketAddress
  /** Open files to pass on; the protocol takes references of its own. */
  readonly rights: readonly File[]
  readonly dontWait: boolean
  readonly noSignal: boolean
}

export interface ReceiveOptions {
  readonly peek: boolean
  readonly waitAll: boolean
  readonly dontWait: boolean
}

export interface Received {
  /** Bytes moved, and those the message had (more if it was cut off). */
  readonly count: number
  readonly length: number
  readonly from: SocketAddress | undefined
  /** With a reference each, which the receiver takes over. */
  readonly rights: readonly File[]
  readonly sender: PeerCredentials | undefined
}

/** What a family of sockets does. Errors are thrown. */
export interface SocketProtocol {
  readonly localAddress: SocketAddress
  /** undefined: not connected. */
  readonly peerAddress: SocketAddress | undefined
  readonly peerCredentials: PeerCredentials | undefined
  /** The open file at the other end, for the trace; 0 if there is none here. */
  readonly peerFile: number
  readonly isListening: boolean
  /** Bytes (or, listening, connections) to be taken, and room for sending. */
  readonly readable: number
  readonly writable: number
  /** Whether everything sent has been taken. */
  readonly isDrained: boolean
  readonly isConnected: boolean
  readonly cannotReceive: boolean
  readonly cannotSend: boolean
  bind(l: Lwp, address: SocketAddress): void
  listen(l: Lwp, backlog: number): void
  connect(l: Lwp, address: SocketAddress): MaybeBlocking<number>
  accept(l: Lwp): MaybeBlocking<Socket>
  send(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number>
  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received>
  /** Bits: 1 no more receiving, 2 no more sending. */
  shutdown(how: number): void
  close(): void
}

export const SHUT_RECEIVE = 1
export const SHUT_SEND = 2

let nextInode = 1

export class Socket extends File {
  readonly type = 'socket'
  readonly kernel: Kernel
  readonly inode = nextInode++
  /** AF_… in Linux's numbers. */
  readonly domain: number
  readonly socketType: SocketType
  readonly protocol: SocketProtocol
  /** so_error: told once. */
  error: Errno | undefined
  /** SO_RCVTIMEO and SO_SNDTIMEO in ns. */
  receiveTimeout = Number.POSITIVE_INFINITY
  sendTimeout = Number.POSITIVE_INFINITY
  sendBuffer = 212992
  receiveBuffer = 212992
  /** SO_PASSCRED. */
  passCredentials = false
  /** Options that are kept and told, and change nothing here: by Linux's number. */
  readonly options = new Map<number, number>()
  readonly receiving = new SelInfo()
  readonly sending = new SelInfo()
  readonly receiveWait = new WaitChannel('netio')
  readonly sendWait = new WaitChannel('netio')

  constructor(
    kernel: Kernel,
    domain: number,
    socketType: SocketType,
    flags: number,
    makeProtocol: (socket: Socket) => SocketProtocol,
  ) {
    super(FREAD | FWRITE | flags)
    this.kernel = kernel
    this.domain = domain
    this.socketType = socketType
    this.protocol = makeProtocol(this)
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
    return e
  }

  /** sbwait: sleeps until there may be something to receive. @throws EAGAIN when it may not sleep or the time is up, EINTR. */
  *waitReceive(l: Lwp, dontWait: boolean, since: number): Kthread<void> {
    yield* this.#wait(l, this.receiveWait, dontWait, since + this.receiveTimeout)
  }

  *waitSend(l: Lwp, dontWait: boolean, since: number): Kthread<void> {
    yield* this.#wait(l, this.sendWait, dontWait, since + this.sendTimeout)
  }

  *#wait(l: Lwp, channel: WaitChannel, dontWait: boolean, deadline: number): Kthread<void> {
    if (dontWait || this.nonblocking) throw EAGAIN
    try {
      yield* cvTimedwaitSig(l, channel, deadline)
    } catch (e) {
      throw e === EWOULDBLOCK ? EAGAIN : e
    }
  }

  /** sorwakeup: something can be received, or never will be. */
  wakeReceivers(): void {
    this.receiveWait.wakeAll()
    this.receiving.notify(POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLERR)
    this.#trace()
  }

  /** sowwakeup: there is room for sending, or it is of no use any more. */
  wakeSenders(): void {
    this.sendWait.wakeAll()
    this.sending.notify(POLLOUT | POLLWRNORM | POLLHUP | POLLERR)
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
      note,
    })
  }

  override poll(events: number): number {
    const p = this.protocol
    let now = 0
    if (this.error !== undefined) now |= POLLERR
    if (p.cannotReceive && p.cannotSend) now |= POLLHUP
    if (p.cannotReceive) now |= POLLRDHUP
    if (p.readable > 0 || p.cannotReceive) now |= POLLIN | POLLRDNORM
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
    request.answer = this.protocol.readable
    return 0
  }

  override stat(l: Lwp): Stat {
    const { euid, egid } = l.proc.credentials
    const t = l.proc.kernel.clock.realtime()
    const times = { atime: t, mtime: t, ctime: t, birthtime: t }
    const fixed = { dev: 8, nlink: 1, rdev: 0, size: 0, blksize: 4096, blocks: 0 }
    return { ...fixed, ...times, ino: this.inode, mode: S_IFSOCK | 0o777, uid: euid, gid: egid }
  }

  override close(): void {
    this.protocol.close()
  }
}

function countOf(received: Received): number {
  return received.count
}

function* countLater(receiving: Kthread<Received>): Kthread<number> {
  return countOf(yield* receiving)
}
