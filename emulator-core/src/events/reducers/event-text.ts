/** One event in a few words, for lists of what happened inside a call or to an epoll instance. */
import type { AnyEvent } from '../grammar.ts'
import { filterName, keventFlags, keventNotes, keventText, vnodeNotes } from '../native-names.ts'
import type { Decoded, Inside } from '../queries.ts'
import { bitNames } from '../types/names.ts'
import { inotifyNames } from '../types/polling.ts'
import { nativeText } from './call-text.ts'
import { epollEvents } from './epoll.ts'

export const inotifyMaskText = (mask: number): string => bitNames(inotifyNames, mask).join('|')

const OPERATIONS = ['', 'added', 'removed', 'changed']
const SHADOWS = [
  'queued by Linux only',
  'not queued by Linux',
  'merged or lost by Linux',
  'what Linux would have queued',
]
const quoted = (name: string): string => (name === '' ? '' : ` "${name}"`)
const statusText = (status: number): string =>
  bitNames(
    [
      ['active', 1],
      ['queued', 2],
      ['disabled', 4],
      ['detached', 8],
    ],
    status,
  ).join(', ') || 'idle'

/** Undefined for events that other lists show. */
export function eventText(event: AnyEvent): string | undefined {
  switch (event.kind) {
    case 'knote-attach': {
      const flags = keventFlags(event.flags)
      const notes = keventNotes(event.filterName, event.fflags)
      return `knote of ${event.ident} attached: ${[event.filterName, flags, notes].filter(each => each !== '').join(' ')}`
    }
    case 'knote-update':
      return `knote changed: ${statusText(event.status)}`
    case 'knote-activate':
      return `knote activated and queued, data ${event.data}`
    case 'knote-drop':
      return `knote left the queue: ${statusText(event.status)}`
    case 'knote-deliver':
      return `knote delivered, data ${event.data}; now ${statusText(event.status)}`
    case 'knote-detach':
      return 'knote detached'
    case 'epoll-create':
      return event.mechanism === 0 ? `kqueue ${event.fd} made` : `epoll ${event.fd} made`
    case 'epoll-close':
      return 'closed'
    case 'epoll-interest':
      return `interest in ${event.fd} ${OPERATIONS[event.op] ?? 'changed'}: ${epollEvents(event.events) || '0'}`
    case 'epoll-ready':
      return `${event.fd} entered the ready list: ${epollEvents(event.events)}`
    case 'epoll-deliver':
      return `${epollEvents(event.events)} of ${event.fd} handed over`
    case 'inotify-create':
      return `inotify ${event.fd} made`
    case 'inotify-close':
      return 'inotify closed'
    case 'inotify-watch':
      return `watch ${event.wd} on "${event.path}": ${inotifyMaskText(event.mask)}`
    case 'inotify-unwatch':
      return `watch ${event.wd} removed`
    case 'inotify-enqueue':
      return `${inotifyMaskText(event.mask)}${quoted(event.name)} queued, depth ${event.depth}`
    case 'inotify-merge':
      return `${inotifyMaskText(event.mask)}${quoted(event.name)} merged with the last one`
    case 'inotify-overflow':
      return `${inotifyMaskText(event.mask)}${quoted(event.name)} lost: the queue is full`
    case 'inotify-shadow':
      return `${inotifyMaskText(event.mask)}${quoted(event.name)}: ${SHADOWS[event.what] ?? ''}`
    case 'inotify-shadow-read':
      return `Linux would have read ${event.count} records`
    case 'inotify-read':
      return `${event.count} records read, ${event.bytes} bytes, depth ${event.depth}`
    case 'vnode-note':
      return `${event.operation} "${event.path}": ${vnodeNotes(event.notes)}`
    case 'fd-open':
      return `descriptor ${event.fd} opened: ${event.description}`
    case 'fd-close':
      return `descriptor ${event.fd} closed`
    case 'object-state':
      return undefined
    case 'divergence':
      return `not as on Linux: ${event.id}${event.detail === '' ? '' : ` (${event.detail})`}`
    case 'sleep':
      return `sleeps on ${event.message}`
    case 'wake':
      return `woken ${event.by === 0 ? 'by a timer or from outside' : `by thread ${event.by}`}${event.reason === '' ? '' : ` (${event.reason})`}`
    default:
      return undefined
  }
}

/** As a line inside a call; undefined for what has rows of its own. */
export function insideOf(event: AnyEvent): Inside | undefined {
  const head = { event: event.index, time: event.time, parts: [], result: '', failed: false }
  switch (event.kind) {
    case 'step':
      return { ...head, kind: 'step', text: event.label, parts: variables(event.variables) }
    case 'native-call': {
      const failed = event.error !== ''
      const text = `${event.name}(${event.arguments})`
      return { ...head, kind: 'native', text, result: failed ? event.error : String(event.result), failed }
    }
    case 'kevent-call': {
      const failed = event.error !== ''
      const lists = [...event.changes.map(keventPart('change')), ...event.events.map(keventPart('event'))]
      const text = failed ? nativeText({ ...event, error: '' }) : nativeText(event)
      return {
        ...head,
        kind: 'native',
        text,
        parts: lists,
        result: failed ? event.error : String(event.result),
        failed,
      }
    }
    case 'divergence': {
      const parts = event.detail === '' ? [] : [{ name: 'detail', text: event.detail }]
      return { ...head, kind: 'divergence', text: event.id, parts }
    }
    default: {
      const text = eventText(event)
      const kind = event.kind === 'sleep' ? 'sleep' : event.kind === 'wake' ? 'wake' : 'change'
      return text === undefined ? undefined : { ...head, kind, text }
    }
  }
}

type KeventRecord = Parameters<typeof keventText>[0]

const keventPart =
  (what: string) =>
  (record: KeventRecord, i: number): Decoded => {
    const filter = filterName(record.filter)
    return {
      name: `${what} ${i}`,
      text: keventText(record),
      parts: [
        { name: 'ident', text: String(record.ident) },
        { name: 'filter', text: filter },
        { name: 'flags', text: keventFlags(record.flags) || '0' },
        { name: 'fflags', text: keventNotes(filter, record.fflags) || '0' },
        { name: 'data', text: String(record.data) },
        { name: 'udata', text: `0x${record.udata.toString(16)}` },
      ],
    }
  }

const MOST_VARIABLES = 32

/** A step's variables travel as JSON. */
function variables(json: string): Decoded[] {
  if (json === '') return []
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return [{ name: 'variables', text: json }]
  }
  if (typeof parsed !== 'object' || parsed === null) return []
  return Object.entries(parsed)
    .slice(0, MOST_VARIABLES)
    .map(([name, value]) => ({ name, text: typeof value === 'string' ? value : JSON.stringify(value) }))
}
