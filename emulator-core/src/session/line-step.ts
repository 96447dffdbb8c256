/**
 * A step from line to line of the program's source, as gdb does it: instruction by instruction as long as the line lasts; functions that are
 * called run up to where they return to. Where the code has no lines, up to the caller that has some.
 */
import type { Lwp } from '../native/lwp.ts'
import type { CodeMap } from './code-map.ts'
import type { CodeOfLine } from './dwarf/line-table.ts'
import { isCall, type Registers, type ThreadStep } from './thread-step.ts'

/** What the step asks of the machine and of the debug information. */
export interface Surroundings extends Registers {
  code(l: Lwp): CodeMap
  /** The innermost of the callers that has lines: where it goes on. */
  callerWithLines(l: Lwp): number | undefined
}

const WORD = 8
/** Below the stack pointer, in bytes, a function may have its own; the frame of a signal is behind that. */
const RED_ZONE = 128

export class LineStep implements ThreadStep {
  readonly #l: Lwp
  readonly #around: Surroundings
  /** Functions with lines are gone into. */
  readonly #into: boolean
  /** What is gone through without a stop; undefined in code without lines. */
  #piece: CodeOfLine | undefined
  /** Its function has just been gone into: what comes next is a stop, whatever its line. */
  #isEntering = false
  /** Where the program runs to, and the stack pointer that it has there at least. */
  #until: { readonly address: number; readonly above: number } | undefined
  #lastAddress: number
  #lastStack: number
  /** The function that was called returns into the middle of the line. */
  #comesBack = false

  constructor(l: Lwp, into: boolean, around: Surroundings) {
    this.#l = l
    this.#into = into
    this.#around = around
    this.#lastAddress = around.programCounter(l)
    this.#lastStack = around.stackPointer(l)
    this.#piece = around.code(l).lineAt(this.#lastAddress)
    if (this.#piece === undefined) this.#runToCaller()
  }

  wants(l: Lwp): boolean {
    return l === this.#l
  }

  /** Whether the thread is to execute one instruction; else it runs to where it comes back. */
  wantsStep(l: Lwp): boolean {
    return l === this.#l && this.#until === undefined
  }

  has(address: number): boolean {
    return this.#until?.address === address
  }

  /** The thread has executed an instruction. True: the step is over. */
  stepped(): boolean {
    const { programCounter, stackPointer, code } = this.#around
    const [address, stack] = [programCounter(this.#l), stackPointer(this.#l)]
    const [from, above] = [this.#lastAddress, this.#lastStack]
    this.#lastAddress = address
    this.#lastStack = stack
    const piece = this.#piece
    if (piece !== undefined && address >= piece.start && address < piece.end) return false
    const returnsTo = this.#around.top(this.#l)
    if (isCall(from, above, stack, returnsTo)) return this.#called(returnsTo, stack)
    const isOtherFunction = !this.#isSameFunction(address, from)
    // A signal's handler has begun: it goes back to where the thread was.
    if (isOtherFunction && stack < above - RED_ZONE) {
      this.#runTo(from, above - 1, true)
      return false
    }
    const here = code(this.#l).lineAt(address)
    if (here === undefined) {
      this.#runToCaller()
      return false
    }
    // As gdb: who comes back to a caller sees it there.
    if (isOtherFunction && stack > above) return true
    const isSame = piece !== undefined && here.line === piece.line && here.file === piece.file
    // The middle of a line is gone through: its beginning was passed by a jump.
    if (!this.#isEntering && (isSame || here.start !== address)) {
      this.#piece = here
      return false
    }
    return true
  }

  /** The thread has come to where it was to run to. True: the step is over. */
  returned(address: number): boolean {
    const until = this.#until
    if (until?.address !== address || this.#around.stackPointer(this.#l) <= until.above) return false
    this.#forgetUntil()
    this.#lastAddress = address
    this.#lastStack = this.#around.stackPointer(this.#l)
    if (!this.#comesBack) return true
    const piece = this.#piece
    return piece === undefined || address < piece.start || address >= piece.end ? this.#isElsewhere(address) : false
  }

  /** Takes away what it has put into the machine. */
  end(): void {
    this.#forgetUntil()
  }

  /** Behind the call that the line ended with. */
  #isElsewhere(address: number): boolean {
    const here = this.#around.code(this.#l).lineAt(address)
    const piece = this.#piece
    if (here === undefined || piece === undefined) return true
    if (here.start === address && (here.line !== piece.line || here.file !== piece.file)) return true
    this.#piece = here
    return false
  }

  #isSameFunction(a: number, b: number): boolean {
    const code = this.#around.code(this.#l)
    const [here, there] = [code.locate(a), code.locate(b)]
    return here?.symbol !== undefined && here.start === there?.start
  }

  #called(returnsTo: number, stack: number): boolean {
    const callee = this.#into ? this.#around.code(this.#l).lineAt(this.#lastAddress) : undefined
    if (callee === undefined) {
      this.#runTo(returnsTo, stack, true)
      return false
    }
    // Behind the instructions with which the function begins.
    this.#piece = callee
    this.#isEntering = true
    return false
  }

  #runToCaller(): void {
    this.#piece = undefined
    const address = this.#around.callerWithLines(this.#l)
    // Nobody has lines: it goes on.
    this.#runTo(address ?? -1, this.#lastStack - WORD, false)
  }

  #runTo(address: number, above: number, comesBack: boolean): void {
    this.#forgetUntil()
    this.#until = { address, above }
    this.#comesBack = comesBack
    if (address >= 0) this.#around.breakpoints.setBreakpoint(address)
  }

  #forgetUntil(): void {
    const address = this.#until?.address ?? -1
    this.#until = undefined
    if (address >= 0) this.#around.breakpoints.clearBreakpoint(address)
  }
}
