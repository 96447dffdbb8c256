/** The text of /proc/PID/status: proc(5); Linux, fs/proc/array.c (proc_pid_status). */
import { PAGE_SIZE } from '../../../machine/page.ts'
import { capabilitiesOf } from '../../capability.ts'
import type { Credentials, Proc } from '../../proc.ts'
import { RLIMIT_SIGPENDING } from '../../resource-limits.ts'
import { SIG_DFL, SIG_IGN } from '../../signal/proc-signals.ts'
import { SigSet } from '../../signal/sigset.ts'

/** init has no thread of its own here. */
function isIdle(p: Proc): boolean {
  return p.exitStatus === undefined && p.lwps.size === 0
}

const INIT = 1

/** Orphans are init's. */
export function parentNumber(p: Proc): number {
  return p.parent?.pid ?? (p.pid === INIT ? 0 : INIT)
}

/** A letter for a thread's state, as ps(1) shows it; a process's is that of its first thread, which may end before the others. */
export function stateOf(p: Proc, tid: number): string {
  const l = p.lwps.get(tid)
  if (isIdle(p)) return 'S'
  if (p.exitStatus !== undefined || l === undefined) return 'Z'
  if (p.stoppedBy !== 0) return 'T'
  return l.state === 'runnable' ? 'R' : l.state === 'stopped' ? 'T' : 'S'
}

const stateNames: Readonly<Record<string, string>> = { R: 'running', S: 'sleeping', T: 'stopped', Z: 'zombie' }

type Row = readonly [string, string]

const word = (n: number): string => (n >>> 0).toString(16).padStart(8, '0')
const set = (s: SigSet): string => word(s.high) + word(s.low)
const capabilities = (s: bigint): string => s.toString(16).padStart(16, '0')

function memoryRows(p: Proc): Row[] {
  const kb = (bytes: number): string => `${String(Math.floor(bytes / 1024)).padStart(8)} kB`
  const resident = p.vm.space.residentPages * PAGE_SIZE
  return [
    ['VmPeak', kb(p.vm.peak)],
    ['VmSize', kb(p.vm.size)],
    ['VmLck', kb(p.vm.lockedSize())],
    ['VmPin', kb(0)],
    ['VmHWM', kb(Math.max(resident, p.usage.maxResident * PAGE_SIZE))],
    ['VmRSS', kb(resident)],
    ['VmData', kb(p.vm.dataSize())],
    ['VmStk', kb(p.vm.stackSize())],
    ['VmSwap', kb(0)],
  ]
}

function signalRows(p: Proc, tid: number): Row[] {
  const ignored = new SigSet()
  const caught = new SigSet()
  p.signals.actions.forEach(({ handler }, signo) => {
    if (signo > 0 && handler !== SIG_DFL) (handler === SIG_IGN ? ignored : caught).add(signo)
  })
  const own = p.lwps.get(tid)?.signals
  const none = new SigSet()
  return [
    ['SigQ', `${p.signals.pending.length}/${p.limits[RLIMIT_SIGPENDING]?.soft ?? 0}`],
    ['SigPnd', set(own?.pending.set ?? none)],
    ['ShdPnd', set(p.signals.pending.set)],
    ['SigBlk', set(own?.mask ?? none)],
    ['SigIgn', set(ignored)],
    ['SigCgt', set(caught)],
  ]
}

function capabilityRows(p: Proc, credentials: Credentials): Row[] {
  const c = capabilitiesOf(credentials)
  return [
    ['CapInh', capabilities(c.inheritable)],
    ['CapPrm', capabilities(c.permitted)],
    ['CapEff', capabilities(c.effective)],
    ['CapBnd', capabilities(c.bounding)],
    ['CapAmb', capabilities(c.ambient)],
    ['NoNewPrivs', p.noNewPrivileges ? '1' : '0'],
  ]
}

export function statusText(p: Proc, tid: number): string {
  const { fd, cwdi, credentials: c } = p.lwps.get(tid) ?? p
  const state = stateOf(p, tid)
  const usage = p.lwps.get(tid)?.usage ?? p.usage
  const lives = p.exitStatus === undefined
  const rows: readonly Row[] = [
    ['Name', p.lwps.get(tid)?.name ?? p.name],
    ['Umask', `0${cwdi.umask.toString(8).padStart(3, '0')}`],
    ['State', `${state} (${stateNames[state]})`],
    ['Tgid', String(p.pid)],
    ['Ngid', '0'],
    ['Pid', String(tid)],
    ['PPid', String(parentNumber(p))],
    ['TracerPid', '0'],
    ['Uid', `${c.uid}\t${c.euid}\t${c.suid}\t${c.fsuid ?? c.euid}`],
    ['Gid', `${c.gid}\t${c.egid}\t${c.sgid}\t${c.fsgid ?? c.egid}`],
    ['FDSize', String(lives ? Math.max(64, fd.highest + 1) : 0)],
    ['Groups', `${c.groups.join(' ')} `],
    ['NStgid', String(p.pid)],
    ['NSpid', String(tid)],
    ['NSpgid', String(p.pgrp)],
    ['NSsid', String(p.session)],
    // What a process that has ended had of memory is gone.
    ...(lives ? memoryRows(p) : []),
    ['Threads', String(Math.max(1, p.lwps.size))],
    ...signalRows(p, tid),
    ...capabilityRows(p, c),
    ['Seccomp', '0'],
    ['Cpus_allowed', '1'],
    ['Cpus_allowed_list', '0'],
    ['Mems_allowed', '1'],
    ['Mems_allowed_list', '0'],
    ['voluntary_ctxt_switches', String(usage.sleeps)],
    ['nonvoluntary_ctxt_switches', String(usage.preemptions)],
  ]
  return rows.map(([k, v]) => `${k}:\t${v}\n`).join('')
}
