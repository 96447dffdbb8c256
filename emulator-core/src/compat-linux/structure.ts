/**
 * Differences that are no single answer: which calls there are, and what two families of them are made of. They are switched by name
 * like divergences, so that a personality is nothing but a set of switches: NetBSD's with all of them off is Linux's.
 */
import { LINUX_INOTIFY, SYS_EPOLL, SYSCALL_TABLE } from './divergence-versions.ts'
import type { Divergence } from './divergences.ts'
import { MECHANISMS } from './mechanisms.ts'
import { MISSING } from './tables/netbsd-calls.ts'

/** Calls that Linux has and NetBSD's emulation does not. */
export const missingCalls: readonly string[] = MISSING.trim().split(/\s+/)

export const MISSING_GROUP = 'missing'

export const missing = (call: string): string => `${MISSING_GROUP}.${call}`

export const mechanismDifferences: readonly Divergence[] = [
  {
    id: MECHANISMS.epoll,
    summary: 'An epoll instance is made of a kqueue.',
    linux: 'An epoll instance has a mechanism of its own, with a list of what is ready.',
    netbsd:
      'epoll_ctl registers one or two knotes, epoll_wait collects kevents; what differs by that are the divergences of epoll.',
    source: 'sys/kern/sys_epoll.c',
    ...SYS_EPOLL,
    severity: 'high',
    advice: 'Expect two records for one descriptor, add again after fork, and never count on EPOLLHUP or EPOLLERR.',
  },
  {
    id: MECHANISMS.inotify,
    summary: 'An inotify watch is a vnode filter of a kqueue.',
    linux: 'The file system tells inotify what happens.',
    netbsd:
      'Notes of vnodes are translated, and directories compared with what they held; what differs by that are the divergences of inotify.',
    source: 'sys/compat/linux/common/linux_inotify.c',
    ...LINUX_INOTIFY,
    severity: 'high',
    advice:
      'Watch files and not only directories, read directories again after events, and raise the limit of open files.',
  },
]

export const missingDifferences: readonly Divergence[] = missingCalls.map(call => ({
  id: missing(call),
  summary: `NetBSD's emulation has no ${call}.`,
  linux: 'The call is there.',
  netbsd: 'ENOSYS.',
  source: 'sys/compat/linux/arch/amd64/syscalls.master',
  ...SYSCALL_TABLE,
  severity: 'medium',
  advice: 'Fall back to what the program does on a Linux that is too old for the call: ENOSYS says the same there.',
}))

export const structuralIds: readonly string[] = [...missingCalls.map(missing), ...Object.values(MECHANISMS)]
