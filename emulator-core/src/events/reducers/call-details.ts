/** Everything that is known of one call, for whoever clicked on it. */
import { linuxError } from '../linux-names.ts'
import { type CallDescriptor, type CallDetails, QueryError } from '../queries.ts'
import { argumentsText, callRow, decodeCall, decodedValue, eventsInside } from './call-text.ts'
import type { CallTable } from './calls.ts'
import { insideOf } from './event-text.ts'
import { describeDescriptor } from './processes.ts'
import type { RunIndex } from './run-index.ts'

/** Records that are looked through, and lines that are told. */
const MOST_RECORDS = 4000
const MOST_LINES = 200

/** @throws QueryError if there is no row at or before the event. */
export function callDetails(run: RunIndex, number: number): Omit<CallDetails, 'events' | 'indexed'> {
  const { source, calls } = run
  const known = Math.min(number, run.indexed - 1)
  const row = known < 0 ? -1 : calls.rowOf(known, source.event(known).tid)
  if (row < 0) throw new QueryError('Nothing has been called yet.')
  const summary = callRow(source, calls, row, 0, 0)
  if (calls.kind(row) !== 'call') {
    const strace = `--- ${summary.name} ${summary.arguments} ---`
    return { row: summary, decoded: [], descriptors: [], strace, answer: '', inside: [], more: 0 }
  }
  // What descriptors referred to when the call began.
  const { processes } = run.epoll.at(calls.first(row))
  const call = decodeCall(source, calls, row, fd => describeDescriptor(processes, calls.pid(row), fd))
  const inside = eventsInside(source, calls, row, MOST_RECORDS).flatMap(event => insideOf(event) ?? [])
  const line = `${call.name}(${argumentsText(call, true)})`
  return {
    row: summary,
    descriptors: descriptorsOf(run, row, call.fds),
    decoded: call.arguments.map(({ name, value }) => decodedValue(name, value)),
    strace: call.result === '' ? line : `${line} = ${call.result}`,
    answer: answerOf(calls, row),
    inside: inside.slice(0, MOST_LINES),
    more: Math.max(0, inside.length - MOST_LINES),
  }
}

/** What it was given means what it meant when the call began; what it answered, when it ended. */
function descriptorsOf(run: RunIndex, row: number, fds: readonly number[]): CallDescriptor[] {
  const { calls, epoll } = run
  const found: CallDescriptor[] = []
  for (const fd of new Set(fds.filter(each => each >= 0))) {
    const places = [calls.first(row), calls.hasEnded(row) ? calls.last(row) : run.indexed - 1]
    const texts = places.map(at => describeDescriptor(epoll.at(at).processes, calls.pid(row), fd))
    const i = texts[0] === undefined ? 1 : 0
    if (texts[i] !== undefined) found.push({ fd, at: places[i], text: texts[i] ?? '' })
  }
  return found
}

function answerOf(table: CallTable, row: number): string {
  const errno = table.errno(row)
  switch (table.state(row)) {
    case 'unimplemented':
      return 'There is no such system call here.'
    case 'restarted':
      return 'A signal interrupted it; it begins again when the handler is through.'
    case 'never-returns':
      return 'It does not come back.'
    case 'waiting':
      return 'It waits.'
    case 'running':
      return 'It goes on.'
    default:
      return errno === 0 ? '' : linuxError(errno).message
  }
}
