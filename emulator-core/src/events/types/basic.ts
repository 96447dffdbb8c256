/** Numbers, addresses, descriptors, strings and buffers. */
import type { Call } from '../call.ts'
import { pathText } from '../text.ts'
import { bytesValue, formatted, hexValue, listValue, pointerValue, type Value } from '../value.ts'
import { approximate, signed64, unsigned64 } from '../wide.ts'
import { type ArgumentType, type CaptureSink, type CountAt, pointerToWord, word } from './type.ts'

export const int: ArgumentType = { value: (_call, low) => low | 0 }
export const uint: ArgumentType = { value: (_call, low) => low }
export const long: ArgumentType = { value: (_call, low, high) => signed64(low, high) }
export const ulong: ArgumentType = { value: (_call, low, high) => unsigned64(low, high) }
export const hexInt: ArgumentType = { value: (_call, low) => hexValue(low, 0) }
export const hex: ArgumentType = { value: (_call, low, high) => hexValue(low, high) }
export const address: ArgumentType = { value: (_call, low, high) => pointerValue(low, high) }
export const fd: ArgumentType = { value: (call, low) => call.fd(low | 0) }
/** A user or group: -1 leaves it as it is. */
export const id: ArgumentType = { value: (_call, low) => (low === 0xffff_ffff ? -1 : low) }
export const pid = int

const AT_FDCWD = -100
export const directoryFd: ArgumentType = {
  value: (call, low) => {
    if ((low | 0) !== AT_FDCWD) return call.fd(low | 0)
    const cwd = call.options.paths ? call.describe(AT_FDCWD) : undefined
    return cwd === undefined ? 'AT_FDCWD' : formatted(`AT_FDCWD<${pathText(cwd)}>`, 'AT_FDCWD')
  },
}

export function octal(n: number): string {
  return n === 0 ? '0' : `0${n.toString(8)}`
}

/** Permission bits: at least three digits with the leading zero. */
export const permissions: ArgumentType = { value: (_call, low) => formatted(octal(low).padStart(3, '0'), low) }

const PATH_MAX = 4096

function stringValue(call: Call, low: number, high: number, whole: boolean): Value {
  const bytes = (low | high) === 0 ? undefined : call.upTo(approximate(low, high), PATH_MAX)
  if (bytes === undefined) return pointerValue(low, high)
  return terminated(bytes, whole)
}

/** Bytes up to their zero. Without a zero there was more. */
export function terminated(bytes: Uint8Array, whole: boolean): Value {
  const end = bytes.indexOf(0)
  return end < 0 ? bytesValue(bytes, bytes.length + 1, whole) : bytesValue(bytes.subarray(0, end), end, whole)
}

export const path: ArgumentType = {
  capture: (sink, at) => sink.string(at, PATH_MAX),
  value: (call, low, high) => stringValue(call, low, high, true),
}

/** A C string that is shortened as buffers are. */
export const string: ArgumentType = {
  capture: (sink, at) => sink.string(at, sink.stringLimit + 1),
  value: (call, low, high) => stringValue(call, low, high, false),
}

/** A buffer of `length` bytes. */
export function buffer(length: CountAt, hexadecimal = false): ArgumentType {
  return {
    capture: (sink, at) => {
      const n = Math.min(length(sink), sink.stringLimit)
      if (n > 0) sink.bytes(at, n)
    },
    value: (call, low, high) => {
      if ((low | high) === 0) return pointerValue(low, high)
      const total = length(call)
      if (total === 0) return bytesValue(new Uint8Array(0), 0)
      const bytes = call.upTo(approximate(low, high), total)
      return bytes === undefined ? pointerValue(low, high) : bytesValue(bytes, total, false, hexadecimal)
    },
  }
}

/** A buffer whose length is argument `i`. */
export const sized = (i: number, hexadecimal = false) => buffer(source => source.argument(i), hexadecimal)
/** A buffer that the call has filled with as many bytes as it returned. */
export const filled = (hexadecimal = false) => buffer(source => source.result, hexadecimal)

export const intAt = pointerToWord(word(4, int))
export const uintAt = pointerToWord(word(4, uint))
export const longAt = pointerToWord(word(8, long))
export const ulongAt = pointerToWord(word(8, ulong))
export const hexLongAt = pointerToWord(word(8, hex))
export const addressAt = pointerToWord(word(8, address))
export const idAt = uintAt

/** `[0] => [10]`: an offset before and after. */
export const movedOffset: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 8),
  value: (call, low, high) => {
    const before = (low | high) === 0 ? undefined : call.entry.find(approximate(low, high), 8)
    if (before === undefined) return pointerValue(low, high)
    const offset = (view: DataView) => unsigned64(view.getUint32(0, true), view.getUint32(4, true))
    const after = call.result > 0 ? call.exit.find(approximate(low, high), 8) : undefined
    if (after === undefined) return listValue([offset(before)])
    const to = offset(after)
    return formatted(`[${offset(before)}] => [${to}]`, listValue([to]))
  },
}

/** `[3, 4]`: the two ends of a pipe. */
export const fdPair: ArgumentType = {
  capture: (sink, at) => sink.bytes(at, 8),
  value: (call, low, high) => {
    const view = call.find(approximate(low, high), 8)
    if (view === undefined) return pointerValue(low, high)
    return listValue([call.fd(view.getInt32(0, true)), call.fd(view.getInt32(4, true))])
  },
}

/** Words the kernel reads until a zero: argv. Strings beyond the limit are counted, not read. */
function forEachPointer(sink: CaptureSink, at: number, limit: number, visit: (pointer: number) => void): number {
  for (let i = 0; i < limit; i++) {
    const pointer = sink.word(at + 8 * i)
    if (pointer <= 0) return i
    visit(pointer)
  }
  return limit
}

const VARIABLE_LIMIT = 4096

function captureVector(sink: CaptureSink, at: number): void {
  const limit = sink.elementLimit
  const count = forEachPointer(sink, at, limit, () => {})
  sink.bytes(at, 8 * (count + 1))
  forEachPointer(sink, at, limit, pointer => sink.string(pointer, sink.stringLimit + 1))
}

/** argv: its strings. */
export const stringVector: ArgumentType = {
  capture: captureVector,
  value: (call, low, high) => vectorValue(call, low, high) ?? pointerValue(low, high),
}

function vectorValue(call: Call, low: number, high: number): Value | undefined {
  const bytes = call.upTo(approximate(low, high), 8 * VARIABLE_LIMIT)
  if (bytes === undefined) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const items: Value[] = []
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const [l, h] = [view.getUint32(at, true), view.getUint32(at + 4, true)]
    if ((l | h) === 0) return listValue(items)
    if (items.length === call.options.limit) break
    items.push(stringValue(call, l, h, false))
  }
  return listValue(items, true)
}

/** envp: only how many there are, without -v. */
export const environment: ArgumentType = {
  capture: (sink, at) => {
    if (sink.verbose) {
      captureVector(sink, at)
      return
    }
    const count = forEachPointer(sink, at, VARIABLE_LIMIT, () => {})
    sink.bytes(at, 8 * (count + 1))
  },
  value: (call, low, high) => {
    const bytes = (low | high) === 0 ? undefined : call.upTo(approximate(low, high), 8 * (VARIABLE_LIMIT + 1))
    if (bytes === undefined) return pointerValue(low, high)
    if (call.options.verbose) return vectorValue(call, low, high) ?? pointerValue(low, high)
    const count = bytes.length / 8 - 1
    return { kind: 'commented', value: pointerValue(low, high), comment: `${count} var${count === 1 ? '' : 's'}` }
  },
}
