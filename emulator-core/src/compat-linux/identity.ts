/** Who a process is: numbers, groups, credentials. sys/kern/kern_prot.c; sys/compat/linux/common/linux_misc.c. */
import { afterSetuid, CAP_SETGID, CAP_SETUID, hasCapability } from '../native/capability.ts'
import { meets } from '../native/divergence.ts'
import { EACCES, EINVAL, ENOSYS, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Credentials, Proc } from '../native/proc.ts'
import { procFind } from '../native/proc-find.ts'
import { type CallFamily, size } from './call.ts'

const NGROUPS_MAX = 65536
/** An id argument that changes nothing. */
const KEEP = 0xffff_ffff

/** A number that stands for init where there is no parent. */
const INIT = 1

function id(argument: number): number {
  return argument >>> 0
}

/** The process of a number, or of a thread's. @throws ESRCH */
function findProcess(l: Lwp, pid: number): Proc {
  const p = pid === 0 ? l.proc : procFind(l.proc.kernel, pid)
  if (p === undefined) throw ESRCH
  return p
}

/** @throws EINVAL, ESRCH, EPERM; EACCES for a child that has executed a program. */
function sys_setpgid(l: Lwp, pidArgument: number, groupArgument: number): number {
  const group = groupArgument | 0 || pidArgument | 0
  if (group < 0) throw EINVAL
  const p = findProcess(l, pidArgument | 0)
  // A thread's number will not do.
  if (pidArgument !== 0 && p.pid !== (pidArgument | 0)) throw EINVAL
  if (p !== l.proc && p.parent !== l.proc) throw ESRCH
  if (p !== l.proc && p.session !== l.proc.session) throw EPERM
  if (p !== l.proc && p.executed) throw EACCES
  if (p.pid === p.session) throw EPERM
  const wanted = group === 0 ? p.pid : group
  if (wanted !== p.pid) {
    const members = [...l.proc.kernel.processes.values()].some(q => q.pgrp === wanted && q.session === p.session)
    if (!members) throw EPERM
  }
  p.pgrp = wanted
  return 0
}

function sys_setsid(l: Lwp): number {
  const p = l.proc
  for (const q of p.kernel.processes.values()) if (q.pgrp === p.pid) throw EPERM
  p.session = p.pgrp = p.pid
  return p.pid
}

/**
 * The new ids are in force: capabilities follow the user's, the ids for files follow the effective ones, and who may look into the process or
 * end it with its parent is settled anew (Linux: commit_creds).
 */
function commit(l: Lwp, next: Credentials): number {
  const p = l.proc
  if (p.lwps.size > 1) meets(l, 'setuid.all-threads', `${p.lwps.size} threads`)
  const before = l.credentials
  const userChanged = next.uid !== before.uid || next.euid !== before.euid || next.suid !== before.suid
  const after = { ...next, fsuid: undefined, fsgid: undefined }
  l.credentials = userChanged ? afterSetuid(before, after, p.securebits) : after
  if (next.euid !== before.euid || next.egid !== before.egid) {
    p.dumpable = 0
    p.parentDeathSignal = 0
  }
  return 0
}

function sys_setuid(l: Lwp, argument: number): number {
  const c = l.credentials
  const uid = id(argument)
  if (uid === KEEP) throw EINVAL
  if (hasCapability(c, CAP_SETUID)) return commit(l, { ...c, uid, euid: uid, suid: uid })
  if (uid !== c.uid && uid !== c.suid) throw EPERM
  return commit(l, { ...c, euid: uid })
}

function sys_setgid(l: Lwp, argument: number): number {
  const c = l.credentials
  const gid = id(argument)
  if (gid === KEEP) throw EINVAL
  if (hasCapability(c, CAP_SETGID)) return commit(l, { ...c, gid, egid: gid, sgid: gid })
  if (gid !== c.gid && gid !== c.sgid) throw EPERM
  return commit(l, { ...c, egid: gid })
}

type Triple = readonly [real: number, effective: number, saved: number]

/** do_setresuid: each may become any of the three; the privileged may choose. @throws EPERM */
function changed(privileged: boolean, old: Triple, wanted: Triple): Triple {
  const next = wanted.map((w, i) => (w === KEEP ? old[i] : w))
  if (!privileged && wanted.some(w => w !== KEEP && !old.includes(w))) throw EPERM
  return [next[0], next[1], next[2]]
}

function linux_sys_setresuid(l: Lwp, r: number, e: number, s: number): number {
  const c = l.credentials
  const wanted: Triple = [id(r), id(e), id(s)]
  const [uid, euid, suid] = changed(hasCapability(c, CAP_SETUID), [c.uid, c.euid, c.suid], wanted)
  return commit(l, { ...c, uid, euid, suid })
}

function linux_sys_setresgid(l: Lwp, r: number, e: number, s: number): number {
  const c = l.credentials
  const wanted: Triple = [id(r), id(e), id(s)]
  const [gid, egid, sgid] = changed(hasCapability(c, CAP_SETGID), [c.gid, c.egid, c.sgid], wanted)
  return commit(l, { ...c, gid, egid, sgid })
}

/**
 * do_setreuid: the real id becomes the real or effective one, the effective any of the three. The saved id follows the effective one when the
 * real one is set, or the effective one is not the old real one. @throws EPERM
 */
function reChanged(privileged: boolean, r: number, e: number, old: Triple): Triple {
  if (!privileged && r !== KEEP && r !== old[0] && r !== old[1]) throw EPERM
  const next = changed(privileged, old, [r, e, KEEP])
  return [next[0], next[1], r !== KEEP || (e !== KEEP && e !== old[0]) ? next[1] : old[2]]
}

function sys_setreuid(l: Lwp, r: number, e: number): number {
  const c = l.credentials
  const [uid, euid, suid] = reChanged(hasCapability(c, CAP_SETUID), id(r), id(e), [c.uid, c.euid, c.suid])
  return commit(l, { ...c, uid, euid, suid })
}

function sys_setregid(l: Lwp, r: number, e: number): number {
  const c = l.credentials
  const [gid, egid, sgid] = reChanged(hasCapability(c, CAP_SETGID), id(r), id(e), [c.gid, c.egid, c.sgid])
  return commit(l, { ...c, gid, egid, sgid })
}

function writeIds(l: Lwp, addresses: readonly number[], ids: readonly number[]): number {
  addresses.forEach((address, i) => {
    l.memory.writeU32(address, ids[i])
  })
  return 0
}

/** setfsuid(2) answers the old id, whether or not it changed. NetBSD knows only that it is the real one. */
function linux_sys_setfsuid(l: Lwp, argument: number): number {
  const c = l.credentials
  const own: readonly number[] = [c.uid, c.euid, c.suid]
  return fileId(l, id(argument), c.fsuid ?? c.euid, own, CAP_SETUID, fsuid => ({ ...c, fsuid }))
}

function linux_sys_setfsgid(l: Lwp, argument: number): number {
  const c = l.credentials
  const own: readonly number[] = [c.gid, c.egid, c.sgid]
  return fileId(l, id(argument), c.fsgid ?? c.egid, own, CAP_SETGID, fsgid => ({ ...c, fsgid }))
}

/** `own`: the real id first. */
function fileId(
  l: Lwp,
  wanted: number,
  before: number,
  own: readonly number[],
  capability: number,
  having: (id: number) => Credentials,
): number {
  if (meets(l, 'setfsuid.real-only', `id ${wanted}`)) {
    if (wanted !== own[0]) throw ENOSYS
    return 0
  }
  const mayHave = own.includes(wanted) || wanted === before || hasCapability(l.credentials, capability)
  if (wanted !== KEEP && mayHave) l.credentials = having(wanted)
  return before
}

function sys_getgroups(l: Lwp, countArgument: number, list: number): number {
  const count = countArgument | 0
  const { groups } = l.credentials
  if (count < 0) throw EINVAL
  if (count === 0) return groups.length
  if (count < groups.length) throw EINVAL
  groups.forEach((group, i) => {
    l.memory.writeU32(list + 4 * i, group)
  })
  return groups.length
}

function sys_setgroups(l: Lwp, countArgument: number, list: number): number {
  const count = size(countArgument)
  const c = l.credentials
  if (!hasCapability(c, CAP_SETGID)) throw EPERM
  if (count > NGROUPS_MAX) throw EINVAL
  const bytes = l.memory.copyin(list, count * 4)
  const view = new DataView(bytes.buffer)
  // Linux keeps them in order, to find one fast.
  const groups = Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true)).sort((a, b) => a - b)
  l.credentials = { ...c, groups }
  return 0
}

export const identityCalls: CallFamily = {
  getpid: l => l.proc.pid,
  getppid: l => l.proc.parent?.pid ?? INIT,
  gettid: l => l.id,
  getpgrp: l => l.proc.pgrp,
  getpgid: (l, pid) => findProcess(l, pid | 0).pgrp,
  getsid: (l, pid) => findProcess(l, pid | 0).session,
  setpgid: sys_setpgid,
  setsid: sys_setsid,
  getuid: l => l.credentials.uid,
  geteuid: l => l.credentials.euid,
  getgid: l => l.credentials.gid,
  getegid: l => l.credentials.egid,
  setuid: sys_setuid,
  setgid: sys_setgid,
  setreuid: sys_setreuid,
  setregid: sys_setregid,
  setresuid: linux_sys_setresuid,
  setresgid: linux_sys_setresgid,
  getresuid: (l, r, e, s) => writeIds(l, [r, e, s], [l.credentials.uid, l.credentials.euid, l.credentials.suid]),
  getresgid: (l, r, e, s) => writeIds(l, [r, e, s], [l.credentials.gid, l.credentials.egid, l.credentials.sgid]),
  setfsuid: linux_sys_setfsuid,
  setfsgid: linux_sys_setfsgid,
  getgroups: sys_getgroups,
  setgroups: sys_setgroups,
}
