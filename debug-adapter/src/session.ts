/** The Debug Adapter Protocol, spoken for the emulator. Each request is a method that answers or throws an AdapterError. */
import type { StepKind } from '@interlinear/emulator-core/session/protocol.ts'
import { DebugSession, ErrorDestination, InitializedEvent, InvalidatedEvent } from '@vscode/debugadapter'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { AllBreakpoints } from './all-breakpoints.ts'
import { CAPABILITIES } from './capabilities.ts'
import { answerCustom } from './custom.ts'
import type { CustomRequestName } from './custom-requests.ts'
import { installedWorker, type WorkerFiles } from './debuggee.ts'
import { disassemble, instructionLine } from './disassembly.ts'
import { AdapterError } from './errors.ts'
import { exceptionInfo } from './exception-info.ts'
import { Inspection } from './inspection.ts'
import { type LaunchArguments, readLaunch } from './launch-arguments.ts'
import { Run } from './run.ts'

/** An error that whoever asked tells the user. */
const NOWHERE_ELSE = 0 as ErrorDestination

export class InterlinearSession extends DebugSession {
  readonly #breakpoints = new AllBreakpoints()
  readonly #run = new Run(this.#breakpoints, {
    send: event => this.sendEvent(event),
    moved: () => this.#inspection.forget(),
  })
  readonly #inspection = new Inspection({
    client: () => this.#client,
    log: () => this.#run.log,
    syscalls: () => this.#breakpoints.functions.syscalls,
    sources: () => this.#breakpoints.sources.root,
    programSources: () => this.#run.sources,
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
      const launch = readLaunch(args ?? {}, process.env, process.platform)
      const files = this.workerFiles(args?.noDebug !== true)
      await this.#run.load({ launch, traced: args?.trace ?? true, files })
      // Only now are the program's symbols known, so that breakpoints on functions can be verified.
      this.sendEvent(new InitializedEvent())
    })
  }

  protected override attachRequest(response: DebugProtocol.AttachResponse): void {
    this.#answer(response, async () => {
      throw new AdapterError('noAttach')
    })
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    this.#answer(response, () => this.#run.start())
  }

  protected override setFunctionBreakPointsRequest(
    response: DebugProtocol.SetFunctionBreakpointsResponse,
    args: DebugProtocol.SetFunctionBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      const breakpoints = await this.#breakpoints.functions.set(args.breakpoints, this.#client)
      response.body = { breakpoints }
    })
  }

  protected override setBreakPointsRequest(
    response: DebugProtocol.SetBreakpointsResponse,
    args: DebugProtocol.SetBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      const breakpoints = await this.#breakpoints.sources.set(args.source, args.breakpoints ?? [], this.#client)
      response.body = { breakpoints }
    })
  }

  protected override setExceptionBreakPointsRequest(
    response: DebugProtocol.SetExceptionBreakpointsResponse,
    args: DebugProtocol.SetExceptionBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      const breakpoints = await this.#breakpoints.setFilters(args, this.#client)
      response.body = { breakpoints }
    })
  }

  protected override exceptionInfoRequest(response: DebugProtocol.ExceptionInfoResponse): void {
    this.#answer(response, async () => {
      const { reason, tid } = this.#run.lastStop ?? {}
      if (reason?.kind !== 'filter' || tid === undefined) throw new AdapterError('notRunning')
      const isFault = reason.signal !== undefined && reason.signal.sender === undefined
      response.body = exceptionInfo(reason, isFault ? await this.#instructionAt(tid) : undefined)
    })
  }

  /** The instruction at which a thread stands, as a line. */
  async #instructionAt(tid: number): Promise<string | undefined> {
    const { guest } = await this.#client.ask('backtrace', { tid, limit: 1 })
    return guest[0] === undefined ? undefined : instructionLine(guest[0].address, tid, this.#client)
  }

  protected override disassembleRequest(
    response: DebugProtocol.DisassembleResponse,
    args: DebugProtocol.DisassembleArguments,
  ): void {
    this.#answer(response, async () => {
      const tid = await this.#inspection.someThread(this.#run.lastStop?.tid)
      response.body = { instructions: await disassemble(args, tid, this.#client, this.#run.sources) }
    })
  }

  protected override dataBreakpointInfoRequest(
    response: DebugProtocol.DataBreakpointInfoResponse,
    args: DebugProtocol.DataBreakpointInfoArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = await this.#inspection.dataInfo(args, this.#run.stoppedThread)
    })
  }

  protected override setDataBreakpointsRequest(
    response: DebugProtocol.SetDataBreakpointsResponse,
    args: DebugProtocol.SetDataBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = { breakpoints: await this.#breakpoints.data.set(args.breakpoints, this.#client) }
    })
  }

  protected override setInstructionBreakpointsRequest(
    response: DebugProtocol.SetInstructionBreakpointsResponse,
    args: DebugProtocol.SetInstructionBreakpointsArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = { breakpoints: await this.#breakpoints.instructions.set(args.breakpoints, this.#client) }
    })
  }

  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    this.#answer(response, async () => {
      await this.#run.goOn(() => this.#client.ask('continue'))
      response.body = { allThreadsContinued: true }
    })
  }

  protected override nextRequest(response: DebugProtocol.NextResponse, args: DebugProtocol.NextArguments): void {
    this.#step(response, args.threadId, async () => {
      if (args.granularity === 'instruction') return 'instruction-over'
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
      await this.#run.goOn(() => this.#client.ask('step', { tid, kind }))
    })
  }

  protected override pauseRequest(response: DebugProtocol.PauseResponse, args: DebugProtocol.PauseArguments): void {
    this.#answer(response, async () => {
      this.#run.pause(args.threadId)
    })
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    this.#answer(response, async () => {
      const threads = this.#run.state === 'ended' ? [] : ((await this.#run.clientIfAny?.ask('threads')) ?? [])
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
      const isOver = this.#run.state === 'ended'
      response.body = isOver ? { stackFrames: [], totalFrames: 0 } : await this.#inspection.stack(args)
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
      response.body = await this.#inspection.memory(args, this.#run.lastStop?.tid)
    })
  }

  protected override writeMemoryRequest(
    response: DebugProtocol.WriteMemoryResponse,
    args: DebugProtocol.WriteMemoryArguments,
  ): void {
    this.#answer(response, async () => {
      response.body = { bytesWritten: await this.#inspection.writeMemory(args, this.#run.stoppedThread) }
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
      response.body = this.#inspection.variable(await this.#inspection.setExpression(args, this.#run.stoppedThread))
    })
  }

  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    args: DebugProtocol.EvaluateArguments,
  ): void {
    const evaluate = async () => {
      if (this.#run.state === 'paused') {
        const { value, ...rest } = this.#inspection.variable(
          await this.#inspection.evaluate(args, this.#run.stoppedThread),
        )
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
      const { clientIfAny, log } = this.#run
      response.body = await answerCustom(command as CustomRequestName, args, clientIfAny, log, () => this.#run.status)
    })
  }

  protected override terminateRequest(response: DebugProtocol.TerminateResponse): void {
    this.#answer(response, () => this.#run.terminate())
  }

  protected override restartRequest(response: DebugProtocol.RestartResponse): void {
    this.#answer(response, () => this.#run.restart())
  }

  protected override disconnectRequest(response: DebugProtocol.DisconnectResponse): void {
    this.#answer(response, () => this.#run.leave())
  }

  get #client() {
    return this.#run.client
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
