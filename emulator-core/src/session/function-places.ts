/** The functions that the guest stops at, by name: found in what is mapped, and looked for again when code is mapped or a program executed. */
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { CodeMap, type SymbolCache } from './code-map.ts'
import type { FunctionLocation } from './protocol.ts'

/** The engine's breakpoints: one for each address, in every address space. */
export interface AddressBreakpoints {
  setBreakpoint(address: number): void
  clearBreakpoint(address: number): void
}

export class FunctionPlaces {
  #byName: ReadonlyMap<string, Map<number, FunctionLocation>> = new Map()
  #addresses = new Set<number>()
  readonly #symbols: SymbolCache
  readonly #machine: () => AddressBreakpoints
  readonly #found: (name: string, locations: readonly FunctionLocation[]) => void

  /** `found`: told of all the places of a name when there are more of them. */
  constructor(
    symbols: SymbolCache,
    machine: () => AddressBreakpoints,
    found: (name: string, locations: readonly FunctionLocation[]) => void,
  ) {
    this.#symbols = symbols
    this.#machine = machine
    this.#found = found
  }

  /** Replaces all names; gives the places of each, in order, within the processes that are there. */
  set(names: readonly string[], processes: Iterable<Proc>): (readonly FunctionLocation[])[] {
    this.#byName = new Map(names.map(name => [name, new Map()]))
    for (const p of processes) this.#look(p)
    const wanted = new Set([...this.#byName.values()].flatMap(places => [...places.keys()]))
    for (const address of this.#addresses) if (!wanted.has(address)) this.#machine().clearBreakpoint(address)
    for (const address of wanted) if (!this.#addresses.has(address)) this.#machine().setBreakpoint(address)
    this.#addresses = wanted
    return names.map(name => [...(this.#byName.get(name)?.values() ?? [])])
  }

  /** The process has code that it had not before. */
  lookAgain(p: Proc): void {
    for (const [name, fresh] of this.#look(p)) {
      for (const address of fresh) if (!this.#addresses.has(address)) this.#machine().setBreakpoint(address)
      this.#addresses = new Set([...this.#addresses, ...fresh])
      this.#found(name, [...(this.#byName.get(name)?.values() ?? [])])
    }
  }

  has(address: number): boolean {
    return this.#addresses.has(address)
  }

  /** Whether one of the functions begins there for this thread: another program may have something else at the address. */
  isAt(l: Lwp, address: number): boolean {
    return this.#addresses.has(address) && new CodeMap(l.proc, this.#symbols).locate(address)?.start === address
  }

  /** The names that mean what is there. */
  namesAt(address: number): string[] {
    return [...this.#byName].filter(([, places]) => places.has(address)).map(([name]) => name)
  }

  /** Adds what the process has; gives the names of which there was more, with the addresses. */
  #look(p: Proc): [name: string, fresh: number[]][] {
    if (this.#byName.size === 0) return []
    const code = new CodeMap(p, this.#symbols)
    const more: [string, number[]][] = []
    for (const [name, places] of this.#byName) {
      const fresh = code.functions(name).filter(({ address }) => !places.has(address))
      for (const location of fresh) places.set(location.address, location)
      if (fresh.length > 0) more.push([name, fresh.map(({ address }) => address)])
    }
    return more
  }
}
