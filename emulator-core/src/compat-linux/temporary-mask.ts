/** A signal mask for the length of one call: ppoll, pselect6, epoll_pwait. */
import { EINTR, EINVAL, ERESTART } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { SIG_IGN } from '../native/signal/proc-signals.ts'
import { SigSet } from '../native/signal/sigset.ts'
import type { Kthread } from '../native/sleep.ts'

/** sigset_t of a Linux program. @throws EFAULT. */
export function readSigSet(l: Lwp, address: number): SigSet {
  return new SigSet(l.memory.readI32(address), l.memory.readI32(address + 4))
}

/** The optional mask argument. @throws EINVAL unless its size is 8, EFAULT. */
export function readMaskArgument(l: Lwp, address: number, size: number): SigSet | undefined {
  if (address === 0) return undefined
  if (size !== 8) throw EINVAL
  return readSigSet(l, address)
}

/** Runs `body` under `mask`. A signal that ends it finds the mask still in force, so its handler runs; the old one comes back after it. */
export function* withTemporaryMask<T>(l: Lwp, mask: SigSet | undefined, body: Kthread<T>): Kthread<T> {
  if (mask === undefined) return yield* body
  l.signals.beginTemporaryMask(mask)
  let interrupted = false
  try {
    return yield* body
  } catch (e) {
    interrupted = e === EINTR || e === ERESTART
    throw e
  } finally {
    if (!interrupted) l.signals.endTemporaryMask()
  }
}

/** What a wait that no SA_RESTART restarts answers to a signal: EINTR for a handler, a restart where there is none (ERESTARTNOHAND). */
export function interruption(l: Lwp): typeof EINTR {
  const signo = l.signals.deliverable(l.proc)
  return signo === 0 || l.proc.signals.action(signo).handler > SIG_IGN ? EINTR : ERESTART
}
