/** The Debug Adapter Protocol, spoken for the emulator. Each request is a method that answers or throws an AdapterError. */
import type { StepKind, StopFilters, StopReason } from '@interlinear/emulator-core/session/protocol.ts'
import {
  DebugSession,
  ErrorDestination,
  Event,
  ExitedEvent,
  InitializedEvent,
  InvalidatedEvent,
  OutputEvent,
  StoppedEvent,
  TerminatedEvent,
  ThreadEvent,
} from '@vscode/debugadapter'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { Breakpoints } from './breakpoints.ts'
import { CAPABILITIES } from './capabilities.ts'
import { answerCustom } from './custom.ts'
import { type CustomRequestName, PROGRESS_EVENT, PROGRESS_MS, type RunState, type Status } from './custom-requests.ts'
import { Debuggee, installedWorker, type WorkerFiles } from './debuggee.ts'
import { AdapterError } from './errors.ts'
import type { EventLog } from './event-log.ts'
import { exceptionInfo } from './exception-info.ts'
import { readFilters } from './filters.ts'
import { Inspection } from './inspection.ts'
import { type Launch, type LaunchArguments, readLaunch } from './launch-arguments.ts'
import { ProgramSources } from './program-sources.ts'
import { SourceBreakpoints } from './source-breakpoints.ts'

/** An error that whoever asked tells the user. */
const NOWHERE_ELSE = 0 as ErrorDestination

export class InterlinearSession extends DebugSession {
  #debuggee: Debuggee | undefined
  /** The events of the last run: they stay to be looked at after its end, for as long as this process lives. */
  #log: EventLog | undefined
  #launch: Launch | undefined
  #traced = true
  #state: RunState = 'starting'
  #filters: StopFilters = {}
  #lastStop: { tid: number; reason: StopReason } | undefined
  readonly #liveThreads = new Set<number>()
  /** The thread that somebody wants to see paused. */
  #pausing: number | undefined
  #progressTimer: NodeJS.Timeout | undefined
  readonly #breakpoints = new Breakpoints()
  readonly #sourceBreakpoints = new SourceBreakpoints()
  #programSources: ProgramSources | undefined
  #noDebug = false
  readonly #inspection = new Inspection({
    client: () => this.#client,
    log: () => this.#log,
    syscalls: () => this.#breakpoints.syscalls,
    sources: () => this.#sourceBreakpoints.root,
    programSources: () => this.#programSources,
  })

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

  protected override attachRequest(response: DebugProtocol.AttachResponse): void {
    this.#answer(response, async () => {
      throw new AdapterError('noAttach')
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
    this.#liveThreads.clear()
    events.on('thread', (tid, started) => {
      if (started) this.#liveThreads.add(tid)
      else this.#liveThreads.delete(tid)
      this.sendEvent(new ThreadEvent(started ? 'started' : 'exited', tid))
    })
    const { program, sysroot } = launch.options
    this.#programSources = new ProgramSources(program, sysroot)
    events.on('placed', (file, lines) => {
      for (const breakpoint of this.#sourceBreakpoints.found(file, lines))
        this.sendEvent(new Event('breakpoint', { reason: 'changed', breakpoint }))
    })
    events.on('found', (name, locations) => {
      for (const breakpoint of this.#breakpoints.found(name, locations))
        this.sendEvent(new Event('breakpoint', { reason: 'changed', breakpoint }))
    })
    events.on('exited', (status, signal, others) => this.#exited(debuggee, status, signal, others))
    events.on('ended', () => this.#ended(debuggee))
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
      const { filters, breakpoints } = readFilters(args, this.#breakpoints.syscalls)
      this.#filters = filters
      await this.#client.ask('filters', filters)
      response.body = { breakpoints }
    })
  }

  protected override exceptionInfoRequest(response: DebugProtocol.ExceptionInfoResponse): void {
    this.#answer(response, async () => {
      const reason = this.#lastStop?.reason
      if (reason?.kind !== 'filter') throw new AdapterError('notRunning')
      response.body = exceptionInfo(reason)
    })
  }

  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    this.#answer(response, async () => {
      await this.#goOn(() => this.#client.ask('continue'))
      response.body = { allThreadsContinued: true }
    })
  }

  protected override nextRequest(response: DebugProtocol.NextResponse, args: DebugProtocol.NextArguments): void {
    this.#step(response, args.threadId, async () => {
      if (args.granularity === 'instruction') return 'instruction'
      return (await this.#inspection.isInSource(args.threadId)) ? 'line' : 'call'
    })
  }

  protected override stepInRequest(response: DebugProtocol.StepInResponse, args: DebugProtocol.StepInArguments): void {
    this.#step(response, args.threadId, async () => {
      if (args.granularity === 'instruction') return 'instruction'
      return (await this.#inspection.isAtLine(args.threadId)) ? 'line-into' : 'into'
    })
  }

  protected override stepOutRequest(
    response: DebugProtocol.StepOutResponse,
    args: DebugProtocol.StepOutArguments,
  ): void {
    this.#step(response, args.threadId, async () => 'out')
  }

  #step(response: DebugProtocol.Response, tid: number, kindOf: () => Promise<StepKind>): void {
    this.#answer(response, async () => {
      const kind = await kindOf()
      await this.#goOn(() => this.#client.ask('step', { tid, kind }))
    })
  }

  /** If it is refused, the guest stands as it did, and what was told of it holds. */
  async #goOn(ask: () => Promise<undefined>): Promise<void> {
    const before = this.#lastStop
    await ask()
    // A step may be over already.
    if (this.#lastStop === before) this.#running()
  }

  protected override pauseRequest(response: DebugProtocol.PauseResponse, args: DebugProtocol.PauseArguments): void {
    this.#answer(response, async () => {
      this.#pausing = args.threadId
      this.#client.pause()
    })
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    this.#answer(response, async () => {
      const threads = this.#state === 'ended' ? [] : ((await this.#debuggee?.client.ask('threads')) ?? [])
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
      response.body = this.#state === 'ended' ? { stackFrames: [], totalFrames: 0 } : await this.#inspection.stack(args)
    })
  }

  protected override sourceRequest(response: DebugProtocol.SourceResponse, args: DebugProtocol.SourceArguments): void {
    this.#answer(response, async () => {
      response.body = { content: this.#inspection.page(args.sourceReference), mimeType: 'text/plain' }
    })
  }

  protected override scopesRequest(response: DebugProtocol.ScopesResponse, args: DebugProtocol.ScopesArguments): void {
    this.#answer(response, async () => {
      response.body = { scopes: await this.#inspection.scopes(args.frameId) }
    })
  }

  protected override variablesRequest(
    response: DebugProtocol.VariablesResponse,
    args: DebugProtocol.VariablesArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = { variables: await this.#inspection.variables(args) }
    })
  }

  protected override readMemoryRequest(
    response: DebugProtocol.ReadMemoryResponse,
    args: DebugProtocol.ReadMemoryArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = await this.#inspection.memory(args, this.#lastStop?.tid)
    })
  }

  protected override writeMemoryRequest(
    response: DebugProtocol.WriteMemoryResponse,
    args: DebugProtocol.WriteMemoryArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = { bytesWritten: await this.#inspection.writeMemory(args, this.#stoppedThread) }
    })
  }

  protected override setVariableRequest(
    response: DebugProtocol.SetVariableResponse,
    args: DebugProtocol.SetVariableArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = this.#inspection.variable(await this.#inspection.setVariable(args))
    })
  }

  protected override setExpressionRequest(
    response: DebugProtocol.SetExpressionResponse,
    args: DebugProtocol.SetExpressionArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = this.#inspection.variable(await this.#inspection.setExpression(args, this.#stoppedThread))
    })
  }

  /** @throws AdapterError while the program runs. */
  get #stoppedThread(): number {
    if (this.#state !== 'paused' || this.#lastStop === undefined) throw new AdapterError('whileRunning')
    return this.#lastStop.tid
  }

  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    args: DebugProtocol.EvaluateArguments,
  ): void {
    const evaluate = async () => {
      if (this.#state === 'paused') {
        const { value, ...rest } = this.#inspection.variable(await this.#inspection.evaluate(args, this.#stoppedThread))
        response.body = { ...rest, result: value }
        // Assigned to, `$rip` or a flag may have changed everything that is shown.
        if (/[^=!<>]=[^=]/.test(args.expression)) this.sendEvent(new InvalidatedEvent(['all']))
        return
      }
      if (args.context !== 'repl') throw new AdapterError('whileRunning')
      await this.#client.ask('input', { bytes: Buffer.from(`${args.expression}\n`) })
      response.body = { result: '', variablesReference: 0 }
    }
    // Whoever asked shows the error: the console, the hover, the watched expression.
    this.#answer(response, evaluate, NOWHERE_ELSE)
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
      if (this.#state === 'paused') await this.#goOn(() => this.#client.ask('continue'))
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
      this.#inspection.forget()
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
    this.#inspection.forget()
    this.#progressSoon()
  }

  #stopped(current: number, reason: StopReason): void {
    // All stand: whoever paused a thread wants to see that one.
    const wanted = reason.kind === 'pause' ? this.#pausing : undefined
    const tid = wanted !== undefined && this.#liveThreads.has(wanted) ? wanted : current
    this.#pausing = undefined
    this.#state = 'paused'
    this.#lastStop = { tid, reason }
    this.#inspection.forget()
    this.#progressSoon()
    const event = new StoppedEvent(
      stopName(reason),
      tid,
      'detail' in reason ? reason.detail : undefined,
    ) as DebugProtocol.StoppedEvent
    if ('detail' in reason) event.body.description = `Paused: ${reason.detail}`
    event.body.allThreadsStopped = true
    event.body.hitBreakpointIds = [...this.#breakpoints.hitBy(reason), ...this.#sourceBreakpoints.hitBy(reason)]
    this.sendEvent(event)
  }

  /** The program itself has ended: what it has left running goes on, and the session with it. */
  #exited(debuggee: Debuggee, status: number, signal: number, others: number): void {
    if (debuggee !== this.#debuggee) return
    debuggee.flush()
    const say = (text: string) => this.sendEvent(new OutputEvent(`${text}\n`, 'console'))
    if (signal !== 0) say(`The program was ended by signal ${signal}.`)
    this.sendEvent(new ExitedEvent(signal === 0 ? status : 128 + signal))
    if (others === 1) say('The program has ended, one process still runs; Stop ends it.')
    if (others > 1) say(`The program has ended, ${others} processes still run; Stop ends them.`)
  }

  #ended(debuggee: Debuggee): void {
    if (debuggee !== this.#debuggee) return
    debuggee.finish()
    this.#state = 'ended'
    this.#inspection.forget()
    this.#sendProgress()
    this.sendEvent(new TerminatedEvent())
  }

  #failed(debuggee: Debuggee, error: Error): void {
    if (debuggee !== this.#debuggee) return
    this.#state = 'ended'
    this.#inspection.forget()
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
  #answer(response: DebugProtocol.Response, work: () => Promise<void>, shown = ErrorDestination.User): void {
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
          shown,
        )
      },
    )
  }
}

function stopName(reason: StopReason): string {
  switch (reason.kind) {
    case 'syscall-breakpoint':
    case 'address-breakpoint':
    case 'kernel-breakpoint':
      return 'function breakpoint'
    case 'source-breakpoint':
    case 'line-breakpoint':
      return 'breakpoint'
    case 'filter':
      return 'exception'
    default:
      return reason.kind
  }
}
