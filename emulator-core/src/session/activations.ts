/** One call of a function of the program, by what it has on the stack: its variables are there until it returns. */
import type { Proc } from '../native/proc.ts'
import { programFrames } from './backtrace.ts'
import { CodeMap, type SymbolCache } from './code-map.ts'
import { RSP } from './dwarf/unwind.ts'
import { dwarfRegisters } from './inspect.ts'

export interface Activation {
  /** The function's first instruction. */
  readonly start: number
  /** The stack pointer that its caller has afterwards. */
  readonly outside: number
}

/** Frames that are looked through for each thread. */
const MOST_FRAMES = 200
/** Bytes below the stack pointer that a function may use without moving it: the System V ABI's red zone. */
const RED_ZONE = 128

/** The call that has an address on its stack; undefined: it is on no stack, or nobody can tell whose it is. */
export function activationAt(p: Proc, address: number, symbols: SymbolCache): Activation | undefined {
  const code = new CodeMap(p, symbols)
  for (const l of p.lwps.values()) {
    const frames = programFrames(code, dwarfRegisters(l), MOST_FRAMES)
    const stack = frames.map(({ registers }) => Number(registers[RSP] ?? 0n))
    if (stack.length < 2 || address < stack[0] - RED_ZONE) continue
    // The outermost has no caller that says where it ends.
    const outer = stack.findIndex((pointer, i) => i > 0 && address < pointer)
    if (outer < 0) continue
    const { within } = frames[outer - 1]
    return { start: code.locate(within)?.start ?? within, outside: stack[outer] }
  }
  return undefined
}

export const isSame = (a: Activation, b: Activation): boolean => a.start === b.start && a.outside === b.outside
