/**
 * Records as JSON lines. A call is one object when it has ended: {pid, tid, time, duration, name, args, result} and, if it failed, error;
 * times are ns, `time` since the start of the run (the first line says when that was). Signals, ends of processes and what else has a
 * line carry `event` instead of `name`.
 */
import { CallTracker, type TrackedCall } from './call-tracker.ts'
import { decodeRecord } from './codec.ts'
import { DescriptorPaths } from './descriptor-paths.ts'
import { type AnyEvent, type EventKind, kindNumber, OUTCOME_NEVER_RETURNS, OUTCOME_UNIMPLEMENTED } from './grammar.ts'
import { valueJson } from './json-value.ts'
import { linuxError, signalName } from './linux-names.ts'
import { restartName } from './result-text.ts'
import { siginfoText } from './signal-text.ts'
import { ELEMENT_LIMIT } from './types/type.ts'
import { pointerValue } from './value.ts'
import { hex64, signed64 } from './wide.ts'

export interface JsonOptions {
  readonly follow: boolean
  readonly calls: ReadonlySet<number> | undefined
  readonly signals: ReadonlySet<number> | undefined
  readonly status: 'all' | 'successful' | 'failed'
}

const ENTER = kindNumber['syscall-enter']
const EXIT = kindNumber['syscall-exit']
const OTHER_KINDS = [
  'signal',
  'process-exit',
  'process-start',
  'thread-start',
  'thread-exit',
  'exec',
  'fd-open',
  'fd-close',
  'cwd',
  'session',
  'divergence',
] as const satisfies readonly EventKind[]
const OTHERS = new Set(OTHER_KINDS.map(kind => kindNumber[kind]))

export class JsonPrinter {
  /** What it looks at, beside the calls. */
  static readonly kinds: ReadonlySet<EventKind> = new Set(OTHER_KINDS)

  readonly #options: JsonOptions
  readonly #write: (line: string) => void
  readonly #paths = new DescriptorPaths()
  readonly #tracker: CallTracker
  #firstThread = -1

  constructor(options: JsonOptions, write: (line: string) => void) {
    this.#options = options
    this.#write = write
    this.#tracker = new CallTracker(
      { verbose: true, paths: true, limit: ELEMENT_LIMIT },
      (pid, fd) => this.#paths.describe(pid, fd),
      argumentsJson,
    )
  }

  record(view: DataView, at: number): void {
    const kind = view.getUint8(at + 4)
    if (kind === ENTER) {
      const { calls } = this.#options
      if (!this.#isShown(view.getUint32(at + 12, true))) return
      if (calls === undefined || calls.has(view.getUint32(at + 32, true))) this.#tracker.enter(view, at)
    } else if (kind === EXIT) {
      const tracked = this.#tracker.exit(view, at)
      if (tracked !== undefined) this.#finish(tracked)
    } else if (OTHERS.has(kind)) this.#other(decodeRecord(view, at, 0))
  }

  idle(): void {}

  end(): void {}

  #isShown(tid: number): boolean {
    if (this.#firstThread < 0) this.#firstThread = tid
    return this.#options.follow || tid === this.#firstThread
  }

  #finish(tracked: TrackedCall): void {
    const { call, known } = tracked
    const { status } = this.#options
    if (status !== 'all' && (status === 'failed') !== (call.error !== 0)) return
    const rest = known.known < known.shown.length ? argumentsJson(tracked, known.known, known.shown.length) : ''
    const first = tracked.firstPart ?? ''
    const comma = first !== '' && rest !== '' ? ',' : ''
    const start = `{"pid":${tracked.pid},"tid":${tracked.tid},"time":${tracked.begun},"duration":${tracked.ended - tracked.begun}`
    this.#write(`${start},"name":"${known.name}","args":{${first}${comma}${rest}},"result":${resultJson(tracked)}}\n`)
  }

  #other(event: AnyEvent): void {
    this.#paths.take(event)
    if (event.kind === 'session') this.#firstThread = event.tid
    if (!this.#isShown(event.tid)) return
    const start = `{"pid":${event.pid},"tid":${event.tid},"time":${event.time},"event":"${event.kind}"`
    const line = (more: string) => this.#write(`${start},${more}}\n`)
    switch (event.kind) {
      case 'session':
        this.#write(
          `{"event":"session","version":${event.version},"personality":${JSON.stringify(event.personality)},` +
            `"realtime":"${event.realtime}","program":${JSON.stringify(event.program)}}\n`,
        )
        return
      case 'signal':
        if (this.#options.signals?.has(event.signo) === false) return
        line(`"signal":"${signalName(event.signo)}","siginfo":${valueJson(siginfoText(event))}`)
        return
      case 'exec':
        line(
          `"path":${JSON.stringify(event.path)},"arguments":${JSON.stringify(event.arguments.map(argument => argument.text))}`,
        )
        return
      case 'divergence':
        line(`"id":${JSON.stringify(event.id)},"detail":${JSON.stringify(event.detail)}`)
        return
      case 'process-start':
        line(`"parent":${event.parent},"how":${JSON.stringify(event.how)}`)
        return
      case 'thread-start':
        line(`"creator":${event.creator},"name":${JSON.stringify(event.name)}`)
        return
      case 'thread-exit':
        this.#abandon(event.tid)
        line(`"status":${event.status}`)
        return
      case 'process-exit': {
        for (const tracked of this.#tracker.activeOf(event.pid)) this.#abandon(tracked.tid)
        this.#abandon(event.pid)
        line(
          event.signal === 0
            ? `"status":${event.status}`
            : `"signal":"${signalName(event.signal)}","core":${event.core !== 0}`,
        )
      }
    }
  }

  #abandon(tid: number): void {
    const tracked = this.#tracker.abandon(tid)
    if (tracked === undefined) return
    tracked.ended = tracked.begun
    this.#finish(tracked)
  }
}

function argumentsJson(tracked: TrackedCall, from: number, to: number): string {
  const { known, call } = tracked
  let text = ''
  for (let i = from; i < to; i++) {
    const { index, type, name, direction } = known.shown[i]
    const failed = call.exiting && direction === 'out' && (call.error !== 0 || tracked.outcome !== 0)
    const value = failed
      ? pointerValue(call.low[index], call.high[index])
      : type.value(call, call.low[index], call.high[index])
    if (value !== undefined) text += `${text === '' ? '' : ','}"${name}":${valueJson(value)}`
  }
  return text
}

function resultJson(tracked: TrackedCall): string {
  const { call, outcome, known } = tracked
  if (outcome === OUTCOME_NEVER_RETURNS) return 'null'
  const restart = restartName(known.shape, call.error, outcome)
  if (restart !== undefined) return `null,"error":"ERESTART${restart === 'RESTARTBLOCK' ? '_' : ''}${restart}"`
  if (call.error !== 0) {
    const missing = outcome === OUTCOME_UNIMPLEMENTED ? ',"unimplemented":true' : ''
    return `-1,"error":"${linuxError(call.error).name}"${missing}`
  }
  if (known.shape.returns === 'hex') return `"${hex64(call.resultLow, call.resultHigh)}"`
  return call.resultHigh === 0 ? String(call.resultLow) : valueJson(signed64(call.resultLow, call.resultHigh))
}
