/**
 * Where NetBSD's Linux emulation differs from Linux: one entry a difference, each of which can be switched off. The code asks
 * `kernel.diverges(id)` in one place; `meets` (native/divergence.ts) asks and tells the trace that a program met one.
 */
import { LINUX_MISC, SYS_GETRANDOM, UNREAD, type VersionSpan } from './divergence-versions.ts'
import { answerDivergences } from './divergences-answers.ts'
import { epollDivergences } from './divergences-epoll.ts'
import { epollMechanismDivergences } from './divergences-epoll-mechanism.ts'
import { fileDivergences } from './divergences-files.ts'
import { inotifyDivergences } from './divergences-inotify.ts'
import { memfdDivergences } from './divergences-memfd.ts'
import { memoryDivergences } from './divergences-memory.ts'
import { networkDivergences } from './divergences-network.ts'
import { processDivergences } from './divergences-processes.ts'

export interface Divergence extends VersionSpan {
  /** `family.difference`. */
  readonly id: string
  /** One sentence. */
  readonly summary: string
  readonly linux: string
  readonly netbsd: string
  /** File and function in NetBSD's source. */
  readonly source: string
  /** What a program loses by it. */
  readonly severity: Severity
  /** What a program can do about it, on both systems. */
  readonly advice: string
  /** The mechanism that it is a part of: it is switched with that, not by itself. Met where Linux's own, kept beside it, comes to something else. */
  readonly comesWith?: string
}

/**
 * `high`: something is lost, hangs or is done otherwise, and no error says so. `medium`: what works on Linux is refused with an error, or is
 * done otherwise in a way that a careful program sees. `low`: only who looks for it notices.
 */
export type Severity = 'high' | 'medium' | 'low'

export const divergences: readonly Divergence[] = [
  {
    id: 'lseek.anonymous-files',
    summary: 'lseek on an eventfd or a timerfd fails.',
    linux: 'It answers 0 and does nothing.',
    netbsd: 'ESPIPE.',
    source: 'sys/kern/sys_eventfd.c, sys/kern/sys_timerfd.c',
    ...UNREAD,
    severity: 'low',
    advice: 'Do not seek on descriptors that have no position; take ESPIPE for an answer.',
  },
  ...fileDivergences,
  ...processDivergences,
  ...memoryDivergences,
  ...networkDivergences,
  ...answerDivergences,
  {
    id: 'prlimit.other-process',
    summary: 'prlimit64 of another process.',
    linux: 'Allowed to its owner.',
    netbsd: 'EPERM.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_prlimit64',
    ...LINUX_MISC,
    severity: 'low',
    advice: 'Set limits before exec, in the child itself.',
  },
  ...epollDivergences,
  ...epollMechanismDivergences,
  ...memfdDivergences,
  {
    id: 'getrandom.short-random',
    summary: 'getrandom with GRND_RANDOM gives at most 32 bytes.',
    linux: 'The buffer is filled.',
    netbsd: 'One block of the entropy pool: a short count for a larger buffer.',
    source: 'sys/kern/sys_getrandom.c:dogetrandom',
    ...SYS_GETRANDOM,
    severity: 'medium',
    advice: 'Read in a loop until all is there, or leave GRND_RANDOM out.',
  },
  ...inotifyDivergences,
]
