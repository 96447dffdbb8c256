/** How the tables of system calls are written. */
import type { Call } from '../call.ts'
import type { ArgumentType } from './type.ts'

/**
 * When an argument means something. `inout`: before and after, shown after. `before`: before and after, shown as it was before (what it became is part
 * of the result). `out!`: after, even if the call failed.
 */
export type Direction = 'in' | 'out' | 'inout' | 'before' | 'out!'

export interface Argument {
  readonly name: string
  /** Which of the six it is. */
  readonly index: number
  readonly type: ArgumentType
  readonly direction: Direction
}

/** How the result is shown. Functions give the text behind the number, in parentheses. */
export type Returns = 'decimal' | 'hex' | 'fd' | 'octal' | 'pid' | 'unsigned' | ((call: Call) => ReturnText | undefined)

export interface ReturnText {
  readonly hex?: boolean
  readonly comment?: string
}

export interface CallShape {
  readonly arguments: readonly Argument[]
  readonly returns: Returns
  /**
   * What Linux's own code answers when a signal interrupts the call, which strace shows though the program never sees it: SYS unless said
   * otherwise; `EINTR` is plain EINTR.
   */
  readonly interrupted: 'SYS' | 'NOHAND' | 'RESTARTBLOCK' | 'EINTR' | 'NOINTR'
  /** Arguments are shown with their names (clone). */
  readonly named: boolean
  /** An unfinished line ends before the comma: what follows may be left out. */
  readonly lateComma: boolean
  /** The order in which strace shows the arguments, if it is not the registers'. */
  readonly order: readonly string[] | undefined
  /** Never comes back: exit. */
  readonly never: boolean
}

/** An argument and its direction; a bare type is `in`. `name@3`: the fourth, whatever its place here (futex's mean different things). */
export type Shorthand = Readonly<Record<string, ArgumentType | readonly [Direction, ArgumentType]>>

export const out = (type: ArgumentType) => ['out', type] as const
export const inout = (type: ArgumentType) => ['inout', type] as const
/** After the call, even if it failed (what is left of a sleep). */
export const outAlways = (type: ArgumentType) => ['out!', type] as const

export function call(shorthand: Shorthand, returns: Returns = 'decimal', more: Partial<CallShape> = {}): CallShape {
  const args = Object.entries(shorthand).map(([key, given], place): Argument => {
    const [name, register] = key.split('@')
    const index = register === undefined ? place : Number(register)
    if (Array.isArray(given)) return { name, index, type: given[1], direction: given[0] }
    return { name, index, type: given as ArgumentType, direction: 'in' }
  })
  return {
    arguments: args,
    returns,
    interrupted: 'SYS',
    named: false,
    lateComma: false,
    order: undefined,
    never: false,
    ...more,
  }
}

export type CallTable = Readonly<Record<string, CallShape>>
