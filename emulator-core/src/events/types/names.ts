/** Tables of constants, and the two kinds of arguments they make: one name, or names of bits. */
import { commented, type Value } from '../value.ts'
import { hex64 } from '../wide.ts'
import type { ArgumentType } from './type.ts'

export type NameTable = readonly (readonly [name: string, value: number])[]

/** Reads `A=1 B=0x2`: names get the prefix. Values are unsigned 32-bit numbers. */
export function names(prefix: string, text: string): NameTable {
  return text
    .trim()
    .split(/\s+/)
    .map(entry => {
      const at = entry.indexOf('=')
      return [prefix + entry.slice(0, at), Number(entry.slice(at + 1)) >>> 0] as const
    })
}

/** Names counted from `first`; `-` leaves a number out. */
export function counted(prefix: string, text: string, first = 0): NameTable {
  return text
    .trim()
    .split(/\s+/)
    .map((name, i) => [prefix + name, first + i] as const)
    .filter(([name]) => name !== `${prefix}-`)
}

export function nameOf(table: NameTable, value: number): string | undefined {
  return table.find(([, v]) => v === value)?.[0]
}

/** The names of the bits, in the table's order; what is left in hexadecimal. */
export function bitNames(table: NameTable, bits: number, high = 0): string[] {
  const found: string[] = []
  let rest = bits >>> 0
  for (const [name, value] of table) {
    if (value !== 0 && (rest & value) >>> 0 === value) {
      found.push(name)
      rest = (rest & ~value) >>> 0
    }
  }
  if (rest !== 0 || high !== 0) found.push(hex64(rest, high))
  return found
}

export function flagsValue(table: NameTable, unknown: string, low: number, high = 0): Value {
  if ((low | high) === 0) {
    const name = nameOf(table, 0)
    return { kind: 'flags', names: name === undefined ? [] : [name] }
  }
  const found = bitNames(table, low, high)
  if (found.length === 1 && found[0].startsWith('0x')) return commented(found[0], unknown)
  return { kind: 'flags', names: found }
}

/** A mask of bits. `unknown`: what strace says when no bit has a name. */
export function flags(table: NameTable, unknown: string): ArgumentType {
  return { value: (_call, low) => flagsValue(table, unknown, low) }
}

/** A mask of 64 bits. */
export function wideFlags(table: NameTable, unknown: string): ArgumentType {
  return { value: (_call, low, high) => flagsValue(table, unknown, low, high) }
}

/** As C's %#x. */
const number = (value: number): string => (value === 0 ? '0' : hex64(value >>> 0, 0))

export function choiceValue(table: NameTable, unknown: string, value: number): Value {
  return nameOf(table, value >>> 0) ?? commented(number(value), unknown)
}

/** One of several. */
export function choice(table: NameTable, unknown: string): ArgumentType {
  const byNumber = new Map(table.map(([name, value]) => [value, name]))
  return { value: (_call, low) => byNumber.get(low) ?? commented(number(low), unknown) }
}
