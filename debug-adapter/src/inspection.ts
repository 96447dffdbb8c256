/**
 * What a client asks about the guest while it stands: stacks, scopes, variables, memory. A stop's frames and variables are good until the guest goes
 * on. Clients ask for them late, too: VS Code still asks for the scopes of a frame when a quick step has left it. Such an answer is empty; an
 * error would stand in the view in red.
 */
import path from 'node:path'
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { AdapterError } from './errors.ts'
import type { EventLog } from './event-log.ts'
import { type ShownFrame, shownFrames, stackPage } from './frames.ts'
import type { SyscallNames } from './function-breakpoints.ts'
import { References } from './references.ts'
import {
  descriptorValues,
  registerNamed,
  registerValues,
  stepValues,
  undecodedCall,
  type Value,
  variableNamed,
} from './variables.ts'

/** Addresses of frames other than the innermost are return addresses: the registers there are not known. */
const MOST_FRAMES = 200

/** The run that is looked at. */
export interface Inspected {
  /** @throws AdapterError if there is none. */
  client(): SessionClient
  log(): EventLog | undefined
  syscalls(): SyscallNames
  /** The folder with the kernel's sources, if it can be stepped through. */
  sources(): string | undefined
}

interface FrameRef {
  readonly tid: number
  readonly frame: ShownFrame
}

/** What stands behind a variables reference: values, or how to get them. */
type Container = () => Promise<readonly Value[]>

type Stack = DebugProtocol.StackTraceResponse['body']

export class Inspection {
  readonly #run: Inspected
  /** Counts stops. */
  #stop = 0
  readonly #frames = new References<FrameRef>()
  readonly #containers = new References<Container>()
  /** Texts to read: VS Code never asks again for one that it has, so these are kept. */
  readonly #pages = new References<string>()
  readonly #lastPages = new Map<number, { readonly reference: number; readonly text: string }>()

  constructor(run: Inspected) {
    this.#run = run
  }

  /** The guest goes on, or has stopped again: what was told of it is over. */
  forget(): void {
    this.#stop++
    this.#frames.forget()
    this.#containers.forget()
  }

  async stack({ threadId, startFrame = 0, levels = 0 }: DebugProtocol.StackTraceArguments): Promise<Stack> {
    return this.#whileItStands({ stackFrames: [], totalFrames: 0 }, async isOver => {
      const [client, log] = [this.#run.client(), this.#run.log()]
      const trace = await client.ask('backtrace', { tid: threadId, limit: MOST_FRAMES })
      const all = shownFrames(trace, log?.nativeCallInProgress(threadId))
      const page = stackPage(all, log?.callLine(threadId) ?? (await this.#callOf(threadId)))
      if (isOver()) return { stackFrames: [], totalFrames: 0 }
      const source = {
        name: `stack of thread ${threadId}`,
        sourceReference: this.#pageReference(threadId, page.text),
      }
      const wanted = all.slice(startFrame, levels === 0 ? undefined : startFrame + levels)
      return {
        totalFrames: all.length,
        stackFrames: wanted.map((frame, i) => ({
          id: this.#frames.create({ tid: threadId, frame }),
          name: frame.name,
          ...(this.#kernelSource(frame) ?? { source, line: page.lines[startFrame + i], column: 1 }),
          presentationHint: 'normal',
          instructionPointerReference: frame.address === undefined ? undefined : `0x${frame.address.toString(16)}`,
        })),
      }
    })
  }

  /** A place in the translation's own sources. */
  #kernelSource({ place }: ShownFrame): Pick<DebugProtocol.StackFrame, 'source' | 'line' | 'column'> | undefined {
    const sources = this.#run.sources()
    if (place === undefined || sources === undefined) return undefined
    return {
      source: { name: path.basename(place.file), path: path.join(sources, place.file) },
      line: place.line,
      column: place.column,
    }
  }

  /** One number for one text. */
  #pageReference(tid: number, text: string): number {
    const last = this.#lastPages.get(tid)
    if (last?.text === text) return last.reference
    const reference = this.#pages.create(text)
    this.#lastPages.set(tid, { reference, text })
    return reference
  }

  page(reference: number): string {
    return this.#pages.get(reference) ?? ''
  }

  async scopes(frameId: number): Promise<DebugProtocol.Scope[]> {
    return this.#whileItStands([], async isOver => {
      const found = this.#frames.get(frameId)
      if (found === undefined) return []
      const { tid, frame } = found
      const [client, log] = [this.#run.client(), this.#run.log()]
      const call = await this.#callOf(tid)
      if (isOver()) return []
      const scope = (name: string, container: Container): DebugProtocol.Scope => ({
        name,
        expensive: false,
        variablesReference: this.#containers.create(container),
      })
      const registers = () => client.ask('registers', { tid })
      const scopes: DebugProtocol.Scope[] = []
      if (frame.variables.length > 0)
        scopes.push(scope(frame.place === undefined ? 'Step' : 'Locals', async () => stepValues(frame.variables)))
      if (call !== undefined)
        scopes.push(
          scope('System call', async () => log?.callInProgress(tid) ?? undecodedCall(call, await registers())),
        )
      scopes.push(scope('Registers', async () => registerValues(await registers())))
      scopes.push(scope('Descriptors', async () => descriptorValues(await client.ask('descriptors', { tid }))))
      return scopes
    })
  }

  /** The name of the call that a thread is in. */
  async #callOf(tid: number): Promise<string | undefined> {
    const thread = (await this.#run.client().ask('threads')).find(each => each.tid === tid)
    return thread === undefined || thread.syscall < 0
      ? undefined
      : (this.#run.syscalls().get(thread.syscall) ?? `#${thread.syscall}`)
  }

  async variables({
    variablesReference,
    start = 0,
    count = 0,
  }: DebugProtocol.VariablesArguments): Promise<DebugProtocol.Variable[]> {
    return this.#whileItStands([], async isOver => {
      const values = (await this.#containers.get(variablesReference)?.()) ?? []
      if (isOver()) return []
      return values.slice(start, count === 0 ? undefined : start + count).map(value => this.variable(value))
    })
  }

  variable({ name, value, type, memory, parts = [] }: Value): DebugProtocol.Variable {
    return {
      name,
      value,
      type,
      memoryReference: memory === undefined ? undefined : `0x${memory.toString(16)}`,
      variablesReference: parts.length === 0 ? 0 : this.#containers.create(async () => parts),
    }
  }

  /** A variable of the frame, or a register of its thread; `tid`: where no frame is meant. */
  async evaluate(expression: string, frameId: number | undefined, tid: number): Promise<Value | undefined> {
    const found = frameId === undefined ? undefined : this.#frames.get(frameId)
    const known = variableNamed(expression, found?.frame.variables ?? [])
    return known ?? registerNamed(expression, await this.#run.client().ask('registers', { tid: found?.tid ?? tid }))
  }

  /** `tid`: whose memory; undefined: that of any thread. @throws AdapterError */
  async memory(
    { memoryReference, offset = 0, count }: DebugProtocol.ReadMemoryArguments,
    tid: number | undefined,
  ): Promise<DebugProtocol.ReadMemoryResponse['body']> {
    const base = Number(memoryReference)
    if (!Number.isSafeInteger(base) || base < 0)
      throw new AdapterError('badMemoryReference', { reference: memoryReference })
    const client = this.#run.client()
    const address = Math.max(0, base + offset)
    const whose = tid ?? (await client.ask('threads'))[0]?.tid
    if (whose === undefined) throw new AdapterError('notRunning')
    const bytes = count > 0 ? await client.ask('memory', { tid: whose, address, length: count }) : new Uint8Array(0)
    return {
      address: `0x${address.toString(16)}`,
      data: Buffer.from(bytes).toString('base64'),
      unreadableBytes: count - bytes.length,
    }
  }

  /** `none`: the answer to a question about a stop that is over by the time at which it could be answered. */
  async #whileItStands<T>(none: T, answer: (isOver: () => boolean) => Promise<T>): Promise<T> {
    const stop = this.#stop
    const isOver = () => this.#stop !== stop
    try {
      return await answer(isOver)
    } catch (error) {
      // A thread may be gone by then, or the whole program.
      if (isOver()) return none
      throw error
    }
  }
}
