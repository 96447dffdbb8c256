/**
 * Scheduling: sys/compat/linux/common/linux_sched.c; Linux: kernel/sched/syscalls.c. There is one processor, and whatever class a thread is in, it gets
 * the same time: what is asked for is checked and remembered.
 */
import { CAP_SYS_NICE, hasCapability } from '../native/capability.ts'
import { E2BIG, EFAULT, EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { lwpFind } from '../native/proc-find.ts'
import { RLIMIT_NICE, RLIMIT_RTPRIO } from '../native/resource-limits.ts'
import { type CallFamily, size } from './call.ts'
import {
  isPolicy,
  isRealtime,
  KEEP_PARAMS,
  KEEP_POLICY,
  RESET_ON_FORK,
  readSchedAttr,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_RR,
  type SchedAttr,
  writeSchedAttr,
} from './sched-attr.ts'

const REALTIME_MAX = 99
/** Bytes of the kernel's own processor mask. */
const MASK_BYTES = 8
/** In the number of a policy: children begin with the ordinary one. */
const RESET_BIT = 0x4000_0000
/** ns: a turn of SCHED_RR, and of the others. */
const RR_SLICE = 100_000_000
const SLICE = 4_000_000

/** @throws ESRCH, EINVAL */
function checkTarget(l: Lwp, pidArgument: number): Lwp {
  if ((pidArgument | 0) < 0) throw EINVAL
  return findTarget(l, pidArgument | 0)
}

/** @throws ESRCH */
function findTarget(l: Lwp, pid: number): Lwp {
  const target = pid === 0 ? l : lwpFind(l.proc.kernel, pid)
  if (target === undefined) throw ESRCH
  return target
}

function linux_sys_sched_yield(l: Lwp): number {
  l.proc.kernel.scheduler.yieldNow()
  return 0
}

function linux_sys_sched_getaffinity(l: Lwp, pid: number, lengthArgument: number, address: number): number {
  const length = lengthArgument >>> 0
  if ((length * 8) % 2 ** 32 === 0 || length % MASK_BYTES !== 0) throw EINVAL
  findTarget(l, pid | 0)
  l.memory.writeBigU64(address, 1n)
  return MASK_BYTES
}

/** Linux reads the mask first, then looks for the thread. @throws EFAULT, ESRCH, EPERM, EINVAL */
function linux_sys_sched_setaffinity(l: Lwp, pid: number, length: number, address: number): number {
  const count = Math.min(size(length), MASK_BYTES)
  const mask = count === 0 ? undefined : l.memory.copyin(address, count)
  const target = findTarget(l, pid | 0)
  if (!mayChange(l, target)) throw EPERM
  // The only processor must be among those asked for.
  if (mask === undefined || (mask[0] & 1) === 0) throw EINVAL
  return 0
}

/** Its owner, or who may make others nice. */
function mayChange(l: Lwp, target: Lwp): boolean {
  const { credentials } = l
  const owner = target.credentials
  return credentials.euid === owner.euid || credentials.euid === owner.uid || hasCapability(credentials, CAP_SYS_NICE)
}

// --- policies ---

function attrOf(target: Lwp): SchedAttr {
  const { policy, priority, resetsOnFork, deadline } = target.scheduling
  const nice = isRealtime(policy) || policy === SCHED_DEADLINE ? 0 : target.proc.nice
  return { policy, priority, nice, flags: resetsOnFork ? RESET_ON_FORK : 0, ...deadline }
}

/** __sched_setscheduler, in its order. @throws EINVAL, EPERM */
function change(l: Lwp, target: Lwp, next: SchedAttr): void {
  const { policy, priority, runtime, deadline, period, nice } = next
  if (!isPolicy(policy) || priority > REALTIME_MAX) throw EINVAL
  if (policy === SCHED_DEADLINE && !isPossible(next)) throw EINVAL
  if (isRealtime(policy) !== (priority !== 0)) throw EINVAL
  if (!hasCapability(l.credentials, CAP_SYS_NICE)) checkPrivileges(l, target, next)
  const resetsOnFork = (next.flags & RESET_ON_FORK) !== 0
  target.scheduling = { policy, priority, resetsOnFork, deadline: { runtime, deadline, period } }
  if (!isRealtime(policy) && policy !== SCHED_DEADLINE) target.proc.nice = nice
}

/** The least run time that makes sense, in ns. */
const SHORTEST = 1024

function isPossible({ runtime, deadline, period }: SchedAttr): boolean {
  if (deadline === 0 || runtime < SHORTEST || deadline >= 2 ** 63 || period >= 2 ** 63) return false
  return runtime <= deadline && (period === 0 || deadline <= period)
}

/** @throws EPERM */
function checkPrivileges(l: Lwp, target: Lwp, next: SchedAttr): void {
  const { scheduling, proc } = target
  const most = proc.limits[RLIMIT_RTPRIO]?.soft ?? 0
  if (isRealtime(next.policy)) {
    if (next.policy !== scheduling.policy && most === 0) throw EPERM
    if (next.priority > scheduling.priority && next.priority > most) throw EPERM
  } else if (next.policy === SCHED_DEADLINE) throw EPERM
  else if (next.nice < proc.nice && next.nice < 20 - (proc.limits[RLIMIT_NICE]?.soft ?? 0)) throw EPERM
  if (!mayChange(l, target)) throw EPERM
  if (scheduling.resetsOnFork && (next.flags & RESET_ON_FORK) === 0) throw EPERM
}

function linux_sys_sched_getscheduler(l: Lwp, pid: number): number {
  const { policy, resetsOnFork } = checkTarget(l, pid).scheduling
  return policy | (resetsOnFork ? RESET_BIT : 0)
}

const NO_DEADLINE = { runtime: 0, deadline: 0, period: 0 }

/** @throws EINVAL, EFAULT, ESRCH, EPERM */
function linux_sys_sched_setscheduler(l: Lwp, pid: number, policyArgument: number, parameters: number): number {
  if ((policyArgument | 0) < 0 || parameters === 0 || (pid | 0) < 0) throw EINVAL
  const priority = l.memory.readI32(parameters)
  const target = findTarget(l, pid | 0)
  const policy = policyArgument & ~RESET_BIT
  const flags = (policyArgument & RESET_BIT) !== 0 ? RESET_ON_FORK : 0
  change(l, target, { policy, priority: priority >>> 0, nice: target.proc.nice, flags, ...NO_DEADLINE })
  return 0
}

function linux_sys_sched_getparam(l: Lwp, pid: number, address: number): number {
  if (address === 0) throw EINVAL
  const target = checkTarget(l, pid)
  l.memory.writeU32(address, target.scheduling.priority)
  return 0
}

/** The policy stays. @throws EINVAL, EFAULT, ESRCH, EPERM */
function linux_sys_sched_setparam(l: Lwp, pid: number, address: number): number {
  if (address === 0 || (pid | 0) < 0) throw EINVAL
  const priority = l.memory.readI32(address)
  const target = findTarget(l, pid | 0)
  const { policy, resetsOnFork } = target.scheduling
  const flags = resetsOnFork ? RESET_ON_FORK : 0
  change(l, target, { policy, priority: priority >>> 0, nice: target.proc.nice, flags, ...NO_DEADLINE })
  return 0
}

/** sched_setattr(2), which NetBSD does not have. @throws EINVAL, E2BIG, EFAULT, ESRCH, EPERM */
function linux_sys_sched_setattr(l: Lwp, pid: number, address: number, flags: number): number {
  if (address === 0 || (pid | 0) < 0 || (flags | 0) !== 0) throw EINVAL
  const given = readSchedAttr(l, address)
  if (given === undefined) throw E2BIG
  if ((given.policy | 0) < 0) throw EINVAL
  const target = findTarget(l, pid | 0)
  const old = attrOf(target)
  const policy = (given.flags & KEEP_POLICY) !== 0 ? old.policy : given.policy
  const kept = (given.flags & KEEP_PARAMS) !== 0 ? { ...old, flags: given.flags } : given
  change(l, target, { ...kept, policy })
  return 0
}

/** sched_getattr(2), which NetBSD does not have. @throws EINVAL, ESRCH, EFAULT */
function linux_sys_sched_getattr(l: Lwp, pid: number, address: number, length: number, flags: number): number {
  if (address === 0 || (pid | 0) < 0 || (flags | 0) !== 0) throw EINVAL
  writeSchedAttr(l, address, length >>> 0, () => attrOf(findTarget(l, pid | 0)))
  return 0
}

function bound(policyArgument: number, realtime: number): number {
  const policy = policyArgument | 0
  if (!isPolicy(policy)) throw EINVAL
  return isRealtime(policy) ? realtime : 0
}

/** A turn of a thread's class; SCHED_FIFO has none. */
function linux_sys_sched_rr_get_interval(l: Lwp, pid: number, address: number): number {
  const { policy } = checkTarget(l, pid).scheduling
  if (address === 0) throw EFAULT
  l.memory.writeI64(address, 0)
  l.memory.writeI64(address + 8, policy === SCHED_RR ? RR_SLICE : policy === SCHED_FIFO ? 0 : SLICE)
  return 0
}

export const schedCalls: CallFamily = {
  sched_yield: linux_sys_sched_yield,
  sched_getaffinity: linux_sys_sched_getaffinity,
  sched_setaffinity: linux_sys_sched_setaffinity,
  sched_getscheduler: linux_sys_sched_getscheduler,
  sched_setscheduler: linux_sys_sched_setscheduler,
  sched_getparam: linux_sys_sched_getparam,
  sched_setparam: linux_sys_sched_setparam,
  sched_setattr: linux_sys_sched_setattr,
  sched_getattr: linux_sys_sched_getattr,
  sched_get_priority_max: (_l, policy) => bound(policy, REALTIME_MAX),
  sched_get_priority_min: (_l, policy) => bound(policy, 1),
  sched_rr_get_interval: linux_sys_sched_rr_get_interval,
}
