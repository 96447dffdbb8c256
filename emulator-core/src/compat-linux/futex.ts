/** futex(2): linux_misc.c, linux_sys_futex; sys/kern/sys_futex.c; Linux: kernel/futex/syscalls.c, core.c. */

import { meets } from '../native/divergence.ts'
import { EAGAIN, EINVAL, ENOSYS } from '../native/errno.ts'
import {
  FUTEX_BITSET_MATCH_ANY,
  type Futex,
  futexRequeue,
  futexWait,
  futexWaitMultiple,
  futexWake,
  lookupFutex,
} from '../native/futex.ts'
import { futexLock, futexRequeueToLock, futexTryLock, futexUnlock, futexWaitRequeue } from '../native/futex-pi.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Kthread } from '../native/sleep.ts'
import type { WallClock } from '../native/time-namespace.ts'
import type { CallFamily } from './call.ts'
import { absoluteDeadline, restartable } from './restart.ts'
import { robustListCalls } from './robust-list.ts'
import { readTimespec } from './time-values.ts'

const FUTEX_WAIT = 0
const FUTEX_WAKE = 1
const FUTEX_REQUEUE = 3
const FUTEX_CMP_REQUEUE = 4
const FUTEX_WAKE_OP = 5
const FUTEX_LOCK_PI = 6
const FUTEX_UNLOCK_PI = 7
const FUTEX_TRYLOCK_PI = 8
const FUTEX_WAIT_BITSET = 9
const FUTEX_WAKE_BITSET = 10
const FUTEX_WAIT_REQUEUE_PI = 11
const FUTEX_CMP_REQUEUE_PI = 12
const FUTEX_LOCK_PI2 = 13
const FUTEX_PRIVATE_FLAG = 128
/** Operations whose time may be the calendar's. */
const EITHER_CLOCK = [FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2]
const FUTEX_CLOCK_REALTIME = 256

const futexClock = (realtime: boolean): WallClock => (realtime ? 'realtime' : 'monotonic')

/** futex(2). The fourth argument is a timeout or a second count. @throws EAGAIN, EFAULT, EINTR, EINVAL, ENOSYS, ETIMEDOUT. */
function linux_sys_futex(
  l: Lwp,
  address: number,
  operation: number,
  value: number,
  timeout: number,
  address2: number,
  value3: number,
): number | Kthread<number> {
  const op = operation | 0
  const command = op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)
  const realtime = (op & FUTEX_CLOCK_REALTIME) !== 0
  const flagged = (op & FUTEX_PRIVATE_FLAG) !== 0
  const mine = flagged && !l.proc.kernel.diverges('futex.private-flag')
  const bits = value3 >>> 0
  const count = value | 0
  if (realtime && !EITHER_CLOCK.includes(command) && !meets(l, 'futex.realtime-flag', `operation ${command}`)) {
    throw ENOSYS
  }
  switch (command) {
    case FUTEX_WAIT: {
      const wait = timeout === 0 ? undefined : readTimespec(l, timeout)
      const deadline = wait === undefined ? Number.POSITIVE_INFINITY : l.proc.kernel.clock.monotonic() + wait
      return wait_(l, lookupFutex(l, address, mine), address, value, FUTEX_BITSET_MATCH_ANY, deadline)
    }
    case FUTEX_WAIT_BITSET: {
      const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : absoluteDeadline(l, timeout, futexClock(realtime))
      if (bits === 0) throw EINVAL
      return wait_(l, lookupFutex(l, address, mine), address, value, bits, deadline)
    }
    case FUTEX_WAKE:
      return futexWake(lookupFutex(l, address, mine), wakeCount(l, count))
    case FUTEX_WAKE_BITSET:
      if (bits === 0) throw EINVAL
      return futexWake(lookupFutex(l, address, mine), wakeCount(l, count), bits)
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE: {
      const moves = timeout | 0
      if (count < 0 || moves < 0) throw EINVAL
      const from = lookupFutex(l, address, mine)
      const to = lookupFutex(l, address2, mine)
      if (command === FUTEX_CMP_REQUEUE && l.memory.readU32(address) !== bits) throw EAGAIN
      const woken = futexWake(from, count)
      const moved = futexRequeue(from, to, moves)
      return woken + moved
    }
    case FUTEX_WAKE_OP:
      return wakeOp(
        l,
        lookupFutex(l, address, mine),
        lookupFutex(l, address2, mine),
        count,
        timeout | 0,
        address2,
        bits,
      )
    default:
      return withLocks(l, command, { address, value, timeout, address2, value3, realtime, mine })
  }
}

interface LockArguments {
  readonly address: number
  readonly value: number
  readonly timeout: number
  readonly address2: number
  readonly value3: number
  readonly realtime: boolean
  readonly mine: boolean
}

/** Operations on locks that lend priority, and what nobody knows. */
function withLocks(l: Lwp, command: number, a: LockArguments): number | Kthread<number> {
  if (command < FUTEX_LOCK_PI || command > FUTEX_LOCK_PI2 || meets(l, 'futex.no-pi', `operation ${command}`))
    throw ENOSYS
  const futex = (address: number): Futex => lookupFutex(l, address, a.mine)
  const deadline = (realtime: boolean): number =>
    a.timeout === 0 ? Number.POSITIVE_INFINITY : absoluteDeadline(l, a.timeout, futexClock(realtime))
  switch (command) {
    case FUTEX_LOCK_PI: {
      // Its time is always the calendar's.
      const until = deadline(true)
      return futexLock(l, futex(a.address), a.address, until)
    }
    case FUTEX_LOCK_PI2: {
      const until = deadline(a.realtime)
      return futexLock(l, futex(a.address), a.address, until)
    }
    case FUTEX_TRYLOCK_PI:
      return futexTryLock(l, futex(a.address), a.address)
    case FUTEX_UNLOCK_PI:
      return futexUnlock(l, futex(a.address), a.address)
    case FUTEX_WAIT_REQUEUE_PI: {
      const until = deadline(a.realtime)
      if (a.address === a.address2) throw EINVAL
      const [from, lock] = [futex(a.address), futex(a.address2)]
      return futexWaitRequeue(l, from, a.address, a.value, lock, a.address2, until)
    }
    case FUTEX_CMP_REQUEUE_PI: {
      const moves = a.timeout | 0
      if (a.address === a.address2 || (a.value | 0) !== 1 || moves < 0) throw EINVAL
      const [from, lock] = [futex(a.address), futex(a.address2)]
      if (l.memory.readU32(a.address) !== a.value3 >>> 0) throw EAGAIN
      return futexRequeueToLock(l, from, lock, a.address2, moves)
    }
    default:
      throw ENOSYS
  }
}

/** Linux counts a waiter before it compares, so that 0 wakes one. */
function wakeCount(l: Lwp, count: number): number {
  if (count > 0) return count
  return meets(l, 'futex.wake-none', `count ${count}`) ? 0 : 1
}

function* wait_(l: Lwp, futex: Futex, address: number, value: number, bits: number, deadline: number): Kthread<number> {
  // Without a timeout a handler's SA_RESTART decides; with one, only a signal without a handler starts the call again.
  if (deadline === Number.POSITIVE_INFINITY) yield* futexWait(l, futex, address, value, bits, deadline)
  else yield* restartable(l, deadline, until => futexWait(l, futex, address, value, bits, until))
  return 0
}

const OP_SHIFTS_ARGUMENT = 8

function signed12(n: number): number {
  return (n << 20) >> 20
}

/** FUTEX_WAKE_OP: changes the second word, wakes at the first, and at the second if its old value compares. */
function wakeOp(
  l: Lwp,
  first: Futex,
  second: Futex,
  count: number,
  count2: number,
  address2: number,
  encoded: number,
): number {
  if ((count < 0 || count2 < 0) && meets(l, 'futex.private-flag', 'a negative count')) throw EINVAL
  const operation = encoded >>> 28
  const raw = signed12((encoded >>> 12) & 0xfff)
  const argument = (operation & OP_SHIFTS_ARGUMENT) !== 0 ? 1 << (raw & 31) : raw
  const old = l.memory.readI32(address2)
  const changed = changedWord(operation & ~OP_SHIFTS_ARGUMENT, old, argument)
  const matches = compares((encoded >>> 24) & 0xf, old, signed12(encoded & 0xfff))
  l.memory.writeU32(address2, changed >>> 0)
  const woken = futexWake(first, wakeCount(l, count))
  return matches ? woken + futexWake(second, wakeCount(l, count2)) : woken
}

function changedWord(operation: number, old: number, argument: number): number {
  switch (operation) {
    case 0:
      return argument
    case 1:
      return (old + argument) | 0
    case 2:
      return old | argument
    case 3:
      return old & ~argument
    case 4:
      return old ^ argument
    default:
      throw ENOSYS
  }
}

function compares(comparison: number, old: number, argument: number): boolean {
  switch (comparison) {
    case 0:
      return old === argument
    case 1:
      return old !== argument
    case 2:
      return old < argument
    case 3:
      return old <= argument
    case 4:
      return old > argument
    case 5:
      return old >= argument
    default:
      throw ENOSYS
  }
}

// --- many at once ---

const MOST_WAITED = 128
/** struct futex_waitv: value, address, flags and nothing. */
const WAITV_BYTES = 24
const FUTEX2_SIZE_MASK = 3
const FUTEX2_SIZE_U32 = 2
const CLOCK_REALTIME = 0
const CLOCK_MONOTONIC = 1

/** futex_waitv(2), which NetBSD does not have. @throws EAGAIN, EFAULT, EINVAL, ETIMEDOUT, EINTR. */
function linux_sys_futex_waitv(
  l: Lwp,
  list: number,
  countArgument: number,
  flags: number,
  timeout: number,
  clock: number,
): Kthread<number> {
  const count = countArgument >>> 0
  if ((flags | 0) !== 0 || count === 0 || count > MOST_WAITED || list === 0) throw EINVAL
  const clockId = clock | 0
  if (timeout !== 0 && clockId !== CLOCK_REALTIME && clockId !== CLOCK_MONOTONIC) throw EINVAL
  const deadline =
    timeout === 0 ? Number.POSITIVE_INFINITY : absoluteDeadline(l, timeout, futexClock(clockId === CLOCK_REALTIME))
  const given = Array.from({ length: count }, (_, i) => waitTarget(l, list + WAITV_BYTES * i))
  const targets = given.map(({ address, value, mine }) => ({ futex: lookupFutex(l, address, mine), address, value }))
  return futexWaitMultiple(l, targets, deadline)
}

function waitTarget(l: Lwp, at: number): { address: number; value: number; mine: boolean } {
  const value = l.memory.readU64(at)
  const address = l.memory.readU64(at + 8)
  const flags = l.memory.readU32(at + 16)
  if ((flags & ~(FUTEX2_SIZE_MASK | FUTEX_PRIVATE_FLAG)) !== 0 || l.memory.readU32(at + 20) !== 0) throw EINVAL
  if ((flags & FUTEX2_SIZE_MASK) !== FUTEX2_SIZE_U32 || value >= 2 ** 32) throw EINVAL
  return { address, value, mine: (flags & FUTEX_PRIVATE_FLAG) !== 0 }
}

export const futexCalls: CallFamily = {
  futex: linux_sys_futex,
  futex_waitv: linux_sys_futex_waitv,
  ...robustListCalls,
}
