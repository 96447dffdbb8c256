/** eventfd(2): sys/kern/sys_eventfd.c. A 64-bit counter with waiting. */
import { EAGAIN, EINVAL } from '../errno.ts'
import { File, FREAD, FWRITE } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { selinfoFilter } from '../kqueue/filterops.ts'
import { EVFILT_READ, EVFILT_WRITE, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLERR, POLLIN, POLLOUT, SelInfo } from '../selinfo.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { Uio } from '../uio.ts'
import { anonymousStat, seekNowhere } from './anonymous-stat.ts'

const MAX = 2n ** 64n - 2n
const FULL = 2n ** 64n - 1n

export class Eventfd extends File {
  readonly type = 'eventfd'
  readonly kernel: Kernel
  readonly #semaphore: boolean
  #value: bigint
  readonly #selinfo = new SelInfo()
  readonly #readWait = new WaitChannel('eventfd_read')
  readonly #writeWait = new WaitChannel('eventfd_write')

  constructor(kernel: Kernel, initial: number, semaphore: boolean, flags: number) {
    super(FREAD | FWRITE | flags)
    this.kernel = kernel
    this.#value = BigInt(initial)
    this.#semaphore = semaphore
  }

  get value(): bigint {
    return this.#value
  }

  override info(): string {
    return `eventfd-count: ${this.#value.toString(16).padStart(16)}\n`
  }

  override describe(): string {
    return 'anon_inode:[eventfd]'
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (uio.resid < 8) throw EINVAL
    if (this.#value > 0n) return this.#take(uio)
    if (this.nonblocking) throw EAGAIN
    return this.#readBlocking(l, uio)
  }

  *#readBlocking(l: Lwp, uio: Uio): Kthread<number> {
    while (this.#value === 0n) yield* cvWaitSig(l, this.#readWait)
    return this.#take(uio)
  }

  #take(uio: Uio): number {
    const taken = this.#semaphore ? 1n : this.#value
    this.#value -= taken
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, taken, true)
    this.#changed(POLLOUT)
    this.#writeWait.wakeAll()
    return uio.write(bytes)
  }

  override write(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (uio.resid < 8) throw EINVAL
    const bytes = new Uint8Array(8)
    uio.read(bytes)
    const add = new DataView(bytes.buffer).getBigUint64(0, true)
    if (add > MAX) throw EINVAL
    if (this.#value + add <= MAX) return this.#add(add)
    if (this.nonblocking) throw EAGAIN
    return this.#writeBlocking(l, add)
  }

  *#writeBlocking(l: Lwp, add: bigint): Kthread<number> {
    while (this.#value + add > MAX) yield* cvWaitSig(l, this.#writeWait)
    return this.#add(add)
  }

  /** Adds one on the kernel's behalf (eventfd_signal): never waits, and may fill the counter to the brim, which is an error to poll. */
  signal(): void {
    if (this.#value < FULL) this.#add(1n)
  }

  #add(add: bigint): number {
    this.#value += add
    this.#changed(POLLIN)
    this.#readWait.wakeAll()
    return 8
  }

  #changed(events: number): void {
    this.#selinfo.notify(events)
    const state = { file: this.id, readable: Number(this.#value), writable: 1, peer: 0, due: 0, note: '' }
    this.kernel.trace?.emit('object-state', this.kernel.current, state)
  }

  /** Not POLLRDNORM, nor POLLWRNORM: as Linux. */
  override poll(events: number): number {
    const now = (this.#value > 0n ? POLLIN : 0) | (this.#value < MAX ? POLLOUT : 0)
    return this.#value === FULL ? (now & events) | POLLERR : now & events
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#selinfo]
  }

  override kqfilter(kn: Knote): Filterops {
    switch (kn.kevent.filter) {
      case EVFILT_READ:
        return selinfoFilter('eventfd_read', this.#selinfo, k => {
          k.kevent.data = Number(this.#value)
          return this.#value > 0n
        })
      case EVFILT_WRITE:
        return selinfoFilter('eventfd_write', this.#selinfo, k => {
          k.kevent.data = Number(MAX - this.#value)
          return this.#value < MAX
        })
      default:
        throw EINVAL
    }
  }

  override seek(l: Lwp): number {
    return seekNowhere(l, this)
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {}
}
