import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ElfFile, elfFile } from '../../test/support/elf-file.ts'
import type { HostTerminal } from '../host/host.ts'
import { nodeHost } from '../host/node-host.ts'
import type { Emulation } from '../native/emulation.ts'
import { E2BIG, EACCES, EINVAL, ELOOP, ENOENT, ENOEXEC, ENOTDIR, Errno } from '../native/errno.ts'
import { Lwp } from '../native/lwp.ts'
import { NativeKernel } from '../native/native-kernel.ts'
import { Proc } from '../native/proc.ts'
import { SignalState } from '../native/signal/lwp-signals.ts'
import { KernelUio } from '../native/uio.ts'
import { USER_TOP, VmSpace } from '../native/uvm/vmspace.ts'
import { ElfError } from './elf.ts'
import { asErrno, InterpreterError, type LoadedImage, loadImage } from './load-image.ts'

const ET_DYN = 3
const PT_LOAD = 1
const PT_INTERP = 3
const PT_GNU_STACK = 0x6474_e551
const BASE = 0x40_0000
const PIE_BASE = 0x5555_5555_4000
const STACK_LIMIT = 8 << 20
/** 128 KiB below what is in it, which is less than a page here. */
const FIRST_STACK = (128 + 4) << 10

let folder = ''
let kernel: NativeKernel
let l: Lwp

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'interlinear-loader-'))
  chmodSync(folder, 0o755)
  kernel = new NativeKernel({
    host: nodeHost({} as HostTerminal),
    memory: 32 << 20,
    virtualTime: true,
    rootHostPath: folder,
    mounts: [],
    diverges: () => false,
    emulation: () => ({}) as Emulation,
  })
  const { root } = kernel.vfs
  const credentials = { uid: 1, gid: 2, euid: 3, egid: 4, suid: 3, sgid: 4, groups: [] }
  const p = new Proc(kernel, 1, undefined, {
    vm: new VmSpace(kernel.machine),
    cwdi: { cwd: root, root, umask: 0o022 },
    credentials,
  })
  l = new Lwp(p, 1, new SignalState())
})
afterAll(() => rmSync(folder, { recursive: true }))

let made = 0

function put(content: Uint8Array | string, mode = 0o755): string {
  const name = `file-${made++}`
  writeFileSync(path.join(folder, name), content)
  chmodSync(path.join(folder, name), mode)
  kernel.vfs.epoch++
  return `/${name}`
}

const put64 = (file: ElfFile): string => put(elfFile(file))
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const text = (b: Uint8Array): string => Buffer.from(b).toString('latin1')

function load(program: string, argv = [program], envp: readonly string[] = []): LoadedImage {
  return loadImage({ kernel, l, path: program, argv: argv.map(bytes), envp: envp.map(bytes), stackLimit: STACK_LIMIT })
}

/** Loads, looks, and lets go. */
function loaded<T>(program: string, look: (image: LoadedImage) => T, argv?: string[], envp?: readonly string[]): T {
  const image = load(program, argv, envp)
  try {
    return look(image)
  } finally {
    image.vm.release()
  }
}

function failure(program: string): unknown {
  try {
    load(program).vm.release()
    return undefined
  } catch (error) {
    return error
  }
}

interface FirstStack {
  readonly argv: string[]
  readonly envp: string[]
  readonly auxiliary: Map<number, number>
}

function firstStack({ vm, stackPointer }: LoadedImage): FirstStack {
  let at = stackPointer
  const word = (): number => {
    const value = vm.memory.readU64(at)
    at += 8
    return value
  }
  const list = (): string[] => {
    const strings: string[] = []
    for (let pointer = word(); pointer !== 0; pointer = word()) strings.push(vm.memory.copyinstr(pointer, 4096))
    return strings
  }
  const argc = word()
  const argv = list()
  expect(argv).toHaveLength(argc)
  const envp = list()
  const auxiliary = new Map<number, number>()
  for (let type = word(); type !== 0; type = word()) auxiliary.set(type, word())
  return { argv, envp, auxiliary }
}

const plain: ElfFile = {
  entry: BASE + 0x100,
  segments: [{ type: PT_LOAD, address: BASE, fileSize: 0x200 }],
  size: 0x200,
}
const movable: ElfFile = { ...plain, type: ET_DYN, entry: 0x100, segments: [{ type: PT_LOAD, fileSize: 0x200 }] }

test('a program that has changed is another one, however often the old one was executed', () => {
  const program = put64(plain)
  const entry = (): number => loaded(program, image => image.entry)
  expect([entry(), entry()]).toEqual([BASE + 0x100, BASE + 0x100])
  const file = path.join(folder, program)
  writeFileSync(file, elfFile({ ...plain, entry: BASE + 0x180 }))
  utimesSync(file, 1, 1)
  kernel.vfs.epoch++
  expect([entry(), entry()]).toEqual([BASE + 0x180, BASE + 0x180])
  writeFileSync(file, '#!/nowhere\n')
  kernel.vfs.epoch++
  expect(failure(program)).toBeInstanceOf(InterpreterError)
})

test('a program that the guest writes over is another one', () => {
  const program = put64(plain)
  const { vnode } = kernel.vfs.namei(l, program, { start: kernel.vfs.root, follow: true })
  expect(loaded(program, image => image.entry)).toBe(BASE + 0x100)
  const changed = elfFile({ ...plain, entry: BASE + 0x140 })
  vnode?.opening(0)
  vnode?.write(undefined, new KernelUio(changed, 'out', 0), 0)
  expect(loaded(program, image => image.entry)).toBe(BASE + 0x140)
})

describe('the first stack', () => {
  test('holds arguments, environment and the auxiliary vector', () =>
    loaded(
      put64(plain),
      image => {
        const { argv, envp, auxiliary } = firstStack(image)
        expect(argv).toEqual(['zero', 'a b', '', '\xff'])
        expect(envp).toEqual(['A=1', 'B='])
        expect(image.stackPointer % 16).toBe(0)
        expect(Object.fromEntries(auxiliary)).toMatchObject({
          3: BASE + 64,
          4: 56,
          5: 1,
          6: 4096,
          7: 0,
          9: BASE + 0x100,
          11: 1,
          12: 3,
          13: 2,
          14: 4,
          17: 100,
          23: 0,
        })
        const string = (type: number): string => image.vm.memory.copyinstr(auxiliary.get(type) ?? 0, 4096)
        expect(string(15)).toBe('x86_64')
        expect(string(31)).toBe(image.executablePath)
        expect(image.vm.memory.copyin(auxiliary.get(25) ?? 0, 16).some(b => b !== 0)).toBe(true)
      },
      ['zero', 'a b', '', '\xff'],
      ['A=1', 'B='],
    ))

  test('has at least one argument', () => loaded(put64(plain), i => expect(firstStack(i).argv).toEqual(['']), []))

  test('lies at the top, with room to begin, executable only if asked for', () => {
    const stack = (segments: ElfFile['segments']): object =>
      loaded(put64({ ...plain, segments: [...plain.segments, ...segments] }), ({ vm }) => {
        const { start, end, prot, name } = [...vm.mappings()].at(-1) ?? {}
        return { start, end, prot, name }
      })
    const usual = { start: USER_TOP - FIRST_STACK, end: USER_TOP, name: '[stack]' }
    expect(stack([])).toEqual({ ...usual, prot: 3 })
    expect(stack([{ type: PT_GNU_STACK, flags: 6 }])).toEqual({ ...usual, prot: 3 })
    expect(stack([{ type: PT_GNU_STACK, flags: 7 }])).toEqual({ ...usual, prot: 7 })
  })

  test('takes a quarter of the limit at most', () => {
    const program = put64(plain)
    expect(() => load(program, Array<string>(20).fill('x'.repeat(100_000)))).not.toThrow()
    expect(() => load(program, Array<string>(22).fill('x'.repeat(100_000)))).toThrow(E2BIG)
  })
})

describe('segments', () => {
  const marked = (...at: number[]): ElfFile['content'] => at.map(offset => [offset, bytes('mark')] as const)

  test('the rest of the last page is zero, and so is what the file does not hold', () => {
    const program = put64({
      ...plain,
      segments: [
        ...plain.segments,
        { type: PT_LOAD, flags: 6, offset: 0x1f00, address: BASE + 0x3f00, fileSize: 0x80, memorySize: 0x2000 },
      ],
      content: marked(0x1f00, 0x1f80),
      size: 0x3000,
    })
    loaded(program, ({ vm }) => {
      expect(text(vm.memory.copyin(BASE + 0x3f00, 4))).toBe('mark')
      expect(vm.memory.copyin(BASE + 0x3f80, 0x1f80).every(b => b === 0)).toBe(true)
      expect(vm.brkStart).toBe(BASE + 0x6000)
      expect(
        [...vm.mappings()].slice(0, 3).map(m => [m.start - BASE, m.end - BASE, m.prot, m.offset, m.inode !== 0]),
      ).toEqual([
        [0, 0x1000, 5, 0, true],
        [0x3000, 0x4000, 3, 0x1000, true],
        [0x4000, 0x6000, 3, 0, false],
      ])
    })
  })

  test('of a program that may lie anywhere begin where Linux puts them, as aligned as they ask', () => {
    const at = (align: number): number[] =>
      loaded(put64({ ...movable, segments: [{ type: PT_LOAD, fileSize: 0x200, align }] }), i => [
        i.entry,
        firstStack(i).auxiliary.get(9) ?? 0,
      ])
    expect(at(0x1000)).toEqual([PIE_BASE + 0x100, PIE_BASE + 0x100])
    expect(at(0x20_0000)).toEqual([0x5555_5540_0100, 0x5555_5540_0100])
    expect(at(0x1003)).toEqual([PIE_BASE + 0x100, PIE_BASE + 0x100])
  })

  test('nothing is mapped of a huge one before it is touched', () => {
    const program = put64({
      ...plain,
      segments: [...plain.segments, { type: PT_LOAD, flags: 6, address: 0x1000_0000, memorySize: 2 ** 45 }],
    })
    const before = kernel.machine.framesUsed
    const began = performance.now()
    const error = failure(program)
    expect(error === undefined || error instanceof Errno).toBe(true)
    expect(performance.now() - began).toBeLessThan(2000)
    expect(kernel.machine.framesUsed - before).toBeLessThan(64)
  })

  test.each<[string, Partial<ElfFile>]>([
    ['none to load', { segments: [{ type: 4 }] }],
    [
      'more in the file than in memory',
      { segments: [{ type: PT_LOAD, address: BASE, fileSize: 0x200, memorySize: 0x100 }] },
    ],
    ['behind the end of the file', { segments: [{ type: PT_LOAD, address: BASE, fileSize: 0x201 }] }],
    ['at the bottom of memory', { segments: [{ type: PT_LOAD, address: 0, fileSize: 0x200 }] }],
    [
      'over the top of memory',
      { segments: [{ type: PT_LOAD, address: 0x7fff_ffff_e000, fileSize: 0x200, memorySize: 0x4000 }] },
    ],
    ['out of step with the file', { segments: [{ type: PT_LOAD, address: BASE + 8, fileSize: 0x100 }] }],
  ])('that cannot be: %s', (_what, change) => {
    expect(failure(put64({ ...plain, ...change }))).toBeInstanceOf(ElfError)
  })
})

describe('program interpreters', () => {
  const asking = (...names: string[]): string =>
    put64({
      ...movable,
      segments: [
        ...movable.segments,
        ...names.map((n, i) => ({ type: PT_INTERP, offset: 0x300 + i * 64, fileSize: n.length + 1 })),
      ],
      content: names.map((n, i) => [0x300 + i * 64, bytes(`${n}\0`)] as const),
      size: 0x400,
    })

  test('begin in the program\u2019s place, below the stack', () =>
    loaded(asking(put64(movable)), image => {
      const { auxiliary } = firstStack(image)
      const base = auxiliary.get(7) ?? 0
      expect(image.entry).toBe(base + 0x100)
      expect(base).toBeGreaterThan(0x7fff_0000_0000)
      expect(base).toBeLessThan(image.vm.mmapTop)
      expect(auxiliary.get(9)).toBe(PIE_BASE + 0x100)
      expect(image.vm.brkStart).toBe(PIE_BASE + 0x1000)
    }))

  test.each<[string, () => string, Errno]>([
    ['missing', () => asking('/lib/none'), ENOENT],
    ['a folder', () => asking('/'), EACCES],
    ['not to be executed', () => asking(put(elfFile(movable), 0o644)), EACCES],
    ['text', () => asking(put('text')), ENOEXEC],
    ['of another machine', () => asking(put(elfFile(movable).fill(183, 18, 19))), ENOEXEC],
  ])('%s', (_what, program, cause) => {
    const error = failure(program())
    expect(error).toBeInstanceOf(InterpreterError)
    expect(error).toMatchObject({ cause })
    expect(asErrno(error)).toBe(cause)
  })

  test('one is enough', () => expect(failure(asking('/a', '/b'))).toBe(EINVAL))
})

describe('scripts', () => {
  test('are arguments of their interpreters', () => {
    const program = put64(plain)
    const script = put(`#!${program}  one two \n`)
    loaded(
      script,
      image => {
        expect(image.argv.map(text)).toEqual([program, 'one two', script, 'x'])
        expect(firstStack(image).argv).toEqual([program, 'one two', script, 'x'])
        expect(image).toMatchObject({ executablePath: program, name: script.slice(1) })
        expect(image.vm.memory.copyinstr(firstStack(image).auxiliary.get(31) ?? 0, 99)).toBe(script)
      },
      ['name', 'x'],
    )
  })

  test('may be interpreted by scripts, five deep', () => {
    let name = put64(plain)
    for (let depth = 1; depth <= 5; depth++) name = put(`#!${name}\n`)
    loaded(name, ({ argv }) => expect(argv).toHaveLength(6))
    expect(failure(put(`#!${name}\n`))).toBe(ELOOP)
  })

  test('that name themselves are refused', () => expect(failure(put(`#!/file-${made}\n`))).toBe(ELOOP))
  test('without an interpreter there', () => expect(asErrno(failure(put('#!/no/shell\n')))).toBe(ENOENT))
  test('without a name are no programs', () => expect(asErrno(failure(put('#!\n')))).toBe(ENOEXEC))
})

test.each<[string, () => string, Errno]>([
  ['nothing there', () => '/none', ENOENT],
  ['the empty path', () => '', ENOENT],
  ['a path through a file', () => `${put('')}/x`, ENOTDIR],
  ['a folder', () => '/', EACCES],
  ['without permission', () => put(elfFile(plain), 0o644), EACCES],
])('%s', (_what, program, errno) => expect(failure(program())).toBe(errno))

test('whatever the headers say, the answer is an image or an error that execve can give, and the memory is given back', () => {
  mkdirSync(path.join(folder, 'hostile'))
  const file = elfFile({
    ...movable,
    segments: [
      ...movable.segments,
      { type: PT_LOAD, flags: 6, offset: 0x1000, address: 0x3000, fileSize: 0x80, memorySize: 0x3000 },
      { type: PT_INTERP, offset: 0x300, fileSize: 8 },
    ],
    content: [[0x300, bytes('/file-0\0')]],
    size: 0x2000,
  })
  const interesting = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)
  const mutation = fc.array(fc.tuple(fc.nat(64 + 3 * 56 - 1), fc.oneof(interesting, fc.nat(255))), { maxLength: 8 })
  const before = kernel.machine.framesUsed
  let n = 0
  fc.assert(
    fc.property(mutation, changes => {
      const changed = file.slice()
      for (const [at, b] of changes) changed[at] = b
      const name = `hostile/${n++ % 4}`
      writeFileSync(path.join(folder, name), changed, { mode: 0o755 })
      kernel.vfs.epoch++
      const error = failure(`/${name}`)
      if (error !== undefined) expect(asErrno(error)).toBeInstanceOf(Errno)
    }),
    { numRuns: 500 },
  )
  expect(kernel.machine.framesUsed - before).toBeLessThan(256)
})
