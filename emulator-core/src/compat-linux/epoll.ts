/**
 * epoll on kqueue: sys/compat/linux/common/linux_misc.c (linux_sys_epoll_*) over sys/kern/sys_epoll.c.
 *
 * There is no epoll object. An epoll descriptor is a kqueue; an interest is one knote for each direction, EVFILT_READ and EVFILT_WRITE; waiting is
 * kevent with an empty change list. Read linux_sys_epoll_ctl for the way in and epoll_wait_common for the way out. Most of what surprises a
 * Linux program follows from this: two records for a descriptor that is ready both ways, EPOLLONESHOT that disarms only one half, and a
 * child without its parent's epoll.
 */

import { meets, tellDivergence } from '../native/divergence.ts'
import { EEXIST, EINTR, EINVAL, ENOENT, EOPNOTSUPP, EPERM, ERESTART, Errno } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import { kevent, kevent1, kqueue1 } from '../native/kqueue/kevent.ts'
import {
  EV_CLEAR,
  EV_DELETE,
  EV_DISPATCH,
  EVFILT_READ,
  EVFILT_WRITE,
  type Kevent,
  type KeventFilter,
  type KeventFlags,
} from '../native/kqueue/knote.ts'
import { Kqueue } from '../native/kqueue/kqueue.ts'
import type { Lwp } from '../native/lwp.ts'
import type { SigSet } from '../native/signal/sigset.ts'
import type { Kthread } from '../native/sleep.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily } from './call.ts'
import { beginShadow, comparedControl, comparedWait } from './epoll-compared.ts'
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLL_EVENT_BYTES,
  type EpollEvent,
  type EpollOperation,
  readEpollEvent,
  writeEpollEvents,
} from './epoll-constants.ts'
import { epoll_to_kevent, kevent_to_epoll } from './epoll-events.ts'
import { epoll_check_loop_and_depth } from './epoll-nesting.ts'
import { readSigSet, withTemporaryMask } from './temporary-mask.ts'
import { readTimespec } from './time-values.ts'

/** What Linux wants a signal set's size to be. */
const SIGSET_BYTES = 8

/** Records one wait may ask for. */
const EPOLL_MAX_EVENTS = 4 * 1024 * 1024
/** Linux’s: INT_MAX bytes of them. */
const LINUX_MAX_EVENTS = Math.floor(0x7fffffff / EPOLL_EVENT_BYTES)

const NO_EVENT: EpollEvent = { events: 0, data: 0n }

/**
 * epoll_create(2): the size is a hint of long ago, and only has to be positive. linux_misc.c, linux_sys_epoll_create.
 * @throws EINVAL, EMFILE.
 */
export function linux_sys_epoll_create(l: Lwp, a0: number): number {
  if ((a0 | 0) <= 0) throw EINVAL
  return linux_sys_epoll_create1(l, 0)
}

/**
 * epoll_create1(2): an epoll is a kqueue and nothing else. linux_misc.c, linux_sys_epoll_create1.
 * @throws EINVAL for another flag than EPOLL_CLOEXEC, EMFILE.
 */
export function linux_sys_epoll_create1(l: Lwp, a0: number): number {
  const flags = a0 | 0
  if ((flags & ~EPOLL_CLOEXEC) !== 0) throw EINVAL
  const fd = kqueue1(l, (flags & EPOLL_CLOEXEC) !== 0, true)
  beginShadow(l, fd)
  return fd
}

// ---- the way in: interests ----

/**
 * epoll_ctl(2). The event is copied in first, even for an operation that does not exist, and even if the descriptors are wrong.
 * linux_misc.c, linux_sys_epoll_ctl.
 * @throws EFAULT, and what epoll_ctl_common throws.
 */
export function* linux_sys_epoll_ctl(l: Lwp, a0: number, a1: number, a2: number, a3: number): Kthread<number> {
  const epfd = a0 | 0
  const op: EpollOperation = a1 | 0
  const fd = a2 | 0
  const event = op === EPOLL_CTL_DEL ? NO_EVENT : readEpollEvent(l, a3)
  yield* comparedControl(l, epfd, op, fd, event, epoll_ctl_common(l, epfd, op, fd, event))
  return 0
}

/**
 * The checks in their order, then the operation: ADD probes and registers, MOD deletes and registers anew, DEL deletes. An interest is
 * found by its number alone, so one that was added through a dup is another. sys_epoll.c, epoll_ctl_common.
 * @throws EBADF, EPERM (a file that is always ready), EINVAL (an epoll in itself, an operation that does not exist), EEXIST, ENOENT, ELOOP.
 */
export function* epoll_ctl_common(
  l: Lwp,
  epfd: number,
  op: EpollOperation,
  fd: number,
  event: EpollEvent,
): Kthread<void> {
  const epoll = epollFile(l, epfd)
  const file = l.fd.file(fd)
  if (isAlwaysReadyVnode(file)) throw EPERM
  if (epfd === fd) throw EINVAL
  if (epoll === file && !l.proc.kernel.diverges('epoll.numbers-compared')) throw EINVAL

  let kevents: Kevent[] = []
  if (op !== EPOLL_CTL_DEL) {
    kevents = epoll_to_kevent(l, epfd, fd, event)
  }

  switch (op) {
    case EPOLL_CTL_ADD:
      if (yield* epoll_fd_registered(l, epfd, fd)) throw EEXIST
      if (file instanceof Kqueue) {
        epoll_check_loop_and_depth(l, epfd, fd)
      }
      yield* registerHalves(l, epfd, kevents)
      break
    case EPOLL_CTL_MOD:
      yield* epoll_delete_all_events(l, epfd, fd)
      yield* registerHalves(l, epfd, kevents)
      break
    case EPOLL_CTL_DEL:
      yield* epoll_delete_all_events(l, epfd, fd)
      break
    default:
      throw EINVAL
  }
  l.proc.kernel.trace?.emit('epoll-interest', l, {
    epoll: epoll.id,
    epfd,
    op,
    fd,
    object: file.id,
    events: event.events,
    data: event.data,
  })
}

/**
 * Hands both halves to kevent in one change list, without room for answers: the first that fails ends the call, and what was registered before it
 * stays. So IN|OUT on a descriptor that can only be read is EINVAL, and yet half of it is there. sys_epoll.c, end of epoll_ctl_common.
 */
function* registerHalves(l: Lwp, epfd: number, kevents: readonly Kevent[]): Kthread<void> {
  try {
    yield* kevent1(l, epfd, kevents, 0, 0)
  } catch (e) {
    throw e === EOPNOTSUPP ? EPERM : e
  }
}

/**
 * Whether either half is there: asked with a change that does nothing, which answers ENOENT only if the knote is not there.
 * sys_epoll.c, epoll_fd_registered.
 */
export function* epoll_fd_registered(l: Lwp, epfd: number, fd: number): Kthread<boolean> {
  const read = yield* epoll_register_kevent(l, epfd, fd, EVFILT_READ, 0)
  if (read !== ENOENT) return true
  const write = yield* epoll_register_kevent(l, epfd, fd, EVFILT_WRITE, 0)
  return write !== ENOENT
}

/** Removes both halves. sys_epoll.c, epoll_delete_all_events. @throws ENOENT if neither was there. */
export function* epoll_delete_all_events(l: Lwp, epfd: number, fd: number): Kthread<void> {
  const read = yield* epoll_register_kevent(l, epfd, fd, EVFILT_READ, EV_DELETE)
  const write = yield* epoll_register_kevent(l, epfd, fd, EVFILT_WRITE, EV_DELETE)
  if (read !== undefined && write !== undefined) throw write
}

/** Submits one change; its error, undefined for success. sys_epoll.c, epoll_register_kevent. */
function* epoll_register_kevent(
  l: Lwp,
  epfd: number,
  fd: number,
  filter: KeventFilter,
  flags: KeventFlags,
): Kthread<Errno | undefined> {
  try {
    yield* kevent1(l, epfd, [kevent(fd, filter, flags)], 0, 0)
    return undefined
  } catch (e) {
    if (e instanceof Errno) return e
    throw e
  }
}

// ---- the way out: waiting ----

/** epoll_wait(2): the timeout is in ms, negative for ever. linux_misc.c, linux_sys_epoll_wait. */
export function* linux_sys_epoll_wait(l: Lwp, a0: number, a1: number, a2: number, a3: number): Kthread<number> {
  return yield* epoll_wait_common(l, a0 | 0, a1, a2 | 0, milliseconds(a3), undefined)
}

/** epoll_pwait(2): with a signal mask for the time of the wait. linux_misc.c, linux_sys_epoll_pwait. */
export function* linux_sys_epoll_pwait(
  l: Lwp,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
): Kthread<number> {
  return yield* epoll_wait_common(l, a0 | 0, a1, a2 | 0, milliseconds(a3), maskArgument(l, a4, a5))
}

/** epoll_pwait2(2): the timeout is a struct timespec. linux_misc.c, linux_sys_epoll_pwait2. */
export function* linux_sys_epoll_pwait2(
  l: Lwp,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
): Kthread<number> {
  const timeout = a3 === 0 ? Number.POSITIVE_INFINITY : uncheckedTimespec(l, a3)
  return yield* epoll_wait_common(l, a0 | 0, a1, a2 | 0, timeout, maskArgument(l, a4, a5))
}

/** A timespec in ns, NaN for what is none: only the wait itself minds. @throws EFAULT; EINVAL as Linux. */
function uncheckedTimespec(l: Lwp, address: number): number {
  try {
    return readTimespec(l, address)
  } catch (e) {
    if (e === EINVAL && l.proc.kernel.diverges('epoll.late-timeout')) return Number.NaN
    throw e
  }
}

/** An int of ms as ns. */
function milliseconds(argument: number): number {
  const ms = argument | 0
  return ms < 0 ? Number.POSITIVE_INFINITY : ms * 1e6
}

/** A signal mask for the time of a wait, and its size as the program gave it. */
interface Mask {
  readonly set: SigSet
  readonly size: number
}

/** The mask that stands in the program's memory, undefined for none. @throws EINVAL for another size than 8, where that is checked; EFAULT. */
function maskArgument(l: Lwp, address: number, size: number): Mask | undefined {
  if (address === 0) return undefined
  if (size !== SIGSET_BYTES && !l.proc.kernel.diverges('epoll.sigsetsize')) throw EINVAL
  return { set: readSigSet(l, address), size }
}

/**
 * Waits with kevent, and translates what comes: one record for each knote, so a descriptor that is ready both ways takes two of the program's
 * `room`. sys_epoll.c, epoll_wait_common.
 * @throws EINVAL, EBADF, EINTR; EFAULT when the events have been taken already.
 */
function* epoll_wait_common(
  l: Lwp,
  epfd: number,
  address: number,
  room: number,
  timeout: number,
  mask: Mask | undefined,
): Kthread<number> {
  if (room <= 0 || room > LINUX_MAX_EVENTS) throw EINVAL
  // Of a file of another kind both systems say EINVAL, whatever else is wrong.
  const file = l.fd.slot(epfd)?.file
  if (file !== undefined && !(file instanceof Kqueue)) {
    l.fd.missed(epfd)
    throw EINVAL
  }
  if (room > EPOLL_MAX_EVENTS && meets(l, 'epoll.max-events', `${room} asked for`)) throw EINVAL
  if (Number.isNaN(timeout) && (file === undefined || mask !== undefined))
    meets(l, 'epoll.late-timeout', 'a time that is none')
  const epoll = epollFile(l, epfd)
  if (mask !== undefined && mask.size !== SIGSET_BYTES) meets(l, 'epoll.sigsetsize', `size ${mask.size}`)
  const kevents = yield* comparedWait(l, epoll, room, waitUnderMask(l, epfd, room, timeout, mask?.set))
  const events = kevents.map(kevent_to_epoll)
  handOver(l, address, kevents, events)
  if (l.proc.kernel.trace !== undefined) reportDelivery(l, epoll, kevents, events)
  return events.length
}

/**
 * The mask is exchanged around the wait. The error of putting the old one back takes the place of the wait's own, so that a wait that fails, for
 * a signal above all, answers "no events"; and as it is put back before the return to the program, the signal's handler does not run.
 * sys_epoll.c, epoll_wait_common.
 */
function* waitUnderMask(
  l: Lwp,
  epfd: number,
  room: number,
  timeout: number,
  mask: SigSet | undefined,
): Kthread<Kevent[]> {
  const wait = kevent1(l, epfd, [], room, timeout)
  if (mask === undefined) return yield* wait
  if (!l.proc.kernel.diverges('epoll.pwait-mask')) return yield* withTemporaryMask(l, mask, wait)
  l.signals.beginTemporaryMask(mask)
  try {
    return yield* wait
  } catch (e) {
    if (!(e instanceof Errno)) throw e
    meets(l, 'epoll.pwait-mask', e === EINTR || e === ERESTART ? 'a signal ended the wait' : `${e.name} is lost`)
    return []
  } finally {
    l.signals.endTemporaryMask()
  }
}

/** An edge or a one-shot that cannot be written is lost: its knote has forgotten it. @throws EFAULT. */
function handOver(l: Lwp, address: number, kevents: readonly Kevent[], events: readonly EpollEvent[]): void {
  try {
    writeEpollEvents(l, address, events)
  } catch (e) {
    const lost = kevents.filter(({ flags }) => (flags & (EV_CLEAR | EV_DISPATCH)) !== 0)
    for (const { ident } of lost)
      tellDivergence(l, 'epoll.lost-events', `descriptor ${ident}: its event was not written`)
    throw e
  }
}

/** For the views: which interest each record came from. */
function reportDelivery(l: Lwp, epoll: Kqueue, kevents: readonly Kevent[], events: readonly EpollEvent[]): void {
  events.forEach((event, i) => {
    const fd = kevents[i].ident
    const object = l.fd.slot(fd)?.file.id ?? 0
    l.proc.kernel.trace?.emit('epoll-deliver', l, { epoll: epoll.id, fd, object, ...event })
  })
}

/** The kqueue behind an epoll descriptor. @throws EBADF, EINVAL for another kind of file. */
function epollFile(l: Lwp, epfd: number): Kqueue {
  const file = l.fd.file(epfd)
  if (file instanceof Kqueue) return file
  l.fd.missed(epfd)
  throw EINVAL
}

/** Files that cannot be waited for: regular files, directories, block devices, links. */
function isAlwaysReadyVnode(file: File): boolean {
  return file instanceof VnodeFile && ['VREG', 'VDIR', 'VBLK', 'VLNK'].includes(file.vnode.type)
}

export const epollCalls: CallFamily = {
  epoll_create: linux_sys_epoll_create,
  epoll_create1: linux_sys_epoll_create1,
  epoll_ctl: linux_sys_epoll_ctl,
  epoll_wait: linux_sys_epoll_wait,
  epoll_pwait: linux_sys_epoll_pwait,
  epoll_pwait2: linux_sys_epoll_pwait2,
}
