/** The guest's standard streams in a session: input comes in messages, output goes out in them. Not a terminal, as in any debugger. */
import type { HostStream, HostTerminal } from '../host/host.ts'

/** More than this of typed-ahead input is refused, as a full tty queue would. */
const INPUT_LIMIT = 16 << 20

export class InputStream implements HostStream {
  readonly kind = 'pipe'
  readonly hostFd = undefined
  #chunks: Uint8Array[] = []
  #length = 0
  #ended = false
  #readable: (() => void)[] = []

  hasRoomFor(bytes: Uint8Array): boolean {
    return !this.#ended && this.#length + bytes.length <= INPUT_LIMIT
  }

  /** What the user typed or a request brought. */
  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#chunks.push(bytes)
    this.#length += bytes.length
    this.#tell()
  }

  end(): void {
    this.#ended = true
    this.#tell()
  }

  #tell(): void {
    for (const callback of this.#readable) callback()
  }

  take(max: number): Uint8Array | undefined {
    const first = this.#chunks[0]
    if (first === undefined) return this.#ended ? new Uint8Array(0) : undefined
    const piece = first.subarray(0, max)
    if (piece.length === first.length) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(piece.length)
    this.#length -= piece.length
    return piece
  }

  available(): number {
    return this.#length === 0 && this.#ended ? -1 : this.#length
  }

  onReadable(callback: () => void): void {
    this.#readable.push(callback)
  }

  write(): void {}
}

export class OutputStream implements HostStream {
  readonly kind = 'pipe'
  readonly hostFd = undefined
  readonly #send: (bytes: Uint8Array) => void

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send
  }

  take(): Uint8Array | undefined {
    return new Uint8Array(0)
  }

  available(): number {
    return -1
  }

  onReadable(): void {}

  write(bytes: Uint8Array): void {
    this.#send(bytes.slice())
  }
}

export class SessionTerminal implements HostTerminal {
  readonly input = new InputStream()
  readonly #output: OutputStream
  readonly #error: OutputStream
  #signalled: ((name: string) => void) | undefined

  constructor(send: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void) {
    this.#output = new OutputStream(bytes => send('stdout', bytes))
    this.#error = new OutputStream(bytes => send('stderr', bytes))
  }

  stream(fd: 0 | 1 | 2): HostStream {
    return fd === 0 ? this.input : fd === 1 ? this.#output : this.#error
  }

  onSignal(callback: (name: string) => void): void {
    this.#signalled = callback
  }

  /** Hands the guest a signal as a terminal would. */
  signal(name: string): void {
    this.#signalled?.(name)
  }

  setMode(): void {}

  /** A debugger continues what has stopped. */
  suspend(): void {}

  windowSize(): undefined {
    return undefined
  }
}
