/** Looking processes and threads up by number: proc_find and lwp_find, sys/kern/kern_proc.c, kern_lwp.c. */
import type { Kernel } from './kernel.ts'
import type { Lwp } from './lwp.ts'
import type { Proc } from './proc.ts'

/** A living thread, whosever it is. */
export function lwpFind(kernel: Kernel, id: number): Lwp | undefined {
  // A process's first thread, nearly always.
  const first = kernel.processes.get(id)?.lwps.get(id)
  if (first !== undefined) return first
  for (const p of kernel.processes.values()) {
    const found = p.lwps.get(id)
    if (found !== undefined) return found
  }
  return undefined
}

/** The process of a pid or of one of its threads' numbers; zombies too. */
export function procFind(kernel: Kernel, id: number): Proc | undefined {
  return kernel.processes.get(id) ?? lwpFind(kernel, id)?.proc
}
