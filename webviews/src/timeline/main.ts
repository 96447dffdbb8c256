/** The view "Timeline": what each thread did when, from the whole run down to one call. */
import type { Timeline, TimelineLane } from '@interlinear/emulator-core/events/queries.ts'
import { h, press, toggle } from '../shared/dom.ts'
import { clock, count, counted, duration } from '../shared/format.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import { themeColours } from './colours.ts'
import { AXIS, drawLanes, hit, LANE, type Shown, scaleFor } from './lanes.ts'
import { Overview } from './overview.ts'
import { showTable } from './table.ts'
import { clamped, panned, type Range, zoomed } from './viewport.ts'
import './timeline.css'

/** Calls of one lane that are drawn one by one, for each pixel of width. */
const BARS_PER_PIXEL = 0.6
const BARS_IN_TABLE = 500
const LANES_IN_TABLE = 100
const ZOOM = 1.6

class TimelineView implements View {
  readonly name = 'Timeline'
  readonly #page = new Page()
  readonly #count = h('span', { class: 'count' })
  readonly #axis = toggle('By event', 'The axis counts events instead of time: for a run in virtual time', () =>
    this.#setAxis(this.#shownAxis === 'time' ? 'event' : 'time'),
  )
  readonly #table = toggle('Table', 'The same as a table (T)', () => this.#asTable(this.#tableBox.hidden))
  readonly #tableBox = h('div', { class: 'table', hidden: true })
  readonly #overview = new Overview(range => this.#setRange(range))
  readonly #labels = h('div', { class: 'labels', role: 'list', 'aria-label': 'Threads' })
  readonly #canvas = h('canvas', {
    class: 'tracks',
    tabindex: 0,
    role: 'img',
    onpointerdown: (event: PointerEvent) => this.#press(event),
    onpointermove: (event: PointerEvent) => this.#hover(event),
    ondblclick: (event: MouseEvent) => this.#choose(event, true),
    onkeydown: (event: KeyboardEvent) => this.#canvasKey(event),
  })
  readonly #spacer = h('div', { class: 'spacer' })
  readonly #scroller = h(
    'div',
    { class: 'scroller', onscroll: () => this.#page.refresh() },
    h('div', { class: 'stuck' }, this.#labels, this.#canvas),
    this.#spacer,
  )
  readonly #status = h('div', { class: 'status', role: 'status' })
  readonly body = h(
    'main',
    { class: 'view timeline' },
    this.#overview.element,
    this.#scroller,
    this.#tableBox,
    this.#status,
    legend(),
  )
  readonly tools = [this.#count, this.#axis, this.#table]
  #shownAxis: 'time' | 'event' = 'time'
  /** Undefined: the whole run, as it grows. */
  #range: Range | undefined
  #whole: Range = { from: 0, to: 1 }
  #shown: Shown | undefined

  constructor() {
    this.#scroller.addEventListener('wheel', event => this.#wheel(event), { passive: false })
    const kept = this.#page.bridge.kept()
    if (kept.axis === 'event') this.#shownAxis = 'event'
    if (kept.table === true) this.#asTable(true)
    press(this.#axis, this.#shownAxis === 'event')
    this.#page.start(this)
  }

  reset(): void {
    this.#range = undefined
    this.#status.textContent = ''
  }

  get #width(): number {
    return Math.max(120, this.#scroller.clientWidth - this.#labels.offsetWidth)
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const summary = await page.ask('summary', {})
    if (summary.calls === 0) {
      page.partly(summary)
      return { title: 'No system call so far', text: 'As soon as the program makes one, it is drawn here.' }
    }
    const axis = this.#shownAxis
    this.#whole =
      axis === 'event'
        ? { from: 0, to: Math.max(1, summary.indexed - 1) }
        : { from: summary.firstTime, to: Math.max(summary.lastTime, summary.firstTime + 1) }
    const range = clamped(this.#range ?? this.#whole, this.#whole)
    // A table has no width; it is as long as it is.
    const isTable = !this.#tableBox.hidden
    const firstLane = isTable ? 0 : Math.floor(this.#scroller.scrollTop / LANE)
    const lanes = isTable ? LANES_IN_TABLE : Math.ceil(this.#scroller.clientHeight / LANE) + 1
    const most = isTable ? BARS_IN_TABLE : Math.round(this.#width * BARS_PER_PIXEL)
    const timeline = await page.ask('timeline', { axis, at: page.shared.cursor, ...range, most, firstLane, lanes })
    this.#show(timeline, range, firstLane)
    const threads = counted(timeline.count, 'thread')
    this.#count.textContent = `${threads} · ${counted(summary.calls, 'call')}`
    page.announce(this.#count.textContent)
    page.partly(timeline)
    return undefined
  }

  #show(timeline: Timeline, range: Range, firstLane: number): void {
    const { selection } = this.#page.shared
    const selected =
      selection?.kind === 'call' || selection?.kind === 'event'
        ? { event: selection.event }
        : selection?.kind === 'thread'
          ? { tid: selection.tid }
          : {}
    this.#shown = { timeline, range, axis: this.#shownAxis, firstLane, cursor: timeline.at, selected }
    const colours = themeColours()
    this.#overview.show(timeline, range, this.#scroller.clientWidth, colours)
    this.#spacer.style.height = `${AXIS + timeline.count * LANE}px`
    drawLanes(this.#canvas, this.#width, this.#scroller.clientHeight, this.#shown, colours)
    this.#canvas.setAttribute('aria-label', describe(this.#shown))
    this.#labels.replaceChildren(...timeline.lanes.map(lane => this.#label(lane, selected.tid)))
    if (!this.#tableBox.hidden) showTable(this.#tableBox, timeline.lanes, this.#shownAxis)
  }

  #label(lane: TimelineLane, selected: number | undefined): HTMLElement {
    const isMain = lane.pid === lane.tid
    return h(
      'button',
      {
        type: 'button',
        class: lane.ended === undefined ? 'label' : 'label gone',
        'aria-pressed': String(lane.tid === selected),
        title: `${lane.name}: process ${lane.pid}, thread ${lane.tid}, ${counted(lane.calls, 'call')}`,
        onclick: () => this.#page.select({ kind: 'thread', tid: lane.tid }),
      },
      h('b', {}, isMain ? lane.name : `· ${lane.name}`),
      ` ${lane.tid}`,
    )
  }

  #setRange(range: Range): void {
    this.#range = clamped(range, this.#whole)
    if (this.#range.from <= this.#whole.from && this.#range.to >= this.#whole.to) this.#range = undefined
    this.#page.refresh()
  }

  get #seen(): Range {
    return this.#range ?? this.#whole
  }

  #zoom(factor: number, place = (this.#seen.from + this.#seen.to) / 2): void {
    if (factor === 0) this.#range = undefined
    this.#setRange(factor === 0 ? this.#whole : zoomed(this.#seen, factor, place, this.#whole))
  }

  #wheel(event: WheelEvent): void {
    const isAcross = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
    if (!event.ctrlKey && !isAcross) return
    event.preventDefault()
    if (isAcross) {
      this.#setRange(panned(this.#seen, (event.deltaX || event.deltaY) / this.#width, this.#whole))
      return
    }
    const place = scaleFor(this.#seen, this.#width).invert(event.clientX - this.#canvas.getBoundingClientRect().left)
    this.#zoom(event.deltaY < 0 ? ZOOM : 1 / ZOOM, place)
  }

  /** A press that does not move selects; one that moves pans. */
  #press(event: PointerEvent): void {
    if (event.button !== 0) return
    const begin = event.clientX
    const range = this.#seen
    let hasMoved = false
    const move = (now: PointerEvent) => {
      if (Math.abs(now.clientX - begin) > 3) hasMoved = true
      if (hasMoved) this.#setRange(panned(range, (begin - now.clientX) / this.#width, this.#whole))
    }
    this.#canvas.setPointerCapture(event.pointerId)
    this.#canvas.addEventListener('pointermove', move)
    const end = (now: PointerEvent) => {
      this.#canvas.removeEventListener('pointermove', move)
      if (!hasMoved) this.#choose(now, false)
    }
    this.#canvas.addEventListener('pointerup', end, { once: true })
  }

  #choose(event: MouseEvent, goesThere: boolean): void {
    if (this.#shown === undefined) return
    const found = hit(this.#shown, this.#width, event.offsetX, event.offsetY)
    if (found?.event === undefined) {
      if (found !== undefined) this.#page.select({ kind: 'thread', tid: found.lane.tid })
      return
    }
    const selection = found.mark === undefined ? { kind: 'call' as const } : { kind: 'event' as const }
    this.#page.select({ ...selection, event: found.event }, goesThere ? found.event : this.#page.shared.cursor)
    void this.#tell(found.event)
  }

  /** The whole line of a call in the status line. */
  async #tell(event: number): Promise<void> {
    const details = await this.#page.ask('call', { event })
    const { row, strace } = details
    const long = row.duration === undefined ? '' : ` · ${duration(row.duration)}`
    this.#status.textContent = `${clock(row.time)} s · thread ${row.tid} · ${strace}${long}`
  }

  #hover(event: PointerEvent): void {
    if (this.#shown === undefined) return
    const found = hit(this.#shown, this.#width, event.offsetX, event.offsetY)
    const { bar, mark, lane } = found ?? {}
    this.#canvas.style.cursor = found?.event === undefined ? 'default' : 'pointer'
    this.#canvas.title =
      mark?.text ??
      (bar === undefined ? (lane?.name ?? '') : `${bar.name} · ${bar.state}${bar.diverges ? ' · divergence' : ''}`)
  }

  /** Left and right go from call to call of the thread, up and down to the same moment of another. */
  #canvasKey(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }
    const step = steps[event.key]
    if (step === undefined || this.#shown === undefined || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    const { lanes } = this.#shown.timeline
    const { event: selected } = this.#shown.selected
    const row = Math.max(
      0,
      lanes.findIndex(lane => lane.bars.some(bar => bar.event === selected)),
    )
    const bars = lanes[row]?.bars ?? []
    const at = bars.findIndex(bar => bar.event === selected)
    const next =
      step[1] === 0
        ? bars[at < 0 ? 0 : at + step[0]]
        : lanes[row + step[1]]?.bars.findLast((bar, i) => i === 0 || bar.from <= (bars[at]?.from ?? 0))
    if (next === undefined) return
    this.#page.select({ kind: 'call', event: next.event })
    void this.#tell(next.event)
  }

  #setAxis(axis: 'time' | 'event'): void {
    this.#shownAxis = axis
    this.#range = undefined
    press(this.#axis, axis === 'event')
    this.#page.bridge.keep({ axis })
    this.#page.refresh()
  }

  #asTable(shown: boolean): void {
    this.#tableBox.hidden = !shown
    this.#scroller.hidden = shown
    press(this.#table, shown)
    this.#page.bridge.keep({ table: shown })
    this.#page.refresh()
  }

  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey) return false
    const zoom = { '+': ZOOM, '-': 1 / ZOOM, '0': 0 }[event.key]
    const pan = { a: -0.2, d: 0.2 }[event.key]
    if (zoom !== undefined) this.#zoom(zoom)
    else if (pan !== undefined) this.#setRange(panned(this.#seen, pan, this.#whole))
    else if (event.key === 't') this.#asTable(this.#tableBox.hidden)
    else return false
    return true
  }
}

function describe({ timeline, range, axis }: Shown): string {
  const place = (at: number) => (axis === 'time' ? `${clock(at)} seconds` : `event ${count(at)}`)
  const bars = timeline.lanes.reduce((sum, lane) => sum + lane.bars.length, 0)
  return `Lanes of ${counted(timeline.count, 'thread')} from ${place(range.from)} to ${place(range.to)}, ${counted(bars, 'call')} drawn one by one. T shows them as a table.`
}

function legend(): HTMLElement {
  const item = (name: string, text: string) => h('span', { class: `key ${name}` }, text)
  return h(
    'div',
    { class: 'legend', 'aria-label': 'Legend' },
    item('call', 'call'),
    item('failed', 'failed'),
    item('slept', 'waits'),
    item('runs', 'lives'),
    item('diverges', 'not as on Linux'),
    h('span', { class: 'hint' }, 'Ctrl+wheel or + − zooms · drag or A D moves · double click goes there · L live'),
  )
}

new TimelineView()
