/** Linux's own epoll as an open file: struct eventpoll, fs/eventpoll.c. Where NetBSD has a kqueue, Linux has this. */
import { EFAULT, EINTR, EINVAL, ERESTART, EWOULDBLOCK } from '../native/errno.ts'
import { File, FREAD, FWRITE } from '../native/file.ts'
import { anonymousStat } from '../native/ipc/anonymous-stat.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLIN, POLLRDNORM, type SelInfo } from '../native/selinfo.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from '../native/sleep.ts'
import type { Stat } from '../native/stat.ts'
import type { EpollItem } from './epoll-item.ts'
import { type Delivery, ReadyList, type ReadyListOwner } from './ready-list.ts'

/** Hands the program the event that is its number `index`. @throws EFAULT. */
type Hand = (delivery: Delivery, index: number) => void

export class EventPoll extends File implements ReadyListOwner {
  readonly type = 'epoll'
  readonly kernel: Kernel
  readonly readyList = new ReadyList(this)
  readonly #waiters = new WaitChannel('ep_poll', this.id)

  constructor(kernel: Kernel) {
    super(FREAD | FWRITE)
    this.kernel = kernel
  }

  override describe(): string {
    return 'anon_inode:[eventpoll]'
  }

  entered({ fd, file, events }: EpollItem): void {
    const { trace, current } = this.kernel
    trace?.emit('epoll-ready', current, { epoll: this.id, fd, object: file.id, events: events >>> 0 })
  }

  wake(): boolean {
    return this.#waiters.wakeOne()
  }

  /** ep_send_events: up to `room` events of those in the ready list. What cannot be handed over stays in it. @throws EFAULT if that is the first. */
  #collect(room: number, hand: Hand): Delivery[] {
    const taken = this.readyList.take(room)
    const refused = taken.findIndex((delivery, i) => !this.#tell(delivery, i, hand))
    const deliveries = refused < 0 ? taken : taken.slice(0, refused)
    this.readyList.putBack(taken.slice(deliveries.length).map(({ item }) => item))
    if (refused === 0) throw EFAULT
    if (this.readyList.size > 0 && deliveries.length > 0) this.#waiters.wakeOne()
    return deliveries
  }

  #tell(delivery: Delivery, index: number, hand: Hand): boolean {
    try {
      hand(delivery, index)
    } catch (e) {
      if (e === EFAULT) return false
      throw e
    }
    this.readyList.told(delivery.item)
    return true
  }

  /** ep_poll: `timeout` in ns, 0 looks once. @throws EINTR; EFAULT. */
  *wait(l: Lwp, room: number, timeout: number, hand: Hand): Kthread<Delivery[]> {
    const clock = this.kernel.clock
    const deadline = clock.monotonic() + timeout
    for (;;) {
      const deliveries = this.#collect(room, hand)
      if (deliveries.length > 0) return deliveries
      if (timeout <= 0 || clock.monotonic() >= deadline) return []
      try {
        yield* cvTimedwaitSig(l, this.#waiters, deadline)
      } catch (e) {
        if (e === EWOULDBLOCK) return this.#collect(room, hand)
        throw e === ERESTART ? EINTR : e
      }
    }
  }

  override poll(events: number): number {
    return this.readyList.isReady ? events & (POLLIN | POLLRDNORM) : 0
  }

  override pollSources(): readonly SelInfo[] {
    return [this.readyList.selinfo]
  }

  override read(): never {
    throw EINVAL
  }

  override write(): never {
    throw EINVAL
  }

  override seek(): number {
    return 0
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {
    this.readyList.close()
    this.kernel.trace?.emit('epoll-close', this.kernel.current, { epoll: this.id })
  }
}
