/** Encodes and decodes records by the grammar's tables. */
import {
  type AnyEvent,
  type EventHeader,
  type EventKind,
  type FieldType,
  HEADER_BYTES,
  kindNumber,
  kinds,
  type Schema,
  schemas,
} from './grammar.ts'

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

/** What a list's count can say; more is left out. */
const LONGEST_LIST = 0xffff

/** Grows as needed; reused for each record. */
export class RecordEncoder {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  /** The record's bytes: valid until the next call. */
  encode(kind: EventKind, header: EventHeader, payload: Readonly<Record<string, unknown>>): Uint8Array {
    this.#at = HEADER_BYTES
    this.#record(schemas[kind], payload)
    const size = (this.#at + 7) & ~7
    this.#room(size - this.#at)
    this.#bytes.fill(0, this.#at, size)
    const v = this.#view
    v.setUint32(0, size, true)
    v.setUint32(4, kindNumber[kind], true)
    v.setUint32(8, header.pid, true)
    v.setUint32(12, header.tid, true)
    v.setFloat64(16, header.time, true)
    v.setFloat64(24, header.blocks, true)
    return this.#bytes.subarray(0, size)
  }

  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + more))
    bigger.set(this.#bytes)
    this.#bytes = bigger
    this.#view = new DataView(bigger.buffer)
  }

  #record(schema: Schema, values: Readonly<Record<string, unknown>>): void {
    for (const name in schema) this.#field(schema[name], values[name])
  }

  #field(type: FieldType, value: unknown): void {
    this.#room(8)
    const v = this.#view
    if (typeof type === 'object') {
      const all = value as readonly Readonly<Record<string, unknown>>[]
      const list = all.length > LONGEST_LIST ? all.slice(0, LONGEST_LIST) : all
      v.setUint16(this.#at, list.length, true)
      this.#at += 2
      for (const item of list) this.#record(type.list, item)
      return
    }
    switch (type) {
      case 'u8':
        v.setUint8(this.#at, value as number)
        this.#at += 1
        return
      case 'u16':
        v.setUint16(this.#at, value as number, true)
        this.#at += 2
        return
      case 'u32':
        v.setUint32(this.#at, value as number, true)
        this.#at += 4
        return
      case 'i32':
        v.setInt32(this.#at, value as number, true)
        this.#at += 4
        return
      case 'f64':
        v.setFloat64(this.#at, value as number, true)
        this.#at += 8
        return
      case 'u64':
        v.setBigUint64(this.#at, BigInt.asUintN(64, value as bigint), true)
        this.#at += 8
        return
      case 'i64':
        v.setBigInt64(this.#at, value as bigint, true)
        this.#at += 8
        return
      case 'str': {
        const bytes = utf8.encode(value as string).subarray(0, 0xffff)
        v.setUint16(this.#at, bytes.length, true)
        this.#at += 2
        this.#raw(bytes)
        return
      }
      case 'bytes': {
        const bytes = value as Uint8Array
        v.setUint32(this.#at, bytes.length, true)
        this.#at += 4
        this.#raw(bytes)
      }
    }
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }
}

/** Decodes the record at `at`; `index` is its number in the run. Byte fields are copies. */
export function decodeRecord(view: DataView, at: number, index: number): AnyEvent {
  const kind = kinds[view.getUint8(at + 4)]
  const event: Record<string, unknown> = {
    kind,
    index,
    pid: view.getUint32(at + 8, true),
    tid: view.getUint32(at + 12, true),
    time: view.getFloat64(at + 16, true),
    blocks: view.getFloat64(at + 24, true),
  }
  decodeFields(schemas[kind], view, at + HEADER_BYTES, event)
  return event as unknown as AnyEvent
}

function decodeFields(schema: Schema, view: DataView, start: number, into: Record<string, unknown>): number {
  let at = start
  for (const name in schema) {
    const type = schema[name]
    if (typeof type === 'object') {
      const count = view.getUint16(at, true)
      at += 2
      const list: Record<string, unknown>[] = []
      for (let i = 0; i < count; i++) {
        const item: Record<string, unknown> = {}
        at = decodeFields(type.list, view, at, item)
        list.push(item)
      }
      into[name] = list
      continue
    }
    switch (type) {
      case 'u8':
        into[name] = view.getUint8(at)
        at += 1
        break
      case 'u16':
        into[name] = view.getUint16(at, true)
        at += 2
        break
      case 'u32':
        into[name] = view.getUint32(at, true)
        at += 4
        break
      case 'i32':
        into[name] = view.getInt32(at, true)
        at += 4
        break
      case 'f64':
        into[name] = view.getFloat64(at, true)
        at += 8
        break
      case 'u64':
        into[name] = view.getBigUint64(at, true)
        at += 8
        break
      case 'i64':
        into[name] = view.getBigInt64(at, true)
        at += 8
        break
      case 'str': {
        const length = view.getUint16(at, true)
        at += 2
        into[name] = fromUtf8.decode(new Uint8Array(view.buffer, view.byteOffset + at, length).slice())
        at += length
        break
      }
      case 'bytes': {
        const length = view.getUint32(at, true)
        at += 4
        into[name] = new Uint8Array(view.buffer, view.byteOffset + at, length).slice()
        at += length
      }
    }
  }
  return at
}
