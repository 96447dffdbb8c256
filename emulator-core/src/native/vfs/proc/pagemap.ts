/** /proc/PID/pagemap: 8 bytes for each page of the address space. Linux: fs/proc/task_mmu.c, Documentation/admin-guide/mm/pagemap.rst. */
import { PAGE_SIZE } from '../../../machine/page.ts'
import { CAP_SYS_ADMIN, hasCapability } from '../../capability.ts'
import { EINVAL, EPERM } from '../../errno.ts'
import type { Proc } from '../../proc.ts'
import { mayInspect } from '../../signal/permission.ts'
import type { MapEntry } from '../../uvm/entry.ts'
import { USER_TOP } from '../../uvm/vmspace.ts'
import type { ProcContext } from './proc-mount.ts'

const ENTRY = 8
const PRESENT = 1n << 63n
const OF_FILE = 1n << 61n
const GUARD = 1n << 58n
const EXCLUSIVE = 1n << 56n

/** At most `length` bytes from an offset on; none behind the last page. @throws EINVAL, EPERM */
export function pagemapBytes({ kernel, proc }: ProcContext, offset: number, length: number): Uint8Array {
  const reader = kernel.current
  if (proc === undefined || proc.exitStatus !== undefined) return new Uint8Array(0)
  if (reader !== undefined && !mayInspect(reader, proc)) throw EPERM
  if (offset % ENTRY !== 0 || length % ENTRY !== 0) throw EINVAL
  const tellsFrames = reader === undefined || hasCapability(reader.credentials, CAP_SYS_ADMIN)
  const first = offset / ENTRY
  const count = Math.max(0, Math.min(length / ENTRY, USER_TOP / PAGE_SIZE - first))
  return new Uint8Array(BigUint64Array.from({ length: count }, (_, i) => entryOf(proc, first + i, tellsFrames)).buffer)
}

function entryOf({ vm }: Proc, page: number, tellsFrames: boolean): bigint {
  const address = page * PAGE_SIZE
  const frame = vm.references > 0 ? vm.space.frameAt(address) : -1
  if (frame < 0) return vm.marks.at(address) === 'guard' ? GUARD : 0n
  const e = vm.map.lookup(address)
  const ofFile = e !== undefined && isOfObject(e, address, frame)
  // The object has its frame, too, besides those that map it.
  const isExclusive = vm.machine.frameReferences(frame) === (ofFile ? 2 : 1)
  return PRESENT | (ofFile ? OF_FILE : 0n) | (isExclusive ? EXCLUSIVE : 0n) | (tellsFrames ? BigInt(frame) : 0n)
}

function isOfObject({ object, offset, start }: MapEntry, address: number, frame: number): boolean {
  return object?.residentPage((offset + (address - start)) / PAGE_SIZE) === frame
}
