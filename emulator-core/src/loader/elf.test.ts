import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elfFile } from '../../test/support/elf-file.ts'
import { ElfError, type ElfProblem, parseHeader, parseProgramHeaders } from './elf.ts'

const good = elfFile({
  type: 3,
  entry: 0x1234,
  segments: [{ type: 1, flags: 6, offset: 0x40, address: 0x2040, fileSize: 8, memorySize: 16 }],
})

function problemOf(run: () => unknown): ElfProblem | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof ElfError) return error.problem
    throw error
  }
}

function changed(at: number, ...bytes: number[]): Uint8Array {
  const copy = good.slice()
  copy.set(bytes, at)
  return copy
}

test('what the headers say', () => {
  expect(parseHeader(good)).toEqual({ type: 3, entry: 0x1234, programHeaderOffset: 64, programHeaderCount: 1 })
  expect(parseProgramHeaders(good.subarray(64), 1)).toEqual([
    { type: 1, flags: 6, offset: 0x40, address: 0x2040, fileSize: 8, memorySize: 16, align: 0x1000 },
  ])
})

test('segments that do not matter for loading are passed over, whatever they hold', () => {
  const file = elfFile({ segments: [{ type: 4 }, { type: 1 }] })
  file.fill(0xff, 64 + 8, 64 + 56)
  expect(parseProgramHeaders(file.subarray(64), 2)).toHaveLength(1)
})

describe('what is wrong with a file', () => {
  test.each<[string, Uint8Array, ElfProblem]>([
    ['empty', new Uint8Array(0), { kind: 'not-elf' }],
    ['text', Buffer.from('hello, world'), { kind: 'not-elf' }],
    ['the magic number only', good.subarray(0, 4), { kind: 'truncated' }],
    ['half a header', good.subarray(0, 63), { kind: 'truncated' }],
    ['32-bit', changed(4, 1), { kind: 'wrong-machine', machine: 62, bits: 32 }],
    ['aarch64', changed(18, 183, 0), { kind: 'wrong-machine', machine: 183, bits: 64 }],
    [
      'big-endian PowerPC',
      changed(5, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 21),
      { kind: 'wrong-machine', machine: 21, bits: 64 },
    ],
    ['an object file', changed(16, 1), { kind: 'not-executable', type: 1 }],
    ['a core dump', changed(16, 4), { kind: 'not-executable', type: 4 }],
    ['no program headers', changed(56, 0), { kind: 'malformed', what: 'the number of its program headers' }],
    [
      'too many program headers',
      changed(56, 0xff, 0xff),
      { kind: 'malformed', what: 'the number of its program headers' },
    ],
    [
      'program headers of another size',
      changed(54, 32),
      { kind: 'malformed', what: 'the size of its program headers' },
    ],
    ['an entry point beyond all addresses', changed(24 + 6, 1), { kind: 'malformed', what: 'its entry point' }],
  ])('%s', (_what, bytes, problem) => expect(problemOf(() => parseHeader(bytes))).toEqual(problem))

  test('fewer program headers than it says', () => {
    expect(problemOf(() => parseProgramHeaders(good.subarray(64), 2))).toEqual({ kind: 'truncated' })
  })
})

test('no bytes lead to anything but an answer or an ElfError', () => {
  const mutation = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 30 })
  fc.assert(
    fc.property(mutation, fc.nat(good.length), (bytes, length) => {
      const file = good.slice()
      for (const [at, b] of bytes) file[at] = b
      problemOf(() => {
        const header = parseHeader(file.subarray(0, length))
        expect(header.programHeaderCount * 56).toBeLessThanOrEqual(65536)
        for (const h of parseProgramHeaders(file.subarray(64, length), header.programHeaderCount))
          for (const n of [h.offset, h.address, h.fileSize, h.memorySize]) expect(n).toBeLessThan(2 ** 47)
      })
    }),
    { numRuns: 2000 },
  )
})
