/** A system call that has begun, decoded from its `syscall-enter` record: what it was given, before there is a result. */
import { Call } from './call.ts'
import { HEADER_BYTES } from './grammar.ts'
import { callByNumber } from './syscalls.ts'
import { valueText } from './text.ts'
import { pointerValue, type Value } from './value.ts'

export interface BegunArgument {
  readonly name: string
  readonly value: Value
}

export interface BegunCall {
  readonly name: string
  readonly arguments: readonly BegunArgument[]
}

const CAPTURES = HEADER_BYTES + 52
/** Bytes of a string, elements of an array. */
const LIMIT = 256

/** `describe`: what a descriptor of the process refers to. */
export function begunCall(view: DataView, at: number, describe: (fd: number) => string | undefined): BegunCall {
  const call = new Call({ verbose: true, paths: true, limit: LIMIT }, describe)
  const known = callByNumber(view.getUint32(at + HEADER_BYTES, true))
  call.nr = known.nr
  call.pid = view.getUint32(at + 8, true)
  call.tid = view.getUint32(at + 12, true)
  for (let i = 0; i < 6; i++) {
    call.low[i] = view.getUint32(at + HEADER_BYTES + 4 + 8 * i, true)
    call.high[i] = view.getUint32(at + HEADER_BYTES + 8 + 8 * i, true)
  }
  call.entry.load(view, at + CAPTURES)
  const found: BegunArgument[] = []
  for (const { name, type, direction, index } of known.shown) {
    const [low, high] = [call.low[index], call.high[index]]
    // What the call will fill has no contents yet.
    const empty = direction === 'out' || direction === 'out!'
    const value = empty ? pointerValue(low, high) : type.value(call, low, high)
    if (value !== undefined) found.push({ name, value })
  }
  return { name: known.name, arguments: found }
}

/** As strace writes it, without a result: `read(0, 0x7ffe…, 512)`. */
export function begunCallText(begun: BegunCall): string {
  return `${begun.name}(${begun.arguments.map(({ value }) => shortText(value)).join(', ')})`
}

export function shortText(value: Value): string {
  return valueText(value, { stringLimit: 32, hexStrings: 'never' })
}
