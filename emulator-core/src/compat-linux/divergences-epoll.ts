/** Differences within NetBSD's epoll, which is made of a kqueue. */
import { KERN_DESCRIP, LINUX_EPOLL, SYS_EPOLL } from './divergence-versions.ts'
import type { Divergence } from './divergences.ts'

export const epollDivergences: readonly Divergence[] = [
  {
    id: 'epoll.refused-events',
    summary: 'epoll_ctl refuses event bits that it does not know.',
    linux: 'EPOLLWAKEUP, EPOLLEXCLUSIVE, EPOLLMSG, EPOLLRDBAND, EPOLLWRBAND and unknown bits are accepted.',
    netbsd: 'EINVAL.',
    source: 'sys/kern/sys_epoll.c:epoll_to_kevent',
    ...SYS_EPOLL,
    severity: 'medium',
    advice: 'Add again without EPOLLEXCLUSIVE and EPOLLWAKEUP when EINVAL comes.',
  },
  {
    id: 'epoll.sigsetsize',
    summary: 'epoll_pwait does not look at the size of the signal set.',
    linux: 'A size other than 8 is EINVAL.',
    netbsd: 'Any size is accepted.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_epoll_pwait',
    ...LINUX_EPOLL,
    severity: 'low',
    advice: 'None needed; the C library gives 8.',
  },
  {
    id: 'epoll.pwait-mask',
    summary: 'epoll_pwait puts the old signal mask back before a handler could run, and forgets the EINTR.',
    linux: 'The handler of a signal unblocked by the mask runs, and the call fails with EINTR.',
    netbsd: 'The call returns 0 events and the signal stays pending.',
    source: 'sys/kern/sys_epoll.c:epoll_wait_common',
    ...LINUX_EPOLL,
    severity: 'high',
    advice:
      'Leave signals to a signalfd or a pipe to oneself, and treat 0 events as a reason to look at what handlers have set.',
  },
  {
    id: 'epoll.numbers-compared',
    summary: 'epoll_ctl notices that an epoll is added to itself by comparing descriptor numbers.',
    linux: 'Open files are compared: adding a duplicate of the epoll descriptor is EINVAL.',
    netbsd:
      'Only the same number is EINVAL. A duplicate goes into the loop check, whose graph is one of numbers: the first is accepted, the way back is ELOOP (inferred from the two).',
    source: 'sys/kern/sys_epoll.c:epoll_ctl_common',
    ...SYS_EPOLL,
    severity: 'low',
    advice: 'None needed: both errors say the same.',
  },
  {
    id: 'epoll.not-inherited',
    summary: 'A child does not have the epolls of its parent.',
    linux: 'fork shares the instance with the child; close_range with CLOSE_RANGE_UNSHARE keeps it.',
    netbsd:
      'A copy of a descriptor table has no kqueues: the number is free in the child, and the next file may take it.',
    source: 'sys/kern/kern_descrip.c:fd_copy',
    ...KERN_DESCRIP,
    severity: 'high',
    advice: 'Make the epoll after the fork, or make a new one in the child and add everything again.',
  },
  {
    id: 'epoll.not-passed',
    summary: 'An epoll descriptor cannot be sent in a message.',
    linux: 'SCM_RIGHTS passes it like any other.',
    netbsd: 'EBADF.',
    source: 'sys/kern/uipc_usrreq.c:unp_internalize',
    ...KERN_DESCRIP,
    severity: 'medium',
    advice: 'Send the descriptors that it watches, and add them to an epoll of the receiver.',
  },
  {
    id: 'epoll.late-timeout',
    summary: 'epoll_pwait2 looks at the range of its timeout last.',
    linux: 'EINVAL for a time that is none, before anything else.',
    netbsd:
      'A bad descriptor is told first; with a signal mask the EINVAL is lost like every error of the wait (inferred).',
    source: 'sys/kern/kern_event.c:kqueue_scan; sys/kern/sys_epoll.c:epoll_wait_common',
    ...SYS_EPOLL,
    severity: 'low',
    advice: 'Give a timeout with less than a second of nanoseconds.',
  },
  {
    id: 'epoll.max-events',
    summary: 'How many events one wait may ask for.',
    linux: '178956970.',
    netbsd: 'EINVAL above 4194304.',
    source: 'sys/kern/sys_epoll.c:epoll_wait_common',
    ...SYS_EPOLL,
    severity: 'low',
    advice: 'Ask for fewer; the next wait tells the rest.',
  },
]
