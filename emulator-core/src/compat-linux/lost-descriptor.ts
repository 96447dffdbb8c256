/** A descriptor that is there on Linux: an epoll instance that the parent made, which fork has left behind. */
import { syscallNames } from '../events/syscall-names.ts'
import { tellDivergence } from '../native/divergence.ts'
import { NOT_INHERITED } from '../native/kqueue/inheritance.ts'
import type { Lwp } from '../native/lwp.ts'

const NAMES = new Map(syscallNames)

/** The call has failed with EBADF: is one of the descriptors it was given lost? `third`: epoll_ctl's other descriptor. */
export function meetsLostDescriptor(l: Lwp, first: number, third: number): void {
  const name = NAMES.get(l.syscall)
  const { lost } = l.proc.fd
  const fd = lost.has(first) ? first : name === 'epoll_ctl' && lost.has(third) ? third : undefined
  if (fd === undefined) return
  tellDivergence(l, NOT_INHERITED, `descriptor ${fd}: fork has left the epoll instance of the parent behind`)
  if (name === 'close') lost.delete(fd)
}
