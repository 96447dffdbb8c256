/** Decides where the guest stops: the debugger's side of the kernel's hook. */
import type { DebugHook, Verdict } from '../native/debug-hook.ts'
import type { Lwp } from '../native/lwp.ts'
import type { SigInfo } from '../native/signal/siginfo.ts'
import type { Use } from '../native/uvm/watch.ts'
import type { AddressBreakpoints, FunctionPlaces } from './function-places.ts'
import type { KernelStepper } from './kernel-stepper.ts'
import type { LinePlaces } from './line-places.ts'
import { NameChoice } from './name-choice.ts'
import type { BreakpointSet, FilterName, StepKind, StopFilters, StopReason, Takes } from './protocol.ts'
import { isFatal, signalText, stoppingSignal } from './stopping-signal.ts'
import type { Names } from './system.ts'
import type { ThreadStep } from './thread-step.ts'
import { type Reached, Triggers } from './trigger.ts'
import type { Watches } from './watches.ts'

const OUTCOME_UNIMPLEMENTED = 3
/** Values of %rax from here to -1 are errnos. */
const LOWEST_ERRNO = -4095

/** What a step waits for. */
export interface StepGoal {
  readonly tid: number
  readonly kind: StepKind
  /** For `out`: where the caller goes on, and the stack pointer it has there at least. */
  readonly returnAddress?: number
  readonly stackPointer?: number
}

export interface Stop {
  readonly thread: Lwp
  readonly reason: StopReason
}

/** What a breakpoint that a thread has reached comes to; undefined: the guest goes on. */
export type BreakpointReached = <Key>(triggers: Triggers<Key>, key: Key, l: Lwp) => Reached | undefined

const detailOf = ({ says }: Reached) => (says === undefined ? {} : { detail: says })

export class Stops implements DebugHook {
  /** By Linux's number. */
  readonly #syscalls = new Triggers<number>()
  /** By the name of the program's function. */
  readonly #named = new Triggers<string>()
  /** By its address. */
  readonly #instructions = new Triggers<number>()
  /** In memory. */
  readonly watches: Watches
  #filters: ReadonlyMap<FilterName, NameChoice> = new Map()
  /** Of the filters that stop once for each name, the names that they have stopped at. */
  #told: ReadonlyMap<FilterName, Set<string>> = new Map()
  #goal: StepGoal | undefined
  /** How the goal is come to, if it takes more than one stay in the program. */
  #threadStep: ThreadStep | undefined
  /** What a thread's call has met first. */
  readonly #divergences = new WeakMap<Lwp, string>()
  #stop: Stop | undefined
  /** There where the kernel's own statements are told. */
  kernel: KernelStepper | undefined
  /** While a thread does a step, the others stand, unless it sleeps. */
  holdsOthers = false
  readonly #functions: FunctionPlaces
  readonly #lines: LinePlaces
  readonly #names: () => Names
  readonly #stackPointer: (l: Lwp) => number
  readonly #reached: BreakpointReached

  constructor(
    functions: FunctionPlaces,
    lines: LinePlaces,
    names: () => Names,
    stackPointer: (l: Lwp) => number,
    reached: BreakpointReached,
    watches: Watches,
  ) {
    this.#functions = functions
    this.#lines = lines
    this.#names = names
    this.#stackPointer = stackPointer
    this.#reached = reached
    this.watches = watches
  }

  setBreakpoints({ syscalls, functions }: BreakpointSet): void {
    this.#syscalls.set(syscalls.map(({ nr, when }) => [nr, when]))
    this.#named.set(functions.map(({ name, when }) => [name, when]))
  }

  setInstructions(wanted: Takes<'instructionBreakpoints'>, machine: AddressBreakpoints): void {
    for (const address of this.#instructions.keys) machine.clearBreakpoint(address)
    this.#instructions.set(wanted.map(({ address, when }) => [address, when]))
    for (const address of this.#instructions.keys) machine.setBreakpoint(address)
  }

  setFilters({ once = [], ...filters }: StopFilters): void {
    this.#told = new Map(once.map(name => [name, this.#told.get(name) ?? new Set()]))
    const chosen = Object.entries(filters) as [FilterName, readonly string[]][]
    this.#filters = new Map(chosen.map(([name, patterns]) => [name, new NameChoice(patterns)]))
    this.kernel?.stopAt(this.#filters.get('nativeOperation'), this.#filters.get('divergence'))
  }

  /** Sets what the guest runs for; undefined: until something else stops it. */
  setGoal(goal: StepGoal | undefined, threadStep?: ThreadStep): void {
    this.#threadStep?.end()
    this.#threadStep = threadStep
    this.#goal = goal
  }

  /** Takes the stop that the last slice ended with. */
  take(): Stop | undefined {
    const stop = this.#stop
    this.#stop = undefined
    if (stop !== undefined) {
      this.setGoal(undefined)
      this.kernel?.clearGoal()
    }
    return stop
  }

  kernelEntered(l: Lwp): void {
    this.kernel?.entered(l)
  }

  kernelLeft(): void {
    this.kernel?.left()
  }

  beforeSyscall(l: Lwp, nr: number): Verdict {
    const reached = this.#syscalls.has(nr) ? this.#reached(this.#syscalls, nr, l) : undefined
    if (reached !== undefined) return this.#halt(l, { kind: 'syscall-breakpoint', nr, ...detailOf(reached) })
    if (this.#isGoal(l, 'into', 'line-into') && this.kernel !== undefined) this.kernel.setGoal(l, 'into')
    else if (this.#isGoal(l, 'call', 'instruction', 'into')) return this.#halt(l, { kind: 'step' })
    const name = this.#names().syscall(nr)
    return this.#meant('everyCall', name) ? this.#filtered(l, 'everyCall', name) : 'run'
  }

  afterSyscall(l: Lwp, nr: number, result: number, outcome: number): Verdict {
    const divergence = this.#divergences.get(l)
    if (divergence !== undefined) this.#divergences.delete(l)
    const name = this.#names().syscall(nr)
    const use = l.proc.vm.watch?.changed()
    if (use !== undefined && this.onUse(l, use, name) === 'stop') return 'stop'
    if (
      outcome === OUTCOME_UNIMPLEMENTED &&
      this.#meant('unimplementedCall', name) &&
      this.#isNews('unimplementedCall', name)
    ) {
      return this.#filtered(l, 'unimplementedCall', `${name} is not implemented`)
    }
    if (divergence !== undefined) return this.#filtered(l, 'divergence', divergence)
    const error = result < 0 && result >= LOWEST_ERRNO ? this.#names().errno(-result) : undefined
    if (error !== undefined && this.#meant('failingCall', name, error)) {
      return this.#filtered(l, 'failingCall', `${name} failed: ${error}`)
    }
    // A function that is gone over makes calls of its own.
    const isNext = this.#isGoal(l, 'instruction-over') && this.#threadStep?.wantsStep(l) === true
    if (!isNext && !this.#isGoal(l, 'end-of-call', 'into', 'instruction', 'line-into')) return 'run'
    const news = this.kernel?.takeNews(l)
    const end = error === undefined ? `${name} returned ${result}` : `${name} failed: ${error}`
    return this.#halt(l, { kind: 'step', detail: news === undefined ? end : `${end}, ${news}` })
  }

  onSignal(l: Lwp, info: SigInfo): Verdict {
    const name = this.#names().signal(info.signo)
    if (isFatal(l, info.signo) && this.#meant('fatalSignal', name)) {
      const signal = stoppingSignal(name, info)
      return this.#halt(l, { kind: 'filter', filter: 'fatalSignal', detail: signalText(signal), signal })
    }
    return this.#meant('signal', name) ? this.#filtered(l, 'signal', name) : 'run'
  }

  /** The stop is where the translation meets it; where that cannot be stopped in, at the end of the call. */
  onDivergence(l: Lwp, id: string): void {
    if (!this.#meant('divergence', id) || this.#divergences.has(l)) return
    if (this.kernel?.meets(l, id) !== true) this.#divergences.set(l, id)
  }

  onCodeMapped(l: Lwp): void {
    this.#functions.lookAgain(l.proc)
    this.#lines.lookAgain(l.proc)
  }

  hasBreakpoint(address: number): boolean {
    return (
      this.#functions.has(address) ||
      this.#lines.has(address) ||
      this.#instructions.has(address) ||
      this.#threadStep?.has(address) === true ||
      this.#goal?.returnAddress === address
    )
  }

  onBreakpoint(l: Lwp, address: number): Verdict {
    const goal = this.#goal
    if (goal?.kind === 'out' && goal.tid === l.id && goal.returnAddress === address) {
      if (this.#stackPointer(l) > (goal.stackPointer ?? 0)) return this.#halt(l, { kind: 'step' })
    }
    if (this.#threadStep?.wants(l) === true && this.#threadStep.returned(address))
      return this.#halt(l, { kind: 'step' })
    const here = this.#instructions.has(address) ? this.#reached(this.#instructions, address, l) : undefined
    if (here !== undefined) return this.#halt(l, { kind: 'instruction-breakpoint', address, ...detailOf(here) })
    const atLine = this.#lines.reached(l, address, this.#reached)
    if (atLine !== undefined) {
      const { path, line, reached } = atLine
      return this.#halt(l, { kind: 'line-breakpoint', path, line, ...detailOf(reached) })
    }
    if (!this.#functions.isAt(l, address)) return 'run'
    for (const name of this.#functions.namesAt(address)) {
      const reached = this.#reached(this.#named, name, l)
      if (reached !== undefined) return this.#halt(l, { kind: 'address-breakpoint', address, ...detailOf(reached) })
    }
    return 'run'
  }

  onUse(l: Lwp, use: Use, by?: string): Verdict {
    const reason = this.watches.stopFor(l, use, by, this.#reached)
    return reason === undefined ? 'run' : this.#halt(l, reason)
  }

  onInstruction(l: Lwp): Verdict {
    if (!this.wantsStep(l)) return 'run'
    if (this.#threadStep !== undefined) return this.#threadStep.stepped() ? this.#halt(l, { kind: 'step' }) : 'run'
    return this.#halt(l, { kind: 'step' })
  }

  get preferred(): number | undefined {
    return this.holdsOthers ? this.#goal?.tid : undefined
  }

  wantsStep(l: Lwp): boolean {
    return this.#isGoal(l, 'instruction', 'into') || this.#threadStep?.wantsStep(l) === true
  }

  #isGoal(l: Lwp, ...kinds: readonly StepKind[]): boolean {
    return this.#goal !== undefined && this.#goal.tid === l.id && kinds.includes(this.#goal.kind)
  }

  #meant(filter: FilterName, ...names: readonly string[]): boolean {
    return this.#filters.get(filter)?.has(...names) ?? false
  }

  #isNews(filter: FilterName, name: string): boolean {
    const told = this.#told.get(filter)
    if (told?.has(name) === true) return false
    told?.add(name)
    return true
  }

  #filtered(l: Lwp, filter: FilterName, detail: string): Verdict {
    return this.#halt(l, { kind: 'filter', filter, detail })
  }

  #halt(thread: Lwp, reason: StopReason): Verdict {
    this.#stop = { thread, reason }
    return 'stop'
  }
}
