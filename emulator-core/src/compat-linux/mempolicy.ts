/**
 * From which memory nodes pages come: set_mempolicy, get_mempolicy, mbind, migrate_pages, move_pages, set_mempolicy_home_node. There is one node, as on most
 * machines, so that a policy changes nothing; it is checked, kept and told as Linux does it (mm/mempolicy.c, mm/migrate.c). NetBSD has none of them.
 */
import { pageDown } from '../machine/page.ts'
import { CAP_SYS_NICE, hasCapability } from '../native/capability.ts'
import { EFAULT, EINVAL, ENODEV, ENOENT, EOPNOTSUPP, EPERM, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { lwpFind } from '../native/proc-find.ts'
import { mayInspect } from '../native/signal/permission.ts'
import { DEFAULT_POLICY, type MemoryPolicy } from '../native/uvm/memory-policy.ts'
import { USER_TOP } from '../native/uvm/vmspace.ts'
import { type CallFamily, size } from './call.ts'
import { linuxErrno } from './errno.ts'
import { isPageAligned, pageUp64 } from './memory-place.ts'

/** The nodes there are, as a mask; and how many there could be (MAX_NUMNODES). */
const NODES = 1n
const MAX_NODES = 1024
/** A mask is no longer than this, in bits. */
const LONGEST = 32768

const PREFERRED = 1
const BIND = 2
const LOCAL = 4
const PREFERRED_MANY = 5
const MODES = 7
const STATIC_NODES = 0x8000
const RELATIVE_NODES = 0x4000
const NUMA_BALANCING = 0x2000
const MODE_FLAGS = STATIC_NODES | RELATIVE_NODES | NUMA_BALANCING

/** A mask of nodes in the program's memory: `most` is one more than the bits it has. @throws EINVAL, EFAULT */
function readNodes(l: Lwp, address: number, most: number): bigint {
  const bits = size(most) === 0 ? Number.POSITIVE_INFINITY : size(most) - 1
  if (bits === 0 || address === 0) return 0n
  if (bits > LONGEST) throw EINVAL
  const bytes = l.memory.copyin(address, 8 * Math.ceil(bits / 64))
  const all = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  const mask = all & ((1n << BigInt(bits)) - 1n)
  if (mask >> BigInt(MAX_NODES) !== 0n) throw EINVAL
  return mask
}

/** What a mode with its flags and nodes means; DEFAULT_POLICY: nothing in particular. @throws EINVAL */
function policyOf(modeArgument: number, nodes: bigint): MemoryPolicy {
  const { mode, flags } = modeOf(modeArgument)
  const fixed = (flags & (STATIC_NODES | RELATIVE_NODES)) !== 0
  if (mode === 0) {
    if (nodes !== 0n) throw EINVAL
    return DEFAULT_POLICY
  }
  const local = mode === LOCAL || (mode === PREFERRED && nodes === 0n)
  if (local) {
    if (nodes !== 0n || fixed) throw EINVAL
    return { mode: LOCAL, flags, nodes: 0n }
  }
  // Numbers relative to the allowed nodes, of which there is one, all mean that one.
  const meant = (flags & RELATIVE_NODES) !== 0 ? NODES : nodes & NODES
  if (nodes === 0n || meant === 0n) throw EINVAL
  return { mode, flags, nodes: fixed ? nodes : meant }
}

/** @throws EINVAL */
function modeOf(argument: number): { mode: number; flags: number } {
  const flags = argument & MODE_FLAGS
  const mode = (argument & ~MODE_FLAGS) >>> 0
  if (mode >= MODES) throw EINVAL
  if ((flags & STATIC_NODES) !== 0 && (flags & RELATIVE_NODES) !== 0) throw EINVAL
  if ((flags & NUMA_BALANCING) !== 0 && mode !== BIND && mode !== PREFERRED_MANY) throw EINVAL
  return { mode, flags }
}

/** @throws EINVAL, EFAULT */
function linux_sys_set_mempolicy(l: Lwp, mode: number, address: number, most: number): number {
  modeOf(mode)
  l.memoryPolicy = policyOf(mode, readNodes(l, address, most))
  return 0
}

const F_NODE = 1
const F_ADDR = 2
const F_MEMS_ALLOWED = 4

/** @throws EINVAL, EFAULT */
function linux_sys_get_mempolicy(
  l: Lwp,
  modeAt: number,
  mask: number,
  most: number,
  address: number,
  flagsArgument: number,
): number {
  const flags = size(flagsArgument)
  if (mask !== 0 && size(most) < 1) throw EINVAL
  if (flags > (F_NODE | F_ADDR | F_MEMS_ALLOWED)) throw EINVAL
  const { mode, nodes } = policyTold(l, address, flags)
  if (modeAt !== 0) l.memory.writeU32(modeAt, mode)
  if (mask !== 0) writeNodes(l, mask, size(most), nodes)
  return 0
}

/** The mode, or the node, and a mask. @throws EINVAL, EFAULT */
function policyTold(l: Lwp, address: number, flags: number): { mode: number; nodes: bigint } {
  if ((flags & F_MEMS_ALLOWED) !== 0) {
    if ((flags & (F_NODE | F_ADDR)) !== 0) throw EINVAL
    return { mode: 0, nodes: NODES }
  }
  const ofRange = (flags & F_ADDR) !== 0
  if (!ofRange && address !== 0) throw EINVAL
  const e = ofRange ? l.proc.vm.map.lookup(address) : undefined
  if (ofRange && e === undefined) throw EFAULT
  // Of a range without one of its own it is the default, whatever the thread's is.
  const policy = e?.policy ?? l.memoryPolicy
  const { nodes } = policy
  if ((flags & F_NODE) === 0) return { mode: policy.mode | policy.flags, nodes }
  if (ofRange) l.memory.readU8(address)
  else if (!INTERLEAVING.has(policy.mode)) throw EINVAL
  return { mode: 0, nodes }
}
/** MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE. */
const INTERLEAVING: ReadonlySet<number> = new Set([3, 6])

/** A word of nodes, and zeros as far as the program has room. @throws EINVAL, EFAULT */
function writeNodes(l: Lwp, address: number, most: number, nodes: bigint): void {
  const length = Math.ceil((most - 1) / 64) * 8
  if (length > LONGEST / 8) throw EINVAL
  const bytes = new Uint8Array(length)
  if (length > 0) new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, nodes), true)
  l.memory.copyout(address, bytes)
}

const MF_STRICT = 1
const MF_MOVE = 2
const MF_MOVE_ALL = 4

/** @throws EINVAL, EFAULT, EPERM, ENOMEM */
function linux_sys_mbind(
  l: Lwp,
  addressArgument: number,
  lengthArgument: number,
  mode: number,
  mask: number,
  most: number,
  flagsArgument: number,
): number {
  if (size(mode) >= 2 ** 32) throw EINVAL
  modeOf(mode)
  const nodes = readNodes(l, mask, most)
  const flags = flagsArgument >>> 0
  if (flags > (MF_STRICT | MF_MOVE | MF_MOVE_ALL)) throw EINVAL
  if ((flags & MF_MOVE_ALL) !== 0 && !hasCapability(l.credentials, CAP_SYS_NICE)) throw EPERM
  const range = rangeOf(addressArgument, lengthArgument)
  if (range === undefined) return 0
  const policy = policyOf(mode, nodes)
  const { map } = l.proc.vm
  const isThere = policy === DEFAULT_POLICY ? !map.isFree(range.start, range.end) : map.covers(range.start, range.end)
  if (!isThere) throw EFAULT
  l.proc.vm.alter(range.start, range.end, { policy })
  return 0
}

/** Undefined: nothing. @throws EINVAL */
function rangeOf(addressArgument: number, lengthArgument: number): { start: number; end: number } | undefined {
  if (!isPageAligned(addressArgument)) throw EINVAL
  const start = size(addressArgument)
  const length = pageUp64(size(lengthArgument))
  if (start + length >= 2 ** 64) throw EINVAL
  return length === 0 ? undefined : { start, end: start + length }
}

/** @throws EINVAL, ENOENT, EOPNOTSUPP */
function linux_sys_set_mempolicy_home_node(
  l: Lwp,
  addressArgument: number,
  lengthArgument: number,
  node: number,
  flags: number,
): number {
  if (flags !== 0 || node !== 0) throw EINVAL
  const range = rangeOf(addressArgument, lengthArgument)
  if (range === undefined) return 0
  const bound = l.proc.vm.map.within(range.start, range.end).filter(e => e.policy !== DEFAULT_POLICY)
  if (bound.some(({ policy: { mode } }) => mode !== BIND && mode !== PREFERRED_MANY)) throw EOPNOTSUPP
  if (bound.length === 0) throw ENOENT
  return 0
}

/** @throws ESRCH, EPERM */
function target(l: Lwp, pid: number): Proc {
  const proc = pid === 0 ? l.proc : lwpFind(l.proc.kernel, pid)?.proc
  if (proc === undefined || proc.exitStatus !== undefined) throw ESRCH
  if (proc !== l.proc && !mayInspect(l, proc)) throw EPERM
  return proc
}

/** How many pages could not be moved: none. @throws EINVAL, EFAULT, ESRCH, EPERM */
function linux_sys_migrate_pages(l: Lwp, pid: number, most: number, from: number, to: number): number {
  readNodes(l, from, most)
  const wanted = readNodes(l, to, most)
  target(l, pid | 0)
  if ((wanted & ~NODES) !== 0n && !hasCapability(l.credentials, CAP_SYS_NICE)) throw EPERM
  if ((wanted & NODES) === 0n) throw EINVAL
  return 0
}

/** On which node each page is, or why not; moving them there comes to the same. @throws EINVAL, EPERM, ESRCH, EFAULT, ENODEV */
function linux_sys_move_pages(
  l: Lwp,
  pid: number,
  countArgument: number,
  pages: number,
  nodes: number,
  status: number,
  flagsArgument: number,
): number {
  const flags = flagsArgument >>> 0
  if ((flags & ~(MF_MOVE | MF_MOVE_ALL)) !== 0) throw EINVAL
  if ((flags & MF_MOVE_ALL) !== 0 && !hasCapability(l.credentials, CAP_SYS_NICE)) throw EPERM
  const proc = target(l, pid | 0)
  const count = size(countArgument)
  for (let i = 0; i < count; i++) {
    const page = l.memory.readU64(pages + 8 * i)
    if (nodes !== 0 && l.memory.readI32(nodes + 4 * i) !== 0) throw ENODEV
    l.memory.writeU32(status + 4 * i, nodeOf(proc, page) >>> 0)
  }
  return 0
}

function nodeOf({ vm }: Proc, address: number): number {
  if (address >= USER_TOP || vm.map.lookup(address) === undefined) return -linuxErrno(EFAULT)
  return vm.space.frameAt(pageDown(address)) < 0 ? -linuxErrno(ENOENT) : 0
}

export const memoryPolicyCalls: CallFamily = {
  set_mempolicy: linux_sys_set_mempolicy,
  get_mempolicy: linux_sys_get_mempolicy,
  mbind: linux_sys_mbind,
  set_mempolicy_home_node: linux_sys_set_mempolicy_home_node,
  migrate_pages: linux_sys_migrate_pages,
  move_pages: linux_sys_move_pages,
}
