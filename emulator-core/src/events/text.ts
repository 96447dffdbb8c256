/** Values as strace 6.1 prints them. */
import type { BytesValue, Value } from './value.ts'
import { hex64 } from './wide.ts'

export interface TextOptions {
  /** Bytes of a string that are shown (-s). */
  readonly stringLimit: number
  /** -x: strings with unprintable characters in hexadecimal; -xx: all strings. */
  readonly hexStrings: 'never' | 'unprintable' | 'always'
}

export function valueText(value: Value, options: TextOptions): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  switch (value.kind) {
    case 'hex':
      if ((value.low | value.high) === 0) return value.pointer ? 'NULL' : '0'
      return hex64(value.low, value.high)
    case 'flags':
      return value.names.length === 0 ? '0' : value.names.join('|')
    case 'bytes':
      return quoted(value, options)
    case 'struct': {
      let text = '{'
      for (const [name, field] of value.fields) {
        if (text !== '{') text += ', '
        text += name === '' ? valueText(field, options) : `${name}=${valueText(field, options)}`
      }
      return value.more ? `${text}${text === '{' ? '' : ', '}...}` : `${text}}`
    }
    case 'list': {
      let text = `${value.prefix}[`
      for (let i = 0; i < value.items.length; i++) {
        if (i > 0) text += value.separator
        text += valueText(value.items[i], options)
      }
      return value.more ? `${text}${value.items.length > 0 ? value.separator : ''}...]` : `${text}]`
    }
    case 'fd':
      return value.path === undefined ? String(value.fd) : `${value.fd}<${pathText(value.path)}>`
    case 'commented':
      return `${valueText(value.value, options)} /* ${value.comment} */`
    case 'formatted':
      return value.text
  }
}

/** What a descriptor refers to, as -y shows it: without quotes, but nothing in it can be taken for the bracket at its end. */
export function pathText(path: string): string {
  if (!/[^ -;=?-[\]-~]|"/.test(path)) return path
  const bytes = utf8.encode(path)
  return octalEscapes(bytes, bytes.length).replaceAll('<', '\\74').replaceAll('>', '\\76')
}
const utf8 = new TextEncoder()

function quoted(value: BytesValue, options: TextOptions): string {
  const limit = value.whole ? value.bytes.length : Math.min(value.bytes.length, options.stringLimit)
  const cut = value.total > limit
  const hex =
    value.hex ||
    options.hexStrings === 'always' ||
    (options.hexStrings === 'unprintable' && hasUnprintable(value.bytes, limit))
  return `"${hex ? hexEscapes(value.bytes, limit) : octalEscapes(value.bytes, limit)}"${cut ? '...' : ''}`
}

function hasUnprintable(bytes: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const c = bytes[i]
    if ((c < 0x20 && (c < 9 || c > 13)) || c >= 0x7f) return true
  }
  return false
}

function hexEscapes(bytes: Uint8Array, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += `\\x${bytes[i].toString(16).padStart(2, '0')}`
  return text
}

const NAMED: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}

const escapes: readonly string[] = Array.from({ length: 256 }, (_, c) => {
  if (NAMED[c] !== undefined) return NAMED[c]
  return c >= 0x20 && c < 0x7f ? String.fromCharCode(c) : `\\${c.toString(8)}`
})

/** An octal escape is as short as the next character allows. */
function octalEscapes(bytes: Uint8Array, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) {
    const c = bytes[i]
    const printable = c >= 0x20 && c < 0x7f
    if (!printable && NAMED[c] === undefined && i + 1 < length && bytes[i + 1] >= 0x30 && bytes[i + 1] <= 0x37) {
      text += `\\${c.toString(8).padStart(3, '0')}`
    } else text += escapes[c]
  }
  return text
}
