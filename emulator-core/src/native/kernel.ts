/** The kernel: what its parts share. One per emulated machine. */
import type { Machine } from 'unicorn-engine-node'
import type { Host } from '../host/host.ts'
import type { Clock } from './clock.ts'
import type { DebugHook } from './debug-hook.ts'
import type { Emulation } from './emulation.ts'
import type { EndOfCall } from './end-of-call.ts'
import type { PosixQueues } from './ipc/mqueue.ts'
import type { SystemV } from './ipc/sysv.ts'
import type { Lwp } from './lwp.ts'
import type { NetStack } from './net/stack.ts'
import type { Proc } from './proc.ts'
import type { Scheduler } from './scheduler.ts'
import type { Trace } from './trace.ts'
import type { Tunables } from './tunables.ts'
import type { HugePagePool } from './uvm/huge-pages.ts'
import type { Vfs } from './vfs/vfs.ts'

export interface Kernel {
  readonly machine: Machine
  readonly host: Host
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly vfs: Vfs
  readonly net: NetStack
  readonly emulation: Emulation
  readonly sysv: SystemV
  readonly tunables: Tunables
  /** By size, the usual one first. */
  readonly hugePages: readonly HugePagePool[]
  readonly mqueues: PosixQueues
  readonly processes: Map<number, Proc>
  readonly endOfCall: EndOfCall
  /** The thread on whose behalf the kernel works now; undefined in timers and host events. */
  current: Lwp | undefined
  trace: Trace | undefined
  /** The program that was started: its end is told outside. */
  readonly first: Proc | undefined
  /** Whether the machine stops with it, whatever else runs. */
  readonly endsWithFirst: boolean
  readonly hook: DebugHook | undefined
  /** A number for a new process or thread, not in use; `wanted`: that one. @throws EAGAIN, EEXIST. */
  newPid(wanted?: number): number
  /** Whether a named divergence of NetBSD's emulation from Linux is in force (compat-linux/divergences.ts). */
  diverges(id: string): boolean
}
