/** A foreign system's programs on this kernel: struct emul, sys/sys/proc.h. There is one, Linux's; `native` knows no more of it than this. */
import type { Lwp } from './lwp.ts'
import type { SigAction } from './signal/proc-signals.ts'
import type { SigInfo } from './signal/siginfo.ts'
import type { SigSet } from './signal/sigset.ts'

/** What became of a thread that entered the kernel. */
export type Progress =
  /** It goes back to its program. */
  | 'user'
  /** Its kernel code waits in `l.kernel`: run it. */
  | 'kernel'
  /** The debugger wants the guest to stop here. */
  | 'stop'
  /** It is no more. */
  | 'dead'

export interface Emulation {
  /** e_syscall: the thread executed `syscall`; its registers are the machine's. */
  syscall(l: Lwp): Progress
  /** The kernel code of a call in progress is over, with a result or an error. */
  syscallDone(l: Lwp, result: number): Progress
  syscallFailed(l: Lwp, error: unknown): Progress
  /** e_lwp_exit: a thread ends, its memory is still there. */
  threadExit(l: Lwp): void
  /** The thread was away from the processor and goes back to its program; called only if it has `sequences`. */
  resumed(l: Lwp): void
  /** e_sendsig: makes the thread's next instruction the handler's. False if there is no stack for the frame. */
  sendsig(l: Lwp, info: SigInfo, action: SigAction, returnMask: SigSet): boolean
}
