/** What has ended a sleep, as a debugger tells it. Kept only while there is one. */
import type { Lwp } from './lwp.ts'
import { SigSet } from './signal/sigset.ts'
import type { Wakeup } from './sleep.ts'

export class Waker {
  readonly why: Wakeup
  /** Of the thread that did it; undefined: nobody, a timer or the world outside. Numbers, as it may be gone when somebody asks. */
  readonly thread: { readonly tid: number; readonly pid: number } | undefined
  /** The call that it was in, -1 for none. */
  readonly syscall: number
  /** The signal that came, 0 for none. */
  readonly signo: number
  /** What became ready: a knote. */
  readonly cause: object | undefined

  constructor(sleeper: Lwp, why: Wakeup, by: Lwp | undefined, cause: object | undefined) {
    this.why = why
    this.thread = by === undefined ? undefined : { tid: by.id, pid: by.proc.pid }
    this.syscall = by?.syscall ?? -1
    this.signo = why === 'signal' ? arrived(sleeper) : 0
    this.cause = cause
  }
}

/** The signal that has come: one to be delivered, or one that is blocked and waited for (sigtimedwait). */
function arrived({ proc, signals }: Lwp): number {
  const signo = signals.deliverable(proc)
  const { waitingFor } = signals
  if (signo !== 0 || waitingFor === undefined) return signo
  const others = new SigSet(~waitingFor.low, ~waitingFor.high)
  return signals.pending.set.firstWithout(others) || proc.signals.pending.set.firstWithout(others)
}
