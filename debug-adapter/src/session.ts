/** The Debug Adapter Protocol, spoken for the emulator. Each request is a method that answers or throws an AdapterError. */
import path from 'node:path'
import type { StopFilters, StopReason } from '@interlinear/emulator-core/session/protocol.ts'
import {
  DebugSession,
  ErrorDestination,
  Event,
  ExitedEvent,
  Handles,
  InitializedEvent,
  OutputEvent,
  StoppedEvent,
  TerminatedEvent,
  ThreadEvent,
} from '@vscode/debugadapter'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { Breakpoints } from './breakpoints.ts'
import { CAPABILITIES, FILTERS, readFilters } from './capabilities.ts'
import { answerCustom } from './custom.ts'
import { type CustomRequestName, PROGRESS_EVENT, PROGRESS_MS, type RunState, type Status } from './custom-requests.ts'
import { Debuggee, installedWorker, type WorkerFiles } from './debuggee.ts'
import { AdapterError } from './errors.ts'
import type { EventLog } from './event-log.ts'
import { type ShownFrame, shownFrames, stackPage } from './frames.ts'
import { type Launch, type LaunchArguments, readLaunch } from './launch-arguments.ts'
import { SourceBreakpoints } from './source-breakpoints.ts'
import {
  descriptorValues,
  registerNamed,
  registerValues,
  stepValues,
  undecodedCall,
  type Value,
  variableNamed,
} from './variables.ts'

interface FrameRef {
  readonly tid: number
  readonly frame: ShownFrame
}

/** What stands behind a variables reference: values, or how to get them. */
type Container = () => Promise<readonly Value[]>

const NO_FILTERS = readFilters([])
/** Addresses of frames other than the innermost are return addresses: the registers there are not known. */
const MOST_FRAMES = 200

export class InterlinearSession extends DebugSession {
  #debuggee: Debuggee | undefined
  /** The events of the last run: they stay to be looked at after its end, for as long as this process lives. */
  #log: EventLog | undefined
  #launch: Launch | undefined
  #traced = true
  #state: RunState = 'starting'
  #filters: StopFilters = NO_FILTERS
  #lastStop: { tid: number; reason: StopReason } | undefined
  #progressTimer: NodeJS.Timeout | undefined
  readonly #breakpoints = new Breakpoints()
  readonly #sourceBreakpoints = new SourceBreakpoints()
  #noDebug = false
  readonly #frames = new Handles<FrameRef>()
  readonly #containers = new Handles<Container>()
  readonly #pages = new Handles<string>()
  readonly #lastPages = new Map<number, { readonly reference: number; readonly text: string }>()

  /** The emulator's bundle; tests put one of their own in its place. */
  protected workerFiles(stepping: boolean): WorkerFiles {
    return installedWorker(stepping)
  }

  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = CAPABILITIES
    this.sendResponse(response)
  }

  protected override launchRequest(
    response: DebugProtocol.LaunchResponse,
    args: DebugProtocol.LaunchRequestArguments & LaunchArguments,
  ): void {
    this.#answer(response, async () => {
      this.#launch = readLaunch(args ?? {}, process.env, process.platform)
      this.#traced = args?.trace ?? true
      this.#noDebug = args?.noDebug ?? false
      await this.#load()
      // Only now are the program's symbols known, so that breakpoints on functions can be verified.
      this.sendEvent(new InitializedEvent())
    })
  }

  async #load(): Promise<void> {
    const launch = this.#launch
    if (launch === undefined) throw new AdapterError('notRunning')
    const { worker, steps, sources } = this.workerFiles(!this.#noDebug)
    this.#sourceBreakpoints.root = sources
    const debuggee = new Debuggee(worker, this.#traced, (category, text) =>
      this.sendEvent(new OutputEvent(text, category)),
    )
    this.#debuggee = debuggee
    this.#log?.dispose()
    this.#log = debuggee.log
    this.#state = 'starting'
    debuggee.log.onGrown(() => this.#progressSoon())
    const events = debuggee.client.events
    events.on('stopped', (tid, reason) => this.#stopped(tid, reason))
    events.on('thread', (tid, started) => this.sendEvent(new ThreadEvent(started ? 'started' : 'exited', tid)))
    events.on('found', (name, locations) => {
      for (const breakpoint of this.#breakpoints.found(name, locations))
        this.sendEvent(new Event('breakpoint', { reason: 'changed', breakpoint }))
    })
    events.on('exited', (status, signal) => this.#exited(debuggee, status, signal))
    events.on('failed', error => this.#failed(debuggee, error))
    try {
      const { syscalls } = await debuggee.client.ask('launch', { ...launch, steps })
      this.#breakpoints.syscalls = new Map(syscalls)
    } catch (error) {
      await debuggee.dispose()
      this.#debuggee = undefined
      throw new AdapterError('launchFailed', { reason: error instanceof Error ? error.message : String(error) })
    }
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    this.#answer(response, () => this.#start())
  }

  async #start(): Promise<void> {
    this.#state = 'running'
    this.#progressSoon()
    await this.#client.ask('start')
  }

  protected override setFunctionBreakPointsRequest(
    response: DebugProtocol.SetFunctionBreakpointsResponse,
    args: DebugProtocol.SetFunctionBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      const breakpoints = await this.#breakpoints.set(args.breakpoints, this.#client)
      response.body = { breakpoints }
    })
  }

  protected override setBreakPointsRequest(
    response: DebugProtocol.SetBreakpointsResponse,
    args: DebugProtocol.SetBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      const breakpoints = await this.#sourceBreakpoints.set(args.source, args.breakpoints ?? [], this.#client)
      response.body = { breakpoints }
    })
  }

  protected override setExceptionBreakPointsRequest(
    response: DebugProtocol.SetExceptionBreakpointsResponse,
    args: DebugProtocol.SetExceptionBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      this.#filters = readFilters(args.filters)
      await this.#client.ask('filters', this.#filters)
    })
  }

  protected override exceptionInfoRequest(response: DebugProtocol.ExceptionInfoResponse): void {
    this.#answer(response, async () => {
      const reason = this.#lastStop?.reason
      if (reason?.kind !== 'filter') throw new AdapterError('notRunning')
      const filter = FILTERS.find(each => each.filter === reason.filter)
      response.body = { exceptionId: filter?.label ?? reason.filter, description: reason.detail, breakMode: 'always' }
    })
  }

  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    this.#answer(response, async () => {
      this.#running()
      await this.#client.ask('continue')
      response.body = { allThreadsContinued: true }
    })
  }

  protected override nextRequest(response: DebugProtocol.NextResponse, args: DebugProtocol.NextArguments): void {
    this.#step(response, args.threadId, args.granularity === 'instruction' ? 'instruction' : 'call')
  }

  protected override stepInRequest(response: DebugProtocol.StepInResponse, args: DebugProtocol.StepInArguments): void {
    this.#step(response, args.threadId, args.granularity === 'instruction' ? 'instruction' : 'into')
  }

  protected override stepOutRequest(
    response: DebugProtocol.StepOutResponse,
    args: DebugProtocol.StepOutArguments,
  ): void {
    this.#step(response, args.threadId, 'out')
  }

  #step(response: DebugProtocol.Response, tid: number, kind: 'call' | 'instruction' | 'into' | 'out'): void {
    this.#answer(response, async () => {
      this.#running()
      try {
        await this.#client.ask('step', { tid, kind })
      } catch (error) {
        this.#state = 'paused'
        throw error
      }
    })
  }

  protected override pauseRequest(response: DebugProtocol.PauseResponse): void {
    this.#answer(response, async () => this.#client.pause())
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    this.#answer(response, async () => {
      const threads = this.#state === 'ended' ? [] : await this.#client.ask('threads')
      response.body = {
        threads: threads.map(t => ({
          id: t.tid,
          name: t.pid === t.tid ? `${t.name} (${t.pid})` : `${t.name} (${t.pid}/${t.tid})`,
        })),
      }
    })
  }

  protected override stackTraceRequest(
    response: DebugProtocol.StackTraceResponse,
    args: DebugProtocol.StackTraceArguments,
  ): void {
    this.#answer(response, async () => {
      const trace = await this.#client.ask('backtrace', { tid: args.threadId, limit: MOST_FRAMES })
      const all = shownFrames(trace, this.#log?.nativeCallInProgress(args.threadId))
      const page = stackPage(all, this.#log?.callLine(args.threadId) ?? (await this.#callOf(args.threadId)))
      const source = {
        name: `stack of thread ${args.threadId}`,
        sourceReference: this.#pageReference(args.threadId, page.text),
      }
      const start = args.startFrame ?? 0
      const levels = args.levels === undefined || args.levels === 0 ? all.length : args.levels
      response.body = {
        totalFrames: all.length,
        stackFrames: all.slice(start, start + levels).map((frame, i) => ({
          id: this.#frames.create({ tid: args.threadId, frame }),
          name: frame.name,
          ...(this.#kernelSource(frame) ?? { source, line: page.lines[start + i], column: 1 }),
          presentationHint: 'normal',
          instructionPointerReference: frame.address === undefined ? undefined : `0x${frame.address.toString(16)}`,
        })),
      }
    })
  }

  /** A place in the translation's own sources. */
  #kernelSource({ place }: ShownFrame): Pick<DebugProtocol.StackFrame, 'source' | 'line' | 'column'> | undefined {
    const { root } = this.#sourceBreakpoints
    if (place === undefined || root === undefined) return undefined
    return {
      source: { name: path.basename(place.file), path: path.join(root, place.file) },
      line: place.line,
      column: place.column,
    }
  }

  /** One number for one text: VS Code never asks again for a page it has. */
  #pageReference(tid: number, text: string): number {
    const last = this.#lastPages.get(tid)
    if (last?.text === text) return last.reference
    const reference = this.#pages.create(text)
    this.#lastPages.set(tid, { reference, text })
    return reference
  }

  protected override sourceRequest(response: DebugProtocol.SourceResponse, args: DebugProtocol.SourceArguments): void {
    this.#answer(response, async () => {
      response.body = { content: this.#pages.get(args.sourceReference) ?? '', mimeType: 'text/plain' }
    })
  }

  protected override scopesRequest(response: DebugProtocol.ScopesResponse, args: DebugProtocol.ScopesArguments): void {
    this.#answer(response, async () => {
      const ref = this.#frames.get(args.frameId)
      if (ref === undefined) throw new AdapterError('notRunning')
      const scope = (name: string, expensive: boolean, container: Container): DebugProtocol.Scope => ({
        name,
        expensive,
        variablesReference: this.#containers.create(container),
      })
      const scopes: DebugProtocol.Scope[] = []
      if (ref.frame.variables.length > 0)
        scopes.push(
          scope(ref.frame.place === undefined ? 'Step' : 'Locals', false, async () => stepValues(ref.frame.variables)),
        )
      const name = await this.#callOf(ref.tid)
      if (name !== undefined) {
        scopes.push(
          scope('System call', false, async () => {
            const decoded = this.#log?.callInProgress(ref.tid)
            return decoded ?? undecodedCall(name, await this.#client.ask('registers', { tid: ref.tid }))
          }),
        )
      }
      scopes.push(
        scope('Registers', false, async () => registerValues(await this.#client.ask('registers', { tid: ref.tid }))),
      )
      scopes.push(
        scope('Descriptors', false, async () =>
          descriptorValues(await this.#client.ask('descriptors', { tid: ref.tid })),
        ),
      )
      response.body = { scopes }
    })
  }

  /** The name of the call that a thread is in. */
  async #callOf(tid: number): Promise<string | undefined> {
    const thread = (await this.#client.ask('threads')).find(each => each.tid === tid)
    return thread === undefined || thread.syscall < 0
      ? undefined
      : (this.#breakpoints.syscalls.get(thread.syscall) ?? `#${thread.syscall}`)
  }

  protected override variablesRequest(
    response: DebugProtocol.VariablesResponse,
    args: DebugProtocol.VariablesArguments,
  ): void {
    this.#answer(response, async () => {
      const values = (await this.#containers.get(args.variablesReference)?.()) ?? []
      const from = args.start ?? 0
      const wanted =
        args.count === undefined || args.count === 0 ? values.slice(from) : values.slice(from, from + args.count)
      response.body = { variables: wanted.map(v => this.#variable(v)) }
    })
  }

  #variable(v: Value): DebugProtocol.Variable {
    const parts = v.parts
    return {
      name: v.name,
      value: v.value,
      type: v.type,
      memoryReference: v.memory === undefined ? undefined : `0x${v.memory.toString(16)}`,
      variablesReference: parts === undefined || parts.length === 0 ? 0 : this.#containers.create(async () => parts),
    }
  }

  protected override readMemoryRequest(
    response: DebugProtocol.ReadMemoryResponse,
    args: DebugProtocol.ReadMemoryArguments,
  ): void {
    this.#answer(response, async () => {
      const base = Number(args.memoryReference)
      if (!Number.isSafeInteger(base) || base < 0)
        throw new AdapterError('badMemoryReference', { reference: args.memoryReference })
      const address = Math.max(0, base + (args.offset ?? 0))
      const tid = this.#lastStop?.tid ?? (await this.#client.ask('threads'))[0]?.tid
      if (tid === undefined) throw new AdapterError('notRunning')
      const bytes =
        args.count > 0 ? await this.#client.ask('memory', { tid, address, length: args.count }) : new Uint8Array(0)
      response.body = {
        address: `0x${address.toString(16)}`,
        data: Buffer.from(bytes).toString('base64'),
        unreadableBytes: args.count - bytes.length,
      }
    })
  }

  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    args: DebugProtocol.EvaluateArguments,
  ): void {
    this.#answer(response, async () => {
      const ref = args.frameId === undefined ? undefined : this.#frames.get(args.frameId)
      const tid = ref?.tid ?? this.#lastStop?.tid
      const known = this.#state === 'paused' ? variableNamed(args.expression, ref?.frame.variables ?? []) : undefined
      if (known !== undefined) {
        const { value, type, variablesReference } = this.#variable(known)
        response.body = { result: value, type, variablesReference }
        return
      }
      if (this.#state === 'paused' && tid !== undefined) {
        const register = registerNamed(args.expression, await this.#client.ask('registers', { tid }))
        if (register === undefined) throw new AdapterError('badExpression', { expression: args.expression })
        response.body = {
          result: register.value,
          variablesReference: 0,
          memoryReference: `0x${(register.memory ?? 0n).toString(16)}`,
        }
        return
      }
      if (args.context !== 'repl') throw new AdapterError('badExpression', { expression: args.expression })
      await this.#client.ask('input', { bytes: Buffer.from(`${args.expression}\n`) })
      response.body = { result: '', variablesReference: 0 }
    })
  }

  protected override customRequest(command: string, response: DebugProtocol.Response, args: unknown): void {
    this.#answer(response, async () => {
      response.body = await answerCustom(command as CustomRequestName, args, this.#debuggee?.client, this.#log, () =>
        this.#status(),
      )
    })
  }

  protected override terminateRequest(response: DebugProtocol.TerminateResponse): void {
    this.#answer(response, async () => {
      if (this.#state === 'ended' || this.#debuggee === undefined) return
      await this.#client.ask('signal', { signal: 'SIGTERM' })
      if (this.#state !== 'paused') return
      this.#running()
      await this.#client.ask('continue')
    })
  }

  protected override restartRequest(response: DebugProtocol.RestartResponse): void {
    this.#answer(response, async () => {
      const old = this.#debuggee
      this.#debuggee = undefined
      await old?.dispose()
      await this.#load()
      await this.#breakpoints.resend(this.#client)
      await this.#sourceBreakpoints.resend(this.#client)
      await this.#client.ask('filters', this.#filters)
      await this.#start()
    })
  }

  protected override disconnectRequest(response: DebugProtocol.DisconnectResponse): void {
    this.#answer(response, async () => {
      const debuggee = this.#debuggee
      this.#debuggee = undefined
      this.#state = 'ended'
      clearTimeout(this.#progressTimer)
      await debuggee?.dispose()
    })
  }

  get #client() {
    if (this.#debuggee === undefined) throw new AdapterError('notRunning')
    return this.#debuggee.client
  }

  #running(): void {
    this.#state = 'running'
    this.#frames.reset()
    this.#containers.reset()
    this.#progressSoon()
  }

  #stopped(tid: number, reason: StopReason): void {
    this.#state = 'paused'
    this.#lastStop = { tid, reason }
    this.#frames.reset()
    this.#containers.reset()
    this.#progressSoon()
    const event = new StoppedEvent(
      stopName(reason),
      tid,
      'detail' in reason ? reason.detail : undefined,
    ) as DebugProtocol.StoppedEvent
    if (reason.kind !== 'filter' && 'detail' in reason) event.body.description = `Paused: ${reason.detail}`
    event.body.allThreadsStopped = true
    event.body.hitBreakpointIds = [...this.#breakpoints.hitBy(reason), ...this.#sourceBreakpoints.hitBy(reason)]
    this.sendEvent(event)
  }

  #exited(debuggee: Debuggee, status: number, signal: number): void {
    if (debuggee !== this.#debuggee) return
    debuggee.finish()
    this.#state = 'ended'
    this.#sendProgress()
    if (signal !== 0) this.sendEvent(new OutputEvent(`The program was ended by signal ${signal}.\n`, 'console'))
    this.sendEvent(new ExitedEvent(signal === 0 ? status : 128 + signal))
    this.sendEvent(new TerminatedEvent())
  }

  #failed(debuggee: Debuggee, error: Error): void {
    if (debuggee !== this.#debuggee) return
    this.#state = 'ended'
    const failure = new AdapterError('emulatorFailed', { reason: error.stack ?? error.message })
    this.sendEvent(new OutputEvent(`${failure.message}\n`, 'important'))
    this.sendEvent(new TerminatedEvent())
  }

  #status(): Status {
    return { state: this.#state, events: this.#log?.count ?? 0, program: this.#launch?.options.program ?? '' }
  }

  #progressSoon(): void {
    this.#progressTimer ??= setTimeout(() => this.#sendProgress(), PROGRESS_MS)
  }

  #sendProgress(): void {
    clearTimeout(this.#progressTimer)
    this.#progressTimer = undefined
    this.sendEvent(new Event(PROGRESS_EVENT, this.#status()))
  }

  /** Sends what `work` made of the response, or its error as one sentence. */
  #answer(response: DebugProtocol.Response, work: () => Promise<void>): void {
    work().then(
      () => this.sendResponse(response),
      (error: unknown) => {
        const known =
          error instanceof AdapterError
            ? error
            : new AdapterError('refused', { reason: error instanceof Error ? error.message : String(error) })
        this.sendErrorResponse(
          response,
          { id: known.id, format: known.message.replaceAll('{', '(').replaceAll('}', ')') },
          undefined,
          undefined,
          ErrorDestination.User,
        )
      },
    )
  }
}

function stopName(reason: StopReason): string {
  switch (reason.kind) {
    case 'syscall-breakpoint':
    case 'address-breakpoint':
      return 'function breakpoint'
    case 'source-breakpoint':
      return 'breakpoint'
    case 'filter':
      return 'exception'
    default:
      return reason.kind
  }
}
