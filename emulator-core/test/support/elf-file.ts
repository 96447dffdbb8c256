/** ELF files for the loader's tests, made from what their headers shall say. */
const HEADER = 64
const PROGRAM_HEADER = 56

export interface Segment {
  readonly type: number
  readonly flags?: number
  readonly offset?: number
  readonly address?: number
  readonly fileSize?: number
  readonly memorySize?: number
  readonly align?: number
}

export interface ElfFile {
  readonly type?: number
  readonly entry?: number
  readonly segments: readonly Segment[]
  /** Bytes at offsets. */
  readonly content?: readonly (readonly [offset: number, bytes: Uint8Array])[]
  readonly size?: number
}

export function elfFile({ type = 2, entry = 0, segments, content = [], size = 0 }: ElfFile): Uint8Array {
  const end = Math.max(size, HEADER + segments.length * PROGRAM_HEADER, ...content.map(([at, b]) => at + b.length))
  const file = new Uint8Array(end)
  const v = new DataView(file.buffer)
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  v.setUint16(16, type, true)
  v.setUint16(18, 62, true)
  v.setUint32(20, 1, true)
  v.setBigUint64(24, BigInt(entry), true)
  v.setBigUint64(32, BigInt(HEADER), true)
  v.setUint16(52, HEADER, true)
  v.setUint16(54, PROGRAM_HEADER, true)
  v.setUint16(56, segments.length, true)
  segments.forEach((s, i) => {
    const at = HEADER + i * PROGRAM_HEADER
    const address = s.address ?? 0
    const fileSize = s.fileSize ?? 0
    v.setUint32(at, s.type, true)
    v.setUint32(at + 4, s.flags ?? 5, true)
    const words = [s.offset ?? 0, address, address, fileSize, s.memorySize ?? fileSize, s.align ?? 0x1000]
    words.forEach((word, j) => {
      v.setBigUint64(at + 8 + j * 8, BigInt(word), true)
    })
  })
  for (const [at, bytes] of content) file.set(bytes, at)
  return file
}
