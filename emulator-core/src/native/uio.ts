/**
 * A scatter-gather transfer between a file and memory. NetBSD: struct uio, sys/kern/subr_copy.c:uiomove.
 * The kernel's side hands over bytes (`write`, for reads of a file) or takes them (`read`, for writes to one); host files move theirs straight
 * into the guest's frames by `segments`.
 */
import { ACCESS_READ, ACCESS_WRITE } from '../machine/access.ts'
import { EFAULT } from './errno.ts'
import type { UserMemory } from './user-memory.ts'

export interface IoVec {
  readonly base: number
  readonly length: number
}

/** `in`: from the file into memory (UIO_READ); `out`: from memory into the file (UIO_WRITE). */
export type UioDirection = 'in' | 'out'

export interface Uio {
  /** Where in the file; undefined: at the file's own offset, which the transfer moves on. */
  readonly offset: number | undefined
  readonly direction: UioDirection
  /** Bytes still to move. */
  readonly resid: number
  /** Moves bytes of the kernel's into the memory; the count, less than given only when the memory is full. @throws EFAULT if not even one could be moved because of a bad address. */
  write(bytes: Uint8Array): number
  /** Moves bytes of the memory to the kernel; fills `into` as far as there are any. @throws EFAULT as above. */
  read(into: Uint8Array): number
  /** Direct views of up to `max` bytes of the memory still to be filled or taken; call `advance` with what was used. @throws EFAULT. */
  segments(max: number): Uint8Array[]
  advance(count: number): void
  /** Nothing is moved behind the next `count` bytes. */
  shorten(count: number): void
}

/** A transfer with a guest's memory. */
export class UserUio implements Uio {
  readonly offset: number | undefined
  readonly direction: UioDirection
  resid: number
  readonly #memory: UserMemory
  readonly #vectors: readonly IoVec[]
  #vector = 0
  #within = 0
  /** All that is to be taken is there. */
  #isReadable = false
  /** Of the segments handed out last, those that stand for pages which a program brings in: from which byte on. */
  #standIns: { readonly at: number; readonly address: number; readonly bytes: Uint8Array }[] = []

  constructor(memory: UserMemory, vectors: readonly IoVec[], direction: UioDirection, offset?: number) {
    this.#memory = memory
    this.#vectors = vectors
    this.direction = direction
    this.offset = offset
    this.resid = 0
    for (const v of vectors) this.resid += v.length
  }

  write(bytes: Uint8Array): number {
    return this.#move(bytes, (at, length, done) => this.#memory.copyoutPartial(at, bytes, done, length))
  }

  read(into: Uint8Array): number {
    return this.#move(into, (at, length, done) => this.#memory.copyinPartial(at, into, done, length))
  }

  #move(bytes: Uint8Array, copy: (address: number, length: number, done: number) => number): number {
    this.#requireReadable()
    this.#standIns = []
    const moved = this.#walk(bytes.length, copy)
    this.advance(moved)
    return moved
  }

  segments(max: number): Uint8Array[] {
    const list: Uint8Array[] = []
    this.#requireReadable()
    this.#standIns = []
    this.#walk(max, (address, length, done) => this.#segments(list, address, length, done))
    return list
  }

  #segments(list: Uint8Array[], address: number, length: number, before: number): number {
    const access = this.direction === 'in' ? ACCESS_WRITE : ACCESS_READ
    let done = 0
    for (;;) {
      done += this.#memory.forEachRun(address + done, length - done, access, run => list.push(run))
      if (done === length || access === ACCESS_READ) return done
      const bytes = this.#memory.standIn(address + done, length - done)
      if (bytes === undefined) return done
      this.#standIns.push({ at: before + done, address: address + done, bytes })
      list.push(bytes)
      done += bytes.length
    }
  }

  /** Once: what was taken cannot be put back when the rest has to be waited for. @throws PageWait */
  #requireReadable(): void {
    if (this.#isReadable || this.direction === 'in') return
    for (const { base, length } of this.#vectors) this.#memory.requireReadable(base, length)
    this.#isReadable = true
  }

  advance(count: number): void {
    for (const { at, address, bytes } of this.#standIns)
      if (at < count) this.#memory.copyout(address, bytes.subarray(0, count - at))
    this.#standIns = []
    this.resid -= count
    let left = count
    while (left > 0) {
      const v = this.#vectors[this.#vector]
      const room = v.length - this.#within
      if (left < room) {
        this.#within += left
        return
      }
      left -= room
      this.#vector++
      this.#within = 0
    }
  }

  shorten(count: number): void {
    this.resid = Math.min(this.resid, count)
  }

  /** Visits the pieces of up to `max` bytes until one is not moved whole; the count. @throws EFAULT if not even one byte was moved. */
  #walk(max: number, move: (address: number, length: number, done: number) => number): number {
    let want = Math.min(max, this.resid)
    let total = 0
    let within = this.#within
    for (let i = this.#vector; want > 0; i++) {
      const v = this.#vectors[i]
      const size = Math.min(want, v.length - within)
      const got = move(v.base + within, size, total)
      total += got
      want -= got
      within = 0
      if (got < size) {
        if (total === 0) throw EFAULT
        break
      }
    }
    return total
  }
}

/** A transfer with bytes of the kernel's own: loading an executable, filling /proc files, copying between files. */
export class KernelUio implements Uio {
  readonly offset: number | undefined
  readonly direction: UioDirection
  #bytes: Uint8Array
  #done = 0

  constructor(bytes: Uint8Array, direction: UioDirection, offset?: number) {
    this.#bytes = bytes
    this.direction = direction
    this.offset = offset
  }

  get resid(): number {
    return this.#bytes.length - this.#done
  }

  write(bytes: Uint8Array): number {
    const n = Math.min(bytes.length, this.resid)
    this.#bytes.set(bytes.subarray(0, n), this.#done)
    this.#done += n
    return n
  }

  read(into: Uint8Array): number {
    const n = Math.min(into.length, this.resid)
    into.set(this.#bytes.subarray(this.#done, this.#done + n))
    this.#done += n
    return n
  }

  segments(max: number): Uint8Array[] {
    return [this.#bytes.subarray(this.#done, this.#done + Math.min(max, this.resid))]
  }

  shorten(count: number): void {
    this.#bytes = this.#bytes.subarray(0, this.#done + Math.min(count, this.resid))
  }

  advance(count: number): void {
    this.#done += count
  }
}
