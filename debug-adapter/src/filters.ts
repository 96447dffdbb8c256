/** "Breakpoints" of VS Code's list that are always there: what stops a program besides places. Each takes a condition: names of what is meant. */
import { triedCalls } from '@interlinear/emulator-core/compat-linux/tried-calls.ts'
import type { FilterName, StopFilters } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import type { SyscallNames } from './function-breakpoints.ts'

interface Filter extends DebugProtocol.ExceptionBreakpointsFilter {
  readonly filter: FilterName
  /** What the names of a condition may be. */
  readonly names: 'calls' | 'calls and errors' | 'others'
  /** What stands for an empty condition. */
  readonly otherwise?: readonly string[]
  /** With an empty condition it stops once for each name. */
  readonly once?: boolean
}

const CALLS = 'Names of calls: open*, or !read for all but that'
/** Those of a program's own faults, which gdb stops at. */
const FATAL = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT', 'SIGTRAP', 'SIGSYS']
const TRIED = triedCalls.map(({ name }) => name)

const ALL: readonly Filter[] = [
  {
    filter: 'everyCall',
    label: 'Every system call',
    description: 'Stops before each system call.',
    conditionDescription: CALLS,
    names: 'calls',
  },
  {
    filter: 'failingCall',
    label: 'Failing calls',
    description: 'Stops behind each system call that fails.',
    conditionDescription: 'Names of calls or errors: connect, ENOENT, or !EAGAIN for all but that',
    names: 'calls and errors',
  },
  {
    filter: 'unimplementedCall',
    label: 'Unimplemented calls',
    description: `Stops when the program makes a call that this kernel does not have, once for each name. Not at ${TRIED.join(', ')}, which the C library tries and does without. With names, or *, in a condition it stops every time.`,
    default: true,
    conditionDescription: `Names of calls; empty: all but ${TRIED.join(', ')}`,
    names: 'calls',
    otherwise: TRIED.map(name => `!${name}`),
    once: true,
  },
  {
    filter: 'divergence',
    label: 'Divergences',
    description: "Stops where NetBSD's emulation behaves differently from Linux, in the translation itself.",
    conditionDescription: 'Names of divergences: epoll.*, or !mmap.* for all but those',
    names: 'others',
  },
  {
    filter: 'signal',
    label: 'Signals',
    description: 'Stops when a signal reaches the program.',
    conditionDescription: 'Names of signals: SIGSEGV, or !SIGURG for all but that',
    names: 'others',
  },
  {
    filter: 'fatalSignal',
    label: 'Fatal signals',
    description:
      'Stops before a signal ends the program: at the instruction that has caused it. Signals that the program handles itself do not stop it here.',
    default: true,
    conditionDescription: `Names of signals; empty: ${FATAL.join(', ')}`,
    names: 'others',
    otherwise: FATAL,
  },
  {
    filter: 'nativeOperation',
    label: 'Native operations',
    description: "Stops where a call's translation enters NetBSD's kernel, and where it comes back.",
    conditionDescription: "Names of the kernel's functions: kevent1, vn_*",
    names: 'others',
  },
]

export const FILTERS: readonly DebugProtocol.ExceptionBreakpointsFilter[] = ALL.map(
  ({ names, otherwise, once, ...filter }) => ({ ...filter, supportsCondition: true }),
)

export function filterLabel(name: FilterName): string {
  return ALL.find(({ filter }) => filter === name)?.label ?? name
}

export interface ReadFilters {
  readonly filters: StopFilters
  /** One for each that was asked for, in DAP's order. */
  readonly breakpoints: DebugProtocol.Breakpoint[]
}

export function readFilters(
  { filters, filterOptions = [] }: DebugProtocol.SetExceptionBreakpointsArguments,
  syscalls: SyscallNames,
): ReadFilters {
  const chosen: { -readonly [N in FilterName]?: StopFilters[N] } = {}
  const once: FilterName[] = []
  const options = [...filters.map(filterId => ({ filterId, condition: undefined })), ...filterOptions]
  const breakpoints = options.map(({ filterId, condition = '' }): DebugProtocol.Breakpoint => {
    const filter = ALL.find(each => each.filter === filterId)
    if (filter === undefined) return { verified: false, message: `There is no filter "${filterId}".` }
    const names = condition.split(/[\s,]+/).filter(name => name !== '')
    const unknown = names.find(name => !isKnown(name, filter, syscalls))
    if (unknown !== undefined)
      return { verified: false, message: `Linux has no system call named "${unknown.replace(/^!/, '')}".` }
    if (filter.once === true && names.length === 0) once.push(filter.filter)
    chosen[filter.filter] = names.length > 0 ? names : (filter.otherwise ?? [])
    return { verified: true }
  })
  return { filters: once.length === 0 ? chosen : { ...chosen, once }, breakpoints }
}

/** Misspelt, it would never stop and nobody would know why. */
function isKnown(pattern: string, { names }: Filter, syscalls: SyscallNames): boolean {
  const name = pattern.replace(/^!/, '')
  if (name.includes('*') || names === 'others') return true
  if (names === 'calls and errors' && /^E[A-Z0-9]+$/.test(name)) return true
  return [...syscalls.values()].includes(name)
}
