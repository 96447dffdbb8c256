/** The handshake of userfaultfd: which features there are. Linux: include/uapi/linux/userfaultfd.h; fs/userfaultfd.c, userfaultfd_api. */
import { CAP_SYS_PTRACE, hasCapability } from '../native/capability.ts'
import { EINVAL, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { UserFaultFile } from './userfaultfd.ts'

export const UFFD_API = 0xaa

/** UFFD_FEATURE_… that are there. Of memory that is shared, write-protecting is not, nor are huge pages and events other than faults. */
export const FEATURE = {
  PAGEFAULT_FLAG_WP: 0x1,
  MISSING_SHMEM: 0x20,
  SIGBUS: 0x80,
  THREAD_ID: 0x100,
  MINOR_SHMEM: 0x400,
  EXACT_ADDRESS: 0x800,
  POISON: 0x4000,
  MOVE: 0x1_0000,
} as const

const FEATURES = Object.values(FEATURE).reduce<number>((all, bit) => all | bit, 0)
const EVENT_FORK = 0x2

const bits = (...numbers: number[]): bigint => numbers.reduce((all, n) => all | (1n << BigInt(n)), 0n)
/** By the numbers of ioctls: UFFDIO_REGISTER, UFFDIO_UNREGISTER, UFFDIO_API. */
export const API_IOCTLS = bits(0, 1, 0x3f)
/** UFFDIO_WAKE, COPY, ZEROPAGE, MOVE, WRITEPROTECT, CONTINUE, POISON. */
export const RANGE_IOCTLS = bits(2, 3, 4, 5, 6, 7, 8)
export const WRITEPROTECT_IOCTL = bits(6)
export const CONTINUE_IOCTL = bits(7)

/** UFFDIO_API, once: what is not granted is answered with zeros. @throws EFAULT, EINVAL, EPERM */
export function handshake(l: Lwp, file: UserFaultFile, argument: number): number {
  const api = l.memory.readBigU64(argument)
  const wanted = l.memory.readBigU64(argument + 8)
  l.memory.readBigU64(argument + 16)
  const mayFork = (wanted & BigInt(EVENT_FORK)) === 0n || hasCapability(l.credentials, CAP_SYS_PTRACE)
  const isGood = api === BigInt(UFFD_API) && mayFork && (wanted & ~BigInt(FEATURES)) === 0n
  const isFirst = file.features === undefined
  const answer = isGood ? [api, BigInt(FEATURES), API_IOCTLS] : [0n, 0n, 0n]
  l.memory.copyout(argument, new Uint8Array(BigUint64Array.from(isFirst ? answer : [0n, 0n, 0n]).buffer))
  if (api === BigInt(UFFD_API) && !mayFork) throw EPERM
  if (!isGood || !isFirst) throw EINVAL
  file.features = Number(wanted)
  return 0
}
