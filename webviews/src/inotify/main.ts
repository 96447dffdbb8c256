/** The view "Inotify queue": what happened to watched files, the queue as it is, and the reads. */
import type {
  InotifyPicture,
  InotifyRow,
  InotifyRows,
  InotifyShown,
  Summary,
} from '@interlinear/emulator-core/events/queries.ts'
import { onThemeChange, themeColours } from '../shared/colours.ts'
import { h, isFindKey, isPressed, press, toggle } from '../shared/dom.ts'
import { FoldedLegend } from '../shared/folded-legend.ts'
import { type Axis, count, counted, lookedThrough } from '../shared/format.ts'
import { nothingYet } from '../shared/nothing-yet.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import type { Selection } from '../shared/protocol.ts'
import { SearchBox } from '../shared/search-box.ts'
import { Strip } from '../shared/strip.ts'
import { Details, detailOf } from './details.ts'
import { Field } from './field.ts'
import { legend } from './legend.ts'
import type { Wanted } from './pen.ts'
import { isLogByItself } from './scale.ts'
import { csvOf, showTable } from './table.ts'
import { HINT, INOTIFY_WANTED, NOT_YET_HERE } from './texts.ts'
import { historyOf } from './track.ts'
import './inotify.css'

/** Records that are drawn one by one; more are an area, with their number by slice. */
const MOST = 1000
const TABLE_ROWS = 500
const ZOOM = 2
/** px: in a narrower page the legend is folded until somebody asks for it. */
const ROOM_FOR_LEGEND = 900

class InotifyView implements View {
  readonly name = 'Inotify queue'
  readonly #page = new Page()
  readonly #count = h('span', { class: 'count' })
  readonly #choice = h('select', { 'aria-label': 'Inotify instance', hidden: true, onchange: () => this.#choose() })
  readonly #search = new SearchBox(
    { step: step => void this.#find(step), left: () => this.#field.focus() },
    { label: 'Find a record', title: 'Words of a record or a path, or wd:5' },
  )
  readonly #byEvent = toggle(
    'By event',
    'The axis counts events instead of time: for what happens in one instant (E)',
    () => this.#setAxis(this.#axis === 'time' ? 'event' : 'time'),
  )
  readonly #lanes = toggle('Lanes', 'A lane for each watch (W)', () => this.#flip(this.#lanes, 'lanes'))
  readonly #log = toggle('Log', 'The depth in a logarithmic scale, with the limit (G)', () => this.#setLog())
  readonly #table = toggle('Table', 'The same as a table (T)', () => this.#asTable(this.#tableBox.hidden))
  readonly #svg = button('SVG', 'Save the picture as an SVG file', () => this.#exportPicture())
  readonly #csv = button(
    'CSV',
    'Save everything that happened to the queue as a CSV file',
    () => void this.#exportRows(),
  )
  readonly #field = new Field({
    chosen: (hit, opened) => this.#chooseHit(hit.event, hit.wd, opened),
    zoomed: (factor, share) => this.#zoomAt(factor, share),
    panned: share => this.#strip.pan(share),
  })
  readonly #tableBox = h('div', { class: 'table', hidden: true, tabindex: 0 })
  readonly #details = new Details({
    call: event => void this.#open(event),
    source: name => this.#page.go({ translation: name }),
    divergence: id => this.#page.go({ divergence: id }),
  })
  readonly #strip = new Strip({
    moved: cursor => this.#page.setShared({ cursor }),
    step: step => void this.#step(step),
    window: () => this.#page.refresh(),
  })
  readonly #legend = new FoldedLegend(legend(), this.#page.bridge, window.innerWidth >= ROOM_FOR_LEGEND)
  readonly body = h(
    'main',
    { class: 'view inotify' },
    this.#field.element,
    this.#tableBox,
    this.#details.element,
    this.#strip.element,
    this.#legend.element,
  )
  readonly tools = [
    this.#count,
    this.#choice,
    this.#search.element,
    this.#lanes,
    this.#log,
    this.#table,
    this.#byEvent,
    this.#svg,
    this.#csv,
    this.#legend.button,
  ]
  #axis: Axis = 'time'
  #instance: number | undefined
  #isLog: boolean | undefined
  #summary: Summary | undefined
  #picture: InotifyPicture | undefined
  #rows: readonly InotifyRow[] = []
  /** What was searched for last is nowhere. */
  #missed = false
  #window = { from: 0, to: 1 }
  /** Of the selected event, on the axis. */
  #selectedPlace: number | undefined

  constructor() {
    const kept = this.#page.bridge.kept()
    if (kept.axis === 'event') this.#axis = 'event'
    press(this.#byEvent, this.#axis === 'event')
    press(this.#lanes, kept.lanes === true)
    if (kept.table === true) this.#asTable(true)
    onThemeChange(() => this.#field.repaint(themeColours()))
    this.#page.start(this)
  }

  reset(): void {
    this.#instance = undefined
    this.#picture = undefined
    this.#isLog = undefined
    this.#missed = false
    this.#details.say(HINT)
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const { cursor, selection } = page.shared
    const summary = await page.ask('summary', {})
    this.#summary = summary
    if (summary.inotifies === 0) {
      page.partly(summary)
      return nothingYet(INOTIFY_WANTED, summary.calls, page.run?.state, page.ways)
    }
    const instance = selection?.kind === 'watch' ? selection.instance : this.#instance
    const axis = this.#axis
    const { first, last } = this.#whole(summary)
    this.#window = this.#strip.window(first, last)
    const [picture, call] = await Promise.all([
      page.ask('inotify', { axis, at: cursor, instance, ...this.#window, most: MOST }),
      selection?.kind === 'call' ? page.ask('call', { event: selection.event }) : undefined,
    ])
    // Meanwhile somebody may have chosen the other axis.
    if (axis !== this.#axis) return undefined
    page.setTime(picture.time)
    this.#picture = picture
    this.#showChoice(picture)
    const { shown } = picture
    if (shown === undefined) {
      this.#count.textContent = 'no inotify instance at this position'
      this.#details.say(NOT_YET_HERE)
    } else {
      const within = call === undefined ? undefined : ([call.row.event, call.row.last ?? picture.event] as const)
      this.#show(shown, picture, within)
      if (!this.#tableBox.hidden) await this.#showRows(shown)
      await this.#tell(shown, selection)
    }
    page.partly(picture)
    return undefined
  }

  #show(shown: InotifyShown, picture: InotifyPicture, within: readonly [number, number] | undefined): void {
    const { selection, cursor, native } = this.#page.shared
    press(this.#log, this.#isLog ?? isLogByItself(shown.deepest))
    const wanted: Omit<Wanted, 'width' | 'height' | 'ticks'> = {
      ...this.#window,
      axis: this.#axis,
      now: this.#axis === 'time' ? picture.time : picture.event,
      isLive: cursor === 'live',
      lanes: isPressed(this.#lanes),
      log: this.#isLog,
      native,
      selected:
        selection?.kind === 'event'
          ? { event: selection.event }
          : selection?.kind === 'watch'
            ? { wd: selection.wd }
            : { within },
    }
    if (this.#tableBox.hidden) this.#field.show(shown, wanted, themeColours())
    const { depth, queued, read, lost, ghosts, differing } = shown.instance
    const linux = ghosts + differing === 0 ? '' : ` · ${counted(ghosts, 'ghost')}, ${count(differing)} otherwise`
    const text = `${counted(depth, 'record')} in the queue · ${count(queued)} queued, ${count(read)} read${lost > 0 ? `, ${count(lost)} lost` : ''}${linux}`
    this.#count.textContent = `${text}${lookedThrough(picture)}`
    this.#page.announce(text)
    const track = { label: `inotify ${shown.instance.fd}`, axis: this.#axis, ...this.#whole(picture) }
    this.#strip.show({ ...track, ...historyOf(shown) }, cursor, wanted.now)
  }

  // ---- what is selected ----

  async #tell(shown: InotifyShown, selection: Selection | undefined): Promise<void> {
    if (selection?.kind !== 'event') this.#selectedPlace = undefined
    if (this.#missed) {
      this.#details.say(`Nothing has the words "${this.#search.value}".`)
      return
    }
    if (selection?.kind === 'watch') {
      const watch = shown.watches.find(each => each.wd === selection.wd)
      if (watch !== undefined)
        this.#details.say(
          `Watch ${watch.wd} on ${watch.path}: ${watch.mask} · ${counted(watch.queued, 'record')} queued`,
        )
      return
    }
    if (selection?.kind !== 'event') {
      this.#details.say(HINT)
      return
    }
    const text = this.#field.tipOf(selection.event)
    const { row, inside } = await this.#page.ask('call', { event: selection.event })
    const found = inside.find(each => each.event === selection.event)
    this.#selectedPlace = this.#axis === 'time' ? (found?.time ?? row.time) : selection.event
    this.#details.show(detailOf(selection.event, text, { row, inside }, this.#summary))
  }

  #chooseHit(event: number | undefined, wd: number | undefined, opened: boolean): void {
    const instance = this.#picture?.shown?.instance.id
    this.#missed = false
    if (event !== undefined) {
      this.#page.select({ kind: 'event', event })
      if (opened) void this.#open(event)
    } else if (wd !== undefined && instance !== undefined) this.#page.select({ kind: 'watch', instance, wd })
    else this.#page.select(undefined)
  }

  /** To the call that caused it. */
  async #open(event: number): Promise<void> {
    const { row } = await this.#page.ask('call', { event })
    if (row.kind === 'call') this.#page.go({ view: 'calls' }, { kind: 'call', event: row.event }, row.last ?? event)
  }

  async #step(step: -1 | 1): Promise<void> {
    const { cursor, selection } = this.#page.shared
    const wd = selection?.kind === 'watch' ? selection.wd : undefined
    const next = await this.#next(wd, '', cursor, step)
    if (next !== undefined) this.#page.setShared({ cursor: next.event })
    else if (step > 0) this.#page.goLive()
  }

  async #next(wd: number | undefined, words: string, at: number | 'live', step: -1 | 1) {
    const instance = this.#picture?.shown?.instance.id
    if (instance === undefined) return undefined
    const { event, time } = await this.#page.ask('inotify-step', { instance, wd, words, at, step })
    return event === undefined ? undefined : { event, time }
  }

  /** Selects what is found, and brings it into sight. */
  async #find(step: -1 | 1): Promise<void> {
    const words = this.#search.value
    if (words.trim() === '') return
    const { selection } = this.#page.shared
    const start = step > 0 ? 0 : 'live'
    const at = selection?.kind === 'event' ? selection.event : start
    // Behind the last one is the first.
    const found = (await this.#next(undefined, words, at, step)) ?? (await this.#next(undefined, words, start, step))
    this.#missed = found === undefined
    if (found === undefined) {
      this.#page.refresh()
      return
    }
    const place = this.#axis === 'time' ? found.time : found.event
    if (place < this.#window.from || place > this.#window.to) this.#strip.centre(place)
    this.#page.select({ kind: 'event', event: found.event })
  }

  // ---- what is shown, and how ----

  #showChoice({ instances, shown }: InotifyPicture): void {
    this.#choice.hidden = instances.length < 2
    const options = instances.map(({ id, fd, pid, closed }) =>
      h(
        'option',
        { value: id, selected: id === shown?.instance.id },
        `inotify ${fd} of process ${pid}${closed ? ', closed' : ''}`,
      ),
    )
    this.#choice.replaceChildren(...options)
  }

  #choose(): void {
    this.#instance = Number(this.#choice.value)
    if (this.#page.shared.selection?.kind === 'watch') this.#page.select(undefined)
    this.#page.refresh()
  }

  /** About what is selected, else about the cursor; 0: all of it. */
  #zoom(factor: number): void {
    const place = this.#selectedPlace
    if (factor === 0 || place === undefined) this.#strip.zoom(factor)
    else {
      this.#strip.centre(place)
      this.#strip.zoomAt(factor, place)
    }
  }

  #zoomAt(factor: number, share: number): void {
    const { from, to } = this.#window
    this.#strip.zoomAt(factor, from + share * (to - from))
  }

  /** Where the run begins and ends on the axis. */
  #whole({ firstTime, lastTime, indexed }: Pick<InotifyPicture, 'firstTime' | 'lastTime' | 'indexed'>) {
    if (this.#axis === 'event') return { first: 0, last: Math.max(1, indexed - 1) }
    return { first: firstTime, last: lastTime }
  }

  #setAxis(axis: Axis): void {
    this.#axis = axis
    this.#selectedPlace = undefined
    this.#strip.reset()
    press(this.#byEvent, axis === 'event')
    this.#page.bridge.keep({ axis })
    this.#page.refresh()
  }

  #flip(which: HTMLElement, name: string): void {
    press(which, !isPressed(which))
    this.#page.bridge.keep({ [name]: isPressed(which) })
    this.#page.refresh()
  }

  #setLog(): void {
    this.#isLog = !isPressed(this.#log)
    this.#page.refresh()
  }

  #asTable(shown: boolean): void {
    this.#tableBox.hidden = !shown
    this.#field.element.hidden = shown
    press(this.#table, shown)
    this.#page.bridge.keep({ table: shown })
    this.#page.refresh()
  }

  async #showRows(shown: InotifyShown): Promise<void> {
    const rows = await this.#ask(shown.instance.id, this.#window, 0, TABLE_ROWS)
    const isSame = rows.rows.length === this.#rows.length && rows.rows.every((row, i) => same(row, this.#rows[i]))
    this.#rows = rows.rows
    if (!isSame || this.#tableBox.childElementCount === 0) showTable(this.#tableBox, rows)
  }

  #ask(
    instance: number,
    { from, to }: { from: number; to: number },
    first: number,
    count: number,
  ): Promise<InotifyRows> {
    return this.#page.ask('inotify-rows', { axis: this.#axis, instance, from, to, first, count })
  }

  // ---- export ----

  #exportPicture(): void {
    const shown = this.#picture?.shown
    if (shown === undefined) return
    const title = `Inotify queue of ${programOf(this.#summary?.program ?? 'program')}`
    this.#page.bridge.save(
      `${programOf(this.#summary?.program ?? 'inotify')}-inotify.svg`,
      this.#field.svg(title, themeColours()),
    )
  }

  async #exportRows(): Promise<void> {
    const shown = this.#picture?.shown
    const summary = this.#summary
    if (shown === undefined || summary === undefined) return
    const { first: from, last: to } = this.#whole(summary)
    const all = { from, to }
    const text = await csvOf((first, count) => this.#ask(shown.instance.id, all, first, count))
    this.#page.bridge.save(`${programOf(summary.program)}-inotify.csv`, text)
  }

  // ---- keys ----

  key(event: KeyboardEvent): boolean {
    if (isFindKey(event)) {
      this.#search.focus()
      return true
    }
    if (event.ctrlKey || event.metaKey) return false
    const keys: Readonly<Record<string, () => void>> = {
      '+': () => this.#zoom(ZOOM),
      '=': () => this.#zoom(ZOOM),
      '-': () => this.#zoom(1 / ZOOM),
      '0': () => this.#zoom(0),
      a: () => this.#strip.pan(-0.2),
      d: () => this.#strip.pan(0.2),
      n: () => void this.#step(1),
      N: () => void this.#step(-1),
      t: () => this.#asTable(this.#tableBox.hidden),
      w: () => this.#flip(this.#lanes, 'lanes'),
      g: () => this.#setLog(),
      e: () => this.#setAxis(this.#axis === 'time' ? 'event' : 'time'),
      Enter: () => this.#openSelected(),
      ArrowLeft: () => this.#toNeighbour('ArrowLeft'),
      ArrowRight: () => this.#toNeighbour('ArrowRight'),
      ArrowUp: () => this.#toNeighbour('ArrowUp'),
      ArrowDown: () => this.#toNeighbour('ArrowDown'),
    }
    if (!Object.hasOwn(keys, event.key)) return false
    if (event.target instanceof HTMLButtonElement && event.key === 'Enter') return false
    keys[event.key]()
    return true
  }

  #openSelected(): void {
    const { selection } = this.#page.shared
    if (selection?.kind === 'event') void this.#open(selection.event)
  }

  #toNeighbour(key: string): void {
    const { selection } = this.#page.shared
    const next = this.#field.neighbour(selection?.kind === 'event' ? selection.event : undefined, key)
    if (next !== undefined) this.#page.select({ kind: 'event', event: next })
  }
}

const same = (a: InotifyRow, b: InotifyRow): boolean =>
  a.event === b.event && a.readAt === b.readAt && a.linux === b.linux
const programOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || 'program'

function button(text: string, title: string, onclick: () => void): HTMLButtonElement {
  return h('button', { type: 'button', title, onclick }, text)
}

new InotifyView()
