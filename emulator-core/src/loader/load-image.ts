/** Loads a program into a new address space: what execve(2) and the first process begin with. NetBSD: sys/kern/kern_exec.c, exec_elf.c. */
import { PAGE_SIZE, pageUp } from '../machine/page.ts'
import { ELOOP, ENOEXEC, ENOMEM, Errno } from '../native/errno.ts'
import type { Kernel } from '../native/kernel.ts'
import type { Lwp } from '../native/lwp.ts'
import { VmSpace } from '../native/uvm/vmspace.ts'
import type { Vnode } from '../native/vfs/vnode.ts'
import { ElfError, ET_DYN, PF_X, PROGRAM_HEADER_BYTES, PT_GNU_STACK, PT_LOAD, PT_PHDR } from './elf.ts'
import { findProgram, ImageFile } from './image-file.ts'
import { type Elf, Program } from './program.ts'
import { mapSegments, type Placed } from './segments.ts'
import * as aux from './stack.ts'

export interface LoadRequest {
  readonly kernel: Kernel
  /** Whose working directory, permissions and limits count. */
  readonly l: Lwp
  /** One character a byte. */
  readonly path: string
  readonly argv: readonly Uint8Array[]
  readonly envp: readonly Uint8Array[]
  /** RLIMIT_STACK in bytes. */
  readonly stackLimit: number
}

export interface LoadedImage {
  readonly vm: VmSpace
  readonly entry: number
  readonly stackPointer: number
  /** The last part of the path, at most 15 bytes. */
  readonly name: string
  readonly executable: Vnode
  readonly executablePath: string
  /** As the program sees them: a script's interpreter comes first. */
  readonly argv: readonly Uint8Array[]
}

/** The program interpreter is missing, or is no program. */
export class InterpreterError extends Error {
  readonly path: string
  override readonly cause: Errno

  constructor(path: string, cause: Errno) {
    super(path)
    this.path = path
    this.cause = cause
  }
}

/** Where a position-independent program lies when nothing is random. */
const PIE_BASE = 0x5555_5555_4000
const MAX_SCRIPTS = 5
const NAME_BYTES = 15
const CLOCK_TICKS = 100
/** cpuid leaf 1, %edx, as the engine announces it. */
const HWCAP = 0x078b_fbff

/** @throws Errno; ElfError for a file that is no program of this machine; InterpreterError. `asErrno` says what execve answers. */
export function loadImage(request: LoadRequest): LoadedImage {
  const { kernel, l } = request
  let path = request.path
  let argv = request.argv
  for (let scripts = 0; ; scripts++) {
    const file = scripts === 0 ? new ImageFile(kernel, findProgram(kernel, l, path)) : interpreterFile(request, path)
    try {
      const program = Program.of(file)
      const { script } = program
      if (script === undefined) return loadElf(request, file, program, argv)
      if (scripts >= MAX_SCRIPTS) throw ELOOP
      const argument = script.argument === undefined ? [] : [script.argument]
      argv = [script.interpreter, ...argument, latin1Bytes(path), ...argv.slice(1)]
      path = latin1(script.interpreter)
    } finally {
      file.close()
    }
  }
}

function loadElf(request: LoadRequest, file: ImageFile, program: Program, argv: readonly Uint8Array[]): LoadedImage {
  const { kernel, l } = request
  const elf = program.elf(file)
  const { header, headers } = elf
  const interpreterPath = program.interpreter(file)
  const vm = new VmSpace(kernel.machine)
  vm.mmapTop = aux.mappingsTop(request.stackLimit)
  try {
    const placed = place(vm, file, elf, (_length, align) => Math.floor(PIE_BASE / align) * align)
    vm.brkStart = vm.brkEnd = pageUp(placed.end)
    const interpreter = interpreterPath === undefined ? undefined : loadInterpreter(request, vm, interpreterPath)
    const { credentials } = l
    const random = new Uint8Array(16)
    kernel.host.random(random)
    const stackPointer = aux.buildStack(vm, {
      argv: argv.length === 0 ? [new Uint8Array(0)] : argv,
      envp: request.envp,
      executedName: latin1Bytes(request.path),
      random,
      limit: request.stackLimit,
      executable: headers.some(h => h.type === PT_GNU_STACK && (h.flags & PF_X) !== 0),
      auxiliary: [
        [aux.AT_HWCAP, HWCAP],
        [aux.AT_PAGESZ, PAGE_SIZE],
        [aux.AT_CLKTCK, CLOCK_TICKS],
        [aux.AT_PHDR, programHeadersAt(elf, placed)],
        [aux.AT_PHENT, PROGRAM_HEADER_BYTES],
        [aux.AT_PHNUM, header.programHeaderCount],
        [aux.AT_BASE, interpreter?.bias ?? 0],
        [aux.AT_FLAGS, 0],
        [aux.AT_ENTRY, header.entry + placed.bias],
        [aux.AT_UID, credentials.uid],
        [aux.AT_EUID, credentials.euid],
        [aux.AT_GID, credentials.gid],
        [aux.AT_EGID, credentials.egid],
        [aux.AT_SECURE, 0],
        [aux.AT_HWCAP2, 0],
      ],
    })
    return {
      vm,
      entry: interpreter?.entry ?? header.entry + placed.bias,
      stackPointer,
      // A script goes by its own name, not its interpreter's.
      name: (request.path.split('/').at(-1) ?? request.path).slice(0, NAME_BYTES),
      executable: file.vnode,
      executablePath: kernel.vfs.pathOf(file.vnode, l.cwdi.root),
      argv,
    }
  } catch (error) {
    vm.release()
    throw error
  }
}

function place(vm: VmSpace, file: ImageFile, elf: Elf, base: (length: number, align: number) => number): Placed {
  return mapSegments(vm, file, elf.layout, elf.header.type === ET_DYN ? base : undefined)
}

function loadInterpreter(request: LoadRequest, vm: VmSpace, path: string): { bias: number; entry: number } {
  const file = interpreterFile(request, path)
  try {
    const elf = Program.of(file).elf(file)
    const placed = place(vm, file, elf, (length, align) => freeAddress(vm, length, align))
    return { bias: placed.bias, entry: elf.header.entry + placed.bias }
  } catch (error) {
    throw error instanceof ElfError ? new InterpreterError(path, ENOEXEC) : error
  } finally {
    file.close()
  }
}

/** @throws InterpreterError */
function interpreterFile({ kernel, l }: LoadRequest, path: string): ImageFile {
  try {
    return new ImageFile(kernel, findProgram(kernel, l, path))
  } catch (error) {
    throw error instanceof Errno ? new InterpreterError(path, error) : error
  }
}

function freeAddress(vm: VmSpace, length: number, align: number): number {
  const found = vm.map.findSpace(length + align - PAGE_SIZE, PIE_BASE, vm.mmapTop)
  if (found === undefined) throw ENOMEM
  return Math.ceil(found / align) * align
}

/** Where the program finds its own headers in memory. */
function programHeadersAt({ header, headers }: Elf, placed: Placed): number {
  const own = headers.find(h => h.type === PT_PHDR)
  if (own !== undefined) return own.address + placed.bias
  const at = header.programHeaderOffset
  const within = headers.find(h => h.type === PT_LOAD && at >= h.offset && at < h.offset + h.fileSize)
  return within === undefined ? 0 : within.address + (at - within.offset) + placed.bias
}

/** What execve(2) answers when loading failed; anything else is thrown on. */
export function asErrno(error: unknown): unknown {
  if (error instanceof InterpreterError) return error.cause
  return error instanceof ElfError ? ENOEXEC : error
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, c => c.charCodeAt(0))
}
