/** The runs there are: those being debugged, and the last one that ended, which the views still show. */
import * as vscode from 'vscode'
import { AdapterProcess } from './adapter-process.ts'

/** Which run the views look at, and what it says of itself. */
export interface Run {
  readonly name: string
  request(command: string, args: unknown): Promise<unknown>
}

interface CustomEvent {
  readonly type: 'event'
  readonly event: string
  readonly body?: unknown
}

class ProcessRun implements Run {
  readonly name: string
  readonly process: AdapterProcess

  constructor(name: string, process: AdapterProcess) {
    this.name = name
    this.process = process
  }

  request(command: string, args: unknown): Promise<unknown> {
    return this.process.request(command, args)
  }
}

export class Runs implements vscode.DebugAdapterDescriptorFactory, vscode.Disposable {
  readonly #adapterFile: string
  readonly #changed = new vscode.EventEmitter<Run | undefined>()
  readonly #heard = new vscode.EventEmitter<{ readonly event: string; readonly body: unknown }>()
  #shown: ProcessRun | undefined
  readonly #active = new Set<ProcessRun>()

  /** Another run is shown now, or none. */
  readonly onDidChange = this.#changed.event
  /** The shown run's adapter told something that is not of the protocol. */
  readonly onDidHear = this.#heard.event

  constructor(adapterFile: string) {
    this.#adapterFile = adapterFile
  }

  get shown(): Run | undefined {
    return this.#shown
  }

  createDebugAdapterDescriptor(session: vscode.DebugSession): vscode.DebugAdapterDescriptor {
    const run = new ProcessRun(session.name, new AdapterProcess(this.#adapterFile))
    this.#active.add(run)
    const before = this.#shown
    this.#shown = run
    if (before !== undefined && !this.#active.has(before)) before.process.dispose()
    this.#changed.fire(run)
    void vscode.commands.executeCommand('setContext', 'interlinear.hasRun', true)
    return new vscode.DebugAdapterInlineImplementation(this.#relay(run))
  }

  /** What VS Code takes for the adapter: messages go through, our own events go to the views. */
  #relay(run: ProcessRun): vscode.DebugAdapter {
    const messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>()
    run.process.listen({
      message: message => {
        if (isCustomEvent(message)) {
          if (run === this.#shown) this.#heard.fire({ event: message.event, body: message.body })
          return
        }
        messages.fire(message as vscode.DebugProtocolMessage)
      },
      gone: output => {
        if (output !== '')
          messages.fire(event('output', { category: 'stderr', output: `The debug adapter ended: ${output}\n` }))
        messages.fire(event('terminated', {}))
      },
    })
    return {
      onDidSendMessage: messages.event,
      handleMessage: message => run.process.send(message),
      dispose: () => {
        this.#active.delete(run)
        if (run !== this.#shown) run.process.dispose()
        messages.dispose()
        run.process.listen(undefined)
      },
    }
  }

  dispose(): void {
    for (const run of this.#active) run.process.dispose()
    this.#shown?.process.dispose()
    this.#changed.dispose()
    this.#heard.dispose()
  }
}

function event(name: string, body: object): vscode.DebugProtocolMessage {
  return { seq: 0, type: 'event', event: name, body } as vscode.DebugProtocolMessage
}

function isCustomEvent(message: object): message is CustomEvent {
  return 'event' in message && typeof message.event === 'string' && message.event.startsWith('interlinear/')
}
