/** The worker's side of a session: takes requests, drives the system, sends notices. */
import { Reg } from 'unicorn-engine-node'
import type { Lwp } from '../native/lwp.ts'
import { CodeMap, SymbolCache } from './code-map.ts'
import { Control } from './control.ts'
import { Driver } from './driver.ts'
import { backtrace, callerOf, descriptors, threadInfo } from './inspect.ts'
import {
  type Gives,
  MEMORY_REQUEST_LIMIT,
  type Notice,
  type RequestMessage,
  type RequestName,
  type StepKind,
  type Takes,
  type WorkerData,
} from './protocol.ts'
import { Stops } from './stops.ts'
import { SessionTerminal } from './streams.ts'
import type { Boot, EmulatedSystem } from './system.ts'

/** A request that cannot be followed; the message is one sentence for people. */
class Refused extends Error {}

type Handlers = { readonly [N in RequestName]: (argument: Takes<N>) => Gives<N> | Promise<Gives<N>> }

export class WorkerSession {
  readonly #send: (notice: Notice) => void
  readonly #data: WorkerData
  readonly #boot: Boot
  readonly #control: Control
  readonly #stops = new Stops(
    () => this.#launched().names,
    l => Number(l.registers[Reg.RSP]),
  )
  readonly #terminal: SessionTerminal
  #system: EmulatedSystem | undefined
  #driver: Driver | undefined
  #symbols = new SymbolCache(path => this.#system?.readFile(path))
  #stopOnEntry = false
  #addresses = new Set<number>()
  #temporary: number | undefined

  constructor(data: WorkerData, boot: Boot, send: (notice: Notice) => void) {
    this.#boot = boot
    this.#data = data
    this.#send = send
    this.#control = new Control(data.control)
    this.#terminal = new SessionTerminal((stream, bytes) => {
      this.#control.outputSent(bytes.length)
      send({ kind: 'output', stream, bytes })
    })
  }

  /** Looks at the control words now. */
  poke(): void {
    if (this.#driver === undefined || this.#driver.held) this.#control.clearPause()
    this.#driver?.poke()
  }

  take(message: RequestMessage): void {
    this.#answer(message).then(
      value => this.#send({ kind: 'answer', id: message.id, value }),
      (error: unknown) => this.#send({ kind: 'refusal', id: message.id, message: sentence(error) }),
    )
  }

  async #answer(message: RequestMessage): Promise<unknown> {
    const handler = this.#handlers[message.name] as (argument: unknown) => unknown
    return handler(message.argument)
  }

  readonly #handlers: Handlers = {
    launch: ({ options, stopOnEntry }) => {
      if (this.#system !== undefined) throw new Refused('A program runs in this session already.')
      const system = this.#boot(options, this.#terminal, this.#data.ring, this.#stops)
      this.#system = system
      this.#stopOnEntry = stopOnEntry
      this.#driver = new Driver(system, this.#control, this.#stops, {
        stopped: (tid, reason) => {
          this.#clearTemporary()
          this.#send({ kind: 'stopped', tid, reason })
        },
        exited: status => this.#send({ kind: 'exited', status: (status >> 8) & 0xff, signal: status & 0x7f }),
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
      this.#running().release()
      return undefined
    },
    step: ({ tid, kind }) => {
      this.#stops.setGoal(this.#goal(this.#thread(tid), kind))
      this.#running().release()
      return undefined
    },
    breakpoints: set => {
      const machine = this.#launched().kernel.machine
      const wanted = new Set(set.addresses)
      for (const address of this.#addresses) if (!wanted.has(address)) machine.clearBreakpoint(address)
      for (const address of wanted) if (!this.#addresses.has(address)) machine.setBreakpoint(address)
      this.#addresses = wanted
      this.#stops.setBreakpoints(set)
      return undefined
    },
    filters: filters => {
      this.#stops.setFilters(filters)
      return undefined
    },
    functions: ({ name }) => new CodeMap(this.#launched().first, this.#symbols).functions(name),
    input: ({ bytes }) => {
      if (!this.#terminal.input.push(bytes))
        throw new Refused('The program does not read its input: there is no room for more.')
      this.#driver?.poke()
      return undefined
    },
    endInput: () => {
      this.#terminal.input.end()
      this.#driver?.poke()
      return undefined
    },
    signal: ({ signal }) => {
      this.#terminal.signal(signal)
      this.#driver?.poke()
      return undefined
    },
    threads: () => [...this.#threads()].map(threadInfo),
    backtrace: ({ tid, limit }) => {
      const l = this.#thread(tid)
      return backtrace(l, this.#stops.stepOf(l), this.#launched().names, this.#symbols, Math.min(limit, 1000))
    },
    registers: ({ tid }) => [...this.#thread(tid).registers],
    memory: ({ tid, address, length }) => {
      if (length > MEMORY_REQUEST_LIMIT)
        throw new Refused(`More than ${MEMORY_REQUEST_LIMIT} bytes of memory cannot be read at once.`)
      return new CodeMap(this.#thread(tid).proc, this.#symbols).read(address, length)
    },
    descriptors: ({ tid }) => descriptors(this.#thread(tid).proc),
  }

  #goal(l: Lwp, kind: StepKind) {
    if (kind !== 'out') return { tid: l.id, kind }
    if (l.syscall >= 0) return { tid: l.id, kind: 'end-of-call' as const }
    const caller = callerOf(l, this.#symbols)
    if (caller === undefined) throw new Refused('No caller was found on the stack, so there is nowhere to step out to.')
    this.#temporary = caller.frame.address
    if (!this.#addresses.has(caller.frame.address)) this.#launched().kernel.machine.setBreakpoint(caller.frame.address)
    return { tid: l.id, kind, returnAddress: caller.frame.address, stackPointer: caller.stackPointer }
  }

  #clearTemporary(): void {
    const address = this.#temporary
    this.#temporary = undefined
    if (address !== undefined && !this.#addresses.has(address)) this.#launched().kernel.machine.clearBreakpoint(address)
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

  *#threads(): Generator<Lwp> {
    for (const proc of this.#launched().kernel.processes.values()) {
      if (proc.exitStatus === undefined) yield* proc.lwps.values()
    }
  }

  #thread(tid: number): Lwp {
    for (const l of this.#threads()) if (l.id === tid) return l
    throw new Refused(`There is no thread ${tid}.`)
  }
}

function sentence(error: unknown): string {
  if (error instanceof Error) return error.message
  return String(error)
}
