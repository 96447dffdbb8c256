/**
 * Where kernel code is, statement by statement. Only the second bundle of the emulator uses it, into which the build puts the calls
 * (scripts/lib/instrument.mjs); it is loaded where somebody may step through the kernel.
 *
 * Kernel code is not a guest: a thread in it cannot be suspended between two statements. So a debugger stops it by not returning from
 * `reached`, and answers questions from there; meanwhile no thread runs, as on a machine with one processor whose kernel is not pre-empted.
 */

import type { Waker } from './waker.ts'

/** A function that is being executed on behalf of a thread. */
export interface KernelFrame {
  /** Number of the function in the build's table. */
  readonly fn: number
  readonly stack: KernelFrame[]
  readonly depth: number
  /** Number of the statement in the build's table; -1 before the first that is known. */
  statement: number
  /** The values of the names that the table has for the statement. */
  values: (() => readonly unknown[]) | undefined
  /** How it ends: there once it does. */
  outcome: Outcome | undefined
  /** The function that it has called last, and how that ended: kept only while somebody steps. */
  called: KernelFrame | undefined
  /** What has woken the thread that slept in it. */
  wokenBy: Waker | undefined
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

export class Stepper {
  /** Whether each statement is to be told. */
  on = false
  /** Told of each statement before it is executed; `isFirst`: of its function. */
  reached: ((frame: KernelFrame, isFirst: boolean) => void) | undefined
  /** Told of each function that ends. */
  leaving: ((frame: KernelFrame) => void) | undefined
  #stack: KernelFrame[] = []

  /** From now on functions are executed for the owner of this stack. */
  switchTo(stack: KernelFrame[], on: boolean): void {
    this.#stack = stack
    this.on = on
  }

  /** Does something that is no part of what is stepped through, although functions of the kernel may be called for it. */
  aside<T>(work: () => T): T {
    const stack = this.#stack
    const { on } = this
    this.switchTo([], false)
    try {
      return work()
    } finally {
      this.switchTo(stack, on)
    }
  }

  enter(fn: number): KernelFrame {
    const stack = this.#stack
    const frame: KernelFrame = {
      fn,
      stack,
      depth: stack.length,
      statement: -1,
      values: undefined,
      outcome: undefined,
      called: undefined,
      wokenBy: undefined,
    }
    stack.push(frame)
    return frame
  }

  returns<T>(frame: KernelFrame, value: T): T {
    frame.outcome = { value }
    return value
  }

  threw(frame: KernelFrame, error: unknown): unknown {
    frame.outcome = { error }
    return error
  }

  /** Also for a generator that is ended while another thread runs: the frame knows its stack. */
  leave(frame: KernelFrame): void {
    const caller = frame.stack[frame.depth - 1]
    if (this.on) {
      this.leaving?.(frame)
      frame.called = undefined
      if (caller !== undefined) caller.called = frame
    }
    // Whoever called it has slept too.
    if (caller !== undefined && frame.wokenBy !== undefined) caller.wokenBy = frame.wokenBy
    frame.stack.length = frame.depth
  }

  at(frame: KernelFrame, statement: number, values: () => readonly unknown[]): void {
    const isFirst = frame.statement < 0
    frame.statement = statement
    frame.values = values
    this.reached?.(frame, isFirst)
  }

  /** A statement in which the thread may sleep. */
  mark(frame: KernelFrame, statement: number, values: () => readonly unknown[]): void {
    const isFirst = frame.statement < 0
    frame.statement = statement
    frame.values = values
    if (this.on) this.reached?.(frame, isFirst)
  }
}

export const stepper = new Stepper()
