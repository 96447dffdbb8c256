/**
 * Advisory locks: lf_advlock (sys/kern/vfs_lockf.c). They hang on what is locked: a vnode, or Linux's pipes and sockets too. A process owns what
 * fcntl(2) locks (or an open file: Linux's OFD locks), an open file what flock(2) locks; the two kinds do not see each other.
 */
import { meets } from '../divergence.ts'
import { EAGAIN, EDEADLK, ENOLCK } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'

export interface LockRange {
  readonly kind: 'flock' | 'posix'
  readonly start: number
  /** First byte behind; Infinity to the end of any file. */
  readonly end: number
}

export interface Lock extends LockRange {
  readonly owner: object
  /** -1: an open file owns it, not a process. Such owners are not asked about deadlocks, as on Linux. */
  readonly pid: number
  readonly exclusive: boolean
}

export const FLOCK_WHOLE: LockRange = { kind: 'flock', start: 0, end: Number.POSITIVE_INFINITY }
const MAX_LOCKS = 4096

interface LockList {
  /** Each owner's together, by where they begin. */
  locks: Lock[]
  readonly channel: WaitChannel
}

const lists = new WeakMap<object, LockList>()
/** Whom each sleeping owner waits for. */
const waiting = new WeakMap<object, object>()

function listOf(locked: object): LockList {
  let list = lists.get(locked)
  if (list === undefined) {
    list = { locks: [], channel: new WaitChannel('lockf') }
    lists.set(locked, list)
  }
  return list
}

function overlaps(a: LockRange, b: LockRange): boolean {
  return a.kind === b.kind && a.start < b.end && b.start < a.end
}

/** All locks of an object, for /proc. */
export function locksOf(locked: object): readonly Lock[] {
  return lists.get(locked)?.locks ?? []
}

/** F_GETLK: a lock that is in the way. */
export function blockingLock(locked: object, wanted: Lock): Lock | undefined {
  return lists
    .get(locked)
    ?.locks.find(k => overlaps(k, wanted) && k.owner !== wanted.owner && (k.exclusive || wanted.exclusive))
}

/** Takes away what an owner has locked of a range. */
export function unlock(locked: object, owner: object, range: LockRange): void {
  const list = lists.get(locked)
  if (list === undefined || list.locks.length === 0) return
  list.locks = list.locks.flatMap(k => {
    if (k.owner !== owner || !overlaps(k, range)) return [k]
    const rest: Lock[] = []
    if (k.start < range.start) rest.push({ ...k, end: range.start })
    if (k.end > range.end) rest.push({ ...k, start: range.end })
    return rest
  })
  list.channel.wakeAll()
}

/** @throws EAGAIN if it would have to wait and may not, EDEADLK, ENOLCK, EINTR. */
export function lock(l: Lwp, locked: object, wanted: Lock, waits: boolean): MaybeBlocking<void> {
  const blocker = blockingLock(locked, wanted)
  if (blocker === undefined) return grant(locked, wanted)
  if (!waits) {
    // On Linux another kind of lock on the whole file is a new one: what was held is given up first.
    const held = wanted.kind === 'flock' && lists.get(locked)?.locks.some(k => k.owner === wanted.owner) === true
    if (held && !meets(l, 'flock.kept', 'the shared lock')) unlock(locked, wanted.owner, wanted)
    throw EAGAIN
  }
  if (wanted.kind === 'flock') unlock(locked, wanted.owner, wanted)
  return waitFor(l, locked, wanted)
}

function grant(locked: object, wanted: Lock): void {
  const list = listOf(locked)
  if (list.locks.length >= MAX_LOCKS) throw ENOLCK
  unlock(locked, wanted.owner, wanted)
  let { start, end } = wanted
  const isSame = (k: Lock): boolean =>
    k.owner === wanted.owner && k.kind === wanted.kind && k.exclusive === wanted.exclusive
  // Neighbours of one kind are one lock.
  list.locks = list.locks.filter(k => {
    if (!isSame(k) || k.end < start || k.start > end) return true
    start = Math.min(start, k.start)
    end = Math.max(end, k.end)
    return false
  })
  const own = list.locks.findLastIndex(k => k.owner === wanted.owner && k.start < start)
  const first = list.locks.findIndex(k => k.owner === wanted.owner)
  const at = own >= 0 ? own + 1 : first >= 0 ? first : list.locks.length
  list.locks.splice(at, 0, { ...wanted, start, end })
}

function* waitFor(l: Lwp, locked: object, wanted: Lock): Kthread<void> {
  for (;;) {
    const blocker = blockingLock(locked, wanted)
    if (blocker === undefined) break
    if (wanted.pid !== -1 && wanted.kind === 'posix') refuseDeadlock(blocker.owner, wanted.owner)
    waiting.set(wanted.owner, blocker.owner)
    try {
      yield* cvWaitSig(l, listOf(locked).channel)
    } finally {
      waiting.delete(wanted.owner)
    }
  }
  grant(locked, wanted)
}

function refuseDeadlock(blocker: object, self: object): void {
  let at: object | undefined = blocker
  for (let i = 0; at !== undefined && i < 64; i++) {
    if (at === self) throw EDEADLK
    at = waiting.get(at)
  }
}

/** All that an owner holds: a process closed a descriptor of the file, or an open file ended. */
export function releaseLocks(locked: object, owner: object): void {
  if (!lists.has(locked)) return
  for (const kind of ['posix', 'flock'] as const)
    unlock(locked, owner, { kind, start: 0, end: Number.POSITIVE_INFINITY })
}
