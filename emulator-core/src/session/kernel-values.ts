/** What the kernel's own values look like to a reader: masks by name, files by what they are, objects with their parts. */

import { linuxErrno } from '../compat-linux/errno.ts'
import { filterName, keventFlags, keventNotes, keventText, vnodeNotes } from '../events/native-names.ts'
import { bitNames, type NameTable, nameOf, names } from '../events/types/names.ts'
import { epollNames, inotifyNames } from '../events/types/polling.ts'
import { Errno } from '../native/errno.ts'
import { File } from '../native/file.ts'
import { type Kevent, Knote } from '../native/kqueue/knote.ts'
import { Lwp } from '../native/lwp.ts'
import type { Outcome } from '../native/stepper.ts'
import { besideEvent, besideKevent, besideMask, besideWatch } from './kernel-mapping.ts'
import type { NamedValue } from './protocol.ts'
import type { Names } from './system.ts'

const DEEPEST = 3
const MOST_PARTS = 64
const BYTES_SHOWN = 32

const mask = (table: NameTable) => (value: number) => bitNames(table, value).join('|') || '0'

/** By the name that the source gives the type. */
const NUMBERS: Readonly<Record<string, (value: number) => string>> = {
  EpollMask: mask(epollNames),
  InotifyMask: mask(inotifyNames),
  VnodeNotes: value => vnodeNotes(value) || '0',
  EpollOperation: value => nameOf(names('EPOLL_CTL_', 'ADD=1 DEL=2 MOD=3'), value) ?? String(value),
  KeventFilter: filterName,
  KeventFlags: value => keventFlags(value) || '0',
  KnoteStatus: mask(names('KN_', 'ACTIVE=1 QUEUED=2 DISABLED=4 DETACHED=8')),
}

/** What NetBSD makes of them. */
const BESIDE: Readonly<Record<string, (value: number) => string>> = { EpollMask: besideMask, InotifyMask: besideWatch }

/** How values are told. */
interface Telling {
  /** The other side is told too: what NetBSD makes of Linux's value, and the other way round. */
  readonly beside: boolean
  readonly depth: number
}

const deeper = ({ beside, depth }: Telling): Telling => ({ beside, depth: depth + 1 })

/** A value with the name that it has in the source; undefined if there is nothing to say of it. */
export function knownValue(name: string, type: string, value: unknown, beside = true): NamedValue | undefined {
  return describe(name, type, value, { beside, depth: 0 })
}

/** How a function has ended: `returns`, with what, or `throws`, with the number that a Linux program gets. `of`: put before the name. */
export function outcomeValue(of: string, outcome: Outcome, names: Names): NamedValue | undefined {
  if (!('error' in outcome)) {
    if (outcome.value === undefined || isGenerator(outcome.value)) return undefined
    return describe(`${of}returns`, '', outcome.value, { beside: true, depth: 0 })
  }
  const { error } = outcome
  if (!(error instanceof Errno)) return { name: `${of}throws`, value: String(error) }
  const linux = linuxErrno(error)
  return {
    name: `${of}throws`,
    value: `${error.name} (${error.code}) → ${names.errno(linux)} (${linux})`,
    type: 'Errno',
  }
}

const isGenerator = (value: unknown): boolean => typeof value === 'object' && value !== null && 'next' in value

function describe(name: string, type: string, value: unknown, telling: Telling): NamedValue | undefined {
  switch (typeof value) {
    case 'function':
      return undefined
    case 'number': {
      const decode = NUMBERS[type]
      const text = decode === undefined ? numberText(value) : decode(value)
      const other = telling.beside ? BESIDE[type]?.(value) : undefined
      return { name, value: other === undefined ? text : `${text} → ${other}`, ...typed(type) }
    }
    case 'bigint':
      return { name, value: `0x${value.toString(16)}` }
    case 'string':
      return { name, value: JSON.stringify(value) }
    case 'object':
      return value === null ? { name, value: 'null' } : { name, ...object(value, type, telling) }
    default:
      return { name, value: String(value) }
  }
}

const typed = (type: string) => (type === '' ? {} : { type })

/** Addresses are easier to know in hexadecimal. */
function numberText(value: number): string {
  if (!Number.isSafeInteger(value) || Math.abs(value) < 0x10000) return String(value)
  return `0x${value.toString(16)} (${value})`
}

type Shown = Omit<NamedValue, 'name'>

function object(value: object, type: string, telling: Telling): Shown {
  if (value instanceof Lwp) return { value: `thread ${value.id} of process ${value.proc.pid}`, type: 'Lwp' }
  if (value instanceof Errno) return { value: value.name, type: 'Errno' }
  if (value instanceof Uint8Array) return bytes(value)
  if (Array.isArray(value)) return list(value, type.replace(/^readonly |\[\]$/g, ''), telling)
  if (value instanceof Map || value instanceof Set) {
    const items = [...value.values()].slice(0, MOST_PARTS)
    return { ...list(items, '', telling), value: `${value.constructor.name} of ${value.size}` }
  }
  const fields = fieldsOf(value, telling)
  return {
    value: summary(value, telling),
    type: value.constructor?.name ?? type,
    ...(fields.length > 0 ? { parts: fields } : {}),
  }
}

function summary(value: object, { beside }: Telling): string {
  if (value instanceof Knote) {
    const { filter, ident } = value.kevent
    return `knote ${value.id}: ${filterName(filter)} of ${ident}, ${NUMBERS.KnoteStatus(value.status)}`
  }
  if (value instanceof File) return `${value.describe()}, open file #${value.id}`
  if (isKevent(value)) {
    const text = keventText({ ...value, fflags: value.fflags >>> 0, ext0: 0n, ext1: 0n, ext2: 0n })
    return beside ? `${text}${besideKevent(value)}` : text
  }
  if (isEpollEvent(value)) {
    const text = `{${NUMBERS.EpollMask(value.events)}, data=0x${value.data.toString(16)}}`
    return beside ? `${text} → ${besideEvent(value)}` : text
  }
  return value.constructor === Object ? '{…}' : (value.constructor?.name ?? 'object')
}

const isKevent = (value: object): value is Kevent => 'filter' in value && 'fflags' in value && 'udata' in value

const isEpollEvent = (value: object): value is { events: number; data: bigint } =>
  'events' in value && 'data' in value && typeof value.events === 'number' && typeof value.data === 'bigint'

/** How the fields of some objects are read. */
function typeOfField(value: object, name: string): string {
  if (isKevent(value)) return name === 'filter' ? 'KeventFilter' : name === 'flags' ? 'KeventFlags' : ''
  if (isEpollEvent(value)) return name === 'events' ? 'EpollMask' : ''
  return value instanceof Knote && name === 'status' ? 'KnoteStatus' : ''
}

function fieldsOf(value: object, telling: Telling): NamedValue[] {
  if (telling.depth >= DEEPEST) return []
  const entries = Object.entries(value).slice(0, MOST_PARTS)
  return entries.flatMap(([name, field]) => {
    if (isKevent(value) && name === 'fflags' && value.fflags !== 0)
      return { name, value: keventNotes(filterName(value.filter), value.fflags) }
    return describe(name, typeOfField(value, name), field, deeper(telling)) ?? []
  })
}

function list(items: readonly unknown[], type: string, telling: Telling): Shown {
  const shown = telling.depth >= DEEPEST ? [] : items.slice(0, MOST_PARTS)
  const parts = shown.flatMap((item, i) => describe(String(i), type, item, deeper(telling)) ?? [])
  const texts = parts.slice(0, 4).map(part => part.value)
  const inner = `${texts.join(', ')}${items.length > texts.length ? ', …' : ''}`
  return { value: `[${inner}]`, type: `${type}[${items.length}]`, ...(parts.length > 0 ? { parts } : {}) }
}

function bytes(value: Uint8Array): Shown {
  const hex = [...value.subarray(0, BYTES_SHOWN)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
  return { value: `${value.length} bytes: ${hex}${value.length > BYTES_SHOWN ? ' …' : ''}`, type: 'Uint8Array' }
}
