/** Executable files that are wrong in one way each, made byte by byte. */

const EHDR_SIZE = 64
const PHDR_SIZE = 56
const BASE = 0x40_0000
const MACHINE = { x86_64: 62, aarch64: 183, i386: 3 } as const

interface ElfOptions {
  readonly machine?: keyof typeof MACHINE
  /** What the file says loads it. */
  readonly interpreter?: string
}

/** A 64-bit executable that ends at once with status 0, by exit_group(0). */
export function tinyElf({ machine = 'x86_64', interpreter }: ElfOptions = {}): Uint8Array {
  const code = Uint8Array.of(0x31, 0xff, 0xb8, 0xe7, 0, 0, 0, 0x0f, 0x05)
  const name = interpreter === undefined ? new Uint8Array(0) : Buffer.from(`${interpreter}\0`)
  const headers = interpreter === undefined ? 1 : 2
  const codeAt = EHDR_SIZE + headers * PHDR_SIZE
  const nameAt = codeAt + code.length
  const total = nameAt + name.length
  const file = new Uint8Array(total)
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  view.setUint16(16, 2, true)
  view.setUint16(18, MACHINE[machine], true)
  view.setUint32(20, 1, true)
  view.setBigUint64(24, BigInt(BASE + codeAt), true)
  view.setBigUint64(32, BigInt(EHDR_SIZE), true)
  view.setUint16(52, EHDR_SIZE, true)
  view.setUint16(54, PHDR_SIZE, true)
  view.setUint16(56, headers, true)
  const header = (index: number, type: number, flags: number, offset: number, size: number) => {
    const at = EHDR_SIZE + index * PHDR_SIZE
    view.setUint32(at, type, true)
    view.setUint32(at + 4, flags, true)
    for (const [field, value] of [offset, BASE + offset, BASE + offset, size, size, 0x1000].entries())
      view.setBigUint64(at + 8 + field * 8, BigInt(value), true)
  }
  if (interpreter !== undefined) header(0, 3, 4, nameAt, name.length)
  header(headers - 1, 1, 5, 0, total)
  file.set(code, codeAt)
  file.set(name, nameAt)
  return file
}

/** The first bytes of a 32-bit executable for the i386. */
export function i386Elf(): Uint8Array {
  const file = new Uint8Array(84)
  const view = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])
  view.setUint16(16, 2, true)
  view.setUint16(18, MACHINE.i386, true)
  view.setUint32(20, 1, true)
  view.setUint32(28, 52, true)
  view.setUint16(40, 52, true)
  view.setUint16(42, 32, true)
  view.setUint16(44, 1, true)
  return file
}
