/** clone(2)'s flags and struct clone_args: include/uapi/linux/sched.h. */
import { E2BIG, EBADF, EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { NSIG } from '../native/signal/numbers.ts'
import { size } from './call.ts'

export const CSIGNAL = 0xff
export const CLONE_VM = 0x100
export const CLONE_FS = 0x200
export const CLONE_FILES = 0x400
export const CLONE_SIGHAND = 0x800
export const CLONE_PIDFD = 0x1000
export const CLONE_PTRACE = 0x2000
export const CLONE_VFORK = 0x4000
export const CLONE_PARENT = 0x8000
export const CLONE_THREAD = 0x1_0000
export const CLONE_NEWNS = 0x2_0000
export const CLONE_SYSVSEM = 0x4_0000
export const CLONE_SETTLS = 0x8_0000
export const CLONE_PARENT_SETTID = 0x10_0000
export const CLONE_CHILD_CLEARTID = 0x20_0000
export const CLONE_DETACHED = 0x40_0000
export const CLONE_CHILD_SETTID = 0x100_0000
export const CLONE_NEWIPC = 0x800_0000
export const CLONE_NEWUSER = 0x1000_0000
export const CLONE_NEWPID = 0x2000_0000
export const CLONE_NEWTIME = 0x80
/** NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: namespaces of one's own. */
export const NAMESPACES = 0x7e02_0000
/** Of clone3 alone, in the high half of its flags. */
const CLEAR_SIGHAND_HIGH = 1
const INTO_CGROUP_HIGH = 2

/** What clone, clone3, fork and vfork ask for. */
export interface CloneRequest {
  /** The low 32 bits, without a signal. */
  readonly flags: number
  readonly exitSignal: number
  /** Its stack pointer; 0: the caller's. */
  readonly stack: number
  readonly pidfd: number
  readonly parentTid: number
  readonly childTid: number
  readonly tls: number
  /** Handlers are not copied. */
  readonly clearHandlers: boolean
  /** The child's number, if it is chosen. */
  readonly pid: number | undefined
}

const FIRST_BYTES = 64
const CGROUP_BYTES = 88
const PAGE = 4096
/** MAX_PID_NS_LEVEL. */
const MOST_LEVELS = 32
const MOST_INT = 0x7fff_ffff

/** copy_clone_args_from_user and clone3_args_valid. @throws E2BIG, EBADF, EFAULT, EINVAL. */
export function readCloneArgs(l: Lwp, address: number, sizeArgument: number): CloneRequest {
  const length = size(sizeArgument)
  if (length > PAGE) throw E2BIG
  if (length < FIRST_BYTES) throw EINVAL
  const given = l.memory.copyin(address, length)
  if (given.subarray(CGROUP_BYTES).some(byte => byte !== 0)) throw E2BIG
  const bytes = new Uint8Array(CGROUP_BYTES)
  bytes.set(given.subarray(0, CGROUP_BYTES))
  const v = new DataView(bytes.buffer)
  const word = (i: number): number => Number(v.getBigUint64(8 * i, true))
  const [levels, cgroup, exitSignal] = [word(9), word(10), word(4)]
  if (levels > MOST_LEVELS || (word(8) === 0) !== (levels === 0)) throw EINVAL
  if (exitSignal > CSIGNAL || exitSignal > NSIG) throw EINVAL
  const [flags, high] = [v.getUint32(0, true), v.getUint32(4, true)]
  if ((high & INTO_CGROUP_HIGH) !== 0 && (cgroup > MOST_INT || length < CGROUP_BYTES)) throw EINVAL
  if ((high & ~(CLEAR_SIGHAND_HIGH | INTO_CGROUP_HIGH)) !== 0) throw EINVAL
  if ((flags & (CLONE_DETACHED | (CSIGNAL & ~CLONE_NEWTIME))) !== 0) throw EINVAL
  const clearHandlers = (high & CLEAR_SIGHAND_HIGH) !== 0
  if (clearHandlers && (flags & CLONE_SIGHAND) !== 0) throw EINVAL
  if ((flags & (CLONE_THREAD | CLONE_PARENT)) !== 0 && exitSignal !== 0) throw EINVAL
  const [stack, stackSize] = [word(5), word(6)]
  if ((stack === 0) !== (stackSize === 0) || stack + stackSize > 2 ** 47) throw EINVAL
  // There are no control groups, so no descriptor is one's.
  if ((high & INTO_CGROUP_HIGH) !== 0) throw EBADF
  const pid = levels === 0 ? undefined : chosenPid(l, word(8), levels)
  return {
    flags,
    exitSignal,
    stack: stack + stackSize,
    pidfd: word(1),
    childTid: word(2),
    parentTid: word(3),
    tls: word(7),
    clearHandlers,
    pid,
  }
}

/** There is one level of process numbers. */
function chosenPid(l: Lwp, address: number, levels: number): number {
  const pid = l.memory.readI32(address)
  if (levels > 1 || pid < 1) throw EINVAL
  return pid
}
