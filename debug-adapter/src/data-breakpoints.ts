/** Breakpoints on memory: an address, what a register points to, a variable. */
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { StopReason, WatchedMemory, When } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { hex } from './address.ts'
import type { Value } from './variables.ts'
import { readWhen, whyNot } from './when.ts'

/** Numbers apart from those of other breakpoints. */
const FIRST_ID = 3_000_000
/** Of what nobody says how long it is. */
const WORD = 8
/** The name of what somebody has given as a number. */
const BARE_ADDRESS = /^\d/
const ACCESS_TYPES = ['write', 'read', 'readWrite'] as const

type Info = DebugProtocol.DataBreakpointInfoResponse['body']
type Access = (typeof ACCESS_TYPES)[number]

interface Place {
  readonly pid: number
  readonly address: number
  readonly length: number
  readonly name: string
}

interface Wanted {
  readonly dataId: string
  readonly place: Place
  readonly access: Access
  readonly when: When | undefined
}

/** What a client may set a breakpoint on: a value in memory, or what it points to. `bytes`: how much of it, if it says so. */
export function dataInfo(value: Value, pid: number, bytes: number | undefined): Info {
  const address = value.place?.address ?? (value.memory === undefined ? undefined : Number(value.memory))
  if (address === undefined || !Number.isSafeInteger(address))
    return { dataId: null, description: `${value.name} is in no memory and points to none.` }
  const length = bytes ?? value.place?.size ?? WORD
  const name = value.place === undefined ? `*${value.expression ?? value.name}` : (value.expression ?? value.name)
  return {
    dataId: `${pid}:${address}:${length}:${name}`,
    description: `${name} (${length} bytes at ${hex(address)})`,
    accessTypes: [...ACCESS_TYPES],
    canPersist: false,
  }
}

export class DataBreakpoints {
  #nextId = FIRST_ID
  #wanted: readonly Wanted[] = []
  #ids = new Map<string, number>()

  /** Replaces all; the answer has one entry for each, in order. */
  async set(
    asked: readonly DebugProtocol.DataBreakpoint[],
    client: SessionClient,
  ): Promise<DebugProtocol.Breakpoint[]> {
    const all = asked.map(each => {
      const when = readWhen(each)
      const place = readPlace(each.dataId)
      const trouble = place === undefined ? 'This is no place in memory.' : whyNot(when)
      return { dataId: each.dataId, place, access: each.accessType ?? 'write', when, trouble }
    })
    this.#wanted = all.flatMap(({ place, trouble, ...rest }) =>
      place === undefined || trouble !== undefined ? [] : [{ ...rest, place }],
    )
    const there = await this.resend(client)
    this.#ids = new Map(all.map(({ dataId }) => [dataId, this.#ids.get(dataId) ?? this.#nextId++]))
    return all.map(({ dataId, trouble }) => {
      const id = this.#ids.get(dataId)
      if (trouble !== undefined) return { id, verified: false, message: trouble }
      if (there.has(dataId)) return { id, verified: true }
      return { id, verified: false, message: 'The process has no such memory, or it is too much to be watched.' }
    })
  }

  /** Sets all anew, for a program that was started again; gives those that are watched. */
  async resend(client: SessionClient): Promise<ReadonlySet<string>> {
    const watched = this.#wanted.map(
      ({ dataId, place, access, when }): WatchedMemory => ({
        id: dataId,
        ...place,
        isVariable: !BARE_ADDRESS.test(place.name),
        access,
        when,
      }),
    )
    const there = await client.ask('dataBreakpoints', watched)
    return new Set(this.#wanted.filter((_, i) => there[i]).map(({ dataId }) => dataId))
  }

  hitBy(reason: StopReason): number[] {
    const id = reason.kind === 'data-breakpoint' ? this.#ids.get(reason.id) : undefined
    return id === undefined ? [] : [id]
  }
}

function readPlace(dataId: string): Place | undefined {
  const [, pid, address, length, name] = /^(\d+):(\d+):(\d+):(.*)$/s.exec(dataId) ?? []
  if (name === undefined) return undefined
  return { pid: Number(pid), address: Number(address), length: Number(length), name }
}
