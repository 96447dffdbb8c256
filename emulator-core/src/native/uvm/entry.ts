/** One range of an address space: struct vm_map_entry (sys/uvm/uvm_map.h). */
import { type MemoryPolicy, samePolicy } from './memory-policy.ts'
import type { UvmObject } from './object.ts'
import type { Paging } from './user-pager.ts'

export const PROT_NONE = 0
export const PROT_READ = 1
export const PROT_WRITE = 2
export const PROT_EXEC = 4

export interface MapEntry {
  start: number
  end: number
  /** PROT_ bits in force, and the most that mprotect may give. */
  prot: number
  maxProt: number
  /** MAP_SHARED: writes are seen by others, and fork shares it. */
  shared: boolean
  /** What is behind it; undefined: private anonymous memory, zero until written. */
  object: UvmObject | undefined
  /** Bytes from the object's start. */
  offset: number
  /** For anonymous ranges: [heap], [stack] or nothing. */
  name: string
  /** What a child gets of it (minherit(2)): MAP_INHERIT_COPY (or shares it), _NONE, _ZERO. */
  inherit: 'copy' | 'none' | 'zero'
  /** A stack: a touch below it makes it larger. */
  growsDown: boolean
  /** mlock(2). No page of a guest is ever paged out, so that it is only counted. */
  locked: boolean
  /** It stays as it is until the process ends (Linux: mseal(2)). */
  sealed: boolean
  /** A program brings in its pages. */
  paging: Paging | undefined
  /** Where its pages are to come from. */
  policy: MemoryPolicy
}

/** Bytes from the object's start as a position that goes on within an entry: private anonymous memory has none. */
export function offsetAt(e: MapEntry, address: number): number {
  return e.object === undefined ? 0 : e.offset + (address - e.start)
}

/** Whether `b` simply continues `a`, so that one entry can stand for both. */
export function continues(a: MapEntry, b: MapEntry): boolean {
  return (
    a.end === b.start &&
    a.prot === b.prot &&
    a.maxProt === b.maxProt &&
    a.shared === b.shared &&
    a.object === b.object &&
    a.object?.separate !== true &&
    a.name === b.name &&
    a.inherit === b.inherit &&
    a.growsDown === b.growsDown &&
    a.locked === b.locked &&
    a.sealed === b.sealed &&
    a.paging === b.paging &&
    samePolicy(a.policy, b.policy) &&
    offsetAt(a, a.end) === b.offset
  )
}
