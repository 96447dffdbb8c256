/** A file became shorter: what was mapped behind its new end is gone from every process. NetBSD: uvm_vnp_setsize, sys/uvm/uvm_vnode.c. */
import { pageUp } from '../../machine/page.ts'
import type { Kernel } from '../kernel.ts'
import type { UvmObject } from './object.ts'

/** @param file told by device and inode, as its mappings are. @param length its new length in bytes. */
export function unmapBehind(
  kernel: Kernel,
  file: { readonly device: number; readonly inode: number },
  length: number,
): void {
  const end = pageUp(length)
  for (const { vm } of kernel.processes.values()) {
    for (const e of vm.map.entries) {
      if (e.object === undefined || e.object.inode !== file.inode || e.object.device !== file.device) continue
      const from = Math.max(e.start, e.start + (end - e.offset))
      if (from < e.end) vm.discard(from, e.end - from)
    }
  }
}

/** A hole in an object, which every mapping of it shows. @param offset, length in bytes, whole pages. @returns false if it can have none. */
export function punchMapped(kernel: Kernel, object: UvmObject, offset: number, length: number): boolean {
  if (!object.freePages(offset, length)) return false
  for (const { vm } of kernel.processes.values()) {
    for (const e of vm.map.entries) {
      if (e.object !== object) continue
      const from = Math.max(e.start, e.start + (offset - e.offset))
      const to = Math.min(e.end, e.start + (offset + length - e.offset))
      // What a private mapping has of its own stays.
      if (from < to && e.shared) vm.discard(from, to - from)
    }
  }
  return true
}
