/** A strip of time with marks and a cursor to drag: a slider for the keyboard, and one for those who listen. */

import type { HistoryMark, HistorySlice, MarkKind } from '@interlinear/emulator-core/events/queries.ts'
import { scaleLinear, select } from 'd3'
import { h } from './dom.ts'
import { type Axis, axisTicks, count, placeText } from './format.ts'
import type { Position } from './protocol.ts'
import './strip.css'

/** A mark, with its place. */
export interface StripMark extends Omit<HistoryMark, 'time'> {
  readonly at: number
}

export interface StripData {
  readonly label: string
  readonly axis: Axis
  /** Where the run begins and ends. */
  readonly first: number
  readonly last: number
  readonly marks: readonly StripMark[]
  readonly slices: readonly HistorySlice[]
}

export interface StripHost {
  moved(to: Position): void
  /** The mark before or after the cursor is wanted. */
  step(step: -1 | 1): void
  /** Another part of the time is wanted. */
  window(): void
}

const SHAPES: Readonly<Record<MarkKind, string>> = {
  activate: 'M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0Z',
  deliver: 'M-3.2,-3.2H3.2V3.2H-3.2Z',
  change: 'M0,-4L4,0L0,4L-4,0Z',
  drop: 'M-2.5,0a2.5,2.5 0 1,0 5,0a2.5,2.5 0 1,0 -5,0Z',
  sleep: 'M-2.5,-4V4M1.5,-4V4',
  wake: 'M-2,-4L3,0L-2,4Z',
  divergence: 'M0,-5L5,0L0,5L-5,0Z',
}
const HEIGHT = 46
const MIDDLE = 17
const SIDE = 12
const ZOOM = 2
/** px that a character of a tick is wide, about. */
const CHARACTER = 6

export class Strip {
  readonly element: HTMLElement
  readonly #label = h('span', { class: 'strip-label' })
  readonly #svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  readonly #slider: HTMLElement
  readonly #host: StripHost
  #data: StripData = { label: '', axis: 'time', first: 0, last: 1, marks: [], slices: [] }
  #cursor: Position = 'live'
  /** Of the cursor. */
  #place = 0
  /** 1 shows all of it. */
  #zoom = 1
  #centre: number | undefined

  constructor(host: StripHost) {
    this.#host = host
    this.#slider = h(
      'div',
      { class: 'strip-slider', role: 'slider', tabindex: 0, 'aria-label': 'Position in time' },
      this.#svg,
    )
    this.element = h('div', { class: 'strip' }, this.#label, this.#slider)
    const root = select(this.#svg)
    for (const name of ['axis', 'slices', 'marks', 'cursor']) root.append('g').attr('class', name)
    this.#slider.addEventListener('pointerdown', event => this.#drag(event))
    this.#slider.addEventListener('keydown', event => this.#key(event))
    this.#slider.addEventListener('wheel', event => this.#wheel(event), { passive: false })
  }

  get width(): number {
    return Math.max(100, this.#slider.clientWidth)
  }

  /** The part of the axis that is shown, of all there is. */
  window(first: number, last: number): { readonly from: number; readonly to: number } {
    const span = Math.max(1, last - first) / this.#zoom
    if (this.#zoom === 1) return { from: first, to: Math.max(last, first + 1) }
    const centre = this.#centre ?? last
    const from = Math.max(first, Math.min(last - span, centre - span / 2))
    return { from, to: from + span }
  }

  show(data: StripData, cursor: Position, place: number): void {
    this.#data = data
    this.#cursor = cursor
    this.#place = place
    this.#label.textContent = data.label
    this.#label.title = data.label
    this.#draw()
  }

  #scale() {
    const { from, to } = this.window(this.#data.first, this.#data.last)
    return scaleLinear([from, to], [SIDE, this.width - SIDE])
  }

  #draw(): void {
    const { marks, slices, axis: kind, last } = this.#data
    const x = this.#scale()
    const root = select(this.#svg).attr('width', this.width).attr('height', HEIGHT)
    const axis = root.select<SVGGElement>('.axis')
    axis.selectAll('*').remove()
    axis
      .append('line')
      .attr('x1', SIDE)
      .attr('x2', this.width - SIDE)
      .attr('y1', MIDDLE)
      .attr('y2', MIDDLE)
    const [from, to] = x.domain()
    let free = Number.NEGATIVE_INFINITY
    for (const { at, text } of axisTicks(kind, from, to, Math.max(2, Math.floor(this.width / 110)))) {
      axis.append('line').attr('class', 'tick').attr('x1', x(at)).attr('x2', x(at)).attr('y1', 4).attr('y2', 30)
      // What would be cut says something else.
      const end = x(at) + text.length * CHARACTER
      if (end >= this.width || x(at) < free) continue
      free = end + CHARACTER
      axis.append('text').attr('x', x(at)).attr('y', 42).text(text)
    }
    root
      .select('.marks')
      .selectAll<SVGPathElement, StripMark>('path')
      .data(marks, mark => String(mark.event))
      .join(enter => enter.append('path').call(path => path.append('title').text(mark => mark.text)))
      .attr('class', mark => mark.kind)
      .attr('d', mark => SHAPES[mark.kind])
      .attr('transform', mark => `translate(${x(mark.at).toFixed(1)},${MIDDLE})`)
    const most = Math.max(1, ...slices.map(each => each.changes + each.activations + each.deliveries))
    const tall = (n: number) => (n === 0 ? 0 : 2 + (13 * Math.log1p(n)) / Math.log1p(most))
    root
      .select('.slices')
      .selectAll<SVGGElement, HistorySlice>('g')
      .data(slices)
      .join(enter =>
        enter.append('g').call(group => {
          group.append('rect').attr('class', 'activate')
          group.append('rect').attr('class', 'deliver')
        }),
      )
      .attr('transform', slice => `translate(${x(slice.from).toFixed(1)},${MIDDLE})`)
      .each((slice, i, groups) => {
        const width = Math.max(1, x(slice.to) - x(slice.from) - 1)
        const up = tall(slice.activations + slice.changes)
        select(groups[i]).select('.activate').attr('width', width).attr('y', -up).attr('height', up)
        select(groups[i]).select('.deliver').attr('width', width).attr('height', tall(slice.deliveries))
      })
    const at = Math.max(SIDE - 4, Math.min(this.width - SIDE + 4, x(this.#cursor === 'live' ? last : this.#place)))
    const cursor = root.select<SVGGElement>('.cursor').attr('transform', `translate(${at.toFixed(1)},0)`)
    cursor.classed('live', this.#cursor === 'live')
    cursor
      .selectAll('path')
      .data(['M0,2V31', 'M-4,0H4V4L0,8L-4,4Z'])
      .join('path')
      .attr('d', d => d)
    this.#describe()
  }

  #describe(): void {
    const { marks, slices, axis } = this.#data
    const last = marks[marks.length - 1]?.event ?? slices[slices.length - 1]?.event ?? 0
    const now = this.#cursor === 'live' ? last : this.#cursor
    const text =
      this.#cursor === 'live'
        ? 'live'
        : [`event ${count(this.#cursor)}`, ...(axis === 'time' ? [placeText(this.#place, axis)] : [])].join(', ')
    this.#slider.setAttribute('aria-valuemin', '0')
    this.#slider.setAttribute('aria-valuemax', String(Math.max(last, now)))
    this.#slider.setAttribute('aria-valuenow', String(now))
    this.#slider.setAttribute('aria-valuetext', text)
  }

  #drag(event: PointerEvent): void {
    if (event.button !== 0) return
    this.#slider.focus()
    this.#slider.setPointerCapture(event.pointerId)
    const move = (to: PointerEvent) => this.#moveTo(to.clientX - this.#slider.getBoundingClientRect().left)
    move(event)
    this.#slider.addEventListener('pointermove', move)
    this.#slider.addEventListener('pointerup', () => this.#slider.removeEventListener('pointermove', move), {
      once: true,
    })
    event.preventDefault()
  }

  /** The nearest mark at or before that place: between marks nothing changes. */
  #moveTo(place: number): void {
    const at = this.#scale().invert(place)
    const { marks, slices } = this.#data
    let event: number | undefined
    for (const mark of marks) if (mark.at <= at) event = mark.event
    for (const slice of slices) if (slice.from <= at) event = slice.event
    const isBehind = place >= this.width - SIDE && this.#zoom === 1
    const to = isBehind ? 'live' : (event ?? marks[0]?.event ?? slices[0]?.event)
    if (to !== undefined && to !== this.#cursor) this.#host.moved(to)
  }

  /** Another axis: all of it. */
  reset(): void {
    this.#zoom = 1
    this.#centre = undefined
  }

  zoom(factor: number): void {
    this.#centre = this.#cursor === 'live' ? undefined : this.#place
    this.#zoom = factor === 0 ? 1 : Math.max(1, Math.min(1e6, this.#zoom * factor))
    this.#host.window()
  }

  /** Zooms so that a place stays where it is. */
  zoomAt(factor: number, place: number): void {
    const { first, last } = this.#data
    const { from, to } = this.window(first, last)
    this.#zoom = Math.max(1, Math.min(1e6, this.#zoom * factor))
    const span = Math.max(1, last - first) / this.#zoom
    const share = (place - from) / Math.max(1, to - from)
    this.#centre = place + (0.5 - share) * span
    this.#host.window()
  }

  /** Moves what is seen by a share of it: 0.1 is a tenth on. */
  pan(share: number): void {
    if (this.#zoom === 1) return
    const { from, to } = this.window(this.#data.first, this.#data.last)
    this.centre((from + to) / 2 + share * (to - from))
  }

  /** Brings a place into the middle of what is seen. */
  centre(place: number): void {
    const { first, last } = this.#data
    const half = Math.max(1, last - first) / this.#zoom / 2
    this.#centre = Math.max(first + half, Math.min(last - half, place))
    this.#host.window()
  }

  #wheel(event: WheelEvent): void {
    if (event.deltaY === 0) return
    event.preventDefault()
    const place = event.clientX - this.#slider.getBoundingClientRect().left
    this.zoomAt(event.deltaY < 0 ? ZOOM : 1 / ZOOM, this.#scale().invert(place))
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const { marks, slices } = this.#data
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowDown':
        this.#host.step(-1)
        break
      case 'ArrowRight':
      case 'ArrowUp':
        this.#host.step(1)
        break
      case 'Home':
        this.#host.moved(marks[0]?.event ?? slices[0]?.first ?? 0)
        break
      case 'End':
        this.#host.moved('live')
        break
      default:
        return
    }
    event.preventDefault()
    event.stopPropagation()
  }
}
