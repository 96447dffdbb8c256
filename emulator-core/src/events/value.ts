/**
 * What a decoded argument is, before anybody prints it. strace's text (text.ts) and JSON (json-value.ts) are two renderings of the same values.
 * Plain numbers and bigints are decimal; a plain string is a name or other text that needs no quotes.
 */
export type Value =
  | number
  | bigint
  | string
  | HexValue
  | FlagsValue
  | BytesValue
  | StructValue
  | ListValue
  | DescriptorValue
  | CommentedValue
  | FormattedValue

/** An address or a mask; 0 is NULL if `pointer`. */
export interface HexValue {
  readonly kind: 'hex'
  readonly low: number
  readonly high: number
  readonly pointer: boolean
}

/** Names of the bits that are set, what has no name in hexadecimal; none at all is 0. */
export interface FlagsValue {
  readonly kind: 'flags'
  readonly names: readonly string[]
}

/** Memory shown as a string. `total`: how long the whole is; `whole`: never shortened (paths). */
export interface BytesValue {
  readonly kind: 'bytes'
  readonly bytes: Uint8Array
  readonly total: number
  readonly whole: boolean
  /** Shown as \x… whatever is in it (random bytes). */
  readonly hex: boolean
}

export interface StructValue {
  readonly kind: 'struct'
  readonly fields: readonly Field[]
  /** There are more fields, which are not shown. */
  readonly more: boolean
}
export type Field = readonly [name: string, value: Value]

/** `separator` is a comma or, for sets, a blank; `more`: it goes on. */
export interface ListValue {
  readonly kind: 'list'
  readonly items: readonly Value[]
  readonly separator: ', ' | ' '
  readonly more: boolean
  /** '~' before a complemented set. */
  readonly prefix: string
}

export interface DescriptorValue {
  readonly kind: 'fd'
  readonly fd: number
  /** What it refers to, where that is wanted and known. */
  readonly path: string | undefined
}

/** A value with a remark behind it. */
export interface CommentedValue {
  readonly kind: 'commented'
  readonly value: Value
  readonly comment: string
}

/** Text that has a form of its own in strace, and the value it stands for. */
export interface FormattedValue {
  readonly kind: 'formatted'
  readonly text: string
  readonly value: Value
}

export function hexValue(low: number, high: number): HexValue {
  return { kind: 'hex', low, high, pointer: false }
}

export function pointerValue(low: number, high: number): HexValue {
  return { kind: 'hex', low, high, pointer: true }
}

export function structValue(fields: readonly Field[], more = false): StructValue {
  return { kind: 'struct', fields, more }
}

export function listValue(items: readonly Value[], more = false, separator: ', ' | ' ' = ', ', prefix = ''): ListValue {
  return { kind: 'list', items, more, separator, prefix }
}

export function bytesValue(bytes: Uint8Array, total: number, whole = false, hex = false): BytesValue {
  return { kind: 'bytes', bytes, total, whole, hex }
}

/** An empty comment is none. */
export function commented(value: Value, comment: string): Value {
  if (comment === '') return value
  return { kind: 'commented', value, comment }
}

export function formatted(text: string, value: Value): FormattedValue {
  return { kind: 'formatted', text, value }
}
