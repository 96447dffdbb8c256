/** The page's side of the protocol: questions with answers, news, and what is kept when the page is thrown away. */
import type {
  Action,
  Destination,
  FromView,
  PageCommand,
  QueryGives,
  QueryName,
  QueryTakes,
  RunStatus,
  SharedState,
  ToView,
  ViewQuery,
} from './protocol.ts'

interface VsCodeApi {
  postMessage(message: FromView): void
  getState(): unknown
  setState(state: unknown): void
}

declare function acquireVsCodeApi(): VsCodeApi

/** The reason is one sentence for people. */
export class Refused extends Error {}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export interface Listener {
  /** Another run, or none. */
  run(status: RunStatus | undefined): void
  progress(status: RunStatus): void
  shared(state: SharedState): void
  do(action: Action): void
}

export class Bridge {
  readonly #api = acquireVsCodeApi()
  readonly #waiting = new Map<number, Waiting>()
  #questions = 0
  #listener: Listener | undefined

  /** Begins to listen, and says that the page is there. */
  start(listener: Listener): void {
    this.#listener = listener
    window.addEventListener('message', ({ data }: MessageEvent<ToView>) => this.#hear(data))
    this.#api.postMessage({ type: 'ready' })
  }

  /** @throws Refused. */
  ask<N extends QueryName>(name: N, takes: QueryTakes<N>): Promise<QueryGives<N>> {
    const id = ++this.#questions
    const query = { name, ...takes } as unknown as ViewQuery
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: value => resolve(value as QueryGives<N>), reject })
      this.#api.postMessage({ type: 'query', id, query })
    })
  }

  share(state: SharedState): void {
    this.#api.postMessage({ type: 'shared', state })
  }

  copy(text: string): void {
    this.#api.postMessage({ type: 'copy', text })
  }

  command(command: PageCommand): void {
    this.#api.postMessage({ type: 'command', command })
  }

  /** `name`: the file's name as it is offered. */
  save(name: string, text: string): void {
    this.#api.postMessage({ type: 'save', name, text })
  }

  go(to: Destination): void {
    this.#api.postMessage({ type: 'go', to })
  }

  /** What `keep` was given last, by this page or the one before it. */
  kept(): Readonly<Record<string, unknown>> {
    const state = this.#api.getState()
    return typeof state === 'object' && state !== null ? { ...state } : {}
  }

  keep(more: Readonly<Record<string, unknown>>): void {
    this.#api.setState({ ...this.kept(), ...more })
  }

  #hear(message: ToView): void {
    switch (message.type) {
      case 'run':
        this.#listener?.run(message.status)
        return
      case 'progress':
        this.#listener?.progress(message.status)
        return
      case 'shared':
        this.#listener?.shared(message.state)
        return
      case 'do':
        this.#listener?.do(message.action)
        return
      case 'answer':
        this.#take(message.id)?.resolve(message.value)
        return
      case 'failure':
        this.#take(message.id)?.reject(new Refused(message.message))
    }
  }

  #take(id: number): Waiting | undefined {
    const found = this.#waiting.get(id)
    this.#waiting.delete(id)
    return found
  }
}
