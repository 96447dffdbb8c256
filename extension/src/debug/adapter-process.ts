/**
 * The adapter, in a process of its own, so that nothing it does can harm the extension host. It outlives its debug session: the views go on
 * asking it about the run that has ended, until the next one begins.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { MessageStream } from './message-stream.ts'

/** Numbers of our own requests begin here; VS Code's never come so far. */
const OWN_SEQ = 1_000_000_000

interface Response {
  readonly type: 'response'
  readonly request_seq: number
  readonly success: boolean
  readonly message?: string
  readonly body?: unknown
}

interface Waiting {
  resolve(body: unknown): void
  reject(error: Error): void
}

export interface AdapterListener {
  /** A message for VS Code. */
  message(message: object): void
  /** The adapter's process is gone; `output` is the end of what it wrote about that. */
  gone(output: string): void
}

export class AdapterProcess {
  readonly #child: ChildProcess
  readonly #stream: MessageStream
  readonly #waiting = new Map<number, Waiting>()
  #nextSeq = OWN_SEQ
  #complaints = ''
  #listener: AdapterListener | undefined
  #alive = true

  constructor(adapterFile: string) {
    // Electron's binary is a Node when it is told to; a Node ignores the variable.
    this.#child = spawn(process.execPath, [adapterFile], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const { stdin, stdout, stderr } = this.#child
    if (stdin === null || stdout === null || stderr === null) throw new Error('the debug adapter has no streams')
    this.#stream = new MessageStream(stdout, stdin, message => this.#receive(message))
    stdin.on('error', () => {})
    stderr.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-4000)
    })
    this.#child.on('error', error => this.#gone(error.message))
    this.#child.on('exit', () => this.#gone(this.#complaints))
  }

  get alive(): boolean {
    return this.#alive
  }

  listen(listener: AdapterListener | undefined): void {
    this.#listener = listener
  }

  /** Passes on a message of VS Code's. */
  send(message: object): void {
    if (this.#alive) this.#stream.send(message)
  }

  /** Asks something that VS Code need not know of. */
  request(command: string, args: unknown): Promise<unknown> {
    if (!this.#alive) return Promise.reject(new Error('The debug adapter has ended.'))
    const seq = this.#nextSeq++
    return new Promise((resolve, reject) => {
      this.#waiting.set(seq, { resolve, reject })
      this.#stream.send({ seq, type: 'request', command, arguments: args })
    })
  }

  dispose(): void {
    this.#listener = undefined
    this.#child.kill()
  }

  #receive(message: object): void {
    if (isResponse(message) && message.request_seq >= OWN_SEQ) {
      const waiting = this.#waiting.get(message.request_seq)
      this.#waiting.delete(message.request_seq)
      if (message.success) waiting?.resolve(message.body)
      else waiting?.reject(new Error(message.message ?? 'The debug adapter refused.'))
      return
    }
    this.#listener?.message(message)
  }

  #gone(why: string): void {
    if (!this.#alive) return
    this.#alive = false
    for (const waiting of this.#waiting.values()) waiting.reject(new Error('The debug adapter has ended.'))
    this.#waiting.clear()
    this.#listener?.gone(why)
  }
}

function isResponse(message: object): message is Response {
  return 'type' in message && message.type === 'response'
}
