/**
 * A process's memory: its map, and the page table that the map rules. NetBSD: struct vmspace, sys/uvm/uvm_map.c, uvm_fault.c.
 * Anonymous pages are filled and copied by the engine without coming here; pages of objects are brought in by `fault`.
 */
import { type AddressSpace, Backing, type Machine } from 'unicorn-engine-node'
import { ACCESS_EXEC, ACCESS_WRITE, type Access } from '../../machine/access.ts'
import { PAGE_SIZE, pageDown, pageUp } from '../../machine/page.ts'
import { EINVAL, ENOMEM, Errno } from '../errno.ts'
import { UserMemory } from '../user-memory.ts'
import { type MapEntry, PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE } from './entry.ts'
import { VmMap } from './map.ts'
import type { UvmObject } from './object.ts'
import { sharedMemory } from './shared-memory.ts'

/** User addresses end here: the last page below 2^47 is never mapped, as on Linux. */
export const USER_TOP = 0x7fff_ffff_f000
const LOWEST = 0x10000
/** Entries of a map, at most: what a hostile program could otherwise fill the host's memory with (Linux: vm.max_map_count). */
const MAX_ENTRIES = 65_530
/** Of the pages around a fault, aligned to their number, those are mapped that are in memory anyway (Linux: fault_around_bytes). */
const FAULT_AROUND = 16
/** What stays free between a stack that grows and what is below it (Linux: stack_guard_gap). */
const STACK_GUARD = 256 * PAGE_SIZE

/** What a page fault comes to: resolved, a bad address or access (SIGSEGV), an object that has no such page (SIGBUS), no memory. */
export type FaultResult = 'resolved' | 'unmapped' | 'protection' | 'beyond-object' | 'no-memory'

export interface MapRequest {
  /** Where; undefined: the kernel chooses. */
  readonly address: number | undefined
  readonly length: number
  readonly prot: number
  readonly maxProt?: number
  readonly shared: boolean
  readonly object?: UvmObject
  readonly offset?: number
  readonly name?: string
  readonly growsDown?: boolean
  readonly locked?: boolean
}

/** On this processor a page that can be written or executed can be read. */
function hardware(prot: number): number {
  return prot === 0 ? 0 : prot | PROT_READ
}

/** Whether memory counts for RLIMIT_DATA: writable, and nobody else's. */
function isData(prot: number, shared: boolean): boolean {
  return (prot & PROT_WRITE) !== 0 && !shared
}

export class VmSpace {
  readonly space: AddressSpace
  readonly memory: UserMemory
  readonly map: VmMap
  readonly #machine: Machine
  /** The heap: where brk(2) began and stands. */
  brkStart = 0
  brkEnd = 0
  /** Below this the kernel places mappings, downwards. */
  mmapTop = USER_TOP - 0x1000_0000
  /** RLIMIT_AS and RLIMIT_DATA in bytes. */
  limit = Number.POSITIVE_INFINITY
  dataLimit = Number.POSITIVE_INFINITY
  /** RLIMIT_STACK: how large a fault may make a stack. */
  stackLimit = Number.POSITIVE_INFINITY
  /** The auxiliary vector that its program was given: /proc/PID/auxv. */
  auxiliary: Uint8Array = new Uint8Array(0)
  /** mlockall(MCL_FUTURE): what is mapped is locked; and brought in at once, without MCL_ONFAULT. */
  lockFuture: 'no' | 'populate' | 'onfault' = 'no'
  /** Bytes mapped, and the most there were. */
  size = 0
  peak = 0
  references = 1
  /** Barriers that the program has asked to use (Linux: membarrier(2)); a child has them too, a new program has none. */
  barriers = 0
  /** Where the strings of the arguments lie, and behind them those of the environment, for /proc. */
  argumentsStart = 0
  argumentsEnd = 0
  environmentEnd = 0

  constructor(machine: Machine, space = machine.createAddressSpace(), map = new VmMap()) {
    this.#machine = machine
    this.space = space
    this.map = map
    this.memory = new UserMemory(
      space,
      machine.physical,
      (address, access) => this.fault(address, access) === 'resolved',
    )
  }

  /** uvm_map: maps a range, replacing what is there when an address is given. @returns its start. @throws ENOMEM, EINVAL. */
  mmap(request: MapRequest): number {
    const length = pageUp(request.length)
    if (!(length > 0) || length > USER_TOP) throw ENOMEM
    const start = request.address ?? this.map.findSpace(length, LOWEST, this.mmapTop)
    if (start === undefined) throw ENOMEM
    if (start % PAGE_SIZE !== 0) throw EINVAL
    if (start < 0 || start + length > USER_TOP) throw ENOMEM
    const replaced = this.map.mappedBytes(start, start + length)
    if (!this.mayExpand(length - replaced, request.prot, request.shared)) throw ENOMEM
    if (this.map.entries.length >= MAX_ENTRIES) throw ENOMEM
    if (replaced > 0) this.munmap(start, length)
    const writable = request.shared && ((request.maxProt ?? 7) & PROT_WRITE) !== 0
    const object = request.object ?? (request.shared ? sharedMemory(this.#machine, length) : undefined)
    object?.attach(writable)
    this.space.map(
      start,
      length,
      hardware(request.prot),
      object === undefined ? Backing.ZERO : Backing.PAGER,
      request.shared,
    )
    this.#enlarge(length)
    this.map.insert({
      start,
      end: start + length,
      prot: request.prot,
      maxProt: request.maxProt ?? 7,
      shared: request.shared,
      object,
      offset: request.offset ?? 0,
      name: request.name ?? '',
      inherit: 'copy',
      growsDown: request.growsDown === true,
      locked: request.locked === true || this.lockFuture !== 'no',
    })
    return start
  }

  #enlarge(bytes: number): void {
    this.size += bytes
    this.peak = Math.max(this.peak, this.size)
  }

  /** Whether the resource limits leave room for more memory of a kind. */
  mayExpand(bytes: number, prot: number, shared: boolean): boolean {
    if (this.size + bytes > this.limit) return false
    if (this.dataLimit === Number.POSITIVE_INFINITY || !isData(prot, shared)) return true
    return this.dataSize() + bytes <= this.dataLimit
  }

  dataSize(): number {
    let sum = 0
    for (const e of this.map.entries) if (isData(e.prot, e.shared) && !e.growsDown) sum += e.end - e.start
    return sum
  }

  /** Whether an address lies within a huge page. */
  #cutsPage(address: number): boolean {
    const e = this.map.lookup(address)
    return e?.object?.pageSize !== undefined && address % e.object.pageSize !== 0
  }

  /** @throws ENOMEM if a change of this range would need more entries than there may be, EINVAL if it would divide a huge page. */
  #checkEntries(start: number, end: number): void {
    if (this.#cutsPage(start) || this.#cutsPage(end)) throw EINVAL
    if (this.map.entries.length < MAX_ENTRIES - 1) return
    if (this.map.crosses(start) || this.map.crosses(end)) throw ENOMEM
  }

  /** uvm_unmap. Ranges that are not mapped are passed over. @throws ENOMEM if an entry more is needed and there may be none. */
  munmap(start: number, length: number): void {
    const end = start + pageUp(length)
    this.#checkEntries(start, end)
    const gone = this.map.remove(start, end)
    if (gone.length === 0) return
    this.space.unmap(start, end - start)
    for (const e of gone) {
      this.size -= e.end - e.start
      this.#letGo(e)
    }
  }

  #letGo(e: MapEntry): void {
    if (e.object === undefined) return
    const writable = e.shared && (e.maxProt & PROT_WRITE) !== 0
    if (writable) e.object.putPages(e.offset / PAGE_SIZE, (e.end - e.start) / PAGE_SIZE)
    e.object.detach(writable)
  }

  /** uvm_map_protect, of what is mapped in a range; the caller has looked whether it may. @throws ENOMEM by the limits. */
  protect(start: number, length: number, prot: number): void {
    const end = Math.min(USER_TOP, start + pageUp(length))
    if (start >= end) return
    this.#checkEntries(start, end)
    if (this.dataLimit !== Number.POSITIVE_INFINITY) {
      const parts = this.map.within(start, end).filter(e => !isData(e.prot, e.shared) && isData(prot, e.shared))
      const more = parts.reduce((sum, e) => sum + Math.min(end, e.end) - Math.max(start, e.start), 0)
      if (this.dataSize() + more > this.dataLimit && more > 0) throw ENOMEM
    }
    const parts = this.map.remove(start, end)
    for (const e of parts) {
      e.prot = prot
      this.map.insert(e)
    }
    if (parts.length > 0) this.space.protect(start, end - start, hardware(prot))
  }

  /** uvm_map_inherit, uvm_map_pageable: what a child gets of what is mapped in a range; whether it is locked. @throws ENOMEM */
  alter(start: number, end: number, change: Partial<Pick<MapEntry, 'inherit' | 'locked'>>): void {
    this.#checkEntries(start, end)
    for (const e of this.map.remove(start, end)) this.map.insert(Object.assign(e, change))
  }

  /** Bytes of stacks that grow. */
  stackSize(): number {
    let sum = 0
    for (const e of this.map.entries) if (e.growsDown) sum += e.end - e.start
    return sum
  }

  /** Bytes that are locked. */
  lockedSize(): number {
    let sum = 0
    for (const e of this.map.entries) if (e.locked) sum += e.end - e.start
    return sum
  }

  /** uvm_mremap's move: the range keeps its pages. The target must be free. */
  move(from: number, to: number, length: number): void {
    const parts = this.map.remove(from, from + length)
    this.space.move(from, to, length)
    for (const e of parts) {
      e.end += to - from
      e.start += to - from
      this.map.insert(e)
    }
  }

  /** madvise DONTNEED: the next touch finds the object's page, or zeroes. */
  discard(start: number, length: number): void {
    this.space.discard(start, pageUp(length))
  }

  /** uvm_fault: brings in the page for an access, if the map allows it. */
  fault(address: number, access: Access): FaultResult {
    const e = this.map.lookup(address) ?? this.#grown(pageDown(address))
    if (e === undefined) return 'unmapped'
    const needed = access === ACCESS_WRITE ? PROT_WRITE : access === ACCESS_EXEC ? PROT_EXEC : PROT_READ
    // On this processor a page that can be written or executed can be read.
    if ((e.prot & needed) === 0 && !(needed === PROT_READ && e.prot !== 0)) return 'protection'
    if (e.object === undefined) {
      const at = this.space.translate(address, access)
      return at >= 0 ? 'resolved' : at === -3 ? 'no-memory' : 'protection'
    }
    const page = pageDown(address)
    const index = (e.offset + (page - e.start)) / PAGE_SIZE
    const sharedWrite = e.shared && access === ACCESS_WRITE
    try {
      const frame = e.object.getPage(index, sharedWrite)
      if (frame === undefined) return 'beyond-object'
      // The page may be there: a shared one that is written for the first time, or a private one that is out of frames to copy to.
      if (sharedWrite) this.space.provide(page, Uint32Array.of(frame), false, false)
      this.#mapAround(e, page, index, frame)
      return access === ACCESS_WRITE && this.space.translate(address, access) === -3 ? 'no-memory' : 'resolved'
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      return error === ENOMEM ? 'no-memory' : 'beyond-object'
    }
  }

  /** uvm_grow: the stack above a page, made to reach it; undefined if there is none, or it may not. */
  #grown(page: number): MapEntry | undefined {
    const { above: e, below } = this.map.around(page)
    if (e === undefined || !e.growsDown || page < LOWEST || e.end - page > this.stackLimit) return undefined
    const more = e.start - page
    const isNear = below !== undefined && !below.growsDown && below.prot !== PROT_NONE && page - below.end < STACK_GUARD
    if (isNear || !this.mayExpand(more, e.prot, false)) return undefined
    this.space.map(page, more, hardware(e.prot), Backing.ZERO, false)
    this.#enlarge(more)
    e.start = page
    return e
  }

  /** Maps a page, and neighbours that are in memory, so that a program's start does not fault on each page; what is mapped stays. */
  #mapAround(e: MapEntry, page: number, index: number, frame: number): void {
    const { object } = e
    if (object === undefined) return
    const at = (page / PAGE_SIZE) % FAULT_AROUND
    const start = page - at * PAGE_SIZE
    const first = Math.max(0, (e.start - start) / PAGE_SIZE)
    const last = Math.min(FAULT_AROUND, (e.end - start) / PAGE_SIZE)
    const frames = new Uint32Array(FAULT_AROUND)
    for (let i = first; i < last; i++) frames[i] = object.residentPage(index - at + i) ?? 0
    frames[at] = frame
    this.space.provideMissing(start, frames, !e.shared, e.shared)
  }

  /** For fork(2): uvmspace_fork. */
  fork(): VmSpace {
    const map = new VmMap()
    for (const e of this.map.entries) {
      e.object?.attach(e.shared && (e.maxProt & PROT_WRITE) !== 0)
      map.entries.push({ ...e, locked: false })
    }
    const child = new VmSpace(this.#machine, this.space.fork(), map)
    child.brkStart = this.brkStart
    child.brkEnd = this.brkEnd
    child.mmapTop = this.mmapTop
    child.limit = this.limit
    child.dataLimit = this.dataLimit
    child.stackLimit = this.stackLimit
    child.auxiliary = this.auxiliary
    child.size = this.size
    child.peak = this.size
    child.argumentsStart = this.argumentsStart
    child.barriers = this.barriers
    child.argumentsEnd = this.argumentsEnd
    child.environmentEnd = this.environmentEnd
    for (const e of this.map.entries) {
      if (e.inherit === 'none') child.munmap(e.start, e.end - e.start)
      else if (e.inherit === 'zero') child.discard(e.start, e.end - e.start)
    }
    return child
  }

  /** Pages in memory; none once it is gone. */
  get residentPages(): number {
    return this.references > 0 ? this.space.residentPages : 0
  }

  /** uvmspace_free. */
  release(): void {
    this.references--
    if (this.references > 0) return
    for (const e of this.map.entries) this.#letGo(e)
    this.map.entries.length = 0
    this.size = 0
    this.space.dispose()
  }

  /** The map as /proc/PID/maps shows it. */
  *mappings(): Generator<Mapping> {
    for (const e of this.map.entries) {
      yield {
        start: e.start,
        end: e.end,
        prot: e.prot,
        shared: e.shared,
        locked: e.locked,
        offset: e.offset,
        device: e.object?.device ?? 0,
        inode: e.object?.inode ?? 0,
        name: e.object?.name ?? (e.name === '' && e.start < this.brkEnd && e.end > this.brkStart ? '[heap]' : e.name),
      }
    }
  }
}

export interface Mapping {
  readonly start: number
  readonly end: number
  readonly prot: number
  readonly shared: boolean
  readonly locked: boolean
  readonly offset: number
  readonly device: number
  readonly inode: number
  readonly name: string
}
