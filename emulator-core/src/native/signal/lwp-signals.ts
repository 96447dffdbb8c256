/** A thread's side of signals: mask, alternate stack, what is pending for it alone (struct lwp's l_sigmask, l_sigpend, l_sigstk). */
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import { SIGKILL, SIGSTOP } from './numbers.ts'
import { SigPending } from './proc-signals.ts'
import { SI_USER, type SigInfo } from './siginfo.ts'
import { SigSet } from './sigset.ts'

export interface AltStack {
  sp: number
  size: number
  flags: number
}

export const SS_ONSTACK = 1
export const SS_DISABLE = 2
export const SS_AUTODISARM = 0x8000_0000

export class SignalState {
  readonly mask = new SigSet()
  /** The mask to go back to when a call with a mask of its own (ppoll, sigsuspend) is over: restored after the handler ran, or at the call's end. */
  savedMask: SigSet | undefined
  /** Signals sigtimedwait waits for: they wake the thread although they are blocked. */
  waitingFor: SigSet | undefined
  readonly pending = new SigPending()
  altStack: AltStack = { sp: 0, size: 0, flags: SS_DISABLE }

  /** The signal that would be delivered next, 0 if none: its own before the process's; the synchronous ones are always the lowest. */
  deliverable(p: Proc): number {
    const own = this.pending.set
    const shared = p.signals.pending.set
    if ((own.low | own.high | shared.low | shared.high) === 0) return 0
    const signo = own.firstWithout(this.mask)
    return signo !== 0 ? signo : shared.firstWithout(this.mask)
  }

  /** Whether something must be done before the thread goes back to its program. */
  needsAttention(p: Proc): boolean {
    const own = this.pending.set
    const shared = p.signals.pending.set
    return (own.low | own.high | shared.low | shared.high | p.stoppedBy) !== 0 || this.savedMask !== undefined
  }

  take(p: Proc, signo: number): SigInfo | undefined {
    return this.pending.take(signo) ?? p.signals.pending.take(signo)
  }

  /** What `take` would take, for whoever wants to know before. */
  first(p: Proc, signo: number): SigInfo {
    return this.pending.first(signo) ?? p.signals.pending.first(signo) ?? { signo, code: SI_USER }
  }

  setMask(set: SigSet): void {
    this.mask.assign(set)
    this.mask.delete(SIGKILL)
    this.mask.delete(SIGSTOP)
  }

  /** Puts a mask in force for the length of a call (ppoll, pselect6, epoll_pwait, sigsuspend). */
  beginTemporaryMask(set: SigSet): void {
    this.savedMask ??= this.mask.clone()
    this.setMask(set)
  }

  /** The call is over and no handler ran: the old mask again. */
  endTemporaryMask(): void {
    if (this.savedMask === undefined) return
    this.mask.assign(this.savedMask)
    this.savedMask = undefined
  }
}

/** Takes a waiting signal of a set: the thread's own first. */
export function takeOneOf(l: Lwp, set: SigSet): SigInfo | undefined {
  const others = new SigSet(~set.low, ~set.high)
  const signo = l.signals.pending.set.firstWithout(others) || l.proc.signals.pending.set.firstWithout(others)
  return signo === 0 ? undefined : l.signals.take(l.proc, signo)
}
