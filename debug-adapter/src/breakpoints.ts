/** The function breakpoints of a session: what the user asked for, and where they came to lie. */
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { FunctionLocation, StopReason, When } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { type BreakpointPlace, readPlace, type SyscallNames } from './function-breakpoints.ts'
import { readWhen, whyNot } from './when.ts'

interface FunctionBreakpoint {
  readonly id: number
  readonly name: string
  readonly when: When | undefined
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
    const all = wanted.map(({ name, condition, hitCondition }) => {
      const known = old.find(each => each.name === name)
      const when = readWhen({ condition, hitCondition })
      return { id: known?.id ?? this.#nextId++, name, when, place: this.#placeOf(name, when) }
    })
    this.#all = all
    await this.#send(client)
    return all.map(described)
  }

  /** Finds all places anew, for a program that was started again. */
  async resend(client: SessionClient): Promise<void> {
    for (const each of this.#all) each.place = this.#placeOf(each.name, each.when)
    await this.#send(client)
  }

  #placeOf(name: string, when: When | undefined): BreakpointPlace {
    const why = whyNot(when)
    return why === undefined ? readPlace(name, this.syscalls) : { kind: 'nowhere', why }
  }

  /** A function has been found, or in more places: gives the breakpoints that this changes. */
  found(name: string, locations: readonly FunctionLocation[]): DebugProtocol.Breakpoint[] {
    const meant = this.#all.filter(isOnFunction).filter(({ place }) => place.name === name)
    for (const each of meant) each.place = { ...each.place, locations }
    return meant.map(described)
  }

  hitBy(reason: StopReason): number[] {
    return this.#all.filter(({ place }) => isHit(place, reason)).map(({ id }) => id)
  }

  async #send(client: SessionClient): Promise<void> {
    const functions = this.#all.filter(isOnFunction)
    const found = await client.ask('breakpoints', {
      syscalls: this.#all.flatMap(({ place, when }) =>
        place.kind === 'syscalls' ? place.numbers.map(nr => ({ nr, when })) : [],
      ),
      functions: functions.map(({ place, when }) => ({ name: place.name, when })),
    })
    functions.forEach((each, i) => {
      each.place = { ...each.place, ...found[i] }
    })
  }
}

interface OnFunction extends FunctionBreakpoint {
  place: BreakpointPlace & { readonly kind: 'function' }
}

const isOnFunction = (each: FunctionBreakpoint): each is OnFunction => each.place.kind === 'function'

function described({ id, place }: FunctionBreakpoint): DebugProtocol.Breakpoint {
  if (place.kind === 'nowhere') return { id, verified: false, message: place.why }
  if (place.kind === 'syscalls' || place.inKernel > 0) return { id, verified: true }
  const first = place.locations.at(0)
  if (first === undefined) {
    const message = `There is no system call, no function of the kernel and, in what is loaded so far, none of the program named "${place.name}".`
    return { id, verified: false, message }
  }
  return { id, verified: true, instructionReference: `0x${first.address.toString(16)}` }
}

function isHit(place: BreakpointPlace, reason: StopReason): boolean {
  if (reason.kind === 'syscall-breakpoint') return place.kind === 'syscalls' && place.numbers.includes(reason.nr)
  if (reason.kind === 'kernel-breakpoint') return place.kind === 'function' && place.name === reason.name
  if (reason.kind === 'address-breakpoint')
    return place.kind === 'function' && place.locations.some(({ address }) => address === reason.address)
  return false
}
