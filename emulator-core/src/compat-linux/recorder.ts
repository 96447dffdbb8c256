/**
 * Writes what happens into the ring. System calls are written by hand, in the layout that the grammar's tables give
 * (events/grammar.ts): a call without pointers costs a few stores. What the arguments point to is copied by the plan of its number.
 */
import { Reg } from 'unicorn-engine-node'
import { type CapturePlan, type CaptureStep, capturePlan, NOTHING_TO_CAPTURE } from '../events/captures.ts'
import { RecordEncoder } from '../events/codec.ts'
import {
  type Decoded,
  type EventKind,
  GRAMMAR_VERSION,
  HEADER_BYTES,
  kindNumber,
  OUTCOME_RETURNED,
  type schemas,
} from '../events/grammar.ts'
import type { RingWriter } from '../events/ring.ts'
import type { File } from '../native/file.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import type { Trace } from '../native/trace.ts'
import { pathOf } from '../native/vfs/place.ts'
import { readableName } from './inotify-constants.ts'
import { MemoryCapture } from './recorder-capture.ts'
import { initialArguments } from './recorder-start.ts'

const ENTER = kindNumber['syscall-enter']
const EXIT = kindNumber['syscall-exit']
/** nr, six arguments, the number of captures; with padding. */
const ENTER_FIXED = HEADER_BYTES + 4 + 48
const ENTER_BYTES = (ENTER_FIXED + 2 + 7) & ~7
/** nr, outcome, result, the number of captures; with padding. */
const EXIT_FIXED = HEADER_BYTES + 4 + 1 + 8
const EXIT_BYTES = (EXIT_FIXED + 2 + 7) & ~7

/** Where the six arguments are, as indices of 32-bit halves. */
const ARGUMENTS = [Reg.RDI, Reg.RSI, Reg.RDX, Reg.R10, Reg.R8, Reg.R9].map(slot => slot * 2)
const [A0, A1, A2, A3, A4, A5] = ARGUMENTS

const EXECVE = 59

/** ns after which records are published although few have come. */
const PUBLISH_EVERY = 5e6

export interface RecorderOptions {
  /** Bytes of a buffer that are kept. */
  readonly stringLimit: number
  /** All elements of arrays (up to a limit of ours), and execve's environment. */
  readonly verbose?: boolean
  /** Whether what arguments point to is kept; undefined: it is. */
  readonly captures?: boolean
  /** Calls that are recorded, by number; undefined: all. */
  readonly calls?: ReadonlySet<number>
  /** Kinds of other events that are recorded; undefined: all. */
  readonly kinds?: ReadonlySet<EventKind>
}

export class Recorder implements Trace {
  readonly #kernel: Kernel
  readonly #ring: RingWriter
  readonly #encoder = new RecordEncoder()
  readonly #memory: MemoryCapture
  readonly #registers: Uint32Array
  readonly #kinds: ReadonlySet<EventKind> | undefined
  /** 1: not recorded. */
  readonly #skip = new Uint8Array(1024)
  /** The call that began last, and its arguments' halves; those of calls that sleep meanwhile wait in `#sleeping`. */
  #last: Lwp | undefined
  readonly #arguments = new Uint32Array(12)
  readonly #halves = new Uint32Array(12)
  readonly #sleeping = new Map<number, Uint32Array>()
  readonly #planOf: (nr: number) => CapturePlan
  #publishAt = 0

  constructor(kernel: Kernel, ring: RingWriter, options: RecorderOptions) {
    this.#kernel = kernel
    this.#ring = ring
    this.#memory = new MemoryCapture(options.stringLimit, options.verbose === true)
    this.#registers = new Uint32Array(kernel.machine.registers)
    this.#kinds = options.kinds
    this.#planOf = options.captures === false ? () => NOTHING_TO_CAPTURE : capturePlan
    const calls = options.calls
    if (calls !== undefined) for (let nr = 0; nr < this.#skip.length; nr++) this.#skip[nr] = calls.has(nr) ? 0 : 1
  }

  /**
   * The first program is loaded and has run nothing, nor was anything recorded: says what the run is, what the program was given, and, as if its parent had been
   * traced already, the execve that began it.
   */
  programStarted(proc: Proc, personality: string): void {
    const l = proc.lwps.get(proc.pid)
    if (l === undefined) return
    const { clock } = this.#kernel
    const realtime = clock.realtime() - BigInt(Math.round(clock.monotonic()))
    const program = readableName(proc.executablePath)
    this.emit('session', l, { version: GRAMMAR_VERSION, personality, realtime: String(realtime), program })
    this.emit('cwd', l, { path: readableName(pathOf(proc.cwdi.cwd, proc.cwdi.root)) })
    for (const [fd, slot] of proc.fd.entries()) this.descriptorOpened(l, fd, slot.file, slot.closeOnExec)
    this.emit('exec', l, { path: program, arguments: proc.arguments.map(text => ({ text: readableName(text) })) })
    const given = initialArguments(l)
    if (given === undefined || this.#skip[EXECVE] === 1) return
    const plan = this.#planOf(EXECVE)
    const halves = new Uint32Array(12)
    for (const [i, address] of given.entries()) {
      halves[2 * i] = address % 0x1_0000_0000
      halves[2 * i + 1] = Math.floor(address / 0x1_0000_0000)
    }
    this.#enterWithMemory(l, EXECVE, plan, halves, 0)
    this.syscallExit(l, EXECVE, 0, OUTCOME_RETURNED)
  }

  /** `l` runs: its registers are the machine's. */
  syscallEnter(l: Lwp, nr: number): void {
    if (this.#skip[nr] === 1) return
    const plan = this.#planOf(nr)
    const r = this.#registers
    if (plan.exit.length > 0) this.#remember(l, r)
    const ring = this.#ring
    if (plan.enter.length > 0) {
      for (let i = 0; i < 6; i++) {
        this.#halves[2 * i] = r[ARGUMENTS[i]]
        this.#halves[2 * i + 1] = r[ARGUMENTS[i] + 1]
      }
      this.#enterWithMemory(l, nr, plan, this.#halves, r[Reg.RSP * 2 + 1] * 0x1_0000_0000 + r[Reg.RSP * 2])
      return
    }
    const at = ring.reserve(ENTER_BYTES)
    const w = ring.words
    this.#header(l, ENTER, ENTER_BYTES, at)
    const word = (at + HEADER_BYTES) >>> 2
    w[word] = nr
    w[word + 1] = r[A0]
    w[word + 2] = r[A0 + 1]
    w[word + 3] = r[A1]
    w[word + 4] = r[A1 + 1]
    w[word + 5] = r[A2]
    w[word + 6] = r[A2 + 1]
    w[word + 7] = r[A3]
    w[word + 8] = r[A3 + 1]
    w[word + 9] = r[A4]
    w[word + 10] = r[A4 + 1]
    w[word + 11] = r[A5]
    w[word + 12] = r[A5 + 1]
    w[word + 13] = 0
    ring.commit(ENTER_BYTES)
  }

  /** `result`: what %rax gets, exact within ±2^53. */
  syscallExit(l: Lwp, nr: number, result: number, outcome: number): void {
    if (this.#skip[nr] === 1) return
    const plan = this.#planOf(nr)
    const ring = this.#ring
    if (plan.exit.length > 0) {
      this.#exitWithMemory(l, nr, result, outcome, plan)
      return
    }
    const at = ring.reserve(EXIT_BYTES)
    this.#header(l, EXIT, EXIT_BYTES, at)
    this.#exitPayload(ring.view, at, nr, result, outcome)
    // The number of captures and the padding.
    ring.view.setUint16(at + EXIT_FIXED, 0, true)
    ring.bytes[at + EXIT_FIXED + 2] = 0
    ring.commit(EXIT_BYTES)
  }

  #exitPayload(view: DataView, at: number, nr: number, result: number, outcome: number): void {
    const high = Math.floor(result / 0x1_0000_0000)
    view.setUint32(at + HEADER_BYTES, nr, true)
    view.setUint8(at + HEADER_BYTES + 4, outcome)
    view.setUint32(at + HEADER_BYTES + 5, result - high * 0x1_0000_0000, true)
    view.setInt32(at + HEADER_BYTES + 9, high, true)
  }

  #header(l: Lwp, kind: number, size: number, at: number): void {
    const { words, doubles } = this.#ring
    const word = at >>> 2
    const time = Math.floor(this.#kernel.clock.monotonic())
    words[word] = size
    words[word + 1] = kind
    words[word + 2] = l.proc.pid
    words[word + 3] = l.id
    doubles[(at >>> 3) + 2] = time
    doubles[(at >>> 3) + 3] = l.blocks
    if (time >= this.#publishAt) {
      this.#publishAt = time + PUBLISH_EVERY
      this.#ring.publish()
    }
  }

  /** Exit captures need the arguments, and the registers may be another thread's by then. */
  #remember(l: Lwp, r: Uint32Array): void {
    if (this.#last !== undefined && this.#last !== l) this.#sleeping.set(this.#last.id, this.#arguments.slice())
    this.#last = l
    for (let i = 0; i < 6; i++) {
      this.#arguments[2 * i] = r[ARGUMENTS[i]]
      this.#arguments[2 * i + 1] = r[ARGUMENTS[i] + 1]
    }
  }

  #recall(l: Lwp): Uint32Array | undefined {
    if (this.#last === l) {
      this.#last = undefined
      return this.#arguments
    }
    const found = this.#sleeping.get(l.id)
    this.#sleeping.delete(l.id)
    return found
  }

  #enterWithMemory(l: Lwp, nr: number, plan: CapturePlan, halves: Uint32Array, stackPointer: number): void {
    const memory = this.#memory
    for (let i = 0; i < 6; i++) memory.setArgument(i, halves[2 * i], halves[2 * i + 1])
    memory.begin(l, ENTER_FIXED, 0, stackPointer)
    memory.run(plan.enter)
    const size = memory.end()
    const view = memory.view
    view.setUint32(HEADER_BYTES, nr, true)
    for (let i = 0; i < 12; i++) view.setUint32(HEADER_BYTES + 4 + 4 * i, halves[i], true)
    this.#appendCaptured(l, ENTER, size)
  }

  #exitWithMemory(l: Lwp, nr: number, result: number, outcome: number, plan: CapturePlan): void {
    const given = this.#recall(l)
    const memory = this.#memory
    memory.begin(l, EXIT_FIXED, result, 0)
    if (given !== undefined) {
      for (let i = 0; i < 6; i++) memory.setArgument(i, given[2 * i], given[2 * i + 1])
      const failed = outcome !== OUTCOME_RETURNED || (result < 0 && result > -4096)
      const steps: readonly CaptureStep[] = failed ? plan.exit.filter(step => step.always) : plan.exit
      memory.run(steps)
    }
    const size = memory.end()
    this.#exitPayload(memory.view, 0, nr, result, outcome)
    this.#appendCaptured(l, EXIT, size)
  }

  #appendCaptured(l: Lwp, kind: number, size: number): void {
    const at = this.#ring.reserve(size)
    this.#ring.bytes.set(this.#memory.record.subarray(HEADER_BYTES, size), at + HEADER_BYTES)
    this.#header(l, kind, size, at)
    this.#ring.commit(size)
  }

  records(kind: EventKind): boolean {
    return this.#kinds?.has(kind) !== false
  }

  emit<K extends EventKind>(kind: K, l: Lwp | undefined, payload: Decoded<(typeof schemas)[K]>): void {
    if (!this.records(kind)) return
    if (kind === 'thread-exit' && l !== undefined) this.#recall(l)
    const header = {
      pid: l?.proc.pid ?? 0,
      tid: l?.id ?? 0,
      time: Math.floor(this.#kernel.clock.monotonic()),
      blocks: l?.blocks ?? 0,
    }
    const record = this.#encoder.encode(kind, header, payload)
    if (record.length <= this.#ring.largestRecord) this.#ring.append(record)
    else this.#ring.append(this.#encoder.encode(kind, header, shortened(payload)))
  }

  descriptorOpened(l: Lwp, fd: number, file: File, closeOnExec: boolean): void {
    this.emit('fd-open', l, {
      fd,
      file: file.id,
      type: file.type,
      description: readableName(file.describe()),
      flags: file.flags >>> 0,
      closeOnExec: closeOnExec ? 1 : 0,
    })
  }

  descriptorClosed(l: Lwp, fd: number, file: File): void {
    this.emit('fd-close', l, { fd, file: file.id })
  }

  /** Lets the reader see everything: call it before waiting for the host, and when a time slice ends. */
  publish(): void {
    this.#ring.publish()
  }
}

const SHORTENED_LIST = 64
const SHORTENED_TEXT = 4096

/** Of what no ring takes, the beginnings of its lists and texts are recorded. */
function shortened<T>(value: T): T {
  if (typeof value === 'string') return value.slice(0, SHORTENED_TEXT) as T
  if (value instanceof Uint8Array) return value.subarray(0, SHORTENED_TEXT) as T
  if (Array.isArray(value)) return value.slice(0, SHORTENED_LIST).map(shortened) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shortened(field)])) as T
}
