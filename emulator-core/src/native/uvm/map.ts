/** The ordered, non-overlapping entries of an address space: struct vm_map (sys/uvm/uvm_map.c). Knows nothing of page tables. */
import { continues, type MapEntry, offsetAt } from './entry.ts'

export class VmMap {
  readonly entries: MapEntry[] = []

  /** Index of the first entry that ends behind `address`. */
  #indexAt(address: number): number {
    let low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.entries[middle].end <= address) low = middle + 1
      else high = middle
    }
    return low
  }

  /** uvm_map_lookup_entry: the entry that holds an address. */
  lookup(address: number): MapEntry | undefined {
    const e = this.entries[this.#indexAt(address)]
    return e !== undefined && e.start <= address ? e : undefined
  }

  /** The entry above a free address, and the one below it. */
  around(address: number): { readonly above: MapEntry | undefined; readonly below: MapEntry | undefined } {
    const i = this.#indexAt(address)
    return { above: this.entries[i], below: this.entries[i - 1] }
  }

  /** The entries that touch a range, in order. */
  within(start: number, end: number): MapEntry[] {
    const found: MapEntry[] = []
    if (start >= end) return found
    for (let i = this.#indexAt(start); i < this.entries.length && this.entries[i].start < end; i++)
      found.push(this.entries[i])
    return found
  }

  isFree(start: number, end: number): boolean {
    const e = this.entries[this.#indexAt(start)]
    return e === undefined || e.start >= end
  }

  /** Whether every byte of a range is mapped. */
  covers(start: number, end: number): boolean {
    let at = start
    for (let i = this.#indexAt(start); at < end; i++) {
      const e = this.entries[i]
      if (e === undefined || e.start > at) return false
      at = e.end
    }
    return true
  }

  /** Where a range first has a hole, or an entry that does not satisfy; its end if it has neither. */
  reach(start: number, end: number, satisfies: (e: MapEntry) => boolean): number {
    let at = start
    for (let i = this.#indexAt(start); at < end; i++) {
      const e = this.entries[i]
      if (e === undefined || e.start > at || !satisfies(e)) return at
      at = e.end
    }
    return end
  }

  /** Bytes of a range that are mapped. */
  mappedBytes(start: number, end: number): number {
    return this.within(start, end).reduce((sum, e) => sum + Math.min(end, e.end) - Math.max(start, e.start), 0)
  }

  /** Whether an entry goes on across `address`, so that a change beginning or ending there needs one entry more. */
  crosses(address: number): boolean {
    const e = this.lookup(address)
    return e !== undefined && e.start < address
  }

  /** Splits so that no entry crosses `address` (uvm_map_clip_start). The new half refers to the same object. */
  clip(address: number): void {
    const i = this.#indexAt(address)
    const e = this.entries[i]
    if (e === undefined || e.start >= address) return
    const tail: MapEntry = { ...e, start: address, offset: offsetAt(e, address) }
    e.end = address
    e.object?.attach(e.shared && (e.maxProt & 2) !== 0)
    this.entries.splice(i + 1, 0, tail)
  }

  /** Takes out what is in a range, split at its ends; the caller lets go of the objects. */
  remove(start: number, end: number): MapEntry[] {
    if (start >= end) return []
    this.clip(start)
    this.clip(end)
    const first = this.#indexAt(start)
    let last = first
    while (last < this.entries.length && this.entries[last].end <= end) last++
    return this.entries.splice(first, last - first)
  }

  insert(entry: MapEntry): void {
    const i = this.#indexAt(entry.start)
    this.entries.splice(i, 0, entry)
    this.#mergeAround(i)
  }

  /** Joins an entry with equal neighbours; each join gives back one hold on the object. */
  #mergeAround(i: number): void {
    this.#joinWithNext(i)
    if (i > 0) this.#joinWithNext(i - 1)
  }

  #joinWithNext(i: number): void {
    const a = this.entries[i]
    const b = this.entries[i + 1]
    if (b === undefined || !continues(a, b)) return
    a.end = b.end
    this.entries.splice(i + 1, 1)
    b.object?.detach(b.shared && (b.maxProt & 2) !== 0)
  }

  /** The highest free range of `length` bytes that ends at or below `top` and starts at or above `bottom`; undefined if there is none. */
  findSpace(length: number, bottom: number, top: number): number | undefined {
    let end = top
    for (let i = this.#indexAt(top - 1); i >= 0; i--) {
      const e = this.entries[i]
      if (e !== undefined && e.start < end) {
        if (e.end < end && end - e.end >= length) return end - length
        end = Math.min(end, e.start)
      }
    }
    return end - length >= bottom ? end - length : undefined
  }
}
