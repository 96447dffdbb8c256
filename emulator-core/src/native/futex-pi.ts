/**
 * Futexes that are locks and pass from owner to owner in the kernel: Linux, kernel/futex/pi.c, requeue.c. There they lend the owner the waiter's
 * priority; all threads here get the same time, so what is left is the order: who waited longest gets the lock, with its number in the word.
 */
import { EAGAIN, EDEADLK, EINTR, EINVAL, EPERM, ERESTART, Errno, ESRCH, ETIMEDOUT, EWOULDBLOCK } from './errno.ts'
import { FUTEX_BITSET_MATCH_ANY, type Futex, type LockWaiter, type Waiter } from './futex.ts'
import type { Lwp } from './lwp.ts'
import { lwpFind } from './proc-find.ts'
import { cvTimedwaitSig, type Kthread, WaitChannel } from './sleep.ts'

export const FUTEX_WAITERS = 0x8000_0000
export const FUTEX_OWNER_DIED = 0x4000_0000
export const FUTEX_TID_MASK = 0x3fff_ffff

/**
 * futex_lock_pi_atomic: takes the lock for `l` if nobody has it. Otherwise the word says that somebody waits, so that its owner comes to the kernel.
 * @returns the owner, undefined if the lock is now `l`'s. @throws EDEADLK, EINVAL, ESRCH, EFAULT.
 */
function tryTake(futex: Futex, l: Lwp, address: number): Lwp | undefined {
  const word = l.memory.readU32(address)
  const id = word & FUTEX_TID_MASK
  if (id === l.id) throw EDEADLK
  if (futex.waiters.size > 0) throw EINVAL
  if (futex.lockWaiters.size === 0) {
    if (id === 0) {
      l.memory.writeU32(address, ((word & FUTEX_OWNER_DIED) | l.id) >>> 0)
      return undefined
    }
    const owner = lwpFind(l.proc.kernel, id)
    if (owner === undefined) throw ESRCH
    own(futex, owner)
  } else if (id !== futex.owner?.id) throw EINVAL
  l.memory.writeU32(address, (word | FUTEX_WAITERS) >>> 0)
  return futex.owner
}

function own(futex: Futex, owner: Lwp | undefined): void {
  futex.owner?.lentLocks?.delete(futex)
  futex.owner = owner
  if (owner === undefined) return
  owner.lentLocks ??= new Set()
  owner.lentLocks.add(futex)
}

/** FUTEX_TRYLOCK_PI. @throws EAGAIN if another thread has it, EDEADLK, EINVAL, ESRCH, EFAULT. */
export function futexTryLock(l: Lwp, futex: Futex, address: number): number {
  if (tryTake(futex, l, address) === undefined) return 0
  settle(futex)
  throw EAGAIN
}

/** Nobody waits: whose it is stands in the word alone. */
function settle(futex: Futex): void {
  if (futex.lockWaiters.size === 0) own(futex, undefined)
}

/** FUTEX_LOCK_PI. `deadline`: monotonic ns. @throws ETIMEDOUT, EDEADLK, EINVAL, ESRCH, EFAULT; a signal starts it again. */
export function* futexLock(l: Lwp, futex: Futex, address: number, deadline: number): Kthread<number> {
  if (tryTake(futex, l, address) === undefined) return 0
  if (waitsForItself(l, futex)) {
    settle(futex)
    throw EDEADLK
  }
  const waiter: LockWaiter = { l, channel: new WaitChannel('futex'), address, acquired: false }
  futex.addLockWaiter(waiter)
  return yield* waitForLock(l, futex, waiter, deadline)
}

/** Owners that wait for each other's locks in a circle (rt_mutex_adjust_prio_chain). */
function waitsForItself(l: Lwp, futex: Futex): boolean {
  const seen = new Set<Futex>()
  for (let lock: Futex | undefined = futex; lock !== undefined && !seen.has(lock); lock = lock.owner?.wantedLock) {
    if (lock.owner === l) return true
    seen.add(lock)
  }
  return false
}

function* waitForLock(l: Lwp, futex: Futex, waiter: LockWaiter, deadline: number): Kthread<number> {
  l.wantedLock = futex
  try {
    while (!waiter.acquired) yield* cvTimedwaitSig(l, waiter.channel, deadline)
  } catch (error) {
    if (!waiter.acquired) throw error === EWOULDBLOCK ? ETIMEDOUT : error === EINTR ? ERESTART : error
  } finally {
    l.wantedLock = undefined
    futex.removeLockWaiter(waiter)
    settle(futex)
  }
  return 0
}

/** FUTEX_UNLOCK_PI: the lock is the longest waiter's. @throws EPERM if it was not the caller's, EINVAL, EFAULT. */
export function futexUnlock(l: Lwp, futex: Futex, address: number): number {
  const word = l.memory.readU32(address)
  if ((word & FUTEX_TID_MASK) !== l.id) throw EPERM
  if (futex.waiters.size > 0) throw EINVAL
  const [next] = futex.lockWaiters
  if (next === undefined) {
    l.memory.writeU32(address, 0)
    return 0
  }
  l.memory.writeU32(address, (FUTEX_WAITERS | next.l.id) >>> 0)
  pass(futex, next)
  return 0
}

function pass(futex: Futex, next: LockWaiter): void {
  own(futex, next.l)
  next.acquired = true
  futex.removeLockWaiter(next)
  settle(futex)
  next.channel.wakeAll()
}

/** exit_pi_state_list: a thread ends with locks that others wait for. The next owners are told so by the word. */
export function passLocksOn(l: Lwp): void {
  for (const futex of [...(l.lentLocks ?? [])]) {
    const [next] = futex.lockWaiters
    if (next === undefined) continue
    writeIfThere(next.l, next.address, (FUTEX_WAITERS | FUTEX_OWNER_DIED | next.l.id) >>> 0)
    pass(futex, next)
  }
  l.lentLocks = undefined
}

function writeIfThere(l: Lwp, address: number, value: number): void {
  try {
    l.memory.writeU32(address, value)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

// --- waiting at one word for another one's lock: condition variables ---

interface Requeued extends Waiter {
  readonly l: Lwp
  readonly lockAddress: number
  /** Its place, and at which lock, once it has been moved there. */
  lockWaiter: LockWaiter | undefined
  lock: Futex
}

/** FUTEX_WAIT_REQUEUE_PI: sleeps until it has been moved to `lock` and has got it. @throws EAGAIN, ETIMEDOUT, EFAULT; a signal starts it again, but not after the move. */
export function* futexWaitRequeue(
  l: Lwp,
  futex: Futex,
  address: number,
  value: number,
  lock: Futex,
  lockAddress: number,
  deadline: number,
): Kthread<number> {
  if (l.memory.readU32(address) !== value >>> 0) throw EAGAIN
  const waiter: Requeued = {
    channel: new WaitChannel('futex'),
    bits: FUTEX_BITSET_MATCH_ANY,
    woken: false,
    futex,
    forLock: lock,
    l,
    lockAddress,
    lockWaiter: undefined,
    lock,
  }
  futex.add(waiter)
  try {
    while (waiter.lockWaiter?.acquired !== true) yield* cvTimedwaitSig(l, waiter.channel, deadline)
  } catch (error) {
    const moved: LockWaiter | undefined = waiter.lockWaiter
    if (moved?.acquired === true) return 0
    if (error === EWOULDBLOCK) throw ETIMEDOUT
    throw error === EINTR || error === ERESTART ? (moved === undefined ? ERESTART : EAGAIN) : error
  } finally {
    futex.remove(waiter)
    if (waiter.lockWaiter !== undefined) {
      waiter.lock.removeLockWaiter(waiter.lockWaiter)
      settle(waiter.lock)
    }
  }
  return 0
}

/** FUTEX_CMP_REQUEUE_PI: the first waiter gets the lock if it is free; it and at most `moves` more wait for it otherwise. @returns how many there were. */
export function futexRequeueToLock(l: Lwp, from: Futex, lock: Futex, lockAddress: number, moves: number): number {
  let count = 0
  for (const waiter of [...from.waiters]) {
    if (count > moves) break
    if (waiter.forLock?.isAt(lock) !== true) throw EINVAL
    const moved = waiter as Requeued
    const lockWaiter = { l: moved.l, channel: moved.channel, address: moved.lockAddress, acquired: false }
    const owner = takeFor(l, lock, lockAddress, moved.l, count > 0)
    moved.lockWaiter = lockWaiter
    moved.lock = lock
    from.remove(moved)
    count++
    if (owner !== undefined) {
      lock.addLockWaiter(lockWaiter)
      continue
    }
    lockWaiter.acquired = true
    moved.channel.wakeAll()
  }
  return count
}

/** Takes a lock for another thread, through the memory of the one that calls. `contended`: somebody else has just got it and more are to come. */
function takeFor(l: Lwp, lock: Futex, address: number, thread: Lwp, contended: boolean): Lwp | undefined {
  const word = l.memory.readU32(address)
  const id = word & FUTEX_TID_MASK
  if (id === thread.id) throw EDEADLK
  if (lock.lockWaiters.size === 0 && id === 0) {
    l.memory.writeU32(address, ((word & FUTEX_OWNER_DIED) | (contended ? FUTEX_WAITERS : 0) | thread.id) >>> 0)
    return undefined
  }
  if (lock.lockWaiters.size === 0) {
    const owner = lwpFind(l.proc.kernel, id)
    if (owner === undefined) throw ESRCH
    own(lock, owner)
  }
  l.memory.writeU32(address, (word | FUTEX_WAITERS) >>> 0)
  return lock.owner
}
