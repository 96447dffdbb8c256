/**
 * uvm_fault (sys/uvm/uvm_fault.c): what becomes of an access that the page table could not answer. Anonymous pages are filled and copied by the
 * engine without coming here; pages of objects come from their objects, and those of a range with a pager of the guest's are asked for.
 */
import { ACCESS_EXEC, ACCESS_WRITE, type Access } from '../../machine/access.ts'
import { PAGE_SIZE, pageDown } from '../../machine/page.ts'
import { ENOMEM, Errno } from '../errno.ts'
import { type MapEntry, PROT_EXEC, PROT_READ, PROT_WRITE } from './entry.ts'
import type { PageRequest } from './user-pager.ts'
import type { VmSpace } from './vmspace.ts'

/** Of the pages around a fault, aligned to their number, those are mapped that are in memory anyway (Linux: fault_around_bytes). */
const FAULT_AROUND = 16

/**
 * What a page fault comes to: resolved, a bad address or access (SIGSEGV), an object that has no such page (SIGBUS), no memory, a page that is
 * marked, or one that a program has to bring.
 */
export type FaultResult =
  | 'resolved'
  | 'unmapped'
  | 'protection'
  | 'beyond-object'
  | 'no-memory'
  | 'guarded'
  | PageRequest

/** Brings in the page for an access, if the map allows it. */
export function uvmFault(vm: VmSpace, address: number, access: Access): FaultResult {
  const e = vm.map.lookup(address) ?? vm.grown(pageDown(address))
  if (e === undefined) return 'unmapped'
  const needed = access === ACCESS_WRITE ? PROT_WRITE : access === ACCESS_EXEC ? PROT_EXEC : PROT_READ
  // On this processor a page that can be written or executed can be read.
  if ((e.prot & needed) === 0 && !(needed === PROT_READ && e.prot !== 0)) return 'protection'
  const page = pageDown(address)
  const mark = vm.marks.isEmpty ? undefined : vm.marks.at(page)
  // Where the kernel does not deal with memory that breaks (CONFIG_MEMORY_FAILURE), poison is as a page that cannot be had.
  if (mark !== undefined && vm.space.frameAt(page) < 0) return mark === 'guard' ? 'guarded' : 'beyond-object'
  const request = e.paging === undefined ? undefined : requestOf(vm, e, address, access)
  if (request !== undefined) return request.paging.pager.signals ? 'beyond-object' : request
  if (e.object === undefined) return anonymousPage(vm, address, access)
  if (access === ACCESS_WRITE && !e.shared) allowWrites(vm, page)
  return objectPage(vm, e, e.object, address, access)
}

/** Whether a pager of the guest's has to be asked before the access can go on. */
function requestOf(vm: VmSpace, e: MapEntry, address: number, access: Access): PageRequest | undefined {
  const { paging } = e
  if (paging === undefined) return undefined
  const isWrite = access === ACCESS_WRITE
  const page = pageDown(address)
  if (vm.space.frameAt(page) >= 0) {
    const isProtected = isWrite && paging.protects && vm.space.translate(address, access) === -1
    return isProtected ? { paging, kind: 'protected', address, isWrite } : undefined
  }
  const isInObject = e.object?.residentPage((e.offset + (page - e.start)) / PAGE_SIZE) !== undefined
  if (isInObject) return paging.minor ? { paging, kind: 'minor', address, isWrite } : undefined
  return paging.missing ? { paging, kind: 'missing', address, isWrite } : undefined
}

/** A page that nobody protects any more can be written again. */
function allowWrites(vm: VmSpace, page: number): boolean {
  const frame = vm.space.frameAt(page)
  if (frame < 0 || vm.space.translate(page, ACCESS_WRITE) !== -1) return false
  vm.space.provide(page, Uint32Array.of(frame), true, false)
  return true
}

function anonymousPage(vm: VmSpace, address: number, access: Access): FaultResult {
  let at = vm.space.translate(address, access)
  // Its zeros come from here if a pager of the guest's was ever asked for it (VmSpace.withoutZeroes).
  if (at === -2 && !supplyPage(vm, pageDown(address))) return 'no-memory'
  if (at === -2 || (at === -1 && access === ACCESS_WRITE && allowWrites(vm, pageDown(address))))
    at = vm.space.translate(address, access)
  return at >= 0 ? 'resolved' : at === -3 ? 'no-memory' : 'protection'
}

/** A page of its own for private memory, with these bytes or zeros; false: there is no memory. */
export function supplyPage(vm: VmSpace, page: number, bytes?: Uint8Array): boolean {
  const { machine } = vm
  const frame = machine.allocateFrame()
  if (frame < 0) return false
  if (bytes !== undefined) machine.physical.set(bytes, frame * PAGE_SIZE)
  vm.space.provide(page, Uint32Array.of(frame), false, false)
  machine.releaseFrame(frame)
  return true
}

function objectPage(
  vm: VmSpace,
  e: MapEntry,
  object: NonNullable<MapEntry['object']>,
  address: number,
  access: Access,
): FaultResult {
  const page = pageDown(address)
  const index = (e.offset + (page - e.start)) / PAGE_SIZE
  const sharedWrite = e.shared && access === ACCESS_WRITE
  try {
    const frame = object.getPage(index, sharedWrite)
    if (frame === undefined) return 'beyond-object'
    // The page may be there: a shared one that is written for the first time, or a private one that is out of frames to copy to.
    if (sharedWrite) vm.space.provide(page, Uint32Array.of(frame), false, false)
    mapAround(vm, e, page, index, frame)
    return access === ACCESS_WRITE && vm.space.translate(address, access) === -3 ? 'no-memory' : 'resolved'
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return error === ENOMEM ? 'no-memory' : 'beyond-object'
  }
}

/** Maps a page, and neighbours that are in memory, so that a program's start does not fault on each page; what is mapped stays. */
function mapAround(vm: VmSpace, e: MapEntry, page: number, index: number, frame: number): void {
  const { object } = e
  if (object === undefined) return
  const at = (page / PAGE_SIZE) % FAULT_AROUND
  const start = page - at * PAGE_SIZE
  // Whoever wants to be told of pages that are merely not mapped is told of each, and marks are kept.
  const isAlone = e.paging?.minor === true || !vm.marks.isEmpty
  const first = isAlone ? at : Math.max(0, (e.start - start) / PAGE_SIZE)
  const last = isAlone ? at : Math.min(FAULT_AROUND, (e.end - start) / PAGE_SIZE)
  const frames = new Uint32Array(FAULT_AROUND)
  for (let i = first; i < last; i++) frames[i] = object.residentPage(index - at + i) ?? 0
  frames[at] = frame
  vm.space.provideMissing(start, frames, !e.shared, e.shared)
}
