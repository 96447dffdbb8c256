/** The end of the machine: with its last process, or because somebody outside says so (cpu_reboot with RB_POWERDOWN, sys/arch/amd64/amd64/machdep.c). */
import { exit1 } from './exit.ts'
import type { Kernel } from './kernel.ts'
import type { Proc } from './proc.ts'
import { SIGKILL } from './signal/numbers.ts'

/** Processes that have not ended; not init, which runs nothing. */
export function livingProcesses(kernel: Kernel): Proc[] {
  return [...kernel.processes.values()].filter(p => p.lwps.size > 0)
}

/** Kills whatever is left, between two turns of the guest's threads. */
export function powerOff(kernel: Kernel): void {
  for (const p of livingProcesses(kernel)) {
    const [l] = p.lwps.values()
    exit1(l, { signo: SIGKILL, core: false })
  }
  kernel.scheduler.onRunnable?.()
}

/** The first program's wait status, once nothing runs any more. */
export function endOfMachine(kernel: Kernel): number | undefined {
  const status = kernel.first?.exitStatus
  if (status === undefined) return undefined
  if (kernel.endsWithFirst) powerOff(kernel)
  for (const p of kernel.processes.values()) if (p.lwps.size > 0) return undefined
  return status
}
