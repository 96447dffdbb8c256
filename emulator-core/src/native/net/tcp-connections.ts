/** The connections of a private network: which addresses are taken by them, and for how long after (TIME_WAIT). */
import type { Kernel } from '../kernel.ts'
import { type Endpoint, isWildcard } from './address.ts'
import type { LoopbackInet } from './loopback-inet.ts'
import type { TcpEnd, TcpNetwork } from './tcp-end.ts'

/** TCP_TIMEWAIT_LEN. */
const TIME_WAIT = 60e9
/** Until a connection over the same addresses may be made anew (net.ipv4.tcp_tw_reuse for loopback). */
const REUSE_AFTER = 1e9
/** net.ipv4.tcp_max_tw_buckets: more than that are forgotten early. */
const LINGERING_MOST = 16384

interface Lingering {
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly reuse: boolean
  readonly since: number
}

const keyOf = (local: Endpoint, remote: Endpoint): string => `${local.ip} ${local.port} ${remote.ip} ${remote.port}`

export abstract class TcpConnections implements TcpNetwork {
  readonly kernel: Kernel
  queued = 0
  readonly queuedMost = 2 ** 26
  readonly #open = new Map<string, TcpEnd>()
  /** The oldest first. */
  readonly #lingering = new Map<string, Lingering>()

  constructor(kernel: Kernel) {
    this.kernel = kernel
  }

  abstract count(bytes: number): void

  /** All ends that are open, those of closed sockets too. */
  get connections(): Iterable<TcpEnd> {
    return this.#open.values()
  }

  /** Those in TIME_WAIT, with the ns that are left to them. */
  *lingering(): Iterable<Lingering & { readonly left: number }> {
    this.#expire()
    const now = this.kernel.clock.monotonic()
    for (const one of this.#lingering.values()) yield { ...one, left: one.since + TIME_WAIT - now }
  }

  began(end: TcpEnd): void {
    const key = keyOf(end.local, end.remote)
    this.#lingering.delete(key)
    this.#open.set(key, end)
  }

  ended(end: TcpEnd, timeWait: boolean): void {
    const { local, remote, socket } = end
    const key = keyOf(local, remote)
    if (this.#open.get(key) === end) this.#open.delete(key)
    if (!timeWait) return
    this.#expire()
    const reuse = socket.options.isOn('SO_REUSEADDR')
    this.#lingering.set(key, { local, remote, reuse, since: this.kernel.clock.monotonic() })
    for (const oldest of this.#lingering.keys()) {
      if (this.#lingering.size <= LINGERING_MOST) break
      this.#lingering.delete(oldest)
    }
  }

  #expire(): void {
    const before = this.kernel.clock.monotonic() - TIME_WAIT
    for (const [key, one] of this.#lingering) {
      if (one.since > before) break
      this.#lingering.delete(key)
    }
  }

  /** Whether a connection between these two can be made. */
  isFree(local: Endpoint, remote: Endpoint): boolean {
    const key = keyOf(local, remote)
    if (this.#open.has(key)) return false
    const before = this.#lingering.get(key)
    return before === undefined || before.since + REUSE_AFTER <= this.kernel.clock.monotonic()
  }

  /** Whether a port that a socket is about to be bound to is kept from it by a connection that ended. */
  lingers(user: LoopbackInet, port: number): boolean {
    if (this.#lingering.size === 0) return false
    this.#expire()
    const own = user.bound?.ip ?? ''
    for (const one of this.#lingering.values()) {
      if (one.local.port !== port || (one.reuse && user.socket.options.isOn('SO_REUSEADDR'))) continue
      if (isWildcard(own) || own === one.local.ip) return true
    }
    return false
  }
}
