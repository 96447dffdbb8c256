/** Calls on memory, processes, threads and what describes them. */
import * as b from '../types/basic.ts'
import { atFlags, groupList } from '../types/files.ts'
import { futexArguments } from '../types/futex.ts'
import { iovIn, iovOut } from '../types/io-vector.ts'
import * as m from '../types/memory.ts'
import { flags, names } from '../types/names.ts'
import * as p from '../types/process.ts'
import { cpuSet, dumpableName, ifCloning, prctlArgument } from '../types/process.ts'
import { siginfo, signal } from '../types/signals.ts'
import { type CallTable, call, inout, out } from '../types/table.ts'
import { timespec, timeval, timezone, tms } from '../types/time.ts'

const { address, fd, int, uint, ulong, hex, id, pid } = b
const randomFlags = flags(names('GRND_', 'NONBLOCK=1 RANDOM=2 INSECURE=4'), 'GRND_???')

export const memoryCalls: CallTable = {
  mmap: call({ addr: address, length: ulong, prot: m.protection, flags: m.mapFlags, fd, offset: hex }, 'hex'),
  munmap: call({ addr: address, length: ulong }),
  mprotect: call({ addr: address, len: ulong, prot: m.protection }),
  pkey_mprotect: call({ addr: address, len: ulong, prot: m.protection, pkey: int }),
  mremap: call(
    { old_address: address, old_size: ulong, new_size: ulong, flags: m.remapFlags, new_address: newAddress() },
    'hex',
  ),
  msync: call({ addr: address, length: ulong, flags: m.syncFlags }),
  mincore: call({ addr: address, length: ulong, vec: out(m.residency) }),
  madvise: call({ addr: address, length: ulong, advice: m.advice }),
  mlock: call({ addr: address, len: ulong }),
  mlock2: call({ addr: address, len: ulong, flags: m.lockFlags }),
  munlock: call({ addr: address, len: ulong }),
  mlockall: call({ flags: m.lockAllFlags }),
  munlockall: call({}),
  set_mempolicy: call({ mode: b.hexInt, nodemask: address, maxnode: ulong }),
  get_mempolicy: call({ mode: address, nodemask: address, maxnode: ulong, addr: address, flags: hex }),
  mbind: call({ addr: address, len: ulong, mode: hex, nodemask: address, maxnode: ulong, flags: b.hexInt }),
  migrate_pages: call({ pid, maxnode: ulong, old_nodes: address, new_nodes: address }),
  move_pages: call({ pid, count: ulong, pages: address, nodes: address, status: address, flags: b.hexInt }),
  set_mempolicy_home_node: call({ addr: address, len: ulong, home_node: ulong, flags: hex }),
  cachestat: call({ fd, cstat_range: address, cstat: address, flags: b.hexInt }),
  mseal: call({ addr: address, len: ulong, flags: hex }),
  brk: call({ addr: address }, 'hex'),
  remap_file_pages: call({ addr: address, size: ulong, prot: m.protection, pgoff: ulong, flags: m.mapFlags }),
  membarrier: call({ cmd: m.membarrierCommand, flags: b.hexInt }),
  arch_prctl: call({ code: m.archCode, addr: inout(m.archBase) }),
  pkey_alloc: call({ flags: hex, access_rights: m.pkeyRights }),
  pkey_free: call({ pkey: int }),
}

export const processCalls: CallTable = {
  execve: call({ pathname: b.path, argv: b.stringVector, envp: b.environment }),
  execveat: call({ dirfd: b.directoryFd, pathname: b.path, argv: b.stringVector, envp: b.environment, flags: atFlags }),
  exit: call({ status: int }, 'decimal', { never: true }),
  exit_group: call({ status: int }, 'decimal', { never: true }),
  fork: call({}, 'pid'),
  vfork: call({}, 'pid'),
  clone: call(
    {
      flags: p.cloneFlags,
      child_stack: address,
      parent_tid: out(ifCloning('PARENT_SETTID', b.intAt)),
      child_tidptr: ifCloning('CHILD', address),
      tls: ifCloning('SETTLS', hex),
    },
    'pid',
    { named: true, lateComma: true, order: ['child_stack', 'flags', 'parent_tid', 'tls', 'child_tidptr'] },
  ),
  clone3: call({ cl_args: inout(p.cloneArguments), size: ulong }, 'pid'),
  unshare: call({ flags: p.unshareFlags }),
  setns: call({ fd, nstype: p.unshareFlags }),
  wait4: call({ pid, wstatus: out(p.waitStatusAt), options: p.waitOptions, rusage: out(p.rusage) }, 'pid'),
  waitid: call({ idtype: p.idType, id: int, infop: out(siginfo), options: p.waitIdOptions, rusage: out(p.rusage) }),
  getpid: call({}, 'pid'),
  getppid: call({}, 'pid'),
  gettid: call({}, 'pid'),
  getpgrp: call({}, 'pid'),
  getpgid: call({ pid }, 'pid'),
  getsid: call({ pid }, 'pid'),
  setpgid: call({ pid, pgid: pid }),
  setsid: call({}, 'pid'),
  getuid: call({}, 'unsigned'),
  geteuid: call({}, 'unsigned'),
  getgid: call({}, 'unsigned'),
  getegid: call({}, 'unsigned'),
  setuid: call({ uid: id }),
  setgid: call({ gid: id }),
  setreuid: call({ ruid: id, euid: id }),
  setregid: call({ rgid: id, egid: id }),
  setresuid: call({ ruid: id, euid: id, suid: id }),
  setresgid: call({ rgid: id, egid: id, sgid: id }),
  getresuid: call({ ruid: out(b.idAt), euid: out(b.idAt), suid: out(b.idAt) }),
  getresgid: call({ rgid: out(b.idAt), egid: out(b.idAt), sgid: out(b.idAt) }),
  setfsuid: call({ fsuid: id }),
  setfsgid: call({ fsgid: id }),
  getgroups: call({ size: int, list: out(groupList(0, true)) }),
  setgroups: call({ size: int, list: groupList(0, false) }),
  getrlimit: call({ resource: p.resource, rlim: out(p.rlimit) }),
  setrlimit: call({ resource: p.resource, rlim: p.rlimit }),
  prlimit64: call({ pid, resource: p.resource, new_limit: p.rlimit, old_limit: out(p.rlimit) }),
  getrusage: call({ who: p.usageOf, usage: out(p.rusage) }),
  times: call({ buf: out(tms) }),
  sysinfo: call({ info: out(p.sysinfo) }),
  uname: call({ buf: out(p.utsname) }),
  sethostname: call({ name: b.sized(1), len: uint }),
  setdomainname: call({ name: b.sized(1), len: uint }),
  prctl: call(
    {
      option: p.prctlOption,
      arg2: inout(prctlArgument(1)),
      arg3: prctlArgument(2),
      arg4: prctlArgument(3),
      arg5: prctlArgument(4),
    },
    result => (result.low[0] === 3 ? { comment: dumpableName(result.resultLow) ?? '' } : undefined),
  ),
  set_tid_address: call({ tidptr: address }, 'pid'),
  set_robust_list: call({ head: address, len: ulong }),
  get_robust_list: call({ pid, head_ptr: out(b.addressAt), len_ptr: out(b.ulongAt) }),
  rseq: call({ rseq: address, rseq_len: b.hexInt, flags: b.hexInt, sig: b.hexInt }),
  futex: call(futexArguments),
  sched_yield: call({}),
  sched_getaffinity: call({ pid, cpusetsize: ulong, mask: out(cpuSet(source => source.result)) }),
  sched_setaffinity: call({ pid, cpusetsize: ulong, mask: cpuSet(source => source.argument(1)) }),
  sched_getparam: call({ pid, param: out(b.intAt) }),
  sched_setparam: call({ pid, param: b.intAt }),
  sched_getscheduler: call({ pid }, result => ({ comment: policyName(result.resultLow) })),
  sched_setscheduler: call({ pid, policy: p.schedulingPolicy, param: b.intAt }),
  sched_get_priority_max: call({ policy: p.schedulingPolicy }),
  sched_get_priority_min: call({ policy: p.schedulingPolicy }),
  sched_rr_get_interval: call({ pid, tp: out(timespec) }),
  ioprio_set: call({ which: p.ioPriorityOf, who: int, ioprio: p.ioPriority }),
  ioprio_get: call({ which: p.ioPriorityOf, who: int }, p.ioPriorityResult),
  getpriority: call({ which: p.priorityOf, who: int }),
  setpriority: call({ which: p.priorityOf, who: int, prio: int }),
  getcpu: call({ cpu: out(b.uintAt), node: out(b.uintAt), tcache: address }),
  personality: call({ persona: b.hexInt }, result => ({
    hex: result.resultLow !== 0,
    comment: result.resultLow === 0 ? 'PER_LINUX' : '',
  })),
  ptrace: call({ request: b.hexInt, pid, addr: address, data: address }),
  capget: call({ hdrp: address, datap: address }),
  capset: call({ hdrp: address, datap: address }),
  syslog: call({ type: int, bufp: out(b.filled()), len: uint }),
  settimeofday: call({ tv: timeval, tz: timezone }),
  pidfd_open: call({ pid, flags: b.hexInt }, 'fd'),
  pidfd_getfd: call({ pidfd: fd, targetfd: fd, flags: b.hexInt }, 'fd'),
  pidfd_send_signal: call({ pidfd: fd, sig: signal, info: siginfo, flags: b.hexInt }),
  seccomp: call({ operation: b.hexInt, flags: b.hexInt, args: address }),
  iopl: call({ level: int }),
  ioperm: call({ from: b.hex, num: b.hex, turn_on: int }),
  getrandom: call({ buf: out(b.filled(true)), buflen: ulong, flags: randomFlags }),
  kcmp: call({ pid1: pid, pid2: pid, type: int, idx1: ulong, idx2: ulong }),
  process_vm_readv: call({
    pid,
    local_iov: inout(iovOut),
    liovcnt: ulong,
    remote_iov: ['before', m.foreignVectors(4)],
    riovcnt: ulong,
    flags: ulong,
  }),
  process_vm_writev: call({
    pid,
    local_iov: iovIn,
    liovcnt: ulong,
    remote_iov: ['before', m.foreignVectors(4)],
    riovcnt: ulong,
    flags: ulong,
  }),
  process_madvise: call({ pidfd: fd, iovec: m.foreignVectors(2), vlen: ulong, advice: m.advice, flags: b.hexInt }),
  process_mrelease: call({ pidfd: fd, flags: b.hexInt }),
  vhangup: call({}),
  reboot: call({ magic: b.hexInt, magic2: b.hexInt, cmd: b.hexInt, arg: address }),
}

const MREMAP_MAYMOVE_AND_FIXED = 3
function newAddress() {
  return {
    value: (...[given, low, high]: Parameters<typeof address.value>) =>
      (given.low[3] & MREMAP_MAYMOVE_AND_FIXED) === MREMAP_MAYMOVE_AND_FIXED
        ? address.value(given, low, high)
        : undefined,
  }
}

function policyName(policy: number): string {
  return (
    ['SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', 'SCHED_ISO', 'SCHED_IDLE', 'SCHED_DEADLINE'][policy] ?? ''
  )
}
