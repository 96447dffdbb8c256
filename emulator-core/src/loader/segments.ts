/** Maps the segments of an ELF file: elf_map and load_elf_binary in Linux, elf64_load_file in NetBSD (sys/kern/exec_elf.c). */
import { PAGE_SIZE, pageDown, pageUp } from '../machine/page.ts'
import { ENOMEM, Errno } from '../native/errno.ts'
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../native/uvm/entry.ts'
import { privately, USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'
import { malformed, PF_R, PF_W, PF_X, type ProgramHeader, PT_LOAD } from './elf.ts'
import type { ImageFile } from './image-file.ts'

export interface Placed {
  /** What is added to the file's addresses. */
  readonly bias: number
  readonly start: number
  /** Behind the highest byte. */
  readonly end: number
}

/** Nothing is mapped below this (vm.mmap_min_addr). */
const LOWEST = 0x10000

/** What of a file is to be in memory, by the file's own addresses. */
export interface Layout {
  readonly segments: readonly ProgramHeader[]
  /** Whole pages. */
  readonly low: number
  readonly high: number
  /** Behind the highest byte. */
  readonly end: number
  readonly align: number
}

/** @throws ElfError */
export function layoutOf(headers: readonly ProgramHeader[]): Layout {
  const segments = headers.filter(h => h.type === PT_LOAD && h.memorySize > 0)
  if (segments.length === 0) malformed('that it has nothing to load')
  const end = Math.max(...segments.map(h => h.address + h.memorySize))
  return {
    segments,
    low: Math.min(...segments.map(h => pageDown(h.address))),
    high: pageUp(end),
    end,
    align: Math.max(PAGE_SIZE, ...segments.map(h => (isPowerOfTwo(h.align) ? h.align : PAGE_SIZE))),
  }
}

/** @param chooseBase the lowest address for a file that may lie anywhere, from its length; undefined: the addresses are the file's own. @throws ElfError, ENOMEM */
export function mapSegments(
  vm: VmSpace,
  file: ImageFile,
  layout: Layout,
  chooseBase: ((length: number, align: number) => number) | undefined,
): Placed {
  const { low, high, end, align, segments } = layout
  const bias = chooseBase === undefined ? 0 : chooseBase(high - low, align) - low
  if (low + bias < LOWEST || high + bias > USER_TOP) malformed('the addresses of its segments')
  for (const h of segments) mapSegment(vm, file, h, bias)
  return { bias, start: low + bias, end: end + bias }
}

function isPowerOfTwo(n: number): boolean {
  return n > 0 && n < 2 ** 31 && (n & (n - 1)) === 0
}

function mapSegment(vm: VmSpace, file: ImageFile, h: ProgramHeader, bias: number): void {
  if (h.fileSize > h.memorySize) malformed('a segment that is longer in the file than in memory')
  if ((h.address - h.offset) % PAGE_SIZE !== 0) malformed('the alignment of a segment')
  if (h.offset + h.fileSize > file.size) malformed('that it is shorter than its headers say')
  const prot = protection(h.flags)
  const start = pageDown(h.address) + bias
  const fileEnd = h.address + h.fileSize + bias
  const end = pageUp(h.address + h.memorySize + bias)
  const mapped = h.fileSize === 0 ? start : pageUp(fileEnd)
  if (mapped > start) vm.mmap(privately(start, mapped - start, prot, file.object, pageDown(h.offset)))
  if (end > mapped) vm.mmap(privately(mapped, end - mapped, prot))
  // What the last page of the file holds behind the segment is not the program's.
  if (h.memorySize > h.fileSize && h.fileSize > 0 && (prot & PROT_WRITE) !== 0 && mapped > fileEnd)
    clear(vm, fileEnd, mapped - fileEnd)
}

function clear(vm: VmSpace, address: number, length: number): void {
  try {
    vm.memory.clear(address, length)
  } catch (error) {
    throw error instanceof Errno ? ENOMEM : error
  }
}

function protection(flags: number): number {
  return (
    ((flags & PF_R) !== 0 ? PROT_READ : 0) |
    ((flags & PF_W) !== 0 ? PROT_WRITE : 0) |
    ((flags & PF_X) !== 0 ? PROT_EXEC : 0)
  )
}
