// What is not there for a test to pass, by the tests' names. The runner says it beside what failed; it changes no result.
// A test that is named here and passes nevertheless is reported as one that passes.

export const REASONS = [
  ['fanotify that asks for permission, or names files by handles', /^fanotify/],
  ['landlock', /^landlock/],
  ['keys of the types asymmetric and encrypted, which need cryptography', /^(keyctl0[59]|request_key03)/],
  ['ptrace: the debugger of Interlinear is outside the guest', /^ptrace/],
  ['io_uring to sockets', /^io_uring02/],
  ['programs of bpf, counters of a processor, seccomp', /^(bpf|perf_event|seccomp|prctl0[24]$)/],
  [
    'namespaces other than the first of each kind but time (clone, unshare: EPERM)',
    /^(unshare0[145]|setns02|clone30[1-4]|clone09|ioctl_ns0[1567]|pivot_root|mount_setattr|sendmsg03|sendto03|setsockopt0[5-9]|pidfd_send_signal03)/,
  ],
  [
    'listmount, statmount, file_setattr; open_tree that copies',
    /^(listmount|statmount|fs(config|mount|open|pick)|move_mount|open_tree|file_attr)/,
  ],
  ['bind mounts', /^(mount08)$/],
  ['hugetlbfs', /^cachestat03$/],
  ['protection keys', /^(mseal01|pkey01)$/],
  ['a release that says it is Linux 6.13', /^madvise12$/],
  ['more than one processor or memory node, control groups', /^(getcwd04|mmap22)/],
  ['security modules', /^lsm_/],
  ['an interface that multicasts: there is only the loopback', /^accept02$/],
  ['the pattern of core files (/proc/sys/kernel/core_pattern is not to be changed)', /^madvise08$/],
  ['a TUN device, packet sockets, SCTP, UDP-Lite', /^(ioctl03|setsockopt02|bind05)$/],
  ['more memory than the machine has by default (--memory)', /^(mallinfo2_01|sendfile09)/],
]

/** Why a test cannot pass here; undefined: it should. */
export const whyNot = name => REASONS.find(([, names]) => names.test(name))?.[0]
