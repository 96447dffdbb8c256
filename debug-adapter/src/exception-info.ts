/** What a filter has stopped at, in full. */
import type { StoppingSignal, StopReason } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { describedDivergence } from './divergence-text.ts'
import { filterLabel } from './filters.ts'

type Filtered = StopReason & { readonly kind: 'filter' }
type Info = DebugProtocol.ExceptionInfoResponse['body']

/** strsignal(3)'s words. */
const MEANINGS: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'arithmetic exception',
  SIGILL: 'illegal instruction',
  SIGSEGV: 'segmentation fault',
  SIGSYS: 'bad system call',
  SIGTRAP: 'trace or breakpoint trap',
}

/** By si_code. */
const CAUSES: Readonly<Record<string, string>> = {
  BUS_ADRALN: 'the address is not aligned',
  BUS_ADRERR: 'the mapped file has no such page',
  FPE_FLTDIV: 'a floating-point division by zero',
  FPE_FLTINV: 'an invalid floating-point operation',
  FPE_INTDIV: 'an integer division by zero, or its result is too large',
  ILL_ILLOPN: 'the processor does not have this instruction',
  SEGV_ACCERR: 'the memory there may not be accessed so',
  SEGV_MAPERR: 'nothing is mapped there',
}

/** A fault without an address. */
const PROTECTION = 'an address that the processor does not take, or an instruction that is not for programs'

/** `instruction`: the one that has raised the signal, if it did. */
export function exceptionInfo(reason: Filtered, instruction?: string): Info {
  const { filter, detail, signal } = reason
  if (signal === undefined) {
    const description = filter === 'divergence' ? describedDivergence(detail) : detail
    return { exceptionId: filterLabel(filter), description, breakMode: 'always' }
  }
  const lines = [sentence(detail, signal), ...(instruction === undefined ? [] : [instruction])]
  return {
    exceptionId: signal.name,
    description: lines.join('\n'),
    breakMode: 'unhandled',
    details: { message: detail, typeName: signal.code },
  }
}

function sentence(detail: string, { name, code }: StoppingSignal): string {
  const cause = name === 'SIGSEGV' && code === 'SI_KERNEL' ? PROTECTION : CAUSES[code]
  const words = [MEANINGS[name], cause].filter(each => each !== undefined)
  return words.length === 0 ? detail : `${detail}: ${words.join('; ')}`
}
