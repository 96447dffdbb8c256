/** A system call being decoded: its raw values, and the memory that was copied when it began and when it ended. */
import type { Value } from './value.ts'
import { approximate } from './wide.ts'

/** The captures of one record. */
export class CapturedMemory {
  #view: DataView = new DataView(new ArrayBuffer(0))
  readonly #addresses: number[] = []
  readonly #offsets: number[] = []
  readonly #lengths: number[] = []
  #count = 0

  clear(): void {
    this.#count = 0
  }

  /** Takes the list of captures at `at` of a record. */
  load(view: DataView, start: number): void {
    const count = view.getUint16(start, true)
    this.#view = view
    this.#count = count
    let at = start + 2
    for (let i = 0; i < count; i++) {
      const length = view.getUint32(at + 8, true)
      this.#addresses[i] = approximate(view.getUint32(at, true), view.getUint32(at + 4, true))
      this.#offsets[i] = at + 12
      this.#lengths[i] = length
      at += 12 + length
    }
  }

  /** Copies what `load` took, so that the record may go. */
  keep(): void {
    if (this.#count === 0) return
    const first = this.#offsets[0]
    const last = this.#count - 1
    const bytes = new Uint8Array(
      this.#view.buffer,
      this.#view.byteOffset + first,
      this.#offsets[last] + this.#lengths[last] - first,
    ).slice()
    this.#view = new DataView(bytes.buffer)
    for (let i = 0; i < this.#count; i++) this.#offsets[i] -= first
  }

  /** `length` bytes from `address`, if they were copied. */
  find(address: number, length: number): DataView | undefined {
    for (let i = 0; i < this.#count; i++) {
      const skip = address - this.#addresses[i]
      if (skip >= 0 && skip + length <= this.#lengths[i]) {
        return new DataView(this.#view.buffer, this.#view.byteOffset + this.#offsets[i] + skip, length)
      }
    }
    return undefined
  }

  /** The first capture, if it is that long: for what no argument points to. */
  firstOf(length: number): DataView | undefined {
    if (this.#count === 0 || this.#lengths[0] < length) return undefined
    return new DataView(this.#view.buffer, this.#view.byteOffset + this.#offsets[0], length)
  }

  /** What was copied from `address` on, at most `length` bytes; undefined if nothing was. */
  upTo(address: number, length: number): Uint8Array | undefined {
    for (let i = 0; i < this.#count; i++) {
      const skip = address - this.#addresses[i]
      if (skip < 0 || skip > this.#lengths[i] || (skip === this.#lengths[i] && length > 0)) continue
      const offset = this.#view.byteOffset + this.#offsets[i] + skip
      return new Uint8Array(this.#view.buffer, offset, Math.min(length, this.#lengths[i] - skip))
    }
    return undefined
  }
}

export interface DecodeOptions {
  /** -v: structures in full. JSON is always in full. */
  readonly verbose: boolean
  /** -y: descriptors with what they refer to. */
  readonly paths: boolean
  /** Elements of an array that are shown, bytes of a string that are kept. */
  readonly limit: number
}

export class Call {
  nr = 0
  pid = 0
  tid = 0
  readonly low = new Uint32Array(6)
  readonly high = new Uint32Array(6)
  resultLow = 0
  resultHigh = 0
  /** Whether the call has ended: only then there are results. */
  exiting = false
  /** Linux's errno if the result is one, else 0. */
  error = 0
  readonly entry = new CapturedMemory()
  readonly exit = new CapturedMemory()
  readonly options: DecodeOptions
  /** What a descriptor of the calling process refers to. */
  readonly describe: (fd: number) => string | undefined

  constructor(options: DecodeOptions, describe: (fd: number) => string | undefined) {
    this.options = options
    this.describe = describe
  }

  /** An argument as a signed 32-bit number. */
  int(i: number): number {
    return this.low[i] | 0
  }

  /** An argument as an unsigned 64-bit number, as exact as doubles are. */
  argument(i: number): number {
    return approximate(this.low[i], this.high[i])
  }

  get result(): number {
    return (this.resultHigh | 0) * 0x1_0000_0000 + this.resultLow
  }

  find(address: number, length: number): DataView | undefined {
    return (this.exiting ? this.exit.find(address, length) : undefined) ?? this.entry.find(address, length)
  }

  upTo(address: number, length: number): Uint8Array | undefined {
    return (this.exiting ? this.exit.upTo(address, length) : undefined) ?? this.entry.upTo(address, length)
  }

  fd(fd: number): Value {
    return { kind: 'fd', fd, path: this.options.paths ? this.describe(fd) : undefined }
  }
}
