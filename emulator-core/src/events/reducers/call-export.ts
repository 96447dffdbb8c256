/** Rows of the call list as text for other programs: what strace writes, CSV, JSON. */
import type { CallRow, ExportFormat } from '../queries.ts'
import type { EventSource } from '../view-queries.ts'
import { argumentsText, callRow, decodeCall, otherText } from './call-text.ts'
import type { CallTable } from './calls.ts'
import type { FilteredRows } from './filtered-rows.ts'

/** What is known of the run besides its rows. */
export interface ExportedRun {
  readonly source: EventSource
  readonly calls: CallTable
  /** ns: when it began, and since 1970 at monotonic 0; undefined if that is not known. */
  readonly firstTime: number
  readonly realtime: bigint | undefined
}

/** Rows between two looks at the clock. */
const PORTION = 64

interface Format {
  readonly begin: string
  /** A row's text; empty if this format does not have it. */
  row(run: ExportedRun, row: number, isFirst: boolean): string
  readonly end: string
}

const seconds = (ns: number, digits: number): string => (ns / 1e9).toFixed(digits)

/** Seconds with microseconds: of the day if that is known, else since the guest was booted. */
function stamp({ realtime }: ExportedRun, time: number): string {
  if (realtime === undefined) return seconds(time, 6)
  const micro = (realtime + BigInt(Math.round(time))) / 1000n
  return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`
}

/** One row as `strace -f -ttt -T -o` writes it; empty for what strace does not tell. */
export function straceLine(run: ExportedRun, row: number): string {
  const { source, calls } = run
  const head = `${String(calls.tid(row)).padEnd(5)} ${stamp(run, calls.begun(row))} `
  const kind = calls.kind(row)
  if (kind !== 'call') {
    const { name, arguments: words } = otherText(source.event(calls.first(row)))
    if (kind === 'signal') return `${head}--- ${name} ${words} ---\n`
    return kind === 'exit' ? `${head}+++ ${name.replace(/^thread /, '')} ${words} +++\n` : ''
  }
  const call = decodeCall(source, calls, row)
  const line = `${call.name}(${argumentsText(call)}`
  if (call.result === '') return `${head}${line} <unfinished ...>\n`
  const took = calls.state(row) === 'never-returns' ? '' : ` <${seconds(calls.duration(row) ?? 0, 6)}>`
  return `${head}${`${line})`.padEnd(39)} = ${call.result}${took}\n`
}

const COLUMNS = [
  ...(['event', 'seconds', 'pid', 'tid', 'kind', 'call', 'arguments', 'result', 'state', 'duration'] as const),
  ...(['native', 'divergences'] as const),
] as const

function fields(run: ExportedRun, { native, divergences, ...row }: CallRow) {
  return {
    event: row.event,
    seconds: seconds(row.time - run.firstTime, 9),
    pid: row.pid,
    tid: row.tid,
    kind: row.kind,
    call: row.name,
    arguments: row.arguments,
    result: row.result,
    state: row.state,
    duration: row.duration === undefined ? '' : seconds(row.duration, 9),
    native,
    divergences,
  }
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

const FORMATS: Readonly<Record<ExportFormat, Format>> = {
  strace: { begin: '', row: straceLine, end: '' },
  /** RFC 4180. */
  csv: {
    begin: `${COLUMNS.join(',')}\r\n`,
    row: (run, row) => {
      const values = fields(run, callRow(run.source, run.calls, row, 0, 0))
      const texts = COLUMNS.map(name => {
        const value = values[name]
        return quoted(typeof value === 'object' ? value.join('; ') : String(value))
      })
      return `${texts.join(',')}\r\n`
    },
    end: '',
  },
  json: {
    begin: '[',
    row: (run, row, isFirst) => {
      const { seconds: at, duration, ...values } = fields(run, callRow(run.source, run.calls, row, 0, 0))
      const numbers = { seconds: Number(at), duration: duration === '' ? null : Number(duration) }
      return `${isFirst ? '' : ','}\n${JSON.stringify({ ...values, ...numbers })}`
    },
    end: '\n]\n',
  },
}

export const isFormat = (name: string): name is ExportFormat => Object.hasOwn(FORMATS, name)

export interface ExportRange {
  readonly from: number
  /** Undefined: to the end. */
  readonly to: number | undefined
  /** There are no more rows than these. */
  readonly isWhole: boolean
}

/** Rows from place `from` on until `deadline` (ms, as `now` tells it), but at least some; `next`: where the next part begins. */
export function exportPart(
  run: ExportedRun,
  rows: FilteredRows,
  format: ExportFormat,
  { from, to = Number.POSITIVE_INFINITY, isWhole }: ExportRange,
  now: () => number,
  deadline: number,
): { readonly text: string; readonly next: number | undefined } {
  const { begin, row, end } = FORMATS[format]
  const last = Math.min(rows.length, to)
  let text = from === 0 ? begin : ''
  let place = from
  while (place < last) {
    const until = Math.min(last, place + PORTION)
    for (; place < until; place++) text += row(run, rows.row(place), place === 0)
    if (now() >= deadline) break
  }
  const isLast = place >= to || (isWhole && place >= rows.length)
  return { text: isLast ? text + end : text, next: isLast ? undefined : place }
}
