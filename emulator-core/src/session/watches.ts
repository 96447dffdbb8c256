/** The data breakpoints: what of which process's memory is watched, and what a use of it comes to. */
import type { Lwp } from '../native/lwp.ts'
import type { Proc } from '../native/proc.ts'
import { MemoryWatch, type Use, type Watched } from '../native/uvm/watch.ts'
import { type Activation, isSame } from './activations.ts'
import type { StopReason, WatchedMemory } from './protocol.ts'
import type { BreakpointReached } from './stops.ts'
import { Triggers } from './trigger.ts'

interface Watch extends Watched {
  readonly id: string
  readonly name: string
  readonly isVariable: boolean
}

/** The call that has an address on its stack, if that can be told. */
type FindActivation = (p: Proc, address: number) => Activation | undefined

/** Bytes that one may have. */
const LARGEST = 4096
const BYTES_SHOWN = 16

export class Watches {
  readonly #triggers = new Triggers<string>()
  readonly #activationAt: FindActivation
  /** Of variables on a stack, by the breakpoint's id: as it was when they were first watched. */
  #activations: ReadonlyMap<string, Activation | undefined> = new Map()

  constructor(activationAt: FindActivation) {
    this.#activationAt = activationAt
  }

  /** Replaces all; gives whether each is there. */
  set(wanted: readonly WatchedMemory[], processes: readonly Proc[]): boolean[] {
    this.#triggers.set(wanted.map(({ id, when }) => [id, when]))
    const known = this.#activations
    this.#activations = new Map(
      wanted
        .filter(({ isVariable }) => isVariable)
        .map(each => [each.id, known.has(each.id) ? known.get(each.id) : this.#ownerOf(each, processes)]),
    )
    for (const p of processes) {
      const own = wanted.filter(each => each.pid === p.pid && isThere(p, each)).map(watchOf)
      p.vm.watch = own.length === 0 ? undefined : new MemoryWatch(p.vm, own)
    }
    return wanted.map(each => processes.some(p => p.pid === each.pid && isThere(p, each)))
  }

  #ownerOf({ pid, address }: WatchedMemory, processes: readonly Proc[]): Activation | undefined {
    const p = processes.find(each => each.pid === pid)
    return p === undefined ? undefined : this.#activationAt(p, address)
  }

  /** Whether the function that the variable was of has returned, and another one has its place on the stack. */
  #isOver(p: Proc, { id, address }: Watch): boolean {
    const then = this.#activations.get(id)
    if (then === undefined) return false
    const now = this.#activationAt(p, address)
    return now !== undefined && !isSame(then, now)
  }

  /** Undefined: the guest goes on. `by`: the call that has done it. */
  stopFor(l: Lwp, use: Use, by: string | undefined, ask: BreakpointReached): StopReason | undefined {
    const { watched, before, after } = use as Use<Watch>
    l.proc.kernel.scheduler.saveRegisters()
    if (this.#isOver(l.proc, watched)) return undefined
    const reached = ask(this.#triggers, watched.id, l)
    if (reached === undefined) return undefined
    const change =
      before === undefined || after === undefined
        ? `${watched.name} is read`
        : `${watched.name}: ${shown(before)} → ${shown(after)}`
    const parts = [
      change,
      ...(by === undefined ? [] : [`by the call ${by}`]),
      ...(reached.says === undefined ? [] : [reached.says]),
    ]
    return { kind: 'data-breakpoint', id: watched.id, detail: parts.join(', ') }
  }
}

const watchOf = ({ id, name, address, length, access, isVariable }: WatchedMemory): Watch => ({
  id,
  name,
  isVariable,
  address,
  length,
  reads: access !== 'write',
  writes: access !== 'read',
})

function isThere(p: Proc, { address, length }: WatchedMemory): boolean {
  if (!(address >= 0 && length > 0 && length <= LARGEST)) return false
  return p.vm.memory.copyinPartial(address, new Uint8Array(length)) === length
}

/** A number where it can be one. */
function shown(bytes: Uint8Array): string {
  if (![1, 2, 4, 8].includes(bytes.length)) {
    const hex = [...bytes.subarray(0, BYTES_SHOWN)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    return bytes.length > BYTES_SHOWN ? `${hex} …` : hex
  }
  let value = 0n
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte)
  return String(BigInt.asIntN(8 * bytes.length, value))
}
