/** Files of a process in /proc that can be written. Their rules: proc(5); Linux, fs/proc/base.c (comm_write, __set_oom_adj). */
import { CAP_SYS_RESOURCE, hasCapability } from '../../capability.ts'
import { EACCES, EINVAL } from '../../errno.ts'
import type { Lwp } from '../../lwp.ts'
import type { Proc } from '../../proc.ts'

const LONGEST_NAME = 15
const MOST_OOM_SCORE = 1000

/** The name of a thread; the first one's is the process's. Only the process itself may change it. @throws EINVAL */
export function setComm(p: Proc, text: string, l: Lwp | undefined, tid: number): void {
  if (l !== undefined && l.proc !== p) throw EINVAL
  const name = text.slice(0, LONGEST_NAME)
  const end = name.indexOf('\0')
  const given = end < 0 ? name : name.slice(0, end)
  const thread = p.lwps.get(tid)
  if (thread !== undefined) thread.name = given
  if (tid === p.pid) p.name = given
}

/** @throws EINVAL for what is no number of -1000 … 1000, EACCES for less than was once set, without privileges. */
export function setOomScoreAdjustment(p: Proc, text: string, l: Lwp | undefined): void {
  if (!/^\s*[+-]?(0x[\da-f]+|\d+)\s*$/i.test(text)) throw EINVAL
  const digits = text.trim()
  const value = digits.startsWith('-') ? -Number(digits.slice(1)) : Number(digits)
  if (Math.abs(value) > MOST_OOM_SCORE) throw EINVAL
  const isPrivileged = l === undefined || hasCapability(l.proc.credentials, CAP_SYS_RESOURCE)
  if (value < p.oomScoreLeast && !isPrivileged) throw EACCES
  p.oomScoreAdjustment = value
  if (isPrivileged) p.oomScoreLeast = value
}
