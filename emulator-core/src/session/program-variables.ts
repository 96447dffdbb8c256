/** The variables of the program's own functions, by its debug information: those of a frame, globals, and what they lead to. */
import type { CodeSpace, ProgramFrame } from './backtrace.ts'
import type { CodeFile } from './code-map.ts'
import { attribute, type Entry, indexedAddress, isWithin, nameOf, ranges } from './dwarf/debug-info.ts'
import { evaluateLocation, type FrameContext, GONE, type Location } from './dwarf/expression.ts'
import { expressionAt } from './dwarf/location-list.ts'
import { at, tag } from './dwarf/names.ts'
import { typeOf } from './dwarf/types.ts'
import type { Held, Memory, Variable } from './dwarf/values.ts'

const MOST_VARIABLES = 500
const LARGEST_PIECES = 4096

/** Where the code is, and what its files say. */
export interface ProgramSpace extends CodeSpace {
  fileAt(address: number): CodeFile | undefined
  files(): Iterable<CodeFile>
}

export class ProgramVariables {
  readonly #code: ProgramSpace
  readonly #frame: ProgramFrame
  readonly #file: CodeFile | undefined
  #function: { readonly entry: Entry | undefined } | undefined

  constructor(code: ProgramSpace, frame: ProgramFrame) {
    this.#code = code
    this.#frame = frame
    this.#file = code.fileAt(frame.within)
  }

  readonly memory: Memory = {
    read: (address, length) => this.#code.read(address, length),
    functionAt: address => {
      const found = this.#code.locate(address)
      if (found?.symbol === undefined) return undefined
      return found.start === address ? found.symbol : `${found.symbol}+${address - found.start}`
    },
  }

  /** Parameters first; of those with the same name the innermost. */
  locals(): ReadonlyMap<string, Variable> {
    const found = new Map<string, Variable>()
    for (const entry of this.#entries()) {
      const name = nameOf(entry)
      if (name !== undefined) found.set(name, this.#variable(entry, this.#file, this.#context(this.#file)))
    }
    return found
  }

  /** A variable of the frame, or one outside of all functions. */
  named(name: string): Variable | undefined {
    const own = this.#entries().findLast(entry => nameOf(entry) === name)
    if (own !== undefined) return this.#variable(own, this.#file, this.#context(this.#file))
    return this.#global(name)
  }

  #global(name: string): Variable | undefined {
    // The frame's own file first: libraries have others of the same name.
    for (const file of [this.#file, ...this.#code.files()]) {
      const entry = file?.info.global(name)
      if (entry !== undefined) return this.#variable(entry, file, this.#context(file))
    }
    return undefined
  }

  get #inFile(): number {
    return this.#frame.within - (this.#file?.bias ?? 0)
  }

  #functionEntry(): Entry | undefined {
    this.#function ??= { entry: this.#file?.info.functionAt(this.#inFile) }
    return this.#function.entry
  }

  /** Of the function, and of the blocks and inlined functions that the address is in: outermost first. */
  #entries(): Entry[] {
    const found: Entry[] = []
    const gather = (entry: Entry): void => {
      for (const child of entry.children) {
        if (found.length >= MOST_VARIABLES) return
        if (child.tag === tag.parameter || child.tag === tag.variable) found.push(child)
        else if (child.tag === tag.lexicalBlock || child.tag === tag.inlined) {
          if (isWithin(this.#inFile, ranges(child))) gather(child)
        }
      }
    }
    const fn = this.#functionEntry()
    if (fn !== undefined) gather(fn)
    return found
  }

  #variable(entry: Entry, file: CodeFile | undefined, context: FrameContext): Variable {
    const type = typeOf(entry)
    const constant = attribute(entry, 'constValue')
    if (constant?.kind === 'bytes') return { type, held: { kind: 'bytes', bytes: constant.value } }
    if (constant?.kind === 'number') return { type, held: numberHeld(constant.value) }
    return { type, held: this.#held(locationOf(entry, this.#frame.within - (file?.bias ?? 0), context), type.size) }
  }

  #held(location: Location, size: number): Held {
    switch (location.kind) {
      case 'memory':
        return { kind: 'memory', address: Number(location.address) }
      case 'register': {
        const value = this.#frame.registers[location.number]
        return value === undefined ? { kind: 'gone' } : numberHeld(value)
      }
      case 'value':
        return { kind: 'bytes', bytes: location.bytes }
      case 'pieces':
        return this.#gathered(location.parts, size)
      default:
        return { kind: 'gone' }
    }
  }

  /** All parts must be there. */
  #gathered(parts: readonly { readonly size: number; readonly at: Location }[], size: number): Held {
    const whole = new Uint8Array(Math.min(size, LARGEST_PIECES))
    let done = 0
    for (const part of parts) {
      const held = this.#held(part.at, part.size)
      if (held.kind === 'gone') return held
      const bytes = held.kind === 'bytes' ? held.bytes : this.memory.read(held.address, part.size)
      if (bytes.length < part.size) return { kind: 'gone' }
      whole.set(bytes.subarray(0, Math.max(0, Math.min(part.size, whole.length - done))), Math.min(done, whole.length))
      done += part.size
    }
    return { kind: 'bytes', bytes: whole }
  }

  #context(file: CodeFile | undefined): FrameContext {
    const bias = file?.bias ?? 0
    const unit = this.#functionEntry()?.unit
    const context: FrameContext = {
      register: number => this.#frame.registers[number],
      read: (address, length) => this.memory.read(address, length),
      bias,
      cfa: () => this.#file?.unwinding.cfa(this.#inFile, context),
      frameBase: () => this.#frameBase(context),
      indexed: index => (unit === undefined ? undefined : indexedAddress(unit, index)),
    }
    return context
  }

  #frameBase(context: FrameContext): bigint | undefined {
    const fn = this.#functionEntry()
    const value = fn === undefined ? undefined : attribute(fn, 'frameBase')
    if (fn === undefined || value === undefined) return undefined
    const code = expressionAt(fn, value, this.#inFile)
    // Its own base is not there while it is being told.
    const location = code === undefined ? GONE : evaluateLocation(code, { ...context, frameBase: () => undefined })
    if (location.kind === 'memory') return location.address
    return location.kind === 'register' ? this.#frame.registers[location.number] : undefined
  }
}

function numberHeld(value: number | bigint): Held {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true)
  return { kind: 'bytes', bytes }
}

function locationOf(entry: Entry, address: number, context: FrameContext): Location {
  const value = entry.attributes.get(at.location) ?? attribute(entry, 'location')
  if (value === undefined) return GONE
  try {
    const code = expressionAt(entry, value, address)
    return code === undefined ? GONE : evaluateLocation(code, context)
  } catch (error) {
    if (error instanceof RangeError) return GONE
    throw error
  }
}
