/** Handlers, masks and waiting for signals: linux_signal.c; sys/kern/sys_sig.c. */
import { Reg } from 'unicorn-engine-node'
import { meets } from '../native/divergence.ts'
import { EAGAIN, EINTR, EINVAL, ERESTART, EWOULDBLOCK } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { SS_AUTODISARM, SS_DISABLE, SS_ONSTACK, takeOneOf } from '../native/signal/lwp-signals.ts'
import { NSIG, SIGKILL, SIGSTOP } from '../native/signal/numbers.ts'
import { retargetSignals } from '../native/signal/post.ts'
import {
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SIG_IGN,
  type SigAction,
} from '../native/signal/proc-signals.ts'
import type { SigInfo } from '../native/signal/siginfo.ts'
import { signalBytes } from '../native/signal/siginfo-bytes.ts'
import { SigSet } from '../native/signal/sigset.ts'
import { cvTimedwaitSig, cvWaitSig, type Kthread } from '../native/sleep.ts'
import { altStackInUse, setAltStack } from './alternate-stack.ts'
import { type CallFamily, size } from './call.ts'
import { signalFrameCalls } from './signal-frame.ts'
import { isUnmapped, signalSendCalls } from './signal-send.ts'
import { interruption, readSigSet, withTemporaryMask } from './temporary-mask.ts'
import { readTimespec } from './time-values.ts'

/** sizeof(sigset_t) to the kernel. */
const SIGSET_BYTES = 8

const SA_EXPOSE_TAGBITS = 0x800
const SA_KNOWN =
  SA_NOCLDSTOP |
  SA_NOCLDWAIT |
  SA_SIGINFO |
  SA_EXPOSE_TAGBITS |
  SA_RESTORER |
  SA_ONSTACK |
  SA_RESTART |
  SA_NODEFER |
  SA_RESETHAND

function writeSigSet(l: Lwp, address: number, set: SigSet): void {
  l.memory.writeU32(address, set.low >>> 0)
  l.memory.writeU32(address + 4, set.high >>> 0)
}

// --- actions: struct sigaction is handler, flags, restorer, mask ---

function readAction(l: Lwp, address: number): SigAction {
  const handler = l.memory.readU64(address)
  const flags = l.memory.readU32(address + 8) & SA_KNOWN
  const restorer = l.memory.readU64(address + 16)
  const mask = readSigSet(l, address + 24)
  mask.delete(SIGKILL)
  mask.delete(SIGSTOP)
  return { handler, flags: flags >>> 0, restorer, mask }
}

function writeAction(l: Lwp, address: number, action: SigAction): void {
  l.memory.writeBigU64(address, BigInt(action.handler))
  l.memory.writeI64(address + 8, action.flags)
  l.memory.writeBigU64(address + 16, BigInt(action.restorer))
  writeSigSet(l, address + 24, action.mask)
}

const IGNORED: SigAction = { handler: SIG_IGN, flags: 0, restorer: 0, mask: new SigSet() }

/** rt_sigaction(2). @throws EINVAL, EFAULT. */
function linux_sys_rt_sigaction(l: Lwp, number: number, action: number, old: number, setSize: number): number {
  const signo = number | 0
  if (size(setSize) !== SIGSET_BYTES) throw EINVAL
  const wanted = action === 0 ? undefined : readAction(l, action)
  if (signo < 1 || signo > NSIG) throw EINVAL
  if (wanted !== undefined && (signo === SIGKILL || signo === SIGSTOP)) throw EINVAL
  const { signals } = l.proc
  let before = signals.action(signo)
  if (isUnmapped(signo) && meets(l, 'signal.unmapped', `sigaction ${signo}`)) before = IGNORED
  else if (wanted !== undefined) {
    signals.setAction(signo, wanted)
    if (signals.isIgnored(signo)) for (const other of l.proc.lwps.values()) other.signals.pending.discard(signo)
  }
  if (old !== 0) writeAction(l, old, before)
  return 0
}

// --- masks ---

/** rt_sigprocmask(2). @throws EINVAL, EFAULT. */
function linux_sys_rt_sigprocmask(l: Lwp, how: number, setAddress: number, old: number, setSize: number): number {
  if (size(setSize) !== SIGSET_BYTES) throw EINVAL
  const before = l.signals.mask.clone()
  if (setAddress !== 0) {
    const set = readSigSet(l, setAddress)
    const next = before.clone()
    switch (how | 0) {
      case 0:
        next.addAll(set)
        break
      case 1:
        next.deleteAll(set)
        break
      case 2:
        next.assign(set)
        break
      default:
        throw EINVAL
    }
    l.signals.setMask(next)
    if (l.proc.lwps.size > 1) retargetSignals(l.proc)
  }
  if (old !== 0) writeSigSet(l, old, before)
  return 0
}

/** rt_sigpending(2): signals that are blocked and wait. @throws EINVAL, EFAULT. */
function linux_sys_rt_sigpending(l: Lwp, address: number, setSize: number): number {
  if (size(setSize) > SIGSET_BYTES) throw EINVAL
  const own = l.signals.pending.set
  const shared = l.proc.signals.pending.set
  const { mask } = l.signals
  const bytes = new Uint8Array(SIGSET_BYTES)
  const v = new DataView(bytes.buffer)
  v.setInt32(0, (own.low | shared.low) & mask.low, true)
  v.setInt32(4, (own.high | shared.high) & mask.high, true)
  l.memory.copyout(address, bytes.subarray(0, setSize))
  return 0
}

// --- waiting ---

/** Until a handler has run: what sigsuspend and pause do. */
function* untilHandler(l: Lwp): Kthread<number> {
  try {
    for (;;) yield* cvWaitSig(l, [], 'pause')
  } catch (error) {
    throw error === EINTR || error === ERESTART ? interruption(l) : error
  }
}

/** rt_sigsuspend(2). @throws EINTR, EINVAL, EFAULT. */
function linux_sys_rt_sigsuspend(l: Lwp, address: number, setSize: number): Kthread<number> {
  if (size(setSize) !== SIGSET_BYTES) throw EINVAL
  return withTemporaryMask(l, readSigSet(l, address), untilHandler(l))
}

/** pause(2). @throws EINTR. */
function linux_sys_pause(l: Lwp): Kthread<number> {
  return untilHandler(l)
}

/** rt_sigtimedwait(2): the signal's number. @throws EAGAIN when the time is up, EINTR for any other signal, EINVAL, EFAULT. */
function linux_sys_rt_sigtimedwait(
  l: Lwp,
  setAddress: number,
  info: number,
  timeout: number,
  setSize: number,
): number | Kthread<number> {
  if (size(setSize) !== SIGSET_BYTES) throw EINVAL
  const set = readSigSet(l, setAddress)
  set.delete(SIGKILL)
  set.delete(SIGSTOP)
  const wait = timeout === 0 ? Number.POSITIVE_INFINITY : readTimespec(l, timeout)
  const found = takeOneOf(l, set)
  if (found !== undefined) return told(l, found, info)
  if (wait === 0) throw EAGAIN
  return sigtimedwait(l, set, info, l.proc.kernel.clock.monotonic() + wait)
}

function told(l: Lwp, found: SigInfo, address: number): number {
  if (address !== 0) l.memory.copyout(address, signalBytes(found))
  return found.signo
}

function* sigtimedwait(l: Lwp, set: SigSet, info: number, deadline: number): Kthread<number> {
  l.signals.waitingFor = set
  try {
    for (;;) {
      const why = yield* outcomeOf(cvTimedwaitSig(l, [], deadline, 'sigwait'))
      const found = takeOneOf(l, set)
      if (found !== undefined) return told(l, found, info)
      if (why === EWOULDBLOCK) throw EAGAIN
      // Another thread may have been faster: then nothing is left to do but to wait again.
      if (l.signalPending()) throw EINTR
    }
  } finally {
    l.signals.waitingFor = undefined
  }
}

function* outcomeOf(sleep: Kthread<void>): Kthread<unknown> {
  try {
    return yield* sleep
  } catch (error) {
    if (error !== EINTR && error !== ERESTART && error !== EWOULDBLOCK) throw error
    return error
  }
}

// --- the alternate stack: stack_t is address, flags, size ---

/** sigaltstack(2). @throws EPERM while it is in use, EINVAL, ENOMEM if it is too small, EFAULT. */
function linux_sys_sigaltstack(l: Lwp, wanted: number, old: number): number {
  const { altStack } = l.signals
  const sp = Number(new BigUint64Array(l.proc.kernel.machine.registers)[Reg.RSP])
  const inUse = altStackInUse(altStack, sp)
  if (wanted !== 0) {
    const address = l.memory.readU64(wanted)
    const flags = l.memory.readU32(wanted + 8)
    setAltStack(l, { sp: address, flags, size: l.memory.readU64(wanted + 16) }, sp)
  }
  if (old !== 0) {
    const state = (altStack.flags & SS_DISABLE) !== 0 ? SS_DISABLE : inUse ? SS_ONSTACK : 0
    l.memory.writeBigU64(old, BigInt(altStack.sp))
    l.memory.writeU32(old + 8, (state | (altStack.flags & SS_AUTODISARM)) >>> 0)
    l.memory.writeBigU64(old + 16, BigInt(altStack.size))
  }
  return 0
}

export const signalCalls: CallFamily = {
  rt_sigaction: linux_sys_rt_sigaction,
  rt_sigprocmask: linux_sys_rt_sigprocmask,
  rt_sigpending: linux_sys_rt_sigpending,
  rt_sigsuspend: linux_sys_rt_sigsuspend,
  rt_sigtimedwait: linux_sys_rt_sigtimedwait,
  pause: linux_sys_pause,
  sigaltstack: linux_sys_sigaltstack,
  ...signalSendCalls,
  ...signalFrameCalls,
}
