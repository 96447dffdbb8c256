/**
 * A Linux program's way into the kernel: arguments from registers, the handler by its number, the result into %rax.
 * NetBSD: sys/arch/x86/x86/syscall.c, sys/compat/linux/arch/amd64/linux_machdep.c.
 */
import { Reg } from 'unicorn-engine-node'
import { OUTCOME_NEVER_RETURNS, OUTCOME_RESTART, OUTCOME_RETURNED, OUTCOME_UNIMPLEMENTED } from '../events/grammar.ts'
import type { Emulation, Progress } from '../native/emulation.ts'
import { ERESTART, Errno } from '../native/errno.ts'
import { passLocksOn } from '../native/futex-pi.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { type Owed, sleepForPage } from '../native/page-sleep.ts'
import type { SigAction } from '../native/signal/proc-signals.ts'
import type { SigInfo } from '../native/signal/siginfo.ts'
import type { SigSet } from '../native/signal/sigset.ts'
import { finish, type Kthread } from '../native/sleep.ts'
import { PageWait } from '../native/uvm/user-pager.ts'
import type { Handler } from './call.ts'
import { linuxErrno } from './errno.ts'
import { intArguments, UNSIGNED_INT } from './int-arguments.ts'
import { releaseRobustFutexes, wakeClearTid } from './robust-list.ts'
import { restartSequence } from './rseq.ts'
import { linux_sendsig } from './signal-frame.ts'

/** Who writes calls down; recorder.ts. */
export interface CallRecorder {
  syscallEnter(l: Lwp, nr: number): void
  syscallExit(l: Lwp, nr: number, result: number, outcome: number): void
}

const RAX = Reg.RAX * 2
const RDI = Reg.RDI * 2
const RSI = Reg.RSI * 2
const RDX = Reg.RDX * 2
const R10 = Reg.R10 * 2
const R8 = Reg.R8 * 2
const R9 = Reg.R9 * 2
const RIP = Reg.RIP * 2
const INTS = intArguments()
const HIGH = 0x1_0000_0000
const ENOSYS = 38
/** What %rax would hold of a call that is started again; programs never see it. */
const ERESTARTSYS = 512
/** Length of the instruction `syscall`. */
const SYSCALL_BYTES = 2

/** An argument from its register; `ints` as intArguments() says, moved to this argument's bit. */
function argument(words: Uint32Array, register: number, ints: number): number {
  const low = words[register] ?? 0
  if ((ints & 1) === 0) return ((words[register + 1] ?? 0) | 0) * HIGH + low
  return (ints & UNSIGNED_INT) === 0 ? low | 0 : low
}

export class LinuxEmulation implements Emulation {
  recorder: CallRecorder | undefined
  readonly #kernel: Kernel
  readonly #handlers: readonly (Handler | undefined)[]
  readonly #words: Uint32Array

  constructor(kernel: Kernel, handlers: readonly (Handler | undefined)[]) {
    this.#kernel = kernel
    this.#handlers = handlers
    this.#words = new Uint32Array(kernel.machine.registers)
  }

  syscall(l: Lwp): Progress {
    const nr = this.#words[RAX]
    l.syscall = nr
    this.recorder?.syscallEnter(l, nr)
    const { hook } = this.#kernel
    if (hook !== undefined) {
      this.#kernel.scheduler.saveRegisters()
      if (hook.beforeSyscall(l, nr) === 'stop') {
        l.kernel = this.#deferred(l, nr)
        l.resumeWith = 'woken'
        return 'stop'
      }
    }
    try {
      const result = this.#call(l, nr)
      if (typeof result === 'number') return this.#end(l, result, OUTCOME_RETURNED)
      if (result === undefined) return this.#end(l, -ENOSYS, OUTCOME_UNIMPLEMENTED)
      return this.#later(l, result)
    } catch (error) {
      return this.syscallFailed(l, error)
    }
  }

  #call(l: Lwp, nr: number): number | Kthread<number> | undefined {
    const handler = this.#handlers[nr]
    if (handler === undefined) return undefined
    const w = this.#words
    const ints = INTS[nr] ?? 0
    const before = l.mayWaitForPages
    l.mayWaitForPages = true
    try {
      return handler(
        l,
        argument(w, RDI, ints),
        argument(w, RSI, ints >> 1),
        argument(w, RDX, ints >> 2),
        argument(w, R10, ints >> 3),
        argument(w, R8, ints >> 4),
        argument(w, R9, ints >> 5),
      )
    } finally {
      l.mayWaitForPages = before
    }
  }

  /** A call that the debugger stopped before it began. */
  *#deferred(l: Lwp, nr: number): Kthread<number> {
    const result = this.#call(l, nr)
    return result === undefined ? -ENOSYS : yield* finish(result)
  }

  /** The same call again, when the page is there that it has to read. What it owed it will come to again. */
  *#again(l: Lwp, nr: number, wait: PageWait): Kthread<number> {
    l.owed = undefined
    yield* sleepForPage(l, wait.request)
    return yield* this.#deferred(l, nr)
  }

  /** What the call wrote into pages that were not there, before the program goes on. */
  *#pay(l: Lwp, owed: Owed, result: number | undefined): Kthread<number> {
    yield* owed.pay(l)
    if (result === undefined) throw ERESTART
    return result
  }

  #later(l: Lwp, code: Kthread<number>): Progress {
    l.kernel = code
    l.resumeWith = 'woken'
    return 'kernel'
  }

  syscallDone(l: Lwp, result: number): Progress {
    const unimplemented = this.#handlers[l.syscall] === undefined && l.syscall >= 0
    return this.#end(l, result, unimplemented ? OUTCOME_UNIMPLEMENTED : OUTCOME_RETURNED)
  }

  syscallFailed(l: Lwp, error: unknown): Progress {
    if (error instanceof PageWait) return this.#later(l, this.#again(l, l.syscall, error))
    if (!(error instanceof Errno)) throw error
    if (error === ERESTART) return this.#restart(l)
    return this.#end(l, -linuxErrno(error), OUTCOME_RETURNED)
  }

  #end(l: Lwp, result: number, outcome: number): Progress {
    if (l.state === 'dead') return 'dead'
    if (l.owed !== undefined) return this.#payFirst(l, l.owed, result)
    const w = this.#words
    const nr = l.syscall
    l.syscall = -1
    if (l.registersReplaced) {
      l.registersReplaced = false
      return this.#replaced(l, nr)
    }
    w[RAX] = result
    w[RAX + 1] = Math.floor(result / HIGH)
    this.#settle()
    this.recorder?.syscallExit(l, nr, result, outcome)
    return this.#after(l, nr, result, outcome)
  }

  /** `result`: undefined if the call is to be started again. */
  #payFirst(l: Lwp, owed: Owed, result?: number): Progress {
    l.owed = undefined
    return this.#later(l, this.#pay(l, owed, result))
  }

  #settle(): void {
    const { endOfCall } = this.#kernel
    if (!endOfCall.isEmpty) endOfCall.run()
  }

  /** The call was rt_sigreturn or execve: what is in %rax stays there. */
  #replaced(l: Lwp, nr: number): Progress {
    const w = this.#words
    const result = (w[RAX + 1] | 0) * HIGH + w[RAX]
    this.#settle()
    this.recorder?.syscallExit(l, nr, result, OUTCOME_RETURNED)
    return this.#after(l, nr, result, OUTCOME_RETURNED)
  }

  /** The program will make the same call again, when the signal has been dealt with. */
  #restart(l: Lwp): Progress {
    if (l.owed !== undefined) return this.#payFirst(l, l.owed)
    const w = this.#words
    const nr = l.syscall
    const rip = w[RIP + 1] * HIGH + w[RIP] - SYSCALL_BYTES
    w[RIP] = rip
    w[RIP + 1] = Math.floor(rip / HIGH)
    w[RAX] = nr
    w[RAX + 1] = 0
    l.syscall = -1
    this.#settle()
    this.recorder?.syscallExit(l, nr, -ERESTARTSYS, OUTCOME_RESTART)
    return this.#after(l, nr, -ERESTARTSYS, OUTCOME_RESTART)
  }

  #after(l: Lwp, nr: number, result: number, outcome: number): Progress {
    const { hook } = this.#kernel
    if (hook === undefined) return 'user'
    this.#kernel.scheduler.saveRegisters()
    return hook.afterSyscall(l, nr, result, outcome) === 'stop' ? 'stop' : 'user'
  }

  threadExit(l: Lwp): void {
    this.#settle()
    if (l.syscall >= 0) this.recorder?.syscallExit(l, l.syscall, 0, OUTCOME_NEVER_RETURNS)
    releaseRobustFutexes(l)
    passLocksOn(l)
    wakeClearTid(l)
  }

  resumed(l: Lwp): void {
    restartSequence(l)
  }

  sendsig(l: Lwp, info: SigInfo, action: SigAction, returnMask: SigSet): boolean {
    return linux_sendsig(l, info, action, returnMask)
  }
}
