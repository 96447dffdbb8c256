/** What a table of system calls says about an argument, and the parts of which the descriptors are made. */
import type { Call } from '../call.ts'
import { type Field, listValue, pointerValue, structValue, type Value } from '../value.ts'
import { approximate } from '../wide.ts'

/** Copies guest memory into the record. Nothing throws: memory that cannot be read is not copied. */
export interface CaptureSink {
  /** At most `stringLimit` bytes of a buffer are worth copying. */
  readonly stringLimit: number
  /** At most that many elements of an array. */
  readonly elementLimit: number
  /** What strace leaves out without -v is wanted too. */
  readonly verbose: boolean
  /** An argument of the call, unsigned. */
  argument(i: number): number
  /** What the call returned; 0 at its beginning. */
  readonly result: number
  readonly stackPointer: number
  bytes(address: number, length: number): void
  /** With its zero, if there is one within `max`. */
  string(address: number, max: number): void
  /** Reads 8 bytes as a number, -1 if they cannot be read. */
  word(address: number): number
}

export type Capture = (sink: CaptureSink, address: number) => void

export interface ArgumentType {
  /** Absent: the argument is not a pointer. */
  readonly capture?: Capture
  /** undefined: the argument is not shown (open's mode without O_CREAT). */
  value(call: Call, low: number, high: number): Value | undefined
}

/** Something of a known size in memory. */
export interface Layout {
  readonly size: number
  read(call: Call, view: DataView, at: number): Value
}

export type Count = (call: Call) => number

/** A value in memory that looks like an argument. */
export function word(size: 1 | 2 | 4 | 8, type: ArgumentType): Layout {
  return {
    size,
    read: (call, view, at) => {
      const high = size === 8 ? view.getUint32(at + 4, true) : 0
      const low = size >= 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at)
      return type.value(call, low, high) ?? 0
    },
  }
}

export type StructField = readonly [name: string, offset: number, layout: Layout]

/** `brief`: the fields that are shown without -v; all if absent. */
export function struct(size: number, fields: readonly StructField[], brief?: readonly string[]): Layout {
  const short = brief === undefined ? fields : fields.filter(([name]) => brief.includes(name))
  return {
    size,
    read: (call, view, at) => {
      const shown = call.options.verbose ? fields : short
      const values: Field[] = []
      for (const [name, offset, layout] of shown) values.push([name, layout.read(call, view, at + offset)])
      return structValue(values, shown.length < fields.length)
    },
  }
}

/** Pointer to one of them; shown as an address where the memory was not to be had. */
export function pointer(layout: Layout): ArgumentType {
  return {
    capture: (sink, address) => sink.bytes(address, layout.size),
    value: (call, low, high) => {
      const view = (low | high) === 0 ? undefined : call.find(approximate(low, high), layout.size)
      return view === undefined ? pointerValue(low, high) : layout.read(call, view, 0)
    },
  }
}

/** Pointer to one word, shown in brackets: `[16]`. */
export function pointerToWord(layout: Layout): ArgumentType {
  return {
    capture: (sink, address) => sink.bytes(address, layout.size),
    value: (call, low, high) => {
      const view = (low | high) === 0 ? undefined : call.find(approximate(low, high), layout.size)
      return view === undefined ? pointerValue(low, high) : listValue([layout.read(call, view, 0)])
    },
  }
}

/** Elements beyond these are never copied, whatever the guest asks for. */
export const ELEMENT_LIMIT = 256

export type CountAt = (source: { argument(i: number): number; readonly result: number }) => number

/** Pointer to an array of as many elements as `count` says. */
export function array(layout: Layout, count: CountAt): ArgumentType {
  return {
    capture: (sink, address) => {
      const n = Math.min(Math.max(count(sink), 0), ELEMENT_LIMIT, sink.elementLimit)
      if (n > 0) sink.bytes(address, n * layout.size)
    },
    value: (call, low, high) => {
      if ((low | high) === 0) return pointerValue(low, high)
      const n = count(call)
      if (n <= 0) return listValue([])
      const shown = Math.min(n, call.options.limit)
      const items = arrayItems(call, layout, approximate(low, high), shown)
      return items === undefined ? pointerValue(low, high) : listValue(items, n > items.length)
    },
  }
}

export function arrayItems(call: Call, layout: Layout, address: number, count: number): Value[] | undefined {
  const view = call.find(address, count * layout.size)
  if (view === undefined) return undefined
  return Array.from({ length: count }, (_, i) => layout.read(call, view, i * layout.size))
}
