/** Linux's clocks by their numbers: linux_time.c:linux_to_native_clockid; Linux: kernel/time/posix-timers.c, posix-cpu-timers.c. */
import { EINVAL } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { WallClock } from '../native/time-namespace.ts'
import type { Usage } from '../native/usage.ts'

/** What a clock counts: time since 1970, since the start, or a process's or thread's processor time. */
export type ClockSource =
  | { readonly kind: WallClock }
  | { readonly kind: 'cpu'; readonly usage: Usage; readonly counts: CpuCount; readonly thread: boolean }

/** User and system time, user time only, or (more exactly) both. */
type CpuCount = 'all' | 'user'

export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1
const CLOCK_PROCESS_CPUTIME_ID = 2
const CLOCK_THREAD_CPUTIME_ID = 3

const REALTIME: ClockSource = { kind: 'realtime' }
const MONOTONIC: ClockSource = { kind: 'monotonic' }
/** The machine never sleeps, so that only time namespaces make a difference. */
const BOOTTIME: ClockSource = { kind: 'boottime' }

/** REALTIME, MONOTONIC, MONOTONIC_RAW, REALTIME_COARSE, MONOTONIC_COARSE, BOOTTIME, REALTIME_ALARM, BOOTTIME_ALARM, TAI. */
const FIXED: Readonly<Record<number, ClockSource>> = {
  0: REALTIME,
  1: MONOTONIC,
  4: MONOTONIC,
  5: REALTIME,
  6: MONOTONIC,
  7: BOOTTIME,
  8: REALTIME,
  9: BOOTTIME,
  11: REALTIME,
}

/** Clocks that one can sleep on and make timers of. */
const TIMERS = new Set([0, 1, 7, 11])

/** A clock, by its number. Processor time is brought up to date. @throws EINVAL. */
export function clockSource(l: Lwp, id: number): ClockSource {
  const fixed = FIXED[id]
  if (fixed !== undefined) return fixed
  if (id === CLOCK_PROCESS_CPUTIME_ID) return { kind: 'cpu', usage: l.proc.usage, counts: 'all', thread: false }
  if (id === CLOCK_THREAD_CPUTIME_ID) return { kind: 'cpu', usage: l.usage, counts: 'all', thread: true }
  if (id < 0) return cpuClock(l, id)
  throw EINVAL
}

/** Whether sleeps and timers can be had of a clock (of a processor clock: of any but the thread's own short name). */
export function hasTimers(id: number): boolean {
  return id < 0 || id === CLOCK_PROCESS_CPUTIME_ID || TIMERS.has(id)
}

/** A negative number: ~pid shifted left by 3, with the kind in the lowest two bits and 4 for a thread (clock_getcpuclockid(3)). */
function cpuClock(l: Lwp, id: number): ClockSource {
  const kind = id & 3
  if (kind === 3) throw EINVAL
  const number = ~(id >> 3)
  const thread = (id & 4) !== 0
  const p = number === 0 ? l.proc : l.proc.kernel.processes.get(number)
  const owner = thread ? (number === 0 ? l : l.proc.lwps.get(number)) : p
  if (owner === undefined) throw EINVAL
  return { kind: 'cpu', usage: owner.usage, counts: kind === 1 ? 'user' : 'all', thread }
}

/** ns of processor time up to now. */
export function cpuTime(l: Lwp, source: Extract<ClockSource, { kind: 'cpu' }>): number {
  l.proc.kernel.scheduler.charge()
  const { usage } = source
  return source.counts === 'user' ? usage.user : usage.user + usage.system
}
