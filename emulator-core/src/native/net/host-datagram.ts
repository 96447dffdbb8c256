/** UDP on the host's network. */
import { type Arrival, TRANSFER_MORE, TRANSFER_PEEK, TRANSFER_WHOLE_LENGTH } from '../../host/network.ts'
import { EAGAIN, EOPNOTSUPP } from '../errno.ts'
import type { Received, ReceiveOptions, SendOptions, Socket, SocketAddress } from '../ipc/socket.ts'
import type { Lwp } from '../lwp.ts'
import type { Kthread, MaybeBlocking } from '../sleep.ts'
import type { Uio } from '../uio.ts'
import { hosted } from '../vfs/host-error.ts'
import { AF_UNSPEC } from './address.ts'
import { HostInet } from './host-inet.ts'
import { controlOf, packetOf } from './host-packet.ts'

/** No datagram is longer, so one that is asked to send more is told by the host that this is too much. */
const LONGEST = 65536
/** What the host takes in one call (IOV_MAX); a program's pieces lie in several pages each. */
const MOST_PIECES = 1024
const DISSOLVE = new Uint8Array(0)

export class HostDatagram extends HostInet {
  connect(_l: Lwp, address: SocketAddress): number {
    this.settle()
    const dissolves = address.family === AF_UNSPEC
    const bytes = dissolves ? DISSOLVE : this.hostAddress(address)
    hosted(() => this.host.connect(bytes))
    this.isConnected = !dissolves
    return 0
  }

  override listen(): void {
    throw EOPNOTSUPP
  }

  accept(): MaybeBlocking<Socket> {
    throw EOPNOTSUPP
  }

  send(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number> {
    const sent = this.#push(uio, options)
    return sent ?? this.#sendLater(l, uio, options)
  }

  *#sendLater(l: Lwp, uio: Uio, options: SendOptions): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    for (;;) {
      const sent = this.#push(uio, options)
      if (sent !== undefined) return sent
      this.wantsRoom = true
      yield* this.socket.waitSend(l, options.dontWait, since)
    }
  }

  #push(uio: Uio, options: SendOptions): number | undefined {
    if (options.outOfBand === true) throw EOPNOTSUPP
    const error = this.socket.takeError()
    if (error !== undefined) throw error
    this.settle()
    const to = options.to === undefined ? undefined : this.hostAddress(options.to)
    const control = controlOf(options.packet, this.socket.domain)
    const pieces = uio.segments(LONGEST)
    const sent = hosted(() => this.host.send(fewer(pieces), options.more === true ? TRANSFER_MORE : 0, to, control))
    if (sent !== undefined) uio.advance(sent)
    return sent
  }

  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received> {
    if (options.outOfBand === true) throw EOPNOTSUPP
    return this.#pull(uio, options) ?? this.#receiveLater(l, uio, options)
  }

  *#receiveLater(l: Lwp, uio: Uio, options: ReceiveOptions): Kthread<Received> {
    const since = l.proc.kernel.clock.monotonic()
    for (;;) {
      const received = this.#pull(uio, options)
      if (received !== undefined) return received
      yield* this.socket.waitReceive(l, options.dontWait, since)
    }
  }

  #pull(uio: Uio, options: ReceiveOptions): Received | undefined {
    // The host keeps no queue of errors for us.
    if (options.errorQueue === true) throw EAGAIN
    const error = this.socket.takeError()
    if (error !== undefined) throw error
    this.settle()
    const room = Math.min(uio.resid, LONGEST)
    const flags = TRANSFER_WHOLE_LENGTH | (options.peek ? TRANSFER_PEEK : 0)
    const arrival: Arrival = { from: new Uint8Array(0), control: [] }
    const pieces = uio.segments(LONGEST)
    const places = pieces.length > MOST_PIECES ? [new Uint8Array(room)] : pieces
    const length = hosted(() => this.host.receive(places, flags, arrival))
    if (length === undefined) return undefined
    if (places !== pieces) spread(places[0].subarray(0, length), pieces)
    const count = Math.min(length, room)
    uio.advance(count)
    const from = arrival.from.length === 0 ? undefined : { family: this.socket.domain, bytes: arrival.from }
    return { count, length, from, rights: [], sender: undefined, packet: packetOf(arrival.control) }
  }
}

function fewer(pieces: Uint8Array[]): Uint8Array[] {
  return pieces.length > MOST_PIECES ? [Buffer.concat(pieces)] : pieces
}

function spread(bytes: Uint8Array, pieces: readonly Uint8Array[]): void {
  let done = 0
  for (const piece of pieces) {
    piece.set(bytes.subarray(done, done + piece.length))
    done += piece.length
  }
}
