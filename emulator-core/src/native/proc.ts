/** A process. NetBSD: struct proc, sys/sys/proc.h. */
import type { Capabilities } from './capability.ts'
import { DEFAULT_CORE_FILTER } from './core-segments.ts'
import { Filedesc } from './filedesc.ts'
import type { UndoList } from './ipc/sysv-sem.ts'
import { ProcTimers } from './itimer.ts'
import type { Kernel } from './kernel.ts'
import type { HeldKeys } from './keys/keyrings.ts'
import type { Lwp } from './lwp.ts'
import { initialLimits, RLIMIT_NOFILE } from './resource-limits.ts'
import { SelInfo } from './selinfo.ts'
import { SIGCHLD } from './signal/numbers.ts'
import { ProcSignals } from './signal/proc-signals.ts'
import { WaitChannel } from './sleep.ts'
import { INITIAL_TIME } from './time-namespace.ts'
import { newUsage } from './usage.ts'
import type { VmSpace } from './uvm/vmspace.ts'
import type { Vnode } from './vfs/vnode.ts'

/** Whose number the parent of the first program has, and the session that it works in. */
const INIT_PID = 1

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
  /** Ids for files, if they are not the effective ones (Linux: setfsuid(2)). */
  fsuid?: number | undefined
  fsgid?: number | undefined
  /** Undefined: as the user ids say (capability.ts). */
  capabilities?: Capabilities | undefined
  /** Keyrings (Linux: keyrings(7)). */
  keys?: HeldKeys | undefined
}

/** struct rlimit in Linux's order of resources; Infinity is RLIM_INFINITY. */
export interface ResourceLimit {
  soft: number
  hard: number
}

/** Something in a child's life that wait(2) has not told yet. */
export type WaitEvent = { readonly kind: 'stopped'; readonly signo: number } | { readonly kind: 'continued' }

export class Proc {
  readonly kernel: Kernel
  readonly pid: number
  /** Undefined: init. */
  parent: Proc | undefined
  readonly children = new Set<Proc>()
  pgrp: number
  session: number
  name = ''
  /** What was executed, and its arguments as given. */
  executable: Vnode | undefined
  executablePath = ''
  arguments: readonly string[] = []
  vm: VmSpace
  readonly lwps = new Map<number, Lwp>()
  fd: Filedesc
  cwdi: Cwdinfo
  credentials: Credentials
  readonly limits: ResourceLimit[]
  readonly signals: ProcSignals
  /** wait status once it is a zombie. */
  exitStatus: number | undefined
  startTime: number
  /** The one that it is in, and the one that its children will be in. */
  timeNamespace = INITIAL_TIME
  childrenTimeNamespace = INITIAL_TIME
  /** What the parent is sent when it ends: clone(2)'s low byte. */
  exitSignal = SIGCHLD
  readonly usage = newUsage()
  /** Of children that were waited for. */
  readonly childUsage = newUsage()
  /** Its children changed: wait(2) sleeps here. */
  readonly childChanged = new WaitChannel('wait')
  /** The parent of a vfork sleeps here until exec or exit. */
  vforkDone: WaitChannel | undefined
  /** What would have stopped it while its parent could not go on without it; 0: nothing. */
  heldStop = 0
  /** Stopped by job control, and what wait(2) may still tell of it. */
  stoppedBy = 0
  waitEvent: WaitEvent | undefined
  /** Told when it ends, and when it has been waited for: descriptors of it (pidfd.ts). Made when first needed. */
  #ended: SelInfo | undefined
  /** Orphans among its descendants come to it instead of to init (prctl(PR_SET_CHILD_SUBREAPER)). */
  subreaper = false
  /** It has been waited for: only descriptors of it remember it. */
  reaped = false
  /** It has executed a program: its parent may no longer move it to another process group. */
  executed = false
  /** prctl(PR_SET_PDEATHSIG): sent to this process when its parent ends. */
  parentDeathSignal = 0
  dumpable = 1
  /** Which kinds of mappings a core file holds: the bits of /proc/PID/coredump_filter (core-segments.ts). */
  coreFilter = DEFAULT_CORE_FILTER
  readonly timers = new ProcTimers(this)
  /** prctl(PR_SET_NO_NEW_PRIVS): remembered; executing never raises privileges here. */
  noNewPrivileges = false
  /** prctl(PR_SET_SECUREBITS): what root's ids mean for capabilities (capability.ts). */
  securebits = 0
  /** prctl(PR_SET_THP_DISABLE), PR_MCE_KILL: remembered. */
  hugePagesOff = false
  memoryFailure = 2
  /** What read(2), write(2) and their relatives have moved: /proc/PID/io. */
  readonly transfers = { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 }
  /** -20 … 19; told, but all processes get the same time. */
  nice = 0
  /** -1000 … 1000: how willingly the system would kill it for want of memory; told in /proc, never acted on. */
  oomScoreAdjustment = 0
  /** The least that a process without privileges may set. */
  oomScoreLeast = 0
  /** What personality(2) was told. */
  persona = 0
  /** What of semaphores its end takes back (ipc/sysv-sem.ts): made when first needed, and maybe shared (clone(2), CLONE_SYSVSEM). */
  semaphoreUndo: UndoList | undefined
  /** With what its first thread ended while others went on. */
  leaderCode: number | undefined

  constructor(
    kernel: Kernel,
    pid: number,
    from: Proc | undefined,
    own: { vm: VmSpace; fd?: Filedesc; cwdi: Cwdinfo; credentials: Credentials; signals?: ProcSignals },
  ) {
    this.kernel = kernel
    this.pid = pid
    this.parent = from
    from?.children.add(this)
    this.pgrp = from?.pgrp ?? pid
    // The first program is a job of the shell that started the emulator: it leads its group, not the session.
    this.session = from?.session ?? INIT_PID
    this.vm = own.vm
    this.cwdi = own.cwdi
    this.credentials = own.credentials
    this.limits = from === undefined ? initialLimits() : from.limits.map(limit => ({ ...limit }))
    this.fd = own.fd ?? new Filedesc(this.limits[RLIMIT_NOFILE]?.soft ?? 1024)
    this.signals = own.signals ?? new ProcSignals()
    this.startTime = kernel.clock.monotonic()
    if (from !== undefined) {
      this.name = from.name
      this.executable = from.executable
      this.executablePath = from.executablePath
      this.arguments = from.arguments
      this.dumpable = from.dumpable
      this.coreFilter = from.coreFilter
      this.noNewPrivileges = from.noNewPrivileges
      this.nice = from.nice
      this.oomScoreAdjustment = from.oomScoreAdjustment
      this.oomScoreLeast = from.oomScoreLeast
      this.persona = from.persona
      this.securebits = from.securebits
      this.hugePagesOff = from.hugePagesOff
      this.memoryFailure = from.memoryFailure
    }
  }

  get ended(): SelInfo {
    this.#ended ??= new SelInfo()
    return this.#ended
  }

  tellEnded(events: number): void {
    this.#ended?.notify(events)
  }

  /** Looks how much memory it has, for the most it ever had. */
  noteResident(): void {
    this.usage.maxResident = Math.max(this.usage.maxResident, this.vm.residentPages)
  }

  /** Its threads stop at once: SIGSTOP and its kin (proc_stop). */
  stop(signo: number): void {
    if (this.stoppedBy !== 0 || this.exitStatus !== undefined) return
    this.stoppedBy = signo
    this.waitEvent = { kind: 'stopped', signo }
  }

  /** Stopped threads run again (proc_unstop). `continued`: wait(2) may tell so; false if they run only to die. */
  resumeStopped(continued: boolean): void {
    if (this.stoppedBy === 0) return
    this.stoppedBy = 0
    this.waitEvent = continued ? { kind: 'continued' } : undefined
    for (const l of this.lwps.values()) {
      if (l.state !== 'stopped') continue
      l.state = 'runnable'
      this.kernel.scheduler.makeRunnable(l)
    }
    this.parent?.childChanged.wakeAll()
  }
}
