/** Answers DAP's `disassemble`: so many instructions around an address, with functions and lines of the source. */
import path from 'node:path'
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { GuestFrame } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { addressOf, hex } from './address.ts'
import { type Code, type Disassembler, disassembler } from './disassembler.ts'
import type { ProgramSources } from './program-sources.ts'

export interface DecodedInstruction {
  readonly address: number
  readonly bytes: Uint8Array
  readonly text: string
  /** Where it jumps to, or what it calls. */
  readonly target?: number
  /** What it reads or writes beside the code. */
  readonly data?: number
}

/** The longest instruction of the processor, in bytes. */
const LONGEST = 15
/** Instructions that may be asked for, and how far away. */
const MOST = 20_000

type Wanted = DebugProtocol.DisassembleArguments
type Shown = DebugProtocol.DisassembledInstruction

/** `tid`: of a thread of the process whose memory it is. @throws AdapterError */
export async function disassemble(
  wanted: Wanted,
  tid: number,
  client: SessionClient,
  sources: ProgramSources | undefined,
): Promise<Shown[]> {
  const { memoryReference, offset = 0, resolveSymbols = true } = wanted
  const anchor = addressOf(memoryReference) + offset
  const first = clamp(wanted.instructionOffset ?? 0)
  const count = clamp(wanted.instructionCount)
  const { start, bytes, functions } = await client.ask('code', {
    tid,
    address: anchor,
    before: Math.max(0, -first) * LONGEST,
    after: Math.max(1, first + count) * LONGEST,
  })
  const beginnings = [...new Set([...functions, anchor])].sort((a, b) => a - b)
  const all = aligned(disassembler(), { start, bytes, beginnings }, anchor)
  const zero = all.findIndex(({ address }) => address >= anchor)
  const from = (zero < 0 ? all.length : zero) + first
  const chosen = all.slice(Math.max(0, from), Math.max(0, from + count))
  const shown = await described(chosen, resolveSymbols ? client : undefined, tid, sources)
  const missingBefore = Math.min(count, Math.max(0, -from))
  const lowest = chosen[0]?.address ?? anchor
  const highest = all.at(-1) ?? { address: anchor, bytes: new Uint8Array(1) }
  const end = highest.address + highest.bytes.length
  return [
    ...Array.from({ length: missingBefore }, (_, i) => missing(lowest - missingBefore + i)),
    ...shown,
    ...Array.from({ length: Math.max(0, count - missingBefore - shown.length) }, (_, i) => missing(end + i)),
  ]
}

/** One instruction as a line: `0x401136 <store+4>: movl $1,(%rdi)`; undefined where there is none. */
export async function instructionLine(
  address: number,
  tid: number,
  client: SessionClient,
): Promise<string | undefined> {
  const reference = { memoryReference: hex(address), instructionCount: 1 }
  const [one] = await disassemble(reference, tid, client, undefined)
  if (one.presentationHint === 'invalid') return undefined
  const [place] = await client.ask('places', { tid, addresses: [address] })
  return `${hex(address)}${bracketed(place)}: ${one.instruction}`
}

const clamp = (n: number): number => Math.max(-MOST, Math.min(MOST, Math.trunc(n)))

const missing = (address: number): Shown => ({
  address: address < 0 ? `-0x${(-address).toString(16)}` : hex(address),
  instruction: '??',
  presentationHint: 'invalid',
})

/** Without a function's beginning in front of it, code is decoded from where it comes out at the anchor. */
function aligned(by: Disassembler, code: Code, anchor: number): DecodedInstruction[] {
  const isKnown = code.beginnings.some(each => each <= code.start)
  if (isKnown || code.start === anchor) return by.decode(code)
  for (let skip = 0; skip < Math.min(LONGEST, anchor - code.start); skip++) {
    const tried = by.decode({ ...code, start: code.start + skip, bytes: code.bytes.subarray(skip) })
    if (!tried.some(({ address, text }) => address < anchor && text === '(bad)')) return tried
  }
  return by.decode(code)
}

async function described(
  all: readonly DecodedInstruction[],
  client: SessionClient | undefined,
  tid: number,
  sources: ProgramSources | undefined,
): Promise<Shown[]> {
  const asked = all.flatMap(({ address, target, data }) => [address, target ?? data ?? address])
  const places = client === undefined ? [] : await client.ask('places', { tid, addresses: asked })
  let last: GuestFrame['source']
  return all.map(({ address, bytes, text, target, data }, i) => {
    const place = places.at(2 * i)
    const there = places.at(2 * i + 1)
    const source = place?.source
    const isNew = source !== undefined && (source.line !== last?.line || source.file !== last.file)
    last = source
    const file = isNew ? sources?.find(source.file) : undefined
    return {
      address: hex(address),
      instructionBytes: [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(' '),
      instruction:
        data !== undefined
          ? `${text}        # ${hex(data)}${bracketed(there)}`
          : `${text}${target === undefined ? '' : bracketed(there)}`,
      ...(place?.symbol !== undefined && place.offset === 0 ? { symbol: place.symbol } : {}),
      ...(file === undefined || source === undefined
        ? {}
        : { location: { name: path.basename(file), path: file }, line: source.line }),
    }
  })
}

function bracketed(place: GuestFrame | undefined): string {
  if (place?.symbol === undefined) return ''
  return ` <${place.symbol}${place.offset === 0 ? '' : `+${place.offset}`}>`
}
