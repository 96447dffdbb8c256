/** futex and the robust lists: linux_misc.c, linux_sys_futex; sys/kern/sys_futex.c; Linux: kernel/futex/syscalls.c, core.c. */
import { EAGAIN, EINVAL, ENOSYS, EPERM, Errno, ESRCH } from '../native/errno.ts'
import { FUTEX_BITSET_MATCH_ANY, type Futex, futexRequeue, futexWait, futexWake, lookupFutex } from '../native/futex.ts'
import type { Lwp } from '../native/lwp.ts'
import { lwpFind } from '../native/proc-find.ts'
import { mayInspect } from '../native/signal/permission.ts'
import type { Kthread } from '../native/sleep.ts'
import { type CallFamily, size } from './call.ts'
import { meets } from './divergences.ts'
import { absoluteDeadline, restartable } from './restart.ts'
import { readTimespec } from './time-values.ts'

const FUTEX_WAIT = 0
const FUTEX_WAKE = 1
const FUTEX_REQUEUE = 3
const FUTEX_CMP_REQUEUE = 4
const FUTEX_WAKE_OP = 5
const FUTEX_WAIT_BITSET = 9
const FUTEX_WAKE_BITSET = 10
const FUTEX_PRIVATE_FLAG = 128
const FUTEX_CLOCK_REALTIME = 256

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
  if (realtime && command !== FUTEX_WAIT_BITSET && !meets(l, 'futex.realtime-flag', `operation ${command}`)) {
    throw ENOSYS
  }
  switch (command) {
    case FUTEX_WAIT: {
      const wait = timeout === 0 ? undefined : readTimespec(l, timeout)
      const deadline = wait === undefined ? Number.POSITIVE_INFINITY : l.proc.kernel.clock.monotonic() + wait
      return wait_(l, lookupFutex(l, address, mine), address, value, FUTEX_BITSET_MATCH_ANY, deadline)
    }
    case FUTEX_WAIT_BITSET: {
      const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : absoluteDeadline(l, timeout, realtime)
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
  if (l.proc.kernel.diverges('futex.private-flag') && (count < 0 || count2 < 0)) throw EINVAL
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

// --- robust lists ---

/** struct robust_list_head: the list, the offset from an entry to its word, and the entry being locked. */
const HEAD_BYTES = 24
/** A list may be a circle that never comes back to its head. */
const ROBUST_LIST_LIMIT = 2048
const FUTEX_WAITERS = 0x8000_0000
const FUTEX_OWNER_DIED = 0x4000_0000
const FUTEX_TID_MASK = 0x3fff_ffff

/** @throws EINVAL. */
function sys___futex_set_robust_list(l: Lwp, head: number, length: number): number {
  if (size(length) !== HEAD_BYTES) throw EINVAL
  l.robustList = size(head)
  return 0
}

/** @throws ESRCH, EPERM, EFAULT. */
function sys___futex_get_robust_list(l: Lwp, pid: number, headAddress: number, lengthAddress: number): number {
  const other = (pid | 0) === 0 ? l : lwpFind(l.proc.kernel, pid | 0)
  if (other === undefined) throw ESRCH
  if (!mayInspect(l.proc, other.proc)) throw EPERM
  l.memory.writeBigU64(lengthAddress, BigInt(HEAD_BYTES))
  l.memory.writeBigU64(headAddress, BigInt(other.robustList))
  return 0
}

/** exit_robust_list: marks the mutexes that a dying thread holds, and wakes one waiter of each. What cannot be read ends the walk. */
export function releaseRobustFutexes(l: Lwp): void {
  const head = l.robustList
  l.robustList = 0
  if (head !== 0) ignoringFaults(() => walkRobustList(l, head))
}

function walkRobustList(l: Lwp, head: number): void {
  const { memory } = l
  const offset = memory.readI64(head + 8)
  const pending = memory.readU64(head + 16)
  let entry = memory.readU64(head)
  for (let i = 0; i < ROBUST_LIST_LIMIT && address(entry) !== head; i++) {
    const next = ignoringFaults(() => memory.readU64(address(entry)))
    if (address(entry) !== address(pending)) handleDeath(l, address(entry) + offset, isPi(entry), false)
    if (next === undefined) break
    entry = next
  }
  if (address(pending) !== 0) handleDeath(l, address(pending) + offset, isPi(pending), true)
}

/** The lowest bit says that the mutex inherits priorities. */
function address(entry: number): number {
  return entry - (entry % 2)
}

function isPi(entry: number): boolean {
  return entry % 2 === 1
}

function handleDeath(l: Lwp, word: number, pi: boolean, pending: boolean): void {
  if (word % 4 !== 0) return
  const value = l.memory.readU32(word)
  if (pending && !pi && value === 0) {
    futexWake(lookupFutex(l, word, false), 1)
    return
  }
  if ((value & FUTEX_TID_MASK) !== l.id) return
  l.memory.writeU32(word, ((value & FUTEX_WAITERS) | FUTEX_OWNER_DIED) >>> 0)
  if (!pi && (value & FUTEX_WAITERS) !== 0) futexWake(lookupFutex(l, word, false), 1)
}

/** A thread ends: pthread_join waits for its word to become 0. */
export function wakeClearTid(l: Lwp): void {
  const word = l.clearTid
  l.clearTid = 0
  if (word === 0) return
  ignoringFaults(() => {
    l.memory.writeU32(word, 0)
    futexWake(lookupFutex(l, word, false), 1)
  })
}

function ignoringFaults<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

export const futexCalls: CallFamily = {
  futex: linux_sys_futex,
  set_robust_list: sys___futex_set_robust_list,
  get_robust_list: sys___futex_get_robust_list,
}
