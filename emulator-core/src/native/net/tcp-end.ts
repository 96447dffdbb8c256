/**
 * One end of an established TCP connection: the states of RFC 9293 as they follow each other when nothing is lost and everything arrives at once (sys/netinet/tcp_input.c).
 * An end outlives its socket: when the program has closed it, the other side may still read what was sent, and is answered with a reset if it sends.
 */
import type { Callout } from '../clock.ts'
import { ECONNRESET, EPIPE } from '../errno.ts'
import { SHUT_RECEIVE, SHUT_SEND, type Socket, TcpState } from '../ipc/socket.ts'
import { sendSigurg } from '../signal/io.ts'
import type { Uio } from '../uio.ts'
import type { Endpoint } from './address.ts'
import { TcpQueue } from './tcp-queue.ts'

/** What of SO_SNDBUF counts: the rest would only be memory. */
const SEND_MOST = 524288
const BOTH = SHUT_RECEIVE | SHUT_SEND

/** What a network keeps of its connections. */
export interface TcpNetwork {
  /** The connection of an end is over: for TIME_WAIT some time passes until its addresses are free. */
  ended(end: TcpEnd, timeWait: boolean): void
  /** Bytes that wait in all queues, and how many there may be before each queue gets little room. */
  queued: number
  readonly queuedMost: number
  /** Bytes went over the wire. */
  count(bytes: number): void
}

/** What goes in one packet over lo. */
const SEGMENT = 65483
/** ns that a segment which is not full is held back at most. */
const CORK_MOST = 2e8
/** Bytes of Ethernet, IPv4 and TCP headers that lo counts. */
const HEADERS = 66

/** Room that is left to a connection when all of them together hold too much. */
const SCARCE = 16384

export class TcpEnd {
  readonly socket: Socket
  readonly network: TcpNetwork
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly queue = new TcpQueue()
  other: TcpEnd | undefined
  state: number = TcpState.ESTABLISHED
  /** SHUT_… bits. */
  shut = 0
  /** The other side's FIN came: reading ends without an error, whatever comes later. */
  finReceived = false
  /** Bytes at the end of the other side's queue that are not to be seen there yet. */
  #held = 0
  #timer: Callout | undefined
  /** No program has it open any more. */
  isOrphan = false

  constructor(socket: Socket, network: TcpNetwork, local: Endpoint, remote: Endpoint) {
    this.socket = socket
    this.network = network
    this.local = local
    this.remote = remote
  }

  /** How many bytes may still be sent. */
  get room(): number {
    const { other } = this
    if (other === undefined) return 0
    if (other.isOrphan) return Number.MAX_SAFE_INTEGER
    const most = this.network.queued > this.network.queuedMost ? SCARCE : this.#capacity(other)
    return Math.max(0, most - other.queue.length)
  }

  #capacity(other: TcpEnd): number {
    return other.socket.receiveBuffer + Math.min(this.socket.sendBuffer, SEND_MOST)
  }

  /** Room as poll(2) sees it: none until a third is free, so that senders are not woken for every byte. */
  get writable(): number {
    const { room, other } = this
    return other === undefined || room * 3 < this.#capacity(other) ? 0 : room
  }

  /** Sent and not yet in the other side's receive buffer. */
  get unsent(): number {
    const { other } = this
    return other === undefined ? 0 : Math.max(0, other.queue.length - other.socket.receiveBuffer)
  }

  get readable(): number {
    return this.queue.readable(
      this.socket.options.isOn('SO_OOBINLINE'),
      Math.min(this.socket.receiveBuffer, this.#come),
    )
  }

  /** Bytes in the queue that were not held back. */
  get #come(): number {
    const { other } = this
    return this.queue.length - (other === undefined ? 0 : other.#held)
  }

  /** TCP_CORK and MSG_MORE: a segment that is not full waits for what follows, but no longer than 200 ms. */
  #hold(moved: number): void {
    const { clock } = this.socket.kernel
    this.#held = (this.#held + moved) % SEGMENT
    this.#timer ??= clock.schedule(clock.monotonic() + CORK_MOST, () => this.push())
  }

  /** Lets what was held back go. */
  push(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#held === 0) return
    this.#held = 0
    this.other?.socket.wakeReceivers()
  }

  /** Sends as much as there is room for; the count. `more`: it is to go together with what follows. @throws EFAULT. */
  send(uio: Uio, urgent: boolean, more: boolean): number {
    const { other, network } = this
    if (other === undefined) return 0
    if (other.isOrphan) return this.#sendToNobody(uio)
    const moved = other.queue.fill(uio, this.room)
    network.queued += moved
    network.count(moved + HEADERS)
    if (moved > 0 && urgent && uio.resid === 0) {
      other.queue.markUrgent()
      sendSigurg(other.socket.kernel, other.socket)
    }
    if (moved > 0 && more && !urgent) this.#hold(moved)
    else this.push()
    if (moved > 0 && other.#come > 0) other.socket.wakeReceivers()
    return moved
  }

  /** The kernel of a closed socket answers with a reset. */
  #sendToNobody(uio: Uio): number {
    const count = uio.resid
    uio.advance(count)
    this.receiveReset()
    return count
  }

  /** Takes what has come. */
  receive(uio: Uio, options: { readonly peek: boolean; readonly discard: boolean }): number {
    const wasWritable = this.other !== undefined && this.other.writable > 0
    const before = this.queue.length
    const inline = this.socket.options.isOn('SO_OOBINLINE')
    const count = this.queue.take(uio, this.#come, { ...options, inline })
    this.network.queued -= before - this.queue.length
    if (this.other?.isOrphan === true) this.other.socket.sendWait.wakeAll()
    if (!wasWritable && this.other !== undefined && this.other.writable > 0) this.other.socket.wakeSenders()
    return count
  }

  /** shutdown(2) for sending, and close(2): FIN goes out. */
  sendFin(): void {
    const { other } = this
    if ((this.shut & SHUT_SEND) !== 0) return
    this.shut |= SHUT_SEND
    this.push()
    if (this.state === TcpState.ESTABLISHED) this.state = TcpState.FIN_WAIT2
    else if (this.state === TcpState.CLOSE_WAIT) this.#end(false)
    if (other !== undefined) other.#receiveFin()
  }

  #receiveFin(): void {
    this.finReceived = true
    this.shut |= SHUT_RECEIVE
    if (this.state === TcpState.ESTABLISHED) this.state = TcpState.CLOSE_WAIT
    else if (this.state === TcpState.FIN_WAIT2) this.#end(true)
    this.socket.wakeReceivers()
    if ((this.shut & SHUT_SEND) !== 0) this.socket.wakeSenders()
  }

  /** Tells the other side that this one knows nothing of the connection any more. */
  reset(): void {
    const { other } = this
    this.#end(false)
    other?.receiveReset()
  }

  receiveReset(): void {
    if (this.state === TcpState.CLOSE) return
    this.socket.error = this.state === TcpState.CLOSE_WAIT ? EPIPE : ECONNRESET
    this.#end(false)
    this.socket.wakeReceivers()
    this.socket.wakeSenders()
  }

  #end(timeWait: boolean): void {
    if (this.state === TcpState.CLOSE) return
    this.push()
    this.state = TcpState.CLOSE
    this.shut = BOTH
    this.network.ended(this, timeWait)
  }

  /** The program closed it. What it did not read is lost, and then the other side hears of it by a reset. */
  close(): void {
    this.isOrphan = true
    this.other?.socket.sendWait.wakeAll()
    const unread = this.queue.length
    this.network.queued -= unread
    if (this.state === TcpState.CLOSE) return
    if (unread > 0 || this.socket.linger === 0) this.reset()
    else this.sendFin()
  }
}
