/** One run of the program: the emulator's thread, the events it records, its output. A restart makes a new one. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SessionClient } from '@interlinear/emulator-core/session/client.ts'
import type { StepTable } from '@interlinear/emulator-core/session/protocol.ts'
import { AdapterError } from './errors.ts'
import { EventLog } from './event-log.ts'
import { type Category, OutputGatherer } from './output.ts'

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The emulator's thread: its bundle, and for the one whose kernel can be stepped through what is known of its places. */
export interface WorkerFiles {
  readonly worker: string
  readonly steps?: StepTable
  /** The folder with the kernel's sources. */
  readonly sources?: string
}

/** Where the bundles and the sources are: beside the adapter in an installation, in the packages in a checkout. */
const PLACES = [
  { bundles: './', sources: './translation' },
  { bundles: '../../emulator-core/dist/', sources: '../../emulator-core/src' },
]

/** @param stepping whether somebody may want to step through the kernel. */
export function installedWorker(stepping: boolean): WorkerFiles {
  for (const { bundles, sources } of PLACES) {
    const plain = beside(`${bundles}worker.cjs`)
    if (!existsSync(plain)) continue
    const table = beside(`${bundles}worker-stepping.json`)
    if (!stepping || !existsSync(table)) return { worker: plain }
    return {
      worker: beside(`${bundles}worker-stepping.cjs`),
      steps: JSON.parse(readFileSync(table, 'utf8')) as StepTable,
      sources: beside(sources),
    }
  }
  throw new AdapterError('noWorker', { file: beside('./worker.cjs') })
}

export class Debuggee {
  readonly client: SessionClient
  readonly log: EventLog
  readonly #output: OutputGatherer

  constructor(workerFile: string, traced: boolean, print: (category: Category, text: string) => void) {
    this.log = new EventLog(traced)
    this.log.onFailed(reason => print('console', `The recording has ended early: ${reason}. The program goes on.\n`))
    this.client = new SessionClient(workerFile, this.log.shared)
    this.#output = new OutputGatherer(print, bytes => this.client.outputTaken(bytes))
    this.client.events.on('output', (stream, bytes) => this.#output.push(stream, bytes))
  }

  /** What it wrote until now is passed on. */
  flush(): void {
    this.#output.flush()
  }

  /** Everything has ended: everything it wrote and recorded is passed on. */
  finish(): void {
    this.#output.flush()
    this.log.finish()
  }

  async dispose(): Promise<void> {
    await this.client.dispose()
  }
}
