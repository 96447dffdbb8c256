/** New threads and processes: sys/compat/linux/common/linux_sched.c (linux_sys_clone); sys/kern/kern_fork.c. Linux: kernel/fork.c (copy_process). */
import { Reg } from 'unicorn-engine-node'
import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, hasCapability } from '../native/capability.ts'
import { meets } from '../native/divergence.ts'
import { EINVAL, EPERM, Errno, ESRCH, EUSERS } from '../native/errno.ts'
import { fork1, lwpCreate, waitForVfork } from '../native/fork.ts'
import { Pidfd } from '../native/ipc/pidfd.ts'
import type { Lwp } from '../native/lwp.ts'
import { unshareDirectories, unshareFiles } from '../native/lwp-parts.ts'
import { SS_DISABLE } from '../native/signal/lwp-signals.ts'
import { NSIG, SIGCHLD } from '../native/signal/numbers.ts'
import type { Kthread } from '../native/sleep.ts'
import { enterTimeNamespace, TimeNamespace } from '../native/time-namespace.ts'
import { NamespaceFile } from '../native/vfs/proc/namespaces.ts'
import type { CallFamily } from './call.ts'
import * as f from './clone-flags.ts'
import { allocateDescriptor } from './new-descriptor.ts'

const PLAIN: f.CloneRequest = {
  flags: 0,
  exitSignal: SIGCHLD,
  stack: 0,
  pidfd: 0,
  parentTid: 0,
  childTid: 0,
  tls: 0,
  clearHandlers: false,
  pid: undefined,
}

/** linux_sys_clone. @throws EAGAIN, EFAULT, EINVAL, EMFILE, ENOMEM, EPERM. */
function linux_sys_clone(
  l: Lwp,
  flagsArgument: number,
  stack: number,
  parentTid: number,
  childTid: number,
  tls: number,
): number | Kthread<number> {
  const flags = flagsArgument & ~f.CSIGNAL
  const exitSignal = flagsArgument & f.CSIGNAL
  if (exitSignal > NSIG && meets(l, 'clone.refused', `signal ${exitSignal}`)) throw EINVAL
  const refused = flags & (f.CLONE_PIDFD | f.CLONE_PTRACE)
  if (refused !== 0 && meets(l, 'clone.refused', `flags 0x${refused.toString(16)}`)) throw EINVAL
  // The two would be written to the same place.
  if ((flags & f.CLONE_PIDFD) !== 0 && (flags & (f.CLONE_PARENT_SETTID | f.CLONE_DETACHED)) !== 0) throw EINVAL
  return clone(l, { ...PLAIN, flags, exitSignal, stack, pidfd: parentTid, parentTid, childTid, tls })
}

/** clone3(2), which NetBSD does not have. @throws E2BIG, EEXIST, and as clone(2). */
function linux_sys_clone3(l: Lwp, args: number, length: number): number | Kthread<number> {
  return clone(l, f.readCloneArgs(l, args, length))
}

function sys_fork(l: Lwp): number | Kthread<number> {
  return clone(l, PLAIN)
}

function sys___vfork14(l: Lwp): number | Kthread<number> {
  return clone(l, { ...PLAIN, flags: f.CLONE_VFORK | f.CLONE_VM })
}

/** In copy_process's order. */
function checkFlags(l: Lwp, { flags, pid }: f.CloneRequest): void {
  if ((flags & f.CLONE_FS) !== 0 && (flags & (f.CLONE_NEWNS | f.CLONE_NEWUSER)) !== 0 && hasNamespaces(l)) throw EINVAL
  if ((flags & f.CLONE_THREAD) !== 0 && (flags & f.CLONE_SIGHAND) === 0) throw EINVAL
  if ((flags & f.CLONE_THREAD) !== 0 && (flags & f.CLONE_PIDFD) !== 0) throw EINVAL
  if ((flags & f.CLONE_SIGHAND) !== 0 && (flags & f.CLONE_VM) === 0) throw EINVAL
  if (hasNamespaces(l) && (flags & f.NAMESPACES) !== 0) {
    if ((flags & f.CLONE_THREAD) !== 0 && (flags & (f.CLONE_NEWUSER | f.CLONE_NEWPID)) !== 0) throw EINVAL
    if ((flags & f.CLONE_NEWIPC) !== 0 && (flags & f.CLONE_SYSVSEM) !== 0) throw EINVAL
    // There is one of each, and nobody here may make another.
    throw EPERM
  }
  const { credentials } = l
  if ((flags & f.CLONE_NEWTIME) !== 0 && !hasCapability(credentials, CAP_SYS_ADMIN)) throw EPERM
  const choosesPid = hasCapability(credentials, CAP_CHECKPOINT_RESTORE) || hasCapability(credentials, CAP_SYS_ADMIN)
  if (pid !== undefined && !choosesPid) throw EPERM
}

/** NetBSD takes their flags and does nothing. */
function hasNamespaces(l: Lwp): boolean {
  return !l.proc.kernel.diverges('clone.namespaces')
}

function clone(l: Lwp, request: f.CloneRequest): number | Kthread<number> {
  const { flags } = request
  checkFlags(l, request)
  if ((flags & f.NAMESPACES) !== 0) meets(l, 'clone.namespaces', `flags 0x${(flags & f.NAMESPACES).toString(16)}`)
  const thread = (flags & f.CLONE_THREAD) !== 0
  const pidfd = (flags & f.CLONE_PIDFD) !== 0 ? reservePidfd(l, request.pidfd) : undefined
  let child: Lwp
  try {
    child = thread ? newThread(l, request) : forked(l, request)
  } catch (error) {
    if (pidfd !== undefined) l.fd.close(l, pidfd.number)
    throw error
  }
  pidfd?.file.become(child.proc)
  child.registers[Reg.RAX] = 0n
  if (request.stack !== 0) child.registers[Reg.RSP] = BigInt.asUintN(64, BigInt(request.stack))
  giveIds(l, child, request)
  l.proc.kernel.scheduler.makeRunnable(child)
  return (flags & f.CLONE_VFORK) !== 0 && !thread ? vforkWait(child) : child.id
}

/** The descriptor is there and told before the child is, as on Linux, so that nothing can fail later. @throws EMFILE, EFAULT */
function reservePidfd(l: Lwp, address: number): { number: number; file: Pidfd } {
  const file = new Pidfd(l.proc, 0)
  const number = allocateDescriptor(l, file, true)
  try {
    l.memory.writeU32(address, number)
  } catch (error) {
    l.fd.close(l, number)
    throw error
  }
  return { number, file }
}

/** A thread has what it is not to share: the descriptors of its maker, its directories, and always an identity. */
function newThread(l: Lwp, { flags, pid }: f.CloneRequest): Lwp {
  const missing = (f.CLONE_FILES | f.CLONE_FS) & ~flags
  const sharesAll = missing !== 0 && meets(l, 'clone.thread-shares', `flags 0x${(flags >>> 0).toString(16)}`)
  const files = sharesAll || (flags & f.CLONE_FILES) !== 0
  const directories = sharesAll || (flags & f.CLONE_FS) !== 0
  return lwpCreate(l, { files, directories, identity: l.proc.kernel.diverges('setuid.all-threads') }, pid)
}

function forked(l: Lwp, { flags, exitSignal, clearHandlers, pid }: f.CloneRequest): Lwp {
  const parentOf = (flags & f.CLONE_PARENT) !== 0
  const sibling = parentOf && !meets(l, 'clone.parent', 'CLONE_PARENT')
  const child = fork1(l, {
    shareMemory: (flags & f.CLONE_VM) !== 0,
    shareFiles: (flags & f.CLONE_FILES) !== 0,
    shareDirectories: (flags & f.CLONE_FS) !== 0,
    shareHandlers: (flags & f.CLONE_SIGHAND) !== 0,
    shareSemaphoreUndo: (flags & f.CLONE_SYSVSEM) !== 0,
    sibling,
    // A sibling ends as its maker does.
    exitSignal: sibling ? l.proc.exitSignal : exitSignal,
    ownTime: (flags & f.CLONE_NEWTIME) !== 0,
    how: (flags & f.CLONE_VFORK) !== 0 ? 'vfork' : 'clone',
    pid,
  })
  if (clearHandlers) child.proc.signals.reset()
  // Two that run in one memory cannot both have that stack, nor that place for restartable sequences.
  if ((flags & (f.CLONE_VM | f.CLONE_VFORK)) === f.CLONE_VM) {
    child.signals.altStack = { sp: 0, size: 0, flags: SS_DISABLE }
  }
  if ((flags & f.CLONE_VM) === 0) child.sequences = l.sequences
  return child
}

/** NetBSD does with a process's thread pointer and ids what it does with a thread's for CLONE_CHILD_SETTID only. */
function giveIds(l: Lwp, child: Lwp, { flags, tls, parentTid, childTid }: f.CloneRequest): void {
  const threadsOnly = flags & (f.CLONE_SETTLS | f.CLONE_PARENT_SETTID | f.CLONE_CHILD_CLEARTID)
  const ignores = child.proc !== l.proc && threadsOnly !== 0 && l.proc.kernel.diverges('clone.process-ids')
  // glibc's and musl's fork asks for CLEARTID and does not need it.
  if (ignores && threadsOnly !== f.CLONE_CHILD_CLEARTID) {
    meets(l, 'clone.process-ids', `flags 0x${threadsOnly.toString(16)}`)
  }
  const wanted = ignores ? flags & ~threadsOnly : flags
  if ((wanted & f.CLONE_SETTLS) !== 0) child.registers[Reg.FS_BASE] = BigInt.asUintN(64, BigInt(tls))
  if ((wanted & f.CLONE_PARENT_SETTID) !== 0) ignoreFault(() => l.memory.writeU32(parentTid, child.id))
  if ((wanted & f.CLONE_CHILD_SETTID) !== 0) ignoreFault(() => child.memory.writeU32(childTid, child.id))
  if ((wanted & f.CLONE_CHILD_CLEARTID) !== 0) child.clearTid = childTid
}

/** Linux goes on when the id cannot be written. */
function ignoreFault(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

function* vforkWait(child: Lwp): Kthread<number> {
  const { id } = child
  yield* waitForVfork(child.proc)
  return id
}

// --- parts of one's own ---

const UNSHARE_KNOWN =
  f.NAMESPACES |
  f.CLONE_NEWTIME |
  f.CLONE_FS |
  f.CLONE_FILES |
  f.CLONE_SYSVSEM |
  f.CLONE_THREAD |
  f.CLONE_SIGHAND |
  f.CLONE_VM

/** unshare(2): a process stops sharing its descriptors, or its directories. @throws EINVAL, EPERM for namespaces. */
function linux_sys_unshare(l: Lwp, flagsArgument: number): number {
  const flags = flagsArgument | 0
  const p = l.proc
  if ((flags & ~UNSHARE_KNOWN) !== 0) throw EINVAL
  // What cannot be unshared must not be shared.
  const shares = p.lwps.size > 1 || p.vm.references > 1
  if ((flags & (f.CLONE_THREAD | f.CLONE_SIGHAND | f.CLONE_VM | f.CLONE_NEWUSER)) !== 0 && shares) throw EINVAL
  if ((flags & f.NAMESPACES) !== 0) throw EPERM
  if ((flags & f.CLONE_NEWTIME) !== 0) {
    if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) throw EPERM
    p.childrenTimeNamespace = p.childrenTimeNamespace.copy()
  }
  if ((flags & f.CLONE_FILES) !== 0) unshareFiles(l)
  if ((flags & f.CLONE_FS) !== 0) unshareDirectories(l)
  if ((flags & f.CLONE_SYSVSEM) !== 0) p.kernel.sysv.sem.exit(p)
  return 0
}

/** setns(2): but for time a process's namespaces are those of all; to enter the one that it is in is allowed. @throws EBADF, EINVAL, ESRCH, EPERM. */
function linux_sys_setns(l: Lwp, fd: number, kind: number): number {
  const file = l.fd.file(fd | 0)
  const wanted = kind | 0
  if (file instanceof NamespaceFile) return enterOwn(l, file, wanted)
  if (!(file instanceof Pidfd)) throw EINVAL
  if (wanted === 0 || (wanted & ~(f.NAMESPACES | f.CLONE_NEWTIME)) !== 0) throw EINVAL
  if (file.proc.reaped) throw ESRCH
  throw EPERM
}

/** A user namespace cannot be entered by who is in it (userns_install), one of time by a single thread alone (timens_install). */
function enterOwn(l: Lwp, { namespace }: NamespaceFile, wanted: number): number {
  if (wanted !== 0 && wanted !== namespace.flag) throw EINVAL
  if (namespace.flag === f.CLONE_NEWUSER) throw EINVAL
  if (namespace instanceof TimeNamespace && (l.proc.lwps.size > 1 || l.proc.vm.references > 1)) throw EUSERS
  if (!hasCapability(l.credentials, CAP_SYS_ADMIN)) throw EPERM
  if (namespace instanceof TimeNamespace) enterTimeNamespace(l.proc, namespace)
  return 0
}

export const cloneCalls: CallFamily = {
  clone: linux_sys_clone,
  clone3: linux_sys_clone3,
  fork: sys_fork,
  vfork: sys___vfork14,
  unshare: linux_sys_unshare,
  setns: linux_sys_setns,
}
