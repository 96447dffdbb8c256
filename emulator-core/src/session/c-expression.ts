/** What C writes to get from a variable to what it leads to: `*p`, `p->next->value`, `&array[3]`, `(*pp)->x`. Nothing is computed. */

import type { Type } from './dwarf/types.ts'
import { bytesOf, elementOf, memberOf, numberIn, type Variable } from './dwarf/values.ts'
import type { ProgramVariables } from './program-variables.ts'

const TOKENS = /\s*(->|[A-Za-z_]\w*|0[xX][0-9a-fA-F]+|\d+|[*&.()[\]])/y
const DEEPEST = 200

/** Undefined: it is no such expression, or begins with a name that no variable has. @throws Error whose message is for people. */
export function evaluateC(text: string, variables: ProgramVariables): Variable | undefined {
  const tokens = tokensOf(text)
  if (tokens === undefined || tokens.length > DEEPEST) return undefined
  const reader = new Evaluation(tokens, variables)
  const found = reader.unary()
  return reader.isAtEnd ? found : undefined
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = []
  TOKENS.lastIndex = 0
  const whole = text.trimEnd()
  while (TOKENS.lastIndex < whole.length) {
    const token = TOKENS.exec(whole)?.[1]
    if (token === undefined) return undefined
    tokens.push(token)
  }
  return tokens
}

class Evaluation {
  readonly #tokens: readonly string[]
  readonly #variables: ProgramVariables
  #at = 0

  constructor(tokens: readonly string[], variables: ProgramVariables) {
    this.#tokens = tokens
    this.#variables = variables
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length
  }

  unary(): Variable | undefined {
    const token = this.#tokens[this.#at]
    if (token !== '*' && token !== '&') return this.#postfix()
    this.#at++
    const of = this.unary()
    if (of === undefined) return undefined
    return token === '*' ? this.#pointed(of) : addressOf(of)
  }

  #postfix(): Variable | undefined {
    let found = this.#primary()
    while (found !== undefined) {
      const token = this.#tokens[this.#at]
      if (token === '.' || token === '->') {
        this.#at++
        const of = token === '->' || found.type.kind === 'pointer' ? this.#pointed(found) : found
        found = this.#member(of, this.#tokens[this.#at++] ?? '')
      } else if (token === '[') {
        this.#at++
        const index = Number(this.#tokens[this.#at++])
        if (!Number.isSafeInteger(index) || this.#tokens[this.#at++] !== ']') return undefined
        found = this.#element(found, index)
      } else break
    }
    return found
  }

  #primary(): Variable | undefined {
    const token = this.#tokens[this.#at++]
    if (token !== '(') return token === undefined ? undefined : this.#variables.named(token)
    const inner = this.unary()
    return this.#tokens[this.#at++] === ')' ? inner : undefined
  }

  #member(of: Variable, name: string): Variable {
    if (of.type.kind !== 'structure') throw new Error(`${of.type.name} has no members`)
    const member = of.type.members().find(each => each.name === name)
    if (member === undefined) throw new Error(`${of.type.name} has no member named ${name}`)
    return memberOf(of, member, this.#variables.memory)
  }

  #element(of: Variable, index: number): Variable {
    if (of.type.kind === 'array') return elementOf(of, index)
    const first = this.#pointed(of)
    if (first.held.kind !== 'memory') return first
    return { ...first, held: { kind: 'memory', address: first.held.address + index * first.type.size } }
  }

  #pointed(of: Variable): Variable {
    if (of.type.kind === 'array') return elementOf(of, 0)
    if (of.type.kind !== 'pointer') throw new Error(`${of.type.name} is no pointer`)
    const bytes = bytesOf(of, this.#variables.memory)
    const address = bytes === undefined ? undefined : numberIn(of, bytes)
    if (address === undefined) return { type: of.type.to(), held: { kind: 'gone' } }
    return { type: of.type.to(), held: { kind: 'memory', address: Number(address) } }
  }
}

const POINTER_BYTES = 8

function addressOf(of: Variable): Variable {
  if (of.held.kind !== 'memory') throw new Error('it is in no memory')
  const bytes = new Uint8Array(POINTER_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(of.held.address)), true)
  const to = of.type
  const type: Type = { kind: 'pointer', name: `${to.name} *`, size: POINTER_BYTES, to: () => to }
  return { type, held: { kind: 'bytes', bytes } }
}
