/** The list of calls: rows for the lines that can be seen, of as many lines as there may be. It has a scrollbar of its own, as no page can be that high. */

import type { CallRow, CallRows } from '@interlinear/emulator-core/events/queries.ts'
import { select } from 'd3'
import { h } from '../shared/dom.ts'
import { count } from '../shared/format.ts'
import { fillRow } from './row.ts'
import { type TimeKind, timeText } from './times.ts'

export const LINE = 19
/** Characters of a time that is shorter than 100 s. */
const TIME_WIDTH = 10
/** Lines asked for beyond those that can be seen, on both sides. */
const MARGIN = 60

export interface ListHost {
  /** More or other lines are wanted. */
  wanted(): void
  /** `extend`: from the selected row to this one. */
  chosen(row: CallRow, open: boolean, extend: boolean): void
  /** The mark of a divergence was pressed. */
  divergence(id: string, row: CallRow): void
}

/** Places in the filtered list: the first, and the one behind the last. */
export interface Places {
  /** Where the selecting began. */
  readonly anchor: number
  readonly from: number
  readonly to: number
}

export class CallList {
  readonly element: HTMLElement
  readonly #rows = h('div', { class: 'rows', role: 'presentation' })
  readonly #thumb = h('div', { class: 'thumb' })
  readonly #bar = h('div', { class: 'scrollbar', 'aria-hidden': 'true' }, this.#thumb)
  readonly #grid: HTMLElement
  readonly #host: ListHost
  /** The first line that is seen, with fractions. */
  #top = 0
  #lines = 0
  #matched = 0
  #known: readonly CallRow[] = []
  /** Whether the newest line is kept in sight. */
  follows = true
  #now = 0
  /** Characters. */
  #timeWidth = TIME_WIDTH
  /** When the row before the first known one began. */
  #before: number | undefined
  /** What the column of times tells, and ns since 1970 at monotonic 0. */
  times: { readonly kind: TimeKind; readonly realtime: bigint | undefined } = { kind: 'start', realtime: undefined }
  /** Several rows that are selected. */
  range: Places | undefined
  /** The event of the row that is selected, and of the one where the cursor is. */
  selected: number | undefined
  cursor: number | undefined

  constructor(host: ListHost) {
    this.#host = host
    this.#grid = h(
      'div',
      {
        class: 'grid',
        role: 'grid',
        tabindex: 0,
        'aria-label': 'System calls',
        'aria-colcount': 5,
        'aria-multiselectable': 'true',
        // They stand above what is scrolled.
        'aria-owns': 'heads',
      },
      this.#rows,
    )
    const head = ['Time', 'Thread', 'Call', 'Result', 'Duration'].map(name =>
      h('span', { class: name.toLowerCase(), role: 'columnheader' }, name),
    )
    const heads = h('div', { class: 'row heads', id: 'heads', role: 'row' }, ...head)
    this.element = h('div', { class: 'list' }, heads, h('div', { class: 'scroller' }, this.#grid, this.#bar))
    this.#grid.addEventListener('wheel', event => this.#wheel(event), { passive: false })
    this.#grid.addEventListener('click', event => this.#click(event, false))
    this.#grid.addEventListener('dblclick', event => this.#click(event, true))
    this.#bar.addEventListener('pointerdown', event => this.#drag(event))
  }

  get grid(): HTMLElement {
    return this.#grid
  }

  get visibleLines(): number {
    return Math.max(1, this.#grid.clientHeight / LINE)
  }

  /** The lines that are wanted now. While following: the last ones. */
  wanted(): { readonly fromLine: number; readonly lines: number } {
    const lines = Math.ceil(this.visibleLines) + 2 * MARGIN
    const first = this.follows ? Number.MAX_SAFE_INTEGER : Math.floor(this.#top) - MARGIN
    if (first === Number.MAX_SAFE_INTEGER) return { fromLine: Math.max(0, this.#lines - lines + MARGIN), lines }
    return { fromLine: Math.max(0, first), lines }
  }

  /** Takes an answer. `now`: the newest time, for calls that go on. */
  show(answer: CallRows, now: number): void {
    const grew = answer.lines !== this.#lines
    this.#known = answer.rows
    this.#lines = answer.lines
    this.#matched = answer.matched
    this.#before = answer.before
    this.#now = now
    if (this.follows) this.#top = this.#lastKnownTop()
    this.#top = Math.max(0, Math.min(this.#top, this.#lastTop()))
    this.render()
    if (grew && this.follows && !this.#covers()) this.#host.wanted()
  }

  #lastTop(): number {
    return Math.max(0, this.#lines - Math.floor(this.visibleLines))
  }

  /** The end as far as it is known: while a run adds hundreds of lines between question and answer, what was given is still shown. */
  #lastKnownTop(): number {
    const last = this.#known[this.#known.length - 1]
    const end = last === undefined ? this.#lines : Math.min(this.#lines, last.line + linesOf(last))
    return Math.max(0, end - Math.floor(this.visibleLines))
  }

  #covers(): boolean {
    if (this.#lines === 0) return true
    const first = this.#known[0]
    const last = this.#known[this.#known.length - 1]
    if (first === undefined || last === undefined) return false
    const end = Math.min(this.#lines, this.#top + this.visibleLines)
    return first.line <= this.#top && last.line + linesOf(last) >= end - 0.01
  }

  render(): void {
    const end = this.#top + this.visibleLines
    const seen = this.#known.filter(row => row.line < end && row.line + 2 > this.#top)
    const first = seen[0] === undefined ? 0 : this.#known.indexOf(seen[0])
    const timeOf = (row: CallRow, i: number) =>
      timeText(row, this.#known[first + i - 1]?.time ?? this.#before, this.times.kind, this.times.realtime)
    this.#makeRoom(Math.max(0, ...seen.map((row, i) => timeOf(row, i).length)))
    this.#grid.setAttribute('aria-rowcount', String(this.#matched))
    select(this.#rows)
      .selectAll<HTMLElement, CallRow>('.row')
      .data(seen, row => String(row.event))
      .join(enter => enter.append(() => h('div', { class: 'row', role: 'row' })))
      .order()
      .each((row, i, elements) => {
        const element = elements[i]
        fillRow(element, row, timeOf(row, i), this.#now)
        element.id = `row-${row.event}`
        element.style.transform = `translateY(${((row.line - this.#top) * LINE).toFixed(1)}px)`
        element.setAttribute('aria-rowindex', String(row.place + 1))
        const isInRange = this.range !== undefined && row.place >= this.range.from && row.place < this.range.to
        element.setAttribute('aria-selected', String(row.event === this.selected || isInRange))
        element.classList.toggle('odd', row.place % 2 === 1)
        element.classList.toggle('cursor', row.event === this.cursor)
      })
    const active = seen.find(row => row.event === this.selected)
    if (active === undefined) this.#grid.removeAttribute('aria-activedescendant')
    else this.#grid.setAttribute('aria-activedescendant', `row-${active.event}`)
    this.#showBar()
  }

  /** The column of times gets wider when it has to, and not narrower again: what stands beside it would jump. */
  #makeRoom(characters: number): void {
    if (characters <= this.#timeWidth) return
    this.#timeWidth = characters
    this.element.style.setProperty('--time-width', `${characters}ch`)
  }

  /** Whether a call that goes on is in sight. */
  get hasOpen(): boolean {
    const end = this.#top + this.visibleLines
    return this.#known.some(row => row.duration === undefined && row.line < end && row.line + 2 > this.#top)
  }

  /** Time has passed, ns: calls that go on are longer. */
  tick(now: number): void {
    this.#now = now
    this.render()
  }

  #showBar(): void {
    const visible = this.visibleLines
    this.#bar.hidden = this.#lines <= visible
    const height = this.#bar.clientHeight
    const size = Math.max(24, (height * visible) / Math.max(visible, this.#lines))
    const share = this.#lastTop() === 0 ? 0 : this.#top / this.#lastTop()
    this.#thumb.style.height = `${size}px`
    this.#thumb.style.transform = `translateY(${(height - size) * share}px)`
    this.#bar.title = `${count(this.#matched)} rows`
  }

  /** By lines; upwards ends the following, the end begins it again. */
  scrollTo(line: number): void {
    const last = this.#lastTop()
    this.#top = Math.max(0, Math.min(line, last))
    this.follows = this.#top >= last - 0.01
    this.render()
    if (!this.#covers()) this.#host.wanted()
  }

  /** Brings a line into sight, with a little around it. */
  reveal(line: number, tall: number): void {
    const visible = Math.floor(this.visibleLines)
    if (line >= this.#top && line + tall <= this.#top + visible) {
      this.render()
      return
    }
    const isNear = line >= this.#top - 3 && line + tall <= this.#top + visible + 3
    if (!isNear) this.scrollTo(line - Math.floor(visible / 3))
    else this.scrollTo(line < this.#top ? line : line + tall - visible)
    // Who has gone somewhere wants to stay there.
    this.follows = false
  }

  /** The row beside the selected one, if it is known already. */
  neighbour(step: -1 | 1): CallRow | undefined {
    const at = this.#known.findIndex(row => row.event === this.selected)
    return at < 0 ? undefined : this.#known[at + step]
  }

  /** A row in sight, for whoever begins to use the keyboard. */
  firstInSight(): CallRow | undefined {
    const rows = this.#known.filter(row => row.line >= this.#top && row.line < this.#top + this.visibleLines - 1)
    return this.follows ? rows[rows.length - 1] : rows[0]
  }

  known(event: number): CallRow | undefined {
    return this.#known.find(row => row.event === event)
  }

  page(step: -1 | 1): void {
    this.scrollTo(this.#top + step * Math.max(1, Math.floor(this.visibleLines) - 1))
  }

  #wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.deltaY === 0) return
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY : event.deltaY / LINE
    this.scrollTo(this.#top + lines)
  }

  #click(event: MouseEvent, open: boolean): void {
    const element = event.target instanceof Element ? event.target.closest('.row') : null
    const row = this.#known.find(each => element?.id === `row-${each.event}`)
    if (row === undefined) return
    const mark = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-divergence]') : null
    if (mark?.dataset.divergence !== undefined) this.#host.divergence(mark.dataset.divergence, row)
    else this.#host.chosen(row, open, event.shiftKey)
  }

  #drag(event: PointerEvent): void {
    event.preventDefault()
    const box = this.#bar.getBoundingClientRect()
    const size = this.#thumb.getBoundingClientRect().height
    const grip = event.target === this.#thumb ? event.clientY - this.#thumb.getBoundingClientRect().top : size / 2
    const move = (to: PointerEvent) => {
      const share = (to.clientY - grip - box.top) / Math.max(1, box.height - size)
      this.scrollTo(Math.max(0, Math.min(1, share)) * this.#lastTop())
    }
    this.#bar.setPointerCapture(event.pointerId)
    move(event)
    this.#bar.addEventListener('pointermove', move)
    this.#bar.addEventListener('pointerup', () => this.#bar.removeEventListener('pointermove', move), { once: true })
  }

  reset(): void {
    this.#known = []
    this.#lines = 0
    this.#top = 0
    this.#matched = 0
    this.follows = true
    this.selected = undefined
    this.range = undefined
    this.cursor = undefined
    this.render()
  }
}

export function linesOf(row: CallRow): number {
  return document.body.dataset.native === 'true' && row.native.length + row.divergences.length > 0 ? 2 : 1
}
