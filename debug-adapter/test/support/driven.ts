/** A session with a real program, driven as an editor does it: launches, steps, and looks at what is there. */
import path from 'node:path'
import type { DebugClient } from '@vscode/debugadapter-testsupport'
import type { DebugProtocol } from '@vscode/debugprotocol'

export type Step = 'next' | 'stepIn' | 'stepOut' | 'continue'
type Stop = DebugProtocol.StoppedEvent['body']

export interface Breakpoints {
  readonly functions?: readonly (string | DebugProtocol.FunctionBreakpoint)[]
  /** By the path of the source. */
  readonly lines?: Readonly<Record<string, readonly DebugProtocol.SourceBreakpoint[]>>
  readonly filters?: readonly DebugProtocol.ExceptionFilterOptions[]
}

/** How breakpoints came to lie: those on functions, then those in sources. */
type Placed = DebugProtocol.Breakpoint[]

const MOST_STEPS = 300

export class Driven {
  readonly #dc: DebugClient
  readonly #program: object

  /** `program`: what each launch says. */
  constructor(dc: DebugClient, program: object) {
    this.#dc = dc
    this.#program = program
  }

  /** Lets the program go. */
  async start(more: object, { functions = [], lines = {}, filters = [] }: Breakpoints = {}): Promise<Placed> {
    const dc = this.#dc
    await dc.initializeRequest()
    const initialized = dc.waitForEvent('initialized')
    const launched = dc.launchRequest({ ...this.#program, ...more } as never)
    await Promise.race([initialized, launched.then(() => initialized)])
    const breakpoints = functions.map(each => (typeof each === 'string' ? { name: each } : each))
    const placed = (await dc.setFunctionBreakpointsRequest({ breakpoints })).body.breakpoints
    for (const [file, wanted] of Object.entries(lines)) placed.push(...(await this.breakAt(file, ...wanted)))
    await dc.setExceptionBreakpointsRequest({ filters: [], filterOptions: [...filters] })
    await dc.configurationDoneRequest()
    await launched
    return placed
  }

  /** Replaces the breakpoints of a source. */
  async breakAt(file: string, ...breakpoints: readonly DebugProtocol.SourceBreakpoint[]): Promise<Placed> {
    const asked = await this.#dc.setBreakpointsRequest({ source: { path: file }, breakpoints: [...breakpoints] })
    return asked.body.breakpoints
  }

  /** Asks as the console does, about the innermost frame. */
  async evaluate(expression: string, threadId: number, context = 'repl'): Promise<string> {
    const [frame] = await this.frames(threadId)
    return (await this.#dc.evaluateRequest({ expression, frameId: frame.id, context })).body.result
  }

  /** Lets the program go up to its first stop. */
  launch(more: object, breakpoints: Breakpoints = {}): Promise<Stop> {
    return this.stopAfter(this.start(more, breakpoints))
  }

  async stopAfter(request: Promise<unknown>): Promise<Stop> {
    const [stopped] = await Promise.all([this.#dc.waitForEvent('stopped'), request])
    return (stopped as DebugProtocol.StoppedEvent).body
  }

  step(kind: Step, threadId: number): Promise<Stop> {
    return this.stopAfter(this.ask(kind, threadId))
  }

  ask(kind: Step, threadId: number): Promise<unknown> {
    const dc = this.#dc
    const requests = {
      next: () => dc.nextRequest({ threadId }),
      stepIn: () => dc.stepInRequest({ threadId }),
      stepOut: () => dc.stepOutRequest({ threadId }),
      continue: () => dc.continueRequest({ threadId }),
    }
    return requests[kind]()
  }

  pause(): Promise<Stop> {
    return this.stopAfter(this.#dc.pauseRequest({ threadId: 0 }))
  }

  /** Steps until the innermost frame has such a name. */
  async untilIn(threadId: number, kind: Step, name: RegExp): Promise<DebugProtocol.StackFrame> {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const [frame] = await this.frames(threadId)
      if (name.test(frame.name)) return frame
      await this.step(kind, threadId)
    }
    throw new Error(`${name} was not reached`)
  }

  async threads(): Promise<DebugProtocol.Thread[]> {
    return (await this.#dc.threadsRequest()).body.threads
  }

  async frames(threadId: number): Promise<DebugProtocol.StackFrame[]> {
    return (await this.#dc.stackTraceRequest({ threadId })).body.stackFrames
  }

  async locals({ id }: DebugProtocol.StackFrame): Promise<DebugProtocol.Variable[]> {
    const { scopes } = (await this.#dc.scopesRequest({ frameId: id })).body
    const found = scopes.find(({ name }) => name === 'Locals')
    if (found === undefined) return []
    return (await this.#dc.variablesRequest({ variablesReference: found.variablesReference })).body.variables
  }

  /** The file in which a frame is, without its folder; undefined for the program's own. */
  fileOf({ source }: DebugProtocol.StackFrame): string | undefined {
    return source?.path === undefined ? undefined : path.basename(source.path)
  }

  /** How many calls have been made by all but this thread. */
  async callsOfOthers(threadId: number): Promise<number> {
    let calls = 0
    for (let from = 0; ; ) {
      const { events } = (await this.#dc.customRequest('interlinear/events', { from, count: 5000 })).body as {
        events: readonly { kind: string; tid: number }[]
      }
      if (events.length === 0) return calls
      calls += events.filter(({ kind, tid }) => kind === 'syscall-enter' && tid !== threadId).length
      from += events.length
    }
  }

  /** Ends the program, held or not. */
  async end(): Promise<void> {
    await Promise.all([this.#dc.waitForEvent('terminated'), this.#dc.terminateRequest({})])
  }
}
