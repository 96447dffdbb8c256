/** One run of the program: the emulator's thread, the events it records, its output. A restart makes a new one. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import { AdapterError } from './errors.ts'
import { EventLog } from './event-log.ts'
import { type Category, OutputGatherer } from './output.ts'

/** The worker's bundle: beside the adapter's in an installation, in its own package in a checkout. */
const WORKER_FILES = ['./worker.cjs', '../../emulator-core/dist/worker.cjs'].map(name =>
  fileURLToPath(new URL(name, import.meta.url)),
)

export function installedWorker(): string {
  const found = WORKER_FILES.find(existsSync)
  if (found === undefined) throw new AdapterError('noWorker', { file: WORKER_FILES[0] })
  return found
}

export class Debuggee {
  readonly client: SessionClient
  readonly log: EventLog
  readonly #output: OutputGatherer

  constructor(workerFile: string, traced: boolean, print: (category: Category | 'console', text: string) => void) {
    this.log = new EventLog(traced)
    this.log.onFailed(reason => print('console', `The recording has ended early: ${reason}. The program goes on.\n`))
    this.client = new SessionClient(workerFile, this.log.shared)
    this.#output = new OutputGatherer(print, bytes => this.client.outputTaken(bytes))
    this.client.events.on('output', (stream, bytes) => this.#output.push(stream, bytes))
  }

  /** The program has ended: everything it wrote and recorded is passed on. */
  finish(): void {
    this.#output.flush()
    this.log.finish()
  }

  async dispose(): Promise<void> {
    await this.client.dispose()
  }
}
