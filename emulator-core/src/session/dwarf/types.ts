/** Types of C as the debug information has them. */
import { attribute, type Entry, nameOf, numberOf } from './debug-info.ts'
import { evaluateLocation, type FrameContext } from './expression.ts'
import { tag } from './names.ts'

export interface Member {
  readonly name: string
  readonly type: Type
  /** Bytes from the structure's beginning. */
  readonly offset: number
  /** Of a bit field: its first bit from `offset` on, and how many. */
  readonly bits?: { readonly first: number; readonly count: number }
}

export type Type = {
  /** As C writes it. */
  readonly name: string
  /** Bytes; 0 where it has none or is not known. */
  readonly size: number
} & (
  | { readonly kind: 'base'; readonly encoding: number }
  | { readonly kind: 'pointer'; readonly to: () => Type }
  | { readonly kind: 'structure'; readonly members: () => readonly Member[] }
  | { readonly kind: 'array'; readonly of: Type; readonly count: number }
  | { readonly kind: 'enumeration'; readonly values: ReadonlyMap<number, string> }
  | { readonly kind: 'function' | 'void' | 'unknown' }
)

export const VOID: Type = { kind: 'void', name: 'void', size: 0 }
const UNKNOWN: Type = { kind: 'unknown', name: '?', size: 0 }

/** Names for names for names: a loop in a damaged file. */
const DEEPEST = 32
const MOST_MEMBERS = 1000
const POINTER_BYTES = 8

const QUALIFIERS: ReadonlyMap<number, string> = new Map([
  [tag.constant, 'const'],
  [tag.volatile, 'volatile'],
  [tag.restrict, 'restrict'],
  [tag.atomic, '_Atomic'],
])
const KINDS: ReadonlyMap<number, string> = new Map([
  [tag.structure, 'struct'],
  [tag.class, 'class'],
  [tag.union, 'union'],
  [tag.enumeration, 'enum'],
])

/** The type of a variable, member or parameter. */
export function typeOf(entry: Entry, depth = 0): Type {
  const reference = attribute(entry, 'type')
  if (reference?.kind !== 'reference') return reference === undefined ? VOID : UNKNOWN
  const found = entry.unit.info.at(reference.value)
  return found === undefined || depth > DEEPEST ? UNKNOWN : typeFrom(found, depth)
}

function typeFrom(entry: Entry, depth: number): Type {
  const name = nameOf(entry)
  const size = Math.max(0, numberOf(entry, 'byteSize') ?? 0)
  const inner = () => typeOf(entry, depth + 1)
  const qualifier = QUALIFIERS.get(entry.tag)
  if (qualifier !== undefined) return qualified(inner(), qualifier)
  switch (entry.tag) {
    case tag.baseType:
      return { kind: 'base', name: name ?? '?', size, encoding: numberOf(entry, 'encoding') ?? 0 }
    case tag.typedef:
      return { ...inner(), name: name ?? '?' }
    case tag.pointer:
    case tag.reference:
    case tag.rvalueReference: {
      const sign = entry.tag === tag.pointer ? '*' : entry.tag === tag.reference ? '&' : '&&'
      // Which type that is may lead back here.
      return { kind: 'pointer', name: pointerName(inner(), sign), size: size || POINTER_BYTES, to: () => typeOf(entry) }
    }
    case tag.structure:
    case tag.class:
    case tag.union:
      return { kind: 'structure', name: keyword(entry, name), size, members: once(() => membersOf(entry, depth)) }
    case tag.enumeration:
      return { kind: 'enumeration', name: keyword(entry, name), size: size || 4, values: enumerators(entry) }
    case tag.array:
      return arrayOf(inner(), dimensions(entry))
    case tag.subroutineType:
      return { kind: 'function', name: `${inner().name} ()`, size: 0 }
    default:
      return { ...UNKNOWN, size, name: name ?? '?' }
  }
}

function qualified(type: Type, qualifier: string): Type {
  // Behind the star it is the pointer that is meant.
  const name = type.kind === 'pointer' ? `${type.name}${qualifier}` : `${qualifier} ${type.name}`
  return { ...type, name }
}

function pointerName({ name, kind }: Type, sign: string): string {
  if (kind === 'function') return name.replace(' (', ` (${sign})(`)
  return `${name}${/[*&]$/.test(name) ? '' : ' '}${sign}`
}

function keyword(entry: Entry, name: string | undefined): string {
  const word = KINDS.get(entry.tag) ?? ''
  return name === undefined ? `${word} {…}` : `${word} ${name}`
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Those of a member without a name are the structure's own. @throws RangeError for a structure without end */
function membersOf(entry: Entry, depth: number): Member[] {
  const found: Member[] = []
  for (const child of entry.children) {
    if (child.tag !== tag.member || found.length >= MOST_MEMBERS) continue
    entry.unit.info.spend(1)
    const type = typeOf(child, depth + 1)
    const place = { name: nameOf(child) ?? '', type, offset: memberOffset(child) }
    const count = numberOf(child, 'bitSize')
    if (count !== undefined) found.push({ ...place, ...bitField(child, place, count) })
    else if (place.name !== '' || type.kind !== 'structure') found.push(place)
    else for (const inner of type.members()) found.push({ ...inner, offset: inner.offset + place.offset })
  }
  return found.slice(0, MOST_MEMBERS)
}

/** Before version 4 the offset may be an expression. */
function memberOffset(child: Entry): number {
  const value = attribute(child, 'memberLocation')
  if (value?.kind === 'number') return value.value
  if (value?.kind !== 'bytes') return 0
  const location = evaluateLocation(value.value, NO_FRAME, [0n])
  return location.kind === 'memory' ? Number(location.address) : 0
}

const NO_FRAME: FrameContext = {
  register: () => undefined,
  read: () => new Uint8Array(0),
  bias: 0,
  frameBase: () => undefined,
  cfa: () => undefined,
  indexed: () => undefined,
}

function bitField(child: Entry, { type, offset }: { readonly type: Type; readonly offset: number }, count: number) {
  const first = numberOf(child, 'dataBitOffset')
  if (first !== undefined) return { offset: Math.floor(first / 8), bits: { first: first % 8, count } }
  // Counted from the highest bit of the storage (DWARF 2 and 3).
  const storage = numberOf(child, 'byteSize') ?? type.size
  const fromHigh = numberOf(child, 'bitOffset')
  const bit = fromHigh === undefined ? 0 : storage * 8 - fromHigh - count
  return { offset: offset + Math.floor(bit / 8), bits: { first: ((bit % 8) + 8) % 8, count } }
}

function enumerators(entry: Entry): ReadonlyMap<number, string> {
  const values = new Map<number, string>()
  for (const child of entry.children) {
    const value = numberOf(child, 'constValue')
    const name = nameOf(child)
    if (child.tag === tag.enumerator && value !== undefined && name !== undefined && !values.has(value))
      values.set(value, name)
  }
  return values
}

/** How many elements there are in each dimension; 0 where nobody says. */
function dimensions(entry: Entry): number[] {
  return entry.children
    .filter(child => child.tag === tag.subrange)
    .map(child => {
      const upper = numberOf(child, 'upperBound')
      return Math.max(0, numberOf(child, 'count') ?? (upper === undefined ? 0 : upper + 1))
    })
    .slice(0, DEEPEST)
}

function arrayOf(element: Type, counts: readonly number[]): Type {
  const bounds = counts.map(count => `[${count === 0 ? '' : count}]`)
  return counts.reduceRight<Type>((of, count, i) => {
    const name = `${element.name} ${bounds.slice(i).join('')}`
    return { kind: 'array', name, of, count, size: of.size * count }
  }, element)
}
