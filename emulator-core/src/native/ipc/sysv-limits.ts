/** How much System V IPC there may be. NetBSD: sys/sys/shm.h, sem.h, msg.h, and sys/conf/param.c. */
import { meets } from '../divergence.ts'
import type { Lwp } from '../lwp.ts'

export interface SysvLimits {
  /** Bytes of one segment, and pages of all; a double cannot hold Linux's last digits, so its text is given. */
  readonly shmmax: bigint
  readonly shmall: bigint
  readonly shmmni: number
  /** Segments a process may attach. */
  readonly shmseg: number
  /** Semaphores of a set, in all, operations of a call, sets. */
  readonly semmsl: number
  readonly semmns: number
  readonly semopm: number
  readonly semmni: number
  /** Bytes of a message, of a queue, and queues. */
  readonly msgmax: number
  readonly msgmnb: number
  readonly msgmni: number
}

/** A value of a semaphore, and an adjustment at exit, at most. */
export const SEMVMX = 32767
export const SEMAEM = 32767

export const NETBSD_LIMITS: SysvLimits = {
  shmmax: 2n ** 63n - 1n,
  shmall: 2n ** 51n,
  shmmni: 128,
  shmseg: 128,
  semmsl: 60,
  semmns: 60,
  semopm: 100,
  semmni: 10,
  msgmax: 16384,
  msgmnb: 2048,
  msgmni: 40,
}

export const LINUX_LIMITS: SysvLimits = {
  shmmax: 2n ** 64n - 2n ** 24n - 1n,
  shmall: 2n ** 64n - 2n ** 24n - 1n,
  shmmni: 4096,
  shmseg: 4096,
  semmsl: 32000,
  semmns: 1_024_000_000,
  semopm: 500,
  semmni: 32000,
  msgmax: 8192,
  msgmnb: 16384,
  msgmni: 32000,
}

/** What there is of our own memory for these: semaphores in all, and bytes of messages not yet received. */
export const MOST_SEMAPHORES = 1 << 22
export const MOST_MESSAGE_BYTES = 64 << 20

/** The limits of numbers of things. */
export type CountLimit = 'shmmni' | 'semmsl' | 'semmns' | 'semopm' | 'semmni' | 'msgmni'

/** Whether a limit forbids so many. Says so if it is one of NetBSD's that is lower than Linux's. */
export function isBeyond(l: Lwp, limits: SysvLimits, limit: CountLimit, wanted: number): boolean {
  if (wanted <= limits[limit]) return false
  const own = limits[limit] === NETBSD_LIMITS[limit] && wanted <= LINUX_LIMITS[limit]
  if (own) meets(l, 'sysv.limits', `${wanted} for ${limit}, which is ${limits[limit]}`)
  return true
}
