/** eventfd and eventfd2: linux_misc.c, linux_sys_eventfd2. */
import { EINVAL } from '../native/errno.ts'
import { Eventfd } from '../native/ipc/eventfd.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CallFamily } from './call.ts'
import { allocateDescriptor, creationFlags, O_CLOEXEC, O_NONBLOCK } from './new-descriptor.ts'

const EFD_SEMAPHORE = 1

export function linux_sys_eventfd(l: Lwp, a0: number): number {
  return linux_sys_eventfd2(l, a0, 0)
}

/** @throws EINVAL, EMFILE. */
export function linux_sys_eventfd2(l: Lwp, a0: number, a1: number): number {
  const flags = a1 | 0
  if ((flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK)) !== 0) throw EINVAL
  const file = new Eventfd(l.proc.kernel, a0 >>> 0, (flags & EFD_SEMAPHORE) !== 0, creationFlags(flags))
  return allocateDescriptor(l, file, (flags & O_CLOEXEC) !== 0)
}

export const eventfdCalls: CallFamily = { eventfd: linux_sys_eventfd, eventfd2: linux_sys_eventfd2 }
