/** What the rest of the kernel needs of the scheduler; run-loop.ts has the loop. */
import type { Lwp } from './lwp.ts'

export interface Scheduler {
  makeRunnable(l: Lwp): void
}
