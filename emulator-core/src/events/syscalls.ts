/** What is known about each Linux system call's arguments and result, by number. Calls without an entry are shown with raw arguments. */
import { syscallNames } from './syscall-names.ts'
import { fileCalls } from './syscalls/files.ts'
import { memoryCalls, processCalls } from './syscalls/memory-and-processes.ts'
import { ipcCalls, pollCalls, signalCalls, socketCalls, timeCalls } from './syscalls/waiting.ts'
import { hex } from './types/basic.ts'
import { type CallShape, type CallTable, call } from './types/table.ts'

export const callTable: CallTable = {
  ...fileCalls,
  ...memoryCalls,
  ...processCalls,
  ...signalCalls,
  ...timeCalls,
  ...pollCalls,
  ...socketCalls,
  ...ipcCalls,
}

export interface KnownCall {
  readonly nr: number
  readonly name: string
  readonly shape: CallShape
}

const unknownShape = call({ arg1: hex, arg2: hex, arg3: hex, arg4: hex, arg5: hex, arg6: hex })

const known = new Map<number, KnownCall>()
const numbers = new Map<string, number>()
for (const [nr, name] of syscallNames) {
  known.set(nr, { nr, name, shape: callTable[name] ?? unknownShape })
  numbers.set(name, nr)
}

/** A number that no call has gets strace's name for it. */
export function callByNumber(nr: number): KnownCall {
  return known.get(nr) ?? { nr, name: `syscall_0x${(nr >>> 0).toString(16)}`, shape: unknownShape }
}

export function callNumber(name: string): number | undefined {
  return numbers.get(name)
}
