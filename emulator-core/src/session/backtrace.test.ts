import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Backing, Exit, Machine, PAGE_SIZE, Prot, Reg } from 'unicorn-engine-node'
import { describe, expect, it } from 'vitest'
import { type CodeSpace, guestFrames } from './backtrace.ts'
import { readSymbols, type SymbolTable } from './symbols.ts'

const SOURCE = `
#include <unistd.h>
#include <stdlib.h>
__attribute__((noinline)) int innermost(const char *s, int n) { char copy[200]; for (int i = 0; i < 200; i++) copy[i] = s[i % n]; return write(1, copy, n) + copy[n]; }
static int compare(const void *a, const void *b) { innermost("called back", 5); return *(const int *)a - *(const int *)b; }
__attribute__((noinline)) int middle(int n) { int v[2] = { n, 1 }; qsort(v, 2, sizeof v[0], compare); return v[0]; }
int main(int argc, char **argv) { return middle(argc + 1) + 1; }
`
const STACK = 0x7000_0000
const STACK_BYTES = 0x10_0000
const SYS_WRITE = 1n

/** Runs a static program to its first write(2); every other call answers ENOSYS but the few that the C library must have. */
function runToWrite(file: Uint8Array): { machine: Machine; read: CodeSpace['read'] } {
  const machine = new Machine({ memory: 64 << 20 })
  const space = machine.createAddressSpace()
  const read = (address: number, length: number) => {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) {
      const at = space.translate(address + i, 0)
      if (at < 0) return bytes.subarray(0, i)
      bytes[i] = machine.physical[at]
    }
    return bytes
  }
  const write = (address: number, bytes: Uint8Array) => {
    for (let i = 0; i < bytes.length; i++) machine.physical[space.translate(address + i, 1)] = bytes[i]
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const table = Number(view.getBigUint64(0x20, true))
  for (let i = 0; i < view.getUint16(0x38, true); i++) {
    const at = table + i * 56
    if (view.getUint32(at, true) !== 1) continue
    const [offset, address, , fileSize, memorySize] = [8, 16, 24, 32, 40].map(o =>
      Number(view.getBigUint64(at + o, true)),
    )
    const start = address - (address % PAGE_SIZE)
    const length = Math.ceil((address + memorySize - start) / PAGE_SIZE) * PAGE_SIZE
    space.map(start, length, Prot.READ | Prot.WRITE | Prot.EXEC, Backing.ZERO, false)
    write(address, file.subarray(offset, offset + fileSize))
  }
  space.map(STACK, STACK_BYTES, Prot.READ | Prot.WRITE, Backing.ZERO, false)
  machine.activate(space)
  const registers = new BigUint64Array(machine.registers)
  const top = STACK + STACK_BYTES - 4096
  // argc 1, argv {"", NULL}, envp {NULL}, auxiliary vector {AT_PAGESZ 4096, AT_NULL}
  const words = [1n, BigInt(top + 512), 0n, 0n, 6n, 4096n, 0n, 0n]
  write(top, new Uint8Array(BigUint64Array.from(words).buffer))
  registers[Reg.RIP] = view.getBigUint64(24, true)
  registers[Reg.RSP] = BigInt(top)
  registers[Reg.RFLAGS] = 2n
  for (;;) {
    const why = machine.run(1_000_000)
    if (why !== Exit.SYSCALL) throw new Error(`exit ${why} at 0x${registers[Reg.RIP].toString(16)}`)
    const nr = registers[Reg.RAX]
    if (nr === SYS_WRITE) return { machine, read }
    if (nr === 158n) registers[Reg.FS_BASE] = registers[Reg.RSI]
    registers[Reg.RAX] = nr === 158n || nr === 218n ? 1n - (nr === 158n ? 1n : 0n) : BigInt.asUintN(64, -38n)
  }
}

function codeSpace(table: SymbolTable, read: CodeSpace['read']): CodeSpace {
  return {
    read,
    locate: address => {
      const symbol = table.at(address)
      return symbol === undefined
        ? undefined
        : { module: 'a.out', symbol: symbol.name, start: symbol.address, end: symbol.address + symbol.size }
    },
  }
}

describe.skipIf(!existsSync('/usr/bin/musl-gcc'))(
  "frames of a static musl program, which has no unwind tables for the C library's functions",
  () => {
    it.each(['-O0', '-O1', '-O2'])('at %s', level => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'backtrace-'))
      const source = path.join(folder, 'a.c')
      writeFileSync(source, SOURCE)
      execFileSync('musl-gcc', ['-g', level, '-static', '-o', path.join(folder, 'a.out'), source])
      const file = readFileSync(path.join(folder, 'a.out'))
      const { machine, read } = runToWrite(file)
      const registers = new BigUint64Array(machine.registers)
      const frames = guestFrames(
        codeSpace(readSymbols(file), read),
        Number(registers[Reg.RIP]),
        Number(registers[Reg.RSP]),
        50,
      )
      machine.dispose()
      const names = frames.map(frame => frame.symbol)
      // Between these are the C library's own functions, which differ from version to version.
      const own = ['innermost', 'compare', 'middle', 'main']
      expect(names.filter(name => own.includes(name ?? ''))).toEqual(own)
      expect(names).toContain('write')
    })
  },
)
