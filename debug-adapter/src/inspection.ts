/**
 * What a client asks about the guest while it stands: stacks, scopes, variables, memory. A stop's frames and variables are good until the guest goes
 * on. Clients ask for them late, too: VS Code still asks for the scopes of a frame when a quick step has left it. Such an answer is empty; an
 * error would stand in the view in red.
 */
import path from 'node:path'
import type { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { ProgramValue } from '@interlinear/emulator-core/session/protocol.ts'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { addressOf, hex } from './address.ts'
import { dataInfo } from './data-breakpoints.ts'
import { AdapterError } from './errors.ts'
import type { EventLog } from './event-log.ts'
import { type ShownFrame, shownFrames, stackPage } from './frames.ts'
import type { SyscallNames } from './function-breakpoints.ts'
import type { ProgramSources } from './program-sources.ts'
import { References } from './references.ts'
import {
  descriptorValues,
  programValues,
  registerNamed,
  registerValues,
  stepValues,
  undecodedCall,
  type Value,
  variableNamed,
} from './variables.ts'

/** Addresses of frames other than the innermost are return addresses: the registers there are not known. */
const MOST_FRAMES = 200
/** What leads on from a variable as only C does: JavaScript, which the rest is, would complain of the arrow. */
const C_ALONE = /^[\s(*&]*([A-Za-z_]\w*)[\w\s.()[\]*&]*->/

/** The run that is looked at. */
export interface Inspected {
  /** @throws AdapterError if there is none. */
  client(): SessionClient
  log(): EventLog | undefined
  syscalls(): SyscallNames
  /** The folder with the kernel's sources, if it can be stepped through. */
  sources(): string | undefined
  programSources(): ProgramSources | undefined
}

interface FrameRef {
  readonly tid: number
  readonly frame: ShownFrame
}

/** What stands behind a variables reference: values, or how to get them. */
type Container = () => Promise<readonly Value[]>

/** What the "Registers" of a thread are changed by. */
interface RegisterSet {
  readonly tid: number
}

type Stack = DebugProtocol.StackTraceResponse['body']

export class Inspection {
  readonly #run: Inspected
  /** Counts stops. */
  #stop = 0
  readonly #frames = new References<FrameRef>()
  readonly #containers = new References<Container>()
  /** Which of them are registers, and whose. */
  readonly #registerSets = new Map<number, RegisterSet>()
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
    this.#registerSets.clear()
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
          ...(this.#sourceOf(frame) ?? { source, line: page.lines[startFrame + i], column: 1 }),
          presentationHint: 'normal',
          instructionPointerReference: frame.address === undefined ? undefined : hex(frame.address),
        })),
      }
    })
  }

  /** Whether the thread is in the program, in a function whose source is here or that was called from one. */
  async isInSource(threadId: number): Promise<boolean> {
    const { translation, guest } = await this.#run.client().ask('backtrace', { tid: threadId, limit: MOST_FRAMES })
    const sources = this.#run.programSources()
    const isHere = guest.some(({ source }) => source !== undefined && sources?.find(source.file) !== undefined)
    return translation.length === 0 && isHere
  }

  /** Whether the thread is in the program, at a line whose source is here. */
  async isAtLine(threadId: number): Promise<boolean> {
    const { translation, guest } = await this.#run.client().ask('backtrace', { tid: threadId, limit: 1 })
    const source = guest.at(0)?.source
    if (translation.length > 0 || source === undefined) return false
    return this.#run.programSources()?.find(source.file) !== undefined
  }

  /** A place in the translation's own sources, or in the program's. */
  #sourceOf({ place, source }: ShownFrame): Pick<DebugProtocol.StackFrame, 'source' | 'line' | 'column'> | undefined {
    const file = source === undefined ? undefined : this.#run.programSources()?.find(source.file)
    if (source !== undefined && file !== undefined)
      return { source: { name: path.basename(file), path: file }, line: source.line, column: 1 }
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
      const locals = await this.#locals(tid, frame.index)
      if (isOver()) return []
      const scopes: DebugProtocol.Scope[] = []
      if (frame.variables.length > 0)
        scopes.push(scope(frame.place === undefined ? 'Step' : 'Locals', async () => stepValues(frame.variables)))
      if (locals.length > 0) scopes.push({ ...scope('Locals', async () => locals), presentationHint: 'locals' })
      if (call !== undefined)
        scopes.push(
          scope('System call', async () => log?.callInProgress(tid) ?? undecodedCall(call, await registers())),
        )
      const ofRegisters = scope('Registers', async () => registerValues(await registers()))
      this.#registerSets.set(ofRegisters.variablesReference, { tid })
      scopes.push({ ...ofRegisters, presentationHint: 'registers' })
      scopes.push(scope('Descriptors', async () => descriptorValues(await client.ask('descriptors', { tid }))))
      return scopes
    })
  }

  /** The variables of a function of the program. */
  async #locals(tid: number, frame: number | undefined): Promise<Value[]> {
    if (frame === undefined) return []
    try {
      const values = await this.#run.client().ask('locals', { tid, frame })
      return programValues(values, expression => this.#parts(tid, frame, expression))
    } catch (error) {
      // The other scopes are there all the same.
      return [{ name: '(unknown)', value: error instanceof Error ? error.message : String(error) }]
    }
  }

  async #parts(tid: number, frame: number, expression: string): Promise<readonly ProgramValue[]> {
    return (await this.#run.client().ask('programValue', { tid, frame, expression }))?.parts ?? []
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
      const isReadOnly = !this.#registerSets.has(variablesReference)
      const wanted = values.slice(start, count === 0 ? undefined : start + count)
      return wanted.map(value => this.variable(value, isReadOnly))
    })
  }

  variable(
    { name, value, type, memory, parts = [], expand, expression }: Value,
    isReadOnly = true,
  ): DebugProtocol.Variable {
    const content = expand ?? (parts.length === 0 ? undefined : async () => parts)
    return {
      ...(isReadOnly ? { presentationHint: { attributes: ['readOnly'] } } : {}),
      name,
      value,
      type,
      memoryReference: memory === undefined ? undefined : hex(memory),
      ...(expression === undefined ? {} : { evaluateName: expression }),
      variablesReference: content === undefined ? 0 : this.#containers.create(content),
    }
  }

  /** A variable of the frame, or a register of its thread; `tid`: where no frame is meant. */
  async evaluate({ expression, frameId, context }: DebugProtocol.EvaluateArguments, threadId: number): Promise<Value> {
    const client = this.#run.client()
    const found = frameId === undefined ? undefined : this.#frames.get(frameId)
    const tid = found?.tid ?? threadId
    const known =
      variableNamed(expression, found?.frame.variables ?? []) ??
      registerNamed(expression, await client.ask('registers', { tid }))
    if (known !== undefined) return known
    const frame = found?.frame.index
    const ofProgram = frame === undefined ? undefined : await client.ask('programValue', { tid, frame, expression })
    if (frame !== undefined && ofProgram !== undefined)
      return programValues([ofProgram.value], each => this.#parts(tid, frame, each))[0]
    // The mouse over a word is not a wish to have something done.
    if (context === 'hover' && !/^[\w$.[\]]+$/.test(expression))
      throw new AdapterError('badExpression', { reason: 'This is not a name' })
    const [, name] = C_ALONE.exec(expression) ?? []
    if (name !== undefined) throw new AdapterError('refused', { reason: `${name} is not known here` })
    const value = await client.ask('evaluate', { tid, depth: found?.frame.depth, frame, expression })
    return stepValues([value])[0]
  }

  /** @throws AdapterError for what is not a register. */
  async setVariable({ variablesReference, name, value }: DebugProtocol.SetVariableArguments): Promise<Value> {
    const set = this.#registerSets.get(variablesReference)
    if (set === undefined) throw new AdapterError('readOnly', { name })
    return this.setRegister(name, value, set.tid)
  }

  /** @throws AdapterError for what is not a register. */
  async setExpression(
    { expression, value, frameId }: DebugProtocol.SetExpressionArguments,
    tid: number,
  ): Promise<Value> {
    const found = frameId === undefined ? undefined : this.#frames.get(frameId)
    return this.setRegister(expression.trim(), value, found?.tid ?? tid)
  }

  async setRegister(name: string, value: string, tid: number): Promise<Value> {
    const client = this.#run.client()
    const before = registerNamed(name, await client.ask('registers', { tid }))
    if (before === undefined) throw new AdapterError('readOnly', { name })
    await client.ask('setRegister', { tid, name, value: value.replace(/\s*\[[A-Z ]*\]$/, '') })
    return registerNamed(name, await client.ask('registers', { tid })) ?? before
  }

  async writeMemory(
    { memoryReference, offset = 0, data, allowPartial = false }: DebugProtocol.WriteMemoryArguments,
    tid: number,
  ): Promise<number> {
    const address = addressOf(memoryReference) + offset
    const bytes = Buffer.from(data, 'base64')
    const written = await this.#run.client().ask('writeMemory', { tid, address, bytes })
    if (written < bytes.length && !allowPartial)
      throw new AdapterError('refused', { reason: `The program itself may not write at 0x${address.toString(16)}.` })
    return written
  }

  /** `tid`: whose memory; undefined: that of any thread. @throws AdapterError */
  async memory(
    { memoryReference, offset = 0, count }: DebugProtocol.ReadMemoryArguments,
    tid: number | undefined,
  ): Promise<DebugProtocol.ReadMemoryResponse['body']> {
    const client = this.#run.client()
    const address = Math.max(0, addressOf(memoryReference) + offset)
    const whose = await this.someThread(tid)
    const bytes = count > 0 ? await client.ask('memory', { tid: whose, address, length: count }) : new Uint8Array(0)
    return {
      address: hex(address),
      data: Buffer.from(bytes).toString('base64'),
      unreadableBytes: count - bytes.length,
    }
  }

  /** What of a value in a container, of an address or of an expression can be watched. @throws AdapterError */
  async dataInfo(
    { variablesReference, name, frameId, asAddress, bytes }: DebugProtocol.DataBreakpointInfoArguments,
    threadId: number,
  ): Promise<DebugProtocol.DataBreakpointInfoResponse['body']> {
    const tid = (frameId === undefined ? undefined : this.#frames.get(frameId)?.tid) ?? threadId
    const thread = (await this.#run.client().ask('threads')).find(each => each.tid === tid)
    if (thread === undefined) throw new AdapterError('notRunning')
    const within = variablesReference === undefined ? undefined : this.#containers.get(variablesReference)
    const value =
      asAddress === true
        ? { name, value: name, place: { address: addressOf(name), size: bytes ?? 1 } }
        : ((await within?.())?.find(each => each.name === name) ?? (await this.#pointing(name, frameId, tid)))
    return dataInfo(value, thread.pid, bytes)
  }

  /** An expression; a number is an address. */
  async #pointing(expression: string, frameId: number | undefined, tid: number): Promise<Value> {
    const value = await this.evaluate({ expression, ...(frameId === undefined ? {} : { frameId }) }, tid)
    const [number] = /^(0x[0-9a-f]+|\d+)/.exec(value.value) ?? []
    return value.place !== undefined || value.memory !== undefined || number === undefined
      ? value
      : { ...value, memory: BigInt(number) }
  }

  /** A thread, or any if none is meant. @throws AdapterError */
  async someThread(tid: number | undefined): Promise<number> {
    const some = tid ?? (await this.#run.client().ask('threads'))[0]?.tid
    if (some === undefined) throw new AdapterError('notRunning')
    return some
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
