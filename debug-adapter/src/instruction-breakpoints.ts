/** Breakpoints on single instructions, as the disassembly sets them. */
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { StopReason, When } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { addressOf, hex } from './address.ts'
import { readWhen, whyNot } from './when.ts'

/** Numbers apart from those of other breakpoints. */
const FIRST_ID = 2_000_000

interface Wanted {
  readonly address: number
  readonly when: When | undefined
}

export class InstructionBreakpoints {
  #nextId = FIRST_ID
  #wanted: readonly Wanted[] = []
  #ids = new Map<number, number>()

  /** Replaces all; the answer has one entry for each, in order. */
  async set(
    asked: readonly DebugProtocol.InstructionBreakpoint[],
    client: SessionClient,
  ): Promise<DebugProtocol.Breakpoint[]> {
    const all = asked.map(each => {
      const when = readWhen(each)
      return { address: addressOf(each.instructionReference) + (each.offset ?? 0), when, trouble: whyNot(when) }
    })
    this.#wanted = all.filter(({ trouble }) => trouble === undefined)
    const there = await this.resend(client)
    this.#ids = new Map(all.map(({ address }) => [address, this.#ids.get(address) ?? this.#nextId++]))
    return all.map(({ address, trouble }) => {
      const id = this.#ids.get(address)
      const instructionReference = hex(address)
      if (trouble !== undefined) return { id, instructionReference, verified: false, message: trouble }
      if (there.has(address)) return { id, instructionReference, verified: true }
      return { id, instructionReference, verified: false, message: 'There is no code at this address so far.' }
    })
  }

  /** Sets all anew, for a program that was started again; gives those with code at their addresses. */
  async resend(client: SessionClient): Promise<ReadonlySet<number>> {
    const places = await client.ask('instructionBreakpoints', this.#wanted)
    return new Set(this.#wanted.filter((_, i) => places[i]).map(({ address }) => address))
  }

  hitBy(reason: StopReason): number[] {
    if (reason.kind !== 'instruction-breakpoint') return []
    const id = this.#ids.get(reason.address)
    return id === undefined ? [] : [id]
  }
}
