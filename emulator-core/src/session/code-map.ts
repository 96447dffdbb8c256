/** Where code is: the executable mappings of a process with the symbols of their files. */

import type { Proc } from '../native/proc.ts'
import { PROT_EXEC } from '../native/uvm/entry.ts'
import type { CodeLocation, CodeSpace } from './backtrace.ts'
import { type CodeOfLine, LineTable, readLines } from './dwarf/line-table.ts'
import { namesMeant } from './dwarf/paths.ts'
import type { FunctionLocation } from './protocol.ts'
import { readSymbols, SymbolTable } from './symbols.ts'

/** Files beyond this are not searched for symbols. */
const LARGEST_FILE = 256 << 20
const NO_SYMBOLS = new SymbolTable([], [])
const NO_LINES = new LineTable()

interface CodeRange {
  readonly start: number
  readonly end: number
  readonly module: string
  readonly symbols: SymbolTable
  /** Address in memory minus address in the file. */
  readonly bias: number
}

/** Symbol tables by path: read once a session, as files seldom change while they run. */
export class SymbolCache {
  readonly #tables = new Map<string, SymbolTable>()
  readonly #lines = new Map<string, LineTable>()
  readonly #readFile: (path: string) => Uint8Array | undefined

  constructor(readFile: (path: string) => Uint8Array | undefined) {
    this.#readFile = readFile
  }

  of(path: string): SymbolTable {
    const known = this.#tables.get(path)
    if (known !== undefined) return known
    const file = path.startsWith('/') ? this.#readFile(path) : undefined
    const table = file === undefined || file.length > LARGEST_FILE ? NO_SYMBOLS : readSymbols(file)
    this.#tables.set(path, table)
    return table
  }

  /** Where the code of a file comes from, if it says so. */
  linesOf(path: string): LineTable {
    const known = this.#lines.get(path)
    if (known !== undefined) return known
    const file = path.startsWith('/') ? this.#readFile(path) : undefined
    const table = file === undefined || file.length > LARGEST_FILE ? NO_LINES : readLines(file)
    this.#lines.set(path, table)
    return table
  }
}

export class CodeMap implements CodeSpace {
  readonly #proc: Proc
  readonly #cache: SymbolCache
  readonly #ranges: readonly CodeRange[]

  constructor(proc: Proc, cache: SymbolCache) {
    this.#proc = proc
    this.#cache = cache
    const ranges: CodeRange[] = []
    for (const m of proc.vm.mappings()) {
      if ((m.prot & PROT_EXEC) === 0) continue
      const symbols = cache.of(m.name)
      const inFile = symbols.addressOfOffset(m.offset)
      ranges.push({
        start: m.start,
        end: m.end,
        module: m.name,
        symbols,
        bias: inFile === undefined ? 0 : m.start - inFile,
      })
    }
    this.#ranges = ranges
  }

  read(address: number, length: number): Uint8Array {
    const memory = this.#proc.vm.memory
    try {
      return memory.copyin(address, length)
    } catch {
      const toPageEnd = 4096 - (address % 4096)
      return length <= toPageEnd ? new Uint8Array(0) : this.#readPages(address, length)
    }
  }

  /** As many whole pages as there are before one that cannot be read. */
  #readPages(address: number, length: number): Uint8Array {
    const parts: Uint8Array[] = []
    let at = address
    while (at < address + length) {
      const size = Math.min(4096 - (at % 4096), address + length - at)
      const part = this.read(at, size)
      if (part.length < size) break
      parts.push(part)
      at += size
    }
    return Uint8Array.from(parts.flatMap(p => [...p]))
  }

  locate(address: number): CodeLocation | undefined {
    const range = this.#ranges.find(r => address >= r.start && address < r.end)
    if (range === undefined) return undefined
    const symbol = range.symbols.at(address - range.bias)
    const start = symbol === undefined ? address : symbol.address + range.bias
    return { module: range.module, symbol: symbol?.name, start, end: start + (symbol?.size ?? 0) }
  }

  /** Where functions begin between two addresses. Ascending. */
  functionsWithin(start: number, end: number): number[] {
    return this.#ranges
      .flatMap(range => {
        const [from, to] = [Math.max(start, range.start), Math.min(end, range.end)]
        return from < to ? range.symbols.starts(from - range.bias, to - range.bias).map(at => at + range.bias) : []
      })
      .sort((a, b) => a - b)
  }

  /** The line that the code at an address comes from; addresses in memory. */
  lineAt(address: number): CodeOfLine | undefined {
    const range = this.#ranges.find(r => address >= r.start && address < r.end)
    const line = range === undefined ? undefined : this.#cache.linesOf(range.module).at(address - range.bias)
    if (range === undefined || line === undefined) return undefined
    return { ...line, start: line.start + range.bias, end: line.end + range.bias }
  }

  /**
   * Where to stop for a line of a source that the user has at `path`: the first line from there on that has code. Once in each function; behind
   * the instructions with which a function begins, as the arguments are not in their places before.
   */
  placesOfLine(
    path: string,
    line: number,
  ): { readonly line: number; readonly addresses: readonly number[] } | undefined {
    const found: { line: number; addresses: number[] }[] = []
    for (const { start, end, module, symbols, bias } of this.#ranges) {
      const lines = this.#cache.linesOf(module)
      if (lines.isEmpty) continue
      const place = lines.from(namesMeant(path, lines.files), line)
      if (place === undefined) continue
      const byFunction = new Map<number, number>()
      for (const at of place.starts) {
        const entry = symbols.at(at)?.address ?? at
        const body = at === entry ? (lines.behind(at) ?? at) : at
        byFunction.set(entry, Math.min(byFunction.get(entry) ?? body, body))
      }
      const addresses = [...byFunction.values()].map(at => at + bias).filter(at => at >= start && at < end)
      if (addresses.length > 0) found.push({ line: place.line, addresses })
    }
    const first = Math.min(...found.map(each => each.line))
    const there = found.filter(each => each.line === first)
    return there.length === 0 ? undefined : { line: first, addresses: there.flatMap(each => each.addresses) }
  }

  /** Where functions of this name (a trailing `*` stands for any ending) are in memory. */
  functions(name: string): FunctionLocation[] {
    const found = new Map<number, FunctionLocation>()
    for (const range of this.#ranges) {
      const names = name.endsWith('*') ? [...range.symbols.names].filter(n => n.startsWith(name.slice(0, -1))) : [name]
      for (const each of names) {
        const symbol = range.symbols.named(each)
        if (symbol === undefined) continue
        const address = symbol.address + range.bias
        if (address >= range.start && address < range.end)
          found.set(address, { address, name: each, module: range.module })
      }
    }
    return [...found.values()]
  }
}
