/**
 * What a file is as a program, as far as its own bytes tell: a script, or what its ELF headers say. Shells execute the same few files again and
 * again; what was found out is kept while the file cannot have changed.
 */
import { EINVAL } from '../native/errno.ts'
import {
  type ElfHeader,
  HEADER_BYTES,
  malformed,
  PROGRAM_HEADER_BYTES,
  type ProgramHeader,
  PT_INTERP,
  parseHeader,
  parseProgramHeaders,
} from './elf.ts'
import type { ImageFile } from './image-file.ts'
import { parseScript, SCRIPT_LINE, type ScriptLine } from './script.ts'
import { type Layout, layoutOf } from './segments.ts'

const MAX_INTERPRETER_PATH = 4096

export interface Elf {
  readonly header: ElfHeader
  readonly headers: readonly ProgramHeader[]
  readonly layout: Layout
}

const known = new WeakMap<object, Program>()

export class Program {
  /** undefined: it is none. */
  readonly script: ScriptLine | undefined
  readonly #beginning: Uint8Array
  #elf: Elf | undefined
  #interpreter: string | undefined

  private constructor(file: ImageFile) {
    this.#beginning = file.read(0, SCRIPT_LINE)
    this.script = parseScript(this.#beginning)
  }

  static of(file: ImageFile): Program {
    const { contents } = file
    if (contents === undefined) return new Program(file)
    const program = known.get(contents) ?? new Program(file)
    known.set(contents, program)
    return program
  }

  /** @param file the same as ever. @throws ElfError */
  elf(file: ImageFile): Elf {
    this.#elf ??= readElf(file, this.#beginning)
    return this.#elf
  }

  /** The path of its program interpreter, one character a byte. @throws ElfError; EINVAL for more than one. */
  interpreter(file: ImageFile): string | undefined {
    this.#interpreter ??= interpreterOf(file, this.elf(file).headers)
    return this.#interpreter
  }
}

function readElf(file: ImageFile, beginning: Uint8Array): Elf {
  const header = parseHeader(beginning.subarray(0, HEADER_BYTES))
  const bytes = file.read(header.programHeaderOffset, header.programHeaderCount * PROGRAM_HEADER_BYTES)
  const headers = parseProgramHeaders(bytes, header.programHeaderCount)
  return { header, headers, layout: layoutOf(headers) }
}

function interpreterOf(file: ImageFile, headers: readonly ProgramHeader[]): string | undefined {
  const [first, second] = headers.filter(h => h.type === PT_INTERP)
  if (first === undefined) return undefined
  if (second !== undefined) throw EINVAL
  if (first.fileSize < 2 || first.fileSize > MAX_INTERPRETER_PATH) malformed('the name of its interpreter')
  const bytes = file.read(first.offset, first.fileSize)
  if (bytes.length < first.fileSize || bytes[bytes.length - 1] !== 0) malformed('the name of its interpreter')
  return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)))
}
