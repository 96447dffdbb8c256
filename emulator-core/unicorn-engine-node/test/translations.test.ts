import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AddressSpace, Backing, Exit, Machine, Prot, Reg } from '../index.js'
import { assemble, CODE, RWX, SYSCALL } from './guest.js'

const BLOCKS = 200
const DATA = 0x60_0000
/** 200 blocks: add eax, 1; jmp to the next. */
const PROGRAM = `${'83 c0 01 eb 00 '.repeat(BLOCKS)} ${SYSCALL}`

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'translations-'))
  file = join(folder, 'cache', 'program')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

class Program {
  readonly machine: Machine
  readonly registers: BigUint64Array
  readonly frame: number

  constructor(code: string, path: string | undefined = file) {
    this.machine = new Machine({ memory: 16 << 20, ...(path === undefined ? {} : { translations: Buffer.from(path) }) })
    this.registers = new BigUint64Array(this.machine.registers)
    this.frame = this.frameOf(code)
    this.machine.activate(this.space(this.frame))
  }

  frameOf(code: string): number {
    const frame = this.machine.allocateFrame()
    this.machine.physical.set(assemble(code), frame * 4096)
    return frame
  }

  /** As a file is mapped: the guest never writes the page. */
  space(frame: number, at = CODE, prot: number = Prot.READ | Prot.EXEC): AddressSpace {
    const space = this.machine.createAddressSpace()
    space.map(at, 4096, prot, Backing.PAGER, false)
    space.provide(at, Uint32Array.of(frame), prot === RWX, false)
    space.map(DATA, 4096, Prot.READ | Prot.WRITE, Backing.ZERO, false)
    return space
  }

  /** The program's eax at its call. */
  run(at = CODE): bigint {
    this.registers[Reg.RIP] = BigInt(at)
    this.registers[Reg.RAX] = 0n
    expect(this.machine.run(1_000_000)).toBe(Exit.SYSCALL)
    return this.registers[Reg.RAX]
  }

  get counts(): [translated: number, reused: number] {
    return [this.machine.blocksTranslated, this.machine.blocksReused]
  }
}

function saved(code = PROGRAM): void {
  const first = new Program(code)
  first.run()
  expect(first.machine.saveTranslations()).toBe(true)
  first.machine.dispose()
}

describe('translations of earlier runs', () => {
  it('are used instead of translating, with the same result and the same count of blocks', () => {
    const first = new Program(PROGRAM)
    expect(first.run()).toBe(BigInt(BLOCKS))
    const blocks = first.registers[Reg.BLOCKS]
    expect(first.counts).toEqual([BLOCKS + 1, 0])
    expect(first.machine.saveTranslations()).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'cache')).mode & 0o777).toBe(0o700)

    const second = new Program(PROGRAM)
    for (let i = 0; i < 3; i++) {
      expect(second.run()).toBe(BigInt(BLOCKS))
      expect(second.registers[Reg.BLOCKS]).toBe(blocks)
    }
    expect(second.counts).toEqual([0, BLOCKS + 1])
    expect(second.machine.saveTranslations()).toBe(false)
  })

  it('are not used where a single instruction is another one', () => {
    saved()
    const changed = new Program(PROGRAM.replace('83 c0 01', '83 c0 07'))
    expect(changed.run()).toBe(BigInt(BLOCKS + 6))
    expect(changed.counts).toEqual([1, BLOCKS])
  })

  it('are not used at another address', () => {
    saved()
    const moved = new Program(PROGRAM)
    moved.machine.activate(moved.space(moved.frame, CODE + 0x1000))
    expect(moved.run(CODE + 0x1000)).toBe(BigInt(BLOCKS))
    expect(moved.counts).toEqual([BLOCKS + 1, 0])
  })

  it('grow with what was not in the file', () => {
    saved()
    const other = new Program(PROGRAM.replaceAll('83 c0 01', '83 c0 02'))
    expect(other.run()).toBe(BigInt(2 * BLOCKS))
    expect(other.machine.saveTranslations()).toBe(true)
    for (const amount of [1, 2]) {
      const again = new Program(PROGRAM.replaceAll('83 c0 01', `83 c0 0${amount}`))
      expect(again.run()).toBe(BigInt(amount * BLOCKS))
      expect(again.counts[0]).toBe(0)
    }
  })

  it('give way to code that the guest writes, and live again on another page', () => {
    saved()
    const program = new Program(PROGRAM)
    expect(program.run()).toBe(BigInt(BLOCKS))
    program.machine.touchFrame(program.frame)
    program.machine.physical[program.frame * 4096 + 2] = 5
    expect(program.run()).toBe(BigInt(BLOCKS + 4))
    const [translated, reused] = program.counts
    expect(translated).toBe(1)
    // The blocks of the page were all dropped; the same ones serve again, here and in two spaces that both have a page like it.
    expect(reused).toBe(BLOCKS + 1 + BLOCKS)
    const spaces = [1, 2].map(() => program.space(program.frameOf(PROGRAM)))
    for (let i = 0; i < 4; i++) {
      program.machine.activate(spaces[i % 2])
      expect(program.run()).toBe(BigInt(BLOCKS))
    }
  })

  it('are not kept of pages that the guest may write', () => {
    const first = new Program(PROGRAM)
    const space = first.space(first.frame, CODE, RWX)
    expect(space.translate(CODE, 1)).toBeGreaterThan(0)
    first.machine.physical.set(assemble(PROGRAM), space.translate(CODE, 1))
    first.machine.activate(space)
    expect(first.run()).toBe(BigInt(BLOCKS))
    expect(first.machine.saveTranslations()).toBe(false)
    expect(existsSync(file)).toBe(false)
  })

  it('do not run over a breakpoint, and the program is the same with steps and without', () => {
    saved()
    const program = new Program(PROGRAM)
    program.machine.setBreakpoint(CODE + 5)
    program.registers[Reg.RIP] = BigInt(CODE)
    program.registers[Reg.RAX] = 0n
    expect(program.machine.run(1000)).toBe(Exit.BREAKPOINT)
    expect(program.registers[Reg.RAX]).toBe(1n)
    for (let i = 0; i < 3; i++) expect(program.machine.step()).toBe(Exit.STEP)
    expect(program.registers[Reg.RAX]).toBe(3n)
    program.machine.clearBreakpoint(CODE + 5)
    expect(program.machine.run(1000)).toBe(Exit.SYSCALL)
    expect(program.registers[Reg.RAX]).toBe(BigInt(BLOCKS))
  })

  it('stop at every budget and fault exactly', () => {
    // mov ebx, [rdi]; add edi, 4; jmp to the next: the page of data ends before the last fifty.
    const loads = `${'8b 1f 83 c7 04 eb 00 '.repeat(BLOCKS)} ${SYSCALL}`
    const start = DATA + 4096 - 4 * (BLOCKS - 50)
    for (const isSaved of [false, true]) {
      const program = new Program(loads)
      program.registers[Reg.RDI] = BigInt(start)
      program.registers[Reg.RIP] = BigInt(CODE)
      expect(program.machine.run(10)).toBe(Exit.BUDGET)
      expect(program.registers[Reg.RIP]).toBe(BigInt(CODE + 70))
      expect(program.machine.run(1000)).toBe(Exit.PAGE_FAULT)
      expect(program.registers[Reg.EXIT_ADDRESS]).toBe(BigInt(DATA + 4096))
      expect(program.registers[Reg.RIP]).toBe(BigInt(CODE + 7 * (BLOCKS - 50)))
      expect(program.machine.saveTranslations()).toBe(!isSaved)
      expect(program.counts[0] === 0).toBe(isSaved)
    }
  })

  it('of a damaged, cut or foreign file are not used', () => {
    saved()
    const good = readFileSync(file)
    const damages: [string, () => void][] = [
      ['cut', () => truncateSync(file, good.length - 8)],
      ['longer', () => writeFileSync(file, Buffer.concat([good, Buffer.alloc(8)]))],
      ['empty', () => truncateSync(file, 0)],
      ['readable for others', () => chmodSync(file, 0o644)],
      ['in a folder that others write', () => chmodSync(join(folder, 'cache'), 0o777)],
    ]
    for (const at of [0, 8, 16, 24, 32, 40, 56, 64, 2000, good.length - 1]) {
      damages.push([
        `byte ${at}`,
        () => {
          const bytes = Buffer.from(good)
          bytes[at] ^= 1
          writeFileSync(file, bytes)
        },
      ])
    }
    for (const [what, damage] of damages) {
      writeFileSync(file, good)
      chmodSync(file, 0o600)
      chmodSync(join(folder, 'cache'), 0o700)
      damage()
      const program = new Program(PROGRAM)
      expect(program.run(), what).toBe(BigInt(BLOCKS))
      expect(program.counts, what).toEqual([BLOCKS + 1, 0])
    }
    chmodSync(join(folder, 'cache'), 0o700)
    writeFileSync(file, good)
    chmodSync(file, 0o600)
    const link = join(folder, 'cache', 'link')
    symlinkSync(file, link)
    const linked = new Program(PROGRAM, link)
    linked.run()
    expect(linked.counts).toEqual([BLOCKS + 1, 0])
    const program = new Program(PROGRAM)
    program.run()
    expect(program.counts).toEqual([0, BLOCKS + 1])
  })

  it('of a damaged part of a file are not used, those of the others are', () => {
    const long = `${'83 c0 01 eb 00 '.repeat(800)} ${SYSCALL}`
    saved(long)
    const bytes = readFileSync(file)
    bytes[bytes.length - 1] ^= 1
    writeFileSync(file, bytes)
    const program = new Program(long)
    expect(program.run()).toBe(800n)
    const [translated, reused] = program.counts
    expect(translated + reused).toBe(801)
    expect(translated).toBeGreaterThan(64)
    expect(reused).toBeGreaterThan(200)
    expect(program.machine.saveTranslations()).toBe(true)
    const next = new Program(long)
    expect(next.run()).toBe(800n)
    expect(next.counts).toEqual([0, 801])
  })

  it('replace a damaged file', () => {
    saved()
    truncateSync(file, 100)
    saved()
    const program = new Program(PROGRAM)
    program.run()
    expect(program.counts[0]).toBe(0)
  })

  it('need no folder that can be written', () => {
    const blocked = join(folder, 'file')
    writeFileSync(blocked, '')
    const program = new Program(PROGRAM, join(blocked, 'program'))
    expect(program.run()).toBe(BigInt(BLOCKS))
    expect(program.machine.saveTranslations()).toBe(false)
  })

  it('of two machines at once: the file is one of the two, and nothing else stays behind', () => {
    const both = [1, 2].map(amount => new Program(PROGRAM.replaceAll('83 c0 01', `83 c0 0${amount}`)))
    for (const program of both) program.run()
    expect(both.map(program => program.machine.saveTranslations())).toEqual([true, true])
    expect(readdirSync(join(folder, 'cache'))).toEqual(['program'])
    const second = new Program(PROGRAM.replaceAll('83 c0 01', '83 c0 02'))
    second.run()
    expect(second.counts).toEqual([0, BLOCKS + 1])
  })

  it('leave the folder within its limit: what was used last stays', () => {
    saved()
    mkdirSync(join(folder, 'cache'), { recursive: true })
    for (const name of ['big1', 'big2']) {
      writeFileSync(join(folder, 'cache', name), '')
      truncateSync(join(folder, 'cache', name), 300 << 20)
    }
    saved(PROGRAM.replaceAll('83 c0 01', '83 c0 02'))
    expect(readdirSync(join(folder, 'cache')).sort()).not.toContain('big1')
    expect(existsSync(file)).toBe(true)
  })
})
