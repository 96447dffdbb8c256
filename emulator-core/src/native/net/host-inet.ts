/**
 * An internet socket that is one of the host's own. Whatever can be asked is asked of the host, at the moment it matters: its queues are the
 * program's queues, so nothing is kept here that could grow, and limits, order and errors are the host's. What the host says by itself
 * (`#happened`) only wakes those who wait.
 */
import {
  type HostSocket,
  READY_ERROR,
  READY_HANG_UP,
  READY_INPUT,
  READY_INPUT_ENDS,
  READY_OUTPUT,
  READY_PRIORITY,
} from '../../host/network.ts'
import { EINVAL, type Errno } from '../errno.ts'
import type {
  Membership,
  Received,
  ReceiveOptions,
  SendOptions,
  Socket,
  SocketAddress,
  SocketProtocol,
} from '../ipc/socket.ts'
import { SHUT_SEND } from '../ipc/socket.ts'
import type { SocketOption } from '../ipc/socket-option.ts'
import type { Lwp } from '../lwp.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../selinfo.ts'
import type { MaybeBlocking } from '../sleep.ts'
import type { Uio } from '../uio.ts'
import { fromHost, hostErrno, hosted } from '../vfs/host-error.ts'
import { AF_INET6, endpointOf } from './address.ts'
import { changeHostMembership, hostOption, setHostOption } from './host-options.ts'

const IN_BYTES = 14
const IN6_BYTES = 26

const POLL_BITS: readonly (readonly [ready: number, events: number])[] = [
  [READY_INPUT, POLLIN | POLLRDNORM],
  [READY_OUTPUT, POLLOUT | POLLWRNORM],
  [READY_PRIORITY, POLLPRI],
  [READY_ERROR, POLLERR],
  [READY_HANG_UP, POLLHUP],
  [READY_INPUT_ENDS, POLLRDHUP],
]

export abstract class HostInet implements SocketProtocol {
  readonly socket: Socket
  protected readonly host: HostSocket
  readonly peerCredentials = undefined
  readonly peerFile = 0
  isListening = false
  isConnected = false
  isConnecting = false
  cannotSendAny = false
  /** Somebody found no room, or waits for a connection: only then is room news. */
  protected wantsRoom = true
  #sendBuffer: number
  #receiveBuffer: number
  #isOnly6 = -1
  /** All there are. */
  protected readonly all: Set<HostInet>

  constructor(socket: Socket, host: HostSocket, all: Set<HostInet>) {
    this.socket = socket
    this.host = host
    this.all = all
    this.#sendBuffer = socket.sendBuffer = hosted(() => host.getOption('sendBuffer'))
    this.#receiveBuffer = socket.receiveBuffer = hosted(() => host.getOption('receiveBuffer'))
    all.add(this)
    host.onReady = ready => this.#happened(ready)
  }

  #happened(ready: number): void {
    if (this.isConnecting && (ready & (READY_OUTPUT | READY_ERROR | READY_HANG_UP)) !== 0) this.connectEnded()
    else if ((ready & READY_ERROR) !== 0) this.socket.error ??= this.hostError()
    const ends = READY_ERROR | READY_HANG_UP
    if ((ready & (READY_INPUT | READY_PRIORITY | READY_INPUT_ENDS | ends)) !== 0) this.socket.wakeReceivers()
    if ((ready & ends) !== 0 || ((ready & READY_OUTPUT) !== 0 && this.wantsRoom)) {
      this.wantsRoom = false
      this.socket.wakeSenders()
    }
  }

  /** A connection that was under way is there, or never will be. */
  protected connectEnded(): void {
    this.isConnecting = false
    const error = this.hostError()
    this.isConnected = error === undefined
    this.socket.error = error
  }

  /** Takes the host's so_error. */
  protected hostError(): Errno | undefined {
    const name = hosted(() => this.host.takeError())
    return name === undefined ? undefined : hostErrno(name)
  }

  /** What it is ready for now; a host that does not say so any more is the end. */
  #ready(): number {
    try {
      const ready = this.host.ready()
      if ((ready & READY_OUTPUT) === 0) this.wantsRoom = true
      return ready
    } catch {
      return READY_ERROR | READY_HANG_UP
    }
  }

  poll(): number {
    const ready = this.#ready()
    let events = this.socket.error === undefined ? 0 : POLLERR
    for (const [bit, polled] of POLL_BITS) if ((ready & bit) !== 0) events |= polled
    return events
  }

  get readable(): number {
    const ready = this.#ready()
    if ((ready & READY_INPUT) === 0) return 0
    return this.isListening ? 1 : Math.max(1, this.host.pending('input'))
  }

  get writable(): number {
    return (this.#ready() & READY_OUTPUT) === 0 ? 0 : this.socket.sendBuffer
  }

  get unsent(): number {
    return this.isListening ? 0 : this.host.pending('output')
  }

  get isDrained(): boolean {
    return this.unsent === 0
  }

  get cannotReceive(): boolean {
    return !this.isListening && (this.#ready() & READY_INPUT_ENDS) !== 0
  }

  get cannotSend(): boolean {
    return this.cannotSendAny || (this.isConnected && (this.#ready() & READY_HANG_UP) !== 0)
  }

  get hasUrgent(): boolean {
    return (this.#ready() & READY_PRIORITY) !== 0
  }

  takeError(): Errno | undefined {
    return this.hostError()
  }

  // ---- names ----

  get localAddress(): SocketAddress {
    return { family: this.socket.domain, bytes: hosted(() => this.host.localAddress()) }
  }

  get peerAddress(): SocketAddress | undefined {
    const bytes = this.host.peerAddress()
    return bytes === undefined ? undefined : { family: this.socket.domain, bytes }
  }

  /** @throws EINVAL, EAFNOSUPPORT for what is no address of this socket's family. */
  protected hostAddress(address: SocketAddress): Uint8Array {
    endpointOf(address, this.socket.domain)
    if (this.socket.domain !== AF_INET6) return address.bytes.subarray(0, IN_BYTES)
    const bytes = new Uint8Array(IN6_BYTES)
    bytes.set(address.bytes.subarray(0, IN6_BYTES))
    return bytes
  }

  bind(_l: Lwp, address: SocketAddress): void {
    const bytes = this.hostAddress(address)
    this.settle()
    hosted(() => this.host.bind(bytes))
  }

  listen(_l: Lwp, backlog: number): void {
    this.settle()
    hosted(() => this.host.listen(backlog))
    this.isListening = true
    this.socket.wakeReceivers()
  }

  abstract connect(l: Lwp, address: SocketAddress): MaybeBlocking<number>
  abstract accept(l: Lwp): MaybeBlocking<Socket>
  abstract send(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number>
  abstract receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received>

  // ---- options ----

  /** Hands on what is only looked at when it is needed: the sizes of buffers, and whether IPv6 is all. */
  protected settle(): void {
    const { sendBuffer, receiveBuffer, domain, options } = this.socket
    // The host doubles what it is asked, as the program was told.
    if (sendBuffer !== this.#sendBuffer) hosted(() => this.host.setOption('sendBuffer', sendBuffer / 2))
    if (receiveBuffer !== this.#receiveBuffer) hosted(() => this.host.setOption('receiveBuffer', receiveBuffer / 2))
    this.#sendBuffer = sendBuffer
    this.#receiveBuffer = receiveBuffer
    if (domain !== AF_INET6 || this.#isOnly6 === options.get('IPV6_V6ONLY')) return
    this.#isOnly6 = options.get('IPV6_V6ONLY')
    try {
      this.host.setOption('ipv6.only', this.#isOnly6)
    } catch (error) {
      // Once it has an address it is as it is.
      if (fromHost(error) !== EINVAL) throw fromHost(error)
    }
  }

  setOption(_l: Lwp, option: SocketOption, value: number): void {
    hosted(() => setHostOption(this.host, option, value))
  }

  getOption(option: SocketOption): number | undefined {
    return hosted(() => hostOption(this.host, option))
  }

  changeMembership(_l: Lwp, membership: Membership): void {
    hosted(() => changeHostMembership(this.host, membership))
  }

  // ---- the end ----

  shutdown(how: number): void {
    hosted(() => this.host.shutdown(how))
    if ((how & SHUT_SEND) !== 0) this.cannotSendAny = true
    this.socket.wakeReceivers()
    this.socket.wakeSenders()
  }

  close(): void {
    this.all.delete(this)
    this.host.close(this.socket.linger === 0)
  }
}
