/**
 * Decides where the kernel itself stops: steps and breakpoints in the sources of the translation.
 *
 * The statements and their variables can be events too (`step` of the grammar), so that a recording holds what a debugger would have shown:
 * a frame and its named values as text, in the order in which they were executed. Whoever steps through a recording goes from event to event.
 */
import type { Lwp } from '../native/lwp.ts'
import { type KernelFrame, type Outcome, stepper } from '../native/stepper.ts'
import type { Waker } from '../native/waker.ts'
import { knownValue, outcomeValue } from './kernel-values.ts'
import type { NameChoice } from './name-choice.ts'
import type { NamedValue, SourcePlace, StepTable, StopReason, TranslationFrame } from './protocol.ts'
import type { Names } from './system.ts'
import { wakerValue } from './waker-value.ts'

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

/** Files whose statements are recorded: the translation, and the queue it is made to. */
const RECORDED = /^(compat-linux|linux|native\/kqueue)\//

export class KernelStepper {
  readonly #table: StepTable
  readonly #names: Names
  readonly #records: boolean
  /** What has ended a sleep of the call in progress, until a stop has told of it. */
  readonly #news = new WeakMap<Lwp, Waker>()
  readonly #holder: KernelHolder
  readonly #stacks = new WeakMap<Lwp, KernelFrame[]>()
  /** Of whatever the kernel does for nobody: timers, the outside. */
  readonly #nobody: KernelFrame[] = []
  readonly #breakpoints = new Map<string, ReadonlySet<number>>()
  #stops = new Set<number>()
  #nativeOperations: NameChoice | undefined
  #divergences: NameChoice | undefined
  /** Functions of the native kernel that the translation has called: their ends are told too. */
  #operations = new WeakSet<KernelFrame>()
  #goal: Goal | undefined
  #current: Lwp | undefined

  /** `records`: every statement becomes an event. */
  constructor(table: StepTable, holder: KernelHolder, names: Names, records: boolean) {
    this.#table = table
    this.#names = names
    this.#records = records
    this.#holder = holder
    stepper.reached = (frame, isFirst) => this.#reached(frame, isFirst)
    stepper.leaving = frame => this.#leaving(frame)
  }

  entered(l: Lwp): void {
    if (l.kernel === undefined) {
      this.#stacks.set(l, [])
      this.#news.delete(l)
    }
    const stack = this.#stackOf(l)
    if (l.wokenBy !== undefined) {
      this.#news.set(l, l.wokenBy)
      const top = stack.at(-1)
      if (top !== undefined) top.wokenBy = l.wokenBy
      l.wokenBy = undefined
    }
    this.#current = l
    stepper.switchTo(stack, this.#isWatched(l))
  }

  left(): void {
    this.#current = undefined
    stepper.switchTo(this.#nobody, false)
    this.#holder.left()
  }

  /** Wherever the translation enters the native kernel by one of these functions and comes back from it, and where it meets a divergence. */
  stopAt(nativeOperations: NameChoice | undefined, divergences: NameChoice | undefined): void {
    this.#nativeOperations = nativeOperations
    this.#divergences = divergences
    this.#operations = new WeakSet()
  }

  #isWatched(l: Lwp): boolean {
    const asked = this.#nativeOperations !== undefined || this.#divergences !== undefined || this.#stops.size > 0
    return this.#records || asked || this.#goal?.l === l
  }

  /** The thread's call has come to where NetBSD differs: stops there. False if nobody can tell where that is. */
  meets(l: Lwp, id: string): boolean {
    if (this.#current !== l || !this.#isWatched(l) || this.#stackOf(l).length === 0) return false
    this.#stop(l, { kind: 'filter', filter: 'divergence', detail: id })
    return true
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
    if (this.#records) this.#record(l, frame)
    if (this.#stops.has(frame.statement)) {
      const place = this.#place(frame)
      this.#stop(l, { kind: 'source-breakpoint', file: place.file, line: place.line })
    } else if (this.#isGoal(l, frame.depth)) this.#stop(l, { kind: 'step' })
    else if (isFirst && this.#nativeOperations !== undefined) this.#begins(l, frame)
  }

  /** Stops if the translation has called into the native kernel. */
  #begins(l: Lwp, frame: KernelFrame): void {
    const caller = frame.stack[frame.depth - 1]
    if (caller === undefined || !this.#isNative(frame) || this.#isNative(caller)) return
    if (this.#nativeOperations?.has(this.#nameOf(frame)) !== true) return
    this.#operations.add(frame)
    const detail = `${this.#nameOf(caller)} calls ${this.#nameOf(frame)}`
    this.#stop(l, { kind: 'filter', filter: 'nativeOperation', detail })
  }

  #leaving(frame: KernelFrame): void {
    const l = this.#current
    if (l === undefined || frame.stack !== this.#stacks.get(l)) return
    if (this.#operations.delete(frame)) {
      const how = frame.outcome === undefined ? 'is done' : this.#ending(frame.outcome)
      this.#stop(l, { kind: 'filter', filter: 'nativeOperation', detail: `${this.#nameOf(frame)} ${how}` })
    } else if (this.#endsCall(l, frame)) this.#stop(l, { kind: 'step' })
  }

  /** Whether it is the call's own function, with the call's answer, and whoever steps comes by there. */
  #endsCall(l: Lwp, frame: KernelFrame): boolean {
    if (frame.depth > 0 || frame.outcome === undefined || !this.#isGoal(l, 0)) return false
    return 'error' in frame.outcome || typeof frame.outcome.value !== 'object'
  }

  #ending(outcome: Outcome): string {
    const { name, value } = outcomeValue('', outcome, this.#names) ?? { name: 'ends', value: '' }
    return `${name} ${value}`
  }

  #record(l: Lwp, frame: KernelFrame): void {
    const { file, line } = this.#place(frame)
    if (!RECORDED.test(file)) return
    const values = this.#values(frame).map(({ name, value }) => [name, value])
    const variables = JSON.stringify(Object.fromEntries(values))
    l.proc.kernel.trace?.emit('step', l, { label: `${this.#nameOf(frame)} (${file}:${line})`, variables })
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
    const told = this.#withNews(l, reason)
    stepper.aside(() => this.#holder.hold(l, told))
    if (this.#current === l) stepper.on = this.#isWatched(l)
  }

  #withNews(l: Lwp, reason: StopReason): StopReason {
    if (reason.kind !== 'step' && reason.kind !== 'source-breakpoint') return reason
    const detail = this.takeNews(l)
    return detail === undefined ? reason : { ...reason, detail }
  }

  /** What ended the thread's last sleep, for the first stop after it. */
  takeNews(l: Lwp): string | undefined {
    const waker = this.#news.get(l)
    if (waker === undefined) return undefined
    this.#news.delete(l)
    return `woken by ${stepper.aside(() => wakerValue('', waker, this.#names).value)}`
  }

  #place(frame: KernelFrame): SourcePlace {
    if (frame.outcome !== undefined) {
      const [, file, , end] = this.#table.functions[frame.fn]
      return { file: this.#table.files[file], line: end, column: 1 }
    }
    if (frame.statement < 0) {
      const [, file, line] = this.#table.functions[frame.fn]
      return { file: this.#table.files[file], line, column: 1 }
    }
    const [file, line, column] = this.#table.statements[frame.statement]
    return { file: this.#table.files[file], line, column }
  }

  #values(frame: KernelFrame): NamedValue[] {
    return stepper.aside(() => [...this.#events(frame), ...this.#locals(frame)])
  }

  /** What has happened rather than what is: how it ends, what it has called, what has woken it. */
  #events({ outcome, called, wokenBy }: KernelFrame): NamedValue[] {
    const events: NamedValue[] = []
    const put = (value: NamedValue | undefined) => {
      if (value !== undefined) events.push(value)
    }
    if (outcome !== undefined) put(outcomeValue('', outcome, this.#names))
    else if (called?.outcome !== undefined) put(outcomeValue(`${this.#nameOf(called)} `, called.outcome, this.#names))
    if (wokenBy !== undefined) put(wakerValue('woken by', wokenBy, this.#names))
    return events
  }

  #locals(frame: KernelFrame): NamedValue[] {
    if (frame.statement < 0 || frame.values === undefined) return []
    const values = frame.values()
    // Linux's own mechanisms are not made into anything.
    const isTranslated = !this.#place(frame).file.startsWith('linux/')
    return this.#table.statements[frame.statement][3].flatMap((entry, i) => {
      const at = entry.indexOf(':')
      const [name, type] = at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
      return knownValue(name, type, values[i], isTranslated) ?? []
    })
  }
}
