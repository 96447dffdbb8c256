/** Resource limits and usage: linux_sys_getrlimit, linux_sys_prlimit64 (sys/compat/linux/common/linux_limit.h, linux_misc.c); sys/kern/kern_resource.c. */

import { CAP_SYS_NICE, CAP_SYS_RESOURCE, hasCapability } from '../native/capability.ts'
import { meets } from '../native/divergence.ts'
import { EACCES, EINVAL, EPERM, type Errno, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { tablesOf } from '../native/lwp-parts.ts'
import type { Credentials, Proc, ResourceLimit } from '../native/proc.ts'
import { RLIMIT_CPU, RLIMIT_NICE, RLIMIT_NOFILE, RLIMIT_STACK } from '../native/resource-limits.ts'
import type { CallFamily } from './call.ts'
import { writeRusage } from './rusage.ts'

const RLIM_INFINITY = 2n ** 64n - 1n
/** fs.nr_open. */

function limitOf(p: Proc, resource: number): ResourceLimit {
  const limit = resource >= 0 ? p.limits[resource] : undefined
  if (limit === undefined) throw EINVAL
  return limit
}

function writeLimit(l: Lwp, address: number, { soft, hard }: ResourceLimit): void {
  const word = (n: number): bigint => (n === Number.POSITIVE_INFINITY ? RLIM_INFINITY : BigInt(n))
  l.memory.writeBigU64(address, word(soft))
  l.memory.writeBigU64(address + 8, word(hard))
}

function readLimit(l: Lwp, address: number): ResourceLimit {
  const word = (at: number): number => {
    const n = l.memory.readBigU64(at)
    return n === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(n)
  }
  return { soft: word(address), hard: word(address + 8) }
}

function setLimit(l: Lwp, p: Proc, resource: number, next: ResourceLimit): void {
  const limit = limitOf(p, resource)
  if (next.soft > next.hard) throw EINVAL
  if (next.hard > limit.hard && !hasCapability(l.credentials, CAP_SYS_RESOURCE)) throw EPERM
  if (resource === RLIMIT_NOFILE) {
    if (next.hard > l.proc.kernel.tunables.mostDescriptors) throw EPERM
    for (const table of tablesOf(p)) table.limit = next.soft
  }
  limit.soft = next.soft
  limit.hard = next.hard
  if (resource === RLIMIT_CPU) p.timers.watchCpuLimit()
  if (resource === RLIMIT_STACK) p.vm.stackLimit = next.soft
}

function linux_sys_getrlimit(l: Lwp, resource: number, address: number): number {
  writeLimit(l, address, limitOf(l.proc, resource | 0))
  return 0
}

function linux_sys_setrlimit(l: Lwp, resource: number, address: number): number {
  setLimit(l, l.proc, resource | 0, readLimit(l, address))
  return 0
}

/** Its owner, if it is nobody else by any of its ids. */
function mayLimit(own: Credentials, other: Credentials): boolean {
  if (hasCapability(own, CAP_SYS_RESOURCE)) return true
  const { uid, gid } = own
  const { euid, suid, egid, sgid } = other
  return [other.uid, euid, suid].every(id => id === uid) && [other.gid, egid, sgid].every(id => id === gid)
}

function linux_sys_prlimit64(l: Lwp, pidArgument: number, resource: number, next: number, old: number): number {
  const pid = pidArgument | 0
  const p = pid === 0 ? l.proc : l.proc.kernel.processes.get(pid)
  if (pid !== 0 && pid !== l.proc.pid && meets(l, 'prlimit.other-process', `pid ${pid}`)) throw EPERM
  if (p === undefined) throw ESRCH
  if (p !== l.proc && !mayLimit(l.credentials, p.credentials)) throw EPERM
  const wanted = next === 0 ? undefined : readLimit(l, next)
  const before = { ...limitOf(p, resource | 0) }
  if (wanted !== undefined) setLimit(l, p, resource | 0, wanted)
  if (old !== 0) writeLimit(l, old, before)
  return 0
}

const RUSAGE_SELF = 0
const RUSAGE_CHILDREN = -1
const RUSAGE_THREAD = 1

function compat_50_sys_getrusage(l: Lwp, whoArgument: number, address: number): number {
  const who = whoArgument | 0
  if (who !== RUSAGE_SELF && who !== RUSAGE_CHILDREN && who !== RUSAGE_THREAD) throw EINVAL
  if (who === RUSAGE_THREAD && meets(l, 'getrusage.thread', 'RUSAGE_THREAD')) throw EINVAL
  l.proc.kernel.scheduler.charge()
  const usages = { [RUSAGE_SELF]: l.proc.usage, [RUSAGE_CHILDREN]: l.proc.childUsage, [RUSAGE_THREAD]: l.usage }
  l.proc.noteResident()
  // A thread has the memory of all.
  l.usage.maxResident = l.proc.usage.maxResident
  writeRusage(l, address, usages[who])
  return 0
}

const PRIO_PROCESS = 0
const PRIO_USER = 2
const NICE_MIN = -20
const NICE_MAX = 19
/** getpriority's answer is 20 - nice, so that it is never an error. */
const NZERO = 20

function processesFor(l: Lwp, which: number, who: number): Proc[] {
  if (which < PRIO_PROCESS || which > PRIO_USER) throw EINVAL
  const all = [...l.proc.kernel.processes.values()]
  const own = [l.proc.pid, l.proc.pgrp, l.credentials.uid][which]
  const wanted = who === 0 ? own : who
  const found = all.filter(p => [p.pid, p.pgrp, p.credentials.uid][which] === wanted)
  if (found.length === 0) throw ESRCH
  return found
}

function linux_sys_getpriority(l: Lwp, which: number, who: number): number {
  return NZERO - Math.min(...processesFor(l, which | 0, who | 0).map(p => p.nice))
}

/** RLIMIT_NICE: a process may come down to 20 less it. */
function lowestNice(p: Proc): number {
  return NZERO - (p.limits[RLIMIT_NICE]?.soft ?? 0)
}

/** setpriority(2): all that may be changed are; the last error is told. @throws EINVAL, ESRCH, EPERM, EACCES */
function sys_setpriority(l: Lwp, which: number, who: number, value: number): number {
  const nice = Math.max(NICE_MIN, Math.min(NICE_MAX, value | 0))
  const { euid } = l.credentials
  const privileged = hasCapability(l.credentials, CAP_SYS_NICE)
  let error: Errno | undefined
  for (const p of processesFor(l, which | 0, who | 0)) {
    if (!privileged && euid !== p.credentials.uid && euid !== p.credentials.euid) error = EPERM
    else if (nice < lowestNice(p) && nice < p.nice && !privileged) error = EACCES
    else p.nice = nice
  }
  if (error !== undefined) throw error
  return 0
}

export const limitCalls: CallFamily = {
  getrlimit: linux_sys_getrlimit,
  setrlimit: linux_sys_setrlimit,
  prlimit64: linux_sys_prlimit64,
  getrusage: compat_50_sys_getrusage,
  getpriority: linux_sys_getpriority,
  setpriority: sys_setpriority,
}
