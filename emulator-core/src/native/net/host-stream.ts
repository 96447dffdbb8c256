/** TCP on the host's network. */
import { type HostSocket, TRANSFER_PEEK, TRANSFER_URGENT } from '../../host/network.ts'
import { EAGAIN, EINPROGRESS, EPIPE, type Errno } from '../errno.ts'
import {
  type Received,
  type ReceiveOptions,
  type SendOptions,
  Socket,
  type SocketAddress,
  TcpState,
} from '../ipc/socket.ts'
import type { Lwp } from '../lwp.ts'
import { brokenPipe } from '../signal/post.ts'
import type { Kthread, MaybeBlocking } from '../sleep.ts'
import type { Uio } from '../uio.ts'
import { hosted } from '../vfs/host-error.ts'
import { AF_UNSPEC } from './address.ts'
import { HostInet } from './host-inet.ts'

/** Bytes that one call of the host's moves at most. */
const TRANSFER = 1 << 18
const DISSOLVE = new Uint8Array(0)

export class HostStream extends HostInet {
  get state(): number {
    if (this.isListening) return TcpState.LISTEN
    if (this.isConnecting) return TcpState.SYN_SENT
    return this.isConnected ? TcpState.ESTABLISHED : TcpState.CLOSE
  }

  connect(l: Lwp, address: SocketAddress): MaybeBlocking<number> {
    this.settle()
    if (address.family === AF_UNSPEC) {
      hosted(() => this.host.connect(DISSOLVE))
      this.isConnected = this.isListening = false
      return 0
    }
    const bytes = this.hostAddress(address)
    const error = this.isConnected || this.isConnecting ? undefined : this.socket.takeError()
    if (error !== undefined) {
      this.#conclude(bytes)
      throw error
    }
    if (hosted(() => this.host.connect(bytes))) {
      this.isConnected = true
      return 0
    }
    this.isConnecting = true
    if (this.socket.nonblocking) throw EINPROGRESS
    return this.#untilConnected(l, bytes)
  }

  *#untilConnected(l: Lwp, address: Uint8Array): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    while (this.isConnecting) {
      try {
        yield* this.socket.waitSend(l, false, since)
      } catch (e) {
        throw e === EAGAIN ? EINPROGRESS : e
      }
    }
    this.#conclude(address)
    const error = this.socket.takeError()
    if (error !== undefined) throw error
    return 0
  }

  /** Linux tells the outcome of a connect that did not wait to who calls it again: what the program has been told, it is not told twice. */
  #conclude(address: Uint8Array): void {
    try {
      this.host.connect(address)
    } catch {
      // What came of it is known.
    }
  }

  // ---- accepting ----

  accept(l: Lwp): MaybeBlocking<Socket> {
    const accepted = hosted(() => this.host.accept())
    return accepted === undefined ? this.#acceptLater(l) : this.#connection(accepted)
  }

  *#acceptLater(l: Lwp): Kthread<Socket> {
    const since = l.proc.kernel.clock.monotonic()
    for (;;) {
      const accepted = hosted(() => this.host.accept())
      if (accepted !== undefined) return this.#connection(accepted)
      yield* this.socket.waitReceive(l, false, since)
    }
  }

  #connection(host: HostSocket): Socket {
    const { kernel, domain, ipProtocol, options, linger, uid } = this.socket
    const accepted = new Socket(kernel, domain, 'stream', ipProtocol, 0, socket => this.#adopt(socket, host))
    accepted.options.copyFrom(options)
    Object.assign(accepted, { linger, uid })
    accepted.references++
    return accepted
  }

  #adopt(socket: Socket, host: HostSocket): HostStream {
    const stream = new HostStream(socket, host, this.all)
    stream.isConnected = true
    return stream
  }

  // ---- sending ----

  send(l: Lwp, uio: Uio, options: SendOptions): MaybeBlocking<number> {
    this.#check(l, options)
    const wanted = uio.resid
    const done = this.#push(l, uio, options)
    if (done === wanted) return done
    return this.#sendLater(l, uio, options, done)
  }

  *#sendLater(l: Lwp, uio: Uio, options: SendOptions, sofar: number): Kthread<number> {
    const since = l.proc.kernel.clock.monotonic()
    let done = sofar
    while (uio.resid > 0) {
      try {
        this.wantsRoom = true
        yield* this.socket.waitSend(l, options.dontWait, since)
        this.#check(l, done > 0 ? { ...options, noSignal: true } : options)
        done += this.#push(l, uio, options)
      } catch (e) {
        if (done > 0) return done
        throw e
      }
    }
    return done
  }

  #check(l: Lwp, options: SendOptions): void {
    const error = this.socket.takeError()
    if (error !== undefined) throw this.#failed(l, error, options)
  }

  #failed(l: Lwp, error: unknown, options: SendOptions): unknown {
    if (error === EPIPE && !options.noSignal) brokenPipe(l)
    return error
  }

  /** Hands on what there is room for; the count. */
  #push(l: Lwp, uio: Uio, options: SendOptions): number {
    let done = 0
    do {
      const pieces = uio.segments(TRANSFER)
      const sent = this.#attempt(l, pieces, options, done)
      if (sent === undefined) break
      uio.advance(sent)
      done += sent
    } while (uio.resid > 0)
    return done
  }

  /** @returns undefined if there is no room, or (something having been sent) an error stands in the way. */
  #attempt(l: Lwp, pieces: Uint8Array[], options: SendOptions, done: number): number | undefined {
    try {
      return hosted(() => this.host.send(pieces, options.outOfBand === true ? TRANSFER_URGENT : 0))
    } catch (e) {
      if (done === 0) throw this.#failed(l, e, options)
      this.socket.error ??= e as Errno
      return undefined
    }
  }

  // ---- receiving ----

  receive(l: Lwp, uio: Uio, options: ReceiveOptions): MaybeBlocking<Received> {
    const count = this.#pull(uio, options)
    if (count === undefined) return this.#receiveLater(l, uio, options, 0)
    if (options.waitAll && !options.peek && count > 0 && uio.resid > 0)
      return this.#receiveLater(l, uio, options, count)
    return received(count, options)
  }

  *#receiveLater(l: Lwp, uio: Uio, options: ReceiveOptions, sofar: number): Kthread<Received> {
    const since = l.proc.kernel.clock.monotonic()
    let done = sofar
    for (;;) {
      try {
        const count = this.#pull(uio, options)
        if (count !== undefined) {
          done += count
          if (count === 0 || !options.waitAll || options.peek || uio.resid === 0) return received(done, options)
          continue
        }
        yield* this.socket.waitReceive(l, options.dontWait || options.outOfBand === true, since)
      } catch (e) {
        if (done > 0) return received(done, options)
        throw e
      }
    }
  }

  /** The count; 0 at the end; undefined: nothing there now. */
  #pull(uio: Uio, options: ReceiveOptions): number | undefined {
    if (options.errorQueue === true) throw EAGAIN
    if (this.isConnecting) return undefined
    const flags = (options.peek ? TRANSFER_PEEK : 0) | (options.outOfBand === true ? TRANSFER_URGENT : 0)
    const count = hosted(() => this.host.receive(uio.segments(TRANSFER), flags))
    if (count === undefined || count === 0) {
      const error = this.socket.takeError()
      if (error !== undefined) throw error
    }
    // What is only looked at counts too: the program has got it.
    if (count !== undefined) uio.advance(count)
    return count
  }
}

function received(count: number, options: ReceiveOptions): Received {
  const outOfBand = options.outOfBand === true
  return { count, length: count, from: undefined, rights: [], sender: undefined, outOfBand }
}
