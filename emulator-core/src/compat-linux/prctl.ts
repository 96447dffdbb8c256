/** prctl(2), which NetBSD does not have: Linux, kernel/sys.c. What is remembered and does nothing does nothing on Linux either, or nothing one could see. */
import {
  CAP_SETPCAP,
  hasCapability,
  SECBIT_KEEP_CAPS,
  SECURE_ALL_BITS,
  SECURE_ALL_LOCKS,
} from '../native/capability.ts'
import { EINVAL, ENODEV, ENXIO, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { NSIG } from '../native/signal/numbers.ts'
import type { CallFamily } from './call.ts'
import { ambientSet, dropFromBoundingSet, inBoundingSet } from './capability.ts'

type Option = (l: Lwp, a: number, b: number, c: number, d: number) => number

const NAME_BYTES = 16

/** At most 15 bytes count; the string need not end before. @throws EFAULT */
function setName(l: Lwp, address: number): number {
  const length = l.memory.stringLength(address, NAME_BYTES - 1)
  l.name = String.fromCharCode(...l.memory.copyin(address, length))
  if (l.id === l.proc.pid) l.proc.name = l.name
  return 0
}

function getName(l: Lwp, address: number): number {
  const bytes = new Uint8Array(NAME_BYTES)
  bytes.set(Uint8Array.from(l.name.slice(0, NAME_BYTES - 1), ch => ch.charCodeAt(0)))
  l.memory.copyout(address, bytes)
  return 0
}

function setParentDeathSignal(l: Lwp, signo: number): number {
  if (signo < 0 || signo > NSIG) throw EINVAL
  l.proc.parentDeathSignal = signo
  return 0
}

function setDumpable(l: Lwp, value: number): number {
  if (value !== 0 && value !== 1) throw EINVAL
  l.proc.dumpable = value
  return 0
}

const KEEP_CAPS_LOCKED = SECBIT_KEEP_CAPS << 1

function setKeepCapabilities(l: Lwp, value: number): number {
  if (value !== 0 && value !== 1) throw EINVAL
  const p = l.proc
  if ((p.securebits & KEEP_CAPS_LOCKED) !== 0) throw EPERM
  p.securebits = (p.securebits & ~SECBIT_KEEP_CAPS) | (value === 1 ? SECBIT_KEEP_CAPS : 0)
  return 0
}

/** Locked bits cannot change, nor be unlocked. */
function setSecurebits(l: Lwp, bits: number): number {
  const p = l.proc
  const old = p.securebits
  const locks = old & SECURE_ALL_LOCKS
  const unknown = bits < 0 || bits > 0xff || (bits & ~(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) !== 0
  if (((locks >> 1) & (old ^ bits)) !== 0 || (locks & ~bits) !== 0 || unknown) throw EPERM
  if (!hasCapability(l.credentials, CAP_SETPCAP)) throw EPERM
  p.securebits = bits
  return 0
}

const TSC_ENABLE = 1
const TSC_SIGSEGV = 2

function setTimestamps(l: Lwp, mode: number): number {
  if (mode !== TSC_ENABLE && mode !== TSC_SIGSEGV) throw EINVAL
  l.timestampFaults = mode === TSC_SIGSEGV
  return 0
}

function setTimerSlack(l: Lwp, ns: number): number {
  l.timerSlack = ns <= 0 ? l.timerSlackAtFirst : ns
  return 0
}

const MCE_KILL_CLEAR = 0
const MCE_KILL_SET = 1
const MCE_KILL_DEFAULT = 2

function setMemoryFailure(l: Lwp, operation: number, policy: number, c: number, d: number): number {
  if (c !== 0 || d !== 0 || (operation !== MCE_KILL_CLEAR && operation !== MCE_KILL_SET)) throw EINVAL
  if (operation === MCE_KILL_CLEAR ? policy !== 0 : policy < 0 || policy > MCE_KILL_DEFAULT) throw EINVAL
  l.proc.memoryFailure = operation === MCE_KILL_CLEAR ? MCE_KILL_DEFAULT : policy
  return 0
}

function setNoNewPrivileges(l: Lwp, a: number, b: number, c: number, d: number): number {
  if (a !== 1 || b !== 0 || c !== 0 || d !== 0) throw EINVAL
  l.proc.noNewPrivileges = true
  return 0
}

function setHugePages(l: Lwp, off: number, b: number, c: number, d: number): number {
  if (b !== 0 || c !== 0 || d !== 0) throw EINVAL
  l.proc.hugePagesOff = off !== 0
  return 0
}

/** Speculation that could be turned off: store bypass, indirect branches, flushing the first cache. */
const SPECULATIONS = 3

/** This processor does not speculate. */
function speculation(_l: Lwp, which: number, b: number, c: number, d: number): number {
  if (b !== 0 || c !== 0 || d !== 0) throw EINVAL
  if (which < 0 || which >= SPECULATIONS) throw ENODEV
  return 0
}

/** Answers a number that is kept; all further arguments must be 0. */
function told(value: (l: Lwp) => number): Option {
  return (l, a, b, c, d) => {
    if (a !== 0 || b !== 0 || c !== 0 || d !== 0) throw EINVAL
    return value(l)
  }
}

/** Writes an int that is kept. @throws EFAULT */
function written(value: (l: Lwp) => number): Option {
  return (l, address) => {
    l.memory.writeU32(address, value(l))
    return 0
  }
}

const options: Readonly<Record<number, Option>> = {
  1: setParentDeathSignal,
  2: written(l => l.proc.parentDeathSignal),
  3: l => l.proc.dumpable,
  4: setDumpable,
  7: l => ((l.proc.securebits & SECBIT_KEEP_CAPS) !== 0 ? 1 : 0),
  8: setKeepCapabilities,
  // PR_GET_TIMING: statistical.
  13: () => 0,
  14: (_l, mode) => {
    if (mode !== 0) throw EINVAL
    return 0
  },
  15: setName,
  16: getName,
  // PR_GET_SECCOMP: no filter is ever in force.
  21: () => 0,
  23: inBoundingSet,
  24: dropFromBoundingSet,
  25: written(l => (l.timestampFaults ? TSC_SIGSEGV : TSC_ENABLE)),
  26: setTimestamps,
  27: l => l.proc.securebits,
  28: setSecurebits,
  29: setTimerSlack,
  30: l => l.timerSlack,
  33: setMemoryFailure,
  34: told(l => l.proc.memoryFailure),
  36: (l, on) => {
    l.proc.subreaper = on !== 0
    return 0
  },
  37: written(l => (l.proc.subreaper ? 1 : 0)),
  38: setNoNewPrivileges,
  39: told(l => (l.proc.noNewPrivileges ? 1 : 0)),
  40: (l, address) => {
    l.memory.writeBigU64(address, BigInt(l.clearTid))
    return 0
  },
  41: setHugePages,
  42: told(l => (l.proc.hugePagesOff ? 1 : 0)),
  47: (l, operation, number, c, d) => {
    if (c !== 0 || d !== 0) throw EINVAL
    return ambientSet(l, operation, number)
  },
  52: speculation,
  53: (_l, which) => {
    throw which >= 0 && which < SPECULATIONS ? ENXIO : ENODEV
  },
}

/** @throws EINVAL for what is not known, and as each option says. */
function linux_sys_prctl(l: Lwp, option: number, a: number, b: number, c: number, d: number): number {
  const act = options[option | 0]
  if (act === undefined) throw EINVAL
  return act(l, a, b, c, d)
}

export const prctlCalls: CallFamily = { prctl: linux_sys_prctl }
