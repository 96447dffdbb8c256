import { expect, it } from 'vitest'
import { latin1, oneByOne } from './latin1.ts'

it.each([
  ['as this Node does it', latin1],
  ['by hand', oneByOne],
])('every byte is one character, %s', (_, decode) => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i % 256)
  const text = decode(bytes)
  expect(Uint8Array.from(text, c => c.charCodeAt(0))).toEqual(bytes)
})
