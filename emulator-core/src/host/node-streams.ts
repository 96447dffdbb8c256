/** The command's standard streams as the guest's. */
import { fstatSync, writeSync } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'
import { HostError, type HostStream } from './host.ts'

/** Major 1, minor 3. */
const DEV_NULL = 0x103
const RETRY_MS = 1
const sleeper = new Int32Array(new SharedArrayBuffer(4))

export function streamKind(fd: number): HostStream['kind'] {
  try {
    const stat = fstatSync(fd)
    if (stat.isFile()) return 'file'
    if (!stat.isCharacterDevice()) return 'pipe'
    if (stat.rdev === DEV_NULL) return 'null'
    // Asked last: Node's module for terminals takes milliseconds to load.
    return isatty(fd) ? 'terminal' : 'pipe'
  } catch {
    // The descriptor is closed.
    return 'null'
  }
}

/** Writes all of it; waits where the descriptor is non-blocking and its reader slow. @throws HostError */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EAGAIN') throw new HostError(code ?? 'EIO')
      Atomics.wait(sleeper, 0, 0, RETRY_MS)
    }
  }
}

/**
 * Input is not touched before the guest asks for it, and then only a piece at a time: what it does not read stays for whoever reads next.
 * A piece of a terminal is a line, while the terminal makes lines.
 */
export class InputStream implements HostStream {
  readonly kind: HostStream['kind']
  readonly hostFd: number | undefined
  readonly #fd: number
  readonly #callbacks: (() => void)[] = []
  readonly #pieces: Uint8Array[] = []
  #source: NodeJS.ReadStream | undefined
  #wasOpened = false
  /** The end was met and has not been told, or it is there for good. */
  #ended = false
  #isGone = false

  /** @param fd the standard input, or a terminal. */
  constructor(fd = 0) {
    this.#fd = fd
    this.kind = streamKind(fd)
    this.hostFd = this.kind === 'file' ? fd : undefined
  }

  /** The stream, at rest. @throws Node's error. */
  #open(): NodeJS.ReadStream {
    if (this.#source !== undefined) return this.#source
    const source = this.#fd === 0 && !this.#wasOpened ? process.stdin : new ReadStream(this.#fd)
    this.#wasOpened = true
    this.#source = source
    // Before the listener, which would set it flowing.
    source.pause()
    source.on('data', (piece: Uint8Array) => {
      source.pause()
      this.#pieces.push(piece)
      this.#tell()
    })
    source.on('end', () => this.#end(source, this.kind !== 'terminal'))
    source.on('error', () => this.#end(source, true))
    return source
  }

  #end(source: NodeJS.ReadStream, forGood: boolean): void {
    if (this.#source !== source) return
    // Behind Ctrl-D a terminal can be read again, but not through the same stream.
    this.#source = undefined
    this.#ended = true
    this.#isGone ||= forGood
    this.#tell()
  }

  #tell(): void {
    for (const callback of this.#callbacks) callback()
  }

  #ask(): void {
    try {
      this.#open().resume()
    } catch {
      this.#ended = true
      this.#isGone = true
    }
  }

  take(max: number): Uint8Array | undefined {
    const first = this.#pieces[0]
    if (first === undefined) {
      if (!this.#ended) this.#ask()
      if (!this.#ended) return undefined
      this.#ended = this.#isGone
      return new Uint8Array(0)
    }
    if (first.length > max) {
      this.#pieces[0] = first.subarray(max)
      return first.subarray(0, max)
    }
    this.#pieces.shift()
    return first
  }

  available(): number {
    if (this.#pieces.length > 0) return this.#pieces.reduce((n, piece) => n + piece.length, 0)
    if (!this.#ended) this.#ask()
    return this.#ended ? -1 : 0
  }

  onReadable(callback: () => void): void {
    this.#callbacks.push(callback)
  }

  /** Of a terminal: whether keys come one by one. */
  setRawMode(on: boolean): void {
    try {
      this.#open().setRawMode(on)
    } catch {
      // A terminal that is gone has no mode.
    }
  }

  write(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes)
  }
}

/** An output that is a terminal can also be read, as every terminal: programs whose input is a pipe take their keys from there. */
export class OutputStream implements HostStream {
  readonly kind: HostStream['kind']
  readonly keys: InputStream | undefined
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
    this.kind = streamKind(fd)
    if (this.kind === 'terminal') this.keys = new InputStream(fd)
  }

  get hostFd(): number | undefined {
    return this.kind === 'file' ? this.#fd : undefined
  }

  take(max: number): Uint8Array | undefined {
    return this.keys === undefined ? new Uint8Array(0) : this.keys.take(max)
  }

  available(): number {
    return this.keys === undefined ? -1 : this.keys.available()
  }

  onReadable(callback: () => void): void {
    this.keys?.onReadable(callback)
  }

  write(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes)
  }
}
