/**
 * /proc/PID/cmdline and environ: what lies in the process's memory where its arguments and environment were put, which is how a program that
 * writes over them gives itself another title (NetBSD: copy_procargs, sys/kern/kern_exec.c; Linux: get_mm_cmdline, fs/proc/base.c).
 */
import { EFAULT } from '../../errno.ts'
import { latin1 } from '../../latin1.ts'
import type { Proc } from '../../proc.ts'

function stringsAt(p: Proc, start: number, end: number): string {
  if (p.vm.references === 0 || end <= start) return ''
  try {
    return latin1(p.vm.memory.copyin(start, end - start))
  } catch (error) {
    // The process has unmapped them.
    if (error !== EFAULT) throw error
    return ''
  }
}

/** A title that has grown beyond the arguments goes on in the environment, up to its zero byte. */
export function cmdlineText(p: Proc): string {
  const { argumentsStart, argumentsEnd, environmentEnd } = p.vm
  const strings = stringsAt(p, argumentsStart, argumentsEnd)
  if (strings === '' || strings.endsWith('\0')) return strings
  const end = strings.indexOf('\0')
  if (end >= 0) return strings.slice(0, end + 1)
  const [rest] = stringsAt(p, argumentsEnd, environmentEnd).split('\0', 1)
  return `${strings}${rest}\0`
}

export function environText(p: Proc): string {
  return stringsAt(p, p.vm.argumentsEnd, p.vm.environmentEnd)
}
