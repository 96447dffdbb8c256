/** Where code is: the executable mappings of a process with the symbols of their files. */

import type { Proc } from '../native/proc.ts'
import { PROT_EXEC } from '../native/uvm/entry.ts'
import type { CodeLocation, CodeSpace } from './backtrace.ts'
import { DebugInfo } from './dwarf/debug-info.ts'
import type { FrameContext } from './dwarf/expression.ts'
import { type CodeOfLine, LineTable, readLines } from './dwarf/line-table.ts'
import { namesMeant } from './dwarf/paths.ts'
import { type Caller, type Registers, readUnwindTable, UnwindTable } from './dwarf/unwind.ts'
import type { FunctionLocation } from './protocol.ts'
import { readSymbols, SymbolTable } from './symbols.ts'

/** Files beyond this are not searched for symbols. */
const LARGEST_FILE = 256 << 20
const NO_SYMBOLS = new SymbolTable([], [])
const NO_LINES = new LineTable()
const NO_INFO = new DebugInfo(new Uint8Array(0))
const NO_UNWINDING = new UnwindTable()

interface CodeRange {
  readonly start: number
  readonly end: number
  readonly module: string
  readonly symbols: SymbolTable
  /** Address in memory minus address in the file. */
  readonly bias: number
}

/** What one kind of reader has made of each file: read once a session, as files seldom change while they run. */
class FileCache<T> {
  readonly #byPath = new Map<string, T>()
  readonly #readFile: (path: string) => Uint8Array | undefined
  readonly #make: (file: Uint8Array) => T
  readonly #none: T

  constructor(readFile: (path: string) => Uint8Array | undefined, make: (file: Uint8Array) => T, none: T) {
    this.#readFile = readFile
    this.#make = make
    this.#none = none
  }

  of(path: string): T {
    const known = this.#byPath.get(path)
    if (known !== undefined) return known
    const file = path.startsWith('/') ? this.#readFile(path) : undefined
    const made = file === undefined || file.length > LARGEST_FILE ? this.#none : this.#make(file)
    this.#byPath.set(path, made)
    return made
  }
}

/** What the files say of their code, by path. */
export class SymbolCache {
  readonly #tables: FileCache<SymbolTable>
  readonly #lines: FileCache<LineTable>
  readonly #info: FileCache<DebugInfo>
  readonly #unwinding: FileCache<UnwindTable>

  constructor(readFile: (path: string) => Uint8Array | undefined) {
    this.#tables = new FileCache(readFile, readSymbols, NO_SYMBOLS)
    this.#lines = new FileCache(readFile, readLines, NO_LINES)
    this.#info = new FileCache(readFile, file => new DebugInfo(file), NO_INFO)
    this.#unwinding = new FileCache(readFile, readUnwindTable, NO_UNWINDING)
  }

  of(path: string): SymbolTable {
    return this.#tables.of(path)
  }

  /** Where the code of a file comes from, if it says so. */
  linesOf(path: string): LineTable {
    return this.#lines.of(path)
  }

  /** Its functions, variables and types. */
  infoOf(path: string): DebugInfo {
    return this.#info.of(path)
  }

  /** How its functions are left. */
  unwindingOf(path: string): UnwindTable {
    return this.#unwinding.of(path)
  }
}

/** The file that code comes from. */
export interface CodeFile {
  readonly info: DebugInfo
  readonly unwinding: UnwindTable
  /** Address in memory minus address in the file. */
  readonly bias: number
}

/** What an expression about a frame's registers may ask. */
function bareContext(code: CodeSpace, registers: Registers): FrameContext {
  return {
    register: number => registers[number],
    read: (address, length) => code.read(address, length),
    bias: 0,
    frameBase: () => undefined,
    cfa: () => undefined,
    indexed: () => undefined,
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

  /** The file that the code at an address comes from. */
  fileAt(address: number): CodeFile | undefined {
    const range = this.#ranges.find(r => address >= r.start && address < r.end)
    if (range === undefined) return undefined
    const [info, unwinding] = [this.#cache.infoOf(range.module), this.#cache.unwindingOf(range.module)]
    return { info, unwinding, bias: range.bias }
  }

  /** Those of all that is mapped. */
  *files(): Generator<CodeFile> {
    for (const { module, bias } of this.#ranges)
      yield { info: this.#cache.infoOf(module), unwinding: this.#cache.unwindingOf(module), bias }
  }

  caller(address: number, registers: Registers): Caller | 'nobody' | undefined {
    const file = this.fileAt(address)
    return file?.unwinding.caller(address - file.bias, registers, bareContext(this, registers))
  }

  withFrameAddress(address: number, registers: Registers, cfa: bigint): Registers {
    const file = this.fileAt(address)
    return file?.unwinding.withFrameAddress(address - file.bias, registers, cfa) ?? registers
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
