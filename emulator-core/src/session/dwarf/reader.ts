/** Reads the numbers of DWARF one after the other. @throws RangeError behind the end. */
import { textAt } from './sections.ts'

export class Reader {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  at: number
  /** Offsets are of 8 bytes (64-bit DWARF). */
  wide = false

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length
  }

  u8(): number {
    return this.#view.getUint8(this.at++)
  }

  i8(): number {
    return this.#view.getInt8(this.at++)
  }

  u16(): number {
    this.at += 2
    return this.#view.getUint16(this.at - 2, true)
  }

  u32(): number {
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }

  /** Exact below 2^53. */
  u64(): number {
    const low = this.u32()
    return this.u32() * 0x1_0000_0000 + low
  }

  bigU64(): bigint {
    this.at += 8
    return this.#view.getBigUint64(this.at - 8, true)
  }

  /** A whole number of 1 to 8 bytes, without a sign. */
  unsigned(size: number): number {
    let value = 0
    let unit = 1
    for (let i = 0; i < size; i++, unit *= 256) value += this.u8() * unit
    return value
  }

  /** So many bytes. */
  take(length: number): Uint8Array {
    const end = this.at + length
    if (!(length >= 0) || end > this.#bytes.length) throw new RangeError('the bytes end before')
    const bytes = this.#bytes.subarray(this.at, end)
    this.at = end
    return bytes
  }

  offset(): number {
    return this.wide ? this.u64() : this.u32()
  }

  /** The length of a unit, which says how wide its offsets are. */
  initialLength(): number {
    const length = this.u32()
    this.wide = length === 0xffff_ffff
    return this.wide ? this.u64() : length
  }

  uleb(): number {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
      unit *= 128
    }
  }

  sleb(): number {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = this.u8()
      value += (byte & 0x7f) * unit
      unit *= 128
      if (byte < 0x80) return (byte & 0x40) !== 0 ? value - unit : value
    }
  }

  text(): string {
    const text = textAt(this.#bytes, this.at)
    this.at += text.length + 1
    return text
  }
}
