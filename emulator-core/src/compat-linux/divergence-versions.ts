/**
 * Since and until which version of NetBSD something differs, by the file in which it does. What is known stands in
 * shared/reference/netbsd-linux-semantics.md, 0.2: the revisions that were read, and when the calls of the summer of 2023 were merged.
 */

export interface VersionSpan {
  /** The first version that is known to behave so. */
  readonly since: string
  /** The last one. */
  readonly until: string
}

/** There at the first revision of the file; netbsd-10 had its branch before, so that the first release with it is 11 (inferred). */
const MERGED_2023 = 'its first revision, merged in the middle of 2023; the first release with it is 11 (inferred)'

/** Older than what was read, and nothing was looked up. */
const OLDER = 'not known: older than the revision that was read'

const still = (revision: string): string => `still so in ${revision}, the newest revision that was read`

const span = (since: string, until: string): VersionSpan => ({ since, until })

export const SYS_EPOLL = span(MERGED_2023, still('1.4 (2023-07-30)'))
export const LINUX_EPOLL = span(MERGED_2023, still('1.267 (2024-10-01) of linux_misc.c'))
export const LINUX_INOTIFY = span(MERGED_2023, still('1.7 (2024-10-01)'))
export const LINUX_MEMFD = span(MERGED_2023, still('1.267 (2024-10-01) of linux_misc.c'))
export const SYS_MEMFD = span(MERGED_2023, 'still so in the commit 4ab15e90, the newest that was read')
export const LINUX_WAITID = span(MERGED_2023, still('1.267 (2024-10-01) of linux_misc.c'))
export const LINUX_STATX = span(OLDER, still('1.68 of linux_file64.c'))

export const LINUX_MISC = span(OLDER, still('1.267 (2024-10-01) of linux_misc.c'))
export const LINUX_FILE = span(OLDER, still('1.122 of linux_file.c'))
export const LINUX_SOCKET = span(OLDER, still('1.155 (2022-12-24) of linux_socket.c'))
export const LINUX_SIGNAL = span(OLDER, still('1.88 of linux_signal.c'))
export const LINUX_SCHED = span(OLDER, 'still so in the branch of the summer of 2024, the newest that was read')
export const LINUX_TIME = span(OLDER, 'seen in the revision of 2014; not known of newer ones')
export const SYSCALL_TABLE = span(OLDER, still('1.74 (2024-07-01) of syscalls.master'))
export const SYS_GETRANDOM = span(OLDER, still('1.2 of sys_getrandom.c'))
export const KERN_EXIT = span(OLDER, 'still so in a tree of 2023, the newest that was read')
export const KERN_DESCRIP = span('not known: kqueue descriptors have never been inherited (inferred)', 'not known')
export const KQUEUE = span(OLDER, still('1.148 of kern_event.c, with the changes of the summer of 2023'))
export const SYS_FUTEX = span(OLDER, 'not known: a header of 2025 was read, the file itself without its revision')

/** The file was not read for this: what is said of it was concluded. */
export const UNREAD = span('not known', 'not known (inferred: the file was not read)')
