/** Function breakpoints: `epoll_ctl` and `syscall:open*` stop before system calls, any other name at a function of the program or of the kernel. */
import { wildcard } from '@interlinear/emulator-core/session/name-choice.ts'
import type { FunctionLocation } from '@interlinear/emulator-core/session/protocol.ts'

export type BreakpointPlace =
  | { readonly kind: 'syscalls'; readonly numbers: readonly number[] }
  /** `locations`: as far as they are known. */
  | {
      readonly kind: 'function'
      readonly name: string
      readonly locations: readonly FunctionLocation[]
      /** How many functions of the kernel have the name. */
      readonly inKernel: number
    }
  | { readonly kind: 'nowhere'; readonly why: string }

/** Linux's system calls by number. */
export type SyscallNames = ReadonlyMap<number, string>

const PREFIX = 'syscall:'

export function readPlace(text: string, syscalls: SyscallNames): BreakpointPlace {
  const name = text.trim()
  if (name.startsWith(PREFIX)) return syscallPlace(name.slice(PREFIX.length), syscalls)
  if (name === '') return { kind: 'nowhere', why: 'There is no function without a name.' }
  const asCall = syscallPlace(name, syscalls)
  if (asCall.kind === 'syscalls' && !name.includes('*')) return asCall
  return { kind: 'function', name, locations: [], inKernel: 0 }
}

function syscallPlace(pattern: string, syscalls: SyscallNames): BreakpointPlace {
  const wanted = wildcard(pattern)
  const numbers = [...syscalls].filter(([, name]) => wanted.test(name)).map(([nr]) => nr)
  if (numbers.length > 0) return { kind: 'syscalls', numbers }
  return { kind: 'nowhere', why: `Linux has no system call named "${pattern}".` }
}
