/** The view "Timeline": what each thread did when, from the whole run down to one call. */
import type { Summary, Timeline, TimelineOverview } from '@interlinear/emulator-core/events/queries.ts'
import { onThemeChange, themeColours } from '../shared/colours.ts'
import { h, isFindKey, press, toggle } from '../shared/dom.ts'
import { FilterBox } from '../shared/filter-box.ts'
import { FoldedLegend } from '../shared/folded-legend.ts'
import { type Axis, clock, count, counted, duration, lookedThrough, placeText } from '../shared/format.ts'
import { noCallYet } from '../shared/nothing-yet.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import type { Action, SharedState } from '../shared/protocol.ts'
import { Hover } from './hover.ts'
import { Labels } from './labels.ts'
import { AXIS, drawLanes, hit, LANE, type Shown, scaleFor } from './lanes.ts'
import { legend } from './legend.ts'
import { Overview } from './overview.ts'
import { CanvasPen } from './pen.ts'
import { svgFile } from './svg.ts'
import { showTable } from './table.ts'
import { clamped, panned, type Range, revealed, widened, zoomed } from './viewport.ts'
import './timeline.css'

/** Calls of one lane that are drawn one by one, for each pixel of width; slices, where they are more. */
const BARS_PER_PIXEL = 0.6
const SLICES_PER_PIXEL = 1 / 3
/** So much of what is seen is asked for on both sides, and of the lanes: it is there when somebody moves. */
const MARGIN = 0.5
const LANES_MARGIN = 3
const BARS_IN_TABLE = 500
const LANES_IN_TABLE = 100
const ZOOM = 1.6
/** px: in a smaller page the legend is folded until somebody asks for it. */
const ROOM_FOR_LEGEND = { width: 600, height: 260 }

class TimelineView implements View {
  readonly name = 'Timeline'
  readonly #page = new Page()
  readonly #count = h('span', { class: 'count' })
  readonly #find: FilterBox = new FilterBox(
    {
      changed: () => {},
      completions: async filter => (await this.#page.ask('completions', { filter })).words,
      leave: () => {
        this.#canvas.focus()
        void this.#step(1)
      },
    },
    '',
    { name: 'Find calls', empty: 'Find: futex  errno:*  dur>1ms' },
  )
  readonly #axis = toggle('By event', 'The axis counts events instead of time: for a run in virtual time (E)', () =>
    this.#setAxis(this.#shownAxis === 'time' ? 'event' : 'time'),
  )
  readonly #table = toggle('Table', 'The same as a table (T)', () => this.#asTable(this.#tableBox.hidden))
  readonly #save = h(
    'button',
    { type: 'button', title: 'Save what is seen as an SVG file', onclick: () => this.#export() },
    'SVG',
  )
  readonly #legend = new FoldedLegend(
    legend(),
    this.#page.bridge,
    window.innerHeight >= ROOM_FOR_LEGEND.height && window.innerWidth >= ROOM_FOR_LEGEND.width,
  )
  readonly #tableBox = h('div', { class: 'table', hidden: true, tabindex: 0 })
  readonly #overview = new Overview(range => this.#setRange(range))
  readonly #labels = new Labels(({ tid }) => this.#page.select({ kind: 'thread', tid }))
  readonly #hover = new Hover(event => this.#page.ask('call', { event }))
  readonly #canvas = h('canvas', {
    class: 'tracks',
    tabindex: 0,
    role: 'img',
    onpointerdown: (event: PointerEvent) => this.#press(event),
    onpointermove: (event: PointerEvent) => this.#showTip(event),
    onpointerleave: () => this.#hover.hide(),
    ondblclick: (event: MouseEvent) => this.#choose(event, true),
    onkeydown: (event: KeyboardEvent) => this.#canvasKey(event),
  })
  readonly #spacer = h('div', { class: 'spacer' })
  readonly #scroller = h(
    'div',
    {
      class: 'scroller',
      onscroll: () => {
        this.#drawSoon()
        this.#page.refresh()
      },
    },
    h('div', { class: 'stuck' }, this.#labels.element, this.#canvas),
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
    this.#legend.element,
    this.#hover.element,
  )
  readonly tools = [this.#find.element, this.#count, this.#axis, this.#table, this.#save, this.#legend.button]
  #shownAxis: Axis = 'time'
  /** Undefined: the whole run, as it grows. */
  #range: Range | undefined
  #whole: Range = { from: 0, to: 1 }
  #timeline: Timeline | undefined
  #run: TimelineOverview | undefined
  #summary: Summary | undefined
  #drawing = 0
  /** An event that is still to be brought into sight. */
  #reveals: number | undefined

  constructor() {
    this.#scroller.addEventListener('wheel', event => this.#wheel(event), { passive: false })
    const kept = this.#page.bridge.kept()
    if (kept.axis === 'event') this.#shownAxis = 'event'
    if (kept.table === true) this.#asTable(true)
    press(this.#axis, this.#shownAxis === 'event')
    onThemeChange(() => this.#drawSoon())
    this.#page.start(this)
  }

  reset(): void {
    this.#range = undefined
    this.#timeline = undefined
    this.#run = undefined
    this.#status.textContent = ''
    this.#hover.reset()
  }

  get #width(): number {
    return Math.max(120, this.#scroller.clientWidth - this.#labels.element.offsetWidth)
  }

  get #top(): number {
    return Math.floor(this.#scroller.scrollTop / LANE)
  }

  get #seen(): Range {
    return this.#range ?? this.#whole
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const summary = await page.ask('summary', {})
    this.#summary = summary
    if (summary.calls === 0) {
      page.partly(summary)
      return noCallYet(page.run?.state, page.ways)
    }
    const axis = this.#shownAxis
    this.#whole =
      axis === 'event'
        ? { from: 0, to: Math.max(1, summary.indexed - 1) }
        : { from: summary.firstTime, to: Math.max(summary.lastTime, summary.firstTime + 1) }
    if (this.#reveals !== undefined) await this.#reveal(this.#reveals)
    const [timeline, run] = await Promise.all([
      page.ask('timeline', { axis, at: page.shared.cursor, ...this.#wanted() }),
      this.#run === undefined || this.#run.indexed < summary.indexed
        ? page.ask('timeline-overview', { axis })
        : this.#run,
    ])
    // Meanwhile somebody may have chosen the other axis.
    if (axis !== this.#shownAxis) return undefined
    this.#timeline = timeline
    this.#run = run
    this.#draw()
    if (!this.#tableBox.hidden) showTable(this.#tableBox, timeline, axis)
    const hidden = timeline.wakesHidden === 0 ? '' : ` · ${count(timeline.wakesHidden)} wake-ups are not drawn`
    const text = `${counted(timeline.count, 'thread')} · ${counted(summary.calls, 'call')}${hidden}`
    this.#count.textContent = `${text}${lookedThrough(timeline)}`
    page.announce(text)
    page.partly(timeline)
    return undefined
  }

  /** A little more than what is seen. A table has no width; it is as long as it is. */
  #wanted() {
    if (!this.#tableBox.hidden) {
      const range = clamped(this.#seen, this.#whole)
      return { ...range, most: BARS_IN_TABLE, slices: BARS_IN_TABLE, firstLane: 0, lanes: LANES_IN_TABLE }
    }
    const range = widened(clamped(this.#seen, this.#whole), MARGIN, this.#whole)
    const seen = clamped(this.#seen, this.#whole)
    const width = (this.#width * (range.to - range.from)) / (seen.to - seen.from)
    const firstLane = Math.max(0, this.#top - LANES_MARGIN)
    const lanes = Math.ceil(this.#scroller.clientHeight / LANE) + 1 + 2 * LANES_MARGIN
    return {
      ...range,
      most: Math.round(width * BARS_PER_PIXEL),
      slices: Math.max(1, Math.round(width * SLICES_PER_PIXEL)),
      firstLane,
      lanes,
    }
  }

  #drawSoon(): void {
    if (this.#drawing !== 0) return
    this.#drawing = requestAnimationFrame(() => this.#draw())
  }

  get #shown(): Shown | undefined {
    const timeline = this.#timeline
    if (timeline === undefined) return undefined
    const range = clamped(this.#seen, this.#whole)
    return { timeline, range, axis: this.#shownAxis, top: this.#top, selected: this.#selected }
  }

  get #selected(): Shown['selected'] {
    const { selection } = this.#page.shared
    if (selection?.kind === 'call' || selection?.kind === 'event') return { event: selection.event }
    return selection?.kind === 'thread' ? { tid: selection.tid } : {}
  }

  /** What is known, where it is seen now. */
  #draw(): void {
    cancelAnimationFrame(this.#drawing)
    this.#drawing = 0
    const shown = this.#shown
    if (shown === undefined || !this.#tableBox.hidden) return
    const colours = themeColours()
    const { timeline } = shown
    this.#spacer.style.height = `${AXIS + timeline.count * LANE}px`
    const height = this.#scroller.clientHeight
    const pen = CanvasPen.on(this.#canvas, this.#width, height, colours)
    if (pen !== undefined) drawLanes(pen, this.#width, height, shown)
    if (this.#run !== undefined) this.#overview.show(this.#run, shown.range, this.#scroller.clientWidth, colours)
    const label = describe(shown)
    if (this.#canvas.getAttribute('aria-label') !== label) this.#canvas.setAttribute('aria-label', label)
    this.#labels.show(timeline, shown.top, shown.selected.tid)
  }

  // ---- where one looks ----

  #setRange(range: Range): void {
    this.#range = clamped(range, this.#whole)
    if (this.#range.from <= this.#whole.from && this.#range.to >= this.#whole.to) this.#range = undefined
    this.#drawSoon()
    this.#page.refresh()
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

  /** Brings what the event belongs to into sight, if it is not. */
  async #reveal(event: number): Promise<void> {
    this.#reveals = undefined
    const place = await this.#page.ask('timeline-place', { axis: this.#shownAxis, event })
    if (this.#range !== undefined) this.#range = revealed(this.#range, place, this.#whole)
    if (place.lane === undefined) return
    const { scrollTop, clientHeight } = this.#scroller
    const y = AXIS + place.lane * LANE
    // The axis covers what is behind the upper edge.
    if (y - AXIS < scrollTop || y + LANE > scrollTop + clientHeight)
      this.#scroller.scrollTop = Math.max(0, (place.lane - 2) * LANE)
  }

  // ---- what is chosen ----

  #choose(event: MouseEvent, goesThere: boolean): void {
    const shown = this.#shown
    if (shown === undefined) return
    const found = hit(shown, this.#width, event.offsetX, event.offsetY)
    if (found?.event === undefined) {
      if (found !== undefined) this.#page.select({ kind: 'thread', tid: found.lane.tid })
      return
    }
    const selection = found.mark === undefined ? { kind: 'call' as const } : { kind: 'event' as const }
    const chosen = { ...selection, event: found.event }
    if (goesThere) this.#page.go({ view: 'calls' }, chosen, found.event)
    else this.#page.select(chosen)
    void this.#tell(found.event)
  }

  /** The whole line of a call in the status line. */
  async #tell(event: number): Promise<void> {
    const details = await this.#page.ask('call', { event })
    const { row, strace } = details
    const long = row.duration === undefined || row.kind !== 'call' ? '' : ` · ${duration(row.duration)}`
    this.#status.textContent = `${clock(row.time)} s · thread ${row.tid} · ${strace}${long}`
  }

  #showTip(event: PointerEvent): void {
    const shown = this.#shown
    if (shown === undefined) return
    const found = event.buttons === 0 ? hit(shown, this.#width, event.offsetX, event.offsetY) : undefined
    this.#canvas.style.cursor = found?.event === undefined ? 'default' : 'pointer'
    this.#hover.show(found, shown, event.clientX, event.clientY)
  }

  /** Left and right go from call to call of the thread, up and down to the same moment of another; Enter to the call in the list. */
  #canvasKey(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }
    const { event: chosen } = this.#selected
    if (event.key === 'Enter' && chosen !== undefined) {
      this.#page.go({ view: 'calls' }, { kind: 'call', event: chosen }, chosen)
      return
    }
    const step = steps[event.key]
    const timeline = this.#timeline
    if (step === undefined || timeline === undefined || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    const { lanes } = timeline
    const { event: selected, tid } = this.#selected
    const at = lanes.findIndex(lane => lane.tid === tid || lane.bars.some(bar => bar.event === selected))
    const row = Math.max(0, at)
    if (step[1] === 0) {
      void this.#stepWithin(`is:call tid:${lanes[row]?.tid ?? 0}`, step[0] < 0 ? -1 : 1)
      return
    }
    const from = lanes[row]?.bars.find(bar => bar.event === selected)?.from ?? this.#seen.from
    const next = lanes[row + step[1]]?.bars.findLast((bar, i) => i === 0 || bar.from <= from)
    if (next === undefined) return
    this.#page.select({ kind: 'call', event: next.event })
    void this.#tell(next.event)
  }

  /** The next or previous call of what is looked for; else of the selected thread; else of all. */
  async #step(step: -1 | 1): Promise<void> {
    const { tid } = this.#selected
    const filter = this.#find.value
    const all = tid === undefined ? 'is:call' : `is:call tid:${tid}`
    await this.#stepWithin(filter === '' ? all : filter, step)
  }

  async #stepWithin(filter: string, step: -1 | 1): Promise<void> {
    const page = this.#page
    const { cursor } = page.shared
    const { problem } = await page.ask('calls', { filter, native: false, fromLine: 0, lines: 1 })
    this.#find.problem(filter === this.#find.value ? problem : undefined)
    if (problem !== undefined) return
    const newest = Math.max(0, (page.run?.events ?? 1) - 1)
    const event = this.#selected.event ?? (cursor === 'live' ? (step < 0 ? newest : 0) : cursor)
    // From nothing that is selected, the first one may be where one is.
    const isFresh = this.#selected.event === undefined && cursor === 'live' && step > 0
    const next = await page.ask('place', { filter, native: false, event, step: isFresh ? 0 : step })
    if (next.event === undefined) {
      page.announce('There is no other.')
      return
    }
    page.select({ kind: 'call', event: next.event })
    this.#reveals = next.event
    await this.#tell(next.event)
    page.refresh()
  }

  sharedChanged(before: SharedState): void {
    const { selection } = this.#page.shared
    if (selection === before.selection) return
    if (selection?.kind === 'call' || selection?.kind === 'event') this.#reveals = selection.event
    this.#drawSoon()
  }

  do(action: Action): void {
    if (action === 'next-call') void this.#step(1)
    else if (action === 'previous-call') void this.#step(-1)
  }

  // ---- how it is shown ----

  #setAxis(axis: Axis): void {
    this.#shownAxis = axis
    this.#range = undefined
    this.#timeline = undefined
    this.#run = undefined
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

  #export(): void {
    const shown = this.#shown
    if (shown === undefined) return
    const program = (this.#summary?.program ?? '').split('/').pop() || 'run'
    this.#page.bridge.save(
      `${program}-timeline.svg`,
      svgFile(shown, this.#width, `Timeline of ${program}`, themeColours()),
    )
  }

  key(event: KeyboardEvent): boolean {
    if (isFindKey(event)) {
      this.#find.input.focus()
      this.#find.input.select()
      return true
    }
    if (event.ctrlKey || event.metaKey) return false
    const keys: Readonly<Record<string, () => void>> = {
      '+': () => this.#zoom(ZOOM),
      '=': () => this.#zoom(ZOOM),
      '-': () => this.#zoom(1 / ZOOM),
      '0': () => this.#zoom(0),
      a: () => this.#setRange(panned(this.#seen, -0.2, this.#whole)),
      d: () => this.#setRange(panned(this.#seen, 0.2, this.#whole)),
      n: () => void this.#step(1),
      N: () => void this.#step(-1),
      e: () => this.#setAxis(this.#shownAxis === 'time' ? 'event' : 'time'),
      t: () => this.#asTable(this.#tableBox.hidden),
    }
    keys[event.key]?.()
    return Object.hasOwn(keys, event.key)
  }
}

function describe({ timeline, range, axis }: Shown): string {
  const place = (at: number) => placeText(at, axis)
  const bars = timeline.lanes.reduce((sum, lane) => sum + lane.bars.length, 0)
  return `Lanes of ${counted(timeline.count, 'thread')} from ${place(range.from)} to ${place(range.to)}, ${counted(bars, 'call')} drawn one by one. T shows them as a table.`
}

new TimelineView()
