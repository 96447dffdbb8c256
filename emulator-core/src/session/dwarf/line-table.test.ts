import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSymbols } from '../symbols.ts'
import { readLineProgram } from './line-program.ts'
import { readLines } from './line-table.ts'
import { namesMeant } from './paths.ts'
import { Reader } from './reader.ts'

const SOURCE = `
static inline int twice(int n)
{
    return n * 2;
}
__attribute__((noinline)) int sum(int n)
{
    int all = 0;
    for (int i = 0; i < n; i++)
        all += twice(i);
    return all;
}
int main(int argc, char **argv)
{
    (void)argv;
    return sum(argc);
}
`

function compiled(...flags: string[]): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-lines-'))
  writeFileSync(path.join(folder, 'a.c'), SOURCE)
  execFileSync('gcc', ['-O1', ...flags, '-o', 'a.out', 'a.c'], { cwd: folder })
  return path.join(folder, 'a.out')
}

/** What binutils says: the name of the file, and the line. */
function addr2line(file: string, addresses: readonly number[]): string[] {
  const input = addresses.map(each => `0x${each.toString(16)}`).join('\n')
  const said = execFileSync('addr2line', ['-e', file], { input, encoding: 'utf8' }).trim().split('\n')
  return said.map(line => path.basename(line.replace(/ \(discriminator \d+\)$/, '')))
}

describe('the line table', () => {
  it.each([
    ['DWARF 5', ['-gdwarf-5']],
    ['DWARF 4', ['-gdwarf-4']],
    ['DWARF 2', ['-gdwarf-2', '-gstrict-dwarf']],
    ['packed sections', ['-g', '-gz=zlib']],
  ])('says of each instruction what addr2line says: %s', (_name, flags) => {
    const file = compiled(...flags)
    const bytes = readFileSync(file)
    const lines = readLines(bytes)
    const symbols = readSymbols(bytes)
    const addresses = ['sum', 'main'].flatMap(name => {
      const { address = 0, size = 0 } = symbols.named(name) ?? {}
      return Array.from({ length: size }, (_, i) => address + i)
    })
    expect(addresses.length).toBeGreaterThan(20)
    const said = addresses.map(each => {
      const { file: source = '??', line = 0 } = lines.at(each) ?? {}
      return `${path.basename(source)}:${line}`
    })
    expect(said).toEqual(addr2line(file, addresses))
  })

  it('knows where the code of a line is, and what comes next where there is none', () => {
    const file = compiled('-g')
    const lines = readLines(readFileSync(file))
    const files = namesMeant(path.join(path.dirname(file), 'a.c'), lines.files)
    expect(lines.from(files, 16)).toMatchObject({ line: 16 })
    // Optimised, the first instruction of main is that of its last line.
    expect(lines.from(files, 12)).toMatchObject({ line: 16 })
    expect(lines.from(files, 100)).toBeUndefined()
  })

  it('has nothing for a file that is none, or damaged', () => {
    const bytes = readFileSync(compiled('-g'))
    expect(readLines(bytes.subarray(0, 100)).isEmpty).toBe(true)
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 200 }), damage => {
        const damaged = Uint8Array.from(bytes)
        for (const [at, value] of damage) damaged[at] = value
        readLines(damaged).at(0x1139)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a line program made to be slow', () => {
  const path = 0x1f // DW_FORM_line_strp
  /** .debug_line of DWARF 5 with these tables of directories and files. */
  const program = (tables: readonly number[]): Uint8Array => {
    const header = [1, 1, 1, 0xfb, 14, 1, ...tables]
    const unit = [5, 0, 8, 0, header.length, 0, 0, 0, ...header]
    return Uint8Array.from([unit.length, 0, 0, 0, ...unit])
  }
  const files = (tables: readonly number[], strings = new Uint8Array(0)): readonly (string | undefined)[] => {
    let found: readonly (string | undefined)[] = []
    readLineProgram(new Reader(program(tables)), new Map([['.debug_line_str', strings]]), paths => {
      found = paths
      return () => {}
    })
    return found
  }

  it('has no entries if they are made of nothing, however many it says', () => {
    expect(files([0, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0xff, 0xff, 0xff, 0xff, 0x7f])).toEqual([])
  })

  it('names no file of a megabyte', () => {
    const one = [1, 1, path, 1, 0, 0, 0, 0]
    expect(files([...one, ...one], new Uint8Array(1 << 20).fill(47))[0]?.length).toBeLessThanOrEqual(4096)
  })
})

describe('the source that is meant', () => {
  const files = ['epoll-echo.c', '/build/musl/src/main.c', '/build/musl/crt/main.c', 'lib/list.c']
  it.each([
    ['/home/me/test-workspace/epoll-echo.c', ['epoll-echo.c']],
    ['/home/me/musl/crt/main.c', ['/build/musl/crt/main.c']],
    ['/home/me/main.c', []],
    ['/home/me/list.c', []],
    ['C:\\me\\lib\\list.c', ['lib/list.c']],
  ])('of %s', (wanted, meant) => {
    expect([...namesMeant(wanted, files)]).toEqual(meant)
  })
})
