/** Where NetBSD's emulation and Linux differ; the list is compat-linux/divergences.ts's. */
import type { Lwp } from './lwp.ts'

/** Whether a divergence is in force for this thread's kernel; says so in the trace. Ask when it makes a difference, not before. */
export function meets(l: Lwp, id: string, detail: string): boolean {
  if (!l.proc.kernel.diverges(id)) return false
  tellDivergence(l, id, detail)
  return true
}

/** Tells the trace and the debugger of a divergence that was met. `detail` begins with `descriptor N` where one is meant. */
export function tellDivergence(l: Lwp, id: string, detail: string): void {
  const { trace, hook } = l.proc.kernel
  trace?.emit('divergence', l, { id, detail })
  hook?.onDivergence(l, id)
}

/** Whether anybody hears of divergences: if not, nothing needs to be compared. */
export function divergencesAreHeard(l: Lwp): boolean {
  const { trace, hook } = l.proc.kernel
  return hook !== undefined || trace?.records('divergence') === true
}
