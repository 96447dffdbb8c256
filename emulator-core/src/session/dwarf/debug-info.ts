/** The entries of `.debug_info` (DWARF 2 to 5): functions, variables and types of a program, unit by unit, as somebody asks. */
import { type FormValue, readForm } from './forms.ts'
import { type AttributeName, at, type Tag, tag } from './names.ts'
import { Reader } from './reader.ts'
import { readSections, type Sections } from './sections.ts'

export interface Entry {
  readonly offset: number
  readonly tag: Tag | number
  readonly attributes: ReadonlyMap<number, FormValue>
  readonly children: readonly Entry[]
  readonly unit: Unit
}

export interface Range {
  readonly start: number
  readonly end: number
}

/** A file that says it has more is not believed. */
const MOST_UNITS = 100_000
const MOST_ATTRIBUTES = 256
const MOST_RANGES = 10_000
/** Attributes and ranges that are looked at for one question: a damaged file may lead in circles. */
const MOST_WORK = 20_000_000
/** Entries and attributes that are kept of one file, some hundred bytes each: a file that needs more has variables as long as they last. */
const MOST_KEPT = 8_000_000
/** Bytes of debug information in which somebody looks for a name. */
const LARGEST_SEARCHED = 64 << 20
const DEEPEST = 256

const SECTIONS = [
  ...['.debug_info', '.debug_abbrev', '.debug_str', '.debug_line_str', '.debug_addr', '.debug_str_offsets'],
  ...['.debug_rnglists', '.debug_ranges', '.debug_loclists', '.debug_loc'],
]
const none = new Uint8Array(0)

interface Abbreviation {
  readonly tag: number
  readonly hasChildren: boolean
  readonly attributes: readonly (readonly [name: number, form: number, implicit: number])[]
}

/** One compilation unit; its entries are read when somebody asks. */
export class Unit {
  readonly info: DebugInfo
  readonly version: number
  readonly start: number
  readonly end: number
  readonly addressSize: number
  readonly wide: boolean
  readonly #first: number
  readonly #abbreviations: number
  #root: Entry | undefined
  #isWhole = false

  constructor(info: DebugInfo, reader: Reader, start: number, end: number) {
    this.info = info
    this.start = start
    this.end = end
    this.version = reader.u16()
    if (this.version < 2 || this.version > 5) throw new RangeError(`units of version ${this.version} are not known`)
    let type = 1
    if (this.version === 5) {
      type = reader.u8()
      this.addressSize = reader.u8()
      this.#abbreviations = reader.offset()
    } else {
      this.#abbreviations = reader.offset()
      this.addressSize = reader.u8()
    }
    // Of a skeleton, the number of the file that has the rest; of a type's unit, its signature and place.
    if (type === 4 || type === 5) reader.take(8)
    if (type === 2 || type === 6) reader.take(8 + (reader.wide ? 8 : 4))
    this.wide = reader.wide
    this.#first = reader.at
  }

  /** The unit's own entry, without those in it until `whole`. */
  get head(): Entry | undefined {
    if (this.#root === undefined) this.#read(false)
    return this.#root
  }

  /** All entries. */
  get whole(): Entry | undefined {
    if (!this.#isWhole) this.#read(true)
    return this.#root
  }

  #read(isWhole: boolean): void {
    this.#isWhole = isWhole
    const reader = new Reader(this.info.section('.debug_info').subarray(0, this.end), this.#first)
    reader.wide = this.wide
    try {
      const abbreviations = this.info.abbreviations(this.#abbreviations)
      this.#root = this.#entry(reader, abbreviations, isWhole, 0)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }

  #entry(
    reader: Reader,
    abbreviations: ReadonlyMap<number, Abbreviation>,
    isWhole: boolean,
    depth: number,
  ): Entry | undefined {
    const offset = reader.at
    const code = reader.uleb()
    if (code === 0) return undefined
    const found = abbreviations.get(code)
    if (found === undefined) throw new RangeError(`there is no abbreviation ${code}`)
    if (depth > DEEPEST) throw new RangeError('entries within entries without end')
    const { sections } = this.info
    this.info.keep(1 + found.attributes.length)
    const attributes = new Map<number, FormValue>()
    for (const [name, form, implicit] of found.attributes)
      attributes.set(name, readForm(reader, form, implicit, this, sections))
    const children: Entry[] = []
    const entry: Entry = { offset, tag: found.tag, attributes, children, unit: this }
    this.info.note(entry)
    if (!found.hasChildren || !isWhole) return entry
    try {
      while (reader.at < this.end) {
        const child = this.#entry(reader, abbreviations, true, depth + 1)
        if (child === undefined) break
        children.push(child)
      }
    } catch (error) {
      // What has been read of a damaged unit stays.
      if (!(error instanceof RangeError) || depth > 0) throw error
    }
    return entry
  }
}

export class DebugInfo {
  readonly sections: Sections
  readonly #units: Unit[] = []
  readonly #abbreviations = new Map<number, ReadonlyMap<number, Abbreviation>>()
  readonly #byOffset = new Map<number, Entry>()
  #globals: ReadonlyMap<string, Entry> | undefined
  #work = 0
  #kept = 0

  constructor(file: Uint8Array) {
    this.sections = readSections(file, SECTIONS)
    const reader = new Reader(this.section('.debug_info'))
    while (!reader.isAtEnd && this.#units.length < MOST_UNITS) {
      const start = reader.at
      let end = start
      try {
        end = reader.initialLength() + reader.at
        this.#units.push(new Unit(this, reader, start, Math.min(end, this.section('.debug_info').length)))
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
      if (!(end > start)) break
      reader.at = end
    }
  }

  section(name: string): Uint8Array {
    return this.sections.get(name) ?? none
  }

  get isEmpty(): boolean {
    return this.#units.length === 0
  }

  /** Remembers an entry by its offset. */
  note(entry: Entry): void {
    this.#byOffset.set(entry.offset, entry)
  }

  /** @throws RangeError if the question takes too much. */
  spend(work: number): void {
    this.#work += work
    if (this.#work > MOST_WORK) throw new RangeError('it takes too long')
  }

  /** @throws RangeError if the host would have to keep too much. */
  keep(count: number): void {
    this.#kept += count
    if (this.#kept > MOST_KEPT) throw new RangeError('there is too much of it')
    this.spend(count)
  }

  /** A new question. */
  begin(): void {
    this.#work = 0
  }

  abbreviations(offset: number): ReadonlyMap<number, Abbreviation> {
    const known = this.#abbreviations.get(offset)
    if (known !== undefined) return known
    const table = new Map<number, Abbreviation>()
    this.#abbreviations.set(offset, table)
    const reader = new Reader(this.section('.debug_abbrev'), offset)
    for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
      const tagNumber = reader.uleb()
      const hasChildren = reader.u8() !== 0
      const attributes: [number, number, number][] = []
      for (;;) {
        const [name, form] = [reader.uleb(), reader.uleb()]
        const implicit = form === 0x21 ? reader.sleb() : 0
        if (name === 0 && form === 0) break
        if (attributes.length >= MOST_ATTRIBUTES) throw new RangeError('there are too many attributes')
        attributes.push([name, form, implicit])
      }
      table.set(code, { tag: tagNumber, hasChildren, attributes })
    }
    return table
  }

  /** The entry at an offset of .debug_info. */
  at(offset: number): Entry | undefined {
    if (!this.#byOffset.has(offset)) void this.#unitAt(offset)?.whole
    return this.#byOffset.get(offset)
  }

  #unitAt(offset: number): Unit | undefined {
    return this.#units.find(({ start, end }) => offset >= start && offset < end)
  }

  /** The function whose code an address (as in the file) is in. */
  functionAt(address: number): Entry | undefined {
    this.begin()
    for (const unit of this.#units) {
      const { head } = unit
      if (head === undefined) continue
      const own = ranges(head)
      // A unit that does not say where its code is has to be looked through.
      if (own.length > 0 && !isWithin(address, own)) continue
      const found = functionIn(unit.whole, address)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** A variable outside of all functions. */
  global(name: string): Entry | undefined {
    if (this.section('.debug_info').length > LARGEST_SEARCHED) return undefined
    this.#globals ??= this.#readGlobals()
    return this.#globals.get(name)
  }

  #readGlobals(): ReadonlyMap<string, Entry> {
    this.begin()
    const found = new Map<string, Entry>()
    for (const unit of this.#units) {
      for (const entry of unit.whole?.children ?? []) {
        if (entry.tag !== tag.variable || !entry.attributes.has(at.location)) continue
        const name = nameOf(entry)
        if (name !== undefined && !found.has(name)) found.set(name, entry)
      }
    }
    return found
  }
}

function functionIn(entry: Entry | undefined, address: number): Entry | undefined {
  for (const child of entry?.children ?? []) {
    if (child.tag === tag.subprogram && isWithin(address, ranges(child))) return child
    if (child.tag === tag.namespace || child.tag === tag.class || child.tag === tag.structure) {
      const found = functionIn(child, address)
      if (found !== undefined) return found
    }
  }
  return undefined
}

export const isWithin = (address: number, all: readonly Range[]): boolean =>
  all.some(({ start, end }) => address >= start && address < end)

/** An attribute, of the entry itself or of the one that it completes (its declaration, or the function that was made part of another). */
export function attribute(entry: Entry, name: AttributeName, hops = 8): FormValue | undefined {
  const own = entry.attributes.get(at[name])
  if (own !== undefined || hops === 0) return own
  const origin = entry.attributes.get(at.abstractOrigin) ?? entry.attributes.get(at.specification)
  if (origin?.kind !== 'reference') return undefined
  const other = entry.unit.info.at(origin.value)
  return other === undefined ? undefined : attribute(other, name, hops - 1)
}

export function numberOf(entry: Entry, name: AttributeName): number | undefined {
  const value = attribute(entry, name)
  return value?.kind === 'number' ? value.value : undefined
}

export function nameOf(entry: Entry): string | undefined {
  const value = attribute(entry, 'name')
  if (value?.kind === 'text') return value.value
  return value?.kind === 'text-index' ? indexedText(entry.unit, value.value) : undefined
}

/** An address, direct or by its number in the unit's table. */
export function addressOf(unit: Unit, value: FormValue | undefined): number | undefined {
  if (value?.kind === 'address') return value.value
  return value?.kind === 'address-index' ? indexedAddress(unit, value.value) : undefined
}

/** Where a table of the unit begins: behind the header, if the unit does not say. */
function baseOf(unit: Unit, name: number, otherwise: number): number {
  const value = unit.head?.attributes.get(name)
  return value?.kind === 'list' || value?.kind === 'number' ? value.value : otherwise
}

export function indexedAddress(unit: Unit, index: number): number | undefined {
  const place = baseOf(unit, at.addressBase, 8) + index * unit.addressSize
  const section = unit.info.section('.debug_addr')
  return place + 8 <= section.length ? new Reader(section, place).u64() : undefined
}

function indexedText(unit: Unit, index: number): string | undefined {
  const size = unit.wide ? 8 : 4
  const place = baseOf(unit, at.textOffsetsBase, unit.wide ? 16 : 8) + index * size
  const offsets = unit.info.section('.debug_str_offsets')
  if (place + size > offsets.length) return undefined
  const strings = new Reader(unit.info.section('.debug_str'))
  strings.at = new Reader(offsets, place).unsigned(size)
  return strings.text()
}

/** Where a list of the unit begins, and the section that it is in. */
export function listPlace(unit: Unit, value: FormValue, kind: 'ranges' | 'locations'): number | undefined {
  if (value.kind === 'number') return value.value
  if (value.kind !== 'list') return undefined
  if (!value.isIndex) return value.value
  const [name, section] = kind === 'ranges' ? [at.rangesBase, '.debug_rnglists'] : [at.locationsBase, '.debug_loclists']
  const base = baseOf(unit, name, unit.wide ? 20 : 12)
  const size = unit.wide ? 8 : 4
  const place = base + value.value * size
  const bytes = unit.info.section(section)
  return place + size <= bytes.length ? base + new Reader(bytes, place).unsigned(size) : undefined
}

/** The addresses (as in the file) that an entry is about; none if it does not say. */
export function ranges(entry: Entry): readonly Range[] {
  const { unit } = entry
  const low = addressOf(unit, entry.attributes.get(at.lowPc))
  const high = entry.attributes.get(at.highPc)
  const list = entry.attributes.get(at.ranges)
  try {
    if (list !== undefined) return listedRanges(unit, list)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  if (low === undefined || high === undefined) return []
  // A number is a length.
  const end = high.kind === 'number' ? low + high.value : addressOf(unit, high)
  return end === undefined || end <= low ? [] : [{ start: low, end }]
}

function listedRanges(unit: Unit, value: FormValue): Range[] {
  const place = listPlace(unit, value, 'ranges')
  if (place === undefined) return []
  let base = addressOf(unit, unit.head?.attributes.get(at.lowPc)) ?? 0
  const found: Range[] = []
  const put = (start: number, end: number) => {
    unit.info.spend(1)
    if (found.length >= MOST_RANGES) throw new RangeError('there are too many ranges')
    if (end > start) found.push({ start, end })
  }
  if (unit.version < 5) {
    const reader = new Reader(unit.info.section('.debug_ranges'), place)
    for (;;) {
      const [start, end] = [reader.u64(), reader.u64()]
      if (start === 0 && end === 0) return found
      if (start > 0x1f_ffff_ffff_ffff) base = end
      else put(base + start, base + end)
    }
  }
  const reader = new Reader(unit.info.section('.debug_rnglists'), place)
  const indexed = () => indexedAddress(unit, reader.uleb()) ?? 0
  for (;;) {
    switch (reader.u8()) {
      case 0:
        return found
      case 1:
        base = indexed()
        break
      case 2:
        put(indexed(), indexed())
        break
      case 3: {
        const start = indexed()
        put(start, start + reader.uleb())
        break
      }
      case 4:
        put(base + reader.uleb(), base + reader.uleb())
        break
      case 5:
        base = reader.u64()
        break
      case 6:
        put(reader.u64(), reader.u64())
        break
      case 7: {
        const start = reader.u64()
        put(start, start + reader.uleb())
        break
      }
      default:
        throw new RangeError('an entry of a list of ranges is not known')
    }
  }
}
