/** Differences in futexes, signals and timers. */
import type { Divergence } from './divergences.ts'

export const processDivergences: readonly Divergence[] = [
  {
    id: 'futex.private-flag',
    summary: 'FUTEX_PRIVATE_FLAG is ignored, and FUTEX_WAKE_OP refuses negative counts.',
    linux: 'Private and shared waits at one word do not meet; a negative count wakes one.',
    netbsd: 'They do, and it is EINVAL.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_do_futex',
  },
  {
    id: 'futex.realtime-flag',
    summary: 'FUTEX_CLOCK_REALTIME is taken with every operation.',
    linux: 'ENOSYS, but for the waits with an absolute time.',
    netbsd: 'It chooses the clock or means nothing.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_do_futex',
  },
  {
    id: 'futex.wake-none',
    summary: 'FUTEX_WAKE with a count of 0.',
    linux: 'Wakes one.',
    netbsd: 'Wakes none.',
    source: 'sys/kern/sys_futex.c:futex_wake',
  },
  {
    id: 'signal.unmapped',
    summary: 'SIGSTKFLT and the real-time signals 63 and 64 do not exist.',
    linux: 'They do.',
    netbsd:
      'sigaction succeeds and does nothing, kill of 16 and 63 only looks whether the process is there, 64 is EINVAL.',
    source: 'sys/compat/linux/common/linux_signo.c, linux_signal.c:linux_sys_kill',
  },
  {
    id: 'nanosleep.remaining',
    summary: 'nanosleep and clock_nanosleep write the remaining time although nothing is left.',
    linux: 'Only when a signal ended the sleep.',
    netbsd: 'Zero is written.',
    source: 'sys/compat/linux/common/linux_time.c:linux_sys_nanosleep',
  },
  {
    id: 'clock_nanosleep.any-flag',
    summary: 'Any flag of clock_nanosleep makes the time absolute.',
    linux: 'Only TIMER_ABSTIME, others are ignored.',
    netbsd: 'The time is absolute if the flags are not 0.',
    source: 'sys/compat/linux/common/linux_time.c:linux_sys_clock_nanosleep',
  },
  {
    id: 'setitimer.no-value',
    summary: 'setitimer without a new value.',
    linux: 'The timer is disarmed.',
    netbsd: 'It stays as it is.',
    source: 'sys/kern/kern_time.c:sys___setitimer50',
  },
  {
    id: 'timer_create.threads',
    summary: 'timer_create cannot signal a thread.',
    linux: 'SIGEV_THREAD_ID chooses one; SIGEV_THREAD is a signal to the process.',
    netbsd: 'EOPNOTSUPP.',
    source: 'sys/compat/linux/common/linux_time.c:linux_to_native_sigevent',
  },
  {
    id: 'wait.interrupted-by-child',
    summary: 'A handler of SIGCHLD without SA_RESTART interrupts the wait for the very child that has ended.',
    linux: 'wait4 and waitid look at the children first and answer the child; the handler runs afterwards.',
    netbsd: 'EINTR, or the call begins again where SA_RESTART is set; the child is told by the next call.',
    source: 'sys/kern/kern_exit.c:exit1, find_stopped_child',
  },
  {
    id: 'getrusage.thread',
    summary: 'getrusage cannot tell of one thread.',
    linux: 'RUSAGE_THREAD.',
    netbsd: 'EINVAL.',
    source: 'sys/kern/kern_resource.c:getrusage1',
  },
  {
    id: 'timer_create.numbers',
    summary: 'A process may have 32 POSIX timers.',
    linux: 'As many as signals may be pending; their numbers begin with 0 and are not given again soon.',
    netbsd: 'EAGAIN for the 33rd; the lowest free number from 4 on.',
    source: 'sys/kern/kern_time.c:timer_create1, sys/sys/timevar.h',
  },
  {
    id: 'getrusage.thread',
    summary: 'getrusage of the calling thread.',
    linux: 'RUSAGE_THREAD.',
    netbsd: 'EINVAL.',
    source: 'sys/kern/kern_resource.c:sys___getrusage50',
  },
  {
    id: 'setfsuid.real-only',
    summary: 'setfsuid and setfsgid.',
    linux: 'Set an id of its own for files, and answer the one before.',
    netbsd: '0 for the real id, ENOSYS for any other.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_setfsuid',
  },
  {
    id: 'personality.linux-only',
    summary: 'personality other than that of Linux.',
    linux: 'Any is remembered.',
    netbsd: 'EINVAL.',
    source: 'sys/compat/linux/common/linux_misc.c:linux_sys_personality',
  },
]
