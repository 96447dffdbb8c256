/** The call stack: the translation's functions above the guest's, as the lines of an interlinear text. */
import type { Backtrace, GuestFrame, NamedValue } from '@interlinear/emulator-core/session/protocol.ts'

export interface ShownFrame {
  readonly name: string
  readonly kind: 'translation' | 'guest'
  readonly address: number | undefined
  readonly variables: readonly NamedValue[]
}

export function shownFrames(trace: Backtrace, nativeCall: string | undefined): ShownFrame[] {
  const frames: ShownFrame[] = trace.translation.map(f => ({
    name: f.name,
    kind: 'translation',
    address: undefined,
    variables: f.variables,
  }))
  // A native call in progress runs above the Linux call's function and below what it waits in.
  if (nativeCall !== undefined && frames.length > 0) {
    frames.splice(frames.length - 1, 0, { name: nativeCall, kind: 'translation', address: undefined, variables: [] })
  }
  for (const f of trace.guest) frames.push({ name: guestName(f), kind: 'guest', address: f.address, variables: [] })
  return frames
}

function guestName(f: GuestFrame): string {
  if (f.symbol !== undefined) return f.offset === 0 ? f.symbol : `${f.symbol}+0x${f.offset.toString(16)}`
  const file = f.module.split('/').pop()
  const at = `0x${f.address.toString(16)}`
  return file === undefined || file === '' ? at : `${at} in ${file}`
}
