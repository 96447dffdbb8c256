/** capget(2), capset(2), which NetBSD does not have: Linux, kernel/capability.c, security/commoncap.c. */
import {
  ALL_CAPABILITIES,
  CAP_LAST,
  CAP_SETPCAP,
  type Capabilities,
  capabilitiesOf,
  hasCapability,
  SECBIT_NO_CAP_AMBIENT_RAISE,
} from '../native/capability.ts'
import { EINVAL, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { lwpFind, procFind } from '../native/proc-find.ts'
import type { CallFamily } from './call.ts'

/** 32-bit words a set has, by the version in the header. */
const VERSION_WORDS: Readonly<Record<number, number>> = { 429392688: 1, 537333798: 2, 537396514: 2 }
const NEWEST_VERSION = 0x20080522
/** effective, permitted, inheritable. */
const RECORD_BYTES = 12

/** Words in a set; undefined if a program only wants to know the version. @throws EFAULT, EINVAL for a version that is not known. */
function wordsOf(l: Lwp, header: number, data: number): number | undefined {
  const words = VERSION_WORDS[l.memory.readU32(header)]
  if (words === undefined) {
    l.memory.writeU32(header, NEWEST_VERSION)
    if (data !== 0) throw EINVAL
  }
  return data === 0 ? undefined : words
}

/** @throws EFAULT, EINVAL, ESRCH. */
function linux_sys_capget(l: Lwp, header: number, data: number): number {
  const words = wordsOf(l, header, data)
  if (words === undefined) return 0
  const pid = l.memory.readI32(header + 4)
  if (pid < 0) throw EINVAL
  const owner = pid === 0 ? l : (lwpFind(l.proc.kernel, pid) ?? procFind(l.proc.kernel, pid))
  if (owner === undefined) throw ESRCH
  const { effective, permitted, inheritable } = capabilitiesOf(owner.credentials)
  for (let i = 0; i < words; i++) {
    const word = (set: bigint): number => Number(BigInt.asUintN(32, set >> BigInt(32 * i)))
    l.memory.writeU32(data + RECORD_BYTES * i, word(effective))
    l.memory.writeU32(data + RECORD_BYTES * i + 4, word(permitted))
    l.memory.writeU32(data + RECORD_BYTES * i + 8, word(inheritable))
  }
  return 0
}

const isSubset = (a: bigint, b: bigint): boolean => (a & ~b) === 0n

/** A process's own; nobody can change another's. @throws EFAULT, EINVAL, EPERM. */
function linux_sys_capset(l: Lwp, header: number, data: number): number {
  const words = VERSION_WORDS[l.memory.readU32(header)]
  if (words === undefined) {
    l.memory.writeU32(header, NEWEST_VERSION)
    throw EINVAL
  }
  const pid = l.memory.readI32(header + 4)
  if (pid !== 0 && pid !== l.id) throw EPERM
  const bytes = l.memory.copyin(data, RECORD_BYTES * words)
  const v = new DataView(bytes.buffer)
  const set = (offset: number): bigint => {
    const low = BigInt(v.getUint32(offset, true))
    const high = words === 1 ? 0n : BigInt(v.getUint32(RECORD_BYTES + offset, true))
    return (low | (high << 32n)) & ALL_CAPABILITIES
  }
  const [effective, permitted, inheritable] = [set(0), set(4), set(8)]
  const old = capabilitiesOf(l.credentials)
  const capped = !hasCapability(l.credentials, CAP_SETPCAP)
  if (capped && !isSubset(inheritable, old.inheritable | old.permitted)) throw EPERM
  if (!isSubset(inheritable, old.inheritable | old.bounding)) throw EPERM
  if (!isSubset(permitted, old.permitted) || !isSubset(effective, permitted)) throw EPERM
  change(l, { ...old, effective, permitted, inheritable, ambient: old.ambient & permitted & inheritable })
  return 0
}

function change(l: Lwp, capabilities: Capabilities): void {
  l.credentials = { ...l.credentials, capabilities }
}

// --- prctl's part ---

/** @throws EINVAL if there is no capability of that number. */
function bit(number: number): bigint {
  if (!(number >= 0 && number <= CAP_LAST)) throw EINVAL
  return 1n << BigInt(number)
}

/** PR_CAPBSET_READ. */
export function inBoundingSet(l: Lwp, number: number): number {
  return (capabilitiesOf(l.credentials).bounding & bit(number)) === 0n ? 0 : 1
}

/** PR_CAPBSET_DROP: for good. @throws EPERM, EINVAL. */
export function dropFromBoundingSet(l: Lwp, number: number): number {
  if (!hasCapability(l.credentials, CAP_SETPCAP)) throw EPERM
  const old = capabilitiesOf(l.credentials)
  change(l, { ...old, bounding: old.bounding & ~bit(number) })
  return 0
}

const AMBIENT_IS_SET = 1
const AMBIENT_RAISE = 2
const AMBIENT_LOWER = 3
const AMBIENT_CLEAR_ALL = 4

/** PR_CAP_AMBIENT. @throws EINVAL, EPERM. */
export function ambientSet(l: Lwp, operation: number, number: number): number {
  const old = capabilitiesOf(l.credentials)
  if (operation === AMBIENT_CLEAR_ALL) {
    if (number !== 0) throw EINVAL
    change(l, { ...old, ambient: 0n })
    return 0
  }
  const wanted = bit(number)
  if (operation === AMBIENT_IS_SET) return (old.ambient & wanted) === 0n ? 0 : 1
  if (operation !== AMBIENT_RAISE && operation !== AMBIENT_LOWER) throw EINVAL
  const noneRises = (l.proc.securebits & SECBIT_NO_CAP_AMBIENT_RAISE) !== 0
  if (operation === AMBIENT_RAISE && noneRises) throw EPERM
  if (operation === AMBIENT_RAISE && !isSubset(wanted, old.permitted & old.inheritable)) throw EPERM
  change(l, { ...old, ambient: operation === AMBIENT_RAISE ? old.ambient | wanted : old.ambient & ~wanted })
  return 0
}

export const capabilityCalls: CallFamily = { capget: linux_sys_capget, capset: linux_sys_capset }
