/** The function breakpoints of a session: what the user asked for, and where they came to lie. */
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { FunctionLocation, StopReason } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { type BreakpointPlace, readPlace, type SyscallNames } from './function-breakpoints.ts'

interface FunctionBreakpoint {
  readonly id: number
  readonly name: string
  place: BreakpointPlace
}

export class Breakpoints {
  #all: FunctionBreakpoint[] = []
  #nextId = 1
  /** The system calls of the program that is loaded. */
  syscalls: SyscallNames = new Map()

  /** Replaces all; the answer has one entry for each, in order. */
  async set(
    wanted: readonly DebugProtocol.FunctionBreakpoint[],
    client: SessionClient,
  ): Promise<DebugProtocol.Breakpoint[]> {
    const old = this.#all
    const all = wanted.map(({ name }) => {
      const known = old.find(each => each.name === name)
      return { id: known?.id ?? this.#nextId++, name, place: readPlace(name, this.syscalls) }
    })
    this.#all = all
    await this.#send(client)
    return all.map(described)
  }

  /** Finds all places anew, for a program that was started again. */
  async resend(client: SessionClient): Promise<void> {
    for (const each of this.#all) each.place = readPlace(each.name, this.syscalls)
    await this.#send(client)
  }

  /** A function has been found, or in more places: gives the breakpoints that this changes. */
  found(name: string, locations: readonly FunctionLocation[]): DebugProtocol.Breakpoint[] {
    const meant = this.#all.filter(({ place }) => place.kind === 'function' && place.name === name)
    for (const each of meant) each.place = { kind: 'function', name, locations }
    return meant.map(described)
  }

  hitBy(reason: StopReason): number[] {
    return this.#all.filter(({ place }) => isHit(place, reason)).map(({ id }) => id)
  }

  async #send(client: SessionClient): Promise<void> {
    const places = this.#all.map(({ place }) => place)
    const functions = places.flatMap(place => (place.kind === 'function' ? [place.name] : []))
    const syscalls = places.flatMap(place => (place.kind === 'syscalls' ? place.numbers : []))
    const found = await client.ask('breakpoints', { syscalls, functions })
    functions.forEach((name, i) => {
      this.found(name, found[i])
    })
  }
}

function described({ id, place }: FunctionBreakpoint): DebugProtocol.Breakpoint {
  if (place.kind === 'nowhere') return { id, verified: false, message: place.why }
  if (place.kind === 'syscalls') return { id, verified: true }
  const first = place.locations.at(0)
  if (first === undefined) {
    const message = `There is no system call and, in what is loaded so far, no function named "${place.name}".`
    return { id, verified: false, message }
  }
  return { id, verified: true, instructionReference: `0x${first.address.toString(16)}` }
}

function isHit(place: BreakpointPlace, reason: StopReason): boolean {
  if (reason.kind === 'syscall-breakpoint') return place.kind === 'syscalls' && place.numbers.includes(reason.nr)
  if (reason.kind === 'address-breakpoint')
    return place.kind === 'function' && place.locations.some(({ address }) => address === reason.address)
  return false
}
