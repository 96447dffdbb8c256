/** fcntl(2): linux_file.c:linux_sys_fcntl. netbsd-linux-semantics 6.3. */

import { notifyDirectory } from '../linux/dnotify.ts'
import { SecretMemory } from '../linux/secret-memory.ts'
import { meets } from '../native/divergence.ts'
import { EBADF, EINVAL, ENOTDIR, EOPNOTSUPP } from '../native/errno.ts'
import { FAPPEND, FASYNC, FDIRECT, type File, FNONBLOCK } from '../native/file.ts'
import { Memfd } from '../native/ipc/memfd.ts'
import { PipeEnd } from '../native/ipc/pipe.ts'
import type { Lwp } from '../native/lwp.ts'
import { setAsync } from '../native/signal/io.ts'
import type { MaybeBlocking } from '../native/sleep.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily } from './call.ts'
import { fileOf, install, notPath } from './file-arguments.ts'
import { getLeaseCommand, getLock, setLeaseCommand, setLock } from './file-lock.ts'
import { getOwner, getOwnerEx, setOwner, setOwnerEx, setSignal } from './file-owner.ts'
import { bsd_to_linux_ioflags, LINUX_O_LARGEFILE, LINUX_O_PATH, linux_to_bsd_ioflags } from './open-flags.ts'

type Command = (l: Lwp, file: File, fd: number, argument: number) => MaybeBlocking<number>

const FD_CLOEXEC = 1
/** What F_SETFL can change. */
const SETTABLE = FAPPEND | FNONBLOCK | FDIRECT

function duplicate(l: Lwp, file: File, argument: number, closeOnExec: boolean): number {
  const from = argument | 0
  if (from < 0 || from >= l.fd.limit) throw EINVAL
  return install(l, file, closeOnExec, from)
}

function getFlags(l: Lwp, file: File): number {
  const flags = bsd_to_linux_ioflags(file.flags)
  // Linux sets O_LARGEFILE by itself for every file that is really opened by name, and for memory files.
  if (file instanceof SecretMemory) return flags | LINUX_O_LARGEFILE
  if (!(file instanceof VnodeFile || file instanceof Memfd) || meets(l, 'fcntl.status-flags', 'F_GETFL')) return flags
  if (file instanceof Memfd) return flags | LINUX_O_LARGEFILE
  return file.remembered | (file.isPath ? LINUX_O_PATH : flags | LINUX_O_LARGEFILE)
}

function setFlags(l: Lwp, file: File, fd: number, argument: number): number {
  notPath(file)
  const wanted = linux_to_bsd_ioflags(argument | 0)
  file.setFlags(l, (file.flags ^ wanted) & SETTABLE)
  setAsync(l, file, fd, (wanted & FASYNC) !== 0)
  file.flags = (file.flags & ~SETTABLE) | (wanted & SETTABLE)
  return 0
}

// --- the table ---

/** What NetBSD knows too. */
const commands = new Map<number, Command>([
  [0, (l, file, _fd, n) => duplicate(l, file, n, false)],
  [1, (l, _file, fd) => (l.fd.slot(fd)?.closeOnExec === true ? FD_CLOEXEC : 0)],
  [2, setDescriptorFlags],
  [3, getFlags],
  [4, setFlags],
  [5, (l, file, _fd, a) => getLock(l, file, a, 'process')],
  [6, (l, file, _fd, a) => setLock(l, file, a, 'process', false)],
  [7, (l, file, _fd, a) => setLock(l, file, a, 'process', true)],
  [8, (l, file, _fd, n) => setOwner(l, notPath(file), n | 0)],
  [9, getOwner],
  [1030, (l, file, _fd, n) => duplicate(l, file, n, true)],
  [1033, (l, file, _fd, seals) => addSeals(l, file, seals | 0)],
  [1034, (_l, file) => memfd(file).seals],
])

/** What only Linux knows. */
const linuxCommands = new Map<number, Command>([
  [10, (_l, file, _fd, n) => setSignal(file, n | 0)],
  [11, (_l, file) => notPath(file).asyncSignal],
  [15, (l, file, _fd, a) => setOwnerEx(l, file, a)],
  [16, (l, file, _fd, a) => getOwnerEx(l, file, a)],
  [36, (l, file, _fd, a) => getLock(l, file, a, 'file')],
  [37, (l, file, _fd, a) => setLock(l, file, a, 'file', false)],
  [38, (l, file, _fd, a) => setLock(l, file, a, 'file', true)],
  [1024, (l, file, fd, type) => setLeaseCommand(l, file, fd, type | 0)],
  [1025, (_l, file) => getLeaseCommand(file)],
  [1027, (l, file, _fd, other) => (fileOf(l, other) === file ? 1 : 0)],
  [1028, (_l, file) => (file.created ? 1 : 0)],
  [1026, (l, file, fd, mask) => notify(l, file, fd, mask | 0)],
  [1031, (_l, file, _fd, n) => pipe(file).setCapacity(n | 0)],
  [1032, (_l, file) => pipe(file).capacity],
])

function setDescriptorFlags(l: Lwp, _file: File, fd: number, argument: number): number {
  const slot = l.fd.slot(fd)
  if (slot !== undefined) slot.closeOnExec = (argument & FD_CLOEXEC) !== 0
  return 0
}

/** F_NOTIFY. @throws ENOTDIR. */
function notify(l: Lwp, file: File, fd: number, mask: number): number {
  const directory = notPath(file)
  if (!(directory instanceof VnodeFile)) throw ENOTDIR
  return notifyDirectory(l, directory, fd, mask)
}

function memfd(file: File): Memfd {
  if (!(file instanceof Memfd)) throw EINVAL
  return file
}

function addSeals(l: Lwp, file: File, seals: number): number {
  memfd(file).addSeals(l, seals)
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
