/** pipe and pipe2: sys/compat/linux/common/linux_pipe.c. */
import { EINVAL } from '../native/errno.ts'
import { FDIRECT, FNONBLOCK } from '../native/file.ts'
import { createPipe } from '../native/ipc/pipe.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CallFamily } from './call.ts'
import { allocatePair, O_CLOEXEC, O_NONBLOCK } from './new-descriptor.ts'

const O_DIRECT = 0x4000

export function linux_sys_pipe(l: Lwp, a0: number): number {
  return linux_sys_pipe2(l, a0, 0)
}

/** @throws EINVAL for an unknown flag, EMFILE, EFAULT. */
export function linux_sys_pipe2(l: Lwp, a0: number, a1: number): number {
  const flags = a1 | 0
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) !== 0) throw EINVAL
  const fflags = ((flags & O_NONBLOCK) !== 0 ? FNONBLOCK : 0) | ((flags & O_DIRECT) !== 0 ? FDIRECT : 0)
  const { reader, writer } = createPipe(l.proc.kernel, fflags)
  return allocatePair(l, reader, writer, (flags & O_CLOEXEC) !== 0, a0)
}

export const pipeCalls: CallFamily = { pipe: linux_sys_pipe, pipe2: linux_sys_pipe2 }
