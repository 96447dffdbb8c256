/** signalfd(2), which NetBSD does not have: Linux, fs/signalfd.c. */
import { EINVAL } from '../native/errno.ts'
import { Signalfd } from '../native/ipc/signalfd.ts'
import type { Lwp } from '../native/lwp.ts'
import { SIGKILL, SIGSTOP } from '../native/signal/numbers.ts'
import { type CallFamily, size } from './call.ts'
import { allocateDescriptor, creationFlags, O_CLOEXEC, O_NONBLOCK } from './new-descriptor.ts'
import { readSigSet } from './temporary-mask.ts'

const SIGSET_BYTES = 8

/** A descriptor for signals, or (`fd` is not -1) others for the one there is. @throws EINVAL, EBADF, EMFILE, EFAULT. */
function linux_sys_signalfd4(l: Lwp, fd: number, mask: number, maskSize: number, flagsArgument: number): number {
  const flags = flagsArgument | 0
  if (size(maskSize) !== SIGSET_BYTES) throw EINVAL
  const set = readSigSet(l, mask)
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw EINVAL
  set.delete(SIGKILL)
  set.delete(SIGSTOP)
  if ((fd | 0) === -1) {
    return allocateDescriptor(l, new Signalfd(l, set, creationFlags(flags)), (flags & O_CLOEXEC) !== 0)
  }
  const file = l.fd.file(fd | 0)
  if (!(file instanceof Signalfd)) throw EINVAL
  file.setMask(l, set)
  return fd | 0
}

export const signalfdCalls: CallFamily = {
  signalfd: (l, fd, mask, maskSize) => linux_sys_signalfd4(l, fd, mask, maskSize, 0),
  signalfd4: linux_sys_signalfd4,
}
