/** The lines of the program's own sources that the guest stops at: found in what is mapped, and looked for again when code is mapped. */
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { CodeMap, type SymbolCache } from './code-map.ts'
import type { AddressBreakpoints } from './function-places.ts'
import type { BreakpointReached } from './stops.ts'
import { type Reached, Triggers, type When } from './trigger.ts'

export interface AskedLine {
  readonly line: number
  readonly when?: When | undefined
}

interface Placed extends AskedLine {
  /** Where it came to lie, as long as that is known. */
  at: number | undefined
  readonly addresses: Set<number>
}

/** Of a stop: the source as it was asked for, and the line. */
export interface LineReached {
  readonly path: string
  readonly line: number
  readonly reached: Reached
}

export class LinePlaces {
  readonly #byPath = new Map<string, readonly Placed[]>()
  /** By path and the line that was asked for. */
  readonly #triggers = new Triggers<string>()
  readonly #symbols: SymbolCache
  readonly #machine: () => AddressBreakpoints
  readonly #found: (path: string, lines: readonly (number | undefined)[]) => void

  /** `found`: told of all the lines of a source when there are more places. */
  constructor(
    symbols: SymbolCache,
    machine: () => AddressBreakpoints,
    found: (path: string, lines: readonly (number | undefined)[]) => void,
  ) {
    this.#symbols = symbols
    this.#machine = machine
    this.#found = found
  }

  /** Replaces those of a source; gives the line where each came to lie. */
  set(path: string, lines: readonly AskedLine[], processes: Iterable<Proc>): (number | undefined)[] {
    for (const { addresses } of this.#byPath.get(path) ?? [])
      for (const address of addresses) this.#machine().clearBreakpoint(address)
    const placed = lines.map((each): Placed => ({ ...each, at: undefined, addresses: new Set() }))
    this.#byPath.set(path, placed)
    this.#triggers.set([...this.#byPath].flatMap(([at, all]) => all.map(each => [keyOf(at, each), each.when] as const)))
    for (const p of processes) this.#look(path, placed, p)
    return placed.map(({ at }) => at)
  }

  /** The process has code that it had not before. */
  lookAgain(p: Proc): void {
    for (const [path, placed] of this.#byPath)
      if (this.#look(path, placed, p))
        this.#found(
          path,
          placed.map(({ at }) => at),
        )
  }

  has(address: number): boolean {
    for (const placed of this.#byPath.values()) if (placed.some(each => each.addresses.has(address))) return true
    return false
  }

  /** Undefined: the guest goes on. Another program may have something else at the address. */
  reached(l: Lwp, address: number, ask: BreakpointReached): LineReached | undefined {
    for (const [path, placed] of this.#byPath) {
      for (const each of placed) {
        const line = each.at
        if (line === undefined || !each.addresses.has(address)) continue
        if (new CodeMap(l.proc, this.#symbols).lineAt(address) === undefined) continue
        const reached = ask(this.#triggers, keyOf(path, each), l)
        if (reached !== undefined) return { path, line, reached }
      }
    }
    return undefined
  }

  /** Whether there was more. */
  #look(path: string, placed: readonly Placed[], p: Proc): boolean {
    if (placed.length === 0) return false
    const code = new CodeMap(p, this.#symbols)
    let isMore = false
    for (const each of placed) {
      const found = code.placesOfLine(path, each.line)
      if (found === undefined || (each.at !== undefined && each.at !== found.line)) continue
      each.at = found.line
      for (const address of found.addresses) {
        if (each.addresses.has(address)) continue
        each.addresses.add(address)
        this.#machine().setBreakpoint(address)
        isMore = true
      }
    }
    return isMore
  }
}

const keyOf = (path: string, { line }: AskedLine): string => `${path}:${line}`
