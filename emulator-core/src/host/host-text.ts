/**
 * Text of the command line and the environment, which on most systems is bytes and only by habit UTF-8. Bytes that are not UTF-8 become lone
 * surrogates, U+DC80 to U+DCFF, and back: nothing is lost on the way to the guest (Python's PEP 383).
 */
const ESCAPE = 0xdc00
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return escaped(bytes)
  }
}

function escaped(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes[at])
    try {
      text += decoder.decode(bytes.subarray(at, at + length))
      at += length
    } catch {
      text += String.fromCharCode(ESCAPE + bytes[at])
      at++
    }
  }
  return text
}

function characterLength(first: number): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

const LONE_BYTE = /[\udc80-\udcff]/u

export function bytesOf(text: string): Uint8Array {
  if (!LONE_BYTE.test(text)) return encoder.encode(text)
  const pieces: number[] = []
  for (const character of text) {
    if (LONE_BYTE.test(character)) pieces.push(character.charCodeAt(0) - ESCAPE)
    else pieces.push(...encoder.encode(character))
  }
  return Uint8Array.from(pieces)
}

/** As names within the kernel and at the host's door are: one character a byte. */
export function latin1Of(text: string): string {
  return Buffer.from(bytesOf(text)).toString('latin1')
}
