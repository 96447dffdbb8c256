/** Files of a process in /proc that can be written. Their rules: proc(5); Linux, fs/proc/base.c (comm_write, __set_oom_adj, proc_coredump_filter_write). */
import { CAP_SYS_RESOURCE, hasCapability } from '../../capability.ts'
import { CORE_FILTERS } from '../../core-segments.ts'
import { EACCES, EINVAL, ERANGE } from '../../errno.ts'
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
  const isPrivileged = l === undefined || hasCapability(l.credentials, CAP_SYS_RESOURCE)
  if (value < p.oomScoreLeast && !isPrivileged) throw EACCES
  p.oomScoreAdjustment = value
  if (isPrivileged) p.oomScoreLeast = value
}

/** Which kinds of mappings go into a core file. @throws EINVAL for what is no number (an 0x or an 0 before it names its base), ERANGE. */
export function setCoreFilter(p: Proc, text: string): void {
  const [, base, digits] = /^\+?(0x|0)?([\da-f]*)\n?$/i.exec(text) ?? []
  const value = numberOf(base ?? '', digits ?? '')
  if (value > 0xffff_ffff) throw ERANGE
  p.coreFilter = value & CORE_FILTERS
}

/** @throws EINVAL */
function numberOf(prefix: string, digits: string): number {
  if (prefix === '0' && digits === '') return 0
  const value = Number(prefix === '' ? digits : `${prefix === '0' ? '0o' : '0x'}${digits}`)
  if (digits === '' || Number.isNaN(value)) throw EINVAL
  return value
}
