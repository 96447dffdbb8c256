/** Pages that are not there for a reason, by ranges: Linux keeps such marks in the page table (mm/swapops.h, pte_marker). */
import { ENOMEM } from '../errno.ts'

/** `guard`: touching it is SIGSEGV (MADV_GUARD_INSTALL); `poison`: SIGBUS, as if the memory had broken (UFFDIO_POISON). */
export type Mark = 'guard' | 'poison'

interface Range {
  readonly start: number
  readonly end: number
  readonly mark: Mark
}

/** Ranges of one address space, each of which costs the host some memory. */
const MOST_RANGES = 65_536

export class PageMarks {
  #ranges: readonly Range[] = []
  readonly #most: number

  constructor(most = MOST_RANGES) {
    this.#most = most
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0
  }

  at(address: number): Mark | undefined {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#ranges[middle].end <= address) low = middle + 1
      else high = middle
    }
    const r = this.#ranges[low]
    return r !== undefined && r.start <= address ? r.mark : undefined
  }

  /** Before a change that may divide a range, as taking a mark from its middle does too. @throws ENOMEM */
  checkRoom(): void {
    if (this.#ranges.length >= this.#most) throw ENOMEM
  }

  set(start: number, end: number, mark: Mark): void {
    this.clear(start, end)
    const ranges = [...this.#ranges, { start, end, mark }].sort((a, b) => a.start - b.start)
    this.#ranges = ranges.reduce<Range[]>((joined, r) => {
      const last = joined.at(-1)
      if (last?.end === r.start && last.mark === r.mark) joined[joined.length - 1] = { ...last, end: r.end }
      else joined.push(r)
      return joined
    }, [])
  }

  /** Takes the marks of one kind, or all, from a range. */
  clear(start: number, end: number, mark?: Mark): void {
    if (this.isEmpty) return
    this.#ranges = this.#ranges.flatMap(r => {
      if (r.end <= start || r.start >= end || (mark !== undefined && r.mark !== mark)) return [r]
      const before = r.start < start ? [{ ...r, end: start }] : []
      const behind = r.end > end ? [{ ...r, start: end }] : []
      return [...before, ...behind]
    })
  }

  /** The marks go with the pages. */
  move(from: number, to: number, length: number): void {
    const moved = this.#ranges.filter(r => r.start < from + length && r.end > from)
    this.clear(from, from + length)
    for (const r of moved)
      this.set(Math.max(r.start, from) - from + to, Math.min(r.end, from + length) - from + to, r.mark)
  }

  copy(): PageMarks {
    const copy = new PageMarks(this.#most)
    copy.#ranges = this.#ranges
    return copy
  }
}
