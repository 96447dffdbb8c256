/** A signal's siginfo from its event. */
import type { EventOf } from './grammar.ts'
import { siginfoFields } from './types/signals.ts'
import type { Value } from './value.ts'

const SIGINFO_BYTES = 128

export function siginfoText(event: EventOf<'signal'>): Value {
  const bytes = new Uint8Array(SIGINFO_BYTES)
  const view = new DataView(bytes.buffer)
  if (event.siginfo.length >= 12) bytes.set(event.siginfo.subarray(0, SIGINFO_BYTES))
  else {
    view.setInt32(0, event.signo, true)
    view.setInt32(8, event.code, true)
    view.setUint32(16, event.code > 0 ? event.address % 2 ** 32 : event.sender, true)
    view.setUint32(20, event.code > 0 ? Math.floor(event.address / 2 ** 32) : 0, true)
  }
  return siginfoFields(view, 0)
}
