/** Function names of an ELF file: the System V ABI's .symtab and .dynsym. A damaged table yields fewer names, never an error. */

export interface Symbol {
  readonly name: string
  /** As in the file, before the load bias. */
  readonly address: number
  /** Bytes; 0 where the assembler gave none. */
  readonly size: number
  /** Where its section ends: what is behind it is none of the symbol's. */
  readonly limit: number
}

export interface Segment {
  readonly offset: number
  readonly address: number
  readonly fileSize: number
}

const SHT_SYMTAB = 2
const SHT_DYNSYM = 11
const STT_FUNC = 2
const STT_NOTYPE = 0
const STT_GNU_IFUNC = 10
const PT_LOAD = 1
const SYMBOL_BYTES = 24
const MOST_SECTIONS = 10_000
const latin1 = new TextDecoder('latin1')

export class SymbolTable {
  /** By address, ascending; one for each address. */
  readonly #symbols: readonly Symbol[]
  readonly #byName = new Map<string, Symbol>()
  readonly segments: readonly Segment[]

  constructor(symbols: readonly Symbol[], segments: readonly Segment[]) {
    const byAddress = new Map<number, Symbol>()
    for (const s of symbols) {
      if (!this.#byName.has(s.name)) this.#byName.set(s.name, s)
      const old = byAddress.get(s.address)
      if (old === undefined || isPlainer(s, old)) byAddress.set(s.address, s)
    }
    this.#symbols = [...byAddress.values()].sort((a, b) => a.address - b.address)
    this.segments = segments
  }

  /** The function that covers an address (as in the file). */
  at(address: number): Symbol | undefined {
    const s = this.#symbols[this.#behind(address) - 1]
    if (s === undefined) return undefined
    return address < (s.size === 0 ? s.limit : s.address + s.size) ? s : undefined
  }

  /** The addresses of functions from `start` up to `end`, which is not one of them. */
  starts(start: number, end: number): number[] {
    return this.#symbols.slice(this.#behind(start - 1), this.#behind(end - 1)).map(({ address }) => address)
  }

  /** How many functions begin at an address or before it. */
  #behind(address: number): number {
    let low = 0
    let high = this.#symbols.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#symbols[middle].address <= address) low = middle + 1
      else high = middle
    }
    return low
  }

  named(name: string): Symbol | undefined {
    return this.#byName.get(name)
  }

  get names(): Iterable<string> {
    return this.#byName.keys()
  }

  /** The address in the file of a byte at a file offset. */
  addressOfOffset(offset: number): number | undefined {
    for (const s of this.segments)
      if (offset >= s.offset && offset < s.offset + s.fileSize) return s.address + offset - s.offset
    // A mapping begins on a page, the segment perhaps in the middle of it.
    for (const s of this.segments)
      if (offset >= s.offset - (s.offset % 4096) && offset < s.offset) return s.address - (s.offset - offset)
    return undefined
  }
}

/** Of several names for one address, the one with a size, then with fewer underscores in front. */
function isPlainer(a: Symbol, b: Symbol): boolean {
  if ((a.size === 0) !== (b.size === 0)) return a.size !== 0
  return underscores(a.name) < underscores(b.name)
}

const underscores = (name: string) => name.length - name.replace(/^_+/, '').length

/** Reads the tables of a 64-bit little-endian ELF file; an empty table for anything else. */
export function readSymbols(file: Uint8Array): SymbolTable {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < 64 || view.getUint32(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1)
    return new SymbolTable([], [])
  const symbols: Symbol[] = []
  const sections = tableAt(view, 0x28, 0x3a, 0x3c, 64)
  for (const at of sections) {
    const type = view.getUint32(at + 4, true)
    if (type !== SHT_SYMTAB && type !== SHT_DYNSYM) continue
    const names = sections[view.getUint32(at + 40, true)]
    if (names !== undefined)
      readTable(file, view, { table: rangeOf(view, at), names: rangeOf(view, names), sections }, symbols)
  }
  return new SymbolTable(symbols, readSegments(view))
}

interface Range {
  readonly start: number
  readonly end: number
}

/** A section's bytes in the file, cut to the file's end. */
function rangeOf(view: DataView, header: number): Range {
  const start = Math.min(number64(view, header + 24), view.byteLength)
  return { start, end: Math.min(start + number64(view, header + 32), view.byteLength) }
}

/** Of a section. */
function endInMemory(view: DataView, header: number | undefined): number {
  return header === undefined ? Number.POSITIVE_INFINITY : number64(view, header + 16) + number64(view, header + 32)
}

/** Offsets of the entries of a header table that lie within the file. */
function tableAt(view: DataView, offsetAt: number, sizeAt: number, countAt: number, least: number): number[] {
  const start = number64(view, offsetAt)
  const size = view.getUint16(sizeAt, true)
  const count = Math.min(view.getUint16(countAt, true), MOST_SECTIONS)
  if (start === 0 || size < (least === 64 ? 64 : 56)) return []
  const entries: number[] = []
  for (let i = 0; i < count && start + (i + 1) * size <= view.byteLength; i++) entries.push(start + i * size)
  return entries
}

interface Tables {
  readonly table: Range
  /** Of the symbols. */
  readonly names: Range
  /** Offsets of the headers of all sections. */
  readonly sections: readonly number[]
}

function readTable(file: Uint8Array, view: DataView, { table, names, sections }: Tables, into: Symbol[]): void {
  for (let at = table.start; at + SYMBOL_BYTES <= table.end; at += SYMBOL_BYTES) {
    const type = file[at + 4] & 0xf
    const section = view.getUint16(at + 6, true)
    if (section === 0 || section >= 0xff00) continue
    const size = number64(view, at + 16)
    if (type !== STT_FUNC && type !== STT_GNU_IFUNC && !(type === STT_NOTYPE && size === 0)) continue
    const name = stringAt(file, names, view.getUint32(at, true))
    if (name === '' || name.startsWith('$')) continue
    into.push({ name, address: number64(view, at + 8), size, limit: endInMemory(view, sections[section]) })
  }
}

function stringAt(file: Uint8Array, names: Range, offset: number): string {
  const start = names.start + offset
  if (start >= names.end) return ''
  const end = file.indexOf(0, start)
  return latin1.decode(file.subarray(start, end < 0 || end > names.end ? names.end : end))
}

function readSegments(view: DataView): Segment[] {
  const segments: Segment[] = []
  for (const at of tableAt(view, 0x20, 0x36, 0x38, 56)) {
    if (view.getUint32(at, true) !== PT_LOAD) continue
    segments.push({
      offset: number64(view, at + 8),
      address: number64(view, at + 16),
      fileSize: number64(view, at + 32),
    })
  }
  return segments
}

function number64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
}
