/** Variables of C as people read them: gdb's ways. */
import type { NamedValue } from '../protocol.ts'
import type { Member, Type } from './types.ts'

/** Where a variable is, or what it is where it is in no memory. */
export type Held =
  | { readonly kind: 'memory'; readonly address: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'gone' }

export interface Variable {
  readonly type: Type
  readonly held: Held
}

/** What values are read from. */
export interface Memory {
  /** Fewer bytes where they cannot be read. */
  read(address: number, length: number): Uint8Array
  /** `main+4`; undefined where there is no function. */
  functionAt(address: number): string | undefined
}

export const OPTIMISED_OUT = '<optimised out>'
const UNREADABLE = '<cannot be read>'
/** Elements and members that are listed, and those that stand in one line. */
export const MOST_PARTS = 256
const IN_LINE = 8
const LONGEST_TEXT = 200
const LARGEST = 1 << 16

const BOOLEAN = 0x02
export const FLOAT = 0x04
const SIGNED = [0x05, 0x06, 0x0d]
const CHARACTERS = [0x06, 0x08]
const UTF = 0x10

/** The bytes of a variable; undefined: it has none now, or they cannot be read. */
export function bytesOf({ type, held }: Variable, memory: Memory): Uint8Array | undefined {
  if (held.kind === 'gone') return undefined
  const size = Math.min(type.size, LARGEST)
  const bytes = held.kind === 'bytes' ? held.bytes : memory.read(held.address, size)
  return bytes.length < size ? undefined : bytes.subarray(0, size)
}

/** A number, exact; undefined for what is none. */
export function numberIn({ type }: Variable, bytes: Uint8Array): bigint | undefined {
  if (bytes.length === 0 || bytes.length > 8) return undefined
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i])
  const isSigned = (type.kind === 'base' && SIGNED.includes(type.encoding)) || type.kind === 'enumeration'
  return isSigned ? BigInt.asIntN(8 * bytes.length, value) : value
}

/** The parts that it is expanded to: what to put behind its own expression, and each part. */
export function partsOf(variable: Variable, memory: Memory): { readonly suffix: string; readonly part: Variable }[] {
  const { type } = variable
  if (variable.held.kind === 'gone') return []
  if (type.kind === 'structure')
    return type.members().map(member => ({ suffix: `.${member.name}`, part: memberOf(variable, member, memory) }))
  if (type.kind === 'array') {
    const count = Math.min(type.count, MOST_PARTS)
    return Array.from({ length: count }, (_, i) => ({ suffix: `[${i}]`, part: elementOf(variable, i) }))
  }
  return []
}

export function memberOf(of: Variable, { type, offset, bits }: Member, memory: Memory): Variable {
  if (bits === undefined) return within(of, type, offset)
  if (bits.count < 0 || bits.count > 64) return { type, held: { kind: 'gone' } }
  const storage = Math.ceil((bits.first + bits.count) / 8)
  const raw = bytesOf(within(of, { ...type, size: storage }, offset), memory)
  if (raw === undefined) return { type, held: { kind: 'gone' } }
  let value = 0n
  for (let i = raw.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(raw[i])
  const field = (value >> BigInt(bits.first)) & ((1n << BigInt(bits.count)) - 1n)
  const isSigned = type.kind === 'base' && SIGNED.includes(type.encoding)
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(
    0,
    BigInt.asUintN(64, isSigned ? BigInt.asIntN(bits.count, field) : field),
    true,
  )
  return { type, held: { kind: 'bytes', bytes } }
}

export function elementOf(of: Variable, index: number): Variable {
  return of.type.kind === 'array' ? within(of, of.type.of, index * of.type.of.size) : of
}

function within({ held }: Variable, type: Type, offset: number): Variable {
  if (held.kind === 'memory') return { type, held: { kind: 'memory', address: held.address + offset } }
  if (held.kind === 'gone') return { type, held }
  return { type, held: { kind: 'bytes', bytes: held.bytes.subarray(offset, offset + type.size) } }
}

/** As a line; `isInner`: within another's line. */
export function textOf(variable: Variable, memory: Memory, isInner = false): string {
  const { type, held } = variable
  if (held.kind === 'gone') return OPTIMISED_OUT
  if (type.kind === 'structure') return isInner ? '{…}' : structureText(variable, memory)
  if (type.kind === 'array') return arrayText(variable, memory, isInner)
  if (type.kind === 'void' || type.kind === 'function' || type.size === 0) return '{…}'
  const bytes = bytesOf(variable, memory)
  if (bytes === undefined) return UNREADABLE
  const number = numberIn(variable, bytes)
  if (type.kind === 'pointer') return pointerText(type.to(), number ?? 0n, memory, isInner)
  if (type.kind === 'enumeration') return enumerationText(type.values, number ?? 0n)
  if (type.kind !== 'base') return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
  return baseText(type.encoding, bytes, number)
}

function structureText(variable: Variable, memory: Memory): string {
  const parts = partsOf(variable, memory)
  const shown = parts.slice(0, IN_LINE).map(({ suffix, part }) => `${suffix.slice(1)} = ${textOf(part, memory, true)}`)
  return `{${shown.join(', ')}${parts.length > IN_LINE ? ', …' : ''}}`
}

function arrayText(variable: Variable, memory: Memory, isInner: boolean): string {
  const { type } = variable
  if (type.kind !== 'array') return '{…}'
  if (isCharacter(type.of)) {
    const length = Math.min(type.count, LONGEST_TEXT)
    const bytes = bytesOf({ ...variable, type: { ...type, size: length } }, memory)
    return bytes === undefined ? UNREADABLE : quoted(bytes, type.count > length)
  }
  if (isInner) return '{…}'
  const count = Math.min(type.count, IN_LINE)
  const shown = Array.from({ length: count }, (_, i) => textOf(elementOf(variable, i), memory, true))
  return `{${shown.join(', ')}${type.count > count ? ', …' : ''}}`
}

const isCharacter = (type: Type): boolean =>
  type.kind === 'base' && type.size === 1 && CHARACTERS.includes(type.encoding)

function pointerText(to: Type, address: bigint, memory: Memory, isInner: boolean): string {
  const hex = `0x${address.toString(16)}`
  if (to.kind === 'function') {
    const name = memory.functionAt(Number(address))
    return name === undefined ? hex : `${hex} <${name}>`
  }
  if (!isCharacter(to) || address === 0n || isInner) return hex
  const bytes = memory.read(Number(address), LONGEST_TEXT)
  if (bytes.length === 0) return hex
  const end = bytes.indexOf(0)
  return `${hex} ${quoted(end < 0 ? bytes : bytes.subarray(0, end), end < 0)}`
}

/** Up to the first zero. */
function quoted(bytes: Uint8Array, hasMore: boolean): string {
  const end = bytes.indexOf(0)
  const text = JSON.stringify(Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8'))
  return end < 0 && hasMore ? `${text}…` : text
}

function enumerationText(values: ReadonlyMap<number, string>, number: bigint): string {
  const known = values.get(Number(number))
  if (known !== undefined) return known
  // A set of flags, if it can be made of them.
  let rest = number
  const names: string[] = []
  for (const [value, name] of values) {
    const bit = BigInt(value)
    if (bit > 0n && (bit & (bit - 1n)) === 0n && (rest & bit) !== 0n) {
      names.push(name)
      rest &= ~bit
    }
  }
  return rest === 0n && names.length > 0 ? names.join(' | ') : String(number)
}

function baseText(encoding: number, bytes: Uint8Array, number: bigint | undefined): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (encoding === FLOAT && bytes.length === 4) return String(Math.fround(view.getFloat32(0, true)))
  if (encoding === FLOAT && bytes.length === 8) return String(view.getFloat64(0, true))
  if (encoding === FLOAT && bytes.length === 16) return String(extended(view))
  if (number === undefined)
    return `0x${[...bytes]
      .reverse()
      .map(byte => byte.toString(16).padStart(2, '0'))
      .join('')}`
  if (encoding === BOOLEAN) return number === 0n ? 'false' : number === 1n ? 'true' : String(number)
  if (CHARACTERS.includes(encoding) && bytes.length === 1) return characterText(number, 0x7fn)
  if (encoding === UTF) return characterText(number, 0x11_0000n)
  return String(number)
}

/** `end`: behind the last that is shown as what it stands for. */
function characterText(number: bigint, end: bigint): string {
  return number >= 0x20n && number < end ? `${number} '${String.fromCodePoint(Number(number))}'` : String(number)
}

/** The x87's 80 bits, as near as a number of 64 comes. */
function extended(view: DataView): number {
  const fraction = Number(view.getBigUint64(0, true))
  const top = view.getUint16(8, true)
  const exponent = (top & 0x7fff) - 16383 - 63
  const magnitude = top === 0x7fff ? Number.POSITIVE_INFINITY : fraction * 2 ** exponent
  return (top & 0x8000) === 0 ? magnitude : -magnitude
}

/** Without its parts. */
export function namedValue(name: string, variable: Variable, memory: Memory): NamedValue {
  return { name, value: textOf(variable, memory), type: variable.type.name }
}
