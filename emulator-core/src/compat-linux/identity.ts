/** Who a process is: numbers, groups, credentials. sys/kern/kern_prot.c; sys/compat/linux/common/linux_misc.c. */
import { EINVAL, ENOSYS, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Credentials, Proc } from '../native/proc.ts'
import { type CallFamily, size } from './call.ts'
import { meets } from './divergences.ts'

const NGROUPS_MAX = 65536
/** An id argument that changes nothing. */
const KEEP = 0xffff_ffff

/** A number that stands for init where there is no parent. */
const INIT = 1

function id(argument: number): number {
  return argument >>> 0
}

function findProcess(l: Lwp, pid: number): Proc {
  const p = pid === 0 ? l.proc : l.proc.kernel.processes.get(pid)
  if (p === undefined) throw ESRCH
  return p
}

function sys_setpgid(l: Lwp, pidArgument: number, groupArgument: number): number {
  const group = groupArgument | 0 || pidArgument | 0
  if (group < 0) throw EINVAL
  const p = findProcess(l, pidArgument | 0)
  if (p !== l.proc && p.parent !== l.proc) throw ESRCH
  if (p.session !== l.proc.session || p.pid === p.session) throw EPERM
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

function isRoot(c: Credentials): boolean {
  return c.euid === 0
}

function sys_setuid(l: Lwp, argument: number): number {
  const c = l.proc.credentials
  const uid = id(argument)
  if (uid === KEEP) throw EINVAL
  if (isRoot(c)) l.proc.credentials = { ...c, uid, euid: uid, suid: uid }
  else if (uid === c.uid || uid === c.suid) l.proc.credentials = { ...c, euid: uid }
  else throw EPERM
  return 0
}

function sys_setgid(l: Lwp, argument: number): number {
  const c = l.proc.credentials
  const gid = id(argument)
  if (gid === KEEP) throw EINVAL
  if (isRoot(c)) l.proc.credentials = { ...c, gid, egid: gid, sgid: gid }
  else if (gid === c.gid || gid === c.sgid) l.proc.credentials = { ...c, egid: gid }
  else throw EPERM
  return 0
}

type Triple = readonly [real: number, effective: number, saved: number]

/** do_setresuid: each may become any of the three; root may choose. @throws EPERM */
function changed(c: Credentials, old: Triple, wanted: Triple): Triple {
  const next = wanted.map((w, i) => (w === KEEP ? old[i] : w))
  if (!isRoot(c) && wanted.some(w => w !== KEEP && !old.includes(w))) throw EPERM
  return [next[0], next[1], next[2]]
}

function linux_sys_setresuid(l: Lwp, r: number, e: number, s: number): number {
  const c = l.proc.credentials
  const [uid, euid, suid] = changed(c, [c.uid, c.euid, c.suid], [id(r), id(e), id(s)])
  l.proc.credentials = { ...c, uid, euid, suid }
  return 0
}

function linux_sys_setresgid(l: Lwp, r: number, e: number, s: number): number {
  const c = l.proc.credentials
  const [gid, egid, sgid] = changed(c, [c.gid, c.egid, c.sgid], [id(r), id(e), id(s)])
  l.proc.credentials = { ...c, gid, egid, sgid }
  return 0
}

/** The saved id follows the effective one when the real one is set, or the effective one is not the old real one. */
function reSaved(r: number, e: number, old: Triple, next: Triple): number {
  return r !== KEEP || (e !== KEEP && e !== old[0]) ? next[1] : old[2]
}

function sys_setreuid(l: Lwp, r: number, e: number): number {
  const c = l.proc.credentials
  const old: Triple = [c.uid, c.euid, c.suid]
  if (!isRoot(c) && id(r) !== KEEP && id(r) !== c.uid && id(r) !== c.euid) throw EPERM
  const next = changed(c, old, [id(r), id(e), KEEP])
  l.proc.credentials = { ...c, uid: next[0], euid: next[1], suid: reSaved(id(r), id(e), old, next) }
  return 0
}

function sys_setregid(l: Lwp, r: number, e: number): number {
  const c = l.proc.credentials
  const old: Triple = [c.gid, c.egid, c.sgid]
  if (!isRoot(c) && id(r) !== KEEP && id(r) !== c.gid && id(r) !== c.egid) throw EPERM
  const next = changed(c, old, [id(r), id(e), KEEP])
  l.proc.credentials = { ...c, gid: next[0], egid: next[1], sgid: reSaved(id(r), id(e), old, next) }
  return 0
}

function writeIds(l: Lwp, addresses: readonly number[], ids: readonly number[]): number {
  addresses.forEach((address, i) => {
    l.memory.writeU32(address, ids[i])
  })
  return 0
}

/**
 * setfsuid(2) answers the old id, whether or not it changed; file permissions here go by the effective id. NetBSD knows only that it is the
 * real one.
 */
function linux_sys_setfsuid(l: Lwp, argument: number): number {
  const { uid, euid } = l.proc.credentials
  return fileId(l, id(argument), uid, euid)
}

function linux_sys_setfsgid(l: Lwp, argument: number): number {
  const { gid, egid } = l.proc.credentials
  return fileId(l, id(argument), gid, egid)
}

function fileId(l: Lwp, wanted: number, real: number, effective: number): number {
  if (!meets(l, 'setfsuid.real-only', `id ${wanted}`)) return effective
  if (wanted !== real) throw ENOSYS
  return 0
}

function sys_getgroups(l: Lwp, countArgument: number, list: number): number {
  const count = countArgument | 0
  const { groups } = l.proc.credentials
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
  const c = l.proc.credentials
  if (!isRoot(c)) throw EPERM
  if (count > NGROUPS_MAX) throw EINVAL
  const bytes = l.memory.copyin(list, count * 4)
  const view = new DataView(bytes.buffer)
  l.proc.credentials = { ...c, groups: Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true)) }
  return 0
}

const CAPABILITY_VERSIONS: Readonly<Record<number, number>> = { 429392688: 1, 537333798: 2, 537396514: 2 }
const NEWEST_CAPABILITY_VERSION = 0x20080522
const ALL_CAPABILITIES = [0xffff_ffff, 0x1ff] as const

/** capget(2): root has all capabilities, nobody else has any. NetBSD has no such call. */
function linux_sys_capget(l: Lwp, header: number, data: number): number {
  const words = CAPABILITY_VERSIONS[l.memory.readU32(header)]
  if (words === undefined) {
    l.memory.writeU32(header, NEWEST_CAPABILITY_VERSION)
    if (data === 0) return 0
    throw EINVAL
  }
  // Asked only for the version: it is one that is known.
  if (data === 0) return 0
  const pid = l.memory.readI32(header + 4)
  if (pid < 0) throw EINVAL
  const { euid } = findProcess(l, pid).credentials
  for (let i = 0; i < words; i++) {
    const set = euid === 0 ? ALL_CAPABILITIES[i] : 0
    writeIds(
      l,
      [0, 4, 8].map(o => data + 12 * i + o),
      [set, set, 0],
    )
  }
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
  getuid: l => l.proc.credentials.uid,
  geteuid: l => l.proc.credentials.euid,
  getgid: l => l.proc.credentials.gid,
  getegid: l => l.proc.credentials.egid,
  setuid: sys_setuid,
  setgid: sys_setgid,
  setreuid: sys_setreuid,
  setregid: sys_setregid,
  setresuid: linux_sys_setresuid,
  setresgid: linux_sys_setresgid,
  getresuid: (l, r, e, s) =>
    writeIds(l, [r, e, s], [l.proc.credentials.uid, l.proc.credentials.euid, l.proc.credentials.suid]),
  getresgid: (l, r, e, s) =>
    writeIds(l, [r, e, s], [l.proc.credentials.gid, l.proc.credentials.egid, l.proc.credentials.sgid]),
  setfsuid: linux_sys_setfsuid,
  setfsgid: linux_sys_setfsgid,
  getgroups: sys_getgroups,
  setgroups: sys_setgroups,
  capget: linux_sys_capget,
}
