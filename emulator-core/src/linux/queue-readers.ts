/** Who waits for the events of a queue, in read(2) or in poll(2): inotify's and fanotify's instances. */
import { EAGAIN } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../native/selinfo.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../native/sleep.ts'

const READABLE = POLLIN | POLLRDNORM

export interface EventQueue {
  readonly hasEvents: boolean
  readonly nonblocking: boolean
}

export class QueueReaders {
  readonly sources: readonly [SelInfo] = [new SelInfo()]
  readonly #wait: WaitChannel
  readonly #queue: EventQueue

  /** @param name what a sleeping reader is said to wait for. */
  constructor(name: string, queue: EventQueue) {
    this.#wait = new WaitChannel(name)
    this.#queue = queue
  }

  /** There is an event. */
  wake(): void {
    this.#wait.wakeAll()
    this.sources[0].notify(READABLE)
  }

  poll(events: number): number {
    return this.#queue.hasEvents ? events & READABLE : 0
  }

  /** Takes what there is, or waits for it. @throws EAGAIN, EINTR, and what `take` throws. */
  read(l: Lwp, take: () => number): MaybeBlocking<number> {
    if (this.#queue.hasEvents) return take()
    if (this.#queue.nonblocking) throw EAGAIN
    return this.#blocking(l, take)
  }

  *#blocking(l: Lwp, take: () => number): Kthread<number> {
    while (!this.#queue.hasEvents) yield* cvWaitSig(l, this.#wait)
    return take()
  }
}
