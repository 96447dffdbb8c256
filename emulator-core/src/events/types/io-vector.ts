/** Scattered buffers: struct iovec, and as much of each as was moved. */
import type { Call } from '../call.ts'
import { bytesValue, listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate, unsigned64 } from '../wide.ts'
import { type ArgumentType, type CaptureSink, type CountAt, ELEMENT_LIMIT } from './type.ts'

const IOV_MAX = 1024

export function captureVector(sink: CaptureSink, at: number, count: number, moved: number): void {
  const shown = Math.min(Math.max(count, 0), IOV_MAX, ELEMENT_LIMIT, sink.elementLimit)
  if (shown === 0) return
  sink.bytes(at, 16 * shown)
  let left = moved
  for (let i = 0; i < shown && left > 0; i++) {
    const base = sink.word(at + 16 * i)
    const word = sink.word(at + 16 * i + 8)
    // A length that is negative as a signed number is a very large one.
    const length = word < 0 ? Number.MAX_SAFE_INTEGER : word
    if (base <= 0 || length === 0) continue
    sink.bytes(base, Math.min(length, left, sink.stringLimit))
    left -= length
  }
}

/** Undefined if the vector was not kept. */
export function vectorValue(call: Call, address: number, count: number, moved: number): Value | undefined {
  const shown = Math.min(count, call.options.limit)
  if (count <= 0) return listValue([])
  const view = call.find(address, 16 * shown)
  if (view === undefined) return undefined
  const items: Value[] = []
  let left = moved
  for (let i = 0; i < shown; i++) {
    const [low, high] = [view.getUint32(16 * i, true), view.getUint32(16 * i + 4, true)]
    const [lengthLow, lengthHigh] = [view.getUint32(16 * i + 8, true), view.getUint32(16 * i + 12, true)]
    const length = approximate(lengthLow, lengthHigh)
    const taken = Math.min(length, left)
    const bytes = taken > 0 ? call.upTo(approximate(low, high), taken) : undefined
    let base: Value = pointerValue(low, high)
    if (bytes !== undefined) base = bytesValue(bytes, taken)
    else if (taken === 0 && (low | high) !== 0 && call.error === 0) base = bytesValue(new Uint8Array(0), 0)
    items.push(
      structValue([
        ['iov_base', base],
        ['iov_len', unsigned64(lengthLow, lengthHigh)],
      ]),
    )
    left -= taken
  }
  return listValue(items, shown < count)
}

export const ioVector = (count: CountAt, moved: CountAt): ArgumentType => ({
  capture: (sink, at) => captureVector(sink, at, count(sink), moved(sink)),
  value: (call, low, high) =>
    ((low | high) === 0 ? undefined : vectorValue(call, approximate(low, high), count(call), moved(call))) ??
    pointerValue(low, high),
})
export const iovIn = ioVector(
  source => source.argument(2),
  () => Number.MAX_SAFE_INTEGER,
)
export const iovOut = ioVector(
  source => source.argument(2),
  source => source.result,
)
