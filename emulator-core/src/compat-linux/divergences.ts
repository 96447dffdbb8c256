/**
 * Where NetBSD's Linux emulation differs from Linux: one entry a difference, each of which can be switched off. The code asks
 * `kernel.diverges(id)` in one place; `meets` (native/divergence.ts) asks and tells the trace that a program met one.
 */
import { fileDivergences } from './divergences-files.ts'
import { memoryDivergences } from './divergences-memory.ts'
import { networkDivergences } from './divergences-network.ts'
import { processDivergences } from './divergences-processes.ts'

export interface Divergence {
  /** `family.difference`. */
  readonly id: string
  /** One sentence. */
  readonly summary: string
  readonly linux: string
  readonly netbsd: string
  /** File and function in NetBSD's source. */
  readonly source: string
}

export const divergences: readonly Divergence[] = [
  {
    id: 'lseek.anonymous-files',
    summary: 'lseek on an eventfd or a timerfd fails.',
    linux: 'It answers 0 and does nothing.',
    netbsd: 'ESPIPE.',
    source: 'sys/kern/sys_eventfd.c, sys/kern/sys_timerfd.c',
  },
  ...fileDivergences,
  ...processDivergences,
  ...memoryDivergences,
  ...networkDivergences,
  {
    id: 'prlimit.other-process',
    summary: 'prlimit64 of another process.',
    linux: 'Allowed to its owner.',
    netbsd: 'EPERM.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_prlimit64',
  },
  {
    id: 'epoll.refused-events',
    summary: 'epoll_ctl refuses event bits that it does not know.',
    linux: 'EPOLLWAKEUP, EPOLLEXCLUSIVE, EPOLLMSG, EPOLLRDBAND, EPOLLWRBAND and unknown bits are accepted.',
    netbsd: 'EINVAL.',
    source: 'sys/kern/sys_epoll.c:epoll_to_kevent',
  },
  {
    id: 'epoll.sigsetsize',
    summary: 'epoll_pwait does not look at the size of the signal set.',
    linux: 'A size other than 8 is EINVAL.',
    netbsd: 'Any size is accepted.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_epoll_pwait',
  },
  {
    id: 'epoll.pwait-mask',
    summary: 'epoll_pwait puts the old signal mask back before a handler could run, and forgets the EINTR.',
    linux: 'The handler of a signal unblocked by the mask runs, and the call fails with EINTR.',
    netbsd: 'The call returns 0 events and the signal stays pending.',
    source: 'sys/kern/sys_epoll.c:epoll_wait_common',
  },
  {
    id: 'epoll.numbers-compared',
    summary: 'epoll_ctl notices that an epoll is added to itself by comparing descriptor numbers.',
    linux: 'Open files are compared: adding a duplicate of the epoll descriptor is EINVAL.',
    netbsd: 'Only the same number is EINVAL; a duplicate runs into the loop check, which says ELOOP.',
    source: 'sys/kern/sys_epoll.c:epoll_ctl_common',
  },
  {
    id: 'memfd.whole-pages',
    summary: 'The last, partial page of a memfd cannot be mapped.',
    linux: 'It can.',
    netbsd: 'EINVAL unless offset and length, rounded up to pages, lie within the size.',
    source: 'sys/kern/sys_memfd.c:memfd_mmap',
  },
  {
    id: 'memfd.seal-any-mapping',
    summary: 'F_SEAL_WRITE is refused while any mapping of the memfd exists.',
    linux: 'Only shared writable mappings prevent it.',
    netbsd: 'EBUSY even for a read-only or private mapping.',
    source: 'sys/kern/sys_memfd.c:memfd_fcntl',
  },
  {
    id: 'memfd.bare-stat',
    summary: 'fstat of a memfd shows no file type, and poll never finds it ready.',
    linux: 'It is a regular file, always ready.',
    netbsd: 'The mode is 0600 without S_IFREG, inode and device are 0; poll answers nothing.',
    source: 'sys/kern/sys_memfd.c:memfd_stat',
  },
  {
    id: 'memfd.hugetlb-sealing',
    summary: 'memfd_create refuses huge pages together with sealing.',
    linux: 'Both can be had since 4.16.',
    netbsd: 'EINVAL.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_memfd_create',
  },
  {
    id: 'getrandom.short-random',
    summary: 'getrandom with GRND_RANDOM gives at most 32 bytes.',
    linux: 'The buffer is filled.',
    netbsd: 'One block of the entropy pool: a short count for a larger buffer.',
    source: 'sys/kern/sys_getrandom.c:dogetrandom',
  },
  {
    id: 'inotify.refused-mask',
    summary: 'inotify_add_watch refuses mask bits that it does not know.',
    linux: 'IN_EXCL_UNLINK works; IN_UNMOUNT, IN_Q_OVERFLOW and IN_IGNORED are ignored.',
    netbsd: 'EINVAL.',
    source: 'sys/compat/linux/common/linux_inotify.c:linux_sys_inotify_add_watch',
  },
  {
    id: 'inotify.not-inotify',
    summary: 'inotify_add_watch on a descriptor of another kind.',
    linux: 'EINVAL.',
    netbsd: 'EBADF.',
    source: 'sys/compat/linux/common/linux_inotify.c:linux_sys_inotify_add_watch',
  },
  {
    id: 'inotify.unpadded-names',
    summary: 'Names in inotify records are not padded.',
    linux: 'Filled up with zeros to a multiple of 16, so that every record is aligned.',
    netbsd: 'The length is that of the name and one zero.',
    source: 'sys/compat/linux/common/linux_inotify.c:inotify_read',
  },
  {
    id: 'inotify.poll-sleeps-on',
    summary: 'A sleeping poll or select is not woken by an inotify record.',
    linux: 'It is.',
    netbsd: 'Readiness is seen only when the call begins.',
    source: 'sys/compat/linux/common/linux_inotify.c:inotify_poll',
  },
  {
    id: 'inotify.stale-readiness',
    summary: 'epoll sees the length that the inotify queue had when the last record came.',
    linux: 'It sees whether the queue is empty.',
    netbsd: 'Records queued before the interest was added are not seen, and a drained queue stays ready.',
    source: 'sys/compat/linux/common/linux_inotify.c:inotify_read_filt_event',
  },
  {
    id: 'inotify.silent-rm',
    summary: 'inotify_rm_watch queues nothing.',
    linux: 'An IN_IGNORED record.',
    netbsd: 'Nothing.',
    source: 'sys/compat/linux/common/linux_inotify.c:linux_sys_inotify_rm_watch',
  },
  {
    id: 'inotify.snapshot-assertion',
    summary: 'A directory that changed by more than one entry between two looks.',
    linux: 'Every change is told.',
    netbsd: 'An assertion fails, or nothing is told.',
    source: 'sys/compat/linux/common/linux_inotify.c:handle_write',
  },
]
