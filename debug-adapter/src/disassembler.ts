/** Machine code as text, by iced-x86, in AT&T's notation as gdb and objdump write it. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { DecodedInstruction } from './disassembly.ts'
import type { Iced } from './iced.ts'

/** Of a piece of code. */
export interface Code {
  /** Of its first byte. */
  readonly start: number
  readonly bytes: Uint8Array
  /** Where instructions are known to begin: code that is decoded across one is none. Ascending. */
  readonly beginnings: readonly number[]
}

let loaded: Disassembler | undefined

/** It takes a moment to load, and most sessions never ask: beside the bundle, or from the packages in a checkout. */
export function disassembler(): Disassembler {
  const beside = fileURLToPath(new URL('./iced-x86.cjs', import.meta.url))
  loaded ??= new Disassembler(createRequire(import.meta.url)(existsSync(beside) ? beside : 'iced-x86') as Iced)
  return loaded
}

export class Disassembler {
  readonly #iced: Iced
  readonly #formatter

  constructor(iced: Iced) {
    this.#iced = iced
    this.#formatter = new iced.Formatter(iced.FormatterSyntax.Gas)
    this.#formatter.ripRelativeAddresses = true
    this.#formatter.branchLeadingZeros = false
    this.#formatter.uppercaseHex = false
    this.#formatter.smallHexNumbersInDecimal = false
  }

  /** All instructions of a piece of code; bytes that are none stand alone. */
  decode({ start, bytes, beginnings }: Code): DecodedInstruction[] {
    const all: DecodedInstruction[] = []
    let at = 0
    let next = 0
    while (at < bytes.length) {
      while (next < beginnings.length && beginnings[next] <= start + at) next++
      const limit = Math.min(bytes.length, (beginnings[next] ?? Number.POSITIVE_INFINITY) - start)
      const one = this.#one(start + at, bytes.subarray(at, limit))
      all.push(one)
      at += one.bytes.length
    }
    return all
  }

  #one(address: number, bytes: Uint8Array): DecodedInstruction {
    const decoder = new this.#iced.Decoder(64, bytes, this.#iced.DecoderOptions.None)
    decoder.ip = BigInt(address)
    const instruction = decoder.decode()
    try {
      if (instruction.isInvalid) return { address, bytes: bytes.subarray(0, 1), text: '(bad)' }
      const text = this.#formatter.format(instruction)
      const whole = { address, bytes: bytes.subarray(0, instruction.length), text }
      if (instruction.isIpRelMemoryOperand) return { ...whole, data: Number(instruction.ipRelMemoryAddress) }
      const { nearBranchTarget: target } = instruction
      return target === 0n ? whole : { ...whole, target: Number(target) }
    } finally {
      instruction.free()
      decoder.free()
    }
  }
}
