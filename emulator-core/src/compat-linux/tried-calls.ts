/**
 * Calls that the C library makes by itself and that no program notices to be missing: it has another way. Whoever wants to know which calls a
 * program lacks does not mean these; on NetBSD each program of a current glibc would begin with one.
 */
export interface TriedCall {
  readonly name: string
  /** What is done without it. glibc 2.36. */
  readonly instead: string
}

export const triedCalls: readonly TriedCall[] = [
  // sysdeps/unix/sysv/linux/rseq-internal.h: registration that fails is remembered as a cpu_id, and sched_getcpu makes the call.
  { name: 'rseq', instead: 'sched_getcpu asks the kernel each time' },
  // sysdeps/unix/sysv/linux/clone-internal.c: after ENOSYS.
  { name: 'clone3', instead: 'pthread_create and posix_spawn make the call clone' },
  // sysdeps/unix/sysv/linux/faccessat.c: after ENOSYS.
  { name: 'faccessat2', instead: 'faccessat looks at the file mode itself' },
]
