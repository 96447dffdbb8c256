/** The function breakpoints of a session: what the user asked for, and where they came to lie. */
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { StopReason } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { type BreakpointPlace, resolvePlace, type SyscallNames } from './function-breakpoints.ts'

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
    const all: FunctionBreakpoint[] = []
    for (const { name } of wanted) {
      const known = this.#all.find(each => each.name === name)
      all.push({ id: known?.id ?? this.#nextId++, name, place: await this.#resolve(name, client) })
    }
    this.#all = all
    await this.#send(client)
    return all.map(described)
  }

  /** Finds all places anew, for a program that was started again. */
  async resend(client: SessionClient): Promise<void> {
    for (const each of this.#all) each.place = await this.#resolve(each.name, client)
    await this.#send(client)
  }

  /** Looks again for those that lie nowhere. */
  async retry(client: SessionClient, changed: (breakpoint: DebugProtocol.Breakpoint) => void): Promise<void> {
    let found = false
    for (const each of this.#all.filter(({ place }) => place.kind === 'nowhere')) {
      each.place = await this.#resolve(each.name, client)
      if (each.place.kind === 'nowhere') continue
      found = true
      changed(described(each))
    }
    if (found) await this.#send(client)
  }

  hitBy(reason: StopReason): number[] {
    return this.#all.filter(({ place }) => isHit(place, reason)).map(({ id }) => id)
  }

  #resolve(name: string, client: SessionClient): Promise<BreakpointPlace> {
    return resolvePlace(name, this.syscalls, pattern => client.ask('functions', { name: pattern }))
  }

  async #send(client: SessionClient): Promise<void> {
    const places = this.#all.map(({ place }) => place)
    await client.ask('breakpoints', {
      syscalls: places.flatMap(place => (place.kind === 'syscalls' ? place.numbers : [])),
      addresses: places.flatMap(place =>
        place.kind === 'functions' ? place.locations.map(({ address }) => address) : [],
      ),
    })
  }
}

function described({ id, place }: FunctionBreakpoint): DebugProtocol.Breakpoint {
  if (place.kind === 'nowhere') return { id, verified: false, message: place.why }
  if (place.kind === 'syscalls') return { id, verified: true }
  return { id, verified: true, instructionReference: `0x${place.locations[0].address.toString(16)}` }
}

function isHit(place: BreakpointPlace, reason: StopReason): boolean {
  if (reason.kind === 'syscall-breakpoint') return place.kind === 'syscalls' && place.numbers.includes(reason.nr)
  if (reason.kind === 'address-breakpoint')
    return place.kind === 'functions' && place.locations.some(({ address }) => address === reason.address)
  return false
}
