/** A new program's stack: arguments, environment, auxiliary vector (System V ABI for AMD64, 3.4.1; Linux: create_elf_tables). */
import { pageUp } from '../machine/page.ts'
import { E2BIG, EFAULT, ENOMEM } from '../native/errno.ts'
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../native/uvm/entry.ts'
import { USER_TOP, type VmSpace } from '../native/uvm/vmspace.ts'

export const AT_NULL = 0
export const AT_PHDR = 3
export const AT_PHENT = 4
export const AT_PHNUM = 5
export const AT_PAGESZ = 6
export const AT_BASE = 7
export const AT_FLAGS = 8
export const AT_ENTRY = 9
export const AT_UID = 11
export const AT_EUID = 12
export const AT_GID = 13
export const AT_EGID = 14
export const AT_PLATFORM = 15
export const AT_HWCAP = 16
export const AT_CLKTCK = 17
export const AT_SECURE = 23
export const AT_RANDOM = 25
export const AT_HWCAP2 = 26
export const AT_EXECFN = 31

const WORD = 8
/** What a stack may have whatever its limit, and what is mapped below what it begins with. */
const MIN_STACK = 128 << 10
const FIRST_ROOM = 128 << 10
/** The program's mappings are placed below what its stack may become, within reason. */
const LEAST_GAP = 256 << 20
const MOST_GAP = 16 * 2 ** 30
const RANDOM_BYTES = 16

export interface StackRequest {
  readonly argv: readonly Uint8Array[]
  readonly envp: readonly Uint8Array[]
  /** As execve was given it. */
  readonly executedName: Uint8Array
  readonly random: Uint8Array
  /** Entries whose values are numbers; those that point into the stack are added here. */
  readonly auxiliary: readonly (readonly [type: number, value: number])[]
  /** RLIMIT_STACK in bytes. */
  readonly limit: number
  readonly executable: boolean
}

/** Maps the stack and fills it. @returns the stack pointer. @throws E2BIG, ENOMEM */
export function buildStack(vm: VmSpace, request: StackRequest): number {
  const { argv, envp } = request
  const limit = Math.max(MIN_STACK, request.limit)

  // Linux leaves the last word of the stack zero, with the executed name below it.
  const strings = new Strings(USER_TOP - WORD)
  const name = strings.add(request.executedName)
  const envpAt = addAll(strings, envp)
  const argvAt = addAll(strings, argv)
  vm.argumentsEnd = envpAt[0] ?? name
  vm.argumentsStart = argvAt[0] ?? vm.argumentsEnd
  vm.environmentEnd = name
  const platform = strings.add(Uint8Array.of(0x78, 0x38, 0x36, 0x5f, 0x36, 0x34))
  const random = strings.addRaw(request.random.subarray(0, RANDOM_BYTES), 16)

  const auxiliary = [
    ...request.auxiliary,
    [AT_PLATFORM, platform],
    [AT_RANDOM, random],
    [AT_EXECFN, name],
    [AT_NULL, 0],
  ] as const
  const words = [argv.length, ...argvAt, 0, ...envpAt, 0, ...auxiliary.flat()]
  const sp = Math.floor((strings.lowest - words.length * WORD) / 16) * 16
  // A quarter of the limit, as on Linux, so that the program has room to begin.
  if (USER_TOP - sp > limit / 4) throw E2BIG
  mapStack(vm, USER_TOP - sp, limit, request.executable)
  const stack = new Uint8Array(USER_TOP - sp)
  const table = new DataView(stack.buffer, 0, words.length * WORD)
  words.forEach((word, i) => {
    table.setUint32(i * WORD, word, true)
    table.setUint32(i * WORD + 4, Math.floor(word / 2 ** 32), true)
  })
  strings.writeTo(stack, sp)
  try {
    vm.memory.copyout(sp, stack)
  } catch (error) {
    throw error === EFAULT ? ENOMEM : error
  }
  vm.auxiliary = stack.slice((words.length - 2 * auxiliary.length) * WORD, words.length * WORD)
  return sp
}

/** Below this lie a program's mappings, which leave room for its stack. @param limit RLIMIT_STACK in bytes. */
export function mappingsTop(limit: number): number {
  return USER_TOP - pageUp(Math.max(LEAST_GAP, Math.min(MOST_GAP, limit)))
}

/** Room for what it begins with and a little more; it grows when it is touched below. @throws ENOMEM */
function mapStack(vm: VmSpace, used: number, limit: number, executable: boolean): void {
  const length = pageUp(Math.min(used + FIRST_ROOM, limit))
  const prot = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0)
  vm.stackLimit = limit
  vm.mmap({ address: USER_TOP - length, length, prot, shared: false, name: '[stack]', growsDown: true })
}

/** Addresses in the order of the list, which lies upwards in memory. */
function addAll(strings: Strings, list: readonly Uint8Array[]): number[] {
  return [...list]
    .reverse()
    .map(text => strings.add(text))
    .reverse()
}

/** Bytes that grow downwards from an address. */
class Strings {
  lowest: number
  readonly #parts: { address: number; bytes: Uint8Array }[] = []

  constructor(top: number) {
    this.lowest = top
  }

  /** With a zero behind it: the memory is zero already. */
  add(text: Uint8Array): number {
    this.lowest -= text.length + 1
    this.#parts.push({ address: this.lowest, bytes: text })
    return this.lowest
  }

  addRaw(bytes: Uint8Array, align: number): number {
    this.lowest = Math.floor((this.lowest - bytes.length) / align) * align
    this.#parts.push({ address: this.lowest, bytes })
    return this.lowest
  }

  /** Into memory that begins at `start`. */
  writeTo(memory: Uint8Array, start: number): void {
    for (const { address, bytes } of this.#parts) memory.set(bytes, address - start)
  }
}
