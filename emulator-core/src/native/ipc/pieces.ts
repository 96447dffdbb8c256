/**
 * Memory for bytes that wait in a socket (m_getcl(9) has mbuf clusters for it). A new Uint8Array is filled with zeros and collected one by
 * one, which costs more than to copy what goes into it; a piece that was read is used again.
 */

const SMALLEST = 4096
const LARGEST = 65536
/** Of each size, as many as a full socket holds; the collector has what is beyond. */
const KEPT = 16

const free = new Map<number, Uint8Array[]>()
for (let size = SMALLEST; size <= LARGEST; size *= 2) free.set(size, [])

/** Room for `length` bytes. What stands in it is whatever was there before: only what was written may be handed on. */
export function takePiece(length: number): Uint8Array {
  if (length < SMALLEST || length > LARGEST) return new Uint8Array(length)
  const size = length === SMALLEST ? SMALLEST : 1 << (32 - Math.clz32(length - 1))
  const whole = free.get(size)?.pop() ?? new Uint8Array(size)
  return whole.length === length ? whole : whole.subarray(0, length)
}

/** Nobody looks any more at `piece`, nor at the memory it is a view of. */
export function givePiece(piece: Uint8Array): void {
  const list = free.get(piece.buffer.byteLength)
  if (list === undefined || list.length >= KEPT) return
  list.push(piece.length === piece.buffer.byteLength ? piece : new Uint8Array(piece.buffer))
}
