/** What is marked on a lane: one by one where the marks are few, else counted in pieces. */
import type { AnyEvent } from '../grammar.ts'
import { signalName } from '../linux-names.ts'
import type { TimelineMark } from '../queries.ts'
import { type Axis, type Lane, MARKS } from './lanes.ts'

const MOST_MARKS = 200
const PIECES = 100
const ACTIONS = ['ignored', 'handled', 'ends the program', 'stops it', 'continues it']

const KINDS: Readonly<Record<(typeof MARKS)[number], readonly [kind: TimelineMark['kind'], one: string]>> = {
  signal: ['signal', 'signal'],
  'process-exit': ['exit', 'end of a process'],
  'thread-exit': ['exit', 'end of a thread'],
  exec: ['exec', 'exec'],
  'process-start': ['start', 'new process'],
  'thread-start': ['start', 'new thread'],
}

export function marksOf(
  lane: Lane,
  eventAt: (index: number) => AnyEvent,
  axis: Axis,
  from: number,
  to: number,
): TimelineMark[] {
  const { marks } = lane
  const column = marks.along(axis)
  const [begin, end] = [column.countBelow(from), column.countUpTo(to)]
  const found: TimelineMark[] = []
  if (end - begin <= MOST_MARKS) {
    for (let i = begin; i < end; i++) found.push(markOf(eventAt(marks.events.at(i)), column.at(i)))
    return found
  }
  for (let piece = 0, i = begin; piece < PIECES && i < end; piece++) {
    const last =
      piece === PIECES - 1 ? end : Math.min(end, column.countBelow(from + ((piece + 1) * (to - from)) / PIECES))
    if (last === i) continue
    const counts = MARKS.map(() => 0)
    const first = i
    for (; i < last; i++) counts[marks.kinds.at(i)]++
    const kind = counts.findIndex(count => count > 0)
    const words = MARKS.flatMap((each, n) => (counts[n] === 0 ? [] : [`${counts[n]} × ${KINDS[each][1]}`]))
    const event = marks.events.at(first)
    found.push({
      event,
      at: column.at(first),
      kind: KINDS[MARKS[kind]][0],
      text: words.join(', '),
      count: last - first,
    })
  }
  return found
}

function markOf(event: AnyEvent, at: number): TimelineMark {
  const head = { event: event.index, at, count: 1 }
  switch (event.kind) {
    case 'signal':
      return { ...head, kind: 'signal', text: `${signalName(event.signo)}: ${ACTIONS[event.action] ?? 'delivered'}` }
    case 'exec':
      return { ...head, kind: 'exec', text: `executes ${event.path}` }
    case 'process-start':
      return { ...head, kind: 'start', text: `process ${event.pid} made by ${event.parent} (${event.how})` }
    case 'thread-start':
      return { ...head, kind: 'start', text: `thread ${event.tid} begins` }
    case 'process-exit': {
      const text = event.signal === 0 ? `exits with ${event.status}` : `ended by ${signalName(event.signal)}`
      return { ...head, kind: 'exit', text }
    }
    default:
      return { ...head, kind: 'exit', text: `thread ${event.tid} ends` }
  }
}
