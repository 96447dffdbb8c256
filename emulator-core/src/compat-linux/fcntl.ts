/** fcntl(2): linux_file.c:linux_sys_fcntl. netbsd-linux-semantics 6.3. */
import { EBADF, EINVAL, EOPNOTSUPP, EOVERFLOW } from '../native/errno.ts'
import { FAPPEND, FASYNC, FDIRECT, type File, FNONBLOCK, FREAD, FWRITE } from '../native/file.ts'
import { Memfd } from '../native/ipc/memfd.ts'
import { PipeEnd } from '../native/ipc/pipe.ts'
import type { Lwp } from '../native/lwp.ts'
import { isKthread, type Kthread, type MaybeBlocking } from '../native/sleep.ts'
import { blockingLock, type Lock, lockVnode, unlockVnode } from '../native/vfs/file-locks.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily } from './call.ts'
import { meets } from './divergences.ts'
import { fileOf, install, notPath } from './file-arguments.ts'
import { bsd_to_linux_ioflags, LINUX_O_LARGEFILE, LINUX_O_PATH, linux_to_bsd_ioflags } from './open-flags.ts'
import { setOwner } from './socket-ioctl.ts'

type Command = (l: Lwp, file: File, fd: number, argument: number) => MaybeBlocking<number>

const FD_CLOEXEC = 1
/** What F_SETFL can change. */
const SETTABLE = FAPPEND | FNONBLOCK | FASYNC | FDIRECT

function duplicate(l: Lwp, file: File, argument: number, closeOnExec: boolean): number {
  const from = argument | 0
  if (from < 0 || from >= l.proc.fd.limit) throw EINVAL
  return install(l, file, closeOnExec, from)
}

function getFlags(_l: Lwp, file: File): number {
  if (file instanceof VnodeFile && file.isPath) return LINUX_O_PATH
  // Linux sets O_LARGEFILE by itself for every file opened by name.
  return bsd_to_linux_ioflags(file.flags) | (file instanceof VnodeFile ? LINUX_O_LARGEFILE : 0)
}

function setFlags(_l: Lwp, file: File, _fd: number, argument: number): number {
  notPath(file)
  file.flags = (file.flags & ~SETTABLE) | (linux_to_bsd_ioflags(argument | 0) & SETTABLE)
  return 0
}

// --- locks ---

const F_RDLCK = 0
const F_WRLCK = 1
const F_UNLCK = 2
const FLOCK_BYTES = 32

interface Request {
  readonly type: number
  readonly start: number
  readonly end: number
}

/** struct flock: type, whence (16 bits each), start, length (64), pid (32). A length of 0 reaches to the end; a negative one lies before the start. */
function readFlock(l: Lwp, file: VnodeFile, address: number): Request {
  const v = new DataView(l.memory.copyin(address, FLOCK_BYTES).buffer)
  const type = v.getInt16(0, true)
  const whence = v.getInt16(2, true)
  if (type < 0 || type > F_UNLCK || whence < 0 || whence > 2) throw EINVAL
  const base = whence === 0 ? 0 : whence === 1 ? file.offset : file.vnode.size()
  const at = base + Number(v.getBigInt64(8, true))
  const length = Number(v.getBigInt64(16, true))
  const start = length < 0 ? at + length : at
  const end = length === 0 ? Number.POSITIVE_INFINITY : length < 0 ? at : at + length
  if (start < 0) throw EINVAL
  if (end !== Number.POSITIVE_INFINITY && end > 2 ** 63) throw EOVERFLOW
  return { type, start, end }
}

/** `owner`: whose lock it is: the process's, or the open file's. */
function lockOf(l: Lwp, r: Request, owner: object): Lock {
  return { kind: 'posix', start: r.start, end: r.end, owner, pid: l.proc.pid, exclusive: r.type === F_WRLCK }
}

function lockable(file: File): VnodeFile {
  notPath(file)
  if (!(file instanceof VnodeFile)) throw EBADF
  return file
}

function getLock(l: Lwp, plain: File, argument: number, owner: object): number {
  const file = lockable(plain)
  const request = readFlock(l, file, argument)
  if (request.type === F_UNLCK) throw EINVAL
  const blocker = blockingLock(file.vnode, lockOf(l, request, owner))
  if (blocker === undefined) {
    l.memory.writeU16(argument, F_UNLCK)
    return 0
  }
  const v = new DataView(l.memory.copyin(argument, FLOCK_BYTES).buffer)
  v.setInt16(0, blocker.exclusive ? F_WRLCK : F_RDLCK, true)
  v.setInt16(2, 0, true)
  v.setBigInt64(8, BigInt(blocker.start), true)
  v.setBigInt64(16, blocker.end === Number.POSITIVE_INFINITY ? 0n : BigInt(blocker.end - blocker.start), true)
  v.setInt32(24, blocker.owner instanceof VnodeFile ? -1 : blocker.pid, true)
  l.memory.copyout(argument, new Uint8Array(v.buffer))
  return 0
}

function setLock(l: Lwp, plain: File, argument: number, owner: object, waits: boolean): MaybeBlocking<number> {
  const file = lockable(plain)
  const request = readFlock(l, file, argument)
  if (request.type === F_UNLCK) {
    unlockVnode(file.vnode, owner, lockOf(l, request, owner))
    return 0
  }
  if ((file.flags & (request.type === F_WRLCK ? FWRITE : FREAD)) === 0) throw EBADF
  const done = lockVnode(l, file.vnode, lockOf(l, request, owner), waits)
  return isKthread(done) ? zeroAfter(done) : 0
}

function* zeroAfter(waiting: Kthread<void>): Kthread<number> {
  yield* waiting
  return 0
}

// --- the table ---

/** What NetBSD knows too. */
const commands = new Map<number, Command>([
  [0, (l, file, _fd, n) => duplicate(l, file, n, false)],
  [1, (l, _file, fd) => (l.proc.fd.slot(fd)?.closeOnExec === true ? FD_CLOEXEC : 0)],
  [2, setDescriptorFlags],
  [3, getFlags],
  [4, setFlags],
  [5, (l, file, _fd, a) => getLock(l, file, a, l.proc)],
  [6, (l, file, _fd, a) => setLock(l, file, a, l.proc, false)],
  [7, (l, file, _fd, a) => setLock(l, file, a, l.proc, true)],
  [8, (l, file, _fd, n) => setOwner(l, notPath(file), n | 0)],
  [9, (_l, file) => notPath(file).owner],
  [1030, (l, file, _fd, n) => duplicate(l, file, n, true)],
  [1033, (_l, file, _fd, seals) => addSeals(file, seals | 0)],
  [1034, (_l, file) => memfd(file).seals],
])

/** What only Linux knows. */
const linuxCommands = new Map<number, Command>([
  [10, () => 0],
  [11, () => 0],
  [36, (l, file, _fd, a) => getLock(l, file, a, file)],
  [37, (l, file, _fd, a) => setLock(l, file, a, file, false)],
  [38, (l, file, _fd, a) => setLock(l, file, a, file, true)],
  [1031, (_l, file, _fd, n) => pipe(file).setCapacity(n | 0)],
  [1032, (_l, file) => pipe(file).capacity],
])

function setDescriptorFlags(l: Lwp, _file: File, fd: number, argument: number): number {
  const slot = l.proc.fd.slot(fd)
  if (slot !== undefined) slot.closeOnExec = (argument & FD_CLOEXEC) !== 0
  return 0
}

function memfd(file: File): Memfd {
  if (!(file instanceof Memfd)) throw EINVAL
  return file
}

function addSeals(file: File, seals: number): number {
  memfd(file).addSeals(seals)
  return 0
}

function pipe(file: File): PipeEnd {
  if (!(file instanceof PipeEnd)) throw EBADF
  return file
}

function linux_sys_fcntl(l: Lwp, fd: number, command: number, argument: number): MaybeBlocking<number> {
  const file = fileOf(l, fd)
  const known = commands.get(command | 0)
  if (known !== undefined) return known(l, file, fd | 0, argument)
  if (meets(l, 'fcntl.commands', `fcntl command ${command | 0}`)) throw EOPNOTSUPP
  const more = linuxCommands.get(command | 0)
  if (more === undefined) throw EINVAL
  return more(l, file, fd | 0, argument)
}

export const fcntlCalls: CallFamily = { fcntl: linux_sys_fcntl }
