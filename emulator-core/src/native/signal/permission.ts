/** Who may do what to whom: kauth's KAUTH_PROCESS_SIGNAL and KAUTH_PROCESS_CANSEE (sys/secmodel/suser/secmodel_suser.c, bsd44's signal listener). */
import { CAP_KILL, CAP_SYS_PTRACE, capabilitiesOf, hasCapability } from '../capability.ts'
import type { Lwp } from '../lwp.ts'
import type { Proc } from '../proc.ts'
import { SIGCONT } from './numbers.ts'

export function canSignal(from: Lwp, to: Proc, signo: number): boolean {
  if (from.proc === to) return true
  const a = from.credentials
  const b = to.credentials
  if (a.euid === b.suid || a.euid === b.uid || a.uid === b.suid || a.uid === b.uid) return true
  if (hasCapability(a, CAP_KILL)) return true
  return signo === SIGCONT && from.proc.session === to.session
}

/** Whether a process may look into another's memory and descriptors: the same user by all its ids, or a privileged one (Linux: ptrace_may_access). */
export function mayInspect(from: Lwp, to: Proc): boolean {
  if (from.proc === to || hasCapability(from.credentials, CAP_SYS_PTRACE)) return true
  const { uid, gid } = from.credentials
  const b = to.credentials
  const same = [b.uid, b.euid, b.suid].every(id => id === uid) && [b.gid, b.egid, b.sgid].every(id => id === gid)
  const { permitted } = capabilitiesOf(from.credentials)
  return same && to.dumpable === 1 && (capabilitiesOf(b).permitted & ~permitted) === 0n
}
