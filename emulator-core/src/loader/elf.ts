/** The header of an ELF file as far as loading needs it: elf(5), System V ABI for AMD64. Never trusts a number of the file. */
export const ET_EXEC = 2
export const ET_DYN = 3
export const PT_LOAD = 1
export const PT_INTERP = 3
export const PT_PHDR = 6
export const PT_GNU_STACK = 0x6474_e551
export const PF_X = 1
export const PF_W = 2
export const PF_R = 4
export const HEADER_BYTES = 64
export const PROGRAM_HEADER_BYTES = 56
/** As Linux: all program headers within 64 KiB. */
const MAX_PROGRAM_HEADERS = Math.floor(65536 / PROGRAM_HEADER_BYTES)
const EM_X86_64 = 62
/** Beyond what is exact, and beyond any address. */
const MAX_VALUE = 2 ** 47

export interface ProgramHeader {
  readonly type: number
  readonly flags: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly memorySize: number
  readonly align: number
}

export interface ElfHeader {
  readonly type: number
  readonly entry: number
  readonly programHeaderOffset: number
  readonly programHeaderCount: number
}

/** What is wrong with a file that should be a program, for whom it may concern. */
export type ElfProblem =
  | { readonly kind: 'not-elf' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'wrong-machine'; readonly machine: number; readonly bits: 32 | 64 }
  | { readonly kind: 'not-executable'; readonly type: number }
  | { readonly kind: 'malformed'; readonly what: string }

export class ElfError extends Error {
  readonly problem: ElfProblem

  constructor(problem: ElfProblem) {
    super(problem.kind)
    this.problem = problem
  }
}

/** @param bytes the file's beginning, HEADER_BYTES or fewer if it is shorter. @throws ElfError */
export function parseHeader(bytes: Uint8Array): ElfHeader {
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw new ElfError({ kind: 'not-elf' })
  }
  if (bytes.length < 20) throw new ElfError({ kind: 'truncated' })
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const machine = v.getUint16(18, bytes[5] !== 2)
  if (bytes[4] !== 2 || bytes[5] !== 1 || machine !== EM_X86_64) {
    throw new ElfError({ kind: 'wrong-machine', machine, bits: bytes[4] === 1 ? 32 : 64 })
  }
  if (bytes.length < HEADER_BYTES) throw new ElfError({ kind: 'truncated' })
  const type = v.getUint16(16, true)
  if (type !== ET_EXEC && type !== ET_DYN) throw new ElfError({ kind: 'not-executable', type })
  if (v.getUint16(54, true) !== PROGRAM_HEADER_BYTES) malformed('the size of its program headers')
  const programHeaderCount = v.getUint16(56, true)
  if (programHeaderCount < 1 || programHeaderCount > MAX_PROGRAM_HEADERS) malformed('the number of its program headers')
  return {
    type,
    entry: value(v, 24, 'its entry point'),
    programHeaderOffset: value(v, 32, 'the place of its program headers'),
    programHeaderCount,
  }
}

/** @param bytes the table, `count` entries. @throws ElfError */
export function parseProgramHeaders(bytes: Uint8Array, count: number): ProgramHeader[] {
  if (bytes.length < count * PROGRAM_HEADER_BYTES) throw new ElfError({ kind: 'truncated' })
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const headers: ProgramHeader[] = []
  for (let i = 0; i < count; i++) {
    const at = i * PROGRAM_HEADER_BYTES
    const type = v.getUint32(at, true)
    if (type !== PT_LOAD && type !== PT_INTERP && type !== PT_PHDR && type !== PT_GNU_STACK) continue
    headers.push({
      type,
      flags: v.getUint32(at + 4, true),
      offset: value(v, at + 8, 'a segment'),
      address: value(v, at + 16, 'a segment'),
      fileSize: value(v, at + 32, 'a segment'),
      memorySize: value(v, at + 40, 'a segment'),
      align: value(v, at + 48, 'a segment'),
    })
  }
  return headers
}

function value(v: DataView, at: number, what: string): number {
  const n = Number(v.getBigUint64(at, true))
  return n < MAX_VALUE ? n : malformed(what)
}

export function malformed(what: string): never {
  throw new ElfError({ kind: 'malformed', what })
}
