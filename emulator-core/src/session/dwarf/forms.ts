/** The values of attributes, by their forms (DWARF 5, section 7.5.6; version 2 to 4 and GNU's are among them). */
import type { Reader } from './reader.ts'
import { type Sections, textAt } from './sections.ts'

/** A number, a text, or bytes: a block or a location expression. `reference`: the offset of another entry in .debug_info. */
export type FormValue =
  | { readonly kind: 'number' | 'address'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'reference'; readonly value: number }
  /** Offset into a section of lists, or the number of a list. */
  | { readonly kind: 'list'; readonly value: number; readonly isIndex: boolean }
  /** Into the unit's table of addresses, or of texts. */
  | { readonly kind: 'address-index' | 'text-index'; readonly value: number }
  /** In another file, or of a kind that is not read. */
  | { readonly kind: 'elsewhere' }

/** What a unit says of its own values. */
export interface Encoding {
  readonly version: number
  /** Where the unit begins in .debug_info. */
  readonly start: number
  readonly addressSize: number
}

const none = new Uint8Array(0)
const number = (value: number): FormValue => ({ kind: 'number', value })
const bytes = (reader: Reader, length: number): FormValue => ({ kind: 'bytes', value: reader.take(length) })
const ELSEWHERE: FormValue = { kind: 'elsewhere' }

/** The value at the reader's place, which it is left behind. @throws RangeError for a form that is not known. */
export function readForm(
  reader: Reader,
  form: number,
  implicit: number,
  unit: Encoding,
  sections: Sections,
): FormValue {
  const reference = (offset: number): FormValue => ({ kind: 'reference', value: unit.start + offset })
  const skipped = (length: number): FormValue => {
    reader.take(length)
    return ELSEWHERE
  }
  const index = (kind: 'address-index' | 'text-index', value: number): FormValue => ({ kind, value })
  switch (form) {
    case 0x01:
      return { kind: 'address', value: unit.addressSize === 8 ? reader.u64() : reader.u32() }
    case 0x03:
      return bytes(reader, reader.u16())
    case 0x04:
      return bytes(reader, reader.u32())
    case 0x05:
      return number(reader.u16())
    case 0x06:
      return number(reader.u32())
    case 0x07:
      return number(reader.u64())
    case 0x08:
      return { kind: 'text', value: reader.text() }
    case 0x09:
    case 0x18:
      return bytes(reader, reader.uleb())
    case 0x0a:
      return bytes(reader, reader.u8())
    case 0x0b:
    case 0x0c:
      return number(reader.u8())
    case 0x0d:
      return number(reader.sleb())
    case 0x0e:
      return { kind: 'text', value: textAt(sections.get('.debug_str') ?? none, reader.offset()) }
    case 0x0f:
      return number(reader.uleb())
    case 0x10:
      return { kind: 'reference', value: unit.version <= 2 && unit.addressSize === 8 ? reader.u64() : reader.offset() }
    case 0x11:
      return reference(reader.u8())
    case 0x12:
      return reference(reader.u16())
    case 0x13:
      return reference(reader.u32())
    case 0x14:
      return reference(reader.u64())
    case 0x15:
      return reference(reader.uleb())
    case 0x16:
      return readForm(reader, reader.uleb(), implicit, unit, sections)
    case 0x17:
      return { kind: 'list', value: reader.offset(), isIndex: false }
    case 0x19:
      return number(1)
    case 0x1a:
      return index('text-index', reader.uleb())
    case 0x1b:
      return index('address-index', reader.uleb())
    case 0x1c:
      return skipped(4)
    case 0x1d:
    case 0x1f20:
    case 0x1f21:
      return skipped(reader.wide ? 8 : 4)
    case 0x1e:
      return bytes(reader, 16)
    case 0x1f:
      return { kind: 'text', value: textAt(sections.get('.debug_line_str') ?? none, reader.offset()) }
    case 0x20:
    case 0x24:
      return skipped(8)
    case 0x21:
      return number(implicit)
    case 0x22:
    case 0x23:
      return { kind: 'list', value: reader.uleb(), isIndex: true }
    case 0x25:
    case 0x26:
    case 0x27:
    case 0x28:
      return index('text-index', reader.unsigned(form - 0x24))
    case 0x29:
    case 0x2a:
    case 0x2b:
    case 0x2c:
      return index('address-index', reader.unsigned(form - 0x28))
    default:
      throw new RangeError(`form 0x${form.toString(16)} is not known`)
  }
}
