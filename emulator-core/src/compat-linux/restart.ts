/**
 * Timed waits that a signal interrupts: with a handler they end (EINTR), without one they go on, and not from the beginning.
 * Linux: ERESTART_RESTARTBLOCK, struct restart_block.
 */
import { EINTR, EINVAL, ERESTART } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread } from '../native/sleep.ts'
import { clockOffset, type WallClock } from '../native/time-namespace.ts'
import { interruption } from './temporary-mask.ts'

/** Runs `body` until `deadline` (monotonic ns), or until the one that the same call had when it was interrupted. */
export function* restartable<T>(l: Lwp, deadline: number, body: (deadline: number) => Kthread<T>): Kthread<T> {
  const until = l.restartDeadline ?? deadline
  l.restartDeadline = undefined
  try {
    return yield* body(until)
  } catch (error) {
    if (error !== EINTR && error !== ERESTART) throw error
    const outcome = interruption(l)
    if (outcome === ERESTART) l.restartDeadline = until
    throw outcome
  }
}

/** A struct timespec, as the process's clock shows it, as an instant of the machine's monotonic clock. @throws EFAULT, EINVAL. */
export function absoluteDeadline(l: Lwp, address: number, clock: WallClock | 'cpu'): number {
  const seconds = l.memory.readI64(address)
  const nanoseconds = l.memory.readI64(address + 8)
  if (seconds < 0 || nanoseconds < 0 || nanoseconds >= 1e9) throw EINVAL
  if (clock !== 'realtime') return seconds * 1e9 + nanoseconds - clockOffset(l.proc, clock)
  // Nanoseconds since 1970 need all 64 bits.
  return l.proc.kernel.clock.fromRealtime(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds))
}
