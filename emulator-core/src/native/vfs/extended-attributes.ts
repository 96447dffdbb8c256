/** Extended attributes of a file that is the guest's own: small values by name, counted against the overlay's limit. */
import { ENOSPC } from '../errno.ts'
import type { PageMemory } from './page-memory.ts'

/** What all names and values of one file may take, in bytes. */
const MOST_PER_FILE = 1 << 17
/** A name's cost besides its bytes. */
const ENTRY_COST = 64

const cost = (name: string, value: Uint8Array): number => name.length + value.length + ENTRY_COST

export class ExtendedAttributes {
  readonly #memory: PageMemory
  readonly #values = new Map<string, Uint8Array>()
  #used = 0

  constructor(memory: PageMemory) {
    this.#memory = memory
  }

  get(name: string): Uint8Array | undefined {
    return this.#values.get(name)
  }

  names(): readonly string[] {
    return [...this.#values.keys()]
  }

  /** @throws ENOSPC. */
  set(name: string, value: Uint8Array): void {
    const before = this.#values.get(name)
    const more = cost(name, value) - (before === undefined ? 0 : cost(name, before))
    if (this.#used + more > MOST_PER_FILE || (more > 0 && !this.#memory.charge(more))) throw ENOSPC
    if (more < 0) this.#memory.uncharge(-more)
    this.#used += more
    this.#values.set(name, value)
  }

  /** Whether there was such a name. */
  delete(name: string): boolean {
    const value = this.#values.get(name)
    if (value === undefined) return false
    this.#values.delete(name)
    this.#used -= cost(name, value)
    this.#memory.uncharge(cost(name, value))
    return true
  }

  dispose(): void {
    this.#memory.uncharge(this.#used)
    this.#used = 0
    this.#values.clear()
  }
}
