/** Sections of a 64-bit little-endian ELF file by name, unpacked (SHF_COMPRESSED, zlib). A damaged file has fewer, never an error. */
import { inflateSync } from 'node:zlib'

const SHF_COMPRESSED = 0x800
const ELFCOMPRESS_ZLIB = 1
const CHDR_BYTES = 24
const SHDR_BYTES = 64
/** What a packed section may become, in bytes. */
const LARGEST_SECTION = 256 << 20
const latin1 = new TextDecoder('latin1')

export type Sections = ReadonlyMap<string, Uint8Array>

/** Those whose names are asked for and that are there. */
export function readSections(file: Uint8Array, names: readonly string[]): Sections {
  const found = new Map<string, Uint8Array>()
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  for (const [name, header] of headers(file, view)) {
    if (!names.includes(name)) continue
    const bytes = contents(file, view, header)
    const isPacked = (number64(view, header + 8) & SHF_COMPRESSED) !== 0
    const plain = isPacked ? unpacked(bytes) : bytes
    if (plain !== undefined) found.set(name, plain)
  }
  return found
}

/** Where a section is once it is loaded, as in the file; undefined: there is none of that name. */
export function sectionAddress(file: Uint8Array, wanted: string): number | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  for (const [name, header] of headers(file, view)) if (name === wanted) return number64(view, header + 16)
  return undefined
}

/** Names, and where in the file the headers are. */
function* headers(file: Uint8Array, view: DataView): Generator<readonly [name: string, header: number]> {
  if (file.length < 64 || view.getUint32(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return
  const [start, size, count] = [number64(view, 0x28), view.getUint16(0x3a, true), view.getUint16(0x3c, true)]
  const namesAt = start + view.getUint16(0x3e, true) * SHDR_BYTES
  if (size !== SHDR_BYTES || start + count * size > file.length || namesAt + SHDR_BYTES > file.length) return
  const strings = contents(file, view, namesAt)
  for (let i = 0; i < count; i++) {
    const header = start + i * size
    yield [textAt(strings, view.getUint32(header, true)), header]
  }
}

/** No path or name is longer: many that point at one long text would be more than there is memory. */
const LONGEST_TEXT = 4096

/** Up to the zero; the empty text outside. */
export function textAt(bytes: Uint8Array, offset: number): string {
  const rest = bytes.subarray(offset, offset + LONGEST_TEXT)
  const end = rest.indexOf(0)
  return latin1.decode(end < 0 ? rest : rest.subarray(0, end))
}

function contents(file: Uint8Array, view: DataView, header: number): Uint8Array {
  const start = number64(view, header + 24)
  return file.subarray(start, start + number64(view, header + 32))
}

function unpacked(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < CHDR_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== ELFCOMPRESS_ZLIB) return undefined
  try {
    return inflateSync(bytes.subarray(CHDR_BYTES), { maxOutputLength: LARGEST_SECTION })
  } catch {
    return undefined
  }
}

function number64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
}
