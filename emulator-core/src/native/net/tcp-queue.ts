/**
 * What has come in on a TCP connection and was not taken yet, with the place of an urgent byte in it (tcp_urg and soreceive, RFC 6093).
 * As Linux does it: an urgent byte is not part of the stream unless SO_OOBINLINE says so, and a read ends before it.
 */
import { RingBuffer } from '../ipc/ring-buffer.ts'
import type { Uio } from '../uio.ts'

/** Who fills it looks how much may be in it; the memory grows only with what is. */
const MOST = 2 ** 26

export class TcpQueue {
  readonly #ring = new RingBuffer(MOST)
  /** Bytes taken since the beginning, and where the urgent one is in that counting; undefined: none, or passed. */
  #taken = 0
  #urgentAt: number | undefined
  #urgent: 'waits' | 'read' = 'read'

  /** All bytes, the urgent one too. */
  get length(): number {
    return this.#ring.length
  }

  /** Whether the urgent byte was not read yet (POLLPRI). */
  get hasUrgent(): boolean {
    return this.#urgentAt !== undefined && this.#urgent === 'waits'
  }

  /** SIOCATMARK: the next byte is the urgent one, or the one after it. */
  get atMark(): boolean {
    return this.#urgentAt === this.#taken
  }

  /** Bytes that a read would get now, at most `window` of them. */
  readable(inline: boolean, window: number): number {
    const mark = this.#urgentAt === undefined ? undefined : this.#urgentAt - this.#taken
    const length = Math.min(this.#ring.length, window)
    if (mark === undefined || inline) return length
    return mark === 0 ? Math.max(0, length - 1) : Math.min(mark, length)
  }

  fill(uio: Uio, max: number): number {
    return this.#ring.fill(uio, max)
  }

  /** The last byte that came is urgent; an older one that nobody read loses its mark. */
  markUrgent(): void {
    this.#urgentAt = this.#taken + this.#ring.length - 1
    this.#urgent = 'waits'
  }

  /** Hands bytes to a reader up to the next mark; the count. `discard`: as many as he has room for are thrown away instead. */
  take(
    uio: Uio,
    max: number,
    options: { readonly peek: boolean; readonly inline: boolean; readonly discard: boolean },
  ) {
    let from = 0
    if (this.#urgentAt === this.#taken && !options.inline) {
      from = 1
      if (!options.peek) this.#drop(1)
    }
    const start = options.peek ? from : 0
    const mark = this.#urgentAt === undefined ? Number.POSITIVE_INFINITY : this.#urgentAt - this.#taken
    // At the mark itself (in line) it goes on to the end.
    const limit = mark > start && mark !== 0 ? mark - start : Number.POSITIVE_INFINITY
    const most = Math.min(max, limit, this.#ring.length - start)
    if (options.discard) {
      const count = Math.min(most, uio.resid)
      if (!options.peek) this.#drop(count)
      return count
    }
    const count = most <= 0 ? 0 : this.#ring.peek(uio, start, most)
    if (!options.peek) this.#drop(count)
    return count
  }

  #drop(count: number): void {
    this.#ring.skip(count)
    this.#taken += count
    if (this.#urgentAt !== undefined && this.#urgentAt < this.#taken) this.#urgentAt = undefined
  }

  /** recv with MSG_OOB: the urgent byte; undefined if there is none, or it was read. */
  takeUrgent(peek: boolean): number | undefined {
    if (!this.hasUrgent || this.#urgentAt === undefined) return undefined
    if (!peek) this.#urgent = 'read'
    return this.#ring.at(this.#urgentAt - this.#taken)
  }
}
