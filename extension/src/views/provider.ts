/** One view in the panel: carries its questions to the adapter and the run's news to it. The page keeps its own state (setState), so it may be thrown away when hidden. */
import * as vscode from 'vscode'
import type { View } from '../contributes/views.ts'
import type { Run, Runs } from '../debug/runs.ts'
import type { Destination, FromView, PageCommand, RunStatus, SharedState, ToView } from './messages.ts'
import { pageOf } from './page.ts'
import { save } from './save.ts'

export interface ViewHost {
  readonly runs: Runs
  readonly bundles: vscode.Uri
  /** What one view selects or looks at, told to the others. */
  share(from: ViewProvider, state: SharedState): void
  /** What was told last; undefined if nothing was. */
  shared(): SharedState | undefined
  run(command: PageCommand): void
  go(to: Destination): void
}

export class ViewProvider implements vscode.WebviewViewProvider {
  readonly view: View
  readonly #host: ViewHost
  #webview: vscode.Webview | undefined

  constructor(view: View, host: ViewHost) {
    this.view = view
    this.#host = host
  }

  async resolveWebviewView(webviewView: vscode.WebviewView): Promise<void> {
    const { webview } = webviewView
    this.#webview = webview
    webview.options = { enableScripts: true, localResourceRoots: [] }
    const listening = webview.onDidReceiveMessage((message: FromView) => this.#hear(webview, message))
    webviewView.onDidDispose(() => {
      listening.dispose()
      if (this.#webview === webview) this.#webview = undefined
    })
    webview.html = await pageOf(this.view, this.#host.bundles)
  }

  post(message: ToView): void {
    void this.#webview?.postMessage(message)
  }

  /** A page that begins is told which run there is, and then what the other views look at. */
  async #begin(webview: vscode.Webview): Promise<void> {
    await webview.postMessage(await tellRun(this.#host.runs.shown))
    const state = this.#host.shared()
    if (state !== undefined) await webview.postMessage({ type: 'shared', state } satisfies ToView)
  }

  #hear(webview: vscode.Webview, message: FromView): void {
    switch (message.type) {
      case 'ready':
        void this.#begin(webview)
        return
      case 'query':
        void answer(this.#host.runs.shown, message.id, message.query).then(reply => webview.postMessage(reply))
        return
      case 'shared':
        this.#host.share(this, message.state)
        return
      case 'copy':
        void vscode.env.clipboard.writeText(message.text)
        return
      case 'command':
        this.#host.run(message.command)
        return
      case 'go':
        this.#host.go(message.to)
        return
      case 'save':
        void save(message.name, message.text)
    }
  }
}

async function answer(run: Run | undefined, id: number, query: unknown): Promise<ToView> {
  if (run === undefined) return { type: 'failure', id, message: 'Nothing has been run yet.' }
  try {
    return { type: 'answer', id, value: await run.request('interlinear/view', { query }) }
  } catch (error) {
    return { type: 'failure', id, message: error instanceof Error ? error.message : String(error) }
  }
}

/** What a page needs to know when it begins. */
export async function tellRun(run: Run | undefined): Promise<ToView> {
  if (run === undefined) return { type: 'run', status: undefined }
  try {
    return { type: 'run', status: (await run.request('interlinear/status', undefined)) as RunStatus }
  } catch {
    return { type: 'run', status: undefined }
  }
}
