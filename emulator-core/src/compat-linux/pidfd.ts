/** Descriptors of processes: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2). Linux: kernel/pid.c, kernel/signal.c. NetBSD has none of them. */
import { EBADF, EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import { Pidfd } from '../native/ipc/pidfd.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { lwpFind } from '../native/proc-find.ts'
import { mayInspect } from '../native/signal/permission.ts'
import { SI_USER } from '../native/signal/siginfo.ts'
import { ProcVnode } from '../native/vfs/proc/proc-mount.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import type { CallFamily } from './call.ts'
import { allocateDescriptor, creationFlags, O_NONBLOCK } from './new-descriptor.ts'
import { givenInfo, originOf, sendToProcess } from './signal-send.ts'

/** @throws EBADF if it is a descriptor of anything else. */
export function pidfdOf(l: Lwp, fd: number): Pidfd {
  const file = l.fd.file(fd)
  if (!(file instanceof Pidfd)) throw EBADF
  return file
}

/** @throws EINVAL; ESRCH; EMFILE. */
function linux_sys_pidfd_open(l: Lwp, pidArgument: number, flags: number): number {
  const pid = pidArgument | 0
  if (((flags | 0) & ~O_NONBLOCK) !== 0 || pid <= 0) throw EINVAL
  const { kernel } = l.proc
  const proc = kernel.processes.get(pid)
  // A thread that is not its process's first.
  if (proc === undefined) throw lwpFind(kernel, pid) === undefined ? ESRCH : EINVAL
  return allocateDescriptor(l, new Pidfd(proc, creationFlags(flags)), true)
}

/** A process that has not been waited for; a zombie still takes signals, in silence. @throws ESRCH */
function living(proc: Proc): Proc {
  if (proc.reaped) throw ESRCH
  return proc
}

/** A directory /proc/PID does too. @throws EBADF */
function signalTarget(l: Lwp, fd: number): Proc {
  const file = l.fd.file(fd)
  if (!(file instanceof VnodeFile)) return pidfdOf(l, fd).proc
  const proc = file.vnode instanceof ProcVnode ? file.vnode.directoryOf : undefined
  if (proc === undefined) throw EBADF
  return proc
}

/** @throws EINVAL, EBADF, EPERM, ESRCH, EFAULT, EAGAIN. */
function linux_sys_pidfd_send_signal(l: Lwp, fd: number, signoArgument: number, info: number, flags: number): number {
  if ((flags | 0) !== 0) throw EINVAL
  const proc = signalTarget(l, fd | 0)
  const signo = signoArgument | 0
  if (info === 0) {
    sendToProcess(l, living(proc), signo, originOf(l, SI_USER))
    return 0
  }
  if (l.memory.readI32(info) !== signo) throw EINVAL
  const origin = givenInfo(l, info, proc === l.proc)
  sendToProcess(l, living(proc), signo, origin)
  return 0
}

/** A copy of another process's descriptor. @throws EINVAL, EBADF, ESRCH, EPERM, EMFILE. */
function linux_sys_pidfd_getfd(l: Lwp, fd: number, target: number, flags: number): number {
  if ((flags | 0) !== 0) throw EINVAL
  const { proc } = pidfdOf(l, fd | 0)
  if (proc.exitStatus !== undefined) throw ESRCH
  if (!mayInspect(l, proc)) throw EPERM
  return allocateDescriptor(l, proc.fd.file(target | 0), true)
}

export const pidfdCalls: CallFamily = {
  pidfd_open: linux_sys_pidfd_open,
  pidfd_send_signal: linux_sys_pidfd_send_signal,
  pidfd_getfd: linux_sys_pidfd_getfd,
}
