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
import { type NameChoice, wildcard } from './name-choice.ts'
import type { BreakpointSet, NamedValue, SourcePlace, StepTable, StopReason, TranslationFrame } from './protocol.ts'
import type { FrameValues } from './scope.ts'
import type { Names } from './system.ts'
import { type Reached, Triggers, type When } from './trigger.ts'
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
  /** What a breakpoint that is reached comes to; undefined: the guest goes on. */
  reached<Key>(triggers: Triggers<Key>, key: Key, l: Lwp, frame: () => FrameValues): Reached | undefined
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
  readonly #breakpoints = new Map<string, readonly (readonly [statement: number, when: When | undefined])[]>()
  /** By the number of the statement. */
  readonly #stops = new Triggers<number>()
  /** By the name that the breakpoint has. */
  readonly #functions = new Triggers<string>()
  /** Numbers of functions, and which of those names mean them. */
  #functionNames: ReadonlyMap<number, string> = new Map()
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
    const asked = this.#nativeOperations !== undefined || this.#divergences !== undefined
    return this.#records || asked || this.#stops.size + this.#functions.size > 0 || this.#goal?.l === l
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
  setBreakpoints(
    file: string,
    lines: readonly { readonly line: number; readonly when?: When }[],
  ): (number | undefined)[] {
    const number = this.#table.files.indexOf(file)
    const statements = this.#table.statements.flatMap(([inFile, line], i) => (inFile === number ? [{ line, i }] : []))
    const places = lines.map(({ line: asked }) => {
      const after = statements.filter(({ line }) => line >= asked).map(({ line }) => line)
      return after.length === 0 ? undefined : Math.min(...after)
    })
    // The first statement of a line: the others follow it.
    const numbers = places.flatMap((place, i) => {
      const statement = statements.find(({ line }) => line === place)?.i
      return statement === undefined ? [] : [[statement, lines[i].when] as const]
    })
    this.#breakpoints.set(file, numbers)
    this.#stops.set([...this.#breakpoints.values()].flat())
    return places
  }

  /** Replaces the breakpoints on functions; gives how many functions each name means. */
  setFunctions(wanted: BreakpointSet['functions']): number[] {
    const meant = new Map<number, string>()
    const counts = wanted.map(({ name }) => {
      const pattern = wildcard(name)
      // `register` is enough for Kqueue.register.
      const isMeant = (fn: string) => pattern.test(fn) || pattern.test(fn.replace(/^\w*\.#?/, ''))
      const numbers = this.#table.functions.flatMap(([fn], i) => (isMeant(fn) ? [i] : []))
      for (const i of numbers) if (!meant.has(i)) meant.set(i, name)
      return numbers.length
    })
    this.#functionNames = meant
    this.#functions.set(wanted.flatMap(({ name, when }, i) => (counts[i] > 0 ? [[name, when] as const] : [])))
    return counts
  }

  /** The variables of a frame of the thread, as they are. */
  valuesAt(l: Lwp, depth: number): FrameValues {
    const frame = this.#stackOf(l).at(depth)
    return frame === undefined ? { names: [], values: [] } : stepper.aside(() => this.#bareValues(frame))
  }

  #bareValues({ statement, values }: KernelFrame): FrameValues {
    if (statement < 0 || values === undefined) return { names: [], values: [] }
    return { names: this.#table.statements[statement][3].map(entry => entry.split(':')[0]), values: values() }
  }

  /** Innermost first. */
  frames(l: Lwp): TranslationFrame[] {
    return this.#stackOf(l)
      .map(frame => ({
        name: this.#nameOf(frame),
        depth: frame.depth,
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
    const reason = this.#breakpointAt(l, frame, isFirst)
    if (reason !== undefined) this.#stop(l, reason)
    else if (this.#isGoal(l, frame.depth)) this.#stop(l, { kind: 'step' })
    else if (isFirst && this.#nativeOperations !== undefined) this.#begins(l, frame)
  }

  #breakpointAt(l: Lwp, frame: KernelFrame, isFirst: boolean): StopReason | undefined {
    const ask = <Key>(triggers: Triggers<Key>, key: Key) =>
      stepper.aside(() => this.#holder.reached(triggers, key, l, () => this.#bareValues(frame)))
    const here = this.#stops.has(frame.statement) ? ask(this.#stops, frame.statement) : undefined
    if (here !== undefined) {
      const { file, line } = this.#place(frame)
      return { kind: 'source-breakpoint', file, line, ...(here.says === undefined ? {} : { detail: here.says }) }
    }
    const name = isFirst ? this.#functionNames.get(frame.fn) : undefined
    const begun = name === undefined ? undefined : ask(this.#functions, name)
    if (name === undefined || begun === undefined) return undefined
    return { kind: 'kernel-breakpoint', name, ...(begun.says === undefined ? {} : { detail: begun.says }) }
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
    if (reason.kind !== 'step' && reason.kind !== 'source-breakpoint' && reason.kind !== 'kernel-breakpoint')
      return reason
    const details = [reason.detail, this.takeNews(l)].filter(detail => detail !== undefined)
    return details.length === 0 ? reason : { ...reason, detail: details.join(', ') }
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
