/** What every view is: a bar with the position, the view itself or why there is nothing to see, and what all of them share. */
import { Bridge, Refused } from './bridge.ts'
import { h, isTyping, press, toggle } from './dom.ts'
import { clock, count, setOrigin } from './format.ts'
import type { Ways } from './nothing-yet.ts'
import { Pace } from './pace.ts'
import type {
  Action,
  Destination,
  Position,
  QueryGives,
  QueryName,
  QueryTakes,
  RunStatus,
  Selection,
  SharedState,
} from './protocol.ts'
import { Toolbar } from './toolbar.ts'
import './theme.css'

/** What there is to see instead of a picture. */
export interface Empty {
  readonly title: string
  readonly text: string
  readonly button?: { readonly label: string; readonly press: () => void }
}

export interface View {
  readonly name: string
  readonly body: HTMLElement
  /** What stands in the bar before the position. */
  readonly tools: readonly HTMLElement[]
  /** Asks for what it shows and shows it. Why there is nothing to see, if there is not. */
  refresh(): Promise<Empty | undefined>
  /** Another run: nothing of the old one holds any more. */
  reset(): void
  do?(action: Action): void
  /** A key that nothing else took. */
  key?(event: KeyboardEvent): boolean
  /** Cursor, selection or the switch for native lines have changed, here or in another view. */
  sharedChanged?(before: SharedState): void
}

/** ms between announcements to those who listen. */
const ANNOUNCE_MS = 2000
const STATES: Readonly<Record<RunStatus['state'], string>> = {
  starting: 'starting',
  running: 'running',
  paused: 'paused',
  ended: 'finished',
}

export class Page {
  readonly bridge = new Bridge()
  run: RunStatus | undefined
  shared: SharedState = { cursor: 'live', selection: undefined, native: true }
  /** Of the last answer: how far the run was looked at. */
  #view: View | undefined
  readonly #position = h('span', { class: 'position' })
  readonly #state = h('span', { class: 'run-state' })
  readonly #live = h('button', { type: 'button', class: 'live', onclick: () => this.goLive() })
  readonly #native = toggle('Native lines', 'Show what each Linux line became in NetBSD (all views)', () =>
    this.setShared({ native: !this.shared.native }),
  )
  readonly #empty = h('div', { class: 'empty', role: 'status', hidden: true })
  readonly #speaker = h('div', { class: 'sr-only', 'aria-live': 'polite' })
  readonly #pace = new Pace(() => void this.#refresh())
  #spoken = 0
  #unspoken: string | undefined
  #time: number | undefined

  /** Where a view leads that has nothing to show. */
  readonly ways: Ways = {
    command: name => this.bridge.command(name),
    showCalls: () => this.bridge.go({ view: 'calls' }),
  }

  start(view: View): void {
    this.#view = view
    const kept = this.bridge.kept()
    this.shared = { ...this.shared, native: kept.native !== false }
    const common = [this.#native, this.#position, this.#state]
    const { element } = new Toolbar(view.name, { tools: view.tools, common, stays: [this.#live] })
    document.querySelector('#root')?.replaceChildren(element, this.#empty, view.body, this.#speaker)
    document.addEventListener('keydown', event => this.#key(event))
    new ResizeObserver(() => this.refresh()).observe(view.body)
    this.#showBar()
    this.#showEmpty(this.#noRun())
    this.bridge.start({
      run: status => {
        this.#newRun(status)
      },
      progress: status => {
        if (this.run === undefined || status.events < this.run.events) {
          this.#newRun(status)
          return
        }
        const isNews = status.state !== this.run.state
        this.run = status
        if (isNews) this.refresh()
        else this.#pace.later()
      },
      shared: state => this.#takeShared(state),
      do: action => {
        if (action === 'live') this.goLive()
        else view.do?.(action)
      },
    })
  }

  async ask<N extends QueryName>(name: N, takes: QueryTakes<N>): Promise<QueryGives<N>> {
    const answer = await this.bridge.ask(name, takes)
    // Times are told from the run's beginning on.
    if (name === 'summary') setOrigin((answer as QueryGives<'summary'>).firstTime)
    return answer
  }

  #newRun(status: RunStatus | undefined): void {
    const isSame =
      this.run !== undefined &&
      status !== undefined &&
      status.events >= this.run.events &&
      this.run.program === status.program
    this.run = status
    if (!isSame) {
      this.#view?.reset()
      this.shared = { ...this.shared, cursor: 'live', selection: undefined }
    }
    this.refresh()
  }

  /** Shows everything anew, at once; at most one answer is waited for at a time. */
  refresh(): void {
    this.#pace.now()
  }

  async #refresh(): Promise<void> {
    let empty: Empty | undefined
    try {
      empty = this.#noRun() ?? (await this.#view?.refresh())
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      empty = { title: 'This cannot be shown', text: error.message }
    } finally {
      this.#pace.done()
    }
    this.#showEmpty(empty)
    this.#showBar()
  }

  /** The answer covered only a part: asks again soon. */
  partly(extent: { readonly events: number; readonly indexed: number }): void {
    if (extent.indexed < extent.events) this.#pace.later()
  }

  #noRun(): Empty | undefined {
    if (this.run !== undefined && (this.run.events > 0 || this.run.state !== 'starting')) return undefined
    if (this.run !== undefined) return { title: 'Starting…', text: `${this.run.program} is being loaded.` }
    return {
      title: 'Nothing has run yet',
      text: 'Start a Linux program with F5, and what it does is shown here. No program at hand? The example is an echo server over epoll.',
      button: { label: 'Create the example', press: () => this.bridge.command('createExample') },
    }
  }

  #showEmpty(empty: Empty | undefined): void {
    this.#empty.hidden = empty === undefined
    if (this.#view !== undefined) this.#view.body.hidden = empty !== undefined
    const key = empty === undefined ? '' : `${empty.title}\n${empty.text}`
    if (this.#empty.dataset.shown === key) return
    this.#empty.dataset.shown = key
    if (empty === undefined) {
      this.#empty.replaceChildren()
      return
    }
    const { button } = empty
    this.#empty.replaceChildren(
      h('h2', {}, empty.title),
      h('p', {}, empty.text),
      button === undefined
        ? ''
        : h('button', { type: 'button', class: 'primary', onclick: button.press }, button.label),
    )
  }

  #showBar(): void {
    const { cursor } = this.shared
    const { run } = this
    press(this.#native, this.shared.native)
    this.#state.hidden = run === undefined
    this.#state.textContent = run === undefined ? '' : STATES[run.state]
    this.#state.dataset.state = run?.state ?? ''
    const isLive = cursor === 'live'
    const time = this.#time === undefined ? '' : ` · ${clock(this.#time)} s`
    const events = count(run?.events ?? 0)
    this.#position.textContent =
      run === undefined ? '' : isLive ? `${events} events` : `event ${count(cursor)} of ${events}${time}`
    this.#live.hidden = run === undefined
    this.#live.disabled = isLive
    this.#live.textContent = isLive ? (run?.state === 'ended' ? '● End' : '● Live') : '↦ Live'
    this.#live.setAttribute('aria-label', isLive ? (run?.state === 'ended' ? 'At the end' : 'Live') : 'Return to live')
    this.#live.title = isLive ? 'The views follow the run' : 'Let the views follow the run again (L)'
    document.body.dataset.native = String(this.shared.native)
  }

  /** The time of the position that is shown, for the bar. */
  setTime(ns: number | undefined): void {
    this.#time = ns
  }

  setShared(more: Partial<SharedState>): void {
    const before = this.shared
    this.shared = { ...before, ...more }
    if (more.native !== undefined) this.bridge.keep({ native: more.native })
    this.bridge.share(this.shared)
    this.#view?.sharedChanged?.(before)
    this.#showBar()
    this.refresh()
  }

  #takeShared(state: SharedState): void {
    const before = this.shared
    this.shared = state
    this.#view?.sharedChanged?.(before)
    this.#showBar()
    this.refresh()
  }

  goLive(): void {
    this.setShared({ cursor: 'live' })
  }

  select(selection: Selection | undefined, cursor: Position = this.shared.cursor): void {
    this.setShared({ selection, cursor })
  }

  /** Selects something, and leads to where it is seen better. */
  go(to: Destination, selection: Selection | undefined = this.shared.selection, cursor?: Position): void {
    this.setShared({ selection, cursor: cursor ?? this.shared.cursor })
    this.bridge.go(to)
  }

  /** Tells those who listen, not more often than they can. */
  announce(text: string): void {
    const wait = this.#spoken + ANNOUNCE_MS - Date.now()
    if (wait > 0) {
      if (this.#unspoken === undefined) setTimeout(() => this.announce(this.#unspoken ?? ''), wait)
      this.#unspoken = text
      return
    }
    this.#unspoken = undefined
    this.#spoken = Date.now()
    if (text !== '' && this.#speaker.textContent !== text) this.#speaker.textContent = text
  }

  #key(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTyping(event.target) || event.altKey) return
    const isPlain = !event.ctrlKey && !event.metaKey
    if (isPlain && event.key.toLowerCase() === 'l') this.goLive()
    else if (event.key === 'Escape' && this.shared.selection !== undefined) this.select(undefined)
    else if (this.#view?.key?.(event) !== true) return
    event.preventDefault()
  }
}
