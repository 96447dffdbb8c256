/** futex(2): which of its arguments mean what depends on the operation. */
import { commented, formatted, type Value } from '../value.ts'
import { address, hexInt, uint } from './basic.ts'
import { nameOf, names } from './names.ts'
import { timespec } from './time.ts'
import type { ArgumentType } from './type.ts'

const commands = names(
  'FUTEX_',
  'WAIT=0 WAKE=1 FD=2 REQUEUE=3 CMP_REQUEUE=4 WAKE_OP=5 LOCK_PI=6 UNLOCK_PI=7 TRYLOCK_PI=8 WAIT_BITSET=9 WAKE_BITSET=10 WAIT_REQUEUE_PI=11 CMP_REQUEUE_PI=12 LOCK_PI2=13',
)
const PRIVATE = 0x80
const CLOCK_REALTIME = 0x100
const OPTIONS = PRIVATE | CLOCK_REALTIME

const commandOf = (operation: number): string | undefined => nameOf(commands, (operation & ~OPTIONS) >>> 0)

export const futexOperation: ArgumentType = {
  value: (_call, low) => {
    const name = commandOf(low)
    if (name === undefined) return commented(`0x${low.toString(16)}`, 'FUTEX_???')
    return `${name}${low & PRIVATE ? '_PRIVATE' : ''}${low & CLOCK_REALTIME ? '|FUTEX_CLOCK_REALTIME' : ''}`
  },
}

/** An argument that only these operations use, or those that have no name. */
function only(operations: string, type: ArgumentType): ArgumentType {
  const users = new Set(operations.split(' ').map(each => (each === '?' ? undefined : `FUTEX_${each}`)))
  return {
    capture: (sink, at) => {
      if (users.has(commandOf(sink.argument(1) % 2 ** 32))) type.capture?.(sink, at)
    },
    value: (call, low, high) => (users.has(commandOf(call.low[1])) ? type.value(call, low, high) : undefined),
  }
}

const bits: ArgumentType = {
  value: (call, low, high) => (low === 0xffff_ffff ? 'FUTEX_BITSET_MATCH_ANY' : hexInt.value(call, low, high)),
}

const operators = ['SET', 'ADD', 'OR', 'ANDN', 'XOR'].map(name => `FUTEX_OP_${name}`)
const comparisons = ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE'].map(name => `FUTEX_OP_CMP_${name}`)
const OPARG_SHIFT = 8

/** What WAKE_OP does to the second word, and what it compares it with. */
const wakeOperation: ArgumentType = {
  value: (_call, low): Value => {
    const hex = (n: number) => (n === 0 ? '0' : `0x${n.toString(16)}`)
    const operator = (low >>> 28) & 7
    const comparison = (low >>> 24) & 15
    const text = [
      ...((low >>> 28) & OPARG_SHIFT ? ['FUTEX_OP_OPARG_SHIFT<<28'] : []),
      operators[operator] === undefined ? `${hex(operator)}<<28 /* FUTEX_OP_??? */` : `${operators[operator]}<<28`,
      `${hex((low >>> 12) & 0xfff)}<<12`,
      comparisons[comparison] === undefined
        ? `${hex(comparison)}<<24 /* FUTEX_OP_CMP_??? */`
        : `${comparisons[comparison]}<<24`,
      hex(low & 0xfff),
    ].join('|')
    return formatted(text, text)
  },
}

export const futexArguments = {
  uaddr: address,
  futex_op: futexOperation,
  val: only('WAIT WAKE FD REQUEUE CMP_REQUEUE WAKE_OP WAIT_BITSET WAKE_BITSET WAIT_REQUEUE_PI CMP_REQUEUE_PI ?', uint),
  'timeout@3': only('WAIT WAIT_BITSET LOCK_PI LOCK_PI2 WAIT_REQUEUE_PI', timespec),
  'val2@3': only('REQUEUE CMP_REQUEUE CMP_REQUEUE_PI WAKE_OP', uint),
  'timeout_address@3': only('?', address),
  'uaddr2@4': only('REQUEUE CMP_REQUEUE CMP_REQUEUE_PI WAKE_OP WAIT_REQUEUE_PI ?', address),
  'bitset@5': only('WAIT_BITSET WAKE_BITSET', bits),
  'operation@5': only('WAKE_OP', wakeOperation),
  'val3@5': only('CMP_REQUEUE CMP_REQUEUE_PI', uint),
  'unknown@5': only('?', hexInt),
}
