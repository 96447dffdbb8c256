/**
 * A thread of execution. NetBSD: struct lwp, sys/sys/lwp.h.
 */

import { Reg } from 'unicorn-engine-node'
import type { Callout } from './clock.ts'
import type { Filedesc } from './filedesc.ts'
import type { Futex } from './futex.ts'
import type { Owed } from './page-sleep.ts'
import type { Credentials, Cwdinfo, Proc } from './proc.ts'
import type { SignalState } from './signal/lwp-signals.ts'
import type { Kthread, SleepRequest, WaitChannel, Wakeup } from './sleep.ts'
import { newUsage } from './usage.ts'
import type { UserMemory } from './user-memory.ts'
import { DEFAULT_POLICY } from './uvm/memory-policy.ts'
import { Waker } from './waker.ts'

export type LwpState = 'runnable' | 'sleeping' | 'stopped' | 'dead'

/** A scheduling class by Linux's numbers: told, but all threads get the same time. */
export interface Scheduling {
  readonly policy: number
  /** Of the real-time classes, 1 to 99. */
  readonly priority: number
  /** Children begin with the ordinary class. */
  readonly resetsOnFork: boolean
  /** Of SCHED_DEADLINE, in ns. */
  readonly deadline: { readonly runtime: number; readonly deadline: number; readonly period: number }
}

export const ORDINARY: Scheduling = {
  policy: 0,
  priority: 0,
  resetsOnFork: false,
  deadline: { runtime: 0, deadline: 0, period: 0 },
}

export interface OwnParts {
  fd: Filedesc | undefined
  cwdi: Cwdinfo | undefined
  credentials: Credentials | undefined
}

export class Lwp {
  readonly proc: Proc
  /** The thread's number as gettid(2) tells it; the first thread's is the process's. */
  id: number
  state: LwpState = 'runnable'
  /** The registers while the thread is not on the processor: layout of the engine's register buffer. */
  readonly registers = new BigUint64Array(Reg.SLOTS)
  readonly fpu = new Uint8Array(512)
  /** Kernel code in progress: the system call that blocked. */
  kernel: Kthread<number> | undefined
  /** What the next resume of `kernel` is told. */
  resumeWith: Wakeup = 'woken'
  /** What the thread sleeps for; undefined while it does not. */
  sleep: SleepRequest | undefined
  /** What has ended its last sleep. For the debugger, if there is one. */
  wokenBy: Waker | undefined
  /** Ends the sleep at its deadline. */
  sleepTimer: Callout | undefined
  /** In the scheduler's queue. */
  queued = false
  /** Instructions of the block at %rip that it has executed: the engine's, kept while another thread runs. */
  blockOffset = 0
  /** The signal about which the debugger has been asked. */
  announcedSignal = 0
  /** The number of the call in progress, -1 outside. */
  syscall = -1
  /** Its call is at work: what it touches it can sleep for (page-sleep.ts). And what it has yet to write. */
  mayWaitForPages = false
  owed: Owed | undefined
  /** The call in progress has set all registers, %rax too (sigreturn, exec). */
  registersReplaced = false
  /** Until when (monotonic ns) a timed wait goes on that is about to be started again after a signal without a handler. */
  restartDeadline: number | undefined
  readonly signals: SignalState
  /** set_tid_address(2): the word to clear and wake at exit. */
  clearTid = 0
  robustList = 0
  /** The lock it waits for, and those of its own that others wait for (futex-pi.ts). */
  wantedLock: Futex | undefined
  lentLocks: Set<Futex> | undefined
  scheduling: Scheduling = ORDINARY
  /** ns by which its timers may be late (prctl(PR_SET_TIMERSLACK)): remembered, timers here are never late on purpose. */
  timerSlack = 50_000
  /** From which nodes its memory is to come. */
  memoryPolicy = DEFAULT_POLICY
  /** Class and level for disks' queues (Linux: ioprio_set(2)): remembered. */
  ioPriority = 0
  /** What 0 sets it to: what its maker had. */
  timerSlackAtFirst = 50_000
  /** rdtsc is a fault (prctl(PR_SET_TSC)). */
  timestampFaults = false
  name: string
  readonly usage = newUsage()
  /** Its restartable sequences (Linux: rseq(2)), and whether it has been away from the processor since they were looked at. */
  sequences: { readonly address: number; readonly length: number; readonly signature: number } | undefined
  preempted = false
  /** What it does not share with its process (lwp-parts.ts). The first thread's identity is always the process's. */
  own: OwnParts = { fd: undefined, cwdi: undefined, credentials: undefined }
  /** Blocks executed since it began: a position in its life. */
  blocks = 0

  constructor(proc: Proc, id: number, signals: SignalState) {
    this.proc = proc
    this.id = id
    this.signals = signals
    this.name = proc.name
  }

  get memory(): UserMemory {
    return this.proc.vm.memory
  }

  get fd(): Filedesc {
    return this.own.fd ?? this.proc.fd
  }

  get cwdi(): Cwdinfo {
    return this.own.cwdi ?? this.proc.cwdi
  }

  get credentials(): Credentials {
    return this.own.credentials ?? this.proc.credentials
  }

  set credentials(next: Credentials) {
    if (this.own.credentials === undefined) this.proc.credentials = next
    else this.own.credentials = next
  }

  /** Ends a sleep: called by wait channels, timers and signals. */
  wake(why: Wakeup, _channel?: WaitChannel, cause?: object): void {
    if (this.sleep === undefined) return
    for (const c of this.sleep.channels) c.sleepers.delete(this)
    this.sleep = undefined
    this.sleepTimer?.cancel()
    this.sleepTimer = undefined
    this.resumeWith = why
    this.state = 'runnable'
    const { kernel } = this.proc
    if (kernel.hook !== undefined) this.wokenBy = new Waker(this, why, kernel.current, cause)
    kernel.trace?.emit('wake', this, { by: kernel.current?.id ?? 0, reason: why })
    kernel.scheduler.makeRunnable(this)
  }

  /** Whether a signal waits that would end an interruptible sleep (sigispending). */
  signalPending(): boolean {
    return this.signals.deliverable(this.proc) !== 0
  }

  /** Whether the handler of that signal was installed with SA_RESTART. */
  signalRestarts(): boolean {
    return this.proc.signals.restarts(this.signals.deliverable(this.proc))
  }
}
