/** A process. NetBSD: struct proc, sys/sys/proc.h. */
import type { Filedesc } from './filedesc.ts'
import type { Kernel } from './kernel.ts'
import type { Lwp } from './lwp.ts'
import type { ProcSignals } from './signal/proc-signals.ts'
import type { VmSpace } from './uvm/vmspace.ts'
import type { Vnode } from './vfs/vnode.ts'

/** struct cwdinfo: current and root directory, and the mask for new files. Shared by CLONE_FS. */
export interface Cwdinfo {
  cwd: Vnode
  root: Vnode
  umask: number
}

/** struct kauth_cred. */
export interface Credentials {
  uid: number
  gid: number
  euid: number
  egid: number
  suid: number
  sgid: number
  groups: readonly number[]
}

/** struct rlimit in Linux's order of resources; Infinity is RLIM_INFINITY. */
export interface ResourceLimit {
  soft: number
  hard: number
}

export interface Proc {
  readonly kernel: Kernel
  readonly pid: number
  parent: Proc | undefined
  readonly children: Set<Proc>
  pgrp: number
  session: number
  name: string
  /** What was executed, and its arguments and environment as given: /proc/PID/cmdline, exe. */
  executable: Vnode | undefined
  executablePath: string
  arguments: readonly string[]
  environment: readonly string[]
  vm: VmSpace
  readonly lwps: Map<number, Lwp>
  fd: Filedesc
  cwdi: Cwdinfo
  credentials: Credentials
  readonly limits: ResourceLimit[]
  readonly signals: ProcSignals
  /** wait status once it is a zombie. */
  exitStatus: number | undefined
  startTime: number
}
