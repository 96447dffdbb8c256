/** What becomes of epolls when a descriptor table is copied: sys/kern/kern_descrip.c, fd_copy, leaves out every kqueue. */
import { meets } from '../native/divergence.ts'
import { Kqueue } from '../native/kqueue/kqueue.ts'
import type { Lwp } from '../native/lwp.ts'

export const NOT_INHERITED = 'epoll.not-inherited'

/** The numbers of the caller's kqueues, if a copy of its table goes without them, which it says of each. */
export function kqueuesLeftOut(l: Lwp): number[] {
  if (!l.proc.kernel.diverges(NOT_INHERITED)) return []
  const fds = [...l.proc.fd.entries()].filter(([, { file }]) => file instanceof Kqueue).map(([fd]) => fd)
  for (const fd of fds) meets(l, NOT_INHERITED, `descriptor ${fd} is not in the copy`)
  return fds
}
