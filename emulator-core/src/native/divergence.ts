/** Where NetBSD's emulation and Linux differ; the list is compat-linux/divergences.ts's. */
import type { Lwp } from './lwp.ts'

/** Whether a divergence is in force for this thread's kernel; says so in the trace. Ask when it makes a difference, not before. */
export function meets(l: Lwp, id: string, detail: string): boolean {
  const { kernel } = l.proc
  if (!kernel.diverges(id)) return false
  kernel.trace?.emit('divergence', l, { id, detail })
  kernel.hook?.onDivergence(l, id)
  return true
}
