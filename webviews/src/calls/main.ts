/** The view "System calls". */
import type { CallRow } from '@interlinear/emulator-core/events/queries.ts'
import { h, press, toggle } from '../shared/dom.ts'
import { count } from '../shared/format.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import type { Action, SharedState } from '../shared/protocol.ts'
import { showDetails } from './details.ts'
import { FilterBox } from './filter-box.ts'
import { CallList, linesOf } from './list.ts'
import { showStatistics } from './statistics.ts'
import './calls.css'

class CallsView implements View {
  readonly name = 'System calls'
  readonly #page = new Page()
  readonly #list = new CallList({ wanted: () => this.#page.refresh(), chosen: row => this.#select(row, true) })
  readonly #pane = h('aside', { class: 'pane', 'aria-label': 'Details', hidden: true })
  readonly #nothing = h('p', { class: 'no-rows', hidden: true })
  readonly #count = h('span', { class: 'count' })
  readonly #statistics = toggle('Statistics', 'Count and add up, as strace -c does', () =>
    this.#show(this.#shown === 'statistics' ? undefined : 'statistics'),
  )
  readonly #filter: FilterBox
  readonly body = h(
    'main',
    { class: 'view calls' },
    h('div', { class: 'left' }, this.#list.element, this.#nothing),
    this.#pane,
  )
  readonly tools: readonly HTMLElement[]
  #shown: 'details' | 'statistics' | undefined
  #detailed = ''

  constructor() {
    const kept = this.#page.bridge.kept()
    this.#filter = new FilterBox(
      {
        changed: filter => {
          this.#page.bridge.keep({ filter })
          this.#page.refresh()
        },
        completions: async filter => (await this.#page.ask('completions', { filter })).words,
        leave: () => this.#list.grid.focus(),
      },
      typeof kept.filter === 'string' ? kept.filter : '',
    )
    this.tools = [this.#filter.element, this.#count, this.#statistics]
    if (kept.shown === 'statistics') this.#shown = 'statistics'
    this.#page.start(this)
  }

  reset(): void {
    this.#list.reset()
    this.#detailed = ''
    if (this.#shown === 'details') this.#show(undefined)
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const { native } = page.shared
    const summary = await page.ask('summary', {})
    if (summary.events === 0) {
      this.#count.textContent = ''
      return waiting(page.run?.state === 'ended')
    }
    let answer = await page.ask('calls', { filter: this.#filter.value, native, ...this.#list.wanted() })
    // While following, where the end is only the answer has told.
    if (this.#list.follows && answer.lines > this.#list.wanted().fromLine + this.#list.wanted().lines) {
      const { lines } = this.#list.wanted()
      answer = await page.ask('calls', {
        filter: this.#filter.value,
        native,
        fromLine: Math.max(0, answer.lines - lines),
        lines,
      })
    }
    this.#filter.problem(answer.problem)
    this.#list.show(answer, summary.lastTime)
    this.#count.textContent =
      answer.matched === answer.total ? count(answer.total) : `${count(answer.matched)} of ${count(answer.total)}`
    const isLooking = answer.scanned < answer.total
    if (isLooking) this.#count.textContent += ` · ${Math.floor((100 * answer.scanned) / answer.total)} % looked through`
    this.#nothing.hidden = answer.matched > 0 || isLooking
    this.#nothing.textContent = `No call so far is let through by the filter: ${count(answer.total)} are hidden.`
    page.announce(`${count(answer.matched)} rows`)
    page.setTime(summary.lastTime)
    page.partly(isLooking ? { events: 1, indexed: 0 } : answer)
    await this.#refreshPane()
    return undefined
  }

  async #refreshPane(): Promise<void> {
    const { selection, cursor } = this.#page.shared
    if (this.#shown === 'statistics') {
      const answer = await this.#page.ask('statistics', { filter: this.#filter.value })
      showStatistics(
        this.#pane,
        answer,
        () => this.#show(undefined),
        text => this.#filter.set(text),
      )
      return
    }
    if (cursor !== 'live') this.#page.setTime(undefined)
    if (this.#shown !== 'details' || selection?.kind !== 'call') return
    const details = await this.#page.ask('call', { event: selection.event })
    const key = `${details.row.event} ${details.row.state} ${details.inside.length}`
    if (key === this.#detailed) return
    this.#detailed = key
    showDetails(this.#pane, details, {
      copy: text => this.#page.bridge.copy(text),
      filter: text => this.#filter.set(text),
      close: () => this.#show(undefined),
    })
  }

  #show(what: 'details' | 'statistics' | undefined): void {
    this.#shown = what
    this.#detailed = ''
    this.#pane.hidden = what === undefined
    this.#pane.setAttribute('aria-label', what === 'statistics' ? 'Statistics' : 'Details')
    press(this.#statistics, what === 'statistics')
    this.#page.bridge.keep({ shown: what })
    // Another view may have taken the selection away: the focus is there then, and stays.
    if (what === undefined && document.hasFocus()) this.#list.grid.focus()
    this.#list.render()
    this.#page.refresh()
  }

  #select(row: CallRow, open: boolean): void {
    this.#list.selected = row.event
    this.#list.reveal(row.line, linesOf(row))
    this.#list.follows = false
    if (open && this.#shown !== 'details') this.#show('details')
    this.#page.select({ kind: 'call', event: row.event }, row.last ?? row.event)
  }

  sharedChanged(before: SharedState): void {
    const { selection, cursor, native } = this.#page.shared
    this.#list.selected = selection?.kind === 'call' ? selection.event : undefined
    if (cursor === 'live') {
      this.#list.cursor = undefined
      if (before.cursor !== 'live') this.#list.scrollTo(Number.MAX_SAFE_INTEGER)
    } else if (cursor !== before.cursor || native !== before.native) void this.#goTo(cursor)
    if (selection === undefined && this.#shown === 'details') this.#show(undefined)
  }

  /** Brings the row of an event into sight. */
  async #goTo(event: number): Promise<void> {
    const { native } = this.#page.shared
    const place = await this.#page.ask('place', { filter: this.#filter.value, native, event })
    this.#list.cursor = place.event
    this.#list.reveal(place.line, 2)
  }

  /** From row to row, also where the neighbour is not known yet. */
  async #step(step: -1 | 1): Promise<void> {
    const list = this.#list
    const near = list.selected === undefined ? list.firstInSight() : list.neighbour(step)
    if (near !== undefined) {
      this.#select(near, false)
      return
    }
    const { cursor, native } = this.#page.shared
    const from = list.selected ?? (cursor === 'live' ? this.#page.run?.events : cursor) ?? 0
    const place = await this.#page.ask('place', { filter: this.#filter.value, native, event: from, step })
    if (place.event === undefined) return
    const answer = await this.#page.ask('calls', { filter: this.#filter.value, native, fromLine: place.line, lines: 1 })
    const row = answer.rows.find(each => each.event === place.event)
    if (row !== undefined) this.#select(row, false)
  }

  do(action: Action): void {
    if (action === 'next-call') void this.#step(1)
    else if (action === 'previous-call') void this.#step(-1)
    else void this.#copy()
  }

  async #copy(): Promise<void> {
    const { selection } = this.#page.shared
    if (selection?.kind !== 'call') return
    this.#page.bridge.copy((await this.#page.ask('call', { event: selection.event })).strace)
    this.#page.announce('Copied')
  }

  key(event: KeyboardEvent): boolean {
    const isFind = event.key === '/' || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f')
    if (isFind) {
      this.#filter.input.focus()
      this.#filter.input.select()
      return true
    }
    if (event.ctrlKey || event.metaKey) return false
    switch (event.key) {
      case 'ArrowDown':
      case 'n':
        void this.#step(1)
        return true
      case 'ArrowUp':
      case 'N':
        void this.#step(-1)
        return true
      case 'PageDown':
        this.#list.page(1)
        return true
      case 'PageUp':
        this.#list.page(-1)
        return true
      case 'Home':
        this.#list.scrollTo(0)
        return true
      case 'End':
        this.#list.scrollTo(Number.MAX_SAFE_INTEGER)
        return true
      case 'Enter': {
        if (event.target instanceof HTMLButtonElement) return false
        const row =
          this.#list.selected === undefined ? this.#list.firstInSight() : this.#list.known(this.#list.selected)
        if (row !== undefined) this.#select(row, true)
        return row !== undefined
      }
      case 'Escape':
        if (this.#shown === undefined) return false
        this.#show(undefined)
        return true
      case 'c':
        void this.#copy()
        return true
      default:
        return false
    }
  }
}

function waiting(isOver: boolean): Empty {
  if (isOver)
    return {
      title: 'Nothing was recorded',
      text: 'The run ended without an event. If "trace" is false in the launch configuration, set it to true and run again.',
    }
  return { title: 'No system call so far', text: 'The program runs. Its calls appear here as it makes them.' }
}

new CallsView()
