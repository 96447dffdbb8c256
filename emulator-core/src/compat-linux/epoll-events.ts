/**
 * Between struct epoll_event and struct kevent, both ways: sys/kern/sys_epoll.c, epoll_to_kevent and kevent_to_epoll.
 */

import { EINVAL } from '../native/errno.ts'
import { kevent } from '../native/kqueue/kevent.ts'
import {
  EV_ADD,
  EV_CLEAR,
  EV_DISABLE,
  EV_DISPATCH,
  EV_ENABLE,
  EV_EOF,
  EV_ERROR,
  EVFILT_READ,
  EVFILT_WRITE,
  type Kevent,
  type KeventFlags,
} from '../native/kqueue/knote.ts'
import type { Lwp } from '../native/lwp.ts'
import {
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  EPOLLRDNORM,
  EPOLLWRNORM,
  type EpollEvent,
  type EpollMask,
} from './epoll-constants.ts'

const READ_EVENTS = EPOLLIN | EPOLLRDNORM
const WRITE_EVENTS = EPOLLOUT | EPOLLWRNORM
/** Every other bit is refused. */
export const SUPPORTED =
  EPOLLET | EPOLLONESHOT | EPOLLHUP | EPOLLERR | EPOLLPRI | READ_EVENTS | WRITE_EVENTS | EPOLLRDHUP

/**
 * What each bit adds to the flags of the kevents. EV_ERROR and EV_EOF are the system's own flags, which every change loses on its way into
 * the kqueue: so asking for ERR or RDHUP alters nothing.
 */
const FLAGS: readonly (readonly [bit: number, flag: number])[] = [
  [EPOLLONESHOT, EV_DISPATCH],
  [EPOLLET, EV_CLEAR],
  [EPOLLERR, EV_ERROR],
  [EPOLLRDHUP, EV_EOF],
]

/** The kevents for an interest. sys_epoll.c, epoll_to_kevent. @throws EINVAL for a bit that is not supported. */
export function epoll_to_kevent(l: Lwp, epfd: number, fd: number, event: EpollEvent): Kevent[] {
  const { events } = event
  if ((events & ~SUPPORTED) !== 0 && l.proc.kernel.diverges('epoll.refused-events')) throw EINVAL
  return keventsOf(epfd, fd, event)
}

/**
 * One interest becomes one kevent for each direction. The program's data travels in ext[0]; the two descriptors in ext[1] and ext[2], from which
 * the nesting check recovers who watches whom.
 */
export function keventsOf(epfd: number, fd: number, { events, data }: EpollEvent): Kevent[] {
  let flags: KeventFlags = EV_ADD | EV_ENABLE
  for (const [bit, flag] of FLAGS) if ((events & bit) !== 0) flags |= flag

  const ext: Kevent['ext'] = [data, BigInt(epfd), BigInt(fd), 0n]
  const kevents: Kevent[] = []
  if ((events & READ_EVENTS) !== 0) kevents.push(kevent(fd, EVFILT_READ, flags, ext))
  if ((events & WRITE_EVENTS) !== 0) kevents.push(kevent(fd, EVFILT_WRITE, flags, ext))
  // Neither direction: a knote that is there, so that EEXIST and ENOENT come out right, but never speaks.
  if (kevents.length === 0) kevents.push(kevent(fd, EVFILT_READ, EV_ADD | EV_DISABLE))
  return kevents
}

/** A delivered kevent as the program sees it. End of file on the reading side is RDHUP, asked for or not; HUP, ERR and PRI never come. */
export function kevent_to_epoll(k: Kevent): EpollEvent {
  let events: EpollMask = 0
  if ((k.flags & EV_ERROR) !== 0) events |= EPOLLERR
  if (k.filter === EVFILT_READ) events |= (k.flags & EV_EOF) !== 0 ? EPOLLIN | EPOLLRDHUP : EPOLLIN
  if (k.filter === EVFILT_WRITE) events |= EPOLLOUT
  return { events, data: k.ext[0] }
}
