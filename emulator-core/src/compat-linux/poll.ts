/** poll and select: sys/kern/sys_select.c; the Linux side is linux_misc.c (linux_sys_pselect6, linux_sys_ppoll, linux_select1). */
import { EINTR, EINVAL, ERESTART, EWOULDBLOCK } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import { Kqueue } from '../native/kqueue/kqueue.ts'
import type { Lwp } from '../native/lwp.ts'
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../native/selinfo.ts'
import { cvTimedwaitSig, finish, type Kthread, type MaybeBlocking, WaitChannel } from '../native/sleep.ts'
import { type CallFamily, size } from './call.ts'
import { restartable } from './restart.ts'
import { interruption, readMaskArgument, withTemporaryMask } from './temporary-mask.ts'
import { readTimespec, readTimeval, writeTimespec, writeTimeval } from './time-values.ts'

/** What somebody waits for at one descriptor. */
interface Interest {
  readonly file: File | undefined
  readonly events: number
}

/**
 * Asks all, and sleeps until one answers. `ask` tells the count of descriptors with an answer, and keeps the answers itself.
 * `timeout` in ns. Without a sleep this is a plain call.
 */
function pollcommon(l: Lwp, files: readonly Interest[], timeout: number, ask: () => number): MaybeBlocking<number> {
  const ready = ask()
  if (ready === 0 && (timeout > 0 || l.signalPending())) {
    return pollsleep(l, files, l.proc.kernel.clock.monotonic() + timeout, ask)
  }
  pollEnds(l, files)
  return ready
}

function pollEnds(l: Lwp, files: readonly Interest[]): void {
  for (const { file } of files) if (file instanceof Kqueue) file.shadow?.pollEnds(l)
}

function* pollsleep(l: Lwp, files: readonly Interest[], deadline: number, ask: () => number): Kthread<number> {
  try {
    return yield* asleep(l, files, deadline, ask)
  } finally {
    pollEnds(l, files)
  }
}

function* asleep(l: Lwp, files: readonly Interest[], deadline: number, ask: () => number): Kthread<number> {
  const channels = new Set<WaitChannel>()
  for (const { file } of files) for (const source of file?.pollSources() ?? []) channels.add(source.pollers)
  const list = channels.size > 0 ? [...channels] : [new WaitChannel('select')]
  for (;;) {
    if (l.signalPending()) throw interruption(l)
    if (l.proc.kernel.clock.monotonic() >= deadline) return 0
    try {
      yield* cvTimedwaitSig(l, list, deadline, 'select')
    } catch (e) {
      if (e === EWOULDBLOCK) return ask()
      throw e === EINTR || e === ERESTART ? interruption(l) : e
    }
    const ready = ask()
    if (ready > 0) return ready
  }
}

// ---- poll ----

const POLLFD_BYTES = 8
const RLIMIT_NOFILE = 7

function doPoll(l: Lwp, address: number, count: number, timeout: number): MaybeBlocking<number> {
  if (count > (l.proc.limits[RLIMIT_NOFILE]?.soft ?? l.fd.limit)) throw EINVAL
  const fds = l.memory.copyin(address, count * POLLFD_BYTES)
  const view = new DataView(fds.buffer)
  const interests: Interest[] = []
  for (let i = 0; i < count; i++) {
    const fd = view.getInt32(i * POLLFD_BYTES, true)
    const events = view.getUint16(i * POLLFD_BYTES + 4, true)
    interests.push({ file: fd < 0 ? undefined : l.fd.find(fd), events })
  }
  const ask = (): number => {
    let ready = 0
    interests.forEach(({ file, events }, i) => {
      const answer =
        file?.poll(events | POLLERR | POLLHUP) ?? (view.getInt32(i * POLLFD_BYTES, true) < 0 ? 0 : POLLNVAL)
      view.setUint16(i * POLLFD_BYTES + 6, answer, true)
      if (answer !== 0) ready++
    })
    if (ready > 0) writeAnswers(l, address, view, count)
    return ready
  }
  const result = pollcommon(l, interests, timeout, ask)
  if (result === 0) writeAnswers(l, address, view, count)
  return typeof result === 'number' ? result : writeAfter(l, address, view, count, result)
}

function* writeAfter(l: Lwp, address: number, view: DataView, count: number, wait: Kthread<number>): Kthread<number> {
  const ready = yield* wait
  writeAnswers(l, address, view, count)
  return ready
}

/** Only the answers: the rest of the array is the program's. */
function writeAnswers(l: Lwp, address: number, view: DataView, count: number): void {
  for (let i = 0; i < count; i++) {
    l.memory.writeU16(address + i * POLLFD_BYTES + 6, view.getUint16(i * POLLFD_BYTES + 6, true))
  }
}

/** poll(2): the timeout is in ms, negative for ever. Started again, it ends when it would have. @throws EFAULT, EINVAL, EINTR. */
export function linux_sys_poll(l: Lwp, a0: number, a1: number, a2: number): MaybeBlocking<number> {
  const ms = a2 | 0
  const now = l.proc.kernel.clock.monotonic()
  const until = l.restartDeadline ?? (ms < 0 ? Number.POSITIVE_INFINITY : now + ms * 1e6)
  l.restartDeadline = undefined
  const result = doPoll(l, a0, a1 >>> 0, until - now)
  return typeof result === 'number' ? result : restartable(l, until, () => result)
}

/** ppoll(2): writes back what is left of the time. */
export function* linux_sys_ppoll(l: Lwp, a0: number, a1: number, a2: number, a3: number, a4: number): Kthread<number> {
  const timeout = a2 === 0 ? Number.POSITIVE_INFINITY : readTimespec(l, a2)
  const mask = readMaskArgument(l, a3, a4)
  const body = timed(l, timeout, a2 === 0 ? undefined : left => writeTimespec(l, a2, left), () =>
    doPoll(l, a0, a1 >>> 0, timeout),
  )
  return yield* withTemporaryMask(l, mask, body)
}

/** Runs a call and reports, however it ends, how much of its time is left. */
function* timed(
  l: Lwp,
  timeout: number,
  report: ((left: number) => void) | undefined,
  call: () => MaybeBlocking<number>,
): Kthread<number> {
  const clock = l.proc.kernel.clock
  const end = clock.monotonic() + timeout
  try {
    return yield* finish(call())
  } finally {
    report?.(Math.max(0, end - clock.monotonic()))
  }
}

// ---- select ----

/** What counts as ready for each of the three sets. */
const SELECT_EVENTS = [
  POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
  POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
  POLLPRI,
]

/** Descriptors beyond the table are not looked at; Linux's table has at least 64 places, and NetBSD's selcommon clips likewise. */
function selectRange(l: Lwp, n: number): number {
  if (n < 0) throw EINVAL
  return Math.min(n, Math.max(64, Math.ceil((l.fd.highest + 1) / 64) * 64))
}

function doSelect(l: Lwp, n: number, addresses: readonly number[], timeout: number): MaybeBlocking<number> {
  const range = selectRange(l, n)
  const bytes = Math.ceil(range / 64) * 8
  const asked = addresses.map(a => (a === 0 ? undefined : l.memory.copyin(a, bytes)))
  const answers = asked.map(() => new Uint8Array(bytes))
  const interests: (Interest & { fd: number })[] = []
  for (let fd = 0; fd < range; fd++) {
    let events = 0
    asked.forEach((set, which) => {
      if (set !== undefined && has(set, fd)) events |= SELECT_EVENTS[which]
    })
    if (events === 0) continue
    const file = l.fd.file(fd)
    interests.push({ fd, file, events })
  }
  const ask = (): number => {
    let ready = 0
    for (const answer of answers) answer.fill(0)
    for (const { fd, file, events } of interests) {
      const now = file?.poll(events | POLLERR | POLLHUP) ?? 0
      asked.forEach((set, which) => {
        if (set === undefined || !has(set, fd) || (now & SELECT_EVENTS[which]) === 0) return
        answers[which][fd >> 3] |= 1 << (fd & 7)
        ready++
      })
    }
    return ready
  }
  const write = (ready: number): number => {
    addresses.forEach((address, which) => {
      if (address !== 0) l.memory.copyout(address, answers[which])
    })
    return ready
  }
  const result = pollcommon(l, interests, timeout, ask)
  return typeof result === 'number' ? write(result) : thenWrite(result, write)
}

function* thenWrite(wait: Kthread<number>, write: (ready: number) => number): Kthread<number> {
  return write(yield* wait)
}

function has(set: Uint8Array, fd: number): boolean {
  return (set[fd >> 3] & (1 << (fd & 7))) !== 0
}

/** personality(2): what is left of the time is not written back. */
const STICKY_TIMEOUTS = 0x400_0000

/** select(2): writes back what is left of the time. @throws EBADF, EINVAL, EFAULT, EINTR. */
export function* linux_sys_select(l: Lwp, a0: number, a1: number, a2: number, a3: number, a4: number): Kthread<number> {
  const timeout = a4 === 0 ? Number.POSITIVE_INFINITY : readTimeval(l, a4)
  const sticks = a4 === 0 || (l.proc.persona & STICKY_TIMEOUTS) !== 0
  const report = sticks ? undefined : (left: number) => writeTimeval(l, a4, left)
  return yield* timed(l, timeout, report, () => doSelect(l, a0 | 0, [a1, a2, a3], timeout))
}

/** pselect6(2): the sixth argument points to the mask's address and size. */
export function* linux_sys_pselect6(
  l: Lwp,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
): Kthread<number> {
  const timeout = a4 === 0 ? Number.POSITIVE_INFINITY : readTimespec(l, a4)
  const mask = a5 === 0 ? undefined : readMaskArgument(l, l.memory.readU64(a5), size(l.memory.readI64(a5 + 8)))
  const sticks = a4 === 0 || (l.proc.persona & STICKY_TIMEOUTS) !== 0
  const report = sticks ? undefined : (left: number) => writeTimespec(l, a4, left)
  const body = timed(l, timeout, report, () => doSelect(l, a0 | 0, [a1, a2, a3], timeout))
  return yield* withTemporaryMask(l, mask, body)
}

export const pollCalls: CallFamily = {
  poll: linux_sys_poll,
  ppoll: linux_sys_ppoll,
  select: linux_sys_select,
  pselect6: linux_sys_pselect6,
}
