/** What a row of the call list says: its record decoded, as strace prints it, and what lies under it. */
import type { DecodeOptions } from '../call.ts'
import { TrackedCall } from '../call-tracker.ts'
import { decodeRecord } from '../codec.ts'
import { type AnyEvent, HEADER_BYTES, OUTCOME_NEVER_RETURNS } from '../grammar.ts'
import { linuxError, signalName } from '../linux-names.ts'
import { keventCallText } from '../native-names.ts'
import type { CallRow, Decoded } from '../queries.ts'
import { resultText } from '../result-text.ts'
import { siginfoText } from '../signal-text.ts'
import { callByNumber } from '../syscalls.ts'
import { valueText } from '../text.ts'
import * as basic from '../types/basic.ts'
import { pointerValue, type Value } from '../value.ts'
import type { EventSource } from '../view-queries.ts'
import { type CallTable, NONE, OTHER_NUMBER } from './calls.ts'

const ENTER_CAPTURES = HEADER_BYTES + 52
const EXIT_CAPTURES = HEADER_BYTES + 13
const TEXT = { stringLimit: 64, hexStrings: 'never' } as const
const LONG_TEXT = { stringLimit: 4096, hexStrings: 'never' } as const
/** Native calls that a row names. */
const NATIVE_SHOWN = 6

const brief: DecodeOptions = { verbose: false, paths: false, limit: 32 }
const full: DecodeOptions = { verbose: true, paths: true, limit: 256 }

export interface DecodedCall {
  readonly name: string
  readonly arguments: readonly { readonly name: string; readonly value: Value }[]
  /** As strace prints it; empty while the call goes on. */
  readonly result: string
  readonly fds: readonly number[]
  readonly named: boolean
}

type Describe = (fd: number) => string | undefined

/** Decodes the call of a row. `describe`: what descriptors refer to, for the long form. */
export function decodeCall(source: EventSource, table: CallTable, row: number, describe?: Describe): DecodedCall {
  const options = describe === undefined ? brief : full
  const tracked = new TrackedCall(table.pid(row), table.tid(row), options, describe ?? (() => undefined))
  const { call } = tracked
  const found: { name: string; value: Value }[] = []
  const ended = table.hasEnded(row) && table.state(row) !== 'never-returns'
  source.forEachRecord(table.first(row), 1, (view, at) => {
    call.nr = view.getUint32(at + HEADER_BYTES, true)
    tracked.known = callByNumber(call.nr)
    for (let i = 0; i < 6; i++) {
      call.low[i] = view.getUint32(at + HEADER_BYTES + 4 + 8 * i, true)
      call.high[i] = view.getUint32(at + HEADER_BYTES + 8 + 8 * i, true)
    }
    call.entry.load(view, at + ENTER_CAPTURES)
    call.entry.keep()
    take(0, ended ? tracked.known.known : tracked.known.shown.length)
  })
  const { known } = tracked
  tracked.outcome = table.state(row) === 'never-returns' ? OUTCOME_NEVER_RETURNS : 0
  let result = ''
  if (ended) {
    source.forEachRecord(table.last(row), 1, (view, at) => {
      tracked.outcome = view.getUint8(at + HEADER_BYTES + 4)
      call.exiting = true
      call.resultLow = view.getUint32(at + HEADER_BYTES + 5, true)
      call.resultHigh = view.getUint32(at + HEADER_BYTES + 9, true)
      call.error = table.errno(row)
      call.exit.load(view, at + EXIT_CAPTURES)
      take(known.known, known.shown.length)
      result = resultText(tracked)
    })
  } else if (table.hasEnded(row)) result = resultText(tracked)
  const fds = known.shape.arguments.flatMap(({ type }, i) =>
    type === basic.fd || (type === basic.directoryFd && (call.low[i] | 0) >= 0) ? [call.low[i] | 0] : [],
  )
  if (ended && known.shape.returns === 'fd' && call.error === 0) fds.push(call.resultLow)
  return { name: known.name, arguments: found, result, fds, named: known.shape.named }

  function take(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { name, index, type, direction } = tracked.known.shown[i]
      const isOut = direction === 'out' || direction === 'out!'
      const unwritten = isOut && (!call.exiting || (direction === 'out' && (call.error !== 0 || tracked.outcome !== 0)))
      const value = unwritten
        ? pointerValue(call.low[index], call.high[index])
        : type.value(call, call.low[index], call.high[index])
      if (value !== undefined) found.push({ name, value })
    }
  }
}

export function argumentsText(call: DecodedCall, long = false): string {
  const options = long ? LONG_TEXT : TEXT
  return call.arguments.map(({ name, value }) => (call.named ? `${name}=` : '') + valueText(value, options)).join(', ')
}

/** Without the words that strace adds to an error: `-1 EAGAIN`. */
export const shortResult = (result: string): string => result.replace(/^(-1 E\w+|\? ERESTART\w*) \(.*\)$/, '$1')

export function callRow(source: EventSource, table: CallTable, row: number, place: number, line: number): CallRow {
  const native: string[] = []
  const divergences: string[] = []
  for (const number of table.inside(row, NATIVE_SHOWN)) {
    const event = source.event(number)
    if (event.kind === 'divergence') divergences.push(event.id)
    else native.push(nativeText(event))
  }
  const head = {
    place,
    line,
    kind: table.kind(row),
    event: table.first(row),
    last: table.hasEnded(row) ? table.last(row) : undefined,
    pid: table.pid(row),
    tid: table.tid(row),
    time: table.begun(row),
    duration: table.duration(row),
    state: table.state(row),
    native,
    divergences,
  }
  if (table.kind(row) !== 'call') return { ...head, ...otherText(source.event(table.first(row))), result: '' }
  const call = decodeCall(source, table, row)
  return { ...head, name: call.name, arguments: argumentsText(call), result: shortResult(call.result) }
}

/** A native call in one line; for other events what they say. */
export function nativeText(event: AnyEvent): string {
  switch (event.kind) {
    case 'kevent-call':
      return keventCallText(event)
    case 'native-call':
      return `${event.name}(${event.arguments})${event.error === '' ? '' : ` = ${event.error}`}`
    default:
      return event.kind
  }
}

/** Signals, beginnings and ends. */
export function otherText(event: AnyEvent): { readonly name: string; readonly arguments: string } {
  switch (event.kind) {
    case 'signal':
      return { name: signalName(event.signo), arguments: valueText(siginfoText(event), TEXT) }
    case 'process-start':
      return { name: 'process started', arguments: `${event.how === '' ? '' : `${event.how} of `}${event.parent}` }
    case 'thread-start':
      return { name: 'thread started', arguments: `by ${event.creator}` }
    case 'thread-exit':
      return { name: 'thread exited', arguments: `with ${event.status}` }
    case 'process-exit':
      return event.signal === 0
        ? { name: 'exited', arguments: `with ${event.status}` }
        : { name: 'killed', arguments: `by ${signalName(event.signal)}${event.core === 0 ? '' : ' (core dumped)'}` }
    default:
      return { name: event.kind, arguments: '' }
  }
}

/** A value with its parts, for a tree. */
export function decodedValue(name: string, value: Value, depth = 0): Decoded {
  const text = valueText(value, depth === 0 ? LONG_TEXT : TEXT)
  const parts = partsOf(value)
  if (parts === undefined || parts.length === 0 || depth > 6) return { name, text }
  return { name, text, parts: parts.map(([part, each]) => decodedValue(part, each, depth + 1)) }
}

function partsOf(value: Value): readonly (readonly [string, Value])[] | undefined {
  if (typeof value !== 'object') return undefined
  if (value.kind === 'struct') return value.fields
  if (value.kind === 'list') return value.items.map((item, i) => [`[${i}]`, item])
  return value.kind === 'commented' ? partsOf(value.value) : undefined
}

/** The rows' facts for filters: each is looked up only when it is asked for. */
export function rowFacts(source: EventSource, table: CallTable, row: number) {
  let decoded: DecodedCall | undefined
  const call = () => {
    decoded ??= decodeCall(source, table, row)
    return decoded
  }
  const isCall = table.kind(row) === 'call'
  return {
    kind: table.kind(row),
    name: isCall ? nameOf(source, table, row) : '',
    pid: table.pid(row),
    tid: table.tid(row),
    errno: table.errno(row) === 0 ? '' : linuxError(table.errno(row)).name,
    state: table.state(row),
    duration: isCall ? table.duration(row) : 0,
    fds: () => (isCall ? call().fds : []),
    result: () => (isCall ? shortResult(call().result) : ''),
    divergences: () => (table.hasDivergence(row) ? callRow(source, table, row, 0, 0).divergences : []),
    text: () => rowText(callRow(source, table, row, 0, 0)),
  }
}

export function nameOf(source: EventSource, table: CallTable, row: number): string {
  const nr = table.nr(row)
  if (nr !== OTHER_NUMBER) return callByNumber(nr).name
  const event = source.event(table.first(row))
  return event.kind === 'syscall-enter' ? callByNumber(event.nr).name : ''
}

export function rowText(row: CallRow): string {
  const line = row.kind === 'call' ? `${row.name}(${row.arguments})` : `--- ${row.name} ${row.arguments} ---`
  const result = row.result === '' ? '' : ` = ${row.result}`
  return [line + result, ...row.native, ...row.divergences].join('\n')
}

/** Decodes the events of a call's thread between its beginning and its end. */
export function eventsInside(source: EventSource, table: CallTable, row: number, most: number): AnyEvent[] {
  const last = table.last(row)
  const tid = table.tid(row)
  const first = table.first(row) + 1
  const end = last === NONE ? source.count : last
  const found: AnyEvent[] = []
  source.forEachRecord(first, Math.min(end - first, most), (view, at, index) => {
    if (view.getUint32(at + 12, true) === tid) found.push(decodeRecord(view, at, index))
  })
  if (end - first <= most) return found
  // Other threads did much meanwhile: the rest is what the row itself knows of, and its wake-up just before the end.
  const known = new Set(found.map(each => each.index))
  for (const number of table.inside(row, most)) if (!known.has(number)) found.push(source.event(number))
  return found.sort((a, b) => a.index - b.index)
}
