/**
 * Values as JSON: numbers stay numbers (strings of digits beyond 2^53), addresses and masks are "0x…" (NULL is null), flags a list of names,
 * strings text where they are UTF-8 and {"base64"} where not, shortened ones {"text", "length"}; descriptors {"fd", "path"}.
 */
import type { BytesValue, Value } from './value.ts'
import { hex64 } from './wide.ts'

const strict = new TextDecoder('utf-8', { fatal: true })

export function valueJson(value: Value): string {
  switch (typeof value) {
    case 'number':
      return String(value)
    case 'bigint':
      return `"${value}"`
    case 'string':
      return JSON.stringify(value)
  }
  switch (value.kind) {
    case 'hex':
      if ((value.low | value.high) === 0) return value.pointer ? 'null' : '"0"'
      return `"${hex64(value.low, value.high)}"`
    case 'flags':
      return JSON.stringify(value.names)
    case 'bytes':
      return bytesJson(value)
    case 'struct': {
      let text = '{'
      for (const [name, field] of value.fields) {
        text += `${text === '{' ? '' : ','}"${name}":${valueJson(field)}`
      }
      return `${text}}`
    }
    case 'list': {
      let text = ''
      for (const item of value.items) text += `${text === '' ? '' : ','}${valueJson(item)}`
      if (value.more) text += `${text === '' ? '' : ','}{"more":true}`
      return value.prefix === '' ? `[${text}]` : `{"allBut":[${text}]}`
    }
    case 'fd':
      return value.path === undefined ? String(value.fd) : `{"fd":${value.fd},"path":${JSON.stringify(value.path)}}`
    case 'commented':
      return valueJson(value.value)
    case 'formatted':
      return valueJson(value.value)
  }
}

function bytesJson(value: BytesValue): string {
  const cut = value.total > value.bytes.length
  let text: string | undefined
  try {
    text = strict.decode(value.bytes.slice())
  } catch {
    // Not UTF-8, or cut in the middle of a character.
  }
  const content = text === undefined ? `"base64":"${base64(value.bytes)}"` : `"text":${JSON.stringify(text)}`
  if (cut) return `{${content},"length":${value.total}}`
  return text === undefined ? `{${content}}` : JSON.stringify(text)
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (const b of bytes) binary += String.fromCharCode(b)
  return btoa(binary)
}
