/**
 * Advisory locks on vnodes: lf_advlock (sys/kern/vfs_lockf.c). A process owns what fcntl(2) locks, an open file what flock(2) locks; the two kinds
 * do not see each other.
 */
import { EAGAIN, EDEADLK, ENOLCK } from '../errno.ts'
import type { Lwp } from '../lwp.ts'
import { cvWaitSig, type Kthread, type MaybeBlocking, WaitChannel } from '../sleep.ts'
import type { Vnode } from './vnode.ts'

export interface LockRange {
  readonly kind: 'flock' | 'posix'
  readonly start: number
  /** First byte behind; Infinity to the end of any file. */
  readonly end: number
}

export interface Lock extends LockRange {
  readonly owner: object
  readonly pid: number
  readonly exclusive: boolean
}

export const FLOCK_WHOLE: LockRange = { kind: 'flock', start: 0, end: Number.POSITIVE_INFINITY }
const MAX_LOCKS = 4096

interface LockList {
  locks: Lock[]
  readonly channel: WaitChannel
}

const lists = new WeakMap<Vnode, LockList>()
/** Whom each sleeping owner waits for. */
const waiting = new WeakMap<object, object>()

function listOf(vnode: Vnode): LockList {
  let list = lists.get(vnode)
  if (list === undefined) {
    list = { locks: [], channel: new WaitChannel('lockf') }
    lists.set(vnode, list)
  }
  return list
}

function overlaps(a: LockRange, b: LockRange): boolean {
  return a.kind === b.kind && a.start < b.end && b.start < a.end
}

/** F_GETLK: a lock that is in the way. */
export function blockingLock(vnode: Vnode, wanted: Lock): Lock | undefined {
  return lists
    .get(vnode)
    ?.locks.find(k => overlaps(k, wanted) && k.owner !== wanted.owner && (k.exclusive || wanted.exclusive))
}

/** Takes away what an owner has locked of a range. */
export function unlockVnode(vnode: Vnode, owner: object, range: LockRange): void {
  const list = lists.get(vnode)
  if (list === undefined || list.locks.length === 0) return
  const kept: Lock[] = []
  for (const k of list.locks) {
    if (k.owner !== owner || !overlaps(k, range)) {
      kept.push(k)
      continue
    }
    if (k.start < range.start) kept.push({ ...k, end: range.start })
    if (k.end > range.end) kept.push({ ...k, start: range.end })
  }
  list.locks = kept
  list.channel.wakeAll()
}

/** @throws EAGAIN if it would have to wait and may not, EDEADLK, ENOLCK, EINTR. */
export function lockVnode(l: Lwp, vnode: Vnode, wanted: Lock, waits: boolean): MaybeBlocking<void> {
  const blocker = blockingLock(vnode, wanted)
  if (blocker === undefined) return grant(vnode, wanted)
  if (!waits) throw EAGAIN
  return waitFor(l, vnode, wanted)
}

function grant(vnode: Vnode, wanted: Lock): void {
  if (listOf(vnode).locks.length >= MAX_LOCKS) throw ENOLCK
  unlockVnode(vnode, wanted.owner, wanted)
  listOf(vnode).locks.push(wanted)
}

function* waitFor(l: Lwp, vnode: Vnode, wanted: Lock): Kthread<void> {
  for (;;) {
    const blocker = blockingLock(vnode, wanted)
    if (blocker === undefined) break
    if (wanted.kind === 'posix') refuseDeadlock(blocker.owner, wanted.owner)
    waiting.set(wanted.owner, blocker.owner)
    try {
      yield* cvWaitSig(l, listOf(vnode).channel)
    } finally {
      waiting.delete(wanted.owner)
    }
  }
  grant(vnode, wanted)
}

function refuseDeadlock(blocker: object, self: object): void {
  let at: object | undefined = blocker
  for (let i = 0; at !== undefined && i < 64; i++) {
    if (at === self) throw EDEADLK
    at = waiting.get(at)
  }
}

/** All that an owner holds: a process closed a descriptor of the file, or an open file ended. */
export function releaseLocks(vnode: Vnode, owner: object): void {
  for (const kind of ['posix', 'flock'] as const)
    unlockVnode(vnode, owner, { kind, start: 0, end: Number.POSITIVE_INFINITY })
}
