import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, latin1Of, textOf } from './host-text.ts'

test('text is UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      expect(textOf(bytesOf(text))).toBe(text)
      expect(Buffer.from(bytesOf(text)).toString()).toBe(text)
    }),
  )
})

test('bytes that are not UTF-8 come through', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.array(fc.constantFrom(0x41, 0x80, 0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xed, 0xb2, 0xf0, 0xff)),
  )
  fc.assert(
    fc.property(bytes, list => {
      expect([...bytesOf(textOf(Uint8Array.from(list)))]).toEqual([...list])
    }),
    { numRuns: 2000 },
  )
})

test('what can be read stays readable', () => {
  expect(textOf(Buffer.from('caf\xe9 \xc3\xbc', 'latin1'))).toBe('caf\udce9 ü')
  expect(latin1Of('caf\udce9 ü')).toBe('caf\xe9 \xc3\xbc')
})
