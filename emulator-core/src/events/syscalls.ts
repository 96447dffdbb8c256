/** What is known about each Linux system call's arguments and result, by number. Calls without an entry are shown with raw arguments. */
import { syscallNames } from './syscall-names.ts'
import { fileCalls } from './syscalls/files.ts'
import { memoryCalls, processCalls } from './syscalls/memory-and-processes.ts'
import { ipcCalls, pollCalls, signalCalls, socketCalls, timeCalls } from './syscalls/waiting.ts'
import { hex } from './types/basic.ts'
import { type Argument, type CallShape, type CallTable, call } from './types/table.ts'
import { hex64 } from './wide.ts'

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
  /** The arguments in the order in which they are shown. */
  readonly shown: readonly Argument[]
  /** How many of them are known when the call begins. */
  readonly known: number
  /** Whether what memory held at the beginning is needed at the end. */
  readonly keepsEntry: boolean
}

const unknownShape = call({ arg1: hex, arg2: hex, arg3: hex, arg4: hex, arg5: hex, arg6: hex })

function knownCall(nr: number, name: string): KnownCall {
  const shape = callTable[name] ?? unknownShape
  const order = shape.order
  const shown =
    order === undefined ? shape.arguments : order.flatMap(each => shape.arguments.filter(a => a.name === each))
  const first = shown.findIndex(a => a.direction !== 'in' && a.direction !== 'before')
  const known = first < 0 ? shown.length : first
  const keepsEntry = shown.slice(known).some(a => a.direction !== 'out' && a.type.capture !== undefined)
  return { nr, name, shape, shown, known, keepsEntry }
}

const byNumber: KnownCall[] = []
const numbers = new Map<string, number>()
for (const [nr, name] of syscallNames) {
  byNumber[nr] = knownCall(nr, name)
  numbers.set(name, nr)
}

/** A number that no call has gets strace's name for it; the kernel extends its sign. */
export function callByNumber(nr: number): KnownCall {
  return byNumber[nr] ?? knownCall(nr, `syscall_${hex64(nr >>> 0, nr >>> 0 > 0x7fff_ffff ? 0xffff_ffff : 0)}`)
}

export function callNumber(name: string): number | undefined {
  return numbers.get(name)
}
