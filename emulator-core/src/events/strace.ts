/** Records as the lines that strace 6.1 prints. */
import { CallTracker, type TrackedCall } from './call-tracker.ts'
import { decodeRecord } from './codec.ts'
import { DescriptorPaths } from './descriptor-paths.ts'
import { type AnyEvent, type EventKind, type EventOf, kindNumber } from './grammar.ts'
import { signalName } from './linux-names.ts'
import { resultText } from './result-text.ts'
import { siginfoText } from './signal-text.ts'
import { type TextOptions, valueText } from './text.ts'
import { ELEMENT_LIMIT } from './types/type.ts'

export interface StraceOptions extends TextOptions {
  /** -f. Without it only the first thread is shown. */
  readonly follow: boolean
  /** The output is a file: with -f every line begins with the thread's number. */
  readonly toFile: boolean
  /** -t, -tt, -ttt, -r. */
  readonly timestamps: 'none' | 'seconds' | 'microseconds' | 'epoch' | 'relative'
  /** -T. */
  readonly durations: boolean
  readonly verbose: boolean
  readonly paths: boolean
  /** -qq: nothing is said of the end of processes and threads. */
  readonly quiet: boolean
  /** Numbers of the calls that are shown; undefined: all. */
  readonly calls: ReadonlySet<number> | undefined
  /** Numbers of the signals that are shown; undefined: all. */
  readonly signals: ReadonlySet<number> | undefined
  /** What a call must have done to be shown (-z, -Z). */
  readonly status: 'all' | 'successful' | 'failed'
}

const ENTER = kindNumber['syscall-enter']
const EXIT = kindNumber['syscall-exit']
/** Kinds that have a line, or change what lines say. */
const OTHER_KINDS = [
  'signal',
  'process-exit',
  'thread-exit',
  'process-start',
  'thread-start',
  'fd-open',
  'fd-close',
  'cwd',
  'session',
] as const satisfies readonly EventKind[]
const OTHERS = new Set(OTHER_KINDS.map(kind => kindNumber[kind]))
const RESULT_COLUMN = 40
const SPACES = ' '.repeat(RESULT_COLUMN)

export class StracePrinter {
  /** What it looks at, beside the calls. */
  static readonly kinds: ReadonlySet<EventKind> = new Set(OTHER_KINDS)

  readonly #options: StraceOptions
  readonly #write: (line: string) => void
  readonly #paths = new DescriptorPaths()
  readonly #tracker: CallTracker
  #firstThread = -1
  readonly #live = new Set<number>()
  /** Ignored signals whose threads are in a call. */
  #later: EventOf<'signal'>[] = []
  /** The call whose line is not finished and stands last. */
  #open: TrackedCall | undefined
  /** What of that line was written already, because nothing else happened for a while. */
  #begun = ''
  /** Whether its thread is named: there were others when it began. */
  #openNamed = false
  /** ns since 1970 at monotonic 0. */
  #realtime = 0n
  #lastTime: number | undefined

  constructor(options: StraceOptions, write: (line: string) => void) {
    this.#options = options
    this.#write = write
    this.#tracker = new CallTracker(
      { verbose: options.verbose, paths: options.paths, limit: options.verbose ? ELEMENT_LIMIT : options.stringLimit },
      (pid, fd) => this.#paths.describe(pid, fd),
      (tracked, from, to) => this.#argumentsText(tracked, from, to),
    )
  }

  /** Takes the record at `at`; it may go afterwards. */
  record(view: DataView, at: number): void {
    const kind = view.getUint8(at + 4)
    if (kind === ENTER) this.#enter(view, at)
    else if (kind === EXIT) this.#exit(view, at)
    else if (OTHERS.has(kind)) this.#other(decodeRecord(view, at, 0))
  }

  /** Nothing has happened for a while: the line of a call that waits is shown as far as it is known. */
  idle(): void {
    const open = this.#open
    if (open === undefined || this.#begun !== '') return
    this.#begun = this.#firstPart(open)
    this.#write(this.#begun)
  }

  /** The last line, if a call never came back. */
  end(): void {
    this.#breakOff()
  }

  #isShown(tid: number): boolean {
    if (this.#firstThread < 0) this.#firstThread = tid
    if (!this.#options.follow) return tid === this.#firstThread
    this.#live.add(tid)
    return true
  }

  #enter(view: DataView, at: number): void {
    if (!this.#isShown(view.getUint32(at + 12, true))) return
    if (this.#options.calls !== undefined && !this.#options.calls.has(view.getUint32(at + 32, true))) return
    const tracked = this.#tracker.enter(view, at)
    if (this.#options.status !== 'all') return
    this.#breakOff()
    this.#open = tracked
    this.#openNamed = this.#live.size > 1
  }

  #exit(view: DataView, at: number): void {
    const tracked = this.#tracker.exit(view, at)
    if (tracked === undefined) return
    this.#finish(tracked)
    if (this.#later.length > 0) this.#signalsAfterCall(tracked.tid)
  }

  #finish(tracked: TrackedCall): void {
    const { status } = this.#options
    if (status !== 'all' && (status === 'failed') !== (tracked.call.error !== 0)) return
    const { known } = tracked
    const last = this.#argumentsText(tracked, known.known, known.shown.length)
    // Where arguments may be left out, their comma comes with them.
    const rest = known.shape.lateComma && last !== '' && known.known > 0 ? `, ${last}` : last
    let line: string
    let written = 0
    if (tracked.interrupted || (status === 'all' && this.#open !== tracked)) {
      this.#breakOff()
      line = `${this.#prefix(tracked.tid, tracked.ended)}<... ${known.name} resumed>${rest})`
    } else if (this.#begun !== '') {
      line = `${this.#begun}${rest})`
      written = this.#begun.length
      this.#open = undefined
      this.#begun = ''
    } else {
      const first = tracked.firstPart ?? ''
      const comma = first !== '' && rest !== '' && !known.shape.lateComma ? ', ' : ''
      const named = status === 'all' ? this.#openNamed : undefined
      line = `${this.#prefix(tracked.tid, tracked.begun, named)}${known.name}(${first}${comma}${rest})`
      this.#open = undefined
    }
    const gap = line.length < RESULT_COLUMN - 1 ? SPACES.slice(line.length) : ' '
    const duration = this.#options.durations ? durationText(tracked) : ''
    const whole = `${line}${gap}= ${resultText(tracked)}${duration}\n`
    this.#write(written === 0 ? whole : whole.slice(written))
  }

  /** Something else is printed: the open line ends here, and its call is resumed later. */
  #breakOff(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    open.interrupted = true
    this.#write(`${this.#begun === '' ? this.#firstPart(open) : ''} <unfinished ...>\n`)
    this.#begun = ''
  }

  /** The line up to the first argument that only the call's end tells. */
  #firstPart(open: TrackedCall): string {
    const { known } = open
    open.firstPart ??= this.#argumentsText(open, 0, known.known)
    const more = known.known < known.shown.length && known.known > 0 && !known.shape.lateComma ? ', ' : ''
    return `${this.#prefix(open.tid, open.begun, this.#openNamed)}${known.name}(${open.firstPart}${more}`
  }

  #other(event: AnyEvent): void {
    this.#paths.take(event)
    switch (event.kind) {
      case 'session':
        this.#firstThread = event.tid
        this.#realtime = BigInt(event.realtime)
        return
      case 'process-start':
      case 'thread-start':
        // From now on there is one more whose lines must be told apart.
        this.#isShown(event.tid)
        return
      case 'signal':
        if (this.#isShown(event.tid)) this.#signalOrLater(event)
        return
      case 'thread-exit':
        // The first thread's end is its process's, which is reported with the status.
        if (event.tid !== event.pid) this.#gone(event, event.tid, `exited with ${event.status}`)
        return
      case 'process-exit': {
        for (const other of this.#tracker.activeOf(event.pid)) if (other.tid !== event.pid) this.#dies(other.tid)
        const core = event.core === 0 ? '' : ' (core dumped)'
        const how = event.signal === 0 ? `exited with ${event.status}` : `killed by ${signalName(event.signal)}${core}`
        this.#gone(event, event.pid, how)
      }
    }
  }

  /** One that nobody takes does not disturb the call that its thread is in: its line comes behind the call's. */
  #signalOrLater(event: EventOf<'signal'>): void {
    const busy = event.action === 0 ? this.#tracker.active(event.tid) : undefined
    if (busy === undefined) this.#signal(event)
    else this.#later.push(event)
  }

  #signalsAfterCall(tid: number): void {
    const due = this.#later.filter(event => event.tid === tid)
    this.#later = this.#later.filter(event => event.tid !== tid)
    for (const event of due) this.#signal(event)
  }

  #signal(event: EventOf<'signal'>): void {
    if (this.#options.signals !== undefined && !this.#options.signals.has(event.signo)) return
    const line = `--- ${signalName(event.signo)} ${valueText(siginfoText(event), this.#options)} ---`
    this.#line(event.tid, event.time, line)
    if (event.action === 3) this.#line(event.tid, event.time, `--- stopped by ${signalName(event.signo)} ---`)
  }

  #gone(event: AnyEvent, tid: number, how: string): void {
    if (!this.#isShown(tid)) return
    this.#dies(tid)
    if (!this.#options.quiet) this.#line(tid, event.time, `+++ ${how} +++`)
    this.#live.delete(tid)
  }

  #dies(tid: number): void {
    const tracked = this.#tracker.abandon(tid)
    if (tracked === undefined || this.#options.status !== 'all') return
    tracked.ended = tracked.begun
    this.#finish(tracked)
  }

  #line(tid: number, time: number, text: string): void {
    this.#breakOff()
    this.#write(`${this.#prefix(tid, time)}${text}\n`)
  }

  #argumentsText(tracked: TrackedCall, from: number, to: number): string {
    const { known, call } = tracked
    let text = ''
    for (let i = from; i < to; i++) {
      const { index, type, name, direction } = known.shown[i]
      const failed = call.exiting && (call.error !== 0 || tracked.outcome !== 0)
      // strace reads what comes behind a result at the call's end, and then only if it has succeeded.
      const unread =
        failed && (direction === 'out' || (direction === 'in' && i >= known.known && type.capture !== undefined))
      const value = unread ? addressOf(tracked, index) : type.value(call, call.low[index], call.high[index])
      if (value === undefined) continue
      if (text !== '') text += ', '
      if (known.shape.named) text += `${name}=`
      text += typeof value === 'string' ? value : valueText(value, this.#options)
    }
    return text
  }

  #prefix(tid: number, time: number, named = this.#live.size > 1): string {
    const { follow, toFile, timestamps } = this.#options
    let text = ''
    if (follow && toFile) text = `${String(tid).padEnd(5)} `
    else if (follow && named) text = `[pid ${String(tid).padStart(5)}] `
    if (timestamps === 'none') return text
    return text + this.#timestamp(time)
  }

  #timestamp(time: number): string {
    if (this.#options.timestamps === 'relative') {
      const since = this.#lastTime === undefined ? 0 : Math.max(time - this.#lastTime, 0)
      this.#lastTime = time
      return `${(since / 1e9).toFixed(6).padStart(13)} `
    }
    const micro = (this.#realtime + BigInt(Math.round(time))) / 1000n
    const seconds = Number(micro / 1_000_000n)
    const fraction = String(micro % 1_000_000n).padStart(6, '0')
    if (this.#options.timestamps === 'epoch') return `${seconds}.${fraction} `
    const local = new Date(seconds * 1000)
    const clock = [local.getHours(), local.getMinutes(), local.getSeconds()]
      .map(n => String(n).padStart(2, '0'))
      .join(':')
    return this.#options.timestamps === 'seconds' ? `${clock} ` : `${clock}.${fraction} `
  }
}

/** A result that was not written: where it would have gone. */
function addressOf({ call }: TrackedCall, i: number) {
  return { kind: 'hex', low: call.low[i], high: call.high[i], pointer: true } as const
}

function durationText(tracked: TrackedCall): string {
  if (tracked.outcome === 2) return ''
  const micro = Math.max(Math.round((tracked.ended - tracked.begun) / 1000), 0)
  return ` <${Math.floor(micro / 1e6)}.${String(micro % 1e6).padStart(6, '0')}>`
}
