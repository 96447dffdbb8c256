/** The end of threads and processes: exit1, sys/kern/kern_exit.c; lwp_exit, sys/kern/kern_lwp.c. */
import { stopTimers } from './itimer.ts'
import { keyringsOf } from './keys/keyrings.ts'
import type { Lwp } from './lwp.ts'
import { becomeWhole, releaseParts } from './lwp-parts.ts'
import type { Proc } from './proc.ts'
import { isOrphaned, membersOf } from './process-group.ts'
import { POLLHUP, POLLIN, POLLRDNORM } from './selinfo.ts'
import { NSIG, SIGCHLD, SIGCONT, SIGHUP } from './signal/numbers.ts'
import { postSignal, releaseParent, retargetSignals } from './signal/post.ts'
import { SA_NOCLDWAIT, SIG_IGN } from './signal/proc-signals.ts'
import { CLD_DUMPED, CLD_EXITED, CLD_KILLED, SI_KERNEL, SI_USER } from './signal/siginfo.ts'
import { ttysOf } from './tty/tty.ts'
import { addUsage } from './usage.ts'

/** Why a process ends: by itself with a code, or of a signal, maybe with a core file written. */
export type ExitReason = { readonly code: number } | { readonly signo: number; readonly core: boolean }

const WCOREFLAG = 0x80

/** wait(2)'s status word. */
export function waitStatus(reason: ExitReason): number {
  if ('code' in reason) return (reason.code & 0xff) << 8
  return reason.signo | (reason.core ? WCOREFLAG : 0)
}

export function statusSignal(status: number): number {
  return status & 0x7f
}

export function statusDumped(status: number): boolean {
  return (status & WCOREFLAG) !== 0
}

/** Ends the whole process of a thread. Does nothing if it has ended. */
export function exit1(l: Lwp, reason: ExitReason): void {
  const p = l.proc
  if (p.exitStatus !== undefined) return
  const { kernel } = p
  const status = waitStatus(reason)
  stopTimers(p)
  for (const other of [...p.lwps.values()]) endThread(other, status >> 8)
  p.fd.references--
  if (p.fd.references === 0) p.fd.closeAll(l)
  p.exitStatus = status
  kernel.trace?.emit('process-exit', l, {
    status: status >> 8,
    signal: statusSignal(status),
    core: statusDumped(status) ? 1 : 0,
  })
  p.noteResident()
  p.vm.release()
  kernel.sysv.sem.exit(p)
  releaseParent(p)
  abandonChildren(p)
  checkOrphanedGroup(p, p.parent, p)
  if (p.pid === p.session) for (const tty of ttysOf(kernel)) if (tty.session === p.session) tty.disassociate(true)
  p.tellEnded(POLLIN | POLLRDNORM)
  tellParent(p)
}

/** Ends one thread; the process with the last. The process's code is its first thread's, as Linux has it. */
export function lwpExit(l: Lwp, code: number): void {
  const p = l.proc
  if (l.id === p.pid) p.leaderCode = code
  if (p.lwps.size <= 1) {
    exit1(l, { code: p.leaderCode ?? code })
    return
  }
  endThread(l, code)
  retargetSignals(p)
}

function endThread(l: Lwp, code: number): void {
  const { kernel } = l.proc
  kernel.emulation.threadExit(l)
  kernel.trace?.emit('thread-exit', l, { status: code })
  kernel.scheduler.charge()
  kernel.scheduler.forget(l)
  releaseParts(l)
  if (l.credentials.keys !== undefined) keyringsOf(kernel).stale = true
  l.proc.lwps.delete(l.id)
}

/** The other threads of a process that executes a new program (NetBSD: exit_lwps). */
export function endOtherThreads(l: Lwp): void {
  for (const other of [...l.proc.lwps.values()]) if (other !== l) endThread(other, 0)
  becomeWhole(l)
  becomeFirst(l)
}

/** The thread that executes a new program becomes the process's first, whose number is the process's (Linux: de_thread). */
function becomeFirst(l: Lwp): void {
  const p = l.proc
  if (l.id === p.pid) return
  const { id } = l
  p.kernel.trace?.emit('thread-exit', l, { status: 0 })
  p.lwps.delete(id)
  l.id = p.pid
  p.lwps.set(l.id, l)
  p.leaderCode = undefined
  p.kernel.trace?.emit('thread-start', l, { creator: id, name: l.name })
}

/** Who takes a process's children over: the nearest ancestor that wants orphans; undefined: init, which waits for all. */
function reaperOf(p: Proc): Proc | undefined {
  for (let q = p.parent; q !== undefined; q = q.parent) if (q.subreaper && q.exitStatus === undefined) return q
  return undefined
}

/** exit1's proc_reparent (Linux: forget_original_parent). Whoever takes them is told of their ends by SIGCHLD, whatever they were made with. */
function abandonChildren(p: Proc): void {
  const reaper = reaperOf(p)
  for (const child of [...p.children]) {
    p.children.delete(child)
    child.parent = reaper
    reaper?.children.add(child)
    if (child.parentDeathSignal !== 0 && child.exitStatus === undefined) sendParentDeath(p, child)
    child.exitSignal = SIGCHLD
    if (child.exitStatus !== undefined) tellParent(child)
    checkOrphanedGroup(child, p, undefined)
  }
}

function sendParentDeath(p: Proc, child: Proc): void {
  postSignal(child, child.parentDeathSignal, { code: SI_USER, pid: p.pid, uid: p.credentials.uid })
}

/**
 * A group whose last connection to the rest of its session goes, and in which something is stopped, is hung up and goes on: nobody else would
 * let it (orphanpg, sys/kern/kern_proc.c; Linux: kill_orphaned_pgrp). `parent`: the connection of `p`; `gone`: who no longer counts.
 */
function checkOrphanedGroup(p: Proc, parent: Proc | undefined, gone: Proc | undefined): void {
  if (parent === undefined || parent.pgrp === p.pgrp || parent.session !== p.session) return
  const members = membersOf(p).filter(q => q !== gone)
  if (!members.some(q => q.stoppedBy !== 0) || !isOrphaned(p, gone)) return
  for (const q of members) {
    postSignal(q, SIGHUP, { code: SI_KERNEL })
    postSignal(q, SIGCONT, { code: SI_KERNEL })
  }
}

function tellParent(p: Proc): void {
  const { parent } = p
  // Init waits for orphans, and who started the emulator for the first program.
  if (parent === undefined) {
    reap(p)
    return
  }
  const action = parent.signals.action(SIGCHLD)
  const ignores = p.exitSignal === SIGCHLD && action.handler === SIG_IGN
  // Linux takes any number for it, and sends those that are signals.
  if (p.exitSignal > 0 && p.exitSignal <= NSIG && !ignores) {
    const status = p.exitStatus ?? 0
    const signo = statusSignal(status)
    postSignal(parent, p.exitSignal, {
      code: signo === 0 ? CLD_EXITED : statusDumped(status) ? CLD_DUMPED : CLD_KILLED,
      pid: p.pid,
      uid: p.credentials.uid,
      status: signo === 0 ? status >> 8 : signo,
      userTime: Math.floor(p.usage.user / 1e7),
      systemTime: Math.floor(p.usage.system / 1e7),
    })
  }
  if (ignores || (p.exitSignal === SIGCHLD && (action.flags & SA_NOCLDWAIT) !== 0)) reap(p)
  parent.childChanged.wakeAll()
}

/** The zombie has been waited for: what it used counts for its parent's children. */
export function reapWaited(p: Proc): void {
  const { parent } = p
  if (parent !== undefined) {
    addUsage(parent.childUsage, p.usage)
    addUsage(parent.childUsage, p.childUsage)
  }
  reap(p)
}

/** proc_free: nothing is left of it. */
function reap(p: Proc): void {
  p.reaped = true
  p.kernel.processes.delete(p.pid)
  p.parent?.children.delete(p)
  p.parent = undefined
  p.tellEnded(POLLIN | POLLRDNORM | POLLHUP)
}
