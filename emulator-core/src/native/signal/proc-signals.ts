/** What a process does with signals, and those pending for it as a whole: struct sigacts, struct sigpend (sys/kern/kern_sig.c). */
import { POLLIN, POLLRDNORM, SelInfo } from '../selinfo.ts'
import { defaultAction, NSIG, SIGCONT, SIGRTMIN } from './numbers.ts'
import { SI_TIMER, SI_USER, type SigInfo } from './siginfo.ts'
import { SigSet } from './sigset.ts'

export const SIG_DFL = 0
export const SIG_IGN = 1

export const SA_NOCLDSTOP = 1
export const SA_NOCLDWAIT = 2
export const SA_SIGINFO = 4
export const SA_RESTORER = 0x0400_0000
export const SA_ONSTACK = 0x0800_0000
export const SA_RESTART = 0x1000_0000
export const SA_NODEFER = 0x4000_0000
export const SA_RESETHAND = 0x8000_0000

export interface SigAction {
  /** SIG_DFL, SIG_IGN or the handler's address. */
  readonly handler: number
  readonly flags: number
  readonly restorer: number
  readonly mask: SigSet
}

const DEFAULT: SigAction = { handler: SIG_DFL, flags: 0, restorer: 0, mask: new SigSet() }

/** Signals that wait, with what came with them. */
export class SigPending {
  readonly set = new SigSet()
  #queue: SigInfo[] = []

  /**
   * Real-time signals queue up to `limit`; others merge, so that there is always room for them. Beyond it kill(2)'s merge too, and lose what came with
   * them; a timer has its place already. False if it could not be queued.
   */
  add(info: SigInfo, limit: number): boolean {
    if (info.signo < SIGRTMIN) {
      if (this.set.has(info.signo)) return true
    } else if (this.#queue.length >= limit && info.code !== SI_TIMER) {
      if (info.code !== SI_USER) return false
      if (this.set.has(info.signo)) return true
      this.set.add(info.signo)
      this.#queue.push({ signo: info.signo, code: SI_USER, pid: 0, uid: 0 })
      return true
    }
    this.set.add(info.signo)
    this.#queue.push(info)
    return true
  }

  /** The oldest of a number. */
  first(signo: number): SigInfo | undefined {
    return this.#queue.find(q => q.signo === signo)
  }

  /** Takes the oldest of a number. */
  take(signo: number): SigInfo | undefined {
    const i = this.#queue.findIndex(q => q.signo === signo)
    if (i < 0) return undefined
    const [info] = this.#queue.splice(i, 1)
    if (!this.#queue.some(q => q.signo === signo)) this.set.delete(signo)
    return info.taken?.(info) ?? info
  }

  /** How many wait. */
  get length(): number {
    return this.#queue.length
  }

  /** Whether a signal of that sender waits. */
  holds(taken: SigInfo['taken']): boolean {
    return this.#queue.some(q => q.taken === taken)
  }

  discard(signo: number): void {
    if (!this.set.has(signo)) return
    const dropped = this.#queue.filter(q => q.signo === signo)
    this.#queue = this.#queue.filter(q => q.signo !== signo)
    this.set.delete(signo)
    for (const info of dropped) info.taken?.(info)
  }
}

export class ProcSignals {
  /** Shared by CLONE_SIGHAND. */
  actions: SigAction[]
  readonly pending = new SigPending()
  /** Told when a signal waits, of the process or one of its threads (signalfd). Made when first needed. */
  #arrived: SelInfo | undefined

  constructor(actions: SigAction[] = new Array<SigAction>(NSIG + 1).fill(DEFAULT)) {
    this.actions = actions
  }

  get arrived(): SelInfo {
    this.#arrived ??= new SelInfo()
    return this.#arrived
  }

  tellArrival(): void {
    this.#arrived?.notify(POLLIN | POLLRDNORM)
  }

  action(signo: number): SigAction {
    return this.actions[signo]
  }

  isIgnored(signo: number): boolean {
    const { handler } = this.actions[signo]
    return handler === SIG_IGN || (handler === SIG_DFL && defaultAction(signo) === 'ignore')
  }

  /** Whether a call interrupted by this signal is started again: a handler with SA_RESTART, or no handler at all. */
  restarts(signo: number): boolean {
    const a = this.actions[signo]
    return a.handler <= SIG_IGN || (a.flags & SA_RESTART) !== 0
  }

  /** execve(2): handlers become default, ignored ones stay. */
  reset(): void {
    this.actions = this.actions.map(a => (a.handler === SIG_IGN ? { ...DEFAULT, handler: SIG_IGN } : DEFAULT))
  }

  fork(): ProcSignals {
    return new ProcSignals([...this.actions])
  }

  /** A new action: signals that are now ignored and pending are dropped (POSIX). */
  setAction(signo: number, action: SigAction): void {
    this.actions[signo] = action
    if (this.isIgnored(signo) && signo !== SIGCONT) this.pending.discard(signo)
  }
}
