/**
 * What names stand for in an expression about a thread: the variables of a frame of the kernel, the arguments of the call that it is in, its
 * registers (`$rax`, as in gdb), constants, functions of the program, and ways to look into its memory.
 */
import { Reg } from 'unicorn-engine-node'
import { callByNumber } from '../events/syscalls.ts'
import { path, string } from '../events/types/basic.ts'
import type { Lwp } from '../native/lwp.ts'
import type { CodeMap } from './code-map.ts'
import { constant } from './constants.ts'
import type { Scope } from './expression.ts'
import { plainValue, variablesOf } from './program-values.ts'
import type { ProgramVariables } from './program-variables.ts'

/** A frame's variables as the kernel has them. */
export interface FrameValues {
  readonly names: readonly string[]
  readonly values: readonly unknown[]
}

const REGISTERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(Reg)
    .filter(([name]) => /^(R\w+|[FG]S_BASE)$/.test(name))
    .map(([name, slot]) => [`$${name.toLowerCase()}`, slot] as const),
  ['$pc', Reg.RIP],
  ['$sp', Reg.RSP],
  ['$fp', Reg.RBP],
])
const ARGUMENTS = [Reg.RDI, Reg.RSI, Reg.RDX, Reg.R10, Reg.R8, Reg.R9]
const LONGEST_STRING = 4096

export class ThreadScope implements Scope {
  readonly #l: Lwp
  readonly #frame: ReadonlyMap<string, unknown>
  readonly #code: () => CodeMap
  #call: ReadonlyMap<string, unknown> | undefined
  readonly #at: number
  #variables: ProgramVariables | undefined

  /** `at`: which of the program's frames is meant. */
  constructor(l: Lwp, code: () => CodeMap, frame: FrameValues = { names: [], values: [] }, at = 0) {
    this.#at = at
    this.#l = l
    this.#code = code
    this.#frame = new Map(frame.names.map((name, i) => [name, frame.values[i]]))
  }

  get self(): unknown {
    return this.#frame.get('this')
  }

  has(name: string): boolean {
    return this.#lookUp(name) !== undefined
  }

  get(name: string): unknown {
    return this.#lookUp(name)?.value
  }

  set(name: string, value: unknown): void {
    const slot = REGISTERS.get(name)
    if (slot === undefined) throw new TypeError(`${name} cannot be changed: only registers can`)
    setRegister(this.#l, slot, value)
  }

  #lookUp(name: string): { readonly value: unknown } | undefined {
    if (this.#frame.has(name)) return { value: this.#frame.get(name) }
    const slot = REGISTERS.get(name)
    if (slot !== undefined) return { value: number64(this.#l.registers[slot]) }
    this.#call ??= this.#callValues()
    if (this.#call.has(name)) return { value: this.#call.get(name) }
    const known = constant(name)
    if (known !== undefined) return { value: known }
    const ofProgram = this.#ofProgram(name)
    if (ofProgram !== undefined) return ofProgram
    const value = this.#ofThread(name) ?? this.#functionNamed(name)
    return value === undefined ? undefined : { value }
  }

  /** The call's arguments by strace's names: numbers, and text where it is the name of a file or the like. */
  #callValues(): ReadonlyMap<string, unknown> {
    const { syscall, registers } = this.#l
    if (syscall < 0) return new Map()
    const known = callByNumber(syscall)
    const given = known.shown.map(({ name, index, type, direction }): [string, unknown] => {
      const register = registers[ARGUMENTS[index]]
      const isText = direction === 'in' && (type === path || type === string)
      return [name, isText ? this.#text(Number(register)) : argument(register)]
    })
    return new Map<string, unknown>([['call', known.name], ...given])
  }

  /** A variable of the program's function, or one outside of all. */
  #ofProgram(name: string): { readonly value: unknown } | undefined {
    try {
      this.#variables ??= variablesOf(this.#l, this.#code(), this.#at)
    } catch {
      return undefined
    }
    const found = this.#variables.named(name)
    return found === undefined ? undefined : { value: plainValue(name, found, this.#variables.memory) }
  }

  #ofThread(name: string): unknown {
    const { memory } = this.#l.proc.vm
    switch (name) {
      case 'pid':
        return this.#l.proc.pid
      case 'tid':
        return this.#l.id
      case 'comm':
        return this.#l.name
      case 'str':
        return (address: number | bigint) => this.#text(Number(address))
      case 'u8':
        return (address: number | bigint) => memory.readU8(Number(address))
      case 'u16':
        return (address: number | bigint) => memory.readU16(Number(address))
      case 'u32':
        return (address: number | bigint) => memory.readU32(Number(address))
      case 'i32':
        return (address: number | bigint) => memory.readI32(Number(address))
      case 'u64':
        return (address: number | bigint) => number64(memory.readBigU64(Number(address)))
      default:
        return undefined
    }
  }

  #text(address: number): string | null {
    try {
      return Buffer.from(this.#l.proc.vm.memory.copyinstrBytes(address, LONGEST_STRING)).toString('utf8')
    } catch {
      return null
    }
  }

  #functionNamed(name: string): number | undefined {
    return this.#code().functions(name)[0]?.address
  }
}

/** A register by its name without the sign. @throws TypeError */
export function registerSlot(name: string): number {
  const slot = REGISTERS.get(`$${name.replace(/^[$%]/, '').toLowerCase()}`)
  if (slot === undefined) throw new TypeError(`there is no register ${name}`)
  return slot
}

/** @throws TypeError */
export function setRegister(l: Lwp, slot: number, value: unknown): void {
  if (typeof value !== 'bigint' && !Number.isInteger(value)) throw new TypeError('a register takes a whole number')
  const { scheduler } = l.proc.kernel
  scheduler.saveRegisters()
  l.registers[slot] = BigInt.asUintN(64, BigInt(value as number | bigint))
  scheduler.reloadRegisters()
}

/** As gdb: with a sign. A number where it is exact. */
function number64(bits: bigint): number | bigint {
  const signed = BigInt.asIntN(64, bits)
  return BigInt(Number(signed)) === signed && Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
}

/** Most arguments are of 32 bits, and what is above them says nothing (`fd == -1`). */
function argument(bits: bigint): number | bigint {
  return bits >> 32n === 0n ? Number(BigInt.asIntN(32, bits)) : number64(bits)
}
