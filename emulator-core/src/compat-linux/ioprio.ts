/** ioprio_set(2), ioprio_get(2): Linux, block/ioprio.c; NetBSD has neither. The numbers are kept; there is no disk whose queue they could order. */
import { CAP_SYS_ADMIN, CAP_SYS_NICE, hasCapability } from '../native/capability.ts'
import { EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { lwpFind } from '../native/proc-find.ts'
import type { CallFamily } from './call.ts'

const WHO_PROCESS = 1
const WHO_PGRP = 2
const WHO_USER = 3
const CLASS_SHIFT = 13
const CLASS_NONE = 0
const CLASS_REALTIME = 1
const CLASS_BEST_EFFORT = 2
const CLASS_IDLE = 3
const LEVELS = 8

const classOf = (priority: number): number => (priority >> CLASS_SHIFT) & 7

/** The threads that are meant. @throws EINVAL, ESRCH */
function targets(l: Lwp, which: number, who: number): Lwp[] {
  if (which === WHO_PROCESS) {
    const target = who === 0 ? l : lwpFind(l.proc.kernel, who)
    if (target === undefined) throw ESRCH
    return [target]
  }
  if (which !== WHO_PGRP && which !== WHO_USER) throw EINVAL
  const { credentials } = l
  const { pgrp } = l.proc
  const wanted = who !== 0 ? who : which === WHO_PGRP ? pgrp : credentials.uid
  const found = [...l.proc.kernel.processes.values()]
    .filter(p => (which === WHO_PGRP ? p.pgrp : p.credentials.uid) === wanted)
    .flatMap(p => [...p.lwps.values()])
  if (found.length === 0) throw ESRCH
  return found
}

/** @throws EINVAL, EPERM, ESRCH */
function ioprio_set(l: Lwp, which: number, who: number, priorityArgument: number): number {
  const priority = priorityArgument & 0xffff
  const own = l.credentials
  const isNice = hasCapability(own, CAP_SYS_NICE)
  switch (classOf(priority)) {
    case CLASS_REALTIME:
      if (!isNice && !hasCapability(own, CAP_SYS_ADMIN)) throw EPERM
      break
    case CLASS_BEST_EFFORT:
    case CLASS_IDLE:
      break
    case CLASS_NONE:
      if ((priority & (LEVELS - 1)) !== 0) throw EINVAL
      break
    default:
      throw EINVAL
  }
  for (const target of targets(l, which | 0, who | 0)) {
    const { uid } = target.proc.credentials
    if (uid !== own.euid && uid !== own.uid && !isNice) throw EPERM
    target.ioPriority = priority
  }
  return 0
}

/** What a thread that chose nothing has, by its nice value (task_nice_ioprio). */
function effective({ ioPriority, proc }: Lwp): number {
  return classOf(ioPriority) === CLASS_NONE
    ? (CLASS_BEST_EFFORT << CLASS_SHIFT) | Math.floor((proc.nice + 20) / 5)
    : ioPriority
}

/** Of one thread what it chose, of several the highest. @throws EINVAL, ESRCH */
function ioprio_get(l: Lwp, which: number, who: number): number {
  const found = targets(l, which | 0, who | 0)
  return (which | 0) === WHO_PROCESS ? found[0].ioPriority : Math.min(...found.map(effective))
}

export const ioprioCalls: CallFamily = { ioprio_set, ioprio_get }
