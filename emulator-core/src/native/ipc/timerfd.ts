/**
 * timerfd(2): sys/kern/sys_timerfd.c. The timer is not armed again until its expirations are asked for, so a tiny interval costs nothing
 * while nobody reads.
 */
import type { Callout } from '../clock.ts'
import { EAGAIN, EINVAL } from '../errno.ts'
import { File, FREAD, FWRITE } from '../file.ts'
import type { Kernel } from '../kernel.ts'
import { selinfoFilter } from '../kqueue/filterops.ts'
import { EVFILT_READ, type Filterops, type Knote } from '../kqueue/knote.ts'
import type { Lwp } from '../lwp.ts'
import { POLLIN, POLLRDNORM, SelInfo } from '../selinfo.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'
import type { Stat } from '../stat.ts'
import type { WallClock } from '../time-namespace.ts'
import type { Uio } from '../uio.ts'
import { anonymousStat, seekNowhere } from './anonymous-stat.ts'

/** struct itimerspec in nanoseconds: until the first expiration (0: disarmed), and between the others (0: only one). */
export interface TimerSetting {
  readonly value: number
  readonly interval: number
}

export class Timerfd extends File {
  readonly type = 'timerfd'
  readonly kernel: Kernel
  /** What absolute times are times of. */
  readonly clock: WallClock
  readonly #selinfo = new SelInfo()
  readonly #wait = new WaitChannel('timerfd_read')
  #callout: Callout | undefined
  /** Monotonic time of the next expiration that was not counted yet; undefined when disarmed. */
  #next: number | undefined
  #interval = 0
  #expirations = 0

  constructor(kernel: Kernel, clock: WallClock, flags: number) {
    super(FREAD | FWRITE | flags)
    this.kernel = kernel
    this.clock = clock
  }

  override describe(): string {
    return 'anon_inode:[timerfd]'
  }

  /** timerfd_settime. `at`: the monotonic time of the first expiration, undefined to disarm; `interval` in ns. The old setting. */
  set(at: number | undefined, interval: number): TimerSetting {
    const old = this.get()
    this.#callout?.cancel()
    this.#callout = undefined
    this.#expirations = 0
    this.#next = at
    this.#interval = interval
    this.#arm()
    this.#catchUp()
    this.#trace(this.kernel.current)
    return old
  }

  /** A time that has come counts at once, whether the callout ran already or not. */
  #catchUp(): void {
    if (this.#next === undefined || this.#callout === undefined) return
    if (this.#next > this.kernel.clock.monotonic()) return
    this.#callout.cancel()
    this.#expired()
  }

  /** timerfd_gettime. */
  get(): TimerSetting {
    this.#catchUp()
    this.#count()
    const left = this.#next === undefined ? 0 : Math.max(1, this.#next - this.kernel.clock.monotonic())
    return { value: left, interval: this.#interval }
  }

  #arm(): void {
    if (this.#next === undefined || this.#callout !== undefined) return
    this.#callout = this.kernel.clock.schedule(this.#next, () => this.#expired())
  }

  #expired(): void {
    this.#callout = undefined
    if (this.#expirations === 0) this.#expirations = 1
    this.#next = this.#next !== undefined && this.#interval > 0 ? this.#next + this.#interval : undefined
    this.#wait.wakeAll()
    this.#selinfo.notify(POLLIN | POLLRDNORM)
    this.#trace(undefined)
  }

  /** `l`: whose doing it is; undefined: time's. */
  #trace(l: Lwp | undefined): void {
    const { trace } = this.kernel
    if (trace === undefined) return
    const note = this.#next === undefined ? 'not armed' : ''
    const state = { file: this.id, readable: this.#expirations, writable: 0, peer: 0, due: this.#next ?? 0, note }
    trace.emit('object-state', l, state)
  }

  /** Counts the expirations that passed since the timer fired last, and arms it for the next. */
  #count(): void {
    const now = this.kernel.clock.monotonic()
    if (this.#next !== undefined && this.#callout === undefined) {
      const passed = Math.max(0, Math.floor((now - this.#next) / this.#interval) + 1)
      this.#expirations += passed
      this.#next += passed * this.#interval
      this.#arm()
    }
  }

  override read(l: Lwp, uio: Uio): MaybeBlocking<number> {
    if (uio.resid < 8) throw EINVAL
    this.#catchUp()
    if (this.#expirations > 0) return this.#take(uio)
    if (this.nonblocking) throw EAGAIN
    return this.#readBlocking(l, uio)
  }

  *#readBlocking(l: Lwp, uio: Uio): Kthread<number> {
    while (this.#expirations === 0) yield* cvWaitSig(l, this.#wait)
    return this.#take(uio)
  }

  #take(uio: Uio): number {
    this.#count()
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.#expirations), true)
    this.#expirations = 0
    this.#trace(this.kernel.current)
    return uio.write(bytes)
  }

  override write(): number {
    throw EINVAL
  }

  /** Not POLLRDNORM: as Linux. */
  override poll(events: number): number {
    this.#catchUp()
    return this.#expirations > 0 ? events & POLLIN : 0
  }

  override pollSources(): readonly SelInfo[] {
    return [this.#selinfo]
  }

  override kqfilter(kn: Knote): Filterops {
    if (kn.kevent.filter !== EVFILT_READ) throw EINVAL
    return selinfoFilter('timerfd_read', this.#selinfo, k => {
      k.kevent.data = this.#expirations
      return this.#expirations > 0
    })
  }

  override seek(l: Lwp): number {
    return seekNowhere(l, this)
  }

  override stat(l: Lwp): Stat {
    return anonymousStat(l)
  }

  override close(): void {
    this.#callout?.cancel()
    this.#callout = undefined
  }
}
