/** Signals, time, sockets, polling and IPC. */
import type { Call } from '../call.ts'
import { signalName } from '../linux-names.ts'
import { valueText } from '../text.ts'
import * as b from '../types/basic.ts'
import * as f from '../types/files.ts'
import * as q from '../types/mqueue.ts'
import * as p from '../types/polling.ts'
import * as s from '../types/signals.ts'
import * as n from '../types/socket.ts'
import * as sa from '../types/socket-address.ts'
import * as msg from '../types/socket-messages.ts'
import * as opt from '../types/socket-options.ts'
import * as v from '../types/sysv.ts'
import { type CallTable, call, inout, out, outAlways, type ReturnText } from '../types/table.ts'
import * as t from '../types/time.ts'
import type { ArgumentType } from '../types/type.ts'

const { fd, int, uint, ulong, pid, address } = b
const NOHAND = { interrupted: 'NOHAND' } as const
const RESTARTBLOCK = { interrupted: 'RESTARTBLOCK' } as const
const EINTR = { interrupted: 'EINTR' } as const

const plain = { stringLimit: 32, hexStrings: 'never' } as const

/** `([{fd=0, revents=POLLIN}], left {…})` */
function polled(c: Call): ReturnText | undefined {
  if (c.error !== 0) return undefined
  if (c.result === 0) return { comment: 'Timeout' }
  const items = p.readyFds(c)
  const list = `[${items.map(item => valueText(item, plain)).join(', ')}]`
  return { comment: `${list}${c.nr === PPOLL ? left(c, 2) : ''}` }
}
const PPOLL = 271

function left(c: Call, argument: number): string {
  const view = c.argument(argument) === 0 ? undefined : c.exit.find(c.argument(argument), 16)
  return view === undefined ? '' : `, left ${valueText(t.timespecLayout.read(c, view, 0), plain)}`
}

/** `(in [0], out [1 2], left {…})` */
function selected(c: Call): ReturnText | undefined {
  if (c.error !== 0) return undefined
  if (c.result === 0) return { comment: 'Timeout' }
  const parts: string[] = []
  for (const [i, name] of [
    [1, 'in'],
    [2, 'out'],
    [3, 'except'],
  ] as const) {
    const value = p.fdSetValue(c, c.low[i], c.high[i], true)
    if (value !== undefined && valueText(value, plain) !== '[]') parts.push(`${name} ${valueText(value, plain)}`)
  }
  const view = c.argument(4) === 0 ? undefined : c.exit.find(c.argument(4), 16)
  if (view !== undefined) {
    const layout = c.nr === SELECT ? t.timevalLayout : t.timespecLayout
    parts.push(`left ${valueText(layout.read(c, view, 0), plain)}`)
  }
  return { comment: parts.join(', ') }
}
const SELECT = 23

const both = (type: ArgumentType) => ['before', type] as const

export const signalCalls: CallTable = {
  rt_sigaction: call({ signum: s.signal, act: s.sigaction, oldact: out(s.sigaction), sigsetsize: ulong }),
  rt_sigprocmask: call({ how: s.maskOperation, set: s.sigset, oldset: out(s.sigset), sigsetsize: ulong }),
  rt_sigreturn: call({ mask: s.frameMask }),
  rt_sigpending: call({ set: out(s.sigset), sigsetsize: ulong }),
  rt_sigtimedwait: call(
    { set: s.sigset, info: out(s.siginfo), timeout: both(t.timespec), sigsetsize: ulong },
    c => (c.result > 0 ? { comment: signalName(c.resultLow) } : undefined),
    EINTR,
  ),
  rt_sigqueueinfo: call({ pid, sig: s.signal, info: s.siginfo }),
  rt_tgsigqueueinfo: call({ tgid: pid, tid: pid, sig: s.signal, info: s.siginfo }),
  rt_sigsuspend: call({ mask: s.sigset, sigsetsize: ulong }, 'decimal', NOHAND),
  sigaltstack: call({ ss: s.sigaltstack, old_ss: out(s.sigaltstack) }),
  kill: call({ pid, sig: s.signal }),
  tkill: call({ tid: pid, sig: s.signal }),
  tgkill: call({ tgid: pid, tid: pid, sig: s.signal }),
  pause: call({}, 'decimal', NOHAND),
  restart_syscall: call({}, 'decimal', RESTARTBLOCK),
  signalfd: call({ fd, mask: s.sigset, sizemask: ulong }, 'fd'),
  signalfd4: call({ fd, mask: s.sigset, sizemask: ulong, flags: p.signalfdFlags }, 'fd'),
}

export const timeCalls: CallTable = {
  nanosleep: call({ req: t.timespec, rem: outAlways(t.remaining) }, 'decimal', RESTARTBLOCK),
  clock_nanosleep: call(
    { clockid: t.clock, flags: t.timerFlags, req: t.timespec, rem: outAlways(t.remaining) },
    'decimal',
    RESTARTBLOCK,
  ),
  clock_gettime: call({ clockid: t.clock, tp: out(t.timespec) }),
  clock_settime: call({ clockid: t.clock, tp: t.timespec }),
  clock_getres: call({ clockid: t.clock, res: out(t.timespec) }),
  gettimeofday: call({ tv: out(t.timeval), tz: out(t.timezone) }),
  time: call({ tloc: out(t.timeAt) }, c => ({ comment: t.calendar(c.result) })),
  getitimer: call({ which: t.intervalTimer, curr_value: out(t.itimerval) }),
  setitimer: call({ which: t.intervalTimer, new_value: t.itimerval, old_value: out(t.itimerval) }),
  alarm: call({ seconds: uint }),
  timer_create: call({ clockid: t.clock, sevp: s.sigevent, timerid: out(b.intAt) }),
  timer_settime: call({ timerid: int, flags: t.timerFlags, new_value: t.itimerspec, old_value: out(t.itimerspec) }),
  timer_gettime: call({ timerid: int, curr_value: out(t.itimerspec) }),
  timer_getoverrun: call({ timerid: int }),
  timer_delete: call({ timerid: int }),
  timerfd_create: call({ clockid: t.clock, flags: p.timerfdFlags }, 'fd'),
  timerfd_settime: call({ fd, flags: p.timerfdFlags, new_value: t.itimerspec, old_value: out(t.itimerspec) }),
  timerfd_gettime: call({ fd, curr_value: out(t.itimerspec) }),
  adjtimex: call({ buf: address }),
  clock_adjtime: call({ clockid: t.clock, buf: address }),
}

export const pollCalls: CallTable = {
  poll: call({ fds: both(p.pollFds), nfds: ulong, timeout: int }, polled, RESTARTBLOCK),
  ppoll: call(
    { fds: both(p.pollFds), nfds: ulong, tmo_p: both(t.timespec), sigmask: s.sigset, sigsetsize: ulong },
    polled,
    NOHAND,
  ),
  select: call(
    { nfds: int, readfds: both(p.fdSet), writefds: both(p.fdSet), exceptfds: both(p.fdSet), timeout: both(t.timeval) },
    selected,
    NOHAND,
  ),
  pselect6: call(
    {
      nfds: int,
      readfds: both(p.fdSet),
      writefds: both(p.fdSet),
      exceptfds: both(p.fdSet),
      timeout: both(t.timespec),
      sigmask: p.maskAndSize,
    },
    selected,
    NOHAND,
  ),
  epoll_create: call({ size: int }, 'fd'),
  epoll_create1: call({ flags: p.epollFlags }, 'fd'),
  epoll_ctl: call({ epfd: fd, op: p.epollOperation, fd, event: p.epollEventAt }),
  epoll_wait: call({ epfd: fd, events: out(p.epollEvents), maxevents: int, timeout: int }, 'decimal', EINTR),
  epoll_pwait: call(
    { epfd: fd, events: out(p.epollEvents), maxevents: int, timeout: int, sigmask: s.sigset, sigsetsize: ulong },
    'decimal',
    EINTR,
  ),
  epoll_pwait2: call(
    { epfd: fd, events: out(p.epollEvents), maxevents: int, timeout: t.timespec, sigmask: s.sigset, sigsetsize: ulong },
    'decimal',
    EINTR,
  ),
  eventfd: call({ count: uint }, 'fd'),
  eventfd2: call({ count: uint, flags: p.eventfdFlags }, 'fd'),
  inotify_init: call({}, 'fd'),
  inotify_init1: call({ flags: p.inotifyFlags }, 'fd'),
  inotify_add_watch: call({ fd, pathname: b.path, mask: p.inotifyMask }),
  inotify_rm_watch: call({ fd, wd: int }),
}

export const socketCalls: CallTable = {
  socket: call({ domain: sa.addressFamily, type: n.socketType, protocol: n.protocol }, 'fd'),
  socketpair: call({ domain: sa.addressFamily, type: n.socketType, protocol: uint, sv: out(b.fdPair) }),
  connect: call({ sockfd: fd, addr: sa.sockaddr(2), addrlen: int }),
  bind: call({ sockfd: fd, addr: sa.sockaddr(2), addrlen: int }),
  listen: call({ sockfd: fd, backlog: int }),
  accept: call({ sockfd: fd, addr: out(sa.filledSockaddr(2)), addrlen: inout(sa.lengthInOut) }, 'fd'),
  accept4: call(
    { sockfd: fd, addr: out(sa.filledSockaddr(2)), addrlen: inout(sa.lengthInOut), flags: n.acceptFlags },
    'fd',
  ),
  getsockname: call({ sockfd: fd, addr: out(sa.filledSockaddr(2)), addrlen: inout(sa.lengthInOut) }),
  getpeername: call({ sockfd: fd, addr: out(sa.filledSockaddr(2)), addrlen: inout(sa.lengthInOut) }),
  sendto: call({
    sockfd: fd,
    buf: b.sized(2),
    len: ulong,
    flags: msg.messageFlags,
    dest_addr: sa.sockaddr(5),
    addrlen: uint,
  }),
  recvfrom: call({
    sockfd: fd,
    buf: out(msg.receivedBytes),
    len: ulong,
    flags: msg.messageFlags,
    src_addr: out(sa.filledSockaddr(5)),
    addrlen: inout(sa.lengthInOut),
  }),
  sendmsg: call({ sockfd: fd, msg: msg.messageIn, flags: msg.messageFlags }),
  recvmsg: call({ sockfd: fd, msg: inout(msg.messageOut), flags: msg.messageFlags }),
  sendmmsg: call({ sockfd: fd, msgvec: inout(msg.messagesIn), vlen: uint, flags: msg.messageFlags }),
  recvmmsg: call({
    sockfd: fd,
    msgvec: inout(msg.messagesOut),
    vlen: uint,
    flags: msg.messageFlags,
    timeout: t.timespec,
  }),
  shutdown: call({ sockfd: fd, how: n.shutdownHow }),
  setsockopt: call({
    sockfd: fd,
    level: opt.socketLevel,
    optname: opt.socketOption,
    optval: opt.optionIn,
    optlen: int,
  }),
  getsockopt: call({
    sockfd: fd,
    level: opt.socketLevel,
    optname: opt.socketOption,
    optval: out(opt.optionOut),
    optlen: inout(sa.lengthInOut),
  }),
}

export const ipcCalls: CallTable = {
  shmget: call({ key: v.key, size: ulong, shmflg: v.shmGetFlags }),
  shmat: call({ shmid: int, shmaddr: address, shmflg: v.attachFlags }, 'hex'),
  shmdt: call({ shmaddr: address }),
  shmctl: call({ shmid: int, cmd: v.shmCommand, buf: inout(v.shmBuffer) }),
  semget: call({ key: v.key, nsems: int, semflg: v.getFlags }),
  semop: call({ semid: int, sops: v.operations, nsops: ulong }, 'decimal', EINTR),
  semtimedop: call({ semid: int, sops: v.operations, nsops: ulong, timeout: t.timespec }, 'decimal', EINTR),
  semctl: call({ semid: int, semnum: int, cmd: v.semCommand, arg: inout(v.semArgument) }),
  msgget: call({ key: v.key, msgflg: v.getFlags }),
  msgsnd: call({ msqid: int, msgp: v.message, msgsz: ulong, msgflg: v.messageFlags }, 'decimal', NOHAND),
  msgrcv: call(
    { msqid: int, msgp: out(v.message), msgsz: ulong, msgtyp: b.long, msgflg: v.messageFlags },
    'decimal',
    NOHAND,
  ),
  msgctl: call({ msqid: int, cmd: v.msgCommand, buf: inout(v.msgBuffer) }),
  mq_open: call({ name: b.path, oflag: f.openFlags, mode: f.modeIfCreating(1), attr: q.attributesIfCreating }, 'fd'),
  mq_unlink: call({ name: b.path }),
  mq_timedsend: call({ mqdes: fd, msg_ptr: b.sized(2), msg_len: ulong, msg_prio: uint, abs_timeout: t.timespec }),
  mq_timedreceive: call({
    mqdes: fd,
    msg_ptr: out(b.filled()),
    msg_len: ulong,
    msg_prio: out(b.uintAt),
    abs_timeout: both(t.timespec),
  }),
  mq_notify: call({ mqdes: fd, sevp: s.sigevent }),
  mq_getsetattr: call({ mqdes: fd, newattr: q.mqAttributes, oldattr: out(q.mqAttributes) }),
  io_setup: call({ nr_events: uint, ctx_idp: address }),
  io_destroy: call({ ctx_id: b.hex }),
  io_uring_setup: call({ entries: uint, p: address }, 'fd'),
  io_uring_enter: call({ fd, to_submit: uint, min_complete: uint, flags: b.hexInt, sig: address, sigsz: ulong }),
  io_uring_register: call({ fd, opcode: uint, arg: address, nr_args: uint }),
  bpf: call({ cmd: int, attr: address, size: uint }),
  perf_event_open: call({ attr: address, pid, cpu: int, group_fd: fd, flags: b.hex }, 'fd'),
  userfaultfd: call({ flags: b.hexInt }, 'fd'),
  fanotify_init: call({ flags: b.hexInt, event_f_flags: b.hexInt }, 'fd'),
  fanotify_mark: call({ fanotify_fd: fd, flags: b.hexInt, mask: b.hex, dirfd: b.directoryFd, pathname: b.path }),
}
