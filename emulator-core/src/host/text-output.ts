/** Text for a file or for standard error, written in large pieces. */
import { closeSync, openSync, writeSync } from 'node:fs'

const BUFFER_BYTES = 256 * 1024
/** UTF-8 takes at most three bytes for a unit of UTF-16. */
const WORST = 3

/** Opens a file for writing, empty. @throws Node's error. */
export function createOutputFile(path: string): number {
  return openSync(path, 'w', 0o666)
}

export class TextOutput {
  readonly #fd: number
  readonly #closes: boolean
  readonly #encoder = new TextEncoder()
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  #used = 0
  #text = ''

  constructor(fd: number, closes: boolean) {
    this.#fd = fd
    this.#closes = closes
  }

  write(text: string): void {
    this.#text += text
    if (this.#text.length >= BUFFER_BYTES / WORST / 2) this.#encode()
  }

  #encode(): void {
    let text = this.#text
    this.#text = ''
    while (text !== '') {
      if ((BUFFER_BYTES - this.#used) / WORST < Math.min(text.length, 1024)) this.#drain()
      const { read, written } = this.#encoder.encodeInto(text, this.#buffer.subarray(this.#used))
      this.#used += written
      if (read === text.length) return
      text = text.slice(read)
      this.#drain()
    }
  }

  /** Everything written so far is with the system. */
  flush(): void {
    this.#encode()
    this.#drain()
  }

  #drain(): void {
    let done = 0
    while (done < this.#used) {
      try {
        done += writeSync(this.#fd, this.#buffer, done, this.#used - done)
      } catch (error) {
        // A pipe that is full, without blocking: the reader is slow.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
    }
    this.#used = 0
  }

  close(): void {
    this.flush()
    if (this.#closes) closeSync(this.#fd)
  }
}
