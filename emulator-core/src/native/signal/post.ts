/** Sending signals: sys/kern/kern_sig.c (kpsignal2, sigpost). */
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import { RLIMIT_SIGPENDING } from '../resource-limits.ts'
import { defaultAction, SIGCHLD, SIGCONT, SIGKILL, SIGPIPE, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU } from './numbers.ts'
import { SA_NOCLDSTOP, SIG_DFL } from './proc-signals.ts'
import { reportSignal } from './report.ts'
import { CLD_CONTINUED, SI_KERNEL, SI_USER, type SigInfo } from './siginfo.ts'

const STOPS = [SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]

/** Sends a signal to a process: some thread that does not block it takes it. False if its queue is full. */
export function postSignal(p: Proc, signo: number, info: Omit<SigInfo, 'signo'> = { code: SI_USER }): boolean {
  return post(p, undefined, { ...info, signo })
}

/** Sends a signal to one thread. */
export function postSignalToLwp(l: Lwp, signo: number, info: Omit<SigInfo, 'signo'> = { code: SI_KERNEL }): boolean {
  return post(l.proc, l, { ...info, signo })
}

/** Sends a thread a signal for what it did, as if it had sent it itself: SIGPIPE, SIGXFSZ. */
export function postOwnSignal(l: Lwp, signo: number): void {
  postSignalToLwp(l, signo, { code: SI_USER, pid: l.proc.pid, uid: l.credentials.uid })
}

/** The thread wrote where nobody reads. */
export function brokenPipe(l: Lwp): void {
  postOwnSignal(l, SIGPIPE)
}

function post(p: Proc, target: Lwp | undefined, info: SigInfo): boolean {
  const { signo } = info
  // Nobody is there to take it: a zombie, or init.
  if (p.exitStatus !== undefined || p.lwps.size === 0) return true
  if (signo === SIGCONT || signo === SIGKILL) {
    for (const s of STOPS) dropEverywhere(p, s)
    const wasStopped = p.stoppedBy !== 0
    p.heldStop = 0
    p.resumeStopped(signo === SIGCONT)
    if (wasStopped && signo === SIGCONT) tellContinued(p)
  } else if (STOPS.includes(signo)) {
    dropEverywhere(p, SIGCONT)
    // "If a child holding parent blocked, stopping could cause deadlock" (kpsignal2).
    if (p.vforkDone !== undefined && p.signals.action(signo).handler === SIG_DFL) {
      p.heldStop = signo
      return true
    }
  }

  const candidates = target === undefined ? [...p.lwps.values()] : [target]
  // An ignored signal is gone at once, unless somebody blocks it and may yet want it, or waits for it.
  const wanted = candidates.some(l => l.signals.mask.has(signo) || l.signals.waitingFor?.has(signo))
  if (p.signals.isIgnored(signo) && !wanted) {
    const witness = candidates.find(l => l.state !== 'dead')
    if (witness !== undefined) reportSignal(witness, info, 'ignore', 0)
    return true
  }

  const pending = target === undefined ? p.signals.pending : target.signals.pending
  if (!pending.add(info, p.limits[RLIMIT_SIGPENDING]?.soft ?? 0)) return false
  p.signals.tellArrival()

  const taker = candidates.find(
    l => l.state !== 'dead' && (!l.signals.mask.has(signo) || l.signals.waitingFor?.has(signo)),
  )
  if (taker === undefined) return true
  const fatal = p.signals.action(signo).handler === SIG_DFL && ['terminate', 'core'].includes(defaultAction(signo))
  for (const l of fatal && signo === SIGKILL ? candidates : [taker]) {
    if (l.sleep?.catchSignals || (fatal && l.sleep?.killable)) l.wake('signal')
  }
  return true
}

/** A thread ends or blocks signals: those that wait for the process may have been meant for it, so the others are asked. */
export function retargetSignals(p: Proc): void {
  if (p.signals.pending.set.isEmpty) return
  for (const l of p.lwps.values()) if (l.sleep?.catchSignals && l.signalPending()) l.wake('signal')
}

/** The parent of a process that goes on hears of it, unless it wants no news but of ends. */
function tellContinued(p: Proc): void {
  const { parent } = p
  if (parent === undefined || (parent.signals.action(SIGCHLD).flags & SA_NOCLDSTOP) !== 0) return
  postSignal(parent, SIGCHLD, { code: CLD_CONTINUED, pid: p.pid, uid: p.credentials.uid, status: SIGCONT })
}

/** A child of vfork(2) lets its parent go on: it executed a program, or ended. */
export function releaseParent(p: Proc): void {
  if (p.vforkDone === undefined) return
  p.vforkDone.wakeAll()
  p.vforkDone = undefined
  const { heldStop } = p
  p.heldStop = 0
  if (heldStop !== 0) postSignal(p, heldStop)
}

function dropEverywhere(p: Proc, signo: number): void {
  p.signals.pending.discard(signo)
  for (const l of p.lwps.values()) l.signals.pending.discard(signo)
}
