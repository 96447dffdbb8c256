/** The printer for a form of the trace: takes records, gives text. */
import type { EventKind } from '../events/grammar.ts'
import { JsonPrinter } from '../events/json.ts'
import { StracePrinter } from '../events/strace.ts'
import { Summary } from '../events/summary.ts'
import type { TraceFormat } from './trace-options.ts'

export interface TracePrinter {
  /** Takes the record at `at`; it may go afterwards. */
  record(view: DataView, at: number): void
  /** Nothing has happened for a while. */
  idle(): void
  /** There will be no more. */
  end(): void
}

export function tracePrinter(format: TraceFormat, write: (text: string) => void): TracePrinter {
  switch (format.form) {
    case 'lines':
      return new StracePrinter(format, write)
    case 'json':
      return new JsonPrinter(format, write)
    case 'summary':
      return new SummaryPrinter(format, write)
    case 'lines+summary':
      return new Both(new StracePrinter(format, write), new SummaryPrinter(format, write))
  }
}

/** Kinds of events that the printer looks at, beside the calls. */
export function kindsFor(format: TraceFormat): ReadonlySet<EventKind> {
  switch (format.form) {
    case 'json':
      return JsonPrinter.kinds
    case 'summary':
      return new Set()
    default:
      return StracePrinter.kinds
  }
}

class SummaryPrinter implements TracePrinter {
  readonly #summary: Summary
  readonly #write: (text: string) => void

  constructor(format: TraceFormat, write: (text: string) => void) {
    this.#summary = new Summary(format.follow)
    this.#write = write
  }

  record(view: DataView, at: number): void {
    this.#summary.record(view, at)
  }

  idle(): void {}

  end(): void {
    this.#write(this.#summary.text())
  }
}

class Both implements TracePrinter {
  readonly #printers: readonly TracePrinter[]

  constructor(...printers: TracePrinter[]) {
    this.#printers = printers
  }

  record(view: DataView, at: number): void {
    for (const printer of this.#printers) printer.record(view, at)
  }

  idle(): void {
    for (const printer of this.#printers) printer.idle()
  }

  end(): void {
    for (const printer of this.#printers) printer.end()
  }
}
