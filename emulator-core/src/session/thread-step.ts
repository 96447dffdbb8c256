/** A step of one thread that goes over more than one stay in the program. */
import type { Lwp } from '../native/lwp.ts'
import type { AddressBreakpoints } from './function-places.ts'

export interface ThreadStep {
  /** Whether it is this thread's. */
  wants(l: Lwp): boolean
  /** Whether the thread is to execute one instruction; else it runs to where it comes back. */
  wantsStep(l: Lwp): boolean
  /** Whether it waits for a thread there. */
  has(address: number): boolean
  /** The thread has executed an instruction. True: the step is over. */
  stepped(): boolean
  /** The thread has come to where it was to run to. True: the step is over. */
  returned(address: number): boolean
  /** Takes away what it has put into the machine. */
  end(): void
}

/** What a step asks of the machine. */
export interface Registers {
  readonly breakpoints: AddressBreakpoints
  programCounter(l: Lwp): number
  stackPointer(l: Lwp): number
  /** The word on the top of the stack. */
  top(l: Lwp): number
}

/** The longest instruction of the processor, in bytes. */
const LONGEST_INSTRUCTION = 15
const WORD = 8

/** Whether the instruction at `from` was a call: the stack has got a word more, which is an address behind it. */
export function isCall(from: number, before: number, stack: number, top: number): boolean {
  return stack === before - WORD && top > from && top <= from + LONGEST_INSTRUCTION
}

/** gdb's nexti: one instruction, and the function that it calls. */
export class InstructionStep implements ThreadStep {
  readonly #l: Lwp
  readonly #on: Registers
  readonly #from: number
  readonly #stack: number
  #until: number | undefined

  constructor(l: Lwp, on: Registers) {
    this.#l = l
    this.#on = on
    this.#from = on.programCounter(l)
    this.#stack = on.stackPointer(l)
  }

  wants(l: Lwp): boolean {
    return l === this.#l
  }

  wantsStep(l: Lwp): boolean {
    return l === this.#l && this.#until === undefined
  }

  has(address: number): boolean {
    return this.#until === address
  }

  stepped(): boolean {
    const [stack, top] = [this.#on.stackPointer(this.#l), this.#on.top(this.#l)]
    if (!isCall(this.#from, this.#stack, stack, top)) return true
    this.#until = top
    this.#on.breakpoints.setBreakpoint(top)
    return false
  }

  returned(address: number): boolean {
    return address === this.#until && this.#on.stackPointer(this.#l) >= this.#stack
  }

  end(): void {
    if (this.#until !== undefined) this.#on.breakpoints.clearBreakpoint(this.#until)
    this.#until = undefined
  }
}
