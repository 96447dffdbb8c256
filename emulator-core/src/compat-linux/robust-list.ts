/** What a dying thread leaves behind: robust lists and the word that pthread_join waits at. sys/kern/sys_futex.c (futex_release_all_lwp); Linux: kernel/futex/core.c. */
import { meets } from '../native/divergence.ts'
import { EINVAL, EPERM, Errno, ESRCH } from '../native/errno.ts'
import { futexWake, lookupFutex } from '../native/futex.ts'
import { FUTEX_OWNER_DIED, FUTEX_TID_MASK, FUTEX_WAITERS } from '../native/futex-pi.ts'
import type { Lwp } from '../native/lwp.ts'
import { lwpFind } from '../native/proc-find.ts'
import { mayInspect } from '../native/signal/permission.ts'
import { type CallFamily, size } from './call.ts'

/** struct robust_list_head: the list, the offset from an entry to its word, and the entry being locked. */
const HEAD_BYTES = 24
/** A list may be a circle that never comes back to its head. */
const ROBUST_LIST_LIMIT = 2048
const NETBSD_ROBUST_LIST_LIMIT = 1_000_000

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
  if (!mayInspect(l, other.proc)) throw EPERM
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
  for (let i = 0; address(entry) !== head; i++) {
    if (i === ROBUST_LIST_LIMIT && !meets(l, 'futex.robust-length', `more than ${i} entries`)) break
    if (i === NETBSD_ROBUST_LIST_LIMIT) break
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

export const robustListCalls: CallFamily = {
  set_robust_list: sys___futex_set_robust_list,
  get_robust_list: sys___futex_get_robust_list,
}
