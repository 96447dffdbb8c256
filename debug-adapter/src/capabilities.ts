/** What the adapter can do, and the stops a user can choose. Only what works is announced. */
import type { StopFilters } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'

interface Filter extends DebugProtocol.ExceptionBreakpointsFilter {
  readonly filter: keyof StopFilters
}

export const FILTERS: readonly Filter[] = [
  { filter: 'everyCall', label: 'Every system call', description: 'Stops before each system call.' },
  { filter: 'failingCall', label: 'Failing calls', description: 'Stops behind each system call that fails.' },
  {
    filter: 'unimplementedCall',
    label: 'Unimplemented calls',
    description: 'Stops when the program makes a call that this kernel does not have.',
    default: true,
  },
  {
    filter: 'divergence',
    label: 'Divergences',
    description: "Stops behind a call in which NetBSD's emulation behaves differently from Linux.",
  },
  { filter: 'signal', label: 'Signals', description: 'Stops when a signal reaches the program.' },
  {
    filter: 'nativeOperation',
    label: 'Native operations',
    description: "Stops where a call's translation enters NetBSD's kernel, and where it comes back.",
  },
]

export const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsExceptionInfoRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportTerminateDebuggee: true,
  supportsDelayedStackTraceLoading: true,
  supportsReadMemoryRequest: true,
  supportsInstructionBreakpoints: false,
  supportsSteppingGranularity: true,
  exceptionBreakpointFilters: FILTERS.map(filter => ({ ...filter })),
}

export function readFilters(chosen: readonly string[]): StopFilters {
  const has = (name: keyof StopFilters) => chosen.includes(name)
  return {
    everyCall: has('everyCall'),
    failingCall: has('failingCall'),
    unimplementedCall: has('unimplementedCall'),
    divergence: has('divergence'),
    signal: has('signal'),
    nativeOperation: has('nativeOperation'),
  }
}
