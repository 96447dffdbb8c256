/** Scheduling: sys/compat/linux/common/linux_sched.c. There is one processor and one policy, so what is asked for is checked and mostly refused. */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { lwpFind } from '../native/proc-find.ts'
import { type CallFamily, size } from './call.ts'

const SCHED_OTHER = 0
const SCHED_FIFO = 1
const SCHED_RR = 2
const SCHED_IDLE = 5
const SCHED_DEADLINE = 6
const REALTIME_MAX = 99
/** Bytes of the kernel's own processor mask. */
const MASK_BYTES = 8

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

function isRealtime(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR
}

function isPolicy(policy: number): boolean {
  return policy >= SCHED_OTHER && policy <= SCHED_IDLE && policy !== 4
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

function linux_sys_sched_setaffinity(l: Lwp, pid: number, length: number, address: number): number {
  checkTarget(l, pid)
  if (size(length) < 1) throw EINVAL
  // The only processor must be among those asked for.
  if ((l.memory.readU8(address) & 1) === 0) throw EINVAL
  return 0
}

function linux_sys_sched_getscheduler(l: Lwp, pid: number): number {
  return checkTarget(l, pid).policy
}

/** @throws EINVAL, EFAULT, ESRCH, EPERM */
function linux_sys_sched_setscheduler(l: Lwp, pid: number, policyArgument: number, parameters: number): number {
  if ((policyArgument | 0) < 0 || parameters === 0 || (pid | 0) < 0) throw EINVAL
  const policy = policyArgument & 0x3fff_ffff
  const priority = l.memory.readI32(parameters)
  const target = findTarget(l, pid | 0)
  if (!isPolicy(policy)) throw EINVAL
  setParameters(l, policy, priority)
  target.policy = policy
  return 0
}

/** Real-time policies need a right that nobody has here. @throws EINVAL, EPERM */
function setParameters(_l: Lwp, policy: number, priority: number): void {
  if (isRealtime(policy) ? priority < 1 || priority > REALTIME_MAX : priority !== 0) throw EINVAL
  if (isRealtime(policy)) throw EPERM
}

function linux_sys_sched_getparam(l: Lwp, pid: number, address: number): number {
  if (address === 0) throw EINVAL
  checkTarget(l, pid)
  l.memory.writeU32(address, 0)
  return 0
}

function linux_sys_sched_setparam(l: Lwp, pid: number, address: number): number {
  if (address === 0 || (pid | 0) < 0) throw EINVAL
  const priority = l.memory.readI32(address)
  findTarget(l, pid | 0)
  setParameters(l, SCHED_OTHER, priority)
  return 0
}

function bound(policyArgument: number, realtime: number): number {
  const policy = policyArgument | 0
  if (!isPolicy(policy) && policy !== SCHED_DEADLINE) throw EINVAL
  return isRealtime(policy) ? realtime : 0
}

/** Time slice of SCHED_OTHER, which has none to speak of. */
function linux_sys_sched_rr_get_interval(l: Lwp, pid: number, address: number): number {
  checkTarget(l, pid)
  if (address === 0) throw EFAULT
  l.memory.writeI64(address, 0)
  l.memory.writeI64(address + 8, 4_000_000)
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
  sched_get_priority_max: (_l, policy) => bound(policy, REALTIME_MAX),
  sched_get_priority_min: (_l, policy) => bound(policy, 1),
  sched_rr_get_interval: linux_sys_sched_rr_get_interval,
}
