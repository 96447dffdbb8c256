/** Text for a file or for standard error, written in large pieces. */
import { closeSync, openSync, writeSync } from 'node:fs'

const BUFFER_BYTES = 256 * 1024
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const WORST = 3
/** Units of UTF-16 that fit into the buffer whatever they are. */
const TEXT_LIMIT = Math.floor(BUFFER_BYTES / WORST)

export const STANDARD_ERROR = 2

/** Opens a file for writing, empty. @throws Node's error. */
export function openOutputFile(path: string): number {
  return openSync(path, 'w', 0o666)
}

export function closeOutputFile(fd: number): void {
  closeSync(fd)
}

/** Says something on standard error, if there is one. */
export function writeError(text: string): void {
  try {
    writeSync(STANDARD_ERROR, text)
  } catch {
    // Nobody listens.
  }
}

export class TextOutput {
  readonly #fd: number
  readonly #encoder = new TextEncoder()
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  #text = ''

  constructor(fd: number) {
    this.#fd = fd
  }

  write(text: string): void {
    this.#text += text
    if (this.#text.length >= TEXT_LIMIT) this.flush()
  }

  /** Everything written so far is with the system. @throws Node's error. */
  flush(): void {
    const text = this.#text
    this.#text = ''
    for (let at = 0; at < text.length; ) {
      const end = pieceEnd(text, at + TEXT_LIMIT)
      const { written } = this.#encoder.encodeInto(text.slice(at, end), this.#buffer)
      this.#drain(written)
      at = end
    }
  }

  #drain(bytes: number): void {
    for (let done = 0; done < bytes; ) {
      try {
        done += writeSync(this.#fd, this.#buffer, done, bytes - done)
      } catch (error) {
        // A pipe that is full, without blocking: the reader is slow.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
    }
  }
}

/** Half a character at a piece's end waits for its other half. */
function pieceEnd(text: string, end: number): number {
  if (end >= text.length) return text.length
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end
}
