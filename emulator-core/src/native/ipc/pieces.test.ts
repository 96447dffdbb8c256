import { describe, expect, test } from 'vitest'
import { givePiece, takePiece } from './pieces.ts'

describe('pieces', () => {
  test.each([0, 1, 4095, 4096, 4097, 16384, 32767, 32768, 40000])('one of %i bytes is as long', length => {
    expect(takePiece(length)).toHaveLength(length)
  })

  test('memory comes again when nobody looks at it, and is shared by nobody', () => {
    const first = takePiece(16000)
    const second = takePiece(16000)
    expect(second.buffer).not.toBe(first.buffer)
    givePiece(first.subarray(16000))
    expect(takePiece(9000).buffer).toBe(first.buffer)
    expect(takePiece(9000).buffer).not.toBe(first.buffer)
  })

  test('small and large ones are not kept', () => {
    for (const length of [100, 70000]) {
      const piece = takePiece(length)
      givePiece(piece)
      expect(takePiece(length).buffer).not.toBe(piece.buffer)
    }
  })
})
