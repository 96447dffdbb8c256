/** Which line of a source each piece of a program's code comes from, and where the code of a line is. */
import { readLineProgram, type TakeRow } from './line-program.ts'
import { Reader } from './reader.ts'
import { readSections } from './sections.ts'

export interface Line {
  /** As the compiler names it: absolute, or relative to where it was started. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** A line's code without a gap; addresses as in the file, the end is not a part of it. */
export interface CodeOfLine extends Line {
  readonly start: number
  readonly end: number
}

/** A file that says it has more is not believed. */
const MOST_PIECES = 8_000_000

/** All pieces, in columns: a large program has a million. */
class Pieces {
  readonly files: string[] = []
  readonly starts: number[] = []
  readonly ends: number[] = []
  /** Index into `files`. */
  readonly fileOf: number[] = []
  readonly lines: number[] = []
  readonly statements: boolean[] = []
  readonly #numbers = new Map<string, number>()

  numberOf(file: string): number {
    const known = this.#numbers.get(file)
    if (known !== undefined) return known
    const number = this.files.push(file) - 1
    this.#numbers.set(file, number)
    return number
  }

  add(start: number, end: number, file: number, line: number, isStatement: boolean): void {
    if (this.starts.length >= MOST_PIECES) return
    this.starts.push(start)
    this.ends.push(end)
    this.fileOf.push(file)
    this.lines.push(line)
    this.statements.push(isStatement)
  }
}

export class LineTable {
  readonly #pieces: Pieces
  /** By address. */
  readonly #order: Uint32Array

  constructor(pieces = new Pieces()) {
    const { starts } = pieces
    this.#pieces = pieces
    this.#order = Uint32Array.from(starts.keys()).sort((a, b) => starts[a] - starts[b])
  }

  get isEmpty(): boolean {
    return this.#order.length === 0
  }

  /** Undefined where nothing is known. */
  at(address: number): CodeOfLine | undefined {
    const { starts, ends, lines, files, fileOf } = this.#pieces
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (starts[this.#order[middle]] <= address) low = middle + 1
      else high = middle
    }
    const i = this.#order[low - 1]
    if (i === undefined || address >= ends[i] || lines[i] <= 0) return undefined
    return { file: files[fileOf[i]], line: lines[i], start: starts[i], end: ends[i] }
  }

  /** Where the code goes on behind the piece at an address, if that is a statement. */
  behind(address: number): number | undefined {
    const end = this.at(address)?.end
    const next = end === undefined ? undefined : this.at(end)
    return next?.start === end ? end : undefined
  }

  get files(): readonly string[] {
    return this.#pieces.files
  }

  /** The first line from `line` on that has code in one of the files, and where its pieces begin. */
  from(
    wanted: ReadonlySet<string>,
    line: number,
  ): { readonly line: number; readonly starts: readonly number[] } | undefined {
    const { files, fileOf, lines, starts, statements } = this.#pieces
    const isWanted = files.map(file => wanted.has(file))
    let found = { line: Number.POSITIVE_INFINITY, starts: [] as number[] }
    lines.forEach((each, i) => {
      if (each < line || each > found.line || !statements[i] || !isWanted[fileOf[i]]) return
      if (each < found.line) found = { line: each, starts: [] }
      found.starts.push(starts[i])
    })
    return found.starts.length === 0 ? undefined : found
  }
}

const SECTIONS = ['.debug_line', '.debug_line_str', '.debug_str']

/** Empty for a file without debug information. */
export function readLines(file: Uint8Array): LineTable {
  const pieces = new Pieces()
  const sections = readSections(file, SECTIONS)
  const bytes = sections.get('.debug_line')
  const reader = new Reader(bytes ?? new Uint8Array(0))
  while (!reader.isAtEnd) {
    const before = reader.at
    try {
      readLineProgram(reader, sections, paths => collector(pieces, paths))
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
    if (reader.at <= before) break
  }
  return new LineTable(pieces)
}

/** Makes pieces out of rows: each is from its address to the next one's. */
function collector(pieces: Pieces, paths: readonly (string | undefined)[]): TakeRow {
  const numbers = paths.map(path => (path === undefined ? undefined : pieces.numberOf(plainPath(path))))
  const last = { address: 0, file: undefined as number | undefined, line: 0, isStatement: false }
  let isBegun = false
  // What the linker has thrown away begins at 0.
  let isThere = false
  return (address, file, line, isStatement, isEnd) => {
    if (!isBegun) isThere = address !== 0
    else if (isThere && last.file !== undefined && address > last.address)
      pieces.add(last.address, address, last.file, last.line, last.isStatement)
    // Several rows may stand for one address: the last tells the line, any of the same line whether it is a statement.
    const isSame = isBegun && address === last.address && line === last.line && numbers[file] === last.file
    last.isStatement = isStatement || (isSame && last.isStatement)
    last.address = address
    last.file = numbers[file]
    last.line = line
    isBegun = !isEnd
  }
}

/** Without `.` and `..`. */
function plainPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/')
}
