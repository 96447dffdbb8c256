/**
 * The kernel's door to a process's memory: copyin(9), copyout(9), copyinstr(9) and typed reads and writes.
 * Every access is checked against the page table; a bad one throws EFAULT, and nothing is ever read or written outside it.
 * All values are little-endian. A `…64` read as a number is exact below 2^53; use the bigint form for the rest.
 */
import type { AddressSpace } from 'unicorn-engine-node'
import { ACCESS_READ, ACCESS_WRITE, type Access } from '../machine/access.ts'
import { PAGE_SIZE } from '../machine/page.ts'
import { EFAULT, ENAMETOOLONG, ENOMEM } from './errno.ts'
import { latin1 } from './latin1.ts'
import { Owed } from './page-sleep.ts'
import type { FaultResult } from './uvm/fault.ts'
import { type PageRequest, sleeper, waitFor } from './uvm/user-pager.ts'

/** Who brings in pages: uvm_fault. */
export interface Pager {
  fault(address: number, access: Access): FaultResult
  /** The first request that reading a range would come to, if a program brings in pages of it. */
  firstRequest(start: number, end: number): PageRequest | undefined
}

const USER_END = 2 ** 47
/** V8 keeps the bytes of arrays up to this size among its own objects, and must move them before the engine can see them: longer to do than to copy. */
const SMALL = 64
/** So many are moved one by one: making a view of them takes longer. */
const FEW = 16
const zeroes = new Uint8Array(PAGE_SIZE)
/** Where the engine writes the runs of a range: one for all, as who is shown a run asks for no other. */
const runs = new Float64Array(64)

function move(from: Uint8Array, start: number, to: Uint8Array, at: number, count: number): void {
  if (count <= FEW) for (let i = 0; i < count; i++) to[at + i] = from[start + i]
  else to.set(from.subarray(start, start + count), at)
}

export class UserMemory {
  readonly space: AddressSpace
  readonly #physical: Uint8Array
  readonly #view: DataView
  readonly #pager: Pager
  readonly #scratch = new DataView(new ArrayBuffer(16))

  constructor(space: AddressSpace, physical: Uint8Array, pager: Pager) {
    this.space = space
    this.#physical = physical
    this.#view = new DataView(physical.buffer, physical.byteOffset, physical.byteLength)
    this.#pager = pager
  }

  /** Physical offset of one address; -1: what is written there is owed (page-sleep.ts). @throws EFAULT, ENOMEM, PageWait. */
  #offset(address: number, access: Access): number {
    if (!(address >= 0 && address < USER_END)) throw EFAULT
    let at = this.space.translate(address, access)
    // -1 may also be a page of a shared object that is written for the first time, or a stack that has to grow.
    if (at === -2 || at === -1) {
      const result = this.#pager.fault(address, access)
      if (typeof result === 'object' && this.#waits(result, access)) return -1
      if (result === 'resolved') at = this.space.translate(address, access)
    }
    if (at >= 0) return at
    throw at === -3 ? ENOMEM : EFAULT
  }

  /** Whether a write can be owed; for a read the call begins anew. @throws PageWait */
  #waits(request: PageRequest, access: Access): boolean {
    if (access !== ACCESS_WRITE) waitFor(request)
    return sleeper(request) !== undefined
  }

  /** The request that an access would come to; undefined: none, whether it is possible or not. */
  request(address: number, access: Access): PageRequest | undefined {
    const result = this.#pager.fault(address, access)
    return typeof result === 'object' ? result : undefined
  }

  /** Before anything is taken from ranges: are they all there? @throws PageWait */
  requireReadable(start: number, length: number): void {
    const request = this.#pager.firstRequest(start, start + length)
    if (request !== undefined) waitFor(request)
  }

  /** Bytes of one page that cannot be written now are kept for the end of the call; how many. */
  #owe(address: number, bytes: Uint8Array): number {
    const request = this.request(address, ACCESS_WRITE)
    const l = request === undefined ? undefined : sleeper(request)
    if (l === undefined) return 0
    const piece = bytes.subarray(0, PAGE_SIZE - (address % PAGE_SIZE))
    l.owed ??= new Owed()
    return l.owed.add(this, address, piece) ? piece.length : 0
  }

  /** Where bytes for a page that a program brings in can be put for now, at most `length` and to the page's end; undefined: nowhere. */
  standIn(address: number, length: number): Uint8Array | undefined {
    const request = this.request(address, ACCESS_WRITE)
    if (request === undefined || sleeper(request) === undefined) return undefined
    return new Uint8Array(Math.min(length, PAGE_SIZE - (address % PAGE_SIZE)))
  }

  #straddles(address: number, length: number): boolean {
    return (address % PAGE_SIZE) + length > PAGE_SIZE
  }

  readU8(address: number): number {
    return this.#view.getUint8(this.#offset(address, ACCESS_READ))
  }

  readU16(address: number): number {
    if (this.#straddles(address, 2)) return this.#gather(address, 2).getUint16(0, true)
    return this.#view.getUint16(this.#offset(address, ACCESS_READ), true)
  }

  readU32(address: number): number {
    if (this.#straddles(address, 4)) return this.#gather(address, 4).getUint32(0, true)
    return this.#view.getUint32(this.#offset(address, ACCESS_READ), true)
  }

  readI32(address: number): number {
    return this.readU32(address) | 0
  }

  /** A signed 64-bit value as a number: exact within ±2^53. */
  readI64(address: number): number {
    const v = this.#straddles(address, 8) ? this.#gather(address, 8) : this.#view
    const at = v === this.#view ? this.#offset(address, ACCESS_READ) : 0
    return v.getInt32(at + 4, true) * 0x1_0000_0000 + v.getUint32(at, true)
  }

  /** An unsigned 64-bit value as a number: exact below 2^53. */
  readU64(address: number): number {
    const n = this.readI64(address)
    return n < 0 ? n + 2 ** 64 : n
  }

  readBigU64(address: number): bigint {
    if (this.#straddles(address, 8)) return this.#gather(address, 8).getBigUint64(0, true)
    return this.#view.getBigUint64(this.#offset(address, ACCESS_READ), true)
  }

  writeU8(address: number, value: number): void {
    const at = this.#offset(address, ACCESS_WRITE)
    if (at >= 0) this.#view.setUint8(at, value)
    else {
      this.#scratch.setUint8(0, value)
      this.#scatter(address, 1)
    }
  }

  writeU16(address: number, value: number): void {
    const at = this.#place(address, 2)
    if (at >= 0) this.#view.setUint16(at, value, true)
    else {
      this.#scratch.setUint16(0, value, true)
      this.#scatter(address, 2)
    }
  }

  writeU32(address: number, value: number): void {
    const at = this.#place(address, 4)
    if (at >= 0) this.#view.setUint32(at, value, true)
    else {
      this.#scratch.setUint32(0, value, true)
      this.#scatter(address, 4)
    }
  }

  /** Writes a whole number (exact within ±2^53) as 64 bits, two's complement. */
  writeI64(address: number, value: number): void {
    const high = Math.floor(value / 0x1_0000_0000)
    const place = this.#place(address, 8)
    const v = place < 0 ? this.#scratch : this.#view
    const at = Math.max(0, place)
    v.setUint32(at, value - high * 0x1_0000_0000, true)
    v.setInt32(at + 4, high, true)
    if (place < 0) this.#scatter(address, 8)
  }

  writeBigU64(address: number, value: bigint): void {
    const at = this.#place(address, 8)
    if (at >= 0) this.#view.setBigUint64(at, BigInt.asUintN(64, value), true)
    else {
      this.#scratch.setBigUint64(0, BigInt.asUintN(64, value), true)
      this.#scatter(address, 8)
    }
  }

  /** Where a value can be written at once; -1: piece by piece. */
  #place(address: number, length: number): number {
    return this.#straddles(address, length) ? -1 : this.#offset(address, ACCESS_WRITE)
  }

  #gather(address: number, length: number): DataView {
    this.copyinTo(address, new Uint8Array(this.#scratch.buffer, 0, length))
    return this.#scratch
  }

  #scatter(address: number, length: number): void {
    this.copyout(address, new Uint8Array(this.#scratch.buffer, 0, length))
  }

  /** copyin(9): a copy of the range. @throws EFAULT; nothing is said of how much could be read. */
  copyin(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    this.copyinTo(address, bytes)
    return bytes
  }

  copyinTo(address: number, into: Uint8Array): void {
    if (this.copyinPartial(address, into) < into.length) throw EFAULT
  }

  /** Reads as much as there is for `length` bytes of `into` from its index `at` on; the count. */
  copyinPartial(address: number, into: Uint8Array, at = 0, length = into.length): number {
    return length > SMALL
      ? this.#copy(address, into, at, length, ACCESS_READ)
      : this.#copyFew(address, into, at, length, ACCESS_READ)
  }

  /** copyout(9). @throws EFAULT after what could be written was. */
  copyout(address: number, bytes: Uint8Array): void {
    if (this.copyoutPartial(address, bytes) < bytes.length) throw EFAULT
  }

  /** Writes as much of `length` bytes from the index `at` on as the memory takes; the count. */
  copyoutPartial(address: number, bytes: Uint8Array, at = 0, length = bytes.length): number {
    if (length > SMALL) return this.#copy(address, bytes, at, length, ACCESS_WRITE)
    const count = this.#copyFew(address, bytes, at, length, ACCESS_WRITE)
    return count === length
      ? count
      : count + this.#copy(address + count, bytes, at + count, length - count, ACCESS_WRITE)
  }

  /** Between a range and part of an array, by the engine: no views for the collector. */
  #copy(address: number, bytes: Uint8Array, at: number, length: number, access: Access): number {
    const { space } = this
    let done = 0
    while (done < length) {
      const from = address + done
      if (!(from >= 0 && from < USER_END)) break
      const want = Math.min(length - done, USER_END - from)
      done +=
        access === ACCESS_READ ? space.read(from, bytes, at + done, want) : space.write(from, bytes, at + done, want)
      if (done >= length || this.#isThere(address + done, access)) continue
      const owed = access === ACCESS_WRITE ? this.#owe(address + done, bytes.subarray(at + done, at + length)) : 0
      if (owed === 0) break
      done += owed
    }
    return done
  }

  /** The same of a few bytes: no call for which V8 would have to move them. */
  #copyFew(address: number, bytes: Uint8Array, at: number, length: number, access: Access): number {
    const physical = this.#physical
    let done = 0
    while (done < length) {
      const from = address + done
      if (!(from >= 0 && from < USER_END)) break
      const offset = this.space.translate(from, access)
      if (offset < 0) {
        if (this.#isThere(from, access)) continue
        break
      }
      const count = Math.min(length - done, PAGE_SIZE - (from % PAGE_SIZE))
      if (access === ACCESS_READ) move(physical, offset, bytes, at + done, count)
      else move(bytes, at + done, physical, offset, count)
      done += count
    }
    return done
  }

  /** Whether an access that stopped at an address may go on, the pager having been asked. */
  #isThere(address: number, access: Access): boolean {
    if (!(address >= 0 && address < USER_END)) return false
    const why = this.space.translate(address, access)
    if (why >= 0 || why === -3) return why >= 0
    const result = this.#pager.fault(address, access)
    if (typeof result === 'object' && access !== ACCESS_WRITE) waitFor(result)
    return result === 'resolved'
  }

  /** Zeroes a range. @throws EFAULT. */
  clear(address: number, length: number): void {
    for (let done = 0; done < length; done += zeroes.length)
      this.copyout(address + done, zeroes.subarray(0, Math.min(zeroes.length, length - done)))
  }

  /**
   * copyinstr(9): the string at an address, without its zero, one character a byte (file names are bytes; see `hostPath` for the way out).
   * @throws EFAULT; ENAMETOOLONG if there is no zero within `max` bytes.
   */
  copyinstr(address: number, max: number): string {
    return latin1(this.copyinstrBytes(address, max))
  }

  /** @throws as copyinstr. */
  copyinstrBytes(address: number, max: number): Uint8Array {
    const length = this.stringLength(address, max)
    if (length >= max) throw ENAMETOOLONG
    return this.copyin(address, length)
  }

  /** Bytes before the zero, at most `max`. @throws EFAULT if memory ends first. */
  stringLength(address: number, max: number): number {
    if (!(address >= 0 && address < USER_END)) throw EFAULT
    let length = this.space.stringLength(address, max)
    for (let before = -1; length < 0; length = this.space.stringLength(address, max)) {
      const { lastFault } = this.space
      if (length === -3 || lastFault === before) throw EFAULT
      const result = this.#pager.fault(lastFault, ACCESS_READ)
      if (typeof result === 'object') waitFor(result)
      if (result !== 'resolved') throw EFAULT
      before = lastFault
    }
    return length
  }

  /**
   * Calls `use`, which looks at no other memory, with views of the physical memory behind a range, in order; stops at the first page that cannot be had.
   * @returns how many bytes were visited.
   */
  forEachRun(address: number, length: number, access: Access, use: (run: Uint8Array) => void): number {
    let done = 0
    while (done < length) {
      const at = address + done
      if (!(at >= 0 && at < USER_END)) break
      const pairs = this.space.runs(at, Math.min(length - done, USER_END - at), access, runs)
      for (let i = 0; i < pairs; i++) {
        const offset = runs[2 * i]
        const size = runs[2 * i + 1]
        done += size
        use(this.#physical.subarray(offset, offset + size))
      }
      if (done >= length) break
      if (pairs === runs.length / 2) continue
      if (!this.#isThere(address + done, access)) break
    }
    return done
  }
}
