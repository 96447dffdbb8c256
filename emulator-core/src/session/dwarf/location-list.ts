/** Where a variable is while its function is at an address: one expression, or one of a list (`.debug_loclists`, `.debug_loc`). */
import { addressOf, type Entry, indexedAddress, listPlace } from './debug-info.ts'
import type { FormValue } from './forms.ts'
import { at } from './names.ts'
import { Reader } from './reader.ts'

/** A list that has more never ends. */
const MOST = 100_000

/** `address`: as in the file. Undefined: it is nowhere there. @throws RangeError for a damaged list. */
export function expressionAt(entry: Entry, value: FormValue, address: number): Uint8Array | undefined {
  if (value.kind === 'bytes') return value.value
  const { unit } = entry
  const place = listPlace(unit, value, 'locations')
  if (place === undefined) return undefined
  const base = addressOf(unit, unit.head?.attributes.get(at.lowPc)) ?? 0
  return unit.version < 5 ? oldList(entry, place, base, address) : newList(entry, place, base, address)
}

function oldList({ unit }: Entry, place: number, start: number, address: number): Uint8Array | undefined {
  const reader = new Reader(unit.info.section('.debug_loc'), place)
  let base = start
  for (let i = 0; i < MOST; i++) {
    const [low, high] = [reader.u64(), reader.u64()]
    if (low === 0 && high === 0) return undefined
    if (low > 0x1f_ffff_ffff_ffff) {
      base = high
      continue
    }
    const code = reader.take(reader.u16())
    if (address >= base + low && address < base + high) return code
  }
  return undefined
}

function newList({ unit }: Entry, place: number, start: number, address: number): Uint8Array | undefined {
  const reader = new Reader(unit.info.section('.debug_loclists'), place)
  const indexed = () => indexedAddress(unit, reader.uleb()) ?? 0
  let base = start
  let otherwise: Uint8Array | undefined
  for (let i = 0; i < MOST; i++) {
    let low = 0
    let high = 0
    const kind = reader.u8()
    if (kind === 0) return otherwise
    if (kind === 1) base = indexed()
    else if (kind === 2) [low, high] = [indexed(), indexed()]
    else if (kind === 3) {
      low = indexed()
      high = low + reader.uleb()
    } else if (kind === 4) [low, high] = [base + reader.uleb(), base + reader.uleb()]
    else if (kind === 6) base = reader.u64()
    else if (kind === 7) [low, high] = [reader.u64(), reader.u64()]
    else if (kind === 8) {
      low = reader.u64()
      high = low + reader.uleb()
    } else if (kind === 9) {
      // GNU's views of a location: two numbers, nothing of interest.
      reader.uleb()
      reader.uleb()
      continue
    } else if (kind !== 5) throw new RangeError('an entry of a list of locations is not known')
    if (kind === 1 || kind === 6) continue
    const code = reader.take(reader.uleb())
    if (kind === 5) otherwise = code
    else if (address >= low && address < high) return code
  }
  return undefined
}
