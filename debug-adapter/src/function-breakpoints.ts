/** Function breakpoints: `epoll_ctl` and `syscall:open*` stop before system calls, any other name at a function of the program. */
import type { FunctionLocation } from '@interlinear/emulator-core/session/protocol.ts'

export type BreakpointPlace =
  | { readonly kind: 'syscalls'; readonly numbers: readonly number[] }
  | { readonly kind: 'functions'; readonly locations: readonly FunctionLocation[] }
  | { readonly kind: 'nowhere'; readonly why: string }

/** Linux's system calls by number. */
export type SyscallNames = ReadonlyMap<number, string>

const PREFIX = 'syscall:'

export async function resolvePlace(
  text: string,
  syscalls: SyscallNames,
  functions: (name: string) => Promise<readonly FunctionLocation[]>,
): Promise<BreakpointPlace> {
  const name = text.trim()
  if (name.startsWith(PREFIX)) return syscallPlace(name.slice(PREFIX.length), syscalls)
  const asCall = syscallPlace(name, syscalls)
  if (asCall.kind === 'syscalls' && !name.includes('*')) return asCall
  const locations = name === '' ? [] : await functions(name)
  if (locations.length > 0) return { kind: 'functions', locations }
  return { kind: 'nowhere', why: `There is no system call and, in what is loaded so far, no function named "${name}".` }
}

function syscallPlace(pattern: string, syscalls: SyscallNames): BreakpointPlace {
  const wanted = wildcard(pattern)
  const numbers = [...syscalls].filter(([, name]) => wanted.test(name)).map(([nr]) => nr)
  if (numbers.length > 0) return { kind: 'syscalls', numbers }
  return { kind: 'nowhere', why: `Linux has no system call named "${pattern}".` }
}

/** `*` stands for any run of characters, as in a shell. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
