import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRecord, RecordEncoder } from './codec.ts'
import { HEADER_BYTES, kindNumber, kinds, schemas } from './grammar.ts'
import { anyEvent } from './test/arbitrary-event.ts'

describe('records', () => {
  const encoder = new RecordEncoder()

  it('are decoded as they were encoded, wherever they lie', () => {
    fc.assert(
      fc.property(anyEvent, fc.nat({ max: 8 }), (event, units) => {
        const encoded = encoder.encode(event.kind, event, { ...event })
        const memory = new Uint8Array(8 * units + encoded.length).fill(0xa5)
        memory.set(encoded, 8 * units)
        expect(decodeRecord(new DataView(memory.buffer), 8 * units, event.index)).toEqual(event)
      }),
      { numRuns: 500 },
    )
  })

  it('are multiples of eight bytes, say their size and kind, and end in zeros', () => {
    fc.assert(
      fc.property(anyEvent, event => {
        const encoded = encoder.encode(event.kind, event, { ...event })
        const view = new DataView(encoded.buffer, encoded.byteOffset)
        expect(encoded.length % 8).toBe(0)
        expect(view.getUint32(0, true)).toBe(encoded.length)
        expect(view.getUint8(4)).toBe(kindNumber[event.kind])
        expect(encoded.slice(5, 8)).toEqual(new Uint8Array(3))
      }),
    )
  })

  it('may be longer than the encoder’s first buffer', () => {
    const siginfo = new Uint8Array(100_000).map((_, i) => i)
    const header = { pid: 1, tid: 2, time: 3, blocks: 4 }
    const payload = { signo: 1, action: 2, code: -1, sender: 7, address: 0, handler: 0, siginfo }
    const encoded = encoder.encode('signal', header, payload)
    const decoded = decodeRecord(new DataView(encoded.buffer), encoded.byteOffset, 0)
    expect(decoded).toEqual({ kind: 'signal', index: 0, ...header, ...payload })
  })

  it('cuts text that is longer than its length field can say', () => {
    const header = { pid: 1, tid: 1, time: 0, blocks: 0 }
    const encoded = encoder.encode('divergence', header, { id: 'x', detail: 'a'.repeat(70_000) })
    const decoded = decodeRecord(new DataView(encoded.buffer), encoded.byteOffset, 0)
    expect(decoded.kind === 'divergence' && decoded.detail.length).toBe(0xffff)
  })
})

describe('the grammar', () => {
  it('numbers fit into a byte, and each kind has its own', () => {
    expect(kinds.length).toBeLessThan(256)
    expect(new Set(kinds.map(kind => kindNumber[kind])).size).toBe(kinds.length)
  })

  it('has no field that an event has anyway', () => {
    const given = ['kind', 'index', 'pid', 'tid', 'time', 'blocks']
    for (const kind of kinds) expect(Object.keys(schemas[kind]).filter(name => given.includes(name))).toEqual([])
  })

  it('puts the calls’ numbers and captures where the hand-written encoding puts them', () => {
    const order = (kind: 'syscall-enter' | 'syscall-exit') => Object.keys(schemas[kind])
    expect(order('syscall-enter')).toEqual(['nr', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'captures'])
    expect(order('syscall-exit')).toEqual(['nr', 'outcome', 'result', 'captures'])
    expect(HEADER_BYTES).toBe(32)
  })
})
