/** Pages brought in ahead of their first touch: uvm_fault_wire (sys/uvm/uvm_fault.c); Linux: populate_vma_page_range, mm/gup.c. */
import { ACCESS_READ, ACCESS_WRITE, type Access } from '../../machine/access.ts'
import { PAGE_SIZE } from '../../machine/page.ts'
import type { MapEntry } from './entry.ts'
import { PROT_WRITE } from './entry.ts'
import type { FaultResult } from './fault.ts'
import { waitFor } from './user-pager.ts'
import type { VmSpace } from './vmspace.ts'

/** Private memory that can be written is made the process's own at once. */
function accessOf(e: MapEntry): Access {
  return !e.shared && (e.prot & PROT_WRITE) !== 0 ? ACCESS_WRITE : ACCESS_READ
}

/** @returns why it ended before the end, if it did. It never goes on longer than there is memory: each page takes a frame. @throws PageWait */
export function wire(vm: VmSpace, start: number, end: number, access: Access): FaultResult {
  for (let at = start; at < end; at += PAGE_SIZE) {
    const result = vm.fault(at, access)
    if (typeof result === 'object') waitFor(result)
    if (result !== 'resolved') return result
  }
  return 'resolved'
}

/** What can be had of a range, as MAP_POPULATE and mlock(2) want it: who maps more than there is gets what there is. */
export function populate(vm: VmSpace, start: number, end: number): void {
  for (const e of vm.map.within(start, end)) {
    if (e.prot === 0) continue
    const result = wire(vm, Math.max(start, e.start), Math.min(end, e.end), accessOf(e))
    if (result === 'no-memory') return
  }
}
