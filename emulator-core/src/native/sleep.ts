/**
 * How kernel code waits. A call that may block is a generator (a `Kthread`): it yields a `SleepRequest` to the scheduler, which resumes it when
 * what it waits for has happened. The names are NetBSD's condvar(9); there are no locks, because the kernel never pre-empts itself.
 */
import { EINTR, ERESTART, EWOULDBLOCK } from './errno.ts'
import type { Lwp } from './lwp.ts'

/** What a suspended kernel thread tells the scheduler. */
export interface SleepRequest {
  readonly channels: readonly WaitChannel[]
  /** Kernel monotonic time in nanoseconds at which to give up; Infinity to wait for ever. */
  readonly deadline: number
  /** Whether a signal ends the sleep. */
  readonly catchSignals: boolean
  /** Whether a signal does that will end the process, if no other does (Linux: TASK_KILLABLE). */
  readonly killable?: boolean
  /** What the sleeper waits for, in a word: shown as `wmesg` is by ps(1). */
  readonly message: string
}

/** Why the scheduler resumed a sleeper. */
export type Wakeup = 'woken' | 'timeout' | 'signal'

/** A kernel thread's code: blocks by yielding. */
export type Kthread<T> = Generator<SleepRequest, T, Wakeup>

/** A call that seldom blocks answers at once or with the code that will. */
export type MaybeBlocking<T> = T | Kthread<T>

export function isKthread<T>(x: MaybeBlocking<T>): x is Kthread<T> {
  return typeof x === 'object' && x !== null && typeof (x as { next?: unknown }).next === 'function'
}

/** Waits for a call that may or may not block. */
export function* finish<T>(result: MaybeBlocking<T>): Kthread<T> {
  return isKthread(result) ? yield* result : result
}

/** Sleepers on one condition, woken in the order they came. */
export class WaitChannel {
  readonly name: string
  readonly sleepers = new Set<Lwp>()
  /** Of the waiters of an epoll instance or kqueue: its id; else 0. */
  readonly epoll: number

  constructor(name: string, epoll = 0) {
    this.name = name
    this.epoll = epoll
  }

  /** cv_broadcast(9). */
  wakeAll(): void {
    if (this.sleepers.size === 0) return
    for (const l of [...this.sleepers]) l.wake('woken', this)
  }

  /** cv_signal(9): wakes one. `cause`: what the debugger names as the reason. */
  wakeOne(cause?: object): boolean {
    for (const l of this.sleepers) {
      l.wake('woken', this, cause)
      return true
    }
    return false
  }
}

/** cv_wait(9): sleeps until woken; signals wait. */
export function* cvWait(channel: WaitChannel, message = channel.name): Kthread<void> {
  yield { channels: [channel], deadline: Number.POSITIVE_INFINITY, catchSignals: false, message }
}

/** Sleeps until woken, or until the process is to end. */
export function* cvWaitKillable(channel: WaitChannel): Kthread<Wakeup> {
  const forever = { deadline: Number.POSITIVE_INFINITY, catchSignals: false, killable: true }
  return yield { channels: [channel], ...forever, message: channel.name }
}

/**
 * cv_timedwait_sig(9): sleeps until woken, a signal or the deadline (monotonic nanoseconds).
 * @throws EINTR or ERESTART for a signal (by the handler's SA_RESTART), EWOULDBLOCK when the time is up.
 */
export function* cvTimedwaitSig(
  l: Lwp,
  channels: WaitChannel | readonly WaitChannel[],
  deadline: number,
  message?: string,
): Kthread<void> {
  const list: readonly WaitChannel[] = channels instanceof WaitChannel ? [channels] : channels
  if (l.signalPending()) throw l.signalRestarts() ? ERESTART : EINTR
  const why = yield {
    channels: list,
    deadline,
    catchSignals: true,
    message: message ?? list[0]?.name ?? 'pause',
  }
  if (why === 'signal') throw l.signalRestarts() ? ERESTART : EINTR
  if (why === 'timeout') throw EWOULDBLOCK
}

/** cv_wait_sig(9). @throws EINTR or ERESTART. */
export function* cvWaitSig(l: Lwp, channels: WaitChannel | readonly WaitChannel[], message?: string): Kthread<void> {
  yield* cvTimedwaitSig(l, channels, Number.POSITIVE_INFINITY, message)
}
