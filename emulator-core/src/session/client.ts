/** The outer thread's end of a session: makes the worker, asks it, and hears its notices. */
import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Control } from './control.ts'
import type {
  FunctionLocation,
  Gives,
  Notice,
  OutputStream,
  RequestName,
  StopReason,
  Takes,
  WorkerData,
} from './protocol.ts'

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface SessionEvents {
  stopped: [tid: number, reason: StopReason]
  placed: [path: string, lines: readonly (number | undefined)[]]
  found: [name: string, locations: readonly FunctionLocation[]]
  thread: [tid: number, started: boolean]
  output: [stream: OutputStream, bytes: Uint8Array]
  /** The program itself has; `others`: processes of it that still run. */
  exited: [status: number, signal: number, others: number]
  /** Nothing runs any more. */
  ended: []
  /** The worker itself failed: a fault of ours, never of the guest. */
  failed: [error: Error]
}

/** What a request that the emulator cannot follow is answered with; the message is one sentence for people. */
export class Refusal extends Error {}

export class SessionClient {
  readonly events = new EventEmitter<SessionEvents>()
  readonly #worker: Worker
  readonly #control = new Control()
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #ended = false

  /** `ring`: shared memory for the guest's events, which the caller drains. */
  constructor(workerFile: string, ring: SharedArrayBuffer | undefined) {
    const workerData: WorkerData = { control: this.#control.shared, ring }
    this.#worker = new Worker(workerFile, { workerData, stdout: false, stderr: false })
    this.#worker.on('message', (notice: Notice) => this.#hear(notice))
    this.#worker.on('error', error => this.#fail(error))
    this.#worker.on('exit', () => this.#fail(undefined))
  }

  /** @throws Refusal with the reason as one sentence. */
  ask<N extends RequestName>(name: N, ...argument: Takes<N> extends undefined ? [] : [Takes<N>]): Promise<Gives<N>> {
    if (this.#ended) return Promise.reject(new Refusal('The program has ended.'))
    const id = this.#nextId++
    return new Promise<Gives<N>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#post({ id, name, argument: argument[0] })
    })
  }

  /** Stops the guest at the end of its time slice, at most a few milliseconds away. */
  pause(): void {
    this.#control.requestPause()
    this.#post({ id: 0, name: 'poke' })
  }

  #post(message: unknown): void {
    this.#worker.postMessage(message)
    this.#control.messagePosted()
  }

  /** Ends the worker, whatever it does. */
  async dispose(): Promise<void> {
    this.#ended = true
    await this.#worker.terminate()
  }

  /** Says that so many bytes of output were passed on, so that the guest may write more. */
  outputTaken(bytes: number): void {
    this.#control.outputTaken(bytes)
  }

  #hear(notice: Notice): void {
    switch (notice.kind) {
      case 'answer':
      case 'refusal': {
        const waiting = this.#waiting.get(notice.id)
        this.#waiting.delete(notice.id)
        if (notice.kind === 'answer') waiting?.resolve(notice.value)
        else waiting?.reject(new Refusal(notice.message))
        return
      }
      case 'stopped':
        this.events.emit('stopped', notice.tid, notice.reason)
        return
      case 'found':
        this.events.emit('found', notice.name, notice.locations)
        return
      case 'placed':
        this.events.emit('placed', notice.path, notice.lines)
        return
      case 'thread':
        this.events.emit('thread', notice.tid, notice.started)
        return
      case 'output':
        this.events.emit('output', notice.stream, notice.bytes)
        return
      case 'exited':
        this.events.emit('exited', notice.status, notice.signal, notice.others)
        return
      case 'ended':
        this.events.emit('ended')
    }
  }

  #fail(error: Error | undefined): void {
    const wasEnded = this.#ended
    this.#ended = true
    for (const waiting of this.#waiting.values()) waiting.reject(error ?? new Refusal('The program has ended.'))
    this.#waiting.clear()
    if (error !== undefined || !wasEnded)
      this.events.emit('failed', error ?? new Error('The emulator thread ended by itself.'))
  }
}
