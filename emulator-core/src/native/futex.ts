/**
 * Futexes: threads that wait at a word of memory. NetBSD: sys/kern/sys_futex.c; Linux: kernel/futex/*.c.
 * A word of shared memory is known by where it physically is, any other by its address space and address.
 */
import { ACCESS_READ } from '../machine/access.ts'
import { EAGAIN, EFAULT, EINVAL, ETIMEDOUT, EWOULDBLOCK } from './errno.ts'
import type { Lwp } from './lwp.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from './sleep.ts'

export const FUTEX_BITSET_MATCH_ANY = 0xffff_ffff

export interface Waiter {
  readonly channel: WaitChannel
  readonly bits: number
  woken: boolean
  /** Where it waits now: a requeue changes it. */
  futex: Futex
  /** It is to be moved to this lock, and to nothing else (futex-pi.ts). */
  readonly forLock?: Futex
}

/** Who waits for a lock that passes from owner to owner (futex-pi.ts). */
export interface LockWaiter {
  readonly l: Lwp
  readonly channel: WaitChannel
  /** The lock's word in this thread's memory. */
  readonly address: number
  /** The lock is this thread's. */
  acquired: boolean
}

/** The threads that wait at one word, in the order they came; sets keep it. */
export class Futex {
  readonly waiters = new Set<Waiter>()
  readonly lockWaiters = new Set<LockWaiter>()
  /** Whose the lock is while somebody waits for it; undefined if the owner has died. */
  owner: Lwp | undefined
  readonly #table: Map<number, Futex>
  readonly #key: number

  constructor(table: Map<number, Futex>, key: number) {
    this.#table = table
    this.#key = key
  }

  add(waiter: Waiter): void {
    waiter.futex = this
    this.waiters.add(waiter)
    this.#table.set(this.#key, this)
  }

  remove(waiter: Waiter): void {
    this.waiters.delete(waiter)
    this.#forget()
  }

  addLockWaiter(waiter: LockWaiter): void {
    this.lockWaiters.add(waiter)
    this.#table.set(this.#key, this)
  }

  removeLockWaiter(waiter: LockWaiter): void {
    this.lockWaiters.delete(waiter)
    this.#forget()
  }

  /** Whether both are the same word: nobody may have waited at it between two looks. */
  isAt(other: Futex): boolean {
    return this.#table === other.#table && this.#key === other.#key
  }

  #forget(): void {
    if (this.waiters.size > 0 || this.lockWaiters.size > 0) return
    if (this.#table.get(this.#key) === this) this.#table.delete(this.#key)
  }
}

/** Words by address space (a VmSpace), and those of shared memory by machine. Only words that somebody waits at are kept. */
const tables = new WeakMap<object, Map<number, Futex>>()

function futexIn(owner: object, key: number): Futex {
  let table = tables.get(owner)
  if (table === undefined) {
    table = new Map()
    tables.set(owner, table)
  }
  return table.get(key) ?? new Futex(table, key)
}

/** How a program names a word: `processPrivate` says that no other process knows it, and is a name space of its own. */
export function lookupFutex(l: Lwp, address: number, processPrivate: boolean): Futex {
  if (address % 4 !== 0) throw EINVAL
  if (!(address >= 0 && address < 2 ** 47)) throw EFAULT
  const { vm, kernel } = l.proc
  if (processPrivate) return futexIn(vm, address)
  // Also makes sure that the page is there.
  l.memory.readU32(address)
  if (vm.map.lookup(address)?.shared !== true) return futexIn(vm, address + 1)
  const at = vm.space.translate(address, ACCESS_READ)
  if (at < 0) throw EFAULT
  return futexIn(kernel.machine, at)
}

/**
 * FUTEX_WAIT: sleeps while the word has the value. `deadline`: monotonic ns.
 * @throws EAGAIN if it has another value, ETIMEDOUT, EINTR, ERESTART, EFAULT.
 */
export function* futexWait(
  l: Lwp,
  futex: Futex,
  address: number,
  value: number,
  bits: number,
  deadline: number,
): Kthread<void> {
  if (l.memory.readU32(address) !== value >>> 0) throw EAGAIN
  const waiter: Waiter = { channel: new WaitChannel('futex'), bits, woken: false, futex }
  futex.add(waiter)
  try {
    while (!waiter.woken) yield* cvTimedwaitSig(l, waiter.channel, deadline)
  } catch (error) {
    // Who was woken in the same moment must say so, or the wake would be lost.
    if (!waiter.woken) throw error === EWOULDBLOCK ? ETIMEDOUT : error
  } finally {
    waiter.futex.remove(waiter)
  }
}

/** A word to wait at, as futex_waitv(2) gets them. */
export interface WaitTarget {
  readonly futex: Futex
  readonly address: number
  readonly value: number
}

/** futex_waitv(2): sleeps while all words have their values. @returns which of them was woken first. @throws as futexWait. */
export function* futexWaitMultiple(l: Lwp, targets: readonly WaitTarget[], deadline: number): Kthread<number> {
  for (const { address, value } of targets) if (l.memory.readU32(address) !== value >>> 0) throw EAGAIN
  const channel = new WaitChannel('futex')
  const waiters = targets.map(({ futex }) => ({ channel, bits: FUTEX_BITSET_MATCH_ANY, woken: false, futex }))
  for (const waiter of waiters) waiter.futex.add(waiter)
  const first = (): number => waiters.findIndex(waiter => waiter.woken)
  try {
    while (first() < 0) yield* cvTimedwaitSig(l, channel, deadline)
  } catch (error) {
    if (first() < 0) throw error === EWOULDBLOCK ? ETIMEDOUT : error
  } finally {
    for (const waiter of waiters) waiter.futex.remove(waiter)
  }
  return first()
}

/** FUTEX_WAKE: wakes at most `count` of those whose bits match. @returns how many. @throws EINVAL if they wait for a lock. */
export function futexWake(futex: Futex, count: number, bits = FUTEX_BITSET_MATCH_ANY): number {
  if (futex.lockWaiters.size > 0) throw EINVAL
  let woken = 0
  for (const waiter of [...futex.waiters]) {
    if (woken >= count) break
    if (waiter.forLock !== undefined) throw EINVAL
    if ((waiter.bits & bits) === 0) continue
    waiter.woken = true
    futex.remove(waiter)
    waiter.channel.wakeAll()
    woken++
  }
  return woken
}

/** FUTEX_REQUEUE: makes at most `count` waiters wait at another word. @returns how many. */
export function futexRequeue(from: Futex, to: Futex, count: number): number {
  let moved = 0
  for (const waiter of [...from.waiters]) {
    if (moved >= count) break
    if (waiter.forLock !== undefined) throw EINVAL
    moved++
    if (from === to) continue
    from.remove(waiter)
    to.add(waiter)
  }
  return moved
}
