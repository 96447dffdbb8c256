/** Resource limits a first process starts with, by Linux's numbers (getrlimit(2)); a fork copies them. */
import type { ResourceLimit } from './proc.ts'

export const RLIMIT_CPU = 0
export const RLIMIT_FSIZE = 1
export const RLIMIT_DATA = 2
export const RLIMIT_STACK = 3
export const RLIMIT_CORE = 4
export const RLIMIT_RSS = 5
export const RLIMIT_NPROC = 6
export const RLIMIT_NOFILE = 7
export const RLIMIT_MEMLOCK = 8
export const RLIMIT_AS = 9
export const RLIMIT_LOCKS = 10
export const RLIMIT_SIGPENDING = 11
export const RLIMIT_MSGQUEUE = 12
export const RLIMIT_NICE = 13
export const RLIMIT_RTPRIO = 14
export const RLIMIT_RTTIME = 15

const INFINITE = Number.POSITIVE_INFINITY

/** What a login shell on Linux has. */
const INITIAL: Readonly<Record<number, readonly [soft: number, hard: number]>> = {
  [RLIMIT_STACK]: [8 << 20, INFINITE],
  [RLIMIT_CORE]: [0, INFINITE],
  [RLIMIT_NPROC]: [4096, 4096],
  [RLIMIT_NOFILE]: [1024, 1048576],
  [RLIMIT_MEMLOCK]: [8 << 20, 8 << 20],
  [RLIMIT_SIGPENDING]: [4096, 4096],
  [RLIMIT_MSGQUEUE]: [819200, 819200],
  [RLIMIT_NICE]: [0, 0],
  [RLIMIT_RTPRIO]: [0, 0],
}

export function initialLimits(): ResourceLimit[] {
  return Array.from({ length: 16 }, (_, resource) => {
    const [soft, hard] = INITIAL[resource] ?? [INFINITE, INFINITE]
    return { soft, hard }
  })
}
