/** The descriptors among a call's arguments, read from its record without decoding the rest. */
import { HEADER_BYTES } from '../grammar.ts'
import { callByNumber } from '../syscalls.ts'
import * as basic from '../types/basic.ts'

/** By number of the call. Numbers that no call has are not kept: the guest may make up any. */
const places: (readonly number[])[] = []
const NUMBERS_KEPT = 4096

function placesOf(nr: number): readonly number[] {
  return callByNumber(nr).shape.arguments.flatMap(({ type }, i) =>
    type === basic.fd || type === basic.directoryFd ? [i] : [],
  )
}

/** Of a `syscall-enter` record. AT_FDCWD and the like are among them. */
export function descriptorArguments(view: DataView, at: number): number[] {
  const nr = view.getUint32(at + HEADER_BYTES, true)
  const known = places[nr] ?? placesOf(nr)
  if (nr < NUMBERS_KEPT) places[nr] = known
  return known.map(i => view.getInt32(at + HEADER_BYTES + 4 + 8 * i, true))
}
