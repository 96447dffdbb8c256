/** All that may stop the program: set by the client in parts, sent anew to a program that was started again. */
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { StopFilters, StopReason } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { Breakpoints } from './breakpoints.ts'
import { DataBreakpoints } from './data-breakpoints.ts'
import { readFilters } from './filters.ts'
import type { SyscallNames } from './function-breakpoints.ts'
import { InstructionBreakpoints } from './instruction-breakpoints.ts'
import { SourceBreakpoints } from './source-breakpoints.ts'

export class AllBreakpoints {
  readonly functions = new Breakpoints()
  readonly sources = new SourceBreakpoints()
  readonly instructions = new InstructionBreakpoints()
  readonly data = new DataBreakpoints()
  #filters: StopFilters = {}

  /** A program has been loaded; `sources`: the folder with those of the kernel. */
  loaded(syscalls: SyscallNames, sources: string | undefined): void {
    this.functions.syscalls = syscalls
    this.sources.root = sources
  }

  /** The answer has one entry for each filter, in DAP's order. */
  async setFilters(
    args: DebugProtocol.SetExceptionBreakpointsArguments,
    client: SessionClient,
  ): Promise<DebugProtocol.Breakpoint[]> {
    const { filters, breakpoints } = readFilters(args, this.functions.syscalls)
    this.#filters = filters
    await client.ask('filters', filters)
    return breakpoints
  }

  async resend(client: SessionClient): Promise<void> {
    await this.functions.resend(client)
    await this.sources.resend(client)
    await this.instructions.resend(client)
    await this.data.resend(client)
    await client.ask('filters', this.#filters)
  }

  hitBy(reason: StopReason): number[] {
    return [this.functions, this.sources, this.instructions, this.data].flatMap(each => each.hitBy(reason))
  }
}
