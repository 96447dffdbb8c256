/** The epoll calls over Linux's own mechanism: fs/eventpoll.c, SYSCALL_DEFINEs and do_epoll_ctl. */
import type { CallFamily } from '../compat-linux/call.ts'
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_DEL,
  EPOLL_EVENT_BYTES,
  type EpollEvent,
  readEpollEvent,
  writeEpollEvents,
} from '../compat-linux/epoll-constants.ts'
import { notPath } from '../compat-linux/file-arguments.ts'
import { readMaskArgument, withTemporaryMask } from '../compat-linux/temporary-mask.ts'
import { readTimespec } from '../compat-linux/time-values.ts'
import { EBADF, EFAULT, EINVAL, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { SigSet } from '../native/signal/sigset.ts'
import type { Kthread } from '../native/sleep.ts'
import { canPoll, controlItems } from './epoll-control.ts'
import { EventPoll } from './eventpoll.ts'

const MAX_EVENTS = Math.floor((2 ** 31 - 1) / EPOLL_EVENT_BYTES)
const USER_END = 2 ** 47

function epollCreate(l: Lwp, flags: number): number {
  if ((flags & ~EPOLL_CLOEXEC) !== 0) throw EINVAL
  const closeOnExec = (flags & EPOLL_CLOEXEC) !== 0
  const epoll = new EventPoll(l.proc.kernel)
  const fd = l.fd.allocate(epoll, closeOnExec)
  l.proc.kernel.trace?.descriptorOpened(l, fd, epoll, closeOnExec)
  l.proc.kernel.trace?.emit('epoll-create', l, { epoll: epoll.id, fd, mechanism: 1 })
  return fd
}

function epoll_create(l: Lwp, a0: number): number {
  if ((a0 | 0) <= 0) throw EINVAL
  return epollCreate(l, 0)
}

function epoll_create1(l: Lwp, a0: number): number {
  return epollCreate(l, a0 | 0)
}

function epoll_ctl(l: Lwp, a0: number, a1: number, a2: number, a3: number): number {
  const epfd = a0 | 0
  const op = a1 | 0
  const fd = a2 | 0
  const event: EpollEvent = op === EPOLL_CTL_DEL ? { events: 0, data: 0n } : readEpollEvent(l, a3)
  const epoll = notPath(l.fd.file(epfd))
  const file = notPath(l.fd.file(fd))
  if (!canPoll(file)) throw EPERM
  if (epoll === file || !(epoll instanceof EventPoll)) throw EINVAL
  controlItems(epoll.readyList, op, file, fd, event)
  const { events, data } = event
  l.proc.kernel.trace?.emit('epoll-interest', l, { epoll: epoll.id, epfd, op, fd, object: file.id, events, data })
  return 0
}

function* wait(
  l: Lwp,
  epfd: number,
  address: number,
  room: number,
  timeout: number,
  mask: SigSet | undefined,
): Kthread<number> {
  if (room <= 0 || room > MAX_EVENTS) throw EINVAL
  if (address < 0 || address + room * EPOLL_EVENT_BYTES > USER_END) throw EFAULT
  const epoll = l.fd.slot(epfd)?.file
  if (epoll === undefined) throw EBADF
  if (!(epoll instanceof EventPoll)) throw EINVAL
  const hand = (event: EpollEvent, i: number): void => writeEpollEvents(l, address + i * EPOLL_EVENT_BYTES, [event])
  const deliveries = yield* withTemporaryMask(l, mask, epoll.wait(l, room, timeout, hand))
  const { trace } = l.proc.kernel
  if (trace !== undefined) {
    for (const { item, events, data } of deliveries) {
      trace.emit('epoll-deliver', l, { epoll: epoll.id, fd: item.fd, object: item.file.id, events, data })
    }
  }
  return deliveries.length
}

function milliseconds(argument: number): number {
  const ms = argument | 0
  return ms < 0 ? Number.POSITIVE_INFINITY : ms * 1e6
}

function epoll_wait(l: Lwp, a0: number, a1: number, a2: number, a3: number): Kthread<number> {
  return wait(l, a0 | 0, a1, a2 | 0, milliseconds(a3), undefined)
}

function epoll_pwait(l: Lwp, a0: number, a1: number, a2: number, a3: number, a4: number, a5: number): Kthread<number> {
  return wait(l, a0 | 0, a1, a2 | 0, milliseconds(a3), readMaskArgument(l, a4, a5))
}

function epoll_pwait2(l: Lwp, a0: number, a1: number, a2: number, a3: number, a4: number, a5: number): Kthread<number> {
  const timeout = a3 === 0 ? Number.POSITIVE_INFINITY : readTimespec(l, a3)
  return wait(l, a0 | 0, a1, a2 | 0, timeout, readMaskArgument(l, a4, a5))
}

export const linuxEpollCalls: CallFamily = {
  epoll_create,
  epoll_create1,
  epoll_ctl,
  epoll_wait,
  epoll_pwait,
  epoll_pwait2,
}
