/** Copies guest memory into a record that is being made. Reading never disturbs the guest: what cannot be read is left out. */
import type { CaptureStep } from '../events/captures.ts'
import { type CaptureSink, ELEMENT_LIMIT } from '../events/types/type.ts'
import { ACCESS_READ } from '../machine/access.ts'
import { Errno } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'

/** A record's captures take no more than this, whatever the guest asks for. */
const RECORD_LIMIT = 256 * 1024
const CAPTURE_HEADER = 12
const PAGE = 4096

export class MemoryCapture implements CaptureSink {
  readonly stringLimit: number
  readonly elementLimit: number
  readonly verbose: boolean
  /** The record made so far. */
  readonly record = new Uint8Array(RECORD_LIMIT + 1024)
  readonly view = new DataView(this.record.buffer)
  result = 0
  stackPointer = 0
  readonly #arguments = new Float64Array(6)
  #l: Lwp | undefined
  #start = 0
  #at = 0
  #count = 0

  /** `verbose`: all that the tables can show. */
  constructor(stringLimit: number, verbose: boolean) {
    this.stringLimit = stringLimit
    this.elementLimit = verbose ? ELEMENT_LIMIT : stringLimit + 1
    this.verbose = verbose
  }

  setArgument(i: number, low: number, high: number): void {
    this.#arguments[i] = high * 0x1_0000_0000 + low
  }

  argument(i: number): number {
    return this.#arguments[i]
  }

  /** Captures come behind `fixed` bytes and their count. */
  begin(l: Lwp, fixed: number, result: number, stackPointer: number): void {
    this.#l = l
    this.#start = fixed
    this.#at = fixed + 2
    this.#count = 0
    this.result = result
    this.stackPointer = stackPointer
  }

  run(steps: readonly CaptureStep[]): void {
    for (const step of steps) {
      const address = this.#arguments[step.argument] ?? 0
      step.capture(this, address)
    }
  }

  /** @returns the record's size. */
  end(): number {
    this.view.setUint16(this.#start, this.#count, true)
    const size = (this.#at + 7) & ~7
    this.record.fill(0, this.#at, size)
    this.#l = undefined
    return size
  }

  bytes(address: number, length: number): void {
    const room = RECORD_LIMIT - this.#at - CAPTURE_HEADER
    if (address === 0 || !(length > 0) || room <= 0 || this.#count === 0xffff) return
    const data = this.#at + CAPTURE_HEADER
    this.#put(address, this.#copy(address, Math.min(length, room), data))
  }

  string(address: number, max: number): void {
    if (address === 0) return
    const data = this.#at + CAPTURE_HEADER
    const room = Math.min(max, RECORD_LIMIT - data)
    let length = 0
    // A page at a time: the string may end just before memory that is not there.
    while (length < room) {
      const piece = Math.min(room - length, PAGE - ((address + length) % PAGE), length === 0 ? 256 : PAGE)
      const copied = this.#copy(address + length, piece, data + length)
      const zero = this.record.subarray(data + length, data + length + copied).indexOf(0)
      if (zero >= 0) {
        length += zero + 1
        break
      }
      length += copied
      if (copied < piece) return
    }
    this.#put(address, length)
  }

  word(address: number): number {
    const at = RECORD_LIMIT + 512
    if (this.#copy(address, 8, at) < 8) return -1
    return this.view.getInt32(at + 4, true) * 0x1_0000_0000 + this.view.getUint32(at, true)
  }

  #put(address: number, length: number): void {
    if (length === 0) return
    this.view.setUint32(this.#at, address % 0x1_0000_0000, true)
    this.view.setUint32(this.#at + 4, Math.floor(address / 0x1_0000_0000), true)
    this.view.setUint32(this.#at + 8, length, true)
    this.#at += CAPTURE_HEADER + length
    this.#count++
  }

  #copy(address: number, length: number, to: number): number {
    let done = 0
    try {
      this.#l?.memory.forEachRun(address, length, ACCESS_READ, run => {
        this.record.set(run, to + done)
        done += run.length
      })
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    return done
  }
}
