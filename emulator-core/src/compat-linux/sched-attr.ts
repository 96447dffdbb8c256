/** struct sched_attr and the policies in it: include/uapi/linux/sched/types.h, sched.h. */
import { EINVAL, EOPNOTSUPP } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'

export const SCHED_FIFO = 1
export const SCHED_RR = 2
const SCHED_ISO = 4
export const SCHED_DEADLINE = 6

export const RESET_ON_FORK = 1
export const KEEP_POLICY = 8
export const KEEP_PARAMS = 16
const UTIL_CLAMP = 0x60
const KNOWN_FLAGS = 0x7f

export interface SchedAttr {
  readonly policy: number
  readonly flags: number
  readonly nice: number
  readonly priority: number
  /** ns. */
  readonly runtime: number
  readonly deadline: number
  readonly period: number
}

export function isRealtime(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR
}

export function isPolicy(policy: number): boolean {
  return policy >= 0 && policy <= SCHED_DEADLINE && policy !== SCHED_ISO
}

const FIRST_BYTES = 48
const BYTES = 56
const PAGE = 4096
const LOWEST_NICE = -20
const HIGHEST_NICE = 19

/** sched_copy_attr. Undefined if it is of another size than is known (which is then written into it). @throws EFAULT, EINVAL, EOPNOTSUPP */
export function readSchedAttr(l: Lwp, address: number): SchedAttr | undefined {
  const length = l.memory.readU32(address) || FIRST_BYTES
  const bytes = length < FIRST_BYTES || length > PAGE ? undefined : l.memory.copyin(address, length)
  if (bytes === undefined || bytes.subarray(BYTES).some(byte => byte !== 0)) {
    l.memory.writeU32(address, BYTES)
    return undefined
  }
  const v = new DataView(bytes.buffer)
  const flags = v.getUint32(8, true)
  if ((flags & UTIL_CLAMP) !== 0 && length < BYTES) throw EINVAL
  if ((flags & ~KNOWN_FLAGS) !== 0 || v.getUint32(12, true) !== 0) throw EINVAL
  // As on a kernel without CONFIG_UCLAMP_TASK.
  if ((flags & UTIL_CLAMP) !== 0) throw EOPNOTSUPP
  return {
    policy: v.getUint32(4, true),
    flags,
    nice: Math.max(LOWEST_NICE, Math.min(HIGHEST_NICE, v.getInt32(16, true))),
    priority: v.getUint32(20, true),
    runtime: Number(v.getBigUint64(24, true)),
    deadline: Number(v.getBigUint64(32, true)),
    period: Number(v.getBigUint64(40, true)),
  }
}

/** As much of it as there is room for. @throws EINVAL if that is too little, EFAULT */
export function writeSchedAttr(l: Lwp, address: number, room: number, attr: () => SchedAttr): void {
  if (room < FIRST_BYTES || room > PAGE) throw EINVAL
  const { policy, flags, nice, priority, runtime, deadline, period } = attr()
  const length = Math.min(room, BYTES)
  const v = new DataView(new ArrayBuffer(BYTES))
  v.setUint32(0, length, true)
  v.setUint32(4, policy, true)
  v.setUint32(8, flags, true)
  v.setInt32(16, nice, true)
  v.setUint32(20, priority, true)
  v.setBigUint64(24, BigInt(runtime), true)
  v.setBigUint64(32, BigInt(deadline), true)
  v.setBigUint64(40, BigInt(period), true)
  l.memory.copyout(address, new Uint8Array(v.buffer, 0, length))
}
