/** Bytes for people: as text that shows what cannot be seen, or as the usual dump. Pure; tested. */

/** Control characters get their pictures, and what is not seen a mark: nothing a program sends changes how the page around it looks. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu
const PICTURES = 0x2400
const PICTURE_OF_DELETE = '\u2421'
const DELETE = 0x7f
const SPACE = 0x20

function seen(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n') return character
  if (code < SPACE) return String.fromCharCode(PICTURES + code)
  return code === DELETE ? PICTURE_OF_DELETE : '\ufffd'
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length >> 1 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

/** UTF-8; lines stay lines. */
export function textOf(hex: string): string {
  return new TextDecoder().decode(bytesOf(hex)).replace(UNSEEN, seen)
}

const WIDTH = 16

/** `00000000  68 65 6c 6c 6f …  |hello|`, as hexdump -C has it. */
export function dumpOf(hex: string): string {
  const bytes = bytesOf(hex)
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const part = [...bytes.subarray(at, at + WIDTH)]
    const digits = part.map((byte, i) => (i === 8 ? ' ' : '') + byte.toString(16).padStart(2, '0')).join(' ')
    const letters = part.map(byte => (byte >= SPACE && byte < DELETE ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(4, '0')}  ${digits.padEnd(3 * WIDTH)}  |${letters}|`)
  }
  return lines.join('\n')
}
