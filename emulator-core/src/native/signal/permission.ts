/** Who may send signals to whom: kauth's KAUTH_PROCESS_SIGNAL (sys/secmodel/suser/secmodel_suser.c, bsd44's signal listener). */
import type { Proc } from '../proc.ts'
import { SIGCONT } from './numbers.ts'

export function canSignal(from: Proc, to: Proc, signo: number): boolean {
  if (from === to) return true
  const a = from.credentials
  const b = to.credentials
  if (a.euid === 0 || a.euid === b.suid || a.euid === b.uid || a.uid === b.suid || a.uid === b.uid) return true
  return signo === SIGCONT && from.session === to.session
}
