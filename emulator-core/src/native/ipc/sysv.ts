/** System V IPC of one machine. */
import type { Kernel } from '../kernel.ts'
import { LINUX_LIMITS, NETBSD_LIMITS, type SysvLimits } from './sysv-limits.ts'
import { MessageQueues } from './sysv-msg.ts'
import { Semaphores } from './sysv-sem.ts'
import { SharedMemory } from './sysv-shm.ts'

export class SystemV {
  readonly shm = new SharedMemory()
  readonly sem = new Semaphores()
  readonly msg = new MessageQueues()
  limits: SysvLimits

  constructor(kernel: Pick<Kernel, 'diverges'>) {
    this.limits = kernel.diverges('sysv.limits') ? NETBSD_LIMITS : LINUX_LIMITS
  }
}
