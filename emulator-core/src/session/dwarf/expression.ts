/** Location expressions (DWARF 5, sections 2.5 and 2.6): where a variable is at the moment, or what it is. */
import { Reader } from './reader.ts'

/** What an expression may ask about the frame that it is for. */
export interface FrameContext {
  /** By DWARF's number; undefined: not known in this frame. */
  register(number: number): bigint | undefined
  /** So many bytes of memory; fewer where they cannot be read. */
  read(address: number, length: number): Uint8Array
  /** What is added to addresses in the file. */
  readonly bias: number
  /** DW_AT_frame_base of the function. */
  frameBase(): bigint | undefined
  /** The canonical frame address. */
  cfa(): bigint | undefined
  /** An address of the unit's table, as in the file. */
  indexed(index: number): number | undefined
}

export type Location =
  | { readonly kind: 'memory'; readonly address: bigint }
  | { readonly kind: 'register'; readonly number: number }
  | { readonly kind: 'value'; readonly bytes: Uint8Array }
  /** `size` bytes of each part, in order. */
  | { readonly kind: 'pieces'; readonly parts: readonly { readonly size: number; readonly at: Location }[] }
  | { readonly kind: 'gone' }

export const GONE: Location = { kind: 'gone' }

/** An expression that takes longer never ends. */
const MOST_STEPS = 10_000
const MOST_STACK = 1024
const MOST_PIECES = 64
const LARGEST_VALUE = 4096

const unsigned = (n: bigint): bigint => BigInt.asUintN(64, n)
const signed = (n: bigint): bigint => BigInt.asIntN(64, n)
/** Something that the frame does not know, or that is not understood. */
class Unknown extends Error {}

type Binary = (a: bigint, b: bigint) => bigint
const BINARY: Readonly<Record<number, Binary>> = {
  26: (a, b) => a & b,
  27: (a, b) => (b === 0n ? 0n : signed(a) / signed(b)),
  28: (a, b) => a - b,
  29: (a, b) => (b === 0n ? 0n : a % b),
  30: (a, b) => a * b,
  33: (a, b) => a | b,
  34: (a, b) => a + b,
  36: (a, b) => (b > 63n ? 0n : a << b),
  37: (a, b) => (b > 63n ? 0n : a >> b),
  38: (a, b) => signed(a) >> (b > 63n ? 63n : b),
  39: (a, b) => a ^ b,
  41: (a, b) => BigInt(signed(a) === signed(b)),
  42: (a, b) => BigInt(signed(a) >= signed(b)),
  43: (a, b) => BigInt(signed(a) > signed(b)),
  44: (a, b) => BigInt(signed(a) <= signed(b)),
  45: (a, b) => BigInt(signed(a) < signed(b)),
  46: (a, b) => BigInt(signed(a) !== signed(b)),
}

/** `start`: what lies on the stack before it begins. */
export function evaluateLocation(code: Uint8Array, frame: FrameContext, start: readonly bigint[] = []): Location {
  try {
    return new Machine(code, frame, start).run()
  } catch (error) {
    if (error instanceof Unknown || error instanceof RangeError) return GONE
    throw error
  }
}

class Machine {
  readonly #reader: Reader
  readonly #length: number
  readonly #frame: FrameContext
  readonly #stack: bigint[]
  /** Found so far: of the piece that is being described. */
  #here: Location | undefined
  readonly #pieces: { size: number; at: Location }[] = []

  constructor(code: Uint8Array, frame: FrameContext, start: readonly bigint[]) {
    this.#reader = new Reader(code)
    this.#length = code.length
    this.#frame = frame
    this.#stack = [...start]
  }

  run(): Location {
    if (this.#length === 0) return GONE
    for (let steps = 0; this.#reader.at < this.#length; steps++) {
      if (steps > MOST_STEPS || this.#stack.length > MOST_STACK || this.#pieces.length > MOST_PIECES)
        throw new Unknown()
      this.#step(this.#reader.u8())
    }
    if (this.#pieces.length > 0) return { kind: 'pieces', parts: this.#pieces }
    return this.#result()
  }

  #result(): Location {
    return this.#here ?? (this.#stack.length === 0 ? GONE : { kind: 'memory', address: this.#pop() })
  }

  #pop(): bigint {
    const top = this.#stack.pop()
    if (top === undefined) throw new Unknown()
    return top
  }

  #push(n: bigint | number | undefined): void {
    if (n === undefined) throw new Unknown()
    this.#stack.push(unsigned(BigInt(n)))
  }

  #pick(depth: number): bigint {
    const found = this.#stack.at(-1 - depth)
    if (found === undefined) throw new Unknown()
    return found
  }

  #load(size: number): void {
    const bytes = this.#frame.read(Number(this.#pop()), size)
    if (bytes.length < size || size > 8) throw new Unknown()
    let value = 0n
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i])
    this.#push(value)
  }

  #register(number: number, offset: number): void {
    const value = this.#frame.register(number)
    this.#push(value === undefined ? undefined : value + BigInt(offset))
  }

  #jump(distance: number): void {
    this.#reader.at += distance
    if (this.#reader.at < 0) throw new Unknown()
  }

  #step(op: number): void {
    const reader = this.#reader
    const binary = BINARY[op]
    if (binary !== undefined) {
      const b = this.#pop()
      this.#push(binary(this.#pop(), b))
    } else if (op >= 0x30 && op <= 0x4f) this.#push(op - 0x30)
    else if (op >= 0x50 && op <= 0x6f) this.#here = { kind: 'register', number: op - 0x50 }
    else if (op >= 0x70 && op <= 0x8f) this.#register(op - 0x70, reader.sleb())
    else this.#other(op)
  }

  #other(op: number): void {
    const reader = this.#reader
    switch (op) {
      case 0x03:
        this.#push(reader.u64() + this.#frame.bias)
        break
      case 0x06:
        this.#load(8)
        break
      case 0x08:
        this.#push(reader.u8())
        break
      case 0x09:
        this.#push(reader.i8())
        break
      case 0x0a:
        this.#push(reader.u16())
        break
      case 0x0b:
        this.#push((reader.u16() << 16) >> 16)
        break
      case 0x0c:
        this.#push(reader.u32())
        break
      case 0x0d:
        this.#push(reader.u32() | 0)
        break
      case 0x0e:
      case 0x0f:
        this.#push(reader.bigU64())
        break
      case 0x10:
        this.#push(reader.uleb())
        break
      case 0x11:
        this.#push(reader.sleb())
        break
      case 0x12:
        this.#push(this.#pick(0))
        break
      case 0x13:
        this.#pop()
        break
      case 0x14:
        this.#push(this.#pick(1))
        break
      case 0x15:
        this.#push(this.#pick(reader.u8()))
        break
      case 0x16: {
        const [a, b] = [this.#pop(), this.#pop()]
        this.#push(a)
        this.#push(b)
        break
      }
      case 0x17: {
        const [a, b, c] = [this.#pop(), this.#pop(), this.#pop()]
        this.#push(a)
        this.#push(c)
        this.#push(b)
        break
      }
      case 0x19: {
        const n = signed(this.#pop())
        this.#push(n < 0n ? -n : n)
        break
      }
      case 0x1f:
        this.#push(-this.#pop())
        break
      case 0x20:
        this.#push(~this.#pop())
        break
      case 0x23:
        this.#push(this.#pop() + BigInt(reader.uleb()))
        break
      case 0x28: {
        const distance = (reader.u16() << 16) >> 16
        if (this.#pop() !== 0n) this.#jump(distance)
        break
      }
      case 0x2f:
        this.#jump((reader.u16() << 16) >> 16)
        break
      case 0x90:
        this.#here = { kind: 'register', number: reader.uleb() }
        break
      case 0x91: {
        const offset = BigInt(reader.sleb())
        const base = this.#frame.frameBase()
        this.#push(base === undefined ? undefined : base + offset)
        break
      }
      case 0x92: {
        const number = reader.uleb()
        this.#register(number, reader.sleb())
        break
      }
      case 0x93:
        this.#pieces.push({ size: Math.min(reader.uleb(), LARGEST_VALUE), at: this.#result() })
        this.#here = undefined
        break
      case 0x94:
        this.#load(reader.u8())
        break
      case 0x96:
        break
      case 0x9c:
        this.#push(this.#frame.cfa())
        break
      case 0x9e:
        this.#here = { kind: 'value', bytes: reader.take(reader.uleb()) }
        break
      case 0x9f: {
        const bytes = new Uint8Array(8)
        new DataView(bytes.buffer).setBigUint64(0, this.#pop(), true)
        this.#here = { kind: 'value', bytes }
        break
      }
      case 0xa1: {
        const address = this.#frame.indexed(reader.uleb())
        this.#push(address === undefined ? undefined : address + this.#frame.bias)
        break
      }
      case 0xa2:
        this.#push(this.#frame.indexed(reader.uleb()))
        break
      default:
        // What it was when the function was called, thread-local variables, values of types: not known here.
        throw new Unknown()
    }
  }
}
