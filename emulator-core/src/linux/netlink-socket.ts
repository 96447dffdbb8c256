/** AF_NETLINK: datagrams to and from Linux's kernel (netlink(7)). NetBSD has no such thing; its routing sockets speak another language. */
import { linuxErrno } from '../compat-linux/errno.ts'
import {
  EADDRINUSE,
  EAFNOSUPPORT,
  ECONNREFUSED,
  EINVAL,
  EMSGSIZE,
  EOPNOTSUPP,
  EPERM,
  EPROTONOSUPPORT,
  Errno,
} from '../native/errno.ts'
import {
  type Received,
  type ReceiveOptions,
  type SendOptions,
  Socket,
  type SocketAddress,
  type SocketProtocol,
  type SocketType,
} from '../native/ipc/socket.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread, MaybeBlocking } from '../native/sleep.ts'
import type { Uio } from '../native/uio.ts'
import {
  errorMessage,
  message,
  type NetlinkRequest,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  requestsIn,
} from './netlink-message.ts'
import { answerRoute } from './netlink-route.ts'

export const AF_NETLINK = 16
const NETLINK_ROUTE = 0
/** News of devices: there are none, so nothing ever comes. */
const NETLINK_KOBJECT_UEVENT = 15
const ADDRESS_BYTES = 10
/** Answers are put together up to this, so that a buffer of a page takes them. */
const DATAGRAM_MOST = 4096
/** Datagrams that may wait; whoever asks on without reading hears nothing more. */
const QUEUE_MOST = 1024

const ports = new WeakMap<Kernel, Set<number>>()

export class NetlinkSocket implements SocketProtocol {
  readonly socket: Socket
  readonly #taken: Set<number>
  /** nl_pid; 0: not bound. */
  #port = 0
  #groups = 0
  #destination: number | undefined
  #queue: Uint8Array[] = []
  readonly peerCredentials = undefined
  readonly peerFile = 0
  readonly isListening = false
  readonly isDrained = true
  readonly cannotReceive = false
  readonly cannotSend = false

  constructor(socket: Socket) {
    this.socket = socket
    this.#taken = ports.get(socket.kernel) ?? new Set()
    ports.set(socket.kernel, this.#taken)
  }

  get localAddress(): SocketAddress {
    return address(this.#port, this.#groups)
  }

  get peerAddress(): SocketAddress | undefined {
    return address(this.#destination ?? 0, 0)
  }

  get isConnected(): boolean {
    return this.#destination !== undefined
  }

  get readable(): number {
    return this.#queue[0]?.length ?? 0
  }

  get writable(): number {
    return this.socket.sendBuffer
  }

  bind(l: Lwp, to: SocketAddress): void {
    const { port, groups } = portOf(to)
    if (groups !== 0 && this.socket.ipProtocol !== NETLINK_ROUTE && l.credentials.euid !== 0) throw EPERM
    if (this.#port !== 0 && port !== this.#port) throw EINVAL
    if (this.#port === 0) this.#take(l, port)
    this.#groups = groups
  }

  /** A program's first socket has its pid, the others have numbers that are no pids. @throws EADDRINUSE. */
  #take(l: Lwp, asked: number): void {
    let port = asked === 0 ? l.proc.pid : asked
    if (asked !== 0 && this.#taken.has(port)) throw EADDRINUSE
    for (let next = 2 ** 32 - 4097; this.#taken.has(port); next--) port = next
    this.#taken.add(port)
    this.#port = port
  }

  listen(): void {
    throw EOPNOTSUPP
  }

  accept(): Socket {
    throw EOPNOTSUPP
  }

  connect(l: Lwp, to: SocketAddress): number {
    if (to.family === 0) {
      this.#destination = undefined
      return 0
    }
    const { port } = portOf(to)
    if (this.#port === 0) this.#take(l, 0)
    this.#destination = port
    return 0
  }

  send(l: Lwp, uio: Uio, options: SendOptions): number {
    if (options.outOfBand === true) throw EOPNOTSUPP
    const to = options.to === undefined ? (this.#destination ?? 0) : portOf(options.to).port
    if (this.#port === 0) this.#take(l, 0)
    if (uio.resid > this.socket.sendBuffer - 32) throw EMSGSIZE
    const bytes = new Uint8Array(uio.resid)
    const count = bytes.length === 0 ? 0 : uio.read(bytes)
    // Only the kernel is spoken to.
    if (to !== 0) throw ECONNREFUSED
    for (const request of requestsIn(bytes.subarray(0, count))) this.#answer(l, request)
    return count
  }

  #answer(l: Lwp, request: NetlinkRequest): void {
    if ((request.flags & NLM_F_REQUEST) === 0 || request.type < 16) return
    const isDump = (request.flags & NLM_F_DUMP) !== 0
    try {
      const answers = this.socket.ipProtocol === NETLINK_ROUTE ? answerRoute(l, request) : []
      const flags = isDump ? NLM_F_MULTI : 0
      this.#enqueue(answers.map(a => message(request, this.#port, a.type, flags, a.body)))
      if (isDump) this.#enqueue([message(request, this.#port, NLMSG_DONE, NLM_F_MULTI, new Uint8Array(4))])
      else if ((request.flags & NLM_F_ACK) !== 0) this.#enqueue([errorMessage(request, this.#port, 0)])
    } catch (e) {
      if (!(e instanceof Errno)) throw e
      this.#enqueue([errorMessage(request, this.#port, linuxErrno(e))])
    }
  }

  /** A datagram from another part of the kernel, as it is. */
  deliver(datagram: Uint8Array): void {
    if (this.#queue.length < QUEUE_MOST) this.#queue.push(datagram)
    this.socket.wakeReceivers()
  }

  /** Puts messages into as few datagrams as a page each allows. */
  #enqueue(messages: readonly Uint8Array[]): void {
    let together: Uint8Array[] = []
    let size = 0
    const flush = (): void => {
      if (size === 0 || this.#queue.length >= QUEUE_MOST) return
      const datagram = new Uint8Array(size)
      let at = 0
      for (const m of together) {
        datagram.set(m, at)
        at += m.length
      }
      this.#queue.push(datagram)
      together = []
      size = 0
    }
    for (const m of messages) {
      if (size + m.length > DATAGRAM_MOST) flush()
      together.push(m)
      size += m.length
    }
    flush()
    this.socket.wakeReceivers()
  }

  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received> {
    if (options.outOfBand === true) throw EOPNOTSUPP
    return this.#queue.length > 0 ? this.#takeFirst(uio, options.peek) : this.#receiveBlocking(l, uio, options)
  }

  *#receiveBlocking(l: Lwp, uio: Uio, options: ReceiveOptions): Kthread<Received> {
    const since = l.proc.kernel.clock.monotonic()
    while (this.#queue.length === 0) yield* this.socket.waitReceive(l, options.dontWait, since)
    return this.#takeFirst(uio, options.peek)
  }

  #takeFirst(uio: Uio, peek: boolean): Received {
    const bytes = this.#queue[0]
    const count = uio.resid === 0 ? 0 : uio.write(bytes.subarray(0, uio.resid))
    if (!peek) this.#queue.shift()
    // The kernel is root, and no process.
    const sender = { pid: 0, uid: 0, gid: 0 }
    return { count, length: bytes.length, from: address(0, 0), rights: [], sender }
  }

  shutdown(): void {
    throw EOPNOTSUPP
  }

  close(): void {
    if (this.#port !== 0) this.#taken.delete(this.#port)
  }
}

function address(port: number, groups: number): SocketAddress {
  const bytes = new Uint8Array(ADDRESS_BYTES)
  const v = new DataView(bytes.buffer)
  v.setUint32(2, port, true)
  v.setUint32(6, groups, true)
  return { family: AF_NETLINK, bytes }
}

/** struct sockaddr_nl. @throws EINVAL, EAFNOSUPPORT. */
function portOf({ family, bytes }: SocketAddress): { port: number; groups: number } {
  if (bytes.length < ADDRESS_BYTES) throw EINVAL
  if (family !== AF_NETLINK) throw EAFNOSUPPORT
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { port: v.getUint32(2, true), groups: v.getUint32(6, true) }
}

/** socket(2). @throws EPROTONOSUPPORT for what the kernel has nothing to say about. */
export function createNetlinkSocket(kernel: Kernel, type: SocketType, protocol: number, flags: number): Socket {
  if (protocol !== NETLINK_ROUTE && protocol !== NETLINK_KOBJECT_UEVENT) throw EPROTONOSUPPORT
  return new Socket(kernel, AF_NETLINK, type, protocol, flags, socket => new NetlinkSocket(socket))
}
