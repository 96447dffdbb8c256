/**
 * Timers that send signals: sys/kern/kern_time.c (struct itimer, struct ptimers), kern_itimer. Times are ns.
 * A timer that repeats is armed again only when its signal has been taken, so a tiny interval cannot flood the kernel.
 */
import type { Callout } from './clock.ts'
import type { Kernel } from './kernel.ts'
import type { Lwp } from './lwp.ts'
import type { Proc } from './proc.ts'
import { RLIMIT_CPU } from './resource-limits.ts'
import { SIGALRM, SIGKILL, SIGPROF, SIGVTALRM, SIGXCPU } from './signal/numbers.ts'
import { postSignal, postSignalToLwp } from './signal/post.ts'
import { SI_KERNEL, SI_TIMER, type SigInfo } from './signal/siginfo.ts'
import type { WallClock } from './time-namespace.ts'
import type { Usage } from './usage.ts'

/** What a timer runs by. */
export interface TimeBase {
  now(): number
  /** The monotonic time at which it may have come to `at`. */
  earliest(at: number): number
}

export function wallBase(kernel: Kernel): TimeBase {
  return { now: () => kernel.clock.monotonic(), earliest: at => at }
}

/** A process that waits uses no processor time: it is looked at no more often than this. */
const CPU_LOOK = 1e6

/** Processor time: of user code only, or all. */
export function cpuBase(kernel: Kernel, usage: Usage, userOnly: boolean): TimeBase {
  const now = (): number => {
    kernel.scheduler.charge()
    return userOnly ? usage.user : usage.user + usage.system
  }
  return { now, earliest: at => kernel.clock.monotonic() + Math.max(CPU_LOOK, at - now()) }
}

/** struct itimerspec: until the next expiration (0: disarmed), and between the others (0: only one). */
export interface TimerValue {
  readonly value: number
  readonly interval: number
}

export class IntervalTimer {
  readonly #kernel: Kernel
  readonly #base: TimeBase
  /** Tells somebody; undefined: nobody is told, one has to ask. */
  readonly #expired: (() => void) | undefined
  #callout: Callout | undefined
  /** The expiration that comes next, or that has come and not been taken; undefined: disarmed. */
  #next: number | undefined
  #interval = 0

  constructor(kernel: Kernel, base: TimeBase, expired: (() => void) | undefined) {
    this.#kernel = kernel
    this.#base = base
    this.#expired = expired
  }

  now(): number {
    return this.#base.now()
  }

  /** `at` in the base's time; undefined: disarm. */
  set(at: number | undefined, interval: number): void {
    this.#callout?.cancel()
    this.#callout = undefined
    this.#next = at
    this.#interval = interval
    this.#arm()
  }

  get(): TimerValue {
    const interval = this.#interval
    if (this.#next === undefined) return { value: 0, interval }
    const left = this.#next - this.#base.now()
    if (left > 0) return { value: left, interval }
    if (interval > 0) return { value: interval - (-left % interval), interval }
    // It has expired; if the callout has still to run, it counts as armed.
    return { value: this.#callout === undefined ? 0 : 1, interval }
  }

  /** Arms a timer that has expired for its next expiration. @returns how many have passed besides the one that was told. */
  proceed(): number {
    if (this.#next === undefined || this.#callout !== undefined) return 0
    if (this.#interval === 0) {
      this.#next = undefined
      return 0
    }
    const missed = Math.max(0, Math.floor((this.#base.now() - this.#next) / this.#interval))
    this.#next += (missed + 1) * this.#interval
    this.#arm()
    return missed
  }

  #arm(): void {
    if (this.#next === undefined || this.#expired === undefined) return
    this.#callout = this.#kernel.clock.schedule(this.#base.earliest(this.#next), () => this.#look())
  }

  #look(): void {
    this.#callout = undefined
    if (this.#next === undefined) return
    if (this.#base.now() < this.#next) this.#arm()
    else this.#expired?.()
  }
}

/** Where a POSIX timer's signal goes: a process or one of its threads; undefined: nowhere (SIGEV_NONE). */
export interface TimerSignal {
  readonly signo: number
  readonly value: bigint
  readonly thread: Lwp | undefined
}

/** A timer of timer_create(2). */
export class PosixTimer {
  readonly id: number
  readonly timer: IntervalTimer
  /** What absolute times are times of. */
  readonly clock: WallClock | 'cpu'
  /** Expirations that the last signal stood for besides its own. */
  overrun = 0
  readonly #proc: Proc

  constructor(p: Proc, id: number, base: TimeBase, clock: WallClock | 'cpu', signal: TimerSignal | undefined) {
    this.id = id
    this.clock = clock
    this.#proc = p
    this.timer = new IntervalTimer(p.kernel, base, signal === undefined ? undefined : () => this.#expired(signal))
  }

  #expired({ signo, value, thread }: TimerSignal): void {
    if (thread?.state === 'dead') return
    const info = { code: SI_TIMER, timerId: this.id, value, overrun: 0, taken: (i: SigInfo) => this.#taken(i) }
    const pending = thread?.signals.pending ?? this.#proc.signals.pending
    const queued = thread === undefined ? postSignal(this.#proc, signo, info) : postSignalToLwp(thread, signo, info)
    // Ignored, merged with another one, or no room: nobody will take this one.
    if (!queued || !pending.holds(info.taken)) this.overrun = this.timer.proceed()
  }

  #taken(info: SigInfo): SigInfo {
    this.overrun = Math.min(this.timer.proceed(), 0x7fff_ffff)
    return { ...info, overrun: this.overrun }
  }
}

export type ItimerKind = 'real' | 'virtual' | 'prof'

const ITIMER_SIGNALS = { real: SIGALRM, virtual: SIGVTALRM, prof: SIGPROF } as const

/** A process's timers: struct ptimers. A child has none at first. */
export class ProcTimers {
  readonly posix = new Map<number, PosixTimer>()
  /** Where a personality that does not give numbers again has come to. */
  nextId = 0
  readonly #proc: Proc
  readonly #itimers = new Map<ItimerKind, IntervalTimer>()
  #cpuLimit: IntervalTimer | undefined

  constructor(p: Proc) {
    this.#proc = p
  }

  itimer(kind: ItimerKind): IntervalTimer {
    let timer = this.#itimers.get(kind)
    if (timer === undefined) {
      timer = this.#make(kind)
      this.#itimers.set(kind, timer)
    }
    return timer
  }

  #make(kind: ItimerKind): IntervalTimer {
    const p = this.#proc
    const base = kind === 'real' ? wallBase(p.kernel) : cpuBase(p.kernel, p.usage, kind === 'virtual')
    const timer: IntervalTimer = new IntervalTimer(p.kernel, base, () => {
      postSignal(p, ITIMER_SIGNALS[kind], { code: SI_KERNEL })
      timer.proceed()
    })
    return timer
  }

  /** RLIMIT_CPU is new: from its soft value on SIGXCPU every second, at its hard one SIGKILL. */
  watchCpuLimit(): void {
    const p = this.#proc
    const seconds = p.limits[RLIMIT_CPU]?.soft ?? Number.POSITIVE_INFINITY
    if (seconds === Number.POSITIVE_INFINITY) {
      this.#cpuLimit?.set(undefined, 0)
      return
    }
    this.#cpuLimit ??= new IntervalTimer(p.kernel, cpuBase(p.kernel, p.usage, false), () => this.#overCpuLimit())
    this.#cpuLimit.set(Math.max(1, seconds) * 1e9, 0)
  }

  #overCpuLimit(): void {
    const p = this.#proc
    const limit = p.limits[RLIMIT_CPU]
    if ((this.#cpuLimit?.now() ?? 0) >= Math.max(1, limit.hard) * 1e9) {
      postSignal(p, SIGKILL, { code: SI_KERNEL })
      return
    }
    postSignal(p, SIGXCPU, { code: SI_KERNEL })
    limit.soft = Math.min(limit.hard, Math.max(1, limit.soft) + 1)
    this.watchCpuLimit()
  }

  /** The lowest number from `from` on that is free. */
  freeId(from: number): number {
    let id = from
    while (this.posix.has(id)) id++
    return id
  }

  /** At exec: interval timers go on, POSIX timers are deleted. */
  deletePosix(): void {
    for (const { timer } of this.posix.values()) timer.set(undefined, 0)
    this.posix.clear()
  }

  stop(): void {
    this.deletePosix()
    for (const timer of this.#itimers.values()) timer.set(undefined, 0)
    this.#cpuLimit?.set(undefined, 0)
  }
}

/** ptimers_free: the process ends. */
export function stopTimers(p: Proc): void {
  p.timers.stop()
}
