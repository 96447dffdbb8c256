/** What happens on a thread's way back to its program: signals, stops (lwp_userret, issignal and postsig; sys/kern/kern_sig.c). */

import { coredump } from '../core.ts'
import { meets } from '../divergence.ts'
import type { Progress } from '../emulation.ts'
import { exit1 } from '../exit.ts'
import type { Kernel } from '../kernel.ts'
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import { isOrphaned } from '../process-group.ts'
import { forceSignal } from '../trap.ts'
import { type DefaultAction, defaultAction, SIGCHLD, SIGILL, SIGSEGV, SIGSTOP } from './numbers.ts'
import { postSignal } from './post.ts'
import { SA_NOCLDSTOP, SA_NODEFER, SA_RESETHAND, SIG_DFL, SIG_IGN } from './proc-signals.ts'
import { reportSignal } from './report.ts'
import { CLD_STOPPED, SI_KERNEL, type SigInfo } from './siginfo.ts'

/** 'asleep': stopped by job control. */
export function userret(l: Lwp): Progress | 'asleep' {
  const p = l.proc
  for (;;) {
    if (p.stoppedBy !== 0) {
      l.state = 'stopped'
      return 'asleep'
    }
    const signo = l.signals.deliverable(p)
    if (signo === 0) {
      l.signals.endTemporaryMask()
      return 'user'
    }
    if (l.announcedSignal !== signo && p.kernel.hook?.onSignal(l, l.signals.first(p, signo)) === 'stop') {
      l.announcedSignal = signo
      return 'stop'
    }
    l.announcedSignal = 0
    const info = l.signals.take(p, signo)
    if (info !== undefined && !deliver(l, info)) return 'dead'
  }
}

/** False if the process is gone. */
function deliver(l: Lwp, info: SigInfo): boolean {
  const p = l.proc
  const { signo } = info
  const action = p.signals.action(signo)
  if (action.handler === SIG_IGN) {
    reportSignal(l, info, 'ignore', 0)
    return true
  }
  if (action.handler === SIG_DFL) return byDefault(l, info)
  reportSignal(l, info, 'handler', action.handler)
  const returnMask = l.signals.savedMask ?? l.signals.mask.clone()
  l.signals.savedMask = undefined
  if (!p.kernel.emulation.sendsig(l, info, action, returnMask)) return withoutStack(l, signo)
  l.signals.mask.addAll(action.mask)
  if ((action.flags & SA_NODEFER) === 0) l.signals.mask.add(signo)
  l.signals.setMask(l.signals.mask)
  if ((action.flags & SA_RESETHAND) !== 0) p.signals.setAction(signo, { ...action, handler: SIG_DFL })
  return true
}

/** There is no stack for the frame, so the program cannot be told. NetBSD: sigexit(l, SIGILL); Linux: force_sigsegv, which another stack may have room for. */
function withoutStack(l: Lwp, signo: number): boolean {
  if (meets(l, NO_STACK, `signal ${signo}`)) {
    exit1(l, { signo: SIGILL, core: coredump(l, { signo: SIGILL, code: SI_KERNEL }) })
    return false
  }
  const { signals } = l.proc
  if (signo === SIGSEGV) signals.setAction(SIGSEGV, { ...signals.action(SIGSEGV), handler: SIG_DFL })
  forceSignal(l, { signo: SIGSEGV, code: SI_KERNEL })
  return true
}

const NO_STACK = 'signal.no-stack'

function byDefault(l: Lwp, info: SigInfo): boolean {
  const p = l.proc
  const what = effectOf(p, info.signo)
  reportSignal(l, info, what, 0)
  switch (what) {
    case 'terminate':
    case 'core':
      exit1(l, { signo: info.signo, core: what === 'core' && coredump(l, info) })
      return false
    case 'stop': {
      p.stop(info.signo)
      const { parent } = p
      suspendIfAllStopped(p.kernel)
      if (parent === undefined) break
      if ((parent.signals.action(SIGCHLD).flags & SA_NOCLDSTOP) === 0) {
        postSignal(parent, SIGCHLD, { code: CLD_STOPPED, pid: p.pid, uid: p.credentials.uid, status: info.signo })
      }
      parent.childChanged.wakeAll()
    }
  }
  return true
}

/** The terminal's signals do not stop who would never be let go on (issignal; POSIX, 2.4.3). */
function effectOf(p: Proc, signo: number): DefaultAction {
  const what = defaultAction(signo)
  return what === 'stop' && signo !== SIGSTOP && isOrphaned(p) ? 'ignore' : what
}

/** Nobody within waits for the first program: who started the emulator does, and is told once nothing is left running. */
function suspendIfAllStopped(kernel: Kernel): void {
  if (kernel.first === undefined || kernel.first.stoppedBy === 0) return
  for (const p of kernel.processes.values()) {
    if (p.lwps.size > 0 && p.exitStatus === undefined && p.stoppedBy === 0) return
  }
  kernel.host.terminal.suspend()
}
