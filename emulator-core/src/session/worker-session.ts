/** The worker's side of a session: takes requests, drives the system, sends notices. */
import { Reg } from 'unicorn-engine-node'
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { activationAt } from './activations.ts'
import { evaluate, setRegisterTo, writeMemory } from './alter.ts'
import { codeAround, placeOf } from './code-around.ts'
import { CodeMap, SymbolCache } from './code-map.ts'
import { Control } from './control.ts'
import { Driver } from './driver.ts'
import { FunctionPlaces } from './function-places.ts'
import { backtrace, callerOf, callerWithLines, descriptors, threadInfo, topOfStack } from './inspect.ts'
import { type KernelHolder, type KernelStep, KernelStepper } from './kernel-stepper.ts'
import { LinePlaces } from './line-places.ts'
import { LineStep, type Surroundings } from './line-step.ts'
import { fromDebugInfo, localValues, programValue, variablesOf } from './program-values.ts'
import type { ProgramVariables } from './program-variables.ts'
import {
  type Gives,
  MEMORY_REQUEST_LIMIT,
  type Notice,
  type OutputStream,
  type RequestName,
  type StepKind,
  type StopReason,
  type Takes,
  type WorkerData,
  type WorkerMessage,
} from './protocol.ts'
import { type FrameValues, ThreadScope } from './scope.ts'
import { SharedBreakpoints } from './shared-breakpoints.ts'
import { type StepGoal, Stops } from './stops.ts'
import { SessionTerminal } from './streams.ts'
import type { Boot, EmulatedSystem } from './system.ts'
import { InstructionStep } from './thread-step.ts'
import { liveThreads } from './thread-watch.ts'
import type { Reached, Triggers } from './trigger.ts'
import { Watches } from './watches.ts'

/** A request that cannot be followed; the message is one sentence for people. */
class Refused extends Error {}

/** What a step means for a thread that is within the kernel. */
const KERNEL_STEPS: Readonly<Partial<Record<StepKind, KernelStep>>> = { call: 'over', into: 'into', out: 'out' }

type Handlers = { readonly [N in RequestName]: (argument: Takes<N>) => Gives<N> }

export class WorkerSession {
  readonly #send: (notice: Notice) => void
  readonly #data: WorkerData
  readonly #boot: Boot
  readonly #control: Control
  readonly #symbols = new SymbolCache(path => this.#system?.readFile(path))
  readonly #breakpoints = new SharedBreakpoints(() => this.#launched().kernel.machine)
  readonly #functions = new FunctionPlaces(
    this.#symbols,
    () => this.#breakpoints,
    (name, locations) => this.#send({ kind: 'found', name, locations }),
  )
  readonly #lines = new LinePlaces(
    this.#symbols,
    () => this.#breakpoints,
    (path, lines) => this.#send({ kind: 'placed', path, lines }),
  )
  readonly #stops = new Stops(
    this.#functions,
    this.#lines,
    () => this.#launched().names,
    l => Number(l.registers[Reg.RSP]),
    (triggers, key, l) => this.#reached(triggers, key, l),
    new Watches((p, address) => activationAt(p, address, this.#symbols)),
  )
  readonly #terminal: SessionTerminal
  #system: EmulatedSystem | undefined
  #driver: Driver | undefined
  #stopOnEntry = false
  #temporary: number | undefined
  #kernel: KernelStepper | undefined
  /** Lets the thread that is held within the kernel go on. */
  #goOn: (() => void) | undefined
  /** What must not happen in the middle of the kernel's work. */
  #later: (() => void)[] = []
  readonly #receive: () => WorkerMessage | undefined

  /** `receive`: takes a message that has come, without waiting. */
  constructor(
    data: WorkerData,
    boot: Boot,
    send: (notice: Notice) => void,
    receive: () => WorkerMessage | undefined = () => undefined,
  ) {
    this.#receive = receive
    this.#boot = boot
    this.#data = data
    this.#send = send
    this.#control = new Control(data.control)
    this.#terminal = new SessionTerminal((stream, bytes) => this.#print(stream, bytes))
  }

  #print(stream: OutputStream, bytes: Uint8Array): void {
    this.#control.outputSent(bytes.length)
    this.#send({ kind: 'output', stream, bytes })
  }

  /** `frame`: of the kernel; `at`: which of the program's is meant. */
  #scope(l: Lwp, frame?: FrameValues, at = 0): ThreadScope {
    return new ThreadScope(l, () => new CodeMap(l.proc, this.#symbols), frame, at)
  }

  #reached<Key>(triggers: Triggers<Key>, key: Key, l: Lwp, frame?: () => FrameValues): Reached | undefined {
    const print = (text: string): void => this.#print('console', Buffer.from(text))
    return triggers.reached(key, () => this.#scope(l, frame?.()), print)
  }

  #poke(): void {
    if (this.#goOn !== undefined) this.#control.clearPause()
    if (this.#driver === undefined || this.#driver.held) this.#control.clearPause()
    this.#driver?.poke()
  }

  take(message: WorkerMessage): void {
    if (message.name === 'poke') {
      this.#poke()
      return
    }
    const { id, name, argument } = message
    const handler = this.#handlers[name] as (argument: unknown) => unknown
    try {
      this.#send({ kind: 'answer', id, value: handler(argument) })
    } catch (error) {
      this.#send({ kind: 'refusal', id, message: sentence(error) })
    }
  }

  /** Within the kernel: answers questions until somebody says how to go on. The guest's clock stands. */
  #hold(l: Lwp, reason: StopReason): void {
    const system = this.#launched()
    this.#stops.setGoal(undefined)
    this.#clearTemporary()
    this.#control.clearPause()
    let isHeld = true
    this.#goOn = () => {
      isHeld = false
    }
    system.holdTime()
    this.#send({ kind: 'stopped', tid: l.id, reason })
    while (isHeld) {
      const seen = this.#control.messages
      const message = this.#receive()
      if (message === undefined) this.#control.waitForMessage(seen)
      else this.take(message)
    }
    this.#goOn = undefined
    system.releaseTime()
  }

  readonly #holder: KernelHolder = {
    hold: (l, reason) => this.#hold(l, reason),
    reached: (triggers, key, l, frame) => this.#reached(triggers, key, l, frame),
    left: () => {
      for (const work of this.#later.splice(0)) work()
    },
  }

  readonly #handlers: Handlers = {
    launch: ({ options, stopOnEntry, steps, holdsOthers, recordSteps }) => {
      if (this.#system !== undefined) throw new Refused('A program runs in this session already.')
      const system = this.#boot(options, this.#terminal, this.#data.ring, this.#stops)
      this.#system = system
      this.#stopOnEntry = stopOnEntry
      if (steps !== undefined) this.#kernel = new KernelStepper(steps, this.#holder, system.names, recordSteps === true)
      this.#stops.holdsOthers = holdsOthers === true
      this.#stops.kernel = this.#kernel
      this.#driver = new Driver(system, this.#control, this.#stops, {
        stopped: (tid, reason) => {
          this.#clearTemporary()
          this.#send({ kind: 'stopped', tid, reason })
        },
        thread: (tid, started) => this.#send({ kind: 'thread', tid, started }),
        exited: (status, others) =>
          this.#send({ kind: 'exited', status: (status >> 8) & 0xff, signal: status & 0x7f, others }),
        ended: () => this.#send({ kind: 'ended' }),
      })
      return { pid: system.first.pid, syscalls: system.names.syscalls }
    },
    start: () => {
      const driver = this.#running()
      driver.loop().catch((error: unknown) => {
        // A fault of the emulator itself: let it surface as the worker's error, with its stack.
        setImmediate(() => {
          throw error
        })
      })
      if (this.#stopOnEntry) this.#send({ kind: 'stopped', tid: this.#launched().first.pid, reason: { kind: 'entry' } })
      else driver.release()
      return undefined
    },
    continue: () => {
      this.#stops.setGoal(undefined)
      this.#kernel?.clearGoal()
      this.#goOnRunning()
      return undefined
    },
    step: ({ tid, kind }) => {
      const l = this.#thread(tid)
      this.#kernel?.clearGoal()
      if ((kind === 'line' || kind === 'line-into') && l.syscall < 0) {
        const step = new LineStep(l, kind === 'line-into', this.#surroundings)
        this.#stops.setGoal({ tid, kind }, step)
      } else if (kind === 'instruction-over' && l.syscall < 0) {
        this.#stops.setGoal({ tid, kind }, new InstructionStep(l, this.#surroundings))
      } else this.#stops.setGoal(this.#kernelGoal(l, kind) ?? this.#goal(l, kind))
      this.#goOnRunning()
      return undefined
    },
    sourceBreakpoints: ({ file, lines }) => this.#kernel?.setBreakpoints(file, lines) ?? lines.map(() => undefined),
    lineBreakpoints: ({ path, lines }) => this.#lines.set(path, lines, this.#liveProcesses()),
    instructionBreakpoints: wanted => {
      this.#stops.setInstructions(wanted, this.#breakpoints)
      const maps = this.#liveProcesses().map(p => new CodeMap(p, this.#symbols))
      return wanted.map(({ address }) => maps.some(code => code.locate(address) !== undefined))
    },
    dataBreakpoints: wanted => this.#stops.watches.set(wanted, this.#liveProcesses()),
    breakpoints: set => {
      this.#stops.setBreakpoints(set)
      const inKernel = this.#kernel?.setFunctions(set.functions) ?? []
      const places = this.#functions.set(
        set.functions.map(({ name }) => name),
        this.#liveProcesses(),
      )
      return places.map((locations, i) => ({ locations, inKernel: inKernel[i] ?? 0 }))
    },
    filters: filters => {
      this.#stops.setFilters(filters)
      return undefined
    },
    input: ({ bytes }) => {
      if (!this.#terminal.input.hasRoomFor(bytes))
        throw new Refused('The program does not read its input: there is no room for more.')
      this.#fromOutside(() => this.#terminal.input.push(bytes))
      return undefined
    },
    endInput: () => {
      this.#fromOutside(() => this.#terminal.input.end())
      return undefined
    },
    signal: ({ signal }) => {
      this.#fromOutside(() => this.#terminal.signal(signal))
      return undefined
    },
    threads: () => [...liveThreads(this.#launched().kernel)].map(threadInfo),
    backtrace: ({ tid, limit }) => {
      const l = this.#thread(tid)
      return backtrace(l, this.#kernel?.frames(l) ?? [], this.#launched().names, this.#symbols, Math.min(limit, 1000))
    },
    registers: ({ tid }) => [...this.#thread(tid).registers],
    memory: ({ tid, address, length }) => {
      if (length > MEMORY_REQUEST_LIMIT)
        throw new Refused(`More than ${MEMORY_REQUEST_LIMIT} bytes of memory cannot be read at once.`)
      return new CodeMap(this.#thread(tid).proc, this.#symbols).read(address, length)
    },
    code: ({ tid, address, before, after }) => {
      if (before + after > MEMORY_REQUEST_LIMIT)
        throw new Refused(`More than ${MEMORY_REQUEST_LIMIT} bytes of code cannot be read at once.`)
      return codeAround(new CodeMap(this.#thread(tid).proc, this.#symbols), address, before, after)
    },
    places: ({ tid, addresses }) => {
      const code = new CodeMap(this.#thread(tid).proc, this.#symbols)
      return addresses.map(address => placeOf(code, address))
    },
    locals: ({ tid, frame }) => fromDebugInfo(() => localValues(this.#variables(this.#thread(tid), frame))),
    programValue: ({ tid, frame, expression }) =>
      fromDebugInfo(() => programValue(this.#variables(this.#thread(tid), frame), expression)),
    writeMemory: ({ tid, address, bytes }) => writeMemory(this.#thread(tid), address, bytes),
    evaluate: ({ tid, depth, frame: at, expression }) => {
      const l = this.#thread(tid)
      const frame = depth === undefined ? undefined : this.#kernel?.valuesAt(l, depth)
      return evaluate(this.#scope(l, frame, at), expression)
    },
    setRegister: ({ tid, name, value }) => {
      const l = this.#thread(tid)
      setRegisterTo(l, name, this.#scope(l), value)
      return undefined
    },
    descriptors: ({ tid }) => descriptors(this.#thread(tid).proc),
  }

  readonly #surroundings: Surroundings = {
    breakpoints: this.#breakpoints,
    programCounter: l => Number(l.registers[Reg.RIP]),
    stackPointer: l => Number(l.registers[Reg.RSP]),
    top: l => topOfStack(new CodeMap(l.proc, this.#symbols), Number(l.registers[Reg.RSP])),
    code: l => new CodeMap(l.proc, this.#symbols),
    callerWithLines: l => callerWithLines(l, this.#symbols),
  }

  #variables(l: Lwp, frame: number): ProgramVariables {
    return variablesOf(l, new CodeMap(l.proc, this.#symbols), frame)
  }

  #goOnRunning(): void {
    if (this.#goOn === undefined) this.#running().release()
    else this.#goOn()
  }

  /** Something comes from the outside: now, or, while a thread is held within the kernel, when that is done. */
  #fromOutside(work: () => void): void {
    if (this.#goOn !== undefined) {
      this.#later.push(work)
      return
    }
    work()
    this.#driver?.poke()
  }

  /** A step of a thread that is within the kernel: what it waits for there, and behind it the end of the call. */
  #kernelGoal(l: Lwp, kind: StepKind): StepGoal | undefined {
    const kernel = this.#kernel
    const step = KERNEL_STEPS[kind]
    if (kernel === undefined || step === undefined || !kernel.isWithin(l)) {
      // Before the first statement of a call.
      if (kind === 'into' && l.syscall >= 0) kernel?.setGoal(l, 'into')
      return undefined
    }
    kernel.setGoal(l, step)
    return { tid: l.id, kind: 'end-of-call' }
  }

  #goal(l: Lwp, kind: StepKind): StepGoal {
    if (kind !== 'out') return { tid: l.id, kind }
    if (l.syscall >= 0) return { tid: l.id, kind: 'end-of-call' as const }
    const caller = callerOf(l, this.#symbols)
    if (caller === undefined) throw new Refused('No caller was found on the stack, so there is nowhere to step out to.')
    this.#temporary = caller.frame.address
    this.#breakpoints.setBreakpoint(caller.frame.address)
    return { tid: l.id, kind, returnAddress: caller.frame.address, stackPointer: caller.stackPointer }
  }

  #clearTemporary(): void {
    const address = this.#temporary
    this.#temporary = undefined
    if (address !== undefined) this.#breakpoints.clearBreakpoint(address)
  }

  #liveProcesses(): Proc[] {
    return [...this.#launched().kernel.processes.values()].filter(p => p.exitStatus === undefined)
  }

  #launched(): EmulatedSystem {
    if (this.#system === undefined) throw new Refused('No program has been launched.')
    return this.#system
  }

  #running(): Driver {
    if (this.#driver === undefined) throw new Refused('No program has been launched.')
    if (this.#driver.ended) throw new Refused('The program has ended.')
    return this.#driver
  }

  #thread(tid: number): Lwp {
    for (const l of liveThreads(this.#launched().kernel)) if (l.id === tid) return l
    throw new Refused(`There is no thread ${tid}.`)
  }
}

function sentence(error: unknown): string {
  if (error instanceof Error) return error.message
  return String(error)
}
