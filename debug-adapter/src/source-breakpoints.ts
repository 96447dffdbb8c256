/** Breakpoints in the kernel's own sources: the translation is code that can be stopped in. */
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
  readonly line: number | undefined
}

export class SourceBreakpoints {
  /** The folder with the sources; undefined while the kernel that runs cannot be stepped through. */
  root: string | undefined
  #nextId = FIRST_ID
  readonly #asked = new Map<string, readonly Asked[]>()
  readonly #placed = new Map<string, readonly Placed[]>()

  /** Replaces those of one source; the answer has one entry for each, in order. */
  async set(
    source: DebugProtocol.Source,
    wanted: readonly DebugProtocol.SourceBreakpoint[],
    client: SessionClient,
  ): Promise<DebugProtocol.Breakpoint[]> {
    const file = this.#fileOf(source.path)
    if (file === undefined) return wanted.map(() => ({ verified: false, message: this.#whyNot() }))
    const all = wanted.map(each => ({ line: each.line, when: readWhen(each) }))
    const troubles = all.map(({ when }) => whyNot(when))
    const understood = all.filter((_, i) => troubles[i] === undefined)
    this.#asked.set(file, understood)
    const places = (await client.ask('sourceBreakpoints', { file, lines: understood })).values()
    const placed = troubles.map(message => {
      const line = message === undefined ? places.next().value : undefined
      return { id: this.#nextId++, line, message: message ?? 'Nothing is executed from this line on.' }
    })
    this.#placed.set(file, placed)
    return placed.map(({ id, line, message }) =>
      line === undefined ? { id, verified: false, message } : { id, verified: true, line },
    )
  }

  /** Sets all anew, for a program that was started again. */
  async resend(client: SessionClient): Promise<void> {
    for (const [file, lines] of this.#asked) await client.ask('sourceBreakpoints', { file, lines })
  }

  hitBy(reason: StopReason): number[] {
    if (reason.kind !== 'source-breakpoint') return []
    return (this.#placed.get(reason.file) ?? []).filter(({ line }) => line === reason.line).map(({ id }) => id)
  }

  #fileOf(file: string | undefined): string | undefined {
    if (file === undefined || this.root === undefined) return undefined
    const relative = path.relative(this.root, file)
    return relative.startsWith('..') || path.isAbsolute(relative) ? undefined : relative.replaceAll('\\', '/')
  }

  #whyNot(): string {
    return this.root === undefined
      ? 'The translation can be stopped in only when the program is started with debugging.'
      : 'Only the sources of the translation can be stopped in; the call stack leads to them.'
  }
}
