/** The command's standard streams as the guest's. */
import { fstatSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { HostError, type HostStream } from './host.ts'

/** Major 1, minor 3. */
const DEV_NULL = 0x103
const RETRY_MS = 1
const sleeper = new Int32Array(new SharedArrayBuffer(4))

export function streamKind(fd: number): HostStream['kind'] {
  if (isatty(fd)) return 'terminal'
  try {
    const stat = fstatSync(fd)
    if (stat.isFile()) return 'file'
    return stat.isCharacterDevice() && stat.rdev === DEV_NULL ? 'null' : 'pipe'
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

export class OutputStream implements HostStream {
  readonly kind: HostStream['kind']
  readonly #fd: number

  constructor(fd: 1 | 2) {
    this.#fd = fd
    this.kind = streamKind(fd)
  }

  get hostFd(): number | undefined {
    return this.kind === 'file' ? this.#fd : undefined
  }

  take(): Uint8Array {
    return new Uint8Array(0)
  }

  available(): number {
    return -1
  }

  onReadable(): void {}

  write(bytes: Uint8Array): void {
    writeAll(this.#fd, bytes)
  }
}

/** Standard input is not touched before the guest asks for it: what it does not read stays for whoever reads next. */
export class InputStream implements HostStream {
  readonly kind = streamKind(0)
  readonly hostFd = this.kind === 'file' ? 0 : undefined
  readonly #callbacks: (() => void)[] = []
  #stream: NodeJS.ReadStream | undefined
  #ended = false

  #begin(): NodeJS.ReadStream {
    if (this.#stream !== undefined) return this.#stream
    const stream = process.stdin
    this.#stream = stream
    const tell = (): void => {
      for (const callback of this.#callbacks) callback()
    }
    const end = (): void => {
      this.#ended = true
      tell()
    }
    stream.on('readable', tell)
    stream.on('end', end)
    stream.on('error', end)
    return stream
  }

  take(max: number): Uint8Array | undefined {
    const stream = this.#begin()
    const length = Math.min(max, stream.readableLength)
    if (length > 0) return stream.read(length) as Uint8Array
    // Asks for more, and for the end to be told.
    stream.read(0)
    return this.#ended || stream.readableEnded ? new Uint8Array(0) : undefined
  }

  available(): number {
    const stream = this.#begin()
    if (stream.readableLength > 0) return stream.readableLength
    return this.#ended || stream.readableEnded ? -1 : 0
  }

  onReadable(callback: () => void): void {
    this.#callbacks.push(callback)
  }

  write(bytes: Uint8Array): void {
    writeAll(0, bytes)
  }
}
