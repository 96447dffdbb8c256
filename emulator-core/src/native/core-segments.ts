/**
 * How much of each mapping a core file holds. Linux: fs/coredump.c, vma_dump_size, which /proc/PID/coredump_filter steers (core(5)).
 * NetBSD (sys/uvm/uvm_coredump.c) leaves out what cannot be written and was not, as Linux's default does, but for the first page of an ELF file.
 */
import { PAGE_SIZE } from '../machine/page.ts'
import type { Proc } from './proc.ts'
import type { MapEntry } from './uvm/entry.ts'
import type { UvmObject } from './uvm/object.ts'

const ANON_PRIVATE = 1
const ANON_SHARED = 2
const MAPPED_PRIVATE = 4
const MAPPED_SHARED = 8
const ELF_HEADERS = 0x10

/** The bits that are kept: those above, huge pages (0x60) and direct access (0x180). */
export const CORE_FILTERS = 0x1ff
export const DEFAULT_CORE_FILTER = 0x33

const PROT_READ = 1
/** Pages asked about at once. */
const PIECE = 512

/** Bytes from its start. */
export function bytesDumped(p: Proc, e: MapEntry): number {
  const whole = e.end - e.start
  const wants = (bit: number) => (p.coreFilter & bit) !== 0
  if (e.object === undefined) return wants(e.shared ? ANON_SHARED : ANON_PRIVATE) ? whole : 0
  if (e.shared) return wants(isNamed(e.object) ? MAPPED_SHARED : ANON_SHARED) ? whole : 0
  if (wants(MAPPED_PRIVATE) || (wants(ANON_PRIVATE) && hasOwnPages(p, e, e.object))) return whole
  const beginsFile = e.offset === 0 && (e.prot & PROT_READ) !== 0
  return wants(ELF_HEADERS) && beginsFile && isElf(p, e) ? Math.min(PAGE_SIZE, whole) : 0
}

/** Whether a file that a name leads to is behind it, and not memory that goes with its last mapping. */
const isNamed = (object: UvmObject): boolean => object.inode !== 0 && !object.name.endsWith(' (deleted)')

/** Whether a page was written and is no longer the file's. */
function hasOwnPages({ vm }: Proc, e: MapEntry, object: UvmObject): boolean {
  const states = new Uint8Array(PIECE)
  for (let at = e.start; at < e.end; at += PIECE * PAGE_SIZE) {
    const length = Math.min(e.end - at, PIECE * PAGE_SIZE)
    vm.space.pageStates(at, length, states, false)
    for (let i = 0; i * PAGE_SIZE < length; i++) {
      if ((states[i] & 1) === 0) continue
      const index = (e.offset + at - e.start) / PAGE_SIZE + i
      if (vm.space.frameAt(at + i * PAGE_SIZE) !== object.residentPage(index)) return true
    }
  }
  return false
}

function isElf({ vm, kernel }: Proc, e: MapEntry): boolean {
  const frame = vm.space.frameAt(e.start)
  if (frame < 0) return false
  const start = kernel.machine.physical.subarray(frame * PAGE_SIZE, frame * PAGE_SIZE + 4)
  return start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46
}
