/** Breakpoints in sources: the program's own, as far as it has debug information, and the kernel's, as the translation is code that can be stopped in. */
import path from 'node:path'
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { StopReason, When } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { readWhen, whyNot } from './when.ts'

/** Numbers apart from those of function breakpoints. */
const FIRST_ID = 1_000_000

interface Asked {
  readonly line: number
  readonly when: When | undefined
}

interface Placed {
  readonly id: number
  /** Undefined: nowhere so far, and why. */
  line: number | undefined
  readonly message: string
  /** It cannot be understood: it is not looked for. */
  readonly isWrong: boolean
}

/** A file of the kernel as the build's table has it, or of the program's as the user has it. */
interface File {
  readonly kind: 'kernel' | 'program'
  readonly name: string
}

export class SourceBreakpoints {
  /** The folder with the kernel's sources; undefined while the kernel that runs cannot be stepped through. */
  root: string | undefined
  #nextId = FIRST_ID
  readonly #asked = new Map<string, { readonly file: File; readonly lines: readonly Asked[] }>()
  readonly #placed = new Map<string, readonly Placed[]>()

  /** Replaces those of one source; the answer has one entry for each, in order. */
  async set(
    source: DebugProtocol.Source,
    wanted: readonly DebugProtocol.SourceBreakpoint[],
    client: SessionClient,
  ): Promise<DebugProtocol.Breakpoint[]> {
    if (source.path === undefined) return wanted.map(() => ({ verified: false, message: 'This is no file.' }))
    const file = this.#fileOf(source.path)
    const all = wanted.map(each => ({ line: each.line, when: readWhen(each) }))
    const troubles = all.map(({ when }) => whyNot(when))
    const understood = all.filter((_, i) => troubles[i] === undefined)
    this.#asked.set(keyOf(file), { file, lines: understood })
    const lines = (await send(client, file, understood)).values()
    const placed = troubles.map(trouble => ({
      id: this.#nextId++,
      line: trouble === undefined ? lines.next().value : undefined,
      message: trouble ?? NOWHERE[file.kind],
      isWrong: trouble !== undefined,
    }))
    this.#placed.set(keyOf(file), placed)
    return placed.map(described)
  }

  /** Sets all anew, for a program that was started again. */
  async resend(client: SessionClient): Promise<void> {
    for (const { file, lines } of this.#asked.values()) await send(client, file, lines)
  }

  /** Lines of the program's source have been found: gives the breakpoints that this changes. */
  found(name: string, lines: readonly (number | undefined)[]): DebugProtocol.Breakpoint[] {
    const placed = (this.#placed.get(keyOf({ kind: 'program', name })) ?? []).filter(({ isWrong }) => !isWrong)
    placed.forEach((each, i) => {
      each.line = lines[i]
    })
    return placed.map(described)
  }

  hitBy(reason: StopReason): number[] {
    if (reason.kind !== 'source-breakpoint' && reason.kind !== 'line-breakpoint') return []
    const file: File =
      reason.kind === 'line-breakpoint' ? { kind: 'program', name: reason.path } : { kind: 'kernel', name: reason.file }
    return (this.#placed.get(keyOf(file)) ?? []).filter(({ line }) => line === reason.line).map(({ id }) => id)
  }

  #fileOf(file: string): File {
    const relative = this.root === undefined ? '..' : path.relative(this.root, file)
    const isOutside = relative.startsWith('..') || path.isAbsolute(relative)
    return isOutside ? { kind: 'program', name: file } : { kind: 'kernel', name: relative.replaceAll('\\', '/') }
  }
}

const NOWHERE = {
  kernel: 'Nothing is executed from this line on.',
  program:
    'Nothing that is loaded so far says that it comes from this line: the program needs debug information (-g) for that. The translation can be stopped in too; the call stack leads to its sources.',
} as const

const keyOf = ({ kind, name }: File): string => `${kind} ${name}`

function send(client: SessionClient, { kind, name }: File, lines: readonly Asked[]) {
  return kind === 'kernel'
    ? client.ask('sourceBreakpoints', { file: name, lines })
    : client.ask('lineBreakpoints', { path: name, lines })
}

function described({ id, line, message }: Placed): DebugProtocol.Breakpoint {
  return line === undefined ? { id, verified: false, message } : { id, verified: true, line }
}
