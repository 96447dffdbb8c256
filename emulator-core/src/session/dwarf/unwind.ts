/** Who has called a function, and the registers that it had: `.eh_frame` (System V ABI of AMD64; DWARF 5, section 6.4). */
import { evaluateLocation, type FrameContext } from './expression.ts'
import { Reader } from './reader.ts'
import { readSections, sectionAddress } from './sections.ts'

/** By DWARF's number, 0 to 16 (the return address); undefined: not known. */
export type Registers = readonly (bigint | undefined)[]

export interface Caller {
  readonly registers: Registers
  /** The function that was left has been entered by a signal: its address is that of the next instruction, not behind a call. */
  readonly isInterrupted: boolean
}

export const RSP = 7
export const RIP = 16
const REGISTERS = 17
/** Those that a function leaves as it has found them (rbx, rbp, r12 to r15), if it does not say otherwise. */
const KEPT = [3, 6, 12, 13, 14, 15]
const MOST_ENTRIES = 2_000_000
const MOST_STEPS = 100_000
const MOST_REMEMBERED = 256

interface Common {
  readonly code: Uint8Array
  readonly codeFactor: number
  readonly dataFactor: number
  readonly returnRegister: number
  readonly pointers: number
  readonly hasAugmentation: boolean
  readonly isSignal: boolean
}

interface Described {
  readonly start: number
  readonly end: number
  readonly common: Common
  readonly code: Uint8Array
}

type Rule =
  | { readonly kind: 'offset' | 'value-offset'; readonly offset: number }
  | { readonly kind: 'expression' | 'value-expression'; readonly code: Uint8Array }
  | { readonly kind: 'register'; readonly number: number }
  | { readonly kind: 'undefined' }

interface Row {
  cfa: { readonly register: number; readonly offset: number } | { readonly code: Uint8Array } | undefined
  rules: Map<number, Rule>
}

/** What is known of one file; addresses as in the file. */
export class UnwindTable {
  readonly #all: readonly Described[]

  constructor(all: readonly Described[] = []) {
    this.#all = [...all].sort((a, b) => a.start - b.start)
  }

  /** The canonical frame address at an address; undefined: not known. */
  cfa(address: number, context: FrameContext): bigint | undefined {
    const found = this.#at(address)
    return found === undefined ? undefined : cfaOf(rowAt(found, address), context)
  }

  /** The registers, with the one that the canonical frame address is counted from, if that address is known otherwise. */
  withFrameAddress(address: number, registers: Registers, cfa: bigint): Registers {
    const found = this.#at(address)
    const rule = found === undefined ? undefined : rowAt(found, address)?.cfa
    if (rule === undefined || 'code' in rule || rule.register >= REGISTERS) return registers
    const completed = [...registers]
    completed[rule.register] ??= BigInt.asUintN(64, cfa - BigInt(rule.offset))
    return completed
  }

  /** Undefined: the address is not known, or too little of the registers. */
  caller(address: number, registers: Registers, context: FrameContext): Caller | 'nobody' | undefined {
    const found = this.#at(address)
    if (found === undefined) return undefined
    const row = rowAt(found, address)
    const cfa = cfaOf(row, context)
    if (row === undefined || cfa === undefined) return undefined
    const { returnRegister, isSignal } = found.common
    const restored = Array.from({ length: REGISTERS }, (_, i) => {
      const rule = row.rules.get(i)
      if (rule === undefined && i === RSP) return cfa
      if (rule !== undefined) return ruleValue(rule, cfa, registers, context)
      return KEPT.includes(i) || isSignal ? registers[i] : undefined
    })
    // The return address itself is nobody's to keep.
    const rule = row.rules.get(returnRegister)
    const back = rule === undefined ? undefined : ruleValue(rule, cfa, registers, context)
    if (back === undefined || back === 0n) return 'nobody'
    restored[RIP] = back
    return { registers: restored, isInterrupted: isSignal }
  }

  #at(address: number): Described | undefined {
    let low = 0
    let high = this.#all.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#all[middle].start <= address) low = middle + 1
      else high = middle
    }
    const found = this.#all[low - 1]
    return found !== undefined && address < found.end ? found : undefined
  }
}

function cfaOf(row: Row | undefined, context: FrameContext): bigint | undefined {
  const cfa = row?.cfa
  if (cfa === undefined) return undefined
  if ('code' in cfa) {
    const location = evaluateLocation(cfa.code, context)
    return location.kind === 'memory' ? location.address : undefined
  }
  const base = context.register(cfa.register)
  return base === undefined ? undefined : BigInt.asUintN(64, base + BigInt(cfa.offset))
}

function ruleValue(rule: Rule, cfa: bigint, registers: Registers, context: FrameContext): bigint | undefined {
  switch (rule.kind) {
    case 'offset':
      return wordAt(cfa + BigInt(rule.offset), context)
    case 'value-offset':
      return BigInt.asUintN(64, cfa + BigInt(rule.offset))
    case 'register':
      return registers[rule.number]
    case 'undefined':
      return undefined
    default: {
      const location = evaluateLocation(rule.code, context, [cfa])
      if (location.kind !== 'memory') return undefined
      return rule.kind === 'expression' ? wordAt(location.address, context) : location.address
    }
  }
}

function wordAt(address: bigint, context: FrameContext): bigint | undefined {
  const bytes = context.read(Number(BigInt.asUintN(64, address)), 8)
  return bytes.length < 8 ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
}

/** The rules that hold at an address; undefined: they cannot be understood. */
function rowAt({ common, code, start }: Described, address: number): Row | undefined {
  const row: Row = { cfa: undefined, rules: new Map() }
  try {
    run(common.code, common, row, new Map(), Number.POSITIVE_INFINITY, 0)
    run(code, common, row, new Map(row.rules), address, start)
    return row
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Executes the instructions for the addresses up to `until`. @throws RangeError */
function run(
  code: Uint8Array,
  { codeFactor, dataFactor, pointers }: Common,
  row: Row,
  initial: ReadonlyMap<number, Rule>,
  until: number,
  from: number,
): void {
  const reader = new Reader(code)
  const remembered: { cfa: Row['cfa']; rules: Map<number, Rule> }[] = []
  let at = from
  const put = (register: number, rule: Rule) => {
    if (register < REGISTERS) row.rules.set(register, rule)
  }
  const restore = (register: number) => {
    const rule = initial.get(register)
    if (rule === undefined) row.rules.delete(register)
    else row.rules.set(register, rule)
  }
  const offset = (value: number): Rule => ({ kind: 'offset', offset: value * dataFactor })
  const moved = (offsetBy: number) => {
    if (row.cfa === undefined || 'code' in row.cfa) throw new RangeError('there is no register to count from')
    row.cfa = { register: row.cfa.register, offset: offsetBy }
  }
  for (let steps = 0; !reader.isAtEnd; steps++) {
    if (steps > MOST_STEPS) throw new RangeError('there is no end of them')
    const op = reader.u8()
    const low = op & 0x3f
    const high = op >> 6
    if (high === 1) at += low * codeFactor
    else if (high === 2) put(low, offset(reader.uleb()))
    else if (high === 3) restore(low)
    else
      switch (op) {
        case 0x00:
          break
        case 0x01:
          at = encodedPointer(reader, pointers & 0x0f, 0)
          break
        case 0x02:
          at += reader.u8() * codeFactor
          break
        case 0x03:
          at += reader.u16() * codeFactor
          break
        case 0x04:
          at += reader.u32() * codeFactor
          break
        case 0x05:
          put(reader.uleb(), offset(reader.uleb()))
          break
        case 0x06:
          restore(reader.uleb())
          break
        case 0x07:
          put(reader.uleb(), { kind: 'undefined' })
          break
        case 0x08:
          row.rules.delete(reader.uleb())
          break
        case 0x09:
          put(reader.uleb(), { kind: 'register', number: reader.uleb() })
          break
        case 0x0a:
          if (remembered.length > MOST_REMEMBERED) throw new RangeError('too much is to be remembered')
          remembered.push({ cfa: row.cfa, rules: new Map(row.rules) })
          break
        case 0x0b: {
          const before = remembered.pop()
          if (before === undefined) throw new RangeError('nothing has been remembered')
          row.cfa = before.cfa
          row.rules = before.rules
          break
        }
        case 0x0c:
          row.cfa = { register: reader.uleb(), offset: reader.uleb() }
          break
        case 0x0d: {
          const register = reader.uleb()
          row.cfa = { register, offset: row.cfa !== undefined && 'offset' in row.cfa ? row.cfa.offset : 0 }
          break
        }
        case 0x0e:
          moved(reader.uleb())
          break
        case 0x0f:
          row.cfa = { code: reader.take(reader.uleb()) }
          break
        case 0x10:
        case 0x16: {
          const register = reader.uleb()
          const kind = op === 0x10 ? 'expression' : 'value-expression'
          put(register, { kind, code: reader.take(reader.uleb()) })
          break
        }
        case 0x11:
          put(reader.uleb(), offset(reader.sleb()))
          break
        case 0x12:
          row.cfa = { register: reader.uleb(), offset: reader.sleb() * dataFactor }
          break
        case 0x13:
          moved(reader.sleb() * dataFactor)
          break
        case 0x14:
          put(reader.uleb(), { kind: 'value-offset', offset: reader.uleb() * dataFactor })
          break
        case 0x15:
          put(reader.uleb(), { kind: 'value-offset', offset: reader.sleb() * dataFactor })
          break
        case 0x2e:
          reader.uleb()
          break
        default:
          throw new RangeError(`instruction 0x${op.toString(16)} is not known`)
      }
    if (at > until) return
  }
}

/** A pointer by its encoding (DW_EH_PE_…); `place`: the address that it is at. @throws RangeError */
function encodedPointer(reader: Reader, encoding: number, place: number): number {
  const format = encoding & 0x0f
  const base = (encoding & 0x70) === 0x10 ? place : 0
  switch (format) {
    case 0x00:
    case 0x04:
      return base + reader.u64()
    case 0x01:
      return base + reader.uleb()
    case 0x02:
      return base + reader.u16()
    case 0x03:
      return base + reader.u32()
    case 0x09:
      return base + reader.sleb()
    case 0x0a:
      return base + ((reader.u16() << 16) >> 16)
    case 0x0b:
      return base + (reader.u32() | 0)
    case 0x0c:
      return base + Number(BigInt.asIntN(64, reader.bigU64()))
    default:
      throw new RangeError(`pointers of encoding 0x${encoding.toString(16)} are not known`)
  }
}

/** Empty for a file that has none. */
export function readUnwindTable(file: Uint8Array): UnwindTable {
  const addressOfSection = sectionAddress(file, '.eh_frame')
  const bytes = readSections(file, ['.eh_frame']).get('.eh_frame')
  if (bytes === undefined || addressOfSection === undefined) return new UnwindTable()
  const all: Described[] = []
  const commons = new Map<number, Common | undefined>()
  const reader = new Reader(bytes)
  while (!reader.isAtEnd && all.length < MOST_ENTRIES) {
    const begin = reader.at
    let end = begin
    try {
      const length = reader.initialLength()
      if (length === 0) break
      end = reader.at + length
      const here = reader.at
      const back = reader.u32()
      if (back !== 0) {
        const place = here - back
        if (!commons.has(place)) commons.set(place, readCommon(bytes, place))
        const common = commons.get(place)
        if (common !== undefined) all.push(readDescribed(reader, common, addressOfSection, end, bytes))
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
    if (!(end > begin)) break
    reader.at = end
  }
  return new UnwindTable(all)
}

function readCommon(bytes: Uint8Array, place: number): Common | undefined {
  const reader = new Reader(bytes, place)
  try {
    const end = reader.initialLength() + reader.at
    if (reader.u32() !== 0) return undefined
    reader.u8()
    const augmentation = reader.text()
    const codeFactor = reader.uleb()
    const dataFactor = reader.sleb()
    const returnRegister = reader.uleb()
    let pointers = 0
    const hasAugmentation = augmentation.startsWith('z')
    if (hasAugmentation) {
      const behind = reader.uleb() + reader.at
      for (const letter of augmentation.slice(1)) {
        if (letter === 'R') pointers = reader.u8()
        else if (letter === 'L') reader.u8()
        else if (letter === 'P') encodedPointer(reader, reader.u8() & 0x0f, 0)
      }
      reader.at = behind
    } else if (augmentation !== '') return undefined
    const code = bytes.subarray(reader.at, end)
    const isSignal = augmentation.includes('S')
    return { code, codeFactor, dataFactor, returnRegister, pointers, hasAugmentation, isSignal }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readDescribed(reader: Reader, common: Common, base: number, end: number, bytes: Uint8Array): Described {
  const start = encodedPointer(reader, common.pointers, base + reader.at)
  const size = encodedPointer(reader, common.pointers & 0x0f, 0)
  if (common.hasAugmentation) {
    const length = reader.uleb()
    reader.take(length)
  }
  return { start, end: start + size, common, code: bytes.subarray(reader.at, end) }
}
