/** Answers what the variables of the program's functions are. */
import type { Lwp } from '../native/lwp.ts'
import { programFrames } from './backtrace.ts'
import { evaluateC } from './c-expression.ts'
import { bytesOf, FLOAT, type Memory, numberIn, partsOf, textOf, type Variable } from './dwarf/values.ts'
import { dwarfRegisters } from './inspect.ts'
import { type ProgramSpace, ProgramVariables } from './program-variables.ts'
import type { ProgramValue } from './protocol.ts'

/** What debug information says, or that it cannot be read: one that is damaged may lead in circles. @throws Error whose message is for people */
export function fromDebugInfo<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Error(`The program's debug information is damaged: ${error.message}.`)
  }
}

/** `frame`: as in the backtrace. @throws Error if there is none. */
export function variablesOf(l: Lwp, code: ProgramSpace, frame: number): ProgramVariables {
  const found = programFrames(code, dwarfRegisters(l), frame + 1).at(frame)
  if (found === undefined) throw new Error('There is no such frame.')
  return new ProgramVariables(code, found)
}

export function localValues(variables: ProgramVariables): ProgramValue[] {
  return [...variables.locals()].map(([name, variable]) => shown(name, name, variable, variables.memory))
}

/** Undefined: no variable has the name. @throws Error whose message is for people. */
export function programValue(variables: ProgramVariables, expression: string) {
  const found = evaluateC(expression, variables)
  if (found === undefined) return undefined
  const { memory } = variables
  return { value: shown(expression, expression, found, memory), parts: partValues(expression, found, memory) }
}

/** A pointer has one part, what it points to; that to a structure has the structure's. */
function partValues(expression: string, variable: Variable, memory: Memory): ProgramValue[] {
  const { type } = variable
  if (type.kind === 'pointer') {
    const to = type.to()
    const address = pointed(variable, memory)
    if (address === undefined) return []
    const target: Variable = { type: to, held: { kind: 'memory', address } }
    if (to.kind !== 'structure') return [shown(`*${expression}`, `*${inner(expression)}`, target, memory)]
    return partsOf(target, memory).map(({ suffix, part }) =>
      shown(suffix.slice(1), `${inner(expression)}->${suffix.slice(1)}`, part, memory),
    )
  }
  return partsOf(variable, memory).map(({ suffix, part }) => {
    const name = suffix.startsWith('.') ? suffix.slice(1) : suffix
    return shown(name, `${inner(expression)}${suffix}`, part, memory)
  })
}

/** In front of what stands behind a name. */
const inner = (expression: string): string => (/^[*&]/.test(expression) ? `(${expression})` : expression)

function pointed(variable: Variable, memory: Memory): number | undefined {
  const bytes = variable.type.kind === 'pointer' ? bytesOf(variable, memory) : undefined
  const number = bytes === undefined ? undefined : numberIn(variable, bytes)
  return number === undefined ? undefined : Number(number)
}

function shown(name: string, expression: string, variable: Variable, memory: Memory): ProgramValue {
  const { type, held } = variable
  const pointsTo = pointed(variable, memory)
  return {
    name,
    value: textOf(variable, memory),
    type: type.name,
    expression,
    expands: expands(variable, pointsTo, memory),
    ...(held.kind === 'memory' ? { place: { address: held.address, size: type.size } } : {}),
    ...(pointsTo === undefined ? {} : { pointsTo }),
  }
}

function expands({ type, held }: Variable, pointsTo: number | undefined, memory: Memory): boolean {
  if (held.kind === 'gone') return false
  if (type.kind === 'structure') return type.members().length > 0
  if (type.kind === 'array') return type.count > 0
  if (type.kind !== 'pointer' || pointsTo === undefined || pointsTo === 0) return false
  const { kind, size } = type.to()
  return kind !== 'function' && kind !== 'void' && size > 0 && memory.read(pointsTo, 1).length > 0
}

/** Of an array within something else: that many elements are looked at. */
const MOST_INNER = 16
const DEEPEST = 2

/** What JavaScript makes of a variable, for conditions: numbers, and objects of them. @throws Error if it is optimised out. */
export function plainValue(name: string, variable: Variable, memory: Memory): unknown {
  if (variable.held.kind === 'gone') throw new Error(`${name} is optimised out here`)
  return plain(variable, memory, 0)
}

function plain(variable: Variable, memory: Memory, depth: number): unknown {
  const { type } = variable
  if (type.kind === 'structure' || type.kind === 'array') {
    const parts = depth > DEEPEST ? [] : partsOf(variable, memory).slice(0, depth === 0 ? undefined : MOST_INNER)
    const values = parts.map(({ suffix, part }) => [suffix.slice(1), plain(part, memory, depth + 1)] as const)
    return type.kind === 'array' ? values.map(([, value]) => value) : Object.fromEntries(values)
  }
  const bytes = bytesOf(variable, memory)
  const number = bytes === undefined ? undefined : numberIn(variable, bytes)
  if (type.kind === 'base' && type.encoding === FLOAT) return Number(textOf(variable, memory))
  if (number === undefined) return undefined
  return Number.isSafeInteger(Number(number)) ? Number(number) : number
}
