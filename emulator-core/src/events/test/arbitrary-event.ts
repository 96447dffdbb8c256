/** Events of every kind with any content, made from the grammar's tables. */
import fc from 'fast-check'
import { type AnyEvent, type EventKind, type FieldType, kinds, type Schema, schemas } from '../grammar.ts'

function field(type: FieldType): fc.Arbitrary<unknown> {
  if (typeof type === 'object') return fc.array(record(type.list), { maxLength: 5 })
  switch (type) {
    case 'u8':
      return fc.integer({ min: 0, max: 0xff })
    case 'u16':
      return fc.integer({ min: 0, max: 0xffff })
    case 'u32':
      return fc.integer({ min: 0, max: 0xffff_ffff })
    case 'i32':
      return fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })
    case 'f64':
      return fc.double({ noNaN: true })
    case 'u64':
      return fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
    case 'i64':
      return fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })
    case 'str':
      return fc.string({ unit: 'grapheme' })
    case 'bytes':
      return fc.uint8Array({ maxLength: 300 })
  }
}

function record(schema: Schema): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(Object.entries(schema).map(([name, type]) => [name, field(type)])), {
    noNullPrototype: true,
  })
}

const header = {
  pid: field('u32'),
  tid: field('u32'),
  time: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  blocks: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
}

export const anyKind: fc.Arbitrary<EventKind> = fc.constantFrom(...kinds)

export const anyEvent: fc.Arbitrary<AnyEvent> = anyKind.chain(kind =>
  fc
    .record({ ...header, index: fc.nat(), payload: record(schemas[kind]) }, { noNullPrototype: true })
    .map(({ payload, ...rest }) => ({ kind, ...rest, ...payload }) as unknown as AnyEvent),
)
