/** The variables of compiled programs; what they are in a program that runs: debug-adapter/test/locals.test.ts. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { evaluateC } from './c-expression.ts'
import { DebugInfo } from './dwarf/debug-info.ts'
import { readSections } from './dwarf/sections.ts'
import { readUnwindTable } from './dwarf/unwind.ts'
import { localValues, programValue } from './program-values.ts'
import { type ProgramSpace, ProgramVariables } from './program-variables.ts'
import { readSymbols } from './symbols.ts'

const SOURCE = `
enum colour { RED, GREEN = 5 };
typedef unsigned long word;
struct node { int value; struct node *next; union { char letter; short both; }; unsigned low : 3, high : 5; };
struct node first = { 7, &first, { 'x' }, 5, 9 };
int table[3][2] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
__attribute__((noinline)) int look(struct node *at, enum colour colour, const char *name, word many)
{
    int sum = 0;
    for (int i = 0; i < at->value; i++) {
        double half = i / 2.0;
        sum += (int)half + (int)colour + (int)many;
    }
    return sum + name[0];
}
int main(int argc, char **argv)
{
    return look(&first, GREEN, argv[0], argc);
}
`

function compiled(...flags: string[]): Uint8Array {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-variables-'))
  writeFileSync(path.join(folder, 'a.c'), SOURCE)
  execFileSync('gcc', ['-O0', ...flags, '-o', 'a.out', 'a.c'], { cwd: folder })
  return readFileSync(path.join(folder, 'a.out'))
}

/** As if it were loaded where the file says, its memory being the same few bytes over and over. */
function variablesAt(file: Uint8Array, address: number): ProgramVariables {
  const code = { info: new DebugInfo(file), unwinding: readUnwindTable(file), bias: 0 }
  const space: ProgramSpace = {
    read: (_address, length) => new Uint8Array(Math.min(length, 1 << 16)).fill(0x41),
    locate: () => undefined,
    fileAt: () => code,
    files: () => [code],
  }
  const registers = Array.from({ length: 17 }, (_, i) => BigInt(0x7000_0000 + 0x1000 * i))
  return new ProgramVariables(space, { address, within: address, registers })
}

function middleOf(file: Uint8Array, name: string): number {
  const { address = 0, size = 0 } = readSymbols(file).named(name) ?? {}
  return address + size - 12
}

it.each(['-gdwarf-5', '-gdwarf-4', '-gdwarf-3', '-gdwarf-2', '-gz=zlib'])('knows names and types: %s', flag => {
  const file = compiled('-g', flag)
  const variables = variablesAt(file, middleOf(file, 'look'))
  expect(localValues(variables).map(({ name, type }) => `${type} ${name}`)).toEqual([
    'struct node * at',
    'enum colour colour',
    'const char * name',
    'word many',
    'int sum',
  ])
  expect(evaluateC('at->next->letter', variables)?.type.name).toBe('char')
  expect(evaluateC('(*at).next', variables)?.type.name).toBe('struct node *')
  expect(evaluateC('&table[1]', variables)?.type.name).toBe('int [2] *')
  expect(evaluateC('table[2][1]', variables)?.held).toMatchObject({ kind: 'memory' })
  expect(evaluateC('nothing', variables)).toBeUndefined()
  expect(evaluateC('1 + 1', variables)).toBeUndefined()
  expect(() => evaluateC('sum.x', variables)).toThrow('int has no members')
  expect(() => evaluateC('at->x', variables)).toThrow('struct node has no member named x')
  expect(programValue(variables, '*at')?.parts.map(({ name, expression }) => `${name}: ${expression}`)).toEqual([
    'value: (*at).value',
    'next: (*at).next',
    'letter: (*at).letter',
    'both: (*at).both',
    'low: (*at).low',
    'high: (*at).high',
  ])
  // Each byte is 0x41: bits from the third on.
  expect(programValue(variables, 'at->high')?.value.value).toBe('8')
})

it('knows the variables of inner blocks where they are, and where their functions are left', () => {
  const file = compiled('-g')
  const { address = 0, size = 0 } = readSymbols(file).named('look') ?? {}
  const seen = new Set<string>()
  for (let at = address; at < address + size; at++)
    seen.add(
      localValues(variablesAt(file, at))
        .map(({ name }) => name)
        .join(),
    )
  expect([...seen].sort()).toEqual([
    'at,colour,name,many,sum',
    'at,colour,name,many,sum,i',
    'at,colour,name,many,sum,i,half',
  ])
})

it('says of what the compiler has not kept that it is optimised out', () => {
  const file = compiled('-g', '-O2')
  const values = localValues(variablesAt(file, middleOf(file, 'look')))
  expect(values.map(({ name }) => name)).toEqual(expect.arrayContaining(['at', 'colour', 'name', 'many', 'sum']))
  expect(values.some(({ value }) => value === '<optimised out>')).toBe(true)
})

it('keeps no more of a file than the host can bear, however many questions are asked', () => {
  const info = new DebugInfo(new Uint8Array(0))
  expect(() => {
    for (let question = 0; question < 100; question++) {
      info.begin()
      info.keep(1_000_000)
    }
  }).toThrow(RangeError)
})

it('comes to an end on damaged files', { timeout: 120_000 }, () => {
  const whole = compiled('-g', '-O2')
  const address = middleOf(whole, 'look')
  const sections = ['.debug_info', '.debug_abbrev', '.debug_loclists', '.debug_rnglists', '.eh_frame', '.debug_str']
  const places = sections.flatMap(name => {
    const bytes = readSections(whole, [name]).get(name)
    return bytes === undefined ? [] : [{ start: bytes.byteOffset - whole.byteOffset, length: bytes.length }]
  })
  expect(places.length).toBeGreaterThan(4)
  const change = fc.record({
    section: fc.nat(places.length - 1),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), changes => {
      const file = Uint8Array.from(whole)
      for (const { section, at, bytes } of changes) {
        const { start, length } = places[section]
        file.set(bytes.subarray(0, Math.max(0, length - (at % length))), start + (at % length))
      }
      const variables = variablesAt(file, address)
      for (const { expression } of localValues(variables)) programValue(variables, expression)
      variables.named('table')
    }),
    { numRuns: 300 },
  )
})
