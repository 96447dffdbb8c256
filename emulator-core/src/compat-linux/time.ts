/** Clocks and sleeping: linux_time.c; sys/kern/kern_time.c. The guest cannot set a clock: they are the host's, or made up. */

import { meets } from '../native/divergence.ts'
import { EINTR, EINVAL, EOPNOTSUPP, EPERM, ERESTART, EWOULDBLOCK } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from '../native/sleep.ts'
import { clockOffset } from '../native/time-namespace.ts'
import type { CallFamily } from './call.ts'
import { CLOCK_REALTIME, type ClockSource, clockSource, cpuTime, hasTimers } from './clocks.ts'
import { absoluteDeadline, restartable } from './restart.ts'
import { readTimespec, writeTimespec } from './time-values.ts'

const BILLION = 1_000_000_000n
/** ns of a clock tick as times(2) counts them. */
const TICK = 1e7
/** ns: every clock here is as fine as it can tell. */
const RESOLUTION = 1
const TIMER_ABSTIME = 1

function writeRealtime(l: Lwp, address: number, unit: bigint): void {
  const now = l.proc.kernel.clock.realtime()
  l.memory.writeI64(address, Number(now / BILLION))
  l.memory.writeI64(address + 8, Number((now % BILLION) / unit))
}

// --- asking ---

/** @throws EINVAL, EFAULT. */
function linux_sys_clock_gettime(l: Lwp, id: number, address: number): number {
  const source = clockSource(l, id | 0)
  if (source.kind === 'realtime') writeRealtime(l, address, 1n)
  else if (source.kind === 'cpu') writeTimespec(l, address, cpuTime(l, source))
  else writeTimespec(l, address, l.proc.kernel.clock.monotonic() + clockOffset(l.proc, source.kind))
  return 0
}

/** @throws EINVAL, EFAULT. */
function linux_sys_clock_getres(l: Lwp, id: number, address: number): number {
  clockSource(l, id | 0)
  if (address !== 0) writeTimespec(l, address, RESOLUTION)
  return 0
}

/** gettimeofday(2): the time zone is always Greenwich. @throws EFAULT. */
function linux_sys_gettimeofday(l: Lwp, time: number, zone: number): number {
  if (time !== 0) writeRealtime(l, time, 1000n)
  if (zone !== 0) l.memory.writeI64(zone, 0)
  return 0
}

function linux_sys_time(l: Lwp, address: number): number {
  const seconds = Number(l.proc.kernel.clock.realtime() / BILLION)
  if (address !== 0) l.memory.writeI64(address, seconds)
  return seconds
}

/** times(2): struct tms in hundredths of a second. */
function linux_sys_times(l: Lwp, address: number): number {
  const { kernel, usage, childUsage } = l.proc
  kernel.scheduler.charge()
  if (address !== 0) {
    const spent = [usage.user, usage.system, childUsage.user, childUsage.system]
    spent.forEach((ns, i) => {
      l.memory.writeI64(address + 8 * i, Math.floor(ns / TICK))
    })
  }
  return Math.floor(kernel.clock.monotonic() / TICK)
}

// --- setting ---

/** @throws EINVAL, EFAULT, and EPERM in the end. */
function linux_sys_clock_settime(l: Lwp, id: number, address: number): number {
  if ((id | 0) !== CLOCK_REALTIME) {
    clockSource(l, id | 0)
    throw EINVAL
  }
  readTimespec(l, address)
  throw EPERM
}

function linux_sys_settimeofday(l: Lwp, time: number, zone: number): number {
  if (time !== 0) {
    const seconds = l.memory.readI64(time)
    const microseconds = l.memory.readI64(time + 8)
    if (seconds < 0 || microseconds < 0 || microseconds >= 1e6) throw EINVAL
  }
  if (zone !== 0) l.memory.readI64(zone)
  throw EPERM
}

// --- sleeping ---

/** Sleeps until a monotonic time. If a signal comes before, what was left is written to `remaining`. @throws EINTR, ERESTART. */
function* nanosleep1(l: Lwp, deadline: number, remaining: number): Kthread<number> {
  const { clock } = l.proc.kernel
  const channel = new WaitChannel('nanoslp')
  yield* restartable(l, deadline, function* (until): Kthread<void> {
    try {
      for (;;) yield* cvTimedwaitSig(l, channel, until)
    } catch (error) {
      if (error === EWOULDBLOCK) return
      if (remaining !== 0 && (error === EINTR || error === ERESTART)) {
        writeTimespec(l, remaining, Math.max(0, until - clock.monotonic()))
      }
      throw error
    }
  })
  if (remaining !== 0 && meets(l, 'nanosleep.remaining', 'nothing left')) writeTimespec(l, remaining, 0)
  return 0
}

/** nanosleep(2). @throws EINTR, EINVAL, EFAULT. */
function linux_sys_nanosleep(l: Lwp, request: number, remaining: number): Kthread<number> {
  const wait = readTimespec(l, request)
  return nanosleep1(l, l.proc.kernel.clock.monotonic() + wait, remaining)
}

/** clock_nanosleep(2). @throws EINTR, EINVAL, EOPNOTSUPP for a clock that only tells the time, EFAULT. */
function linux_sys_clock_nanosleep(
  l: Lwp,
  clockId: number,
  flags: number,
  request: number,
  remaining: number,
): Kthread<number> {
  const id = clockId | 0
  // A clock of some process is looked for only after the time has been read.
  if (id < 0) readTimespec(l, request)
  const source = clockSource(l, id)
  if (!hasTimers(id)) throw EOPNOTSUPP
  const wait = readTimespec(l, request)
  const how = flags | 0
  const odd = how !== 0 && (how & TIMER_ABSTIME) === 0
  const absolute = (how & TIMER_ABSTIME) !== 0 || (odd && meets(l, 'clock_nanosleep.any-flag', `flags ${how}`))
  if (source.kind === 'cpu') return cpuSleep(l, source, wait, absolute, absolute ? 0 : remaining)
  if (absolute) return nanosleep1(l, absoluteDeadline(l, request, source.kind), 0)
  return nanosleep1(l, l.proc.kernel.clock.monotonic() + wait, remaining)
}

/** Until the process has used that much of the processor. It cannot use it up faster than time passes. */
function* cpuSleep(
  l: Lwp,
  source: Extract<ClockSource, { kind: 'cpu' }>,
  wait: number,
  absolute: boolean,
  remaining: number,
): Kthread<number> {
  // A thread that sleeps uses no processor time of its own.
  if (source.thread && source.usage === l.usage) throw EINVAL
  const until = absolute ? wait : cpuTime(l, source) + wait
  for (;;) {
    const left = until - cpuTime(l, source)
    if (left <= 0) return 0
    try {
      yield* nanosleep1(l, l.proc.kernel.clock.monotonic() + left, 0)
    } catch (error) {
      if (error === EINTR && remaining !== 0) writeTimespec(l, remaining, Math.max(0, until - cpuTime(l, source)))
      throw error
    }
  }
}

export const timeCalls: CallFamily = {
  clock_gettime: linux_sys_clock_gettime,
  clock_getres: linux_sys_clock_getres,
  clock_settime: linux_sys_clock_settime,
  clock_nanosleep: linux_sys_clock_nanosleep,
  gettimeofday: linux_sys_gettimeofday,
  settimeofday: linux_sys_settimeofday,
  nanosleep: linux_sys_nanosleep,
  time: linux_sys_time,
  times: linux_sys_times,
}
