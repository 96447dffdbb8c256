/**
 * A process's memory: its map, and the page table that the map rules. NetBSD: struct vmspace, sys/uvm/uvm_map.c, uvm_fault.c.
 * Anonymous pages are filled and copied by the engine without coming here; pages of objects are brought in by `fault`.
 */
import { type AddressSpace, Backing, type Machine } from 'unicorn-engine-node'
import { ACCESS_READ, ACCESS_WRITE, type Access } from '../../machine/access.ts'
import { PAGE_SIZE, pageDown, pageUp } from '../../machine/page.ts'
import { EINVAL, ENOMEM, EPERM } from '../errno.ts'
import { UserMemory } from '../user-memory.ts'
import { type MapEntry, PROT_NONE, PROT_READ, PROT_WRITE } from './entry.ts'
import { type FaultResult, uvmFault } from './fault.ts'
import { VmMap } from './map.ts'
import { DEFAULT_POLICY } from './memory-policy.ts'
import type { UvmObject } from './object.ts'
import { PageMarks } from './page-marks.ts'
import { sharedMemory } from './shared-memory.ts'
import type { PageRequest, Paging } from './user-pager.ts'
import type { MemoryWatch } from './watch.ts'

/** User addresses end here: the last page below 2^47 is never mapped, as on Linux. */
export const USER_TOP = 0x7fff_ffff_f000
const LOWEST = 0x10000
/** Entries of a map, at most: what a hostile program could otherwise fill the host's memory with (Linux: vm.max_map_count). */
const MAX_ENTRIES = 65_530
/** Pages looked at in one go. */
const STATES = 1 << 18
/** What stays free between a stack that grows and what is below it (Linux: stack_guard_gap). */
const STACK_GUARD = 256 * PAGE_SIZE

export interface MapRequest {
  /** Where; undefined: the kernel chooses. */
  readonly address: number | undefined
  readonly length: number
  readonly prot: number
  readonly maxProt?: number
  readonly shared: boolean
  readonly object?: UvmObject | undefined
  readonly offset?: number
  readonly name?: string
  readonly growsDown?: boolean
  readonly locked?: boolean
  readonly paging?: Paging | undefined
}

/**
 * A private mapping of nothing, or of part of an object. With all there is to a request, in this order, as every caller that matters for speed has
 * it: `mmap` meets one shape of object then.
 */
export function privately(
  start: number,
  length: number,
  prot: number,
  object?: UvmObject,
  offset = 0,
  name = '',
): MapRequest {
  return {
    address: start,
    length,
    prot,
    maxProt: 7,
    shared: false,
    object,
    offset,
    name,
    growsDown: false,
    locked: false,
  }
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
  readonly marks: PageMarks
  readonly machine: Machine
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
  /** A program brings, or brought, pages of it in. */
  isPaged = false
  /** Some of it is sealed. */
  hasSeals = false
  /** Barriers that the program has asked to use (Linux: membarrier(2)); a child has them too, a new program has none. */
  barriers = 0
  /** What a debugger watches in it. */
  watch: MemoryWatch | undefined
  /** Where the strings of the arguments lie, and behind them those of the environment, for /proc. */
  argumentsStart = 0
  argumentsEnd = 0
  environmentEnd = 0

  constructor(machine: Machine, space = machine.createAddressSpace(), map = new VmMap(), marks = new PageMarks()) {
    this.machine = machine
    this.marks = marks
    this.space = space
    this.map = map
    this.memory = new UserMemory(space, machine.physical, this)
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
    const object = request.object ?? (request.shared ? sharedMemory(this.machine, length) : undefined)
    object?.attach(writable)
    this.space.map(
      start,
      length,
      hardware(request.prot),
      object === undefined && request.paging === undefined ? Backing.ZERO : Backing.PAGER,
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
      sealed: false,
      paging: request.paging,
      policy: DEFAULT_POLICY,
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

  /** Whether something of a range is sealed. */
  isSealed(start: number, end: number): boolean {
    return this.hasSeals && this.map.within(start, end).some(e => e.sealed)
  }

  /** uvm_unmap. Ranges that are not mapped are passed over. @throws EPERM for what is sealed, ENOMEM if an entry more is needed and there may be none. */
  munmap(start: number, length: number): void {
    const end = start + pageUp(length)
    if (this.isSealed(start, end)) throw EPERM
    this.#checkEntries(start, end)
    this.#forget(start, end)
  }

  #forget(start: number, end: number): void {
    const gone = this.map.remove(start, end)
    if (gone.length === 0) return
    this.space.unmap(start, end - start)
    this.marks.clear(start, end)
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

  /** uvm_map_inherit, uvm_map_pageable: what a child gets of what is mapped in a range; whether it is locked, sealed, paged by a program, where it comes from. @throws ENOMEM */
  alter(
    start: number,
    end: number,
    change: Partial<Pick<MapEntry, 'inherit' | 'locked' | 'sealed' | 'paging' | 'policy'>>,
  ): void {
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
      e.paging = undefined
      this.map.insert(e)
    }
    if (!this.marks.isEmpty) this.marks.move(from, to, length)
  }

  /** Makes touching a range an error, whatever is behind it; nothing of it is kept. */
  guard(start: number, end: number): void {
    this.space.discard(start, end - start)
    this.withoutZeroes(start, end)
    this.marks.set(start, end, 'guard')
  }

  /** madvise DONTNEED: the next touch finds the object's page, or zeroes. */
  discard(start: number, length: number): void {
    this.space.discard(start, pageUp(length))
    this.marks.clear(start, start + pageUp(length), 'poison')
  }

  /**
   * From now on the zeros of private memory come from `fault` and not from the engine, so that somebody can be asked before or the touch be refused;
   * what is there stays. There is no way back, and none is needed.
   */
  withoutZeroes(start: number, end: number): void {
    const states = new Uint8Array(STATES)
    for (const e of this.map.within(start, end)) {
      if (e.object !== undefined) continue
      const [from, to] = [Math.max(start, e.start), Math.min(end, e.end)]
      const kept: [page: number, frame: number, isProtected: boolean][] = []
      for (let at = from; at < to; at += STATES * PAGE_SIZE) {
        const pages = Math.min(STATES, (to - at) / PAGE_SIZE)
        this.space.pageStates(at, pages * PAGE_SIZE, states, false)
        for (let i = 0; i < pages; i++) {
          const page = at + i * PAGE_SIZE
          if ((states[i] & 1) !== 0) kept.push([page, this.space.frameAt(page), this.#isProtected(e, page)])
        }
      }
      for (const [, frame] of kept) this.machine.retainFrame(frame)
      this.space.map(from, to - from, hardware(e.prot), Backing.PAGER, false)
      for (const [page, frame, isProtected] of kept) {
        this.space.provide(page, Uint32Array.of(frame), true, isProtected)
        this.machine.releaseFrame(frame)
      }
    }
  }

  #isProtected(e: MapEntry, page: number): boolean {
    return e.paging?.protects === true && this.space.translate(page, ACCESS_WRITE) === -1
  }

  /** uvm_fault: brings in the page for an access, if the map allows it. */
  fault(address: number, access: Access): FaultResult {
    return uvmFault(this, address, access)
  }

  /** The first request that reading a range would come to, if a program brings in pages of it. */
  firstRequest(start: number, end: number): PageRequest | undefined {
    if (!this.isPaged) return undefined
    for (const e of this.map.within(start, end)) {
      if (e.paging === undefined) continue
      for (let at = Math.max(pageDown(start), e.start); at < Math.min(end, e.end); at += PAGE_SIZE) {
        const result = this.space.frameAt(at) >= 0 ? 'resolved' : this.fault(at, ACCESS_READ)
        if (typeof result === 'object') return result
      }
    }
    return undefined
  }

  /** uvm_grow: the stack above a page, made to reach it; undefined if there is none, or it may not. */
  grown(page: number): MapEntry | undefined {
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

  /** For fork(2): uvmspace_fork. */
  fork(): VmSpace {
    const map = new VmMap()
    for (const e of this.map.entries) {
      e.object?.attach(e.shared && (e.maxProt & PROT_WRITE) !== 0)
      map.entries.push({ ...e, locked: false, paging: undefined })
    }
    const child = new VmSpace(this.machine, this.space.fork(), map, this.marks.copy())
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
    child.hasSeals = this.hasSeals
    child.argumentsEnd = this.argumentsEnd
    child.environmentEnd = this.environmentEnd
    for (const e of this.map.entries) {
      if (e.inherit === 'none') child.#forget(e.start, e.end)
      else if (e.inherit === 'zero') {
        child.discard(e.start, e.end - e.start)
        child.marks.clear(e.start, e.end)
      }
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
