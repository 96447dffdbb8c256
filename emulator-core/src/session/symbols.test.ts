import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSymbols } from './symbols.ts'

describe.skipIf(!existsSync('/usr/bin/gcc'))('symbols of a compiled program', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'symbols-'))
  const source = path.join(folder, 'a.c')
  const program = path.join(folder, 'a.out')
  writeFileSync(source, 'int twice(int n) { return 2 * n; }\nint main(void) { return twice(21); }\n')
  execFileSync('gcc', ['-O1', '-static', '-o', program, source])
  const file = readFileSync(program)

  it('finds functions by name and by address', () => {
    const table = readSymbols(file)
    const main = table.named('main')
    expect(main).toBeDefined()
    expect(table.at((main?.address ?? 0) + 1)?.name).toBe('main')
    expect(table.named('twice')?.size).toBeGreaterThan(0)
    expect(table.named('no_such_function')).toBeUndefined()
  })

  it('does not take what is behind its section for part of a symbol without a size', () => {
    const dynamic = path.join(folder, 'dynamic.out')
    execFileSync('gcc', ['-O1', '-o', dynamic, source])
    const headers = execFileSync('readelf', ['-SW', dynamic], { encoding: 'utf8' })
    const [, linkage] = /\.plt(?:\.got)?\s+PROGBITS\s+([0-9a-f]+)/.exec(headers) ?? []
    const table = readSymbols(readFileSync(dynamic))
    const init = table.named('_init')
    expect(table.at(init?.address ?? 0)?.name).toBe('_init')
    expect(table.at(Number(`0x${linkage}`))).toBeUndefined()
  })

  it('never fails on a damaged file', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(0x400), fc.nat(255)), { maxLength: 40 }),
        fc.nat(file.length),
        (edits, length) => {
          const damaged = Uint8Array.from(file.subarray(0, Math.max(length, 64)))
          for (const [at, byte] of edits) if (at > 6) damaged[at] = byte
          readSymbols(damaged).at(0x401000)
        },
      ),
      { numRuns: 30 },
    )
  })
})

it('has nothing to say about what is no ELF file', () => {
  expect([...readSymbols(new TextEncoder().encode('#!/bin/sh\n'.repeat(20))).names]).toEqual([])
})
