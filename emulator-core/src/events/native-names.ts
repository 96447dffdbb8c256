/** The names of NetBSD's kevents: sys/sys/event.h of NetBSD 10. */
import type { Decoded, schemas } from './grammar.ts'
import { bitNames, counted, type NameTable, nameOf, names } from './types/names.ts'

const FILTERS = counted('EVFILT_', 'READ WRITE AIO VNODE PROC SIGNAL TIMER FS USER EMPTY')
/** The first filter that a module registers; the one module there is, is the Linux emulation. */
const LINUX_INOTIFY = 10

const FLAGS = names(
  'EV_',
  'ADD=1 DELETE=2 ENABLE=4 DISABLE=8 ONESHOT=0x10 CLEAR=0x20 RECEIPT=0x40 DISPATCH=0x80 FLAG1=0x2000 ERROR=0x4000 EOF=0x8000',
)

const VNODE_NOTES = names(
  'NOTE_',
  'DELETE=1 WRITE=2 EXTEND=4 ATTRIB=8 LINK=0x10 RENAME=0x20 REVOKE=0x40 OPEN=0x80 CLOSE=0x100 CLOSE_WRITE=0x200 READ=0x400',
)
const NOTES: Readonly<Record<string, NameTable>> = {
  EVFILT_READ: names('NOTE_', 'LOWAT=1'),
  EVFILT_WRITE: names('NOTE_', 'LOWAT=1'),
  EVFILT_VNODE: VNODE_NOTES,
  LINUX_INOTIFY: VNODE_NOTES,
  EVFILT_PROC: names('NOTE_', 'EXIT=0x80000000 FORK=0x40000000 EXEC=0x20000000 TRACK=1 TRACKERR=2 CHILD=4'),
  EVFILT_TIMER: names('NOTE_', 'SECONDS=1 USECONDS=2 NSECONDS=3 ABSTIME=0x10'),
  EVFILT_USER: names('NOTE_', 'TRIGGER=0x1000000 FFAND=0x40000000 FFOR=0x80000000 FFCOPY=0xc0000000'),
}

/** All of them by name. */
export const keventConstants: NameTable = [...FILTERS, ...FLAGS, ...Object.values(NOTES).flat()]

export function filterName(filter: number): string {
  return filter === LINUX_INOTIFY ? 'LINUX_INOTIFY' : (nameOf(FILTERS, filter) ?? `filter ${filter}`)
}

/** `EV_ADD|EV_CLEAR`; empty if no bit is set. */
export function keventFlags(flags: number): string {
  return bitNames(FLAGS, flags).join('|')
}

export function keventNotes(filter: string, fflags: number): string {
  return bitNames(Object.hasOwn(NOTES, filter) ? NOTES[filter] : [], fflags).join('|')
}

export function vnodeNotes(notes: number): string {
  return bitNames(VNODE_NOTES, notes).join('|')
}

export type KeventCall = Decoded<(typeof schemas)['kevent-call']>
export type KeventRecord = KeventCall['changes'][number]

/** One record, without what is zero: `{7, EVFILT_READ, EV_ADD|EV_CLEAR}`. */
export function keventText(record: KeventRecord): string {
  const filter = filterName(record.filter)
  const parts = [String(record.ident), filter, keventFlags(record.flags) || '0']
  const notes = keventNotes(filter, record.fflags)
  if (notes !== '') parts.push(notes)
  if (record.data !== 0) parts.push(`data=${record.data}`)
  return `{${parts.join(', ')}}`
}

const SHOWN_RECORDS = 4

function listText(records: readonly KeventRecord[]): string {
  const shown = records.slice(0, SHOWN_RECORDS).map(keventText)
  if (records.length > SHOWN_RECORDS) shown.push(`… ${records.length - SHOWN_RECORDS} more`)
  return `[${shown.join(', ')}]`
}

/** The native line under a Linux line: `__kevent100(5, [{7, EVFILT_READ, EV_ADD}])`; with room for events also what came. */
export function keventCallText(call: KeventCall): string {
  const changes = listText(call.changes)
  const parts = [String(call.fd), changes]
  if (call.room > 0) parts.push(listText(call.events), String(call.room))
  return `${call.name}(${parts.join(', ')})${call.error === '' ? '' : ` = ${call.error}`}`
}
