/** Sending signals: linux_signal.c (linux_sys_kill, tkill, tgkill, rt_queueinfo); sys/kern/sys_sig.c. */

import { meets } from '../native/divergence.ts'
import { EAGAIN, EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { lwpFind, procFind } from '../native/proc-find.ts'
import { NSIG, SIGSTKFLT } from '../native/signal/numbers.ts'
import { canSignal } from '../native/signal/permission.ts'
import { postSignal, postSignalToLwp } from '../native/signal/post.ts'
import { SI_TKILL, SI_USER, type SigInfo } from '../native/signal/siginfo.ts'
import { SIGINFO_BYTES } from '../native/signal/siginfo-bytes.ts'
import type { CallFamily } from './call.ts'

/** The first of the real-time signals that NetBSD has no number for. */
const FIRST_UNMAPPED = 63

/** Linux's signals that NetBSD has none for. */
export function isUnmapped(signo: number): boolean {
  return signo === SIGSTKFLT || signo >= FIRST_UNMAPPED
}

/** What is really sent for a number; 0 sends nothing. @throws EINVAL. */
function checked(l: Lwp, signo: number): number {
  if (signo < 0 || signo > NSIG) throw EINVAL
  if (!isUnmapped(signo) || !meets(l, 'signal.unmapped', `signal ${signo}`)) return signo
  if (signo === NSIG) throw EINVAL
  return 0
}

type Origin = Omit<SigInfo, 'signo'>

export function originOf(l: Lwp, code: number): Origin {
  return { code, pid: l.proc.pid, uid: l.credentials.uid }
}

/** @throws EPERM, EINVAL; EAGAIN if the queue is full, unless it came from kill(2). */
export function sendToProcess(l: Lwp, p: Proc, signo: number, origin: Origin): void {
  const sent = checked(l, signo)
  if (!canSignal(l, p, signo)) throw EPERM
  if (sent !== 0 && !postSignal(p, sent, origin) && origin.code !== SI_USER) throw EAGAIN
}

function sendToThread(l: Lwp, target: Lwp | undefined, signo: number, origin: Origin): void {
  if (target === undefined) throw ESRCH
  const sent = checked(l, signo)
  if (!canSignal(l, target.proc, signo)) throw EPERM
  if (sent !== 0 && !postSignalToLwp(target, sent, origin)) throw EAGAIN
}

/** kill(2): one process, a process group (0: ours), or everybody but us (-1). @throws ESRCH, EPERM, EINVAL. */
function linux_sys_kill(l: Lwp, pidArgument: number, signoArgument: number): number {
  const pid = pidArgument | 0
  const signo = signoArgument | 0
  const origin = originOf(l, SI_USER)
  if (pid > 0) {
    const p = procFind(l.proc.kernel, pid)
    if (p === undefined) throw ESRCH
    sendToProcess(l, p, signo, origin)
    return 0
  }
  const group = pid === 0 ? l.proc.pgrp : -pid
  const everybody = pid === -1
  sendToMany(l, p => (everybody ? p !== l.proc && p.pid > 1 : p.pgrp === group), signo, origin)
  return 0
}

/** It is enough if one may be signalled. */
function sendToMany(l: Lwp, chosen: (p: Proc) => boolean, signo: number, origin: Origin): void {
  const targets = [...l.proc.kernel.processes.values()].filter(chosen)
  if (targets.length === 0) throw ESRCH
  const sent = checked(l, signo)
  const allowed = targets.filter(p => canSignal(l, p, signo))
  if (allowed.length === 0) throw EPERM
  if (sent !== 0) for (const p of allowed) postSignal(p, sent, origin)
}

/** tkill(2). @throws EINVAL, ESRCH, EPERM, EAGAIN. */
function linux_sys_tkill(l: Lwp, tid: number, signo: number): number {
  if ((tid | 0) <= 0) throw EINVAL
  sendToThread(l, lwpFind(l.proc.kernel, tid | 0), signo | 0, originOf(l, SI_TKILL))
  return 0
}

/** A thread that must be of that process. */
function threadOf(l: Lwp, pid: number, tid: number): Lwp | undefined {
  if ((pid | 0) <= 0 || (tid | 0) <= 0) throw EINVAL
  return l.proc.kernel.processes.get(pid | 0)?.lwps.get(tid | 0)
}

/** tgkill(2). @throws EINVAL, ESRCH, EPERM, EAGAIN. */
function linux_sys_tgkill(l: Lwp, pid: number, tid: number, signo: number): number {
  sendToThread(l, threadOf(l, pid, tid), signo | 0, originOf(l, SI_TKILL))
  return 0
}

/** The siginfo a program made up. Only to itself may it pretend that the kernel or kill(2) sent it. @throws EPERM, EFAULT. */
export function givenInfo(l: Lwp, address: number, toSelf: boolean): Origin {
  const raw = l.memory.copyin(address, SIGINFO_BYTES)
  const v = new DataView(raw.buffer)
  const code = v.getInt32(8, true)
  if ((code >= 0 || code === SI_TKILL) && !toSelf) throw EPERM
  return {
    code,
    pid: v.getInt32(16, true),
    uid: v.getUint32(20, true),
    value: v.getBigUint64(24, true),
    raw,
  }
}

/** rt_sigqueueinfo(2). @throws ESRCH, EPERM, EINVAL, EAGAIN, EFAULT. */
function linux_sys_rt_queueinfo(l: Lwp, pid: number, signo: number, info: number): number {
  const origin = givenInfo(l, info, (pid | 0) === l.proc.pid)
  const p = procFind(l.proc.kernel, pid | 0)
  if (p === undefined) throw ESRCH
  sendToProcess(l, p, signo | 0, origin)
  return 0
}

/** rt_tgsigqueueinfo(2), which NetBSD does not have. */
function linux_sys_rt_tgsigqueueinfo(l: Lwp, pid: number, tid: number, signo: number, info: number): number {
  const target = threadOf(l, pid, tid)
  sendToThread(l, target, signo | 0, givenInfo(l, info, target?.proc === l.proc))
  return 0
}

export const signalSendCalls: CallFamily = {
  kill: linux_sys_kill,
  tkill: linux_sys_tkill,
  tgkill: linux_sys_tgkill,
  rt_sigqueueinfo: linux_sys_rt_queueinfo,
  rt_tgsigqueueinfo: linux_sys_rt_tgsigqueueinfo,
}
