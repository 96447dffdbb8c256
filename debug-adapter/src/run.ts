/** The program that a session runs: from its launch over its stops to its end, told as events of the Debug Adapter Protocol. */
import { signalName } from '@interlinear/emulator-core/events/linux-names.ts'
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { StopReason } from '@interlinear/emulator-core/session/protocol.ts'
import { Event, ExitedEvent, OutputEvent, StoppedEvent, TerminatedEvent, ThreadEvent } from '@vscode/debugadapter'
import type { DebugProtocol } from '@vscode/debugprotocol'
import type { AllBreakpoints } from './all-breakpoints.ts'
import { PROGRESS_EVENT, PROGRESS_MS, type RunState, type Status } from './custom-requests.ts'
import { Debuggee, type WorkerFiles } from './debuggee.ts'
import { AdapterError } from './errors.ts'
import type { EventLog } from './event-log.ts'
import type { Launch } from './launch-arguments.ts'
import { ProgramSources } from './program-sources.ts'

/** ms that a program has to end after SIGTERM, before it is told how it ends all the same. */
const OUTLIVES_MS = 1500

export interface Stop {
  readonly tid: number
  readonly reason: StopReason
}

/** What a launch asks for. */
export interface Launching {
  readonly launch: Launch
  /** Whether events are recorded. */
  readonly traced: boolean
  readonly files: WorkerFiles
}

/** Whom the run tells. */
export interface Audience {
  send(event: DebugProtocol.Event): void
  /** What was known of where the program stands is over. */
  moved(): void
}

export class Run {
  readonly #audience: Audience
  readonly #breakpoints: AllBreakpoints
  #launching: Launching | undefined
  #debuggee: Debuggee | undefined
  #log: EventLog | undefined
  #state: RunState = 'starting'
  #lastStop: Stop | undefined
  #sources: ProgramSources | undefined
  readonly #liveThreads = new Set<number>()
  /** The thread that somebody wants to see paused. */
  #pausing: number | undefined
  #progressTimer: NodeJS.Timeout | undefined
  #outlivesTimer: NodeJS.Timeout | undefined

  constructor(breakpoints: AllBreakpoints, audience: Audience) {
    this.#breakpoints = breakpoints
    this.#audience = audience
  }

  /** @throws AdapterError if there is none. */
  get client(): SessionClient {
    if (this.#debuggee === undefined) throw new AdapterError('notRunning')
    return this.#debuggee.client
  }

  /** Undefined: there is none to be asked. */
  get clientIfAny(): SessionClient | undefined {
    return this.#debuggee?.client
  }

  /** The events of the last run: they stay to be looked at after its end, for as long as this process lives. */
  get log(): EventLog | undefined {
    return this.#log
  }

  get state(): RunState {
    return this.#state
  }

  get lastStop(): Stop | undefined {
    return this.#lastStop
  }

  /** Where the program's own sources are. */
  get sources(): ProgramSources | undefined {
    return this.#sources
  }

  get status(): Status {
    return {
      state: this.#state,
      events: this.#log?.count ?? 0,
      program: this.#launching?.launch.options.program ?? '',
    }
  }

  /** @throws AdapterError while the program runs. */
  get stoppedThread(): number {
    if (this.#state !== 'paused' || this.#lastStop === undefined) throw new AdapterError('whileRunning')
    return this.#lastStop.tid
  }

  /** Loads the program; nothing of it runs yet. @throws AdapterError */
  async load(launching: Launching): Promise<void> {
    this.#launching = launching
    const { launch, traced, files } = launching
    const debuggee = new Debuggee(files.worker, traced, (category, text) => this.#send(new OutputEvent(text, category)))
    this.#debuggee = debuggee
    this.#log?.dispose()
    this.#log = debuggee.log
    this.#state = 'starting'
    this.#liveThreads.clear()
    this.#sources = new ProgramSources(launch.options.program, launch.options.sysroot)
    debuggee.log.onGrown(() => this.#progressSoon())
    this.#listen(debuggee)
    try {
      const { syscalls } = await debuggee.client.ask('launch', { ...launch, steps: files.steps })
      this.#breakpoints.loaded(new Map(syscalls), files.sources)
    } catch (error) {
      await debuggee.dispose()
      this.#debuggee = undefined
      throw new AdapterError('launchFailed', { reason: error instanceof Error ? error.message : String(error) })
    }
  }

  #listen(debuggee: Debuggee): void {
    const { events } = debuggee.client
    const changed = (breakpoints: readonly DebugProtocol.Breakpoint[]): void => {
      for (const breakpoint of breakpoints) this.#send(new Event('breakpoint', { reason: 'changed', breakpoint }))
    }
    events.on('stopped', (tid, reason) => this.#stopped(tid, reason))
    events.on('thread', (tid, started) => {
      if (started) this.#liveThreads.add(tid)
      else this.#liveThreads.delete(tid)
      this.#send(new ThreadEvent(started ? 'started' : 'exited', tid))
    })
    events.on('placed', (file, lines) => changed(this.#breakpoints.sources.found(file, lines)))
    events.on('found', (name, locations) => changed(this.#breakpoints.functions.found(name, locations)))
    events.on('exited', (status, signal, others) => this.#exited(debuggee, status, signal, others))
    events.on('ended', () => this.#ended(debuggee))
    events.on('failed', error => this.#failed(debuggee, error))
  }

  async start(): Promise<void> {
    this.#state = 'running'
    this.#progressSoon()
    await this.client.ask('start')
  }

  /** The same program anew. @throws AdapterError */
  async restart(): Promise<void> {
    const launching = this.#launching
    if (launching === undefined) throw new AdapterError('notRunning')
    const old = this.#debuggee
    this.#debuggee = undefined
    await old?.dispose()
    await this.load(launching)
    await this.#breakpoints.resend(this.client)
    await this.start()
  }

  /** If it is refused, the guest stands as it did, and what was told of it holds. */
  async goOn(ask: () => Promise<undefined>): Promise<void> {
    const before = this.#lastStop
    await ask()
    // A step may be over already.
    if (this.#lastStop !== before) return
    this.#state = 'running'
    this.#moved()
  }

  pause(tid: number): void {
    this.#pausing = tid
    this.client.pause()
  }

  async terminate(): Promise<void> {
    if (this.#state === 'ended' || this.#debuggee === undefined) return
    await this.client.ask('signal', { signal: 'SIGTERM' })
    if (this.#state === 'paused') await this.goOn(() => this.client.ask('continue'))
    clearTimeout(this.#outlivesTimer)
    this.#outlivesTimer = setTimeout(() => this.#outlives(), OUTLIVES_MS)
  }

  /** Shells and servers have a handler for SIGTERM, or ignore it: VS Code itself would say nothing. */
  #outlives(): void {
    if (this.#state !== 'running') return
    this.#send(
      new OutputEvent('The program was sent SIGTERM and goes on. Stop once more ends it at once.\n', 'important'),
    )
  }

  async leave(): Promise<void> {
    const debuggee = this.#debuggee
    this.#debuggee = undefined
    this.#state = 'ended'
    this.#audience.moved()
    clearTimeout(this.#progressTimer)
    clearTimeout(this.#outlivesTimer)
    await debuggee?.dispose()
  }

  #stopped(current: number, reason: StopReason): void {
    // All stand: whoever paused a thread wants to see that one.
    const wanted = reason.kind === 'pause' ? this.#pausing : undefined
    const tid = wanted !== undefined && this.#liveThreads.has(wanted) ? wanted : current
    this.#pausing = undefined
    this.#state = 'paused'
    this.#lastStop = { tid, reason }
    this.#moved()
    const detail = 'detail' in reason ? reason.detail : undefined
    const event = new StoppedEvent(stopName(reason), tid, detail) as DebugProtocol.StoppedEvent
    if ('detail' in reason) event.body.description = `Paused: ${reason.detail}`
    event.body.allThreadsStopped = true
    event.body.hitBreakpointIds = this.#breakpoints.hitBy(reason)
    this.#send(event)
  }

  /** The program itself has ended: what it has left running goes on, and the session with it. */
  #exited(debuggee: Debuggee, status: number, signal: number, others: number): void {
    if (debuggee !== this.#debuggee) return
    debuggee.flush()
    const say = (text: string) => this.#send(new OutputEvent(`${text}\n`, 'console'))
    if (signal !== 0) say(`The program was ended by ${signalName(signal)}.`)
    this.#send(new ExitedEvent(signal === 0 ? status : 128 + signal))
    if (others === 1) say('The program has ended, one process still runs; Stop ends it.')
    if (others > 1) say(`The program has ended, ${others} processes still run; Stop ends them.`)
  }

  #ended(debuggee: Debuggee): void {
    if (debuggee !== this.#debuggee) return
    debuggee.finish()
    clearTimeout(this.#outlivesTimer)
    this.#state = 'ended'
    this.#audience.moved()
    this.#sendProgress()
    this.#send(new TerminatedEvent())
  }

  #failed(debuggee: Debuggee, error: Error): void {
    if (debuggee !== this.#debuggee) return
    this.#state = 'ended'
    this.#audience.moved()
    const failure = new AdapterError('emulatorFailed', { reason: error.stack ?? error.message })
    this.#send(new OutputEvent(`${failure.message}\n`, 'important'))
    this.#send(new TerminatedEvent())
  }

  #moved(): void {
    this.#audience.moved()
    this.#progressSoon()
  }

  #progressSoon(): void {
    this.#progressTimer ??= setTimeout(() => this.#sendProgress(), PROGRESS_MS)
  }

  #sendProgress(): void {
    clearTimeout(this.#progressTimer)
    this.#progressTimer = undefined
    this.#send(new Event(PROGRESS_EVENT, this.status))
  }

  #send(event: DebugProtocol.Event): void {
    this.#audience.send(event)
  }
}

/** DAP's word for a reason. */
function stopName(reason: StopReason): string {
  switch (reason.kind) {
    case 'syscall-breakpoint':
    case 'address-breakpoint':
    case 'kernel-breakpoint':
      return 'function breakpoint'
    case 'source-breakpoint':
    case 'line-breakpoint':
      return 'breakpoint'
    case 'instruction-breakpoint':
      return 'instruction breakpoint'
    case 'data-breakpoint':
      return 'data breakpoint'
    case 'filter':
      return 'exception'
    default:
      return reason.kind
  }
}
