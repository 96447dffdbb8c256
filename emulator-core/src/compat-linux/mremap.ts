/** mremap: linux_misc.c, linux_sys_mremap; sys/uvm/uvm_mremap.c. Linux: mm/mremap.c. */
import { PAGE_SIZE, pageDown, pageUp } from '../machine/page.ts'
import { meets } from '../native/divergence.ts'
import { EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { type MapEntry, offsetAt, PROT_WRITE } from '../native/uvm/entry.ts'
import { USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'
import { populate } from '../native/uvm/wire.ts'
import { type CallFamily, size } from './call.ts'
import { checkLowest, checkMemory, findSpace, isPageAligned, limited } from './memory-place.ts'
import { checkLocking } from './mlock.ts'

const MREMAP_MAYMOVE = 1
const MREMAP_FIXED = 2
const MREMAP_DONTUNMAP = 4

/** mremap(2). @throws EINVAL, EFAULT, ENOMEM, EPERM, EOPNOTSUPP */
function linux_sys_mremap(
  l: Lwp,
  addressArgument: number,
  oldArgument: number,
  newArgument: number,
  flagsArgument: number,
  target: number,
): number {
  const flags = flagsArgument | 0
  const address = size(addressArgument)
  const fixed = (flags & MREMAP_FIXED) !== 0
  const stays = (flags & MREMAP_DONTUNMAP) !== 0
  const mayMove = (flags & MREMAP_MAYMOVE) !== 0
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0) throw EINVAL
  if (stays && meets(l, 'mremap.dontunmap', 'MREMAP_DONTUNMAP')) throw EINVAL
  if ((fixed || stays) && !mayMove) throw EINVAL
  if (stays && oldArgument !== newArgument) throw EINVAL
  if (!isPageAligned(addressArgument)) throw EINVAL
  const oldLength = pageUp(size(oldArgument))
  const newLength = pageUp(size(newArgument))
  if (newLength === 0) throw EINVAL
  if (fixed && meets(l, 'mremap.fixed', 'MREMAP_FIXED')) throw EOPNOTSUPP
  const vm = limited(l)
  checkHugePages(vm, address, newLength - oldLength, fixed ? size(target) : 0)
  if (vm.map.lookup(address)?.sealed === true) throw EPERM
  if (fixed || stays) return moveTo(l, vm, { address, oldLength, newLength, stays }, size(target), fixed)
  if (vm.map.lookup(address) === undefined) throw EFAULT
  if (newLength <= oldLength) {
    if (newLength < oldLength) cutOff(vm, address + newLength, address + oldLength)
    return address
  }
  const entry = resizable(vm, address, oldLength, newLength)
  const more = newLength - oldLength
  if ((entry.prot & PROT_WRITE) !== 0 && !entry.shared) checkMemory(l, more)
  if (entry.locked) checkLocking(l, more, false)
  const end = address + oldLength
  if (entry.end === end && address + newLength <= USER_TOP && vm.map.isFree(end, end + more)) {
    grow(vm, entry, end, offsetAt(entry, end), more)
    return address
  }
  const to = mayMove ? findSpace(vm, newLength) : undefined
  if (to === undefined) throw ENOMEM
  return relocate(vm, { address, oldLength, newLength, stays }, to)
}

/** Huge pages do not grow, and stay whole. @throws EINVAL */
function checkHugePages(vm: VmSpace, address: number, more: number, target: number): void {
  const pageSize = vm.map.lookup(address)?.object?.pageSize
  if (pageSize === undefined) return
  if (more > 0 || address % pageSize !== 0 || target % pageSize !== 0) throw EINVAL
}

interface Move {
  readonly address: number
  readonly oldLength: number
  readonly newLength: number
  /** The old range stays mapped, emptied (MREMAP_DONTUNMAP). */
  readonly stays: boolean
}

function cutOff(vm: VmSpace, from: number, end: number): void {
  if (end > USER_TOP) throw EINVAL
  vm.munmap(from, end - from)
}

/** MREMAP_FIXED, or MREMAP_DONTUNMAP, for which the target is a wish. */
function moveTo(l: Lwp, vm: VmSpace, move: Move, target: number, fixed: boolean): number {
  const { address, oldLength, newLength } = move
  if (!isPageAligned(target) || target + newLength > USER_TOP) throw EINVAL
  if (target < address + oldLength && address < target + newLength) throw EINVAL
  const length = Math.min(oldLength, newLength)
  resizable(vm, address, length, newLength)
  if (fixed) {
    checkLowest(l, target)
    vm.munmap(target, newLength)
  }
  if (newLength < oldLength) cutOff(vm, address + newLength, address + oldLength)
  const free = target !== 0 && vm.map.isFree(target, target + newLength)
  const to = fixed || free ? target : findSpace(vm, newLength)
  if (to === undefined || (move.stays && !vm.mayExpand(newLength, 0, false))) throw ENOMEM
  return relocate(vm, { ...move, oldLength: length }, to)
}

/** Only a range within one mapping can grow or move. @throws EFAULT, EINVAL, ENOMEM */
function resizable(vm: VmSpace, address: number, oldLength: number, newLength: number): MapEntry {
  const e = vm.map.lookup(address)
  if (e === undefined) throw EFAULT
  // A second mapping of shared memory can be had by moving nothing of it.
  if (oldLength === 0 && !e.shared) throw EINVAL
  if (oldLength > e.end - address) throw EFAULT
  if (newLength > USER_TOP || !vm.mayExpand(newLength - oldLength, e.prot, e.shared)) throw ENOMEM
  return e
}

/** Moves a range, pages and all; the target is free. */
function relocate(vm: VmSpace, { address, oldLength, newLength, stays }: Move, to: number): number {
  const entry = { ...entryAt(vm, address) }
  const offset = offsetAt(entry, address)
  if (oldLength > 0) vm.move(address, to, oldLength)
  if (newLength > oldLength) {
    const more = entry.object === undefined ? 0 : offset + oldLength
    // Who brings in pages is not told of moves: what was moved is as all other memory (Linux: mremap_userfaultfd_prep).
    grow(vm, { ...entry, paging: undefined }, to + oldLength, more, newLength - oldLength)
  }
  if (stays) grow(vm, entry, address, offset, oldLength)
  return to
}

function entryAt(vm: VmSpace, address: number): MapEntry {
  const e = vm.map.lookup(address)
  if (e === undefined) throw EFAULT
  return e
}

/** More of what an entry maps. */
function grow(
  vm: VmSpace,
  { prot, maxProt, shared, object, name, locked, growsDown, paging }: MapEntry,
  at: number,
  offset: number,
  length: number,
) {
  const rest = { ...(object === undefined ? {} : { object }), locked, growsDown }
  vm.mmap({ address: at, length, prot, maxProt, shared, name, offset, paging, ...rest })
  if (locked) populate(vm, at, at + length)
}

/** remap_file_pages(2): other pages of a file where some of it is mapped and shared. Linux does it by mapping them. @throws EINVAL, ENOMEM */
function linux_sys_remap_file_pages(
  l: Lwp,
  addressArgument: number,
  lengthArgument: number,
  prot: number,
  pageArgument: number,
): number {
  const start = pageDown(size(addressArgument))
  const length = pageDown(size(lengthArgument))
  const page = size(pageArgument)
  if (prot !== 0 || length === 0 || start + length > USER_TOP) throw EINVAL
  if (page * PAGE_SIZE + length > Number.MAX_SAFE_INTEGER) throw EINVAL
  const vm = limited(l)
  const e = vm.map.lookup(start)
  if (e?.object === undefined || !e.shared) throw EINVAL
  if (vm.map.reach(start, start + length, each => each.object === e.object) < start + length) throw EINVAL
  grow(vm, { ...e }, start, page * PAGE_SIZE, length)
  return 0
}

export const mremapCalls: CallFamily = { mremap: linux_sys_mremap, remap_file_pages: linux_sys_remap_file_pages }
