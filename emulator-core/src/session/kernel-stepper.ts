/** Decides where the kernel itself stops: steps and breakpoints in the sources of the translation. */
import type { Lwp } from '../native/lwp.ts'
import { type KernelFrame, stepper } from '../native/stepper.ts'
import { knownValue } from './kernel-values.ts'
import type { SourcePlace, StepTable, StopReason, TranslationFrame } from './protocol.ts'

/** `into`: the next statement. `over`: the next of this function or of its callers. `out`: the next of its callers. */
export type KernelStep = 'into' | 'over' | 'out'

interface Goal {
  readonly l: Lwp
  readonly kind: KernelStep
  /** How deep the frame is from which it goes on. */
  readonly depth: number
}

export interface KernelHolder {
  /** Returns when the guest is to go on. */
  hold(l: Lwp, reason: StopReason): void
  /** The kernel's work is done for now; what waited for that may be done. */
  left(): void
}

export class KernelStepper {
  readonly #table: StepTable
  readonly #holder: KernelHolder
  readonly #stacks = new WeakMap<Lwp, KernelFrame[]>()
  /** Of whatever the kernel does for nobody: timers, the outside. */
  readonly #nobody: KernelFrame[] = []
  readonly #breakpoints = new Map<string, ReadonlySet<number>>()
  #stops = new Set<number>()
  #stopsAtNative = false
  /** Functions of the native kernel that the translation has called: their ends are told too. */
  #operations = new WeakSet<KernelFrame>()
  #goal: Goal | undefined
  #current: Lwp | undefined

  constructor(table: StepTable, holder: KernelHolder) {
    this.#table = table
    this.#holder = holder
    stepper.reached = (frame, isFirst) => this.#reached(frame, isFirst)
    stepper.leaving = frame => this.#leaving(frame)
  }

  entered(l: Lwp): void {
    if (l.kernel === undefined) this.#stacks.set(l, [])
    const stack = this.#stackOf(l)
    this.#current = l
    stepper.switchTo(stack, this.#isWatched(l))
  }

  left(): void {
    this.#current = undefined
    stepper.switchTo(this.#nobody, false)
    this.#holder.left()
  }

  /** Whether it stops wherever the translation enters the native kernel and comes back from it. */
  stopAtNative(on: boolean): void {
    this.#stopsAtNative = on
    this.#operations = new WeakSet()
  }

  #isWatched(l: Lwp): boolean {
    return this.#stopsAtNative || this.#stops.size > 0 || this.#goal?.l === l
  }

  /** Where the thread's call is; false if it is in none that tells. */
  isWithin(l: Lwp): boolean {
    return l.syscall >= 0 && this.#stackOf(l).length > 0
  }

  setGoal(l: Lwp, kind: KernelStep): void {
    this.#goal = { l, kind, depth: this.#stackOf(l).length - 1 }
    if (this.#current === l) stepper.on = true
  }

  clearGoal(): void {
    this.#goal = undefined
  }

  /** Replaces the breakpoints of a file; each comes to lie on the first line from there on at which something is executed. */
  setBreakpoints(file: string, lines: readonly number[]): (number | undefined)[] {
    const number = this.#table.files.indexOf(file)
    const statements = this.#table.statements.flatMap(([inFile, line], i) => (inFile === number ? [{ line, i }] : []))
    const places = lines.map(asked => {
      const after = statements.filter(({ line }) => line >= asked).map(({ line }) => line)
      return after.length === 0 ? undefined : Math.min(...after)
    })
    // The first statement of a line: the others follow it.
    const numbers = places.flatMap(place => statements.find(({ line }) => line === place)?.i ?? [])
    this.#breakpoints.set(file, new Set(numbers))
    this.#stops = new Set([...this.#breakpoints.values()].flatMap(set => [...set]))
    return places
  }

  /** Innermost first. */
  frames(l: Lwp): TranslationFrame[] {
    return this.#stackOf(l)
      .map(frame => ({
        name: this.#nameOf(frame),
        place: this.#place(frame),
        variables: this.#values(frame),
      }))
      .reverse()
  }

  #stackOf(l: Lwp): KernelFrame[] {
    let stack = this.#stacks.get(l)
    if (stack === undefined) {
      stack = []
      this.#stacks.set(l, stack)
    }
    return stack
  }

  #reached(frame: KernelFrame, isFirst: boolean): void {
    const l = this.#current
    if (l === undefined || frame.stack !== this.#stacks.get(l)) return
    if (this.#stops.has(frame.statement)) {
      const place = this.#place(frame)
      this.#stop(l, { kind: 'source-breakpoint', file: place.file, line: place.line })
    } else if (this.#isGoal(l, frame.depth)) this.#stop(l, { kind: 'step' })
    else if (isFirst && this.#stopsAtNative) this.#begins(l, frame)
  }

  /** Stops if the translation has called into the native kernel. */
  #begins(l: Lwp, frame: KernelFrame): void {
    const caller = frame.stack[frame.depth - 1]
    if (caller === undefined || !this.#isNative(frame) || this.#isNative(caller)) return
    this.#operations.add(frame)
    const detail = `${this.#nameOf(caller)} calls ${this.#nameOf(frame)}`
    this.#stop(l, { kind: 'filter', filter: 'nativeOperation', detail })
  }

  #leaving(frame: KernelFrame): void {
    const l = this.#current
    if (l === undefined || !this.#operations.delete(frame)) return
    this.#stop(l, { kind: 'filter', filter: 'nativeOperation', detail: `${this.#nameOf(frame)} is done` })
  }

  #nameOf(frame: KernelFrame): string {
    return this.#table.functions[frame.fn][0]
  }

  #isNative(frame: KernelFrame): boolean {
    return this.#table.files[this.#table.functions[frame.fn][1]].startsWith('native/')
  }

  #isGoal(l: Lwp, depth: number): boolean {
    const goal = this.#goal
    if (goal === undefined || goal.l !== l) return false
    return goal.kind === 'into' || (goal.kind === 'over' ? depth <= goal.depth : depth < goal.depth)
  }

  #stop(l: Lwp, reason: StopReason): void {
    this.#goal = undefined
    this.#holder.hold(l, reason)
    if (this.#current === l) stepper.on = this.#isWatched(l)
  }

  #place(frame: KernelFrame): SourcePlace {
    if (frame.statement < 0) {
      const [, file, line] = this.#table.functions[frame.fn]
      return { file: this.#table.files[file], line, column: 1 }
    }
    const [file, line, column] = this.#table.statements[frame.statement]
    return { file: this.#table.files[file], line, column }
  }

  #values(frame: KernelFrame) {
    if (frame.statement < 0 || frame.values === undefined) return []
    const values = frame.values()
    return this.#table.statements[frame.statement][3].flatMap((entry, i) => {
      const at = entry.indexOf(':')
      const [name, type] = at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
      return knownValue(name, type, values[i]) ?? []
    })
  }
}
