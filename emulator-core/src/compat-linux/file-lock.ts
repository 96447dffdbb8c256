/** Locks on files: flock(2) and fcntl(2)'s. sys/kern/vfs_syscalls.c:sys_flock, linux_file.c:linux_sys_fcntl. */

import { meets } from '../native/divergence.ts'
import { EACCES, EAGAIN, EBADF, EINVAL, EOPNOTSUPP, EOVERFLOW } from '../native/errno.ts'
import { type File, FREAD, FWRITE } from '../native/file.ts'
import type { Lwp } from '../native/lwp.ts'
import { isKthread, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import { blockingLock, FLOCK_WHOLE, type Lock, lock, unlock } from '../native/vfs/file-locks.ts'
import { dropLease, type LeaseKind, leaseOf, setLease } from '../native/vfs/leases.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily } from './call.ts'
import { fileOf, notPath } from './file-arguments.ts'

function zero(result: MaybeBlocking<void>): MaybeBlocking<number> {
  return isKthread(result) ? zeroAfter(result) : 0
}

function* zeroAfter(waiting: Kthread<void>): Kthread<number> {
  yield* waiting
  return 0
}

// --- flock ---

const LOCK_SH = 1
const LOCK_EX = 2
const LOCK_NB = 4
const LOCK_UN = 8

function sys_flock(l: Lwp, fd: number, operation: number): MaybeBlocking<number> {
  const file = notPath(fileOf(l, fd))
  if (!(file instanceof VnodeFile) && meets(l, 'lock.files-only', `flock ${fd | 0}`)) throw EOPNOTSUPP
  const how = operation & ~LOCK_NB
  if (how === LOCK_UN) {
    unlock(file.lockable, file, FLOCK_WHOLE)
    return 0
  }
  if (how !== LOCK_SH && how !== LOCK_EX) throw EINVAL
  const wanted = { ...FLOCK_WHOLE, owner: file, pid: l.proc.pid, exclusive: how === LOCK_EX }
  return zero(lock(l, file.lockable, wanted, (operation & LOCK_NB) === 0))
}

// --- fcntl ---

const F_RDLCK = 0
const F_WRLCK = 1
const F_UNLCK = 2
const FLOCK_BYTES = 32
const LARGEST = 2n ** 63n - 1n

/** Whose locks: the process's, or those of the open file alone (Linux's OFD locks). */
export type LockOwner = 'process' | 'file'

interface Request {
  readonly type: number
  readonly lock: Lock
}

/** struct flock: type, whence (16 bits each), start, length (64), pid (32). A length of 0 reaches to the end; a negative one lies before the start. */
function readFlock(l: Lwp, file: File, address: number, owner: LockOwner): Request {
  const v = new DataView(l.memory.copyin(address, FLOCK_BYTES).buffer)
  const type = v.getInt16(0, true)
  const whence = v.getInt16(2, true)
  if (type < 0 || type > F_UNLCK || whence < 0 || whence > 2) throw EINVAL
  // A lock of an open file has no process, and the field must say so.
  if (owner === 'file' && v.getInt32(24, true) !== 0) throw EINVAL
  const size = file instanceof VnodeFile ? file.vnode.size() : 0
  const base = BigInt([0, file.offset, size][whence])
  const at = base + v.getBigInt64(8, true)
  const length = v.getBigInt64(16, true)
  const start = length < 0n ? at + length : at
  const last = length === 0n ? LARGEST : length < 0n ? at - 1n : at + length - 1n
  if (at < 0n || start < 0n) throw EINVAL
  if (at > LARGEST || last > LARGEST) throw EOVERFLOW
  const end = last === LARGEST ? Number.POSITIVE_INFINITY : Number(last + 1n)
  const [who, pid] = owner === 'process' ? [l.own.fd ?? l.proc, l.proc.pid] : [file, -1]
  return { type, lock: { kind: 'posix', start: Number(start), end, owner: who, pid, exclusive: type === F_WRLCK } }
}

function lockable(l: Lwp, file: File): File {
  notPath(file)
  if (!(file instanceof VnodeFile) && meets(l, 'lock.files-only', file.describe())) throw EBADF
  return file
}

/** F_GETLK, F_OFD_GETLK. */
export function getLock(l: Lwp, plain: File, argument: number, owner: LockOwner): number {
  const file = lockable(l, plain)
  const request = readFlock(l, file, argument, owner)
  if (request.type === F_UNLCK) throw EINVAL
  const blocker = blockingLock(file.lockable, request.lock)
  if (blocker === undefined) {
    l.memory.writeU16(argument, F_UNLCK)
    return 0
  }
  const v = new DataView(l.memory.copyin(argument, FLOCK_BYTES).buffer)
  v.setInt16(0, blocker.exclusive ? F_WRLCK : F_RDLCK, true)
  v.setInt16(2, 0, true)
  v.setBigInt64(8, BigInt(blocker.start), true)
  v.setBigInt64(16, blocker.end === Number.POSITIVE_INFINITY ? 0n : BigInt(blocker.end - blocker.start), true)
  v.setInt32(24, blocker.pid, true)
  l.memory.copyout(argument, new Uint8Array(v.buffer))
  return 0
}

/** F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW. */
export function setLock(
  l: Lwp,
  plain: File,
  argument: number,
  owner: LockOwner,
  waits: boolean,
): MaybeBlocking<number> {
  const file = lockable(l, plain)
  const request = readFlock(l, file, argument, owner)
  if (request.type === F_UNLCK) {
    unlock(file.lockable, request.lock.owner, request.lock)
    return 0
  }
  if ((file.flags & (request.type === F_WRLCK ? FWRITE : FREAD)) === 0) throw EBADF
  return zero(lock(l, file.lockable, request.lock, waits))
}

// --- leases ---

const LEASE_TYPES: Readonly<Record<LeaseKind, number>> = { read: F_RDLCK, write: F_WRLCK }

/** F_SETLEASE: Linux's alone. @throws EINVAL, EAGAIN; EACCES for somebody else's file. */
export function setLeaseCommand(l: Lwp, file: File, fd: number, type: number): number {
  notPath(file)
  if (type !== F_RDLCK && type !== F_WRLCK && type !== F_UNLCK) throw EINVAL
  if (!(file instanceof VnodeFile) || file.vnode.type !== 'VREG') throw EINVAL
  const { euid } = l.credentials
  if (euid !== 0 && file.vnode.getattr().uid !== euid) throw EACCES
  if (type === F_UNLCK) {
    if (!dropLease(file.vnode, file)) throw EAGAIN
    return 0
  }
  setLease(file.vnode, file, fd, type === F_RDLCK ? 'read' : 'write')
  if (file.owner === 0) file.owner = l.proc.pid
  return 0
}

/** F_GETLEASE. */
export function getLeaseCommand(file: File): number {
  notPath(file)
  const kind = file instanceof VnodeFile ? leaseOf(file.vnode, file) : undefined
  return kind === undefined ? F_UNLCK : LEASE_TYPES[kind]
}

export const flockCalls: CallFamily = { flock: sys_flock }
