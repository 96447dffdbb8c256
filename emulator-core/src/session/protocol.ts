/**
 * What the outer thread (debug adapter, tests) and the emulator's worker thread say to each other. Requests are answered in any order, each by
 * one answer with its number; notices come unasked. All values survive structured cloning. Events of the guest do not travel here: they go
 * through the ring in shared memory.
 */
import type { NetMode } from '../native/net/stack.ts'
import type { When } from './trigger.ts'

export type { NetMode, When }
export type Personality = 'netbsd-10' | 'linux'
export type TimeMode = 'real' | 'virtual'

export interface Mount {
  /** An absolute folder or file of the host, and where the guest sees it. */
  readonly host: string
  readonly guest: string
  readonly writable: boolean
}

export interface LaunchOptions {
  /** As the guest names it; relative to `cwd`. */
  readonly program: string
  /** Without argv[0]. */
  readonly arguments: readonly string[]
  /** The whole environment, NAME=value. */
  readonly environment: readonly string[]
  readonly cwd: string
  /** The host folder that is the guest's root; undefined: the host's own root. */
  readonly sysroot: string | undefined
  readonly mounts: readonly Mount[]
  readonly personality: Personality
  readonly time: TimeMode
  readonly net: NetMode
  /** Bytes. */
  readonly memory: number
  /** The machine ends with the program, whatever it has left running. */
  readonly killOnExit?: boolean
  /** Divergences switched on or off beyond the personality's own: compat-linux/divergence-choice.ts. */
  readonly switches?: readonly { readonly name: string; readonly on: boolean }[]
}

/** A system-call breakpoint stops before the call; one on a function, at its first instruction, in every process that has it. */
export interface BreakpointSet {
  /** Linux numbers. */
  readonly syscalls: readonly { readonly nr: number; readonly when?: When }[]
  /**
   * Names of functions of the program and of the kernel (`kevent1`, `Kqueue.register`); a trailing `*` stands for any ending. Those of the program
   * that are not there yet are found when code is mapped.
   */
  readonly functions: readonly { readonly name: string; readonly when?: When }[]
}

export interface FoundFunction {
  readonly locations: readonly FunctionLocation[]
  /** How many functions of the kernel have the name. */
  readonly inKernel: number
}

/** What else stops the guest: the adapter's exception filters. */
export type FilterName =
  | 'everyCall'
  | 'failingCall'
  | 'unimplementedCall'
  | 'divergence'
  | 'signal'
  /** A signal that ends the program, unless the program has a handler for it. */
  | 'fatalSignal'
  /** Where the translation of a call enters the native kernel, and where it comes back. */
  | 'nativeOperation'

/**
 * The filters that are on, each with the names of what it is to stop at: of calls, errnos, divergences, signals, functions of the kernel. `*` stands
 * for any run of characters, `!` before a name excepts it. None: it stops at all.
 */
export type StopFilters = { readonly [N in FilterName]?: readonly string[] } & {
  /** Those of them that stop only once for each name. */
  readonly once?: readonly FilterName[]
}

/**
 * `call`: to the next system call of the thread. `instruction`; `instruction-over`: over the function that it calls. `into`: inside a call to the next step of its translation, else one instruction.
 * `end-of-call`: until the call in progress has its result. `out`: until the function returns to its caller.
 * `line`: to the next line of the program's source, over what it calls; `line-into`: into a function that has lines, or the call that is made.
 * For a thread within the kernel, `call` is the next statement of the same function, and `out` its end.
 */
export type StepKind =
  | 'line'
  | 'line-into'
  | 'call'
  | 'instruction'
  | 'instruction-over'
  | 'into'
  | 'end-of-call'
  | 'out'

export type StopReason =
  | { readonly kind: 'entry' }
  | { readonly kind: 'pause' }
  /** `detail`: what has happened on the way, for people. */
  | { readonly kind: 'step'; readonly detail?: string }
  | { readonly kind: 'syscall-breakpoint'; readonly nr: number; readonly detail?: string }
  | { readonly kind: 'address-breakpoint'; readonly address: number; readonly detail?: string }
  /** A line of the program's own sources; `path`: as the breakpoint has it. */
  | { readonly kind: 'line-breakpoint'; readonly path: string; readonly line: number; readonly detail?: string }
  /** `name`: as the breakpoint has it. */
  | { readonly kind: 'kernel-breakpoint'; readonly name: string; readonly detail?: string }
  | { readonly kind: 'source-breakpoint'; readonly file: string; readonly line: number; readonly detail?: string }
  | { readonly kind: 'instruction-breakpoint'; readonly address: number; readonly detail?: string }
  /** `id`: as the breakpoint has it. */
  | { readonly kind: 'data-breakpoint'; readonly id: string; readonly detail: string }
  | { readonly kind: 'filter'; readonly filter: FilterName; readonly detail: string; readonly signal?: StoppingSignal }

/** What a signal says of itself. */
export interface StoppingSignal {
  readonly name: string
  /** si_code by its name: SEGV_MAPERR. */
  readonly code: string
  /** What was accessed, or where the instruction is: there if the processor has raised the signal. */
  readonly address?: number
  /** The process that has sent it. */
  readonly sender?: number
}

export type ThreadState = 'running' | 'in-call' | 'sleeping' | 'stopped' | 'dead'

export interface ThreadInfo {
  readonly pid: number
  readonly tid: number
  readonly name: string
  readonly state: ThreadState
  /** The call in progress, -1 outside. */
  readonly syscall: number
  /** What it sleeps for, as ps(1) shows wmesg; empty when it does not sleep. */
  readonly waitingFor: string
}

export interface GuestFrame {
  readonly address: number
  /** The function's name, undefined where no symbol covers the address. */
  readonly symbol: string | undefined
  /** Bytes from the symbol's start. */
  readonly offset: number
  /** The file the code is mapped from; empty for anonymous memory. */
  readonly module: string
  /** Where its source says it comes from: a path as the compiler has it. */
  readonly source?: { readonly file: string; readonly line: number }
}

export interface Code {
  readonly start: number
  readonly bytes: Uint8Array
  /** Where functions begin in it. Ascending. */
  readonly functions: readonly number[]
}

export interface TranslationFrame {
  readonly name: string
  /** How many frames of the kernel are outside of it; undefined where the kernel that runs does not tell. */
  readonly depth?: number
  /** Where it is in the kernel's sources; undefined where the kernel that runs does not tell. */
  readonly place: SourcePlace | undefined
  /** Named values of the step, as text. */
  readonly variables: readonly NamedValue[]
}

export interface SourcePlace {
  /** From the folder of the sources: `compat-linux/epoll.ts`. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
}

export interface NamedValue {
  readonly name: string
  readonly value: string
  readonly type?: string
  readonly parts?: readonly NamedValue[]
}

/** A value of the program's own. */
export interface ProgramValue {
  readonly name: string
  readonly value: string
  readonly type: string
  /** What gets it, in C's words. */
  readonly expression: string
  /** Whether it has parts. */
  readonly expands: boolean
  /** Where it is, if it is in memory, and how many bytes it has. */
  readonly place?: { readonly address: number; readonly size: number }
  /** What it points to. */
  readonly pointsTo?: number
}

/** A data breakpoint. */
export interface WatchedMemory {
  readonly id: string
  /** For people. */
  readonly name: string
  /** Whose memory. */
  readonly pid: number
  readonly address: number
  /** Bytes. */
  readonly length: number
  /** Whether it is over with the function that has the memory on its stack. */
  readonly isVariable: boolean
  /** A write counts if it changes something, as in gdb. */
  readonly access: 'read' | 'write' | 'readWrite'
  readonly when?: When | undefined
}

/** What the build knows of the places of the kernel in which one can step: scripts/lib/stepping-bundle.mjs. */
export interface StepTable {
  readonly files: readonly string[]
  readonly functions: readonly (readonly [name: string, file: number, line: number, end: number])[]
  /** `names` of what has a value there: `name` or `name:type`. */
  readonly statements: readonly (readonly [file: number, line: number, column: number, names: readonly string[]])[]
}

/** Outermost last, as DAP wants them. */
export interface Backtrace {
  readonly translation: readonly TranslationFrame[]
  readonly guest: readonly GuestFrame[]
}

export interface DescriptorInfo {
  readonly fd: number
  /** Number of the open file: two descriptors with one number share it. */
  readonly file: number
  readonly type: string
  readonly description: string
  /** NetBSD's f_flag. */
  readonly flags: number
  readonly closeOnExec: boolean
  readonly offset: number
  /** Descriptors of knotes that watch through this number, as text: `EVFILT_READ on kqueue 5`. */
  readonly knotes: readonly string[]
}

export interface FunctionLocation {
  readonly address: number
  readonly name: string
  readonly module: string
}

export interface Launched {
  readonly pid: number
  readonly syscalls: readonly (readonly [nr: number, name: string])[]
}

/** Every request: what it takes and what it gives. */
export interface Requests {
  launch: {
    readonly takes: {
      readonly options: LaunchOptions
      readonly stopOnEntry: boolean
      /** Of the bundle in which the kernel can be stepped through. */
      readonly steps?: StepTable
      /** Whether the other threads stand while one does a step; if that one sleeps, they run. */
      readonly holdsOthers?: boolean
      /** Every statement of the translation becomes an event, with its variables. Only with `steps`. */
      readonly recordSteps?: boolean
    }
    readonly gives: Launched
  }
  start: { readonly takes: undefined; readonly gives: undefined }
  continue: { readonly takes: undefined; readonly gives: undefined }
  step: { readonly takes: { readonly tid: number; readonly kind: StepKind }; readonly gives: undefined }
  /** Replaces all; gives where each function is now. */
  breakpoints: { readonly takes: BreakpointSet; readonly gives: readonly FoundFunction[] }
  filters: { readonly takes: StopFilters; readonly gives: undefined }
  /** Replaces the breakpoints of one of the kernel's files; gives the line where each came to lie, undefined for nowhere. */
  sourceBreakpoints: {
    readonly takes: {
      readonly file: string
      readonly lines: readonly { readonly line: number; readonly when?: When }[]
    }
    readonly gives: readonly (number | undefined)[]
  }
  /** The same for a source of the program's own; lines that are not there yet are found when code is mapped. */
  lineBreakpoints: {
    readonly takes: {
      readonly path: string
      readonly lines: readonly { readonly line: number; readonly when?: When | undefined }[]
    }
    readonly gives: readonly (number | undefined)[]
  }
  /** Replaces the breakpoints on single instructions; gives whether there is code at each address. */
  instructionBreakpoints: {
    readonly takes: readonly { readonly address: number; readonly when?: When | undefined }[]
    readonly gives: readonly boolean[]
  }
  /** Replaces the breakpoints on memory; gives whether each can be watched. */
  dataBreakpoints: { readonly takes: readonly WatchedMemory[]; readonly gives: readonly boolean[] }
  input: { readonly takes: { readonly bytes: Uint8Array }; readonly gives: undefined }
  endInput: { readonly takes: undefined; readonly gives: undefined }
  signal: { readonly takes: { readonly signal: string }; readonly gives: undefined }
  threads: { readonly takes: undefined; readonly gives: readonly ThreadInfo[] }
  backtrace: { readonly takes: { readonly tid: number; readonly limit: number }; readonly gives: Backtrace }
  registers: { readonly takes: { readonly tid: number }; readonly gives: readonly bigint[] }
  memory: {
    readonly takes: { readonly tid: number; readonly address: number; readonly length: number }
    readonly gives: Uint8Array
  }
  /** The bytes around an address that can be read without a gap: some so many before it, from the beginning of a function on if there is one. */
  code: {
    readonly takes: { readonly tid: number; readonly address: number; readonly before: number; readonly after: number }
    readonly gives: Code
  }
  /** What functions, files and lines addresses of code belong to. */
  places: {
    readonly takes: { readonly tid: number; readonly addresses: readonly number[] }
    readonly gives: readonly GuestFrame[]
  }
  /** The variables of a function of the program; `frame`: as in the backtrace, 0 is the innermost. */
  locals: {
    readonly takes: { readonly tid: number; readonly frame: number }
    readonly gives: readonly ProgramValue[]
  }
  /** A variable, or what one leads to, in C's words (`list->first`), with its parts. Undefined: no variable has the name. */
  programValue: {
    readonly takes: { readonly tid: number; readonly frame: number; readonly expression: string }
    readonly gives: { readonly value: ProgramValue; readonly parts: readonly ProgramValue[] } | undefined
  }
  /** Writes to a thread's memory; gives how many bytes could be written. */
  writeMemory: {
    readonly takes: { readonly tid: number; readonly address: number; readonly bytes: Uint8Array }
    readonly gives: number
  }
  /** An expression about a thread; `depth`: within that frame of the kernel; `frame`: within that of the program. */
  evaluate: {
    readonly takes: {
      readonly tid: number
      readonly depth: number | undefined
      readonly frame?: number | undefined
      readonly expression: string
    }
    readonly gives: NamedValue
  }
  /** `value`: an expression. */
  setRegister: {
    readonly takes: { readonly tid: number; readonly name: string; readonly value: string }
    readonly gives: undefined
  }
  descriptors: { readonly takes: { readonly tid: number }; readonly gives: readonly DescriptorInfo[] }
}

export type RequestName = keyof Requests
export type Takes<N extends RequestName> = Requests[N]['takes']
export type Gives<N extends RequestName> = Requests[N]['gives']

export type RequestMessage = {
  [N in RequestName]: { readonly id: number; readonly name: N; readonly argument: Takes<N> }
}[RequestName]

/** `poke`: look at the control words now. */
export type WorkerMessage = RequestMessage | { readonly id: 0; readonly name: 'poke' }

/** `console`: of breakpoints that print. */
export type OutputStream = 'stdout' | 'stderr' | 'console'

export type Notice =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** `message` is one sentence for people. */
  | { readonly kind: 'refusal'; readonly id: number; readonly message: string }
  | { readonly kind: 'stopped'; readonly tid: number; readonly reason: StopReason }
  /** A function with a breakpoint is in more places than before: all of them. */
  | { readonly kind: 'found'; readonly name: string; readonly locations: readonly FunctionLocation[] }
  /** Lines with breakpoints are in more places than before: where each of the source's came to lie. */
  | { readonly kind: 'placed'; readonly path: string; readonly lines: readonly (number | undefined)[] }
  | { readonly kind: 'thread'; readonly tid: number; readonly started: boolean }
  | { readonly kind: 'output'; readonly stream: OutputStream; readonly bytes: Uint8Array }
  /** The program has ended: `status` for a normal end, else `signal`'s number. `others`: processes that it has left running. */
  | { readonly kind: 'exited'; readonly status: number; readonly signal: number; readonly others: number }
  /** Nothing runs any more. */
  | { readonly kind: 'ended' }

/** What the worker is given when it is made. */
export interface WorkerData {
  readonly control: SharedArrayBuffer
  /** The ring's shared memory; undefined: events are not recorded. */
  readonly ring: SharedArrayBuffer | undefined
}

/** The most bytes a `memory` request may ask for. */
export const MEMORY_REQUEST_LIMIT = 1 << 20
