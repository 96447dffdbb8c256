/** How NetBSD's table of Linux calls (sys/compat/linux/arch/amd64/syscalls.master) answers. Made by scripts/generate-netbsd-calls.mjs. */

/** Calls that Linux has and NetBSD's emulation does not: ENOSYS. */
export const MISSING = `
  sendfile syslog capget capset ustat sysfs sched_rr_get_interval vhangup pivot_root prctl adjtimex mount umount2
  create_module init_module delete_module get_kernel_syms query_module quotactl nfsservctl getpmsg putpmsg
  afs_syscall tuxcall security set_thread_area io_setup io_destroy io_getevents io_submit io_cancel get_thread_area
  lookup_dcookie epoll_ctl_old epoll_wait_old remap_file_pages restart_syscall semtimedop vserver mbind
  set_mempolicy get_mempolicy kexec_load add_key request_key keyctl ioprio_set ioprio_get migrate_pages futimesat
  unshare splice tee sync_file_range vmsplice move_pages signalfd signalfd4 rt_tgsigqueueinfo perf_event_open
  fanotify_init fanotify_mark name_to_handle_at open_by_handle_at clock_adjtime syncfs setns process_vm_readv
  process_vm_writev kcmp finit_module sched_setattr sched_getattr renameat2 seccomp kexec_file_load bpf execveat
  userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free io_pgetevents
  rseq pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig
  fsmount fspick pidfd_open clone3 openat2 pidfd_getfd process_madvise mount_setattr quotactl_fd
  landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret process_mrelease futex_waitv
  set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue statmount
  listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat
  removexattrat open_tree_attr file_getattr file_setattr
`

/** Calls whose entry is NetBSD's own function; the others are translated by a linux_sys_ one. */
export const NATIVE = `
  read write close poll lseek munmap readv writev access msync mincore madvise shmat dup dup2 getitimer setitimer
  getpid shutdown listen fork vfork execve semget semop shmdt msgget msgsnd msgrcv flock fsync getcwd chdir fchdir
  rename mkdir rmdir link symlink readlink chmod fchmod chown fchown lchown umask getrusage getuid getgid setuid
  setgid geteuid getegid setpgid getppid getpgrp setsid setreuid setregid getgroups setgroups getpgid getsid
  setpriority mlock munlock mlockall munlockall chroot sync acct sethostname timer_getoverrun timer_delete utimes
  mkdirat renameat symlinkat readlinkat set_robust_list get_robust_list getrandom
`

/** Functions whose name is not that of the call. */
export const RENAMED = `
  stat=linux_sys_stat64 fstat=linux_sys_fstat64 lstat=linux_sys_lstat64 lseek=compat_43_sys_lseek
  pread64=linux_sys_pread pwrite64=linux_sys_pwrite msync=sys___msync13 getitimer=compat_50_sys_getitimer
  setitimer=compat_50_sys_setitimer vfork=sys___vfork14 truncate=linux_sys_truncate64
  ftruncate=linux_sys_ftruncate64 getcwd=sys___getcwd rename=sys___posix_rename chown=sys___posix_chown
  fchown=sys___posix_fchown lchown=sys___posix_lchown getrusage=compat_50_sys_getrusage
  rt_sigqueueinfo=linux_sys_rt_queueinfo _sysctl=linux_sys___sysctl sethostname=compat_43_sys_sethostname
  utimes=compat_50_sys_utimes newfstatat=linux_sys_fstatat64 set_robust_list=sys___futex_set_robust_list
  get_robust_list=sys___futex_get_robust_list
`
