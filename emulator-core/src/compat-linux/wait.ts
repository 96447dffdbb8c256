/** Waiting for children: linux_misc.c (linux_sys_wait4, linux_sys_waitid); sys/kern/kern_exit.c (do_sys_waitid). Linux: kernel/exit.c. */

import { meets } from '../native/divergence.ts'
import { EAGAIN, EINVAL, EOPNOTSUPP, ERESTART, Errno, ESRCH } from '../native/errno.ts'
import { statusDumped, statusSignal } from '../native/exit.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { SIGCHLD, SIGCONT } from '../native/signal/numbers.ts'
import { CLD_CONTINUED, CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED } from '../native/signal/siginfo.ts'
import { SIGINFO_BYTES, signalBytes } from '../native/signal/siginfo-bytes.ts'
import type { Kthread } from '../native/sleep.ts'
import { type Waited, waitForChild } from '../native/wait.ts'
import type { CallFamily } from './call.ts'
import { pidfdOf } from './pidfd.ts'
import { writeRusage } from './rusage.ts'

const WNOHANG = 1
const WUNTRACED = 2
const WEXITED = 4
const WCONTINUED = 8
const WNOWAIT = 0x100_0000
const WNOTHREAD = 0x2000_0000
const WALL = 0x4000_0000
const WCLONE = 0x8000_0000

/** Which children of clone(2) are meant: those with SIGCHLD as their exit signal, the others (__WCLONE), or all (__WALL). */
function ofKind(child: Proc, options: number): boolean {
  if ((options & WALL) !== 0) return true
  return (child.exitSignal === SIGCHLD) === ((options & WCLONE) === 0)
}

/**
 * wait4(2): waitid for those that have ended, and, as asked, have stopped or gone on; the news as one status word. linux_misc.c, linux_sys_wait4.
 * @throws EINVAL, ECHILD, EINTR, EFAULT; ESRCH for the one number whose opposite is none.
 */
function* linux_sys_wait4(
  l: Lwp,
  pidArgument: number,
  status: number,
  options: number,
  rusage: number,
): Kthread<number> {
  const known = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE
  if (((options | 0) & ~known) !== 0) throw EINVAL
  const pid = pidArgument | 0
  // Its opposite is no number.
  if (pid === -0x8000_0000) throw ESRCH
  const own = l.proc.pgrp
  const waited = yield* waitForChild(l, {
    matches: child => ofKind(child, options) && matchesPid(child, pid, own),
    exited: true,
    stopped: (options & WUNTRACED) !== 0,
    continued: (options & WCONTINUED) !== 0,
    noHang: (options & WNOHANG) !== 0,
    peek: false,
  })
  if (waited === undefined) return 0
  if (waited.news.kind === 'exited') takePendingSignal(l)
  if (status !== 0) l.memory.writeU32(status, statusWord(waited))
  if (rusage !== 0) writeRusage(l, rusage, waited.usage)
  return waited.child.pid
}

/** The signal that tells of the child that was reaped just now, or of another one, waits no more. */
function takePendingSignal(l: Lwp): void {
  const { pending } = l.proc.signals
  if (pending.set.has(SIGCHLD) && meets(l, 'wait4.pending-signal', 'SIGCHLD')) pending.discard(SIGCHLD)
}

/** Whom wait4's first argument means: a process, any child, one's own group, another group. kern_exit.c, do_sys_wait. */
function matchesPid(child: Proc, pid: number, ownGroup: number): boolean {
  if (pid > 0) return child.pid === pid
  if (pid === -1) return true
  return child.pgrp === (pid === 0 ? ownGroup : -pid)
}

/** W_EXITCODE, W_STOPCODE, W_CONTCODE: sys/sys/wait.h. */
function statusWord({ news }: Waited): number {
  switch (news.kind) {
    case 'exited':
      return news.status
    case 'stopped':
      return (news.signo << 8) | 0x7f
    default:
      return 0xffff
  }
}

const P_ALL = 0
const P_PID = 1
const P_PGID = 2
const P_PIDFD = 3

/** signo, errno, code, pid, uid, status: more of a siginfo_t is not written. */
const TOLD_BYTES = 28

/**
 * waitid(2): the result goes into a siginfo_t, which is zero if there is nothing to tell, and also if the call fails. linux_misc.c, linux_sys_waitid.
 * @throws EINVAL, ECHILD, EBADF, EFAULT, EINTR; EAGAIN for a descriptor that does not block.
 */
function* linux_sys_waitid(
  l: Lwp,
  idtype: number,
  idArgument: number,
  infop: number,
  optionsArgument: number,
  rusage: number,
): Kthread<number> {
  const options = optionsArgument | 0
  const kinds = WNOTHREAD | WALL | WCLONE
  const events = WEXITED | WUNTRACED | WCONTINUED
  if ((options & ~(WNOHANG | WNOWAIT | events | kinds)) !== 0 || (options & events) === 0) throw EINVAL
  if ((options & kinds) !== 0 && meets(l, 'waitid.kinds', `options 0x${(options >>> 0).toString(16)}`)) throw EINVAL
  const { matches, nonblocking } = chosen(l, idtype | 0, idArgument | 0)
  const noHang = (options & WNOHANG) !== 0
  let waited: Waited | undefined
  try {
    waited = yield* waitForChild(l, {
      matches: child => ofKind(child, options) && matches(child),
      exited: (options & WEXITED) !== 0,
      stopped: (options & WUNTRACED) !== 0,
      continued: (options & WCONTINUED) !== 0,
      noHang: noHang || nonblocking,
      peek: (options & WNOWAIT) !== 0,
    })
    if (waited === undefined && nonblocking && !noHang) throw EAGAIN
  } catch (error) {
    if (error instanceof Errno && error !== ERESTART && infop !== 0) l.memory.copyout(infop, new Uint8Array(TOLD_BYTES))
    throw error
  }
  if (rusage !== 0 && waited !== undefined) {
    const ofChildren = meets(l, 'waitid.rusage', `of ${waited.child.pid}`)
    writeRusage(l, rusage, ofChildren ? waited.child.childUsage : waited.usage)
  }
  if (infop !== 0) {
    const info = waited === undefined ? new Uint8Array(SIGINFO_BYTES) : childInfo(l, waited)
    l.memory.copyout(infop, info.subarray(0, TOLD_BYTES))
  }
  return 0
}

interface Chosen {
  readonly matches: (child: Proc) => boolean
  readonly nonblocking: boolean
}

const byTest = (matches: (child: Proc) => boolean): Chosen => ({ matches, nonblocking: false })

/**
 * Whom waitid's first two arguments mean. linux_misc.c, linux_sys_waitid.
 * @throws EINVAL; EOPNOTSUPP for P_PIDFD where there are none, else EBADF.
 */
function chosen(l: Lwp, idtype: number, id: number): Chosen {
  switch (idtype) {
    case P_ALL:
      return byTest(() => true)
    case P_PID:
      if (id === 0 && meets(l, 'waitid.own-group', 'P_PID 0')) return byTest(child => child.pgrp === l.proc.pgrp)
      if (id <= 0) throw EINVAL
      return byTest(child => child.pid === id)
    case P_PGID: {
      if (id < 0) throw EINVAL
      const group = id === 0 ? l.proc.pgrp : id
      return byTest(child => child.pgrp === group)
    }
    case P_PIDFD: {
      if (meets(l, 'waitid.pidfd', `descriptor ${id}`)) throw EOPNOTSUPP
      if (id < 0) throw EINVAL
      const { proc, nonblocking } = pidfdOf(l, id)
      return { matches: child => child === proc, nonblocking }
    }
    default:
      throw EINVAL
  }
}

/** The siginfo_t of SIGCHLD: who, and what has become of it. kern_exit.c, do_sys_waitid. */
function childInfo(l: Lwp, { child, news }: Waited): Uint8Array {
  const { uid, euid } = child.credentials
  const isEffective = uid !== euid && meets(l, 'waitid.effective-user', `${euid} for ${uid}`)
  const common = { signo: SIGCHLD, pid: child.pid, uid: isEffective ? euid : uid }
  switch (news.kind) {
    case 'stopped':
      return signalBytes({ ...common, code: CLD_STOPPED, status: news.signo })
    case 'continued':
      return signalBytes({ ...common, code: CLD_CONTINUED, status: SIGCONT })
    default: {
      const signo = statusSignal(news.status)
      if (signo === 0) return signalBytes({ ...common, code: CLD_EXITED, status: news.status >> 8 })
      return signalBytes({ ...common, code: statusDumped(news.status) ? CLD_DUMPED : CLD_KILLED, status: signo })
    }
  }
}

export const waitCalls: CallFamily = {
  wait4: linux_sys_wait4,
  waitid: linux_sys_waitid,
}
