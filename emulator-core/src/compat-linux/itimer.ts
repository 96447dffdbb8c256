/** Timers that send signals: linux_misc_notalpha.c (alarm), linux_time.c (timer_…); sys/kern/kern_time.c. */

import { meets } from '../native/divergence.ts'
import { EAGAIN, EINVAL, EOPNOTSUPP } from '../native/errno.ts'
import { cpuBase, type ItimerKind, PosixTimer, type TimerSignal, type TimerValue, wallBase } from '../native/itimer.ts'
import type { Lwp } from '../native/lwp.ts'
import { NSIG, SIGALRM } from '../native/signal/numbers.ts'
import type { CallFamily } from './call.ts'
import { clockSource, hasTimers } from './clocks.ts'
import { absoluteDeadline } from './restart.ts'
import { readTimespec, writeTimespec, writeTimeval } from './time-values.ts'

// --- interval timers ---

const KINDS: readonly (ItimerKind | undefined)[] = ['real', 'virtual', 'prof']

function itimer(l: Lwp, which: number) {
  const kind = KINDS[which | 0]
  if (kind === undefined) throw EINVAL
  return l.proc.timers.itimer(kind)
}

/** Strictly less than a second of microseconds, other than readTimeval. @throws EFAULT, EINVAL. */
function readItimerTime(l: Lwp, address: number): number {
  const seconds = l.memory.readI64(address)
  const microseconds = l.memory.readI64(address + 8)
  if (seconds < 0 || microseconds < 0 || microseconds >= 1e6) throw EINVAL
  return seconds * 1e9 + microseconds * 1e3
}

/** struct itimerval: interval, value. A running timer has at least a microsecond left. */
function writeItimerval(l: Lwp, address: number, { value, interval }: TimerValue): void {
  writeTimeval(l, address, interval)
  writeTimeval(l, address + 16, value === 0 ? 0 : Math.max(1e3, value))
}

/** @throws EINVAL, EFAULT. */
function compat_50_sys_getitimer(l: Lwp, which: number, address: number): number {
  writeItimerval(l, address, itimer(l, which).get())
  return 0
}

/** @throws EINVAL, EFAULT. */
function compat_50_sys_setitimer(l: Lwp, which: number, address: number, oldAddress: number): number {
  const interval = address === 0 ? 0 : readItimerTime(l, address)
  const value = address === 0 ? 0 : readItimerTime(l, address + 16)
  const timer = itimer(l, which)
  const old = timer.get()
  if (address !== 0 || !meets(l, 'setitimer.no-value', `timer ${which}`)) {
    timer.set(value === 0 ? undefined : timer.now() + value, interval)
  }
  if (oldAddress !== 0) writeItimerval(l, oldAddress, old)
  return 0
}

const MAX_SECONDS = 0x7fff_ffff

/** alarm(2): the seconds that were left, rounded, but not to 0. */
function linux_sys_alarm(l: Lwp, seconds: number): number {
  const timer = l.proc.timers.itimer('real')
  const { value } = timer.get()
  const wait = Math.min(seconds >>> 0, MAX_SECONDS)
  timer.set(wait === 0 ? undefined : timer.now() + wait * 1e9, 0)
  return value === 0 ? 0 : Math.max(1, Math.round(value / 1e9))
}

// --- POSIX timers ---

const SIGEV_SIGNAL = 0
const SIGEV_NONE = 1
const SIGEV_THREAD = 2
const SIGEV_THREAD_ID = 4
const TIMER_ABSTIME = 1
/** RLIMIT_SIGPENDING, which counts timers too, and a limit of our own. */
const SIGPENDING = 11
const MAX_TIMERS = 4096

const SIGEVENT_BYTES = 64

/** struct sigevent: value, signal, how to notify, thread. @throws EINVAL, EOPNOTSUPP. */
function timerSignal(l: Lwp, event: DataView): TimerSignal | undefined {
  const value = event.getBigUint64(0, true)
  const signo = event.getInt32(8, true)
  const notify = event.getInt32(12, true)
  if (notify === SIGEV_NONE) return undefined
  if (notify !== SIGEV_SIGNAL && meets(l, 'timer_create.threads', `notification ${notify}`)) throw EOPNOTSUPP
  let thread: Lwp | undefined
  if (notify === SIGEV_THREAD_ID) {
    thread = l.proc.lwps.get(event.getInt32(16, true))
    if (thread === undefined) throw EINVAL
  } else if (notify !== SIGEV_SIGNAL && notify !== SIGEV_THREAD) throw EINVAL
  if (signo <= 0 || signo > NSIG) throw EINVAL
  return { signo, value, thread }
}

/** NetBSD keeps the first numbers for setitimer (TIMER_MIN), and ends at TIMER_MAX. */
const NETBSD_FIRST_TIMER = 4
const NETBSD_TIMERS = 32

/** A timer's number. Linux does not give one again before all were given. @throws EAGAIN */
function newTimerId(l: Lwp): number {
  const { timers, limits } = l.proc
  if (l.proc.kernel.diverges('timer_create.numbers')) {
    if (timers.posix.size < NETBSD_TIMERS) return timers.freeId(NETBSD_FIRST_TIMER)
    meets(l, 'timer_create.numbers', 'more than 32 timers')
    throw EAGAIN
  }
  if (timers.posix.size >= Math.min(MAX_TIMERS, limits[SIGPENDING]?.soft ?? MAX_TIMERS)) throw EAGAIN
  const id = timers.freeId(timers.nextId)
  timers.nextId = id === 0x7fff_ffff ? 0 : id + 1
  return id
}

/** timer_create(2). @throws EINVAL, EAGAIN, EOPNOTSUPP, EFAULT. */
function linux_sys_timer_create(l: Lwp, clockId: number, event: number, idAddress: number): number {
  const { kernel, timers } = l.proc
  const given = event === 0 ? undefined : new DataView(l.memory.copyin(event, SIGEVENT_BYTES).buffer)
  const source = clockSource(l, clockId | 0)
  // The thread's own clock can be used for a timer, though not for sleeping.
  if (!hasTimers(clockId | 0) && source.kind !== 'cpu') throw EOPNOTSUPP
  const id = newTimerId(l)
  const signal = given === undefined ? { signo: SIGALRM, value: BigInt(id), thread: undefined } : timerSignal(l, given)
  const base = source.kind === 'cpu' ? cpuBase(kernel, source.usage, source.counts === 'user') : wallBase(kernel)
  l.memory.writeU32(idAddress, id)
  timers.posix.set(id, new PosixTimer(l.proc, id, base, source.kind, signal))
  return 0
}

function posixTimer(l: Lwp, id: number): PosixTimer {
  const timer = l.proc.timers.posix.get(id | 0)
  if (timer === undefined) throw EINVAL
  return timer
}

/** struct itimerspec: interval, value. */
function writeItimerspec(l: Lwp, address: number, { value, interval }: TimerValue): void {
  writeTimespec(l, address, interval)
  writeTimespec(l, address + 16, value === 0 ? 0 : Math.max(1, value))
}

/** timer_settime(2). @throws EINVAL, EFAULT. */
function linux_sys_timer_settime(l: Lwp, id: number, flags: number, address: number, oldAddress: number): number {
  if (address === 0) throw EINVAL
  const interval = readTimespec(l, address)
  const value = readTimespec(l, address + 16)
  const posix = posixTimer(l, id)
  const { timer } = posix
  const old = timer.get()
  posix.overrun = 0
  if (value === 0) timer.set(undefined, interval)
  else if ((flags & TIMER_ABSTIME) === 0) timer.set(timer.now() + value, interval)
  else timer.set(absoluteDeadline(l, address + 16, posix.clock), interval)
  if (oldAddress !== 0) writeItimerspec(l, oldAddress, old)
  return 0
}

/** @throws EINVAL, EFAULT. */
function linux_sys_timer_gettime(l: Lwp, id: number, address: number): number {
  writeItimerspec(l, address, posixTimer(l, id).timer.get())
  return 0
}

/** @throws EINVAL. */
function sys_timer_getoverrun(l: Lwp, id: number): number {
  return posixTimer(l, id).overrun
}

/** @throws EINVAL. */
function sys_timer_delete(l: Lwp, id: number): number {
  posixTimer(l, id).timer.set(undefined, 0)
  l.proc.timers.posix.delete(id | 0)
  return 0
}

export const itimerCalls: CallFamily = {
  alarm: linux_sys_alarm,
  getitimer: compat_50_sys_getitimer,
  setitimer: compat_50_sys_setitimer,
  timer_create: linux_sys_timer_create,
  timer_settime: linux_sys_timer_settime,
  timer_gettime: linux_sys_timer_gettime,
  timer_getoverrun: sys_timer_getoverrun,
  timer_delete: sys_timer_delete,
}
