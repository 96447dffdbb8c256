/** What is in sight of the graph: the box that it is scrolled in, dragged by its ground, and zoomed. */
import { h } from '../shared/dom.ts'

export interface SightHost {
  /** Whether nothing of the picture is there, so that it can be dragged. */
  isGround(target: EventTarget | null): boolean
  scrolled(): void
  /** The wheel is turned. */
  turned(): void
  /** At this size the picture is to be drawn, before it is scrolled. */
  zoomed(zoom: number): void
  /** Another part is in sight, or at another size. */
  moved(): void
}

/** A part of the picture, in its own measure. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const ZOOMS = { least: 0.2, most: 3, step: 1.25 }
/** px that are seen around what is brought into sight. */
const AROUND = 12

export class Sight {
  readonly element = h('div', { class: 'scroller' })
  readonly #host: SightHost
  #zoom = 1
  #scrolling = false

  constructor(host: SightHost) {
    this.#host = host
    new ResizeObserver(() => host.moved()).observe(this.element)
    this.element.addEventListener('scroll', () => this.#scrollSoon(), { passive: true })
    this.element.addEventListener('wheel', event => this.#wheel(event), { passive: false })
    this.element.addEventListener('pointerdown', event => this.#pan(event))
  }

  get zoom(): number {
    return this.#zoom
  }

  /** The width there is for a layout, in the picture's own measure. */
  get width(): number {
    return this.element.clientWidth / Math.min(1, this.#zoom)
  }

  /** The upper end of what is in sight. */
  get top(): number {
    return this.element.scrollTop / this.#zoom
  }

  get height(): number {
    return this.element.clientHeight / this.#zoom
  }

  #scrollSoon(): void {
    if (this.#scrolling) return
    this.#scrolling = true
    requestAnimationFrame(() => {
      this.#scrolling = false
      this.#host.scrolled()
    })
  }

  #pan(event: PointerEvent): void {
    if (event.button !== 0 || !this.#host.isGround(event.target)) return
    const box = this.element
    const [left, top] = [box.scrollLeft + event.clientX, box.scrollTop + event.clientY]
    // On its scroll bars the browser does what is to be done.
    if (event.offsetX > box.clientWidth + box.scrollLeft) return
    const move = (to: PointerEvent) => box.scrollTo(left - to.clientX, top - to.clientY)
    box.classList.add('panning')
    box.setPointerCapture(event.pointerId)
    box.addEventListener('pointermove', move)
    const end = () => {
      box.classList.remove('panning')
      box.removeEventListener('pointermove', move)
    }
    box.addEventListener('pointerup', end, { once: true })
    box.addEventListener('pointercancel', end, { once: true })
  }

  #wheel(event: WheelEvent): void {
    this.#host.turned()
    if ((!event.ctrlKey && !event.metaKey) || event.deltaY === 0) return
    event.preventDefault()
    const { left, top } = this.element.getBoundingClientRect()
    this.#zoomTo(
      this.#zoom * (event.deltaY < 0 ? ZOOMS.step : 1 / ZOOMS.step),
      event.clientX - left,
      event.clientY - top,
    )
  }

  /** 1 in, -1 out, 0 to the natural size. */
  zoomBy(step: -1 | 0 | 1): void {
    const { clientWidth, clientHeight } = this.element
    this.#zoomTo(step === 0 ? 1 : this.#zoom * ZOOMS.step ** step, clientWidth / 2, clientHeight / 3)
  }

  /** What lies at that place of the box stays there. */
  #zoomTo(wanted: number, x: number, y: number): void {
    const zoom = Math.max(ZOOMS.least, Math.min(ZOOMS.most, Math.abs(wanted - 1) < 0.05 ? 1 : wanted))
    const box = this.element
    const [atX, atY] = [(box.scrollLeft + x) / this.#zoom, (box.scrollTop + y) / this.#zoom]
    this.#zoom = zoom
    this.#host.zoomed(zoom)
    box.scrollTo(atX * zoom - x, atY * zoom - y)
    this.#host.moved()
  }

  /** Scrolls as little as brings a place into sight. */
  reveal({ x, y, width, height }: Place): void {
    const box = this.element
    const nearest = (at: number, size: number, from: number, room: number) =>
      at < from ? at : at + size > from + room ? Math.min(at, at + size - room) : from
    const inBox = (length: number) => length * this.#zoom
    const left = nearest(inBox(x - AROUND), inBox(width + 2 * AROUND), box.scrollLeft, box.clientWidth)
    const top = nearest(inBox(y - AROUND), inBox(height + 2 * AROUND), box.scrollTop, box.clientHeight)
    if (left !== box.scrollLeft || top !== box.scrollTop) box.scrollTo(left, top)
  }
}
