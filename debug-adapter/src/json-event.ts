/** Events as they travel in DAP's JSON: 64-bit numbers are strings of digits, bytes are base64. */
import type { AnyEvent, EventHeader, EventKind } from '@interlinear/emulator-core/events/grammar.ts'

export interface JsonEvent extends EventHeader {
  readonly kind: EventKind
  readonly index: number
  readonly [field: string]: unknown
}

export function jsonEvent(event: AnyEvent): JsonEvent {
  return plain(event) as JsonEvent
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}
