/** kqueue1(2) and kevent(2): sys/kern/kern_event.c, sys_kqueue1, kevent1, under the name of the version a NetBSD 10 program calls. */
import { EBADF, Errno } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import type { Kthread } from '../sleep.ts'
import { EV_ERROR, EV_RECEIPT, EV_SYSFLAGS, type Kevent, type KeventFilter, type KeventFlags } from './knote.ts'
import { Kqueue } from './kqueue.ts'

/** versioningsyscalls(9): the call as it is since the records have ext[4]. */
const NAME = '__kevent100'

/** kqueue1(2): a new kqueue's descriptor. @throws EMFILE. */
export function kqueue1(l: Lwp, closeOnExec: boolean, isEpoll = false): number {
  const kernel = l.proc.kernel
  const kq = new Kqueue(kernel)
  kq.isEpoll = isEpoll
  const fd = l.fd.allocate(kq, closeOnExec)
  kernel.trace?.descriptorOpened(l, fd, kq, closeOnExec)
  kernel.trace?.emit('epoll-create', l, { epoll: kq.id, fd, mechanism: 0 })
  return fd
}

/** A change with everything a record has. */
export function kevent(
  ident: number,
  filter: KeventFilter,
  flags: KeventFlags,
  ext: Kevent['ext'] = [0n, 0n, 0n, 0n],
): Kevent {
  return { ident, filter, flags, fflags: 0, data: 0, udata: 0n, ext }
}

/**
 * kevent1: applies changes, then waits for up to `room` events for at most `timeout` ns (Infinity: for ever, 0: does not wait).
 * A change that fails (or asks for a receipt) is answered by a record with EV_ERROR while there is room; without room the call ends there
 * with that error, and the changes before it stay.
 * @throws EBADF for what is not a kqueue; what `register` and `scan` throw.
 */
export function* kevent1(
  l: Lwp,
  fd: number,
  changes: readonly Kevent[],
  room: number,
  timeout: number,
): Kthread<Kevent[]> {
  const kq = l.fd.file(fd)
  if (!(kq instanceof Kqueue)) throw EBADF
  try {
    let events = submit(l, fd, kq, changes, room)
    if (events.length === 0 && room > 0) events = yield* kq.scan(l, room, timeout)
    if (l.proc.kernel.trace !== undefined) report(l, fd, kq, changes, room, events, '')
    return events
  } catch (e) {
    if (e instanceof Errno && l.proc.kernel.trace !== undefined) report(l, fd, kq, changes, room, [], e.name)
    throw e
  }
}

function submit(l: Lwp, fd: number, kq: Kqueue, changes: readonly Kevent[], room: number): Kevent[] {
  const events: Kevent[] = []
  for (const asked of changes) {
    const change = { ...asked, flags: asked.flags & ~EV_SYSFLAGS }
    let error = 0
    try {
      kq.register(l, fd, change)
    } catch (e) {
      if (!(e instanceof Errno) || events.length >= room) throw e
      error = e.code
    }
    if (error !== 0 || ((change.flags & EV_RECEIPT) !== 0 && events.length < room)) {
      events.push({ ...change, flags: EV_ERROR, data: error })
    }
  }
  return events
}

function report(
  l: Lwp,
  fd: number,
  kq: Kqueue,
  changes: readonly Kevent[],
  room: number,
  events: readonly Kevent[],
  error: string,
): void {
  l.proc.kernel.trace?.emit('kevent-call', l, {
    name: NAME,
    fd,
    kqueue: kq.id,
    changes: changes.map(record),
    room,
    events: events.map(record),
    result: BigInt(error === '' ? events.length : -1),
    error,
  })
}

/** A kevent as the event grammar has it. */
function record(k: Kevent) {
  const { ident, filter, flags, fflags, data, udata, ext } = k
  return { ident, filter, flags, fflags: fflags >>> 0, data, udata, ext0: ext[0], ext1: ext[1], ext2: ext[2] }
}
