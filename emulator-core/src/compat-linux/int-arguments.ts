/**
 * Which arguments of a call are 32 bits wide: the upper half of such a register is nobody's. A C library's variadic syscall(3) leaves there what its
 * stack held. Linux: SYSCALL_DEFINE's casts; NetBSD: the types in sys/compat/linux/arch/amd64/syscalls.master.
 * A call is named with the positions of its `int` arguments, from 0, and behind a stroke those of its `unsigned int`; what is not here has neither.
 */
import { syscallNames } from '../events/syscall-names.ts'

const INT_ARGUMENTS = `
  read:0 write:0 open:1/2 close:0 fstat:0 poll:2/1 lseek:02 rt_sigaction:0 rt_sigprocmask:0 ioctl:0/1 pread64:0 pwrite64:0 readv:0 writev:0
  preadv:0 pwritev:0 preadv2:05 pwritev2:05 access:1 select:0 pselect6:0 ppoll:/1 msync:2 madvise:2 dup:0 dup2:01 dup3:012 pipe2:1 shmget:02
  shmat:02 shmctl:01 semget:012 semop:0/2 semtimedop:0/2 semctl:012 msgget:01 msgsnd:03 msgrcv:04 msgctl:01 getitimer:0 setitimer:0 alarm:/0
  sendfile:01 splice:02/5 tee:01/3 vmsplice:0/3 copy_file_range:02/5 socket:012 connect:02 accept:0 accept4:03 sendto:05/3 recvfrom:0/3
  sendmsg:0/2 recvmsg:0/2 sendmmsg:0/23 recvmmsg:0/23 shutdown:01 bind:02 listen:01 getsockname:0 getpeername:0 socketpair:012
  setsockopt:0124 getsockopt:012 exit:0 exit_group:0 wait4:02 waitid:013 kill:01 tkill:01 tgkill:012 fcntl:0/1 flock:01 fsync:0 fdatasync:0
  syncfs:0 sync_file_range:0/3 ftruncate:0 fallocate:01 fadvise64:03 readahead:0 getdents:0/2 getdents64:0/2 fchdir:0 mkdir:/1 mkdirat:0/2
  creat:/1 mknod:/12 mknodat:0/23 chmod:/1 fchmod:0/1 fchmodat:0/2 fchmodat2:0/23 chown:/12 lchown:/12 fchown:0/12 fchownat:04/23 umask:/0
  utimensat:03 futimesat:0 openat:02/3 openat2:0 newfstatat:03 statx:0/23 fstatfs:0 unlinkat:02 renameat:02 renameat2:02/4 linkat:024
  symlinkat:1 readlink:2 readlinkat:03 faccessat:02 faccessat2:023 name_to_handle_at:04 open_by_handle_at:02 close_range:/012
  memfd_create:/1 getrlimit:/0 setrlimit:/0 prlimit64:0/1 getrusage:0 syslog:02 setuid:/0 setgid:/0 setreuid:/01 setregid:/01 setresuid:/012
  setresgid:/012 setfsuid:/0 setfsgid:/0 getgroups:0 setgroups:0 setpgid:01 getpgid:0 getsid:0 personality:/0 getpriority:01 setpriority:012
  rt_sigqueueinfo:01 rt_tgsigqueueinfo:012 signalfd:0 signalfd4:03 pidfd_open:0/1 pidfd_send_signal:01/3 pidfd_getfd:01/2 sched_setparam:0
  sched_getparam:0 sched_setscheduler:01 sched_getscheduler:0 sched_get_priority_max:0 sched_get_priority_min:0 sched_rr_get_interval:0
  sched_setaffinity:0/1 sched_getaffinity:0/1 sched_setattr:0/2 sched_getattr:0/23 ioprio_set:012 ioprio_get:01 mlockall:0 mlock2:2 prctl:0
  arch_prctl:0 umount2:1 setns:01 execveat:04 kcmp:012 membarrier:02/1 getrandom:/2 seccomp:/01 setxattr:4 lsetxattr:4 fsetxattr:04
  fgetxattr:0 flistxattr:0 fremovexattr:0 process_vm_readv:0 process_vm_writev:0 process_madvise:03/4 futex:1/25 futex_waitv:4/12
  get_robust_list:0 rseq:2/13 epoll_create:0 epoll_create1:0 epoll_ctl:012 epoll_wait:023
  epoll_pwait:023 epoll_pwait2:02 eventfd:/0 eventfd2:1/0 inotify_init1:0 inotify_add_watch:0/2 inotify_rm_watch:01 timerfd_create:01
  timerfd_settime:01 timerfd_gettime:0 timer_create:0 timer_settime:01 timer_gettime:0 timer_getoverrun:0 timer_delete:0 clock_settime:0
  clock_gettime:0 clock_getres:0 clock_nanosleep:01 clock_adjtime:0 mq_open:1/2 mq_timedsend:0/3 mq_timedreceive:0 mq_notify:0
  mq_getsetattr:0 io_setup:/0 set_mempolicy:0 mbind:/5 migrate_pages:0 move_pages:05 cachestat:/03`

/** Said of an argument besides its bit: it has no sign. */
export const UNSIGNED_INT = 1 << 8

/** By number: bit i is set where argument i is 32 bits wide, bit 8 + i where it is unsigned. */
export function intArguments(): Uint16Array {
  const numbers = new Map(syscallNames.map(([nr, name]) => [name, nr]))
  const masks = new Uint16Array(Math.max(...numbers.values()) + 1)
  for (const entry of INT_ARGUMENTS.trim().split(/\s+/)) {
    const [name = '', signed = '', unsigned = ''] = entry.split(/[:/]/)
    const nr = numbers.get(name)
    if (nr === undefined) throw new Error(`${name} is no system call`)
    for (const position of signed) masks[nr] = (masks[nr] ?? 0) | (1 << Number(position))
    for (const position of unsigned) masks[nr] = (masks[nr] ?? 0) | ((1 | UNSIGNED_INT) << Number(position))
  }
  return masks
}
