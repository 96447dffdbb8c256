/**
 * epoll's answers held against those of Linux, where somebody listens: beside each epoll instance stands Linux's own as its shadow
 * (linux/epoll-shadow.ts). Nothing here changes an answer, and nothing of it is a part of the call: it is not stepped through.
 */
import { EpollShadow } from '../linux/epoll-shadow.ts'
import { divergencesAreHeard, tellDivergence } from '../native/divergence.ts'
import { EBADF, Errno } from '../native/errno.ts'
import type { Kevent } from '../native/kqueue/knote.ts'
import { Kqueue } from '../native/kqueue/kqueue.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread } from '../native/sleep.ts'
import { stepper } from '../native/stepper.ts'
import type { EpollEvent, EpollOperation } from './epoll-constants.ts'
import { kevent_to_epoll } from './epoll-events.ts'

/** A new epoll instance. */
export function beginShadow(l: Lwp, epfd: number): void {
  const epoll = stepper.aside(() => l.fd.slot(epfd)?.file)
  if (epoll instanceof Kqueue && divergencesAreHeard(l)) epoll.shadow = new EpollShadow(epoll)
}

/** epoll_ctl's work, and the comparison of its answer. @throws what the work throws. */
export function* comparedControl(
  l: Lwp,
  epfd: number,
  op: EpollOperation,
  fd: number,
  event: EpollEvent,
  work: Kthread<void>,
): Kthread<void> {
  const [epoll, file] = stepper.aside(() => [l.fd.slot(epfd)?.file, l.fd.slot(fd)?.file])
  const shadow = epoll instanceof Kqueue ? EpollShadow.of(epoll) : undefined
  if (shadow === undefined || file === undefined) return yield* work
  const control = { op, fd, file, event }
  try {
    yield* work
  } catch (error) {
    if (error instanceof Errno) stepper.aside(() => shadow.controlled(l, control, error))
    throw error
  }
  stepper.aside(() => shadow.controlled(l, control, undefined))
}

/** The wait, and the comparison of what it brought. @throws what the wait throws. */
export function* comparedWait(l: Lwp, epoll: Kqueue, room: number, wait: Kthread<Kevent[]>): Kthread<Kevent[]> {
  const shadow = EpollShadow.of(epoll)
  if (shadow === undefined) return yield* wait
  try {
    const kevents = yield* wait
    stepper.aside(() => shadow.returned(l, room, kevents, kevents.map(kevent_to_epoll)))
    return kevents
  } catch (error) {
    if (error === EBADF) tellDivergence(l, 'epoll.closed-while-waiting', 'the epoll was closed by another thread')
    throw error
  } finally {
    stepper.aside(() => shadow.left(l))
  }
}
