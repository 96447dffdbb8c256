/** clone, fork, wait and exit: sys/compat/linux/common/linux_sched.c, linux_misc.c, linux_exec.c. */
import { Reg } from 'unicorn-engine-node'
import { ECHILD, EINVAL } from '../native/errno.ts'
import { exit1, lwpExit, statusDumped, statusSignal } from '../native/exit.ts'
import { fork1, lwpCreate, waitForVfork } from '../native/fork.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { SS_DISABLE } from '../native/signal/lwp-signals.ts'
import { NSIG, SIGCHLD } from '../native/signal/numbers.ts'
import { CLD_CONTINUED, CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED } from '../native/signal/siginfo.ts'
import { SIGINFO_BYTES, signalBytes } from '../native/signal/siginfo-bytes.ts'
import type { Kthread } from '../native/sleep.ts'
import { type Waited, type WaitRequest, waitForChild } from '../native/wait.ts'
import type { CallFamily } from './call.ts'
import { linux_sys_execve, linux_sys_execveat } from './execve.ts'
import { writeRusage } from './rusage.ts'

const CSIGNAL = 0xff
const CLONE_VM = 0x100
const CLONE_FS = 0x200
const CLONE_FILES = 0x400
const CLONE_SIGHAND = 0x800
const CLONE_VFORK = 0x4000
const CLONE_PARENT = 0x8000
const CLONE_THREAD = 0x1_0000
const CLONE_SETTLS = 0x8_0000
const CLONE_PARENT_SETTID = 0x10_0000
const CLONE_CHILD_CLEARTID = 0x20_0000
const CLONE_CHILD_SETTID = 0x100_0000

/** linux_sys_clone: threads (CLONE_THREAD) and processes. %r8 is the new thread pointer, %r10 the child's id address. */
function linux_sys_clone(
  l: Lwp,
  flagsArgument: number,
  stack: number,
  parentTid: number,
  childTid: number,
  tls: number,
): number | Kthread<number> {
  const flags = flagsArgument | 0
  const exitSignal = flags & CSIGNAL
  const thread = (flags & CLONE_THREAD) !== 0
  if (exitSignal > NSIG) throw EINVAL
  if (thread && (flags & CLONE_SIGHAND) === 0) throw EINVAL
  if ((flags & CLONE_SIGHAND) !== 0 && (flags & CLONE_VM) === 0) throw EINVAL
  const child = thread ? lwpCreate(l) : forked(l, flags, exitSignal)
  setUpChild(child, stack)
  if ((flags & CLONE_SETTLS) !== 0) child.registers[Reg.FS_BASE] = BigInt.asUintN(64, BigInt(tls))
  if ((flags & CLONE_PARENT_SETTID) !== 0) ignoreFault(() => l.memory.writeU32(parentTid, child.id))
  if ((flags & CLONE_CHILD_SETTID) !== 0) ignoreFault(() => child.memory.writeU32(childTid, child.id))
  if ((flags & CLONE_CHILD_CLEARTID) !== 0) child.clearTid = childTid
  return start(l, child, !thread && (flags & CLONE_VFORK) !== 0)
}

function forked(l: Lwp, flags: number, exitSignal: number): Lwp {
  const child = fork1(l, {
    shareMemory: (flags & CLONE_VM) !== 0,
    shareFiles: (flags & CLONE_FILES) !== 0,
    shareDirectories: (flags & CLONE_FS) !== 0,
    shareHandlers: (flags & CLONE_SIGHAND) !== 0,
    sibling: (flags & CLONE_PARENT) !== 0,
    inheritsKqueue: false,
    exitSignal,
    how: (flags & CLONE_VFORK) !== 0 ? 'vfork' : 'clone',
  })
  // Two that run in one memory cannot both have that stack.
  if ((flags & (CLONE_VM | CLONE_VFORK)) === CLONE_VM) child.signals.altStack = { sp: 0, size: 0, flags: SS_DISABLE }
  return child
}

/** Linux goes on when the id cannot be written. */
function ignoreFault(write: () => void): void {
  try {
    write()
  } catch {}
}

/** The child returns 0 from the call, on its own stack if it was given one. */
function setUpChild(child: Lwp, stack: number): void {
  child.registers[Reg.RAX] = 0n
  if (stack !== 0) child.registers[Reg.RSP] = BigInt.asUintN(64, BigInt(stack))
}

function start(l: Lwp, child: Lwp, waits: boolean): number | Kthread<number> {
  l.proc.kernel.scheduler.makeRunnable(child)
  return waits ? vforkWait(child) : child.id
}

function* vforkWait(child: Lwp): Kthread<number> {
  yield* waitForVfork(child.proc)
  return child.id
}

function sys_fork(l: Lwp): number | Kthread<number> {
  const child = forked(l, 0, SIGCHLD)
  setUpChild(child, 0)
  return start(l, child, false)
}

function sys___vfork14(l: Lwp): number | Kthread<number> {
  const child = forked(l, CLONE_VFORK | CLONE_VM, SIGCHLD)
  setUpChild(child, 0)
  return start(l, child, true)
}

/** exit(2) ends the thread, exit_group(2) the process. */
function linux_sys_exit(l: Lwp, code: number): number {
  lwpExit(l, code & 0xff)
  return 0
}

function linux_sys_exit_group(l: Lwp, code: number): number {
  exit1(l, { code })
  return 0
}

const WNOHANG = 1
const WUNTRACED = 2
const WEXITED = 4
const WCONTINUED = 8
const WNOWAIT = 0x100_0000
const WNOTHREAD = 0x2000_0000
const WALL = 0x4000_0000
const WCLONE = 0x8000_0000

/** Which children of clone(2) are meant: those with SIGCHLD as their exit signal, the others (__WCLONE), or all (__WALL). */
function ofKind(child: Proc, options: number): boolean {
  if ((options & WALL) !== 0) return true
  return (child.exitSignal === SIGCHLD) === ((options & WCLONE) === 0)
}

function* linux_sys_wait4(
  l: Lwp,
  pidArgument: number,
  status: number,
  options: number,
  rusage: number,
): Kthread<number> {
  const known = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE
  if (((options | 0) & ~known) !== 0) throw EINVAL
  const pid = pidArgument | 0
  const own = l.proc.pgrp
  const waited = yield* waitForChild(l, {
    matches: child => ofKind(child, options) && matchesPid(child, pid, own),
    exited: true,
    stopped: (options & WUNTRACED) !== 0,
    continued: (options & WCONTINUED) !== 0,
    noHang: (options & WNOHANG) !== 0,
    peek: false,
  })
  if (waited === undefined) return 0
  if (status !== 0) l.memory.writeU32(status, statusWord(waited))
  if (rusage !== 0) writeRusage(l, rusage, waited.usage)
  return waited.child.pid
}

function matchesPid(child: Proc, pid: number, ownGroup: number): boolean {
  if (pid > 0) return child.pid === pid
  if (pid === -1) return true
  return child.pgrp === (pid === 0 ? ownGroup : -pid)
}

function statusWord({ news }: Waited): number {
  switch (news.kind) {
    case 'exited':
      return news.status
    case 'stopped':
      return (news.signo << 8) | 0x7f
    default:
      return 0xffff
  }
}

const P_ALL = 0
const P_PID = 1
const P_PGID = 2

/** linux_sys_waitid: the result goes into a siginfo_t; with WNOHANG and nothing to tell it is zero. */
function* linux_sys_waitid(
  l: Lwp,
  idtype: number,
  idArgument: number,
  infop: number,
  options: number,
  rusage: number,
): Kthread<number> {
  const known = WNOHANG | WEXITED | WUNTRACED | WCONTINUED | WNOWAIT | WNOTHREAD | WALL | WCLONE
  const events = WEXITED | WUNTRACED | WCONTINUED
  if (((options | 0) & ~known) !== 0 || (options & events) === 0) throw EINVAL
  const request: WaitRequest = {
    matches: child => ofKind(child, options) && matchesId(l, idtype | 0, idArgument | 0)(child),
    exited: (options & WEXITED) !== 0,
    stopped: (options & WUNTRACED) !== 0,
    continued: (options & WCONTINUED) !== 0,
    noHang: (options & WNOHANG) !== 0,
    peek: (options & WNOWAIT) !== 0,
  }
  matchesId(l, idtype | 0, idArgument | 0)
  const waited = yield* waitForChild(l, request)
  if (infop !== 0) l.memory.copyout(infop, waited === undefined ? new Uint8Array(SIGINFO_BYTES) : childInfo(waited))
  if (rusage !== 0 && waited !== undefined) writeRusage(l, rusage, waited.usage)
  return 0
}

function matchesId(l: Lwp, idtype: number, id: number): (child: Proc) => boolean {
  switch (idtype) {
    case P_ALL:
      return () => true
    case P_PID:
      if (id <= 0) throw EINVAL
      return child => child.pid === id
    case P_PGID:
      if (id < 0) throw EINVAL
      return child => child.pgrp === (id === 0 ? l.proc.pgrp : id)
    default:
      throw idtype === 3 ? ECHILD : EINVAL
  }
}

function childInfo({ child, news }: Waited): Uint8Array {
  const common = { signo: SIGCHLD, pid: child.pid, uid: child.credentials.uid }
  switch (news.kind) {
    case 'stopped':
      return signalBytes({ ...common, code: CLD_STOPPED, status: news.signo })
    case 'continued':
      return signalBytes({ ...common, code: CLD_CONTINUED, status: 18 })
    default: {
      const signo = statusSignal(news.status)
      if (signo === 0) return signalBytes({ ...common, code: CLD_EXITED, status: news.status >> 8 })
      return signalBytes({ ...common, code: statusDumped(news.status) ? CLD_DUMPED : CLD_KILLED, status: signo })
    }
  }
}

export const processCalls: CallFamily = {
  clone: linux_sys_clone,
  fork: sys_fork,
  vfork: sys___vfork14,
  execve: linux_sys_execve,
  execveat: linux_sys_execveat,
  exit: linux_sys_exit,
  exit_group: linux_sys_exit_group,
  wait4: linux_sys_wait4,
  waitid: linux_sys_waitid,
}
