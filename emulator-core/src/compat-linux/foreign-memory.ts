/** Other processes' memory: process_vm_readv, process_vm_writev, process_madvise, process_mrelease. Linux: mm/process_vm_access.c, mm/madvise.c. NetBSD has none of them. */
import { EINVAL, EPERM, Errno, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { lwpFind } from '../native/proc-find.ts'
import { mayInspect } from '../native/signal/permission.ts'
import { type IoVec, type UioDirection, UserUio } from '../native/uio.ts'
import { type CallFamily, size } from './call.ts'
import { readIoVectors } from './file-arguments.ts'
import { advise, isHint } from './madvise.ts'
import { pidfdOf } from './pidfd.ts'

const CHUNK = 64 << 10

/** @throws ESRCH, EPERM */
function target(l: Lwp, pid: number): Proc {
  const proc = lwpFind(l.proc.kernel, pid)?.proc
  if (proc === undefined || proc.exitStatus !== undefined) throw ESRCH
  if (!mayInspect(l, proc)) throw EPERM
  return proc
}

/** @throws EINVAL, EFAULT */
function vectors(l: Lwp, address: number, count: number): readonly IoVec[] {
  return count === 0 ? [] : readIoVectors(l, address, count)
}

/** Bytes from one process's memory into another's, as far as both can be had. @throws EFAULT if not even one could be moved */
function copy(from: UserUio, to: UserUio): number {
  let done = 0
  try {
    while (from.resid > 0 && to.resid > 0) {
      const [piece] = from.segments(Math.min(CHUNK, to.resid))
      const moved = to.write(piece)
      from.advance(moved)
      done += moved
      if (moved < piece.length) break
    }
  } catch (error) {
    if (!(error instanceof Errno) || done === 0) throw error
  }
  return done
}

function transfer(
  l: Lwp,
  pid: number,
  here: readonly [address: number, count: number],
  there: readonly [address: number, count: number],
  flags: number,
  direction: UioDirection,
): number {
  if (flags !== 0) throw EINVAL
  const local = vectors(l, here[0], size(here[1]))
  const remote = vectors(l, there[0], size(there[1]))
  if (local.every(v => v.length === 0) || remote.every(v => v.length === 0)) return 0
  const other = target(l, pid | 0).vm.memory
  const reads = direction === 'in'
  const [source, sink] = reads ? [other, l.memory] : [l.memory, other]
  const [from, to] = reads ? [remote, local] : [local, remote]
  return copy(new UserUio(source, from, 'out'), new UserUio(sink, to, 'in'))
}

/** process_vm_readv(2). @throws EINVAL, EFAULT, ESRCH, EPERM */
function linux_sys_process_vm_readv(
  l: Lwp,
  pid: number,
  local: number,
  localCount: number,
  remote: number,
  remoteCount: number,
  flags: number,
): number {
  return transfer(l, pid, [local, localCount], [remote, remoteCount], flags, 'in')
}

/** process_vm_writev(2). @throws EINVAL, EFAULT, ESRCH, EPERM */
function linux_sys_process_vm_writev(
  l: Lwp,
  pid: number,
  local: number,
  localCount: number,
  remote: number,
  remoteCount: number,
  flags: number,
): number {
  return transfer(l, pid, [local, localCount], [remote, remoteCount], flags, 'out')
}

/** process_madvise(2): bytes advised; only what changes nothing but speed may be advised to others. @throws EINVAL, EBADF, ESRCH, EPERM, EFAULT, ENOMEM */
function linux_sys_process_madvise(
  l: Lwp,
  fd: number,
  address: number,
  count: number,
  advice: number,
  flags: number,
): number {
  if ((flags | 0) !== 0) throw EINVAL
  const parts = vectors(l, address, size(count))
  const { proc } = pidfdOf(l, fd | 0)
  if (proc.exitStatus !== undefined) throw ESRCH
  if (!mayInspect(l, proc)) throw EPERM
  if (!isHint(advice | 0)) throw EINVAL
  let done = 0
  try {
    for (const { base, length } of parts) {
      advise(l.proc.kernel, proc.vm, base, length, advice | 0)
      done += length
    }
  } catch (error) {
    if (!(error instanceof Errno) || done === 0) throw error
  }
  return done
}

/** process_mrelease(2): the memory of a process that is being killed; here it has gone with the process. @throws EINVAL, EBADF, ESRCH */
function linux_sys_process_mrelease(l: Lwp, fd: number, flags: number): number {
  if ((flags | 0) !== 0) throw EINVAL
  const { proc } = pidfdOf(l, fd | 0)
  if (proc.exitStatus !== undefined) throw ESRCH
  throw EINVAL
}

export const foreignMemoryCalls: CallFamily = {
  process_vm_readv: linux_sys_process_vm_readv,
  process_vm_writev: linux_sys_process_vm_writev,
  process_madvise: linux_sys_process_madvise,
  process_mrelease: linux_sys_process_mrelease,
}
