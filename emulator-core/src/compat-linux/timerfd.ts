/** timerfd_create, timerfd_settime, timerfd_gettime: linux_misc.c, linux_sys_timerfd_*. */
import { EINVAL } from '../native/errno.ts'
import { Timerfd, type TimerSetting } from '../native/ipc/timerfd.ts'
import type { Lwp } from '../native/lwp.ts'
import { clockOffset, type WallClock } from '../native/time-namespace.ts'
import type { CallFamily } from './call.ts'
import { allocateDescriptor, creationFlags, O_CLOEXEC, O_NONBLOCK } from './new-descriptor.ts'
import { readTimespec, writeTimespec } from './time-values.ts'

const TFD_TIMER_ABSTIME = 1
const TFD_TIMER_CANCEL_ON_SET = 2

/** By their numbers: the last two would wake a sleeping machine. */
const CLOCKS: Readonly<Record<number, WallClock>> = {
  0: 'realtime',
  1: 'monotonic',
  7: 'boottime',
  8: 'realtime',
  9: 'boottime',
}

/** @throws EINVAL, EMFILE. */
export function linux_sys_timerfd_create(l: Lwp, a0: number, a1: number): number {
  const flags = a1 | 0
  const clock = CLOCKS[a0 | 0]
  if (clock === undefined || (flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw EINVAL
  const file = new Timerfd(l.proc.kernel, clock, creationFlags(flags))
  return allocateDescriptor(l, file, (flags & O_CLOEXEC) !== 0)
}

/** @throws EINVAL, EBADF, EFAULT. */
export function linux_sys_timerfd_settime(l: Lwp, a0: number, a1: number, a2: number, a3: number): number {
  const flags = a1 | 0
  const interval = readTimespec(l, a2)
  const value = readTimespec(l, a2 + 16)
  if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) !== 0) throw EINVAL
  const timer = timerfd(l, a0)
  const old = timer.set(value === 0 ? undefined : startTime(l, timer, flags, a2 + 16, value), interval)
  if (a3 !== 0) writeSetting(l, a3, old)
  return 0
}

/** The first expiration on the monotonic clock. */
function startTime(l: Lwp, timer: Timerfd, flags: number, address: number, value: number): number {
  const { clock } = l.proc.kernel
  if ((flags & TFD_TIMER_ABSTIME) === 0) return clock.monotonic() + value
  if (timer.clock !== 'realtime') return value - clockOffset(l.proc, timer.clock)
  // Nanoseconds since 1970 need all 64 bits.
  const at = BigInt(l.memory.readI64(address)) * 1_000_000_000n + BigInt(l.memory.readI64(address + 8))
  return clock.fromRealtime(at)
}

export function linux_sys_timerfd_gettime(l: Lwp, a0: number, a1: number): number {
  writeSetting(l, a1, timerfd(l, a0).get())
  return 0
}

function timerfd(l: Lwp, fd: number): Timerfd {
  const file = l.fd.file(fd | 0)
  if (!(file instanceof Timerfd)) throw EINVAL
  return file
}

function writeSetting(l: Lwp, address: number, setting: TimerSetting): void {
  writeTimespec(l, address, setting.interval)
  writeTimespec(l, address + 16, setting.value)
}

export const timerfdCalls: CallFamily = {
  timerfd_create: linux_sys_timerfd_create,
  timerfd_settime: linux_sys_timerfd_settime,
  timerfd_gettime: linux_sys_timerfd_gettime,
}
