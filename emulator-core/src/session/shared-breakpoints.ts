/** The engine's breakpoints, which several parts of the debugger want at the same addresses: one is there as long as anybody wants it. */
import type { AddressBreakpoints } from './function-places.ts'

export class SharedBreakpoints implements AddressBreakpoints {
  readonly #wanted = new Map<number, number>()
  readonly #machine: () => AddressBreakpoints

  constructor(machine: () => AddressBreakpoints) {
    this.#machine = machine
  }

  setBreakpoint(address: number): void {
    const wanted = this.#wanted.get(address) ?? 0
    if (wanted === 0) this.#machine().setBreakpoint(address)
    this.#wanted.set(address, wanted + 1)
  }

  clearBreakpoint(address: number): void {
    const wanted = this.#wanted.get(address) ?? 0
    if (wanted > 1) this.#wanted.set(address, wanted - 1)
    else if (this.#wanted.delete(address)) this.#machine().clearBreakpoint(address)
  }
}
