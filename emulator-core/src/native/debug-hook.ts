/**
 * The kernel's door to a debugger. `undefined` in the kernel when nobody debugs, so that a plain run pays one test a call.
 *
 * Each callback answers whether the guest must stop here. To stop, the run loop leaves every thread as it is and comes back from its slice
 * with `stopped`; the next slice goes on exactly where this one stopped. The callback is not asked again for the same place.
 */
import type { Lwp } from './lwp.ts'
import type { SigInfo } from './signal/siginfo.ts'
import type { Use } from './uvm/watch.ts'

export type Verdict = 'run' | 'stop'

export interface DebugHook {
  /** The kernel begins, or goes on, to work for the thread's call. */
  kernelEntered(l: Lwp): void
  /** It is done, or the thread sleeps. */
  kernelLeft(l: Lwp): void
  /** The thread made a call: its entry has been recorded, its handler has not begun. */
  beforeSyscall(l: Lwp, nr: number): Verdict
  /** The call is over: `result` is what %rax gets (an errno negative), `outcome` one of the grammar's OUTCOME_ numbers. */
  afterSyscall(l: Lwp, nr: number, result: number, outcome: number): Verdict
  /** A signal is about to be delivered (handler, death, stop…). */
  onSignal(l: Lwp, info: SigInfo): Verdict
  /** A named divergence was met. The stop may come a little later: at the end of the call. */
  onDivergence(l: Lwp, id: string): void
  /** The thread's process has mapped a file to execute, or executes another program. */
  onCodeMapped(l: Lwp): void
  /** Whether `onBreakpoint` is to be asked there: the engine passes over a breakpoint at which a run begins. */
  hasBreakpoint(address: number): boolean
  /** The thread is at an address given to `Machine.setBreakpoint`. */
  onBreakpoint(l: Lwp, address: number): Verdict
  /** The thread has executed one instruction after `wantsStep` said yes. */
  onInstruction(l: Lwp): Verdict
  /** Memory that is watched (`VmSpace.watch`) has been used, by the thread or while it was not in its program. */
  onUse(l: Lwp, use: Use): Verdict
  /** Whether this thread is to execute a single instruction instead of a slice. */
  wantsStep(l: Lwp): boolean
  /** The thread that runs before all others whenever it can, by its number; undefined: each has its turn. */
  readonly preferred: number | undefined
}

/** What a slice came to: the contract between the run loop and whoever drives it. */
export type SliceResult =
  /** Time is up; there is more to run now. */
  | { readonly kind: 'more' }
  /** Every thread sleeps. `until`: monotonic ns at which a callout is due, Infinity for none. */
  | { readonly kind: 'idle'; readonly until: number }
  /** The debug hook said stop. */
  | { readonly kind: 'stopped'; readonly thread: Lwp }
  /** Every process is gone: the first one's wait status, in wait(2)'s form. */
  | { readonly kind: 'exited'; readonly status: number }
