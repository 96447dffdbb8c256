/** One line number program of `.debug_line` (DWARF 2 to 5, section 6.2): which address comes from which line. */
import type { Reader } from './reader.ts'
import { type Sections, textAt } from './sections.ts'

/**
 * Told of each row of the table: an address as in the file, the number of a file, the line (from 1; 0: no line), whether it is a good place for a
 * breakpoint, and whether it is the first address behind a run of code.
 */
export type TakeRow = (address: number, file: number, line: number, isStatement: boolean, isEnd: boolean) => void

interface Header {
  readonly end: number
  readonly minimumLength: number
  readonly isStatement: boolean
  readonly lineBase: number
  readonly lineRange: number
  readonly opcodeBase: number
  readonly operands: readonly number[]
  /** Paths, by the number that the program uses. */
  readonly files: (string | undefined)[]
}

const LNCT_PATH = 1
const LNCT_DIRECTORY = 2

/**
 * Reads the program at the reader's place and leaves it behind that; `files`: given its paths by number before the first row.
 * @throws RangeError for a damaged one.
 */
export function readLineProgram(
  reader: Reader,
  sections: Sections,
  files: (paths: readonly (string | undefined)[]) => TakeRow,
): void {
  const length = reader.initialLength()
  const end = reader.at + length
  try {
    const header = readHeader(reader, end, sections)
    if (header.lineRange > 0) run(reader, header, files(header.files))
  } finally {
    reader.at = end
  }
}

function readHeader(reader: Reader, end: number, sections: Sections): Header {
  const version = reader.u16()
  if (version < 2 || version > 5) throw new RangeError(`line programs of version ${version} are not known`)
  if (version === 5) reader.at += 2
  const headerLength = reader.offset()
  const start = reader.at + headerLength
  const minimumLength = reader.u8()
  if (version >= 4) reader.at++
  const isStatement = reader.u8() !== 0
  const lineBase = reader.i8()
  const lineRange = reader.u8()
  const opcodeBase = reader.u8()
  const operands = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => reader.u8())
  const files = version === 5 ? newFiles(reader, sections) : oldFiles(reader)
  reader.at = start
  return { end, minimumLength, isStatement, lineBase, lineRange, opcodeBase, operands, files }
}

const joined = (directory: string | undefined, name: string): string =>
  name.startsWith('/') || directory === undefined || directory === '' ? name : `${directory}/${name}`

/** Before version 5: numbers from 1; directory 0 is the compiler's own, which stands elsewhere. */
function oldFiles(reader: Reader): (string | undefined)[] {
  const directories: (string | undefined)[] = [undefined]
  for (let name = reader.text(); name !== ''; name = reader.text()) directories.push(name)
  const files: (string | undefined)[] = [undefined]
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    files.push(joined(directories[reader.uleb()], name))
    reader.uleb()
    reader.uleb()
  }
  return files
}

function newFiles(reader: Reader, sections: Sections): string[] {
  const directories = entries(reader, sections).map(({ path }) => path)
  // All are relative to the first, where the compiler was started.
  const whole = directories.map(each => joined(directories[0], each))
  return entries(reader, sections).map(({ path, directory }) => joined(whole[directory] ?? directories[0], path))
}

function entries(reader: Reader, sections: Sections): { path: string; directory: number }[] {
  const formats = Array.from({ length: reader.u8() }, () => [reader.uleb(), reader.uleb()])
  const count = reader.uleb()
  const found: { path: string; directory: number }[] = []
  // Entries of nothing take no bytes: no end would stop them.
  if (formats.length === 0) return found
  for (let i = 0; i < count && !reader.isAtEnd; i++) {
    const entry = { path: '', directory: 0 }
    for (const [content, form] of formats) {
      const value = readForm(reader, form, sections)
      if (content === LNCT_PATH) entry.path = String(value)
      else if (content === LNCT_DIRECTORY) entry.directory = Number(value)
    }
    found.push(entry)
  }
  return found
}

/** DW_FORM_… of section 7.5.5, those that a line program may use. */
function readForm(reader: Reader, form: number, sections: Sections): string | number {
  const none = new Uint8Array(0)
  switch (form) {
    case 0x08:
      return reader.text()
    case 0x1f:
      return textAt(sections.get('.debug_line_str') ?? none, reader.offset())
    case 0x0e:
      return textAt(sections.get('.debug_str') ?? none, reader.offset())
    case 0x0f:
      return reader.uleb()
    case 0x0b:
      return reader.u8()
    case 0x05:
      return reader.u16()
    case 0x06:
      return reader.u32()
    case 0x07:
      return reader.u64()
    case 0x1e:
      reader.at += 16
      return 0
    case 0x09:
      reader.at += reader.uleb()
      return 0
    default:
      throw new RangeError(`form 0x${form.toString(16)} is not known`)
  }
}

/** Section 6.2.5: the state machine. */
function run(reader: Reader, header: Header, take: TakeRow): void {
  const { minimumLength, lineBase, lineRange, opcodeBase, operands } = header
  const initial = { address: 0, file: 1, line: 1, isStatement: header.isStatement }
  const state = { ...initial }
  const put = (isEnd: boolean) => take(state.address, state.file, state.line, state.isStatement, isEnd)
  while (reader.at < header.end) {
    const opcode = reader.u8()
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase
      state.address += Math.floor(adjusted / lineRange) * minimumLength
      state.line += lineBase + (adjusted % lineRange)
      put(false)
      continue
    }
    switch (opcode) {
      case 0: {
        const next = reader.uleb() + reader.at
        const extended = reader.u8()
        if (extended === 1) {
          put(true)
          Object.assign(state, initial)
        } else if (extended === 2) state.address = reader.u64()
        reader.at = next
        break
      }
      case 1:
        put(false)
        break
      case 2:
        state.address += reader.uleb() * minimumLength
        break
      case 3:
        state.line += reader.sleb()
        break
      case 4:
        state.file = reader.uleb()
        break
      case 6:
        state.isStatement = !state.isStatement
        break
      case 8:
        state.address += Math.floor((255 - opcodeBase) / lineRange) * minimumLength
        break
      case 9:
        state.address += reader.u16()
        break
      default:
        for (let i = 0; i < (operands[opcode - 1] ?? 0); i++) reader.uleb()
    }
  }
}
