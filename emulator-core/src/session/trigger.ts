/** Whether a place that has been reached stops the guest: its condition, how often it was reached, and what it prints instead of stopping. */
import { Expression, type Scope, troubleOf } from './expression.ts'
import { knownValue } from './kernel-values.ts'

/** What a breakpoint asks beyond its place, as the Debug Adapter Protocol names it. */
export interface When {
  /** An expression: the guest stops only where it is true. */
  readonly condition?: string
  /** `5` or `==5`: the fifth time only; `>=5`, `<5`…; `%5`: each fifth time. Counted is where the condition holds. */
  readonly hitCondition?: string
  /** Printed instead of stopping; what stands in braces is evaluated. */
  readonly logMessage?: string
}

export interface Reached {
  readonly stops: boolean
  /** What is printed, or why it stops although nobody knows whether the condition holds. */
  readonly says?: string
}

const GOES_ON: Reached = { stops: false }

const COUNTS: Readonly<Record<string, (hits: number, n: number) => boolean>> = {
  '': (hits, n) => hits === n,
  '=': (hits, n) => hits === n,
  '==': (hits, n) => hits === n,
  '>': (hits, n) => hits > n,
  '>=': (hits, n) => hits >= n,
  '<': (hits, n) => hits < n,
  '<=': (hits, n) => hits <= n,
  '%': (hits, n) => hits % n === 0,
}

export class Trigger {
  readonly #condition: Expression | undefined
  readonly #counts: (hits: number) => boolean
  readonly #message: readonly (string | Expression)[] | undefined
  #hits = 0

  /** @throws SyntaxError whose message is for people. */
  constructor({ condition, hitCondition, logMessage }: When) {
    this.#condition = isBlank(condition) ? undefined : new Expression(condition)
    this.#counts = isBlank(hitCondition) ? () => true : countOf(hitCondition)
    this.#message = isBlank(logMessage) ? undefined : [...piecesOf(logMessage)]
  }

  reached(scope: () => Scope): Reached {
    try {
      if (this.#condition !== undefined && !this.#condition.value(scope())) return GOES_ON
    } catch (error) {
      // As gdb: better a stop too many than one that never comes.
      return { stops: true, says: `the condition cannot be told: ${troubleOf(error)}` }
    }
    this.#hits++
    if (!this.#counts(this.#hits)) return GOES_ON
    if (this.#message === undefined) return { stops: true }
    const pieces = this.#message.map(piece => (typeof piece === 'string' ? piece : textOf(piece, scope())))
    return { stops: false, says: pieces.join('') }
  }
}

const isBlank = (text: string | undefined): text is undefined | '' => text === undefined || text.trim() === ''

function countOf(text: string): (hits: number) => boolean {
  const [, operator, digits] = /^\s*(>=|<=|==|=|>|<|%|)\s*(\d+)\s*$/.exec(text) ?? []
  const n = Number(digits)
  if (digits === undefined || (operator === '%' && n === 0))
    throw new SyntaxError(`"${text}" is no count: write 5, >=5, <5 or %5`)
  return hits => COUNTS[operator](hits, n)
}

/** Text and, from within braces, expressions. An expression may have braces of its own. */
function* piecesOf(message: string): Generator<string | Expression> {
  let text = ''
  for (let i = 0; i < message.length; i++) {
    const end = message[i] === '{' ? closing(message, i) : -1
    if (end < 0) text += message[i]
    else {
      if (text !== '') yield text
      text = ''
      yield new Expression(message.slice(i + 1, end))
      i = end
    }
  }
  if (text !== '') yield text
}

function closing(message: string, from: number): number {
  let depth = 0
  for (let i = from; i < message.length; i++) {
    if (message[i] === '{') depth++
    else if (message[i] === '}' && --depth === 0) return i
  }
  return -1
}

function textOf(expression: Expression, scope: Scope): string {
  try {
    const value = expression.value(scope)
    return typeof value === 'string' ? value : (knownValue('', '', value)?.value ?? String(value))
  } catch (error) {
    return `(${troubleOf(error)})`
  }
}

/** The triggers of all places of one kind. One that is asked for again as it was keeps its count. */
export class Triggers<Key> {
  #all = new Map<Key, Map<string, Trigger>>()

  get size(): number {
    return this.#all.size
  }

  /** Replaces all. A key may stand in it more than once. */
  set(wanted: Iterable<readonly [key: Key, when: When | undefined]>): void {
    const all = new Map<Key, Map<string, Trigger>>()
    for (const [key, when = {}] of wanted) {
      const name = JSON.stringify([when.condition, when.hitCondition, when.logMessage])
      const there = all.get(key) ?? new Map<string, Trigger>()
      all.set(key, there.set(name, this.#all.get(key)?.get(name) ?? new Trigger(when)))
    }
    this.#all = all
  }

  has(key: Key): boolean {
    return this.#all.has(key)
  }

  get keys(): Iterable<Key> {
    return this.#all.keys()
  }

  /** Asks all that are there; `print`: told what they print. Undefined: the guest goes on. */
  reached(key: Key, scope: () => Scope, print: (text: string) => void): Reached | undefined {
    let stop: Reached | undefined
    for (const trigger of this.#all.get(key)?.values() ?? []) {
      const reached = trigger.reached(scope)
      if (reached.stops) stop ??= reached
      else if (reached.says !== undefined) print(`${reached.says}\n`)
    }
    return stop
  }
}
