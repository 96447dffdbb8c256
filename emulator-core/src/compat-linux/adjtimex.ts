/** adjtimex(2), clock_adjtime(2), which NetBSD's emulation does not have: how well the clock is kept. It is the host's business, so it can only be asked. */
import { EINVAL, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CallFamily } from './call.ts'
import { clockSource } from './clocks.ts'

/** struct timex. */
const TIMEX_BYTES = 208
const CLOCK_REALTIME = 0
/** Nobody has said that the clock is synchronised: the state and its status bit. */
const TIME_ERROR = 5
const STA_UNSYNC = 0x40
const STATUS = 40
const CONSTANT = 48
const PRECISION = 56
const TOLERANCE = 64
const TIME = 72
const TICK = 88
const ADJ_OFFSET_SS_READ = 0xa001

/** @throws EFAULT, EPERM for any change. */
function linux_sys_adjtimex(l: Lwp, address: number): number {
  const bytes = l.memory.copyin(address, TIMEX_BYTES)
  const modes = new DataView(bytes.buffer).getUint32(0, true)
  if (modes !== 0 && modes !== ADJ_OFFSET_SS_READ) throw EPERM
  const v = new DataView(new ArrayBuffer(TIMEX_BYTES))
  const now = l.proc.kernel.clock.realtime()
  v.setUint32(0, modes, true)
  // Errors in µs, as they are when nobody looks after the clock for a long time.
  v.setBigInt64(24, 16_000_000n, true)
  v.setBigInt64(32, 16_000_000n, true)
  v.setInt32(STATUS, STA_UNSYNC, true)
  v.setBigInt64(CONSTANT, 2n, true)
  v.setBigInt64(PRECISION, 1n, true)
  v.setBigInt64(TOLERANCE, 32_768_000n, true)
  v.setBigInt64(TIME, now / 1_000_000_000n, true)
  v.setBigInt64(TIME + 8, (now % 1_000_000_000n) / 1000n, true)
  v.setBigInt64(TICK, 10_000n, true)
  l.memory.copyout(address, new Uint8Array(v.buffer))
  return TIME_ERROR
}

/** @throws EINVAL, EOPNOTSUPP for a clock that is not kept. */
function linux_sys_clock_adjtime(l: Lwp, clock: number, address: number): number {
  if ((clock | 0) === CLOCK_REALTIME) return linux_sys_adjtimex(l, address)
  if ((clock | 0) < 0) throw EINVAL
  clockSource(l, clock | 0)
  throw EOPNOTSUPP
}

export const adjtimexCalls: CallFamily = { adjtimex: linux_sys_adjtimex, clock_adjtime: linux_sys_clock_adjtime }
