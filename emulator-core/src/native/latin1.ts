/** Names, paths and arguments are bytes; in here they are strings with one character a byte. */

const decoder = new TextDecoder('latin1')
/** The standard's latin1 is Windows-1252, in which 0x80 … 0x9f are other characters; Node's was the real one for long, and is faster than what follows. */
const isExact = decoder.decode(Uint8Array.of(0x80)) === '\x80'

export const latin1: (bytes: Uint8Array) => string = isExact ? bytes => decoder.decode(bytes) : oneByOne

export function oneByOne(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096))
  return text
}
