/** What the calls for memory have in common: addresses, limits, and whether there is memory at all. */
import { PAGE_SIZE, pageDown, pageUp } from '../machine/page.ts'
import { ENOMEM, EPERM } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { RLIMIT_AS, RLIMIT_DATA } from '../native/resource-limits.ts'
import type { VmSpace } from '../native/uvm/vmspace.ts'

/** vm.mmap_min_addr. */
const LOWEST = 0x10000
/** Where MAP_32BIT puts things. */
export const SPACE_32BIT = { start: 0x4000_0000, end: 2 ** 31 } as const

/** Of an argument as it came: one just below 2^64 is no longer exact as an unsigned number. */
export function isPageAligned(address: number): boolean {
  return address % PAGE_SIZE === 0
}

/** A length in whole pages, as 64 bits hold it: the last page's worth of numbers comes to 0. */
export function pageUp64(length: number): number {
  return length > 2 ** 64 - PAGE_SIZE ? 0 : pageUp(length)
}

/** Only root may map the lowest addresses, where a null pointer leads. @throws EPERM */
export function checkLowest(l: Lwp, address: number): void {
  if (address < LOWEST && l.credentials.euid !== 0) throw EPERM
}

/** Where a mapping is tried that a program would like at an address; 0: anywhere. */
export function roundHint(address: number): number {
  const page = pageDown(address)
  return page === 0 ? 0 : pageUp(Math.max(page, LOWEST))
}

export function findSpace(vm: VmSpace, length: number): number | undefined {
  return vm.map.findSpace(length, LOWEST, vm.mmapTop)
}

/** The process's memory, with the limits that hold now. */
export function limited(l: Lwp): VmSpace {
  const { vm, limits } = l.proc
  vm.limit = limits[RLIMIT_AS]?.soft ?? Number.POSITIVE_INFINITY
  vm.dataLimit = limits[RLIMIT_DATA]?.soft ?? Number.POSITIVE_INFINITY
  return vm
}

/** Frames that are left to the kernel and to copies on write: one of so many. */
const RESERVED_PART = 32

/**
 * Whether there is memory now for writable pages. Nothing is set aside for them, so a program that touches more than it is given later may
 * still be killed; but one that maps and fills until memory ends is told so.
 */
export function hasMemory(l: Lwp, length: number): boolean {
  const { machine, vfs } = l.proc.kernel
  const free = machine.framesTotal - machine.framesUsed + vfs.memory.cached
  return length <= (free - machine.framesTotal / RESERVED_PART) * PAGE_SIZE
}

/** @throws ENOMEM */
export function checkMemory(l: Lwp, length: number): void {
  if (!hasMemory(l, length)) throw ENOMEM
}
