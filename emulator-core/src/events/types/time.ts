/** struct timespec, timeval, itimerspec, itimerval, tms; clocks. */

import { commented, formatted, listValue, pointerValue, type Value } from '../value.ts'
import { approximate, signed64, unsigned64 } from '../wide.ts'
import { hexInt, int, long, ulong } from './basic.ts'
import { choice, flags, names } from './names.ts'
import { type ArgumentType, type Layout, pointer, struct, word } from './type.ts'

const wide = word(8, long)

export const timespecLayout: Layout = struct(16, [
  ['tv_sec', 0, wide],
  ['tv_nsec', 8, word(8, ulong)],
])
export const timevalLayout: Layout = struct(16, [
  ['tv_sec', 0, wide],
  ['tv_usec', 8, word(8, ulong)],
])
export const timespec = pointer(timespecLayout)
export const timeval = pointer(timevalLayout)

export const itimerspec = pointer(
  struct(32, [
    ['it_interval', 0, timespecLayout],
    ['it_value', 16, timespecLayout],
  ]),
)
export const itimerval = pointer(
  struct(32, [
    ['it_interval', 0, timevalLayout],
    ['it_value', 16, timevalLayout],
  ]),
)

/** Linux counts processor time in hundredths of a second for programs. */
const TICKS_PER_SECOND = 100

/** Processor time, with the seconds it stands for. */
export function ticksValue(low: number, high: number): Value {
  const seconds = approximate(low, high) / TICKS_PER_SECOND
  return commented(unsigned64(low, high), seconds === 0 ? '' : `${seconds.toFixed(2)} s`)
}
const clockTicks: ArgumentType = { value: (_call, low, high) => ticksValue(low, high) }

export const tms = pointer(
  struct(32, [
    ['tms_utime', 0, word(8, clockTicks)],
    ['tms_stime', 8, word(8, clockTicks)],
    ['tms_cutime', 16, word(8, clockTicks)],
    ['tms_cstime', 24, word(8, clockTicks)],
  ]),
)

export const timezone = pointer(
  struct(8, [
    ['tz_minuteswest', 0, word(4, int)],
    ['tz_dsttime', 4, word(4, int)],
  ]),
)

/** `2026-11-24T02:31:18+0000`, with a fraction if there is one; empty for what is no time. */
export function calendar(seconds: number, nanoseconds = 0): string {
  if (!(Math.abs(seconds) <= 8.64e12 && nanoseconds >= 0 && nanoseconds < 1e9)) return ''
  const text = new Date(seconds * 1000).toISOString().slice(0, -5).replace(/^\+0*/, '')
  return `${text}${nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0')}`}+0000`
}

const second: ArgumentType = {
  value: (_call, low, high) => commented(signed64(low, high), calendar(approximate(low, high | 0))),
}
/** struct utimbuf. */
export const utimbuf = pointer(
  struct(16, [
    ['actime', 0, word(8, second)],
    ['modtime', 8, word(8, second)],
  ]),
)

export const timeAt: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 8),
  value: (call, low, high) => {
    const view = call.find(approximate(low, high), 8)
    if (view === undefined) return pointerValue(low, high)
    const seconds = approximate(view.getUint32(0, true), view.getInt32(4, true))
    return listValue([commented(seconds, calendar(seconds))])
  },
}

const UTIME_NOW = 0x3fff_ffff
const UTIME_OMIT = 0x3fff_fffe

const fileTime: Layout = {
  size: 16,
  read: (call, view, at) => {
    const nanoseconds = approximate(view.getUint32(at + 8, true), view.getInt32(at + 12, true))
    if (nanoseconds === UTIME_NOW) return call.options.verbose ? fileTimeFields(call, view, at) : 'UTIME_NOW'
    if (nanoseconds === UTIME_OMIT) return call.options.verbose ? fileTimeFields(call, view, at) : 'UTIME_OMIT'
    const seconds = approximate(view.getUint32(at, true), view.getInt32(at + 4, true))
    return commented(timespecLayout.read(call, view, at), calendar(seconds, nanoseconds))
  },
}
function fileTimeFields(call: Parameters<Layout['read']>[0], view: DataView, at: number): Value {
  return timespecLayout.read(call, view, at)
}

/** utimensat's pair. */
export const fileTimes: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 32),
  value: (call, low, high) => {
    const view = (low | high) === 0 ? undefined : call.find(approximate(low, high), 32)
    if (view === undefined) return pointerValue(low, high)
    return listValue([fileTime.read(call, view, 0), fileTime.read(call, view, 16)])
  },
}

/** utimes' and futimesat's pair. */
export const timevalPair: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 32),
  value: (call, low, high) => {
    const view = (low | high) === 0 ? undefined : call.find(approximate(low, high), 32)
    if (view === undefined) return pointerValue(low, high)
    const one = (at: number): Value => {
      const seconds = approximate(view.getUint32(at, true), view.getInt32(at + 4, true))
      const micro = approximate(view.getUint32(at + 8, true), view.getInt32(at + 12, true))
      return commented(
        timevalLayout.read(call, view, at),
        calendar(seconds, micro * 1000).replace(/(\.\d{6})000/, '$1'),
      )
    }
    return listValue([one(0), one(16)])
  },
}

const clocks = names(
  'CLOCK_',
  'REALTIME=0 MONOTONIC=1 PROCESS_CPUTIME_ID=2 THREAD_CPUTIME_ID=3 MONOTONIC_RAW=4 REALTIME_COARSE=5 MONOTONIC_COARSE=6 BOOTTIME=7 REALTIME_ALARM=8 BOOTTIME_ALARM=9 SGI_CYCLE=10 TAI=11',
)
const namedClock = choice(clocks, 'CLOCK_???')
/** A clock, or a process's or thread's CPU time behind a negative number. */
export const clock: ArgumentType = {
  value: (call, low, high) => {
    if ((low | 0) >= 0) return namedClock.value(call, low, high)
    const of = ~(low | 0) >> 3
    const kind = ['CPUCLOCK_PROF', 'CPUCLOCK_VIRT', 'CPUCLOCK_SCHED'][low & 3]
    if (kind === undefined) return hexInt.value(call, low, high)
    const make = low & 4 ? 'MAKE_THREAD_CPUCLOCK' : 'MAKE_PROCESS_CPUCLOCK'
    return formatted(`${make}(${of}, ${kind})`, `${make}(${of}, ${kind})`)
  },
}
export const intervalTimer = choice(names('ITIMER_', 'REAL=0 VIRTUAL=1 PROF=2'), 'ITIMER_???')
export const timerFlags = flags(names('TIMER_', 'ABSTIME=1'), 'TIMER_???')

const EINTR = 4
/** What is left of a sleep: written only when a signal ends it. */
export const remaining: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 16),
  value: (call, low, high) => (call.error === EINTR ? timespec.value(call, low, high) : pointerValue(low, high)),
}
