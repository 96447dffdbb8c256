/** The view "System calls". */
import type { CallRow, ExportFormat, Summary } from '@interlinear/emulator-core/events/queries.ts'
import { h, isFindKey, press, toggle } from '../shared/dom.ts'
import { FilterBox } from '../shared/filter-box.ts'
import { count, counted } from '../shared/format.ts'
import { MenuButton } from '../shared/menu.ts'
import { noCallYet } from '../shared/nothing-yet.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import type { Action, SharedState } from '../shared/protocol.ts'
import { translationOf } from '../shared/translation.ts'
import { Exporter } from './export.ts'
import { CallList, linesOf } from './list.ts'
import { Pane, type PaneKind } from './pane.ts'
import { GuestClock, isTimeKind, TIME_KINDS } from './times.ts'
import './calls.css'

/** ms between two looks at how long a call waits. */
const TICK_MS = 250
/** Rows that go to the clipboard at once. */
const MOST_COPIED = 100_000
const ENDINGS: Readonly<Record<ExportFormat, string>> = { strace: 'strace', csv: 'csv', json: 'json' }

class CallsView implements View {
  readonly name = 'System calls'
  readonly #page = new Page()
  readonly #list = new CallList({
    wanted: () => this.#page.refresh(),
    chosen: (row, _open, extend) => this.#select(row, true, extend),
    divergence: (id, row) => this.#openDivergence(id, row),
  })
  readonly #pane = new Pane(this.#page, {
    filter: text => this.#filter.set(text),
    goTo: event => this.#page.select({ kind: 'call', event }, event),
    source: name => this.#page.go({ translation: translationOf(name, this.#summary) }),
    changed: kind => this.#paneChanged(kind),
  })
  readonly #nothing = h('p', { class: 'no-rows', hidden: true })
  readonly #count = h('span', { class: 'count' })
  readonly #statistics = toggle('Statistics', 'Count and add up, as strace -c does', () =>
    this.#pane.show(this.#pane.kind === 'statistics' ? undefined : 'statistics'),
  )
  readonly #times = h(
    'select',
    { 'aria-label': 'Times', title: 'What the column of times tells', onchange: () => this.#setTimes() },
    ...TIME_KINDS.map(([kind, words]) => h('option', { value: kind }, words)),
  )
  readonly #export = new MenuButton('Export', 'The selected rows or the list as text for other programs', [
    { label: 'Copy the selection as strace', title: 'C', run: () => void this.#copy() },
    { label: 'Copy the list as strace', title: 'What the filter lets through', run: () => void this.#copyList() },
    { label: 'Save as strace…', title: 'As strace -f -ttt -T writes it', run: () => void this.#save('strace') },
    { label: 'Save as CSV…', title: 'For spreadsheets', run: () => void this.#save('csv') },
    { label: 'Save as JSON…', title: 'For programs', run: () => void this.#save('json') },
  ])
  readonly #cancel = h(
    'button',
    { type: 'button', title: 'Cancel the export', hidden: true, onclick: () => this.#exporter.cancel() },
    '✕',
  )
  readonly #exporter: Exporter = new Exporter(this.#page, share => {
    this.#export.label = share === undefined ? 'Export' : `Export ${Math.floor(100 * share)} %`
    this.#cancel.hidden = share === undefined
  })
  readonly #filter: FilterBox
  readonly body = h(
    'main',
    { class: 'view calls' },
    h('div', { class: 'left' }, this.#list.element, this.#nothing),
    this.#pane.element,
  )
  readonly tools: readonly HTMLElement[]
  readonly #clock = new GuestClock()
  #ticking: ReturnType<typeof setTimeout> | undefined
  #summary: Summary | undefined

  constructor() {
    const kept = this.#page.bridge.kept()
    this.#filter = new FilterBox(
      {
        changed: filter => {
          this.#page.bridge.keep({ filter })
          this.#list.range = undefined
          this.#page.refresh()
        },
        completions: async filter => (await this.#page.ask('completions', { filter })).words,
        leave: () => this.#list.grid.focus(),
      },
      typeof kept.filter === 'string' ? kept.filter : '',
    )
    this.tools = [this.#filter.element, this.#count, this.#statistics, this.#export.element, this.#cancel, this.#times]
    if (isTimeKind(kept.times)) this.#times.value = kept.times
    this.#page.start(this)
    if (kept.shown === 'statistics') this.#pane.show('statistics')
  }

  reset(): void {
    this.#list.reset()
    this.#count.textContent = ''
    this.#exporter.cancel()
    this.#pane.reset()
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const { native } = page.shared
    const summary = await page.ask('summary', {})
    this.#summary = summary
    if (summary.events === 0) {
      return noCallYet(page.run?.state, page.ways)
    }
    this.#clock.learn(summary.lastTime, summary.quiet, page.run?.state === 'running')
    this.#list.times = { ...this.#list.times, realtime: realtimeOf(summary) }
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
    if (answer.total === 0) {
      page.partly(answer)
      return noCallYet(page.run?.state, page.ways)
    }
    this.#filter.problem(answer.problem)
    this.#list.show(answer, this.#clock.now)
    this.#tickSoon()
    this.#count.textContent =
      answer.matched === answer.total ? count(answer.total) : `${count(answer.matched)} of ${count(answer.total)}`
    const isLooking = answer.scanned < answer.total
    if (isLooking) this.#count.textContent += ` · ${Math.floor((100 * answer.scanned) / answer.total)} % looked through`
    this.#nothing.hidden = answer.matched > 0 || isLooking
    this.#nothing.textContent = `No call so far is let through by the filter: ${count(answer.total)} are hidden.`
    page.announce(`${count(answer.matched)} rows`)
    page.setTime(page.shared.cursor === 'live' ? summary.lastTime : undefined)
    page.partly(isLooking ? { events: 1, indexed: 0 } : answer)
    await this.#pane.refresh(this.#filter.value)
    return undefined
  }

  /** While a call in sight waits, it is seen to get longer. */
  #tickSoon(): void {
    clearTimeout(this.#ticking)
    if (!this.#clock.runs || !this.#list.hasOpen) return
    this.#ticking = setTimeout(() => {
      requestAnimationFrame(() => {
        this.#list.tick(this.#clock.now)
        this.#tickSoon()
      })
    }, TICK_MS)
  }

  #paneChanged(kind: PaneKind | undefined): void {
    press(this.#statistics, kind === 'statistics')
    this.#page.bridge.keep({ shown: kind })
    // Another view may have taken the selection away: the focus is there then, and stays.
    if (kind === undefined && document.hasFocus()) this.#list.grid.focus()
    this.#list.render()
    this.#page.refresh()
  }

  #setTimes(): void {
    const kind = this.#times.value
    if (!isTimeKind(kind)) return
    this.#list.times = { ...this.#list.times, kind }
    this.#page.bridge.keep({ times: kind })
    this.#list.render()
  }

  #select(row: CallRow, open: boolean, extend = false): void {
    if (extend) this.#extendTo(row)
    else this.#list.range = undefined
    this.#list.selected = row.event
    this.#list.reveal(row.line, linesOf(row))
    this.#list.follows = false
    if (open && !extend && (this.#pane.kind === undefined || this.#pane.kind === 'statistics'))
      this.#pane.show('details')
    this.#page.select({ kind: 'call', event: row.event }, row.last ?? row.event)
  }

  /** The rows from where the range began, or the selected one, to this one. */
  #extendTo({ place }: CallRow): void {
    const { selected, range } = this.#list
    const from = range?.anchor ?? (selected === undefined ? undefined : this.#list.known(selected)?.place) ?? place
    this.#list.range = { anchor: from, from: Math.min(from, place), to: Math.max(from, place) + 1 }
  }

  #openDivergence(id: string, { event }: CallRow): void {
    this.#page.go({ divergence: id }, { kind: 'call', event })
  }

  sharedChanged(before: SharedState): void {
    const { selection, cursor, native } = this.#page.shared
    this.#list.selected = selection?.kind === 'call' ? selection.event : undefined
    if (cursor === 'live') {
      this.#list.cursor = undefined
      if (before.cursor !== 'live') this.#list.scrollTo(Number.MAX_SAFE_INTEGER)
    } else if (cursor !== before.cursor || native !== before.native) void this.#goTo(cursor)
    if (selection === undefined) this.#list.range = undefined
    if (selection === undefined && this.#pane.kind === 'details') this.#pane.show(undefined)
    if (selection?.kind === 'descriptor' && selection !== before.selection) this.#followSelected(selection)
  }

  /** Brings the row of an event into sight. */
  async #goTo(event: number): Promise<void> {
    const { native } = this.#page.shared
    const place = await this.#page.ask('place', { filter: this.#filter.value, native, event })
    this.#list.cursor = place.event
    this.#list.reveal(place.line, 2)
  }

  /** From row to row, also where the neighbour is not known yet. */
  async #step(step: -1 | 1, extend = false): Promise<void> {
    const list = this.#list
    const near = list.selected === undefined ? list.firstInSight() : list.neighbour(step)
    if (near !== undefined) {
      this.#select(near, false, extend)
      return
    }
    const { cursor, native } = this.#page.shared
    const from = list.selected ?? (cursor === 'live' ? this.#page.run?.events : cursor) ?? 0
    const place = await this.#page.ask('place', { filter: this.#filter.value, native, event: from, step })
    if (place.event === undefined) return
    const answer = await this.#page.ask('calls', { filter: this.#filter.value, native, fromLine: place.line, lines: 1 })
    const row = answer.rows.find(each => each.event === place.event)
    if (row !== undefined) this.#select(row, false, extend)
  }

  do(action: Action): void {
    if (action === 'next-call') void this.#step(1)
    else if (action === 'previous-call') void this.#step(-1)
    else void this.#copy()
  }

  // ---- descriptors ----

  /** The descriptor that the selected call is about; pressed again, the next one. */
  async #followCall(): Promise<void> {
    const { selection } = this.#page.shared
    if (selection?.kind !== 'call') return
    const { descriptors, row } = await this.#page.ask('call', { event: selection.event })
    if (descriptors.length === 0) {
      this.#page.announce('This call is about no descriptor.')
      return
    }
    const followed = descriptors.findIndex(({ fd, at }) => this.#pane.isFollowing(row.pid, fd, at))
    this.#pane.follow(row.pid, descriptors[(followed + 1) % descriptors.length])
  }

  #followSelected({ pid, fd }: { readonly pid: number; readonly fd: number }): void {
    const { cursor } = this.#page.shared
    const at = cursor === 'live' ? Math.max(0, (this.#page.run?.events ?? 1) - 1) : cursor
    if (this.#pane.kind === 'follow') this.#pane.follow(pid, { fd, at, text: '' })
  }

  // ---- text for other programs ----

  async #copy(): Promise<void> {
    const { range } = this.#list
    if (range !== undefined) {
      await this.#copyRows(range.from, Math.min(range.to, range.from + MOST_COPIED))
      return
    }
    const { selection } = this.#page.shared
    if (selection?.kind !== 'call') return
    this.#page.bridge.copy((await this.#page.ask('call', { event: selection.event })).strace)
    this.#page.announce('Copied')
  }

  #copyList = () => this.#copyRows(0, MOST_COPIED)

  async #copyRows(from: number, to: number): Promise<void> {
    const text = await this.#exporter.text({ filter: this.#filter.value, format: 'strace', from, to })
    if (text === undefined) return
    this.#page.bridge.copy(text)
    this.#page.announce(`Copied ${counted(text.split('\n').length - 1, 'line')}`)
  }

  async #save(format: ExportFormat): Promise<void> {
    const text = await this.#exporter.text({ filter: this.#filter.value, format, from: 0 })
    const program = (this.#summary?.program ?? '').split('/').pop() || 'run'
    if (text !== undefined) this.#page.bridge.save(`${program}.${ENDINGS[format]}`, text)
  }

  // ---- keys ----

  key(event: KeyboardEvent): boolean {
    if (isFindKey(event)) {
      this.#filter.input.focus()
      this.#filter.input.select()
      return true
    }
    if (event.ctrlKey || event.metaKey) return false
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => void this.#step(1, event.shiftKey),
      ArrowUp: () => void this.#step(-1, event.shiftKey),
      n: () => void this.#step(1),
      N: () => void this.#step(-1),
      PageDown: () => this.#list.page(1),
      PageUp: () => this.#list.page(-1),
      Home: () => this.#list.scrollTo(0),
      End: () => this.#list.scrollTo(Number.MAX_SAFE_INTEGER),
      c: () => void this.#copy(),
      f: () => void this.#followCall(),
      d: () => this.#openFirstDivergence(),
    }
    if (Object.hasOwn(keys, event.key)) {
      keys[event.key]()
      return true
    }
    if (event.key === 'Enter') return this.#enter(event)
    if (event.key !== 'Escape' || this.#pane.kind === undefined) return false
    this.#pane.show(undefined)
    return true
  }

  get #selectedRow(): CallRow | undefined {
    const { selected } = this.#list
    return selected === undefined ? this.#list.firstInSight() : this.#list.known(selected)
  }

  #enter(event: KeyboardEvent): boolean {
    if (event.target instanceof HTMLButtonElement) return false
    const row = this.#selectedRow
    if (row !== undefined) this.#select(row, true)
    return row !== undefined
  }

  #openFirstDivergence(): void {
    const row = this.#selectedRow
    if (row !== undefined && row.divergences.length > 0) this.#openDivergence(row.divergences[0], row)
  }
}

function realtimeOf({ realtime }: Summary): bigint | undefined {
  return /^\d+$/.test(realtime) ? BigInt(realtime) : undefined
}

new CallsView()
