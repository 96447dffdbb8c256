/** What the rest of the kernel needs of the scheduler; run-loop.ts has the loop. */
import type { Lwp } from './lwp.ts'

export interface Scheduler {
  makeRunnable(l: Lwp): void
  /** Called once a thread may run, for whoever waits for the outside while all sleep. */
  onRunnable: (() => void) | undefined
  /** The thread is gone, or its process ends: out of the queue, its kernel code unwound, its sleep over. */
  forget(l: Lwp): void
  /** Gives up the rest of the time slice (sched_yield). */
  yieldNow(): void
  /** Charges the processor time of the running thread up to now to its process, so that it can be asked. */
  charge(): void
  /** Brings `Lwp.registers` of the thread on the processor up to date; and the other way round. */
  saveRegisters(): void
  reloadRegisters(): void
}
