/** The view "Inotify queue": each record from the moment it was queued to the moment it was read. */
import type { HistoryMark, InotifyPicture, InotifyShown } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { clock, counted, duration } from '../shared/format.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import { Strip } from '../shared/strip.ts'
import { Depth } from './depth.ts'
import { isQueuedAt, KINDS, type Row, rowsOf } from './rows.ts'
import './inotify.css'

/** Records that are drawn one by one. */
const MOST = 500

class InotifyView implements View {
  readonly name = 'Inotify queue'
  readonly #page = new Page()
  readonly #count = h('span', { class: 'count' })
  readonly #choice = h('select', { 'aria-label': 'Inotify instance', hidden: true, onchange: () => this.#choose() })
  readonly #depth = new Depth()
  readonly #watches = h('div', { class: 'watches', 'aria-label': 'Watches' })
  readonly #rows = h('div', { class: 'records', role: 'list', 'aria-label': 'Records of the queue', tabindex: 0 })
  readonly #more = h('p', { class: 'more', role: 'status' })
  readonly #strip = new Strip({
    moved: cursor => this.#page.setShared({ cursor }),
    step: step => this.#step(step),
    window: () => this.#page.refresh(),
  })
  readonly body = h(
    'main',
    { class: 'view inotify' },
    this.#depth.element,
    h('div', { class: 'scroller' }, this.#watches, this.#rows, this.#more),
    this.#strip.element,
    legend(),
  )
  readonly tools = [this.#choice, this.#count]
  #instance: number | undefined
  #marks: readonly HistoryMark[] = []
  #time = 0

  constructor() {
    this.#page.start(this)
  }

  reset(): void {
    this.#instance = undefined
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const summary = await page.ask('summary', {})
    if (summary.inotifies === 0) {
      page.partly(summary)
      return nothingYet(summary.calls, page.run?.state === 'ended')
    }
    const { cursor } = page.shared
    const window = this.#strip.window(summary.firstTime, summary.lastTime)
    const picture = await page.ask('inotify', { at: cursor, instance: this.#instance, ...window, most: MOST })
    page.setTime(picture.time)
    this.#time = picture.time
    this.#showChoice(picture)
    const { shown } = picture
    if (shown === undefined) {
      this.#count.textContent = 'no inotify instance at this position'
      this.#rows.replaceChildren()
    } else this.#show(shown, picture, window)
    page.partly(picture)
    return undefined
  }

  #show(shown: InotifyShown, picture: InotifyPicture, window: { readonly from: number; readonly to: number }): void {
    const rows = rowsOf(shown)
    this.#depth.show(shown, window.from, window.to)
    this.#watches.replaceChildren(
      ...shown.watches.map(({ wd, path, mask, gone, queued }) =>
        h('span', { class: gone ? 'watch gone' : 'watch', title: mask }, `${wd} ${path}`, h('i', {}, ` ${queued}`)),
      ),
    )
    const names = new Map(shown.watches.map(({ wd, path }) => [wd, path]))
    const span = Math.max(1, window.to - window.from)
    const place = (time: number) => Math.min(100, Math.max(0, (100 * (time - window.from)) / span))
    this.#rows.replaceChildren(
      ...rows.map(row => this.#row(row, names.get(row.wd) ?? '', place, picture.time, window.to)),
    )
    const folded = shown.slices.reduce((sum, slice) => sum + slice.count, 0)
    this.#more.hidden = folded === 0
    this.#more.textContent = `${counted(folded, 'record')} in this time are too many to be shown one by one: zoom in with + or the wheel.`
    const depth = shown.instance.depth
    const { queued, read, lost } = shown.instance
    this.#count.textContent = `${counted(depth, 'record')} in the queue · ${queued} queued, ${read} read${lost > 0 ? `, ${lost} lost` : ''}`
    this.#page.announce(this.#count.textContent)
    this.#marks = marksOf(rows, shown)
    const { firstTime, lastTime } = picture
    const label = `inotify ${shown.instance.fd}`
    this.#strip.show(
      { label, firstTime, lastTime, marks: this.#marks, slices: [] },
      this.#page.shared.cursor,
      picture.time,
    )
  }

  #row(row: Row, path: string, place: (time: number) => number, now: number, end: number): HTMLElement {
    const left = place(row.from)
    const width = row.kind === 'record' ? Math.max(0.6, place(row.to ?? end) - left) : 0.6
    const waited = row.to === undefined ? 'not read yet' : `read after ${duration(row.to - row.from)}`
    const { selection } = this.#page.shared
    const state = isQueuedAt(row, now) ? 'queued' : row.from > now ? 'later' : 'read'
    const rename =
      row.cookie === 0
        ? undefined
        : h('span', { class: 'cookie', title: 'halves of one rename' }, ` rename ${row.cookie}`)
    return h(
      'div',
      {
        class: `record ${row.kind} ${state}`,
        role: 'listitem',
        tabindex: -1,
        'aria-selected': selection?.kind === 'event' && selection.event === row.event,
        title: `${clock(row.from)} s · ${row.kind === 'record' ? waited : KINDS[row.kind]} · ${row.before} before it`,
        onclick: () => this.#page.select({ kind: 'event', event: row.event }),
        ondblclick: () => this.#page.select({ kind: 'event', event: row.event }, row.event),
      },
      h('span', { class: 'what' }, h('b', {}, row.text), ' ', h('span', { class: 'path' }, path), rename),
      h('span', { class: 'track' }, h('i', { style: `left:${left.toFixed(2)}%;width:${width.toFixed(2)}%` })),
      h('span', { class: 'native' }, row.kind === 'record' ? row.native : KINDS[row.kind]),
    )
  }

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
    this.#page.refresh()
  }

  #step(step: -1 | 1): void {
    const times = this.#marks.filter(mark => (step > 0 ? mark.time > this.#time : mark.time < this.#time))
    const next = step > 0 ? times[0] : times.at(-1)
    if (next !== undefined) this.#page.setShared({ cursor: next.event })
    else if (step > 0) this.#page.goLive()
  }

  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey) return false
    const zoom = { '+': 2, '-': 0.5, '0': 0 }[event.key]
    if (zoom !== undefined) this.#strip.zoom(zoom)
    else if (event.key === 'n') this.#step(1)
    else if (event.key === 'N') this.#step(-1)
    else return false
    return true
  }
}

function marksOf(rows: readonly Row[], shown: InotifyShown): HistoryMark[] {
  const queued = rows.map(({ event, kind, from, text }) => ({
    event,
    time: from,
    kind: kind === 'record' ? ('activate' as const) : ('change' as const),
    text,
  }))
  const reads = shown.reads.map(({ event, time, count }) => ({
    event,
    time,
    kind: 'deliver' as const,
    text: `read: ${counted(count, 'record')}`,
  }))
  return [...queued, ...reads].sort((a, b) => a.event - b.event)
}

function legend(): HTMLElement {
  const item = (name: string, text: string) => h('span', { class: `key ${name}` }, text)
  return h(
    'div',
    { class: 'legend', 'aria-label': 'Legend' },
    item('activate', 'queued'),
    item('deliver', 'read'),
    item('change', 'merged, lost, or not as on Linux'),
    h('span', { class: 'hint' }, 'drag the cursor to go back in time, in all views · N next change · L live'),
  )
}

function nothingYet(calls: number, isOver: boolean): Empty {
  return {
    title: isOver ? 'This run made no inotify instance' : 'No inotify instance so far',
    text: isOver
      ? `${counted(calls, 'call')}, none of them inotify_init. A program that watches files is drawn here, for example file-watcher.`
      : `${counted(calls, 'call')} until now. As soon as the program calls inotify_init, its queue is drawn here.`,
  }
}

new InotifyView()
