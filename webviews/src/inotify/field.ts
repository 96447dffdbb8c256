/** The canvas with the picture: drawing, pointing, zooming and panning. */
import type { InotifyShown } from '@interlinear/emulator-core/events/queries.ts'
import { type Colours, prepared } from '../shared/colours.ts'
import { h } from '../shared/dom.ts'
import { axisTicks, count, counted, placeText } from '../shared/format.ts'
import { Tip } from '../shared/tip.ts'
import { neighbourOf } from './neighbour.ts'
import type { Hit, Wanted } from './pen.ts'
import { type Picture, pictureOf } from './picture.ts'
import { GUTTER, SIDE } from './scale.ts'
import { paint, svgOf } from './shapes.ts'

export interface FieldHost {
  /** Selected by a click; opened by a double click. Both undefined: nothing is there. */
  chosen(hit: { readonly event: number | undefined; readonly wd: number | undefined }, opened: boolean): void
  /** About a place, as a share of the axis. */
  zoomed(factor: number, share: number): void
  /** By a share of what is seen. */
  panned(share: number): void
}

const ZOOM = 1.6
const STILL = 3
const NOTHING = { event: undefined, wd: undefined }

export class Field {
  readonly #tip = new Tip()
  readonly #canvas = h('canvas', {
    class: 'queue',
    tabindex: 0,
    role: 'img',
    onpointerdown: (event: PointerEvent) => this.#press(event),
    onpointermove: (event: PointerEvent) => this.#hover(event),
    onpointerleave: () => this.#tip.hide(),
    ondblclick: (event: MouseEvent) => this.#host.chosen(this.#at(event) ?? NOTHING, true),
  })
  readonly element = h('div', { class: 'scroller' }, this.#canvas, this.#tip.element)
  readonly #host: FieldHost
  #picture: Picture | undefined
  #draw: { readonly shown: InotifyShown; readonly wanted: Wanted } | undefined

  constructor(host: FieldHost) {
    this.#host = host
    this.#canvas.addEventListener('wheel', event => this.#wheel(event), { passive: false })
  }

  focus(): void {
    this.#canvas.focus()
  }

  show(shown: InotifyShown, asked: Omit<Wanted, 'width' | 'height' | 'ticks'>, colours: Colours): void {
    const width = Math.max(240, this.element.clientWidth)
    const wanted = {
      ...asked,
      width,
      height: Math.max(120, this.element.clientHeight),
      ticks: axisTicks(asked.axis, asked.from, asked.to, Math.max(2, Math.floor(width / 110))),
    }
    const picture = pictureOf(shown, wanted)
    this.#picture = picture
    this.#draw = { shown, wanted }
    this.repaint(colours)
    this.#canvas.setAttribute('aria-label', describe(shown, wanted))
  }

  /** The same in other colours. */
  repaint(colours: Colours): void {
    if (this.#picture === undefined || this.#draw === undefined) return
    const context = prepared(this.#canvas, this.#draw.wanted.width, this.#picture.height)
    if (context !== null) paint(context, this.#picture.shapes, colours)
  }

  svg(title: string, colours: Colours): string {
    const { shapes, height } = this.#picture ?? { shapes: [], height: 0 }
    return svgOf(shapes, { width: this.#draw?.wanted.width ?? 0, height }, title, colours)
  }

  /** What is said of an event that is drawn. */
  tipOf(event: number): readonly string[] | undefined {
    return this.#picture?.hits.find(each => each.event === event && each.band !== 'files')?.tip
  }

  neighbour(event: number | undefined, key: string): number | undefined {
    return neighbourOf(this.#picture?.hits ?? [], event, key)
  }

  #at({ offsetX, offsetY }: { readonly offsetX: number; readonly offsetY: number }): Hit | undefined {
    return this.#picture?.hits.findLast(
      ({ x, y, w, h: tall }) => offsetX >= x && offsetX <= x + w && offsetY >= y && offsetY <= y + tall,
    )
  }

  #hover(event: PointerEvent): void {
    const found = event.buttons === 0 ? this.#at(event) : undefined
    this.#canvas.style.cursor = found?.event === undefined && found?.wd === undefined ? 'default' : 'pointer'
    if (found === undefined) this.#tip.hide()
    else this.#tip.show(found.tip, event.clientX, event.clientY)
  }

  /** A press that does not move selects; one that moves pans. */
  #press(event: PointerEvent): void {
    if (event.button !== 0) return
    const begin = event.clientX
    let last = begin
    let hasMoved = false
    const move = (now: PointerEvent) => {
      hasMoved ||= Math.abs(now.clientX - begin) > STILL
      if (!hasMoved) return
      this.#tip.hide()
      this.#host.panned((last - now.clientX) / this.#axis)
      last = now.clientX
    }
    this.#canvas.setPointerCapture(event.pointerId)
    this.#canvas.addEventListener('pointermove', move)
    const end = (now: PointerEvent) => {
      this.#canvas.removeEventListener('pointermove', move)
      if (!hasMoved) this.#host.chosen(this.#at(now) ?? NOTHING, false)
    }
    this.#canvas.addEventListener('pointerup', end, { once: true })
  }

  get #axis(): number {
    return Math.max(1, this.#canvas.clientWidth - GUTTER - 2 * SIDE)
  }

  #wheel(event: WheelEvent): void {
    const isAcross = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
    event.preventDefault()
    this.#tip.hide()
    if (isAcross) this.#host.panned((event.deltaX || event.deltaY) / this.#axis)
    else this.#host.zoomed(event.deltaY < 0 ? ZOOM : 1 / ZOOM, (event.offsetX - GUTTER - SIDE) / this.#axis)
  }
}

function describe(shown: InotifyShown, { axis, from, to }: Wanted): string {
  const { deepest, bars, ghosts, reads } = shown
  const many = shown.slices.reduce((sum, slice) => sum + slice.count, 0)
  const records = counted(bars.length + many, 'record')
  return `From ${placeText(from, axis)} to ${placeText(to, axis)}: ${records} in the queue, at most ${count(deepest)} at once, ${counted(reads.length, 'read')}, ${counted(ghosts.length, 'ghost')} of Linux. T shows them as a table.`
}
