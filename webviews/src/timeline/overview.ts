/** The whole run as a strip, with the part that is seen in it: dragged, stretched at its ends, or set by a press beside it. */
import type { TimelineOverview } from '@interlinear/emulator-core/events/queries.ts'
import { type Colours, prepared } from '../shared/colours.ts'
import { h } from '../shared/dom.ts'
import { scaleFor } from './lanes.ts'
import type { Range } from './viewport.ts'

const HEIGHT = 34
const HANDLE = 6

export class Overview {
  readonly element = h('canvas', { class: 'overview', 'aria-hidden': 'true' })
  readonly #moved: (range: Range) => void
  #whole: Range = { from: 0, to: 1 }
  #range: Range = { from: 0, to: 1 }

  constructor(moved: (range: Range) => void) {
    this.#moved = moved
    this.element.addEventListener('pointerdown', event => this.#press(event))
  }

  show(run: TimelineOverview, range: Range, width: number, colours: Colours): void {
    this.#whole = { from: run.first, to: run.last }
    this.#range = range
    const context = prepared(this.element, width, HEIGHT)
    if (context === null) return
    const x = scaleFor(this.#whole, width)
    const most = Math.max(1, ...run.calls)
    const tall = (n: number) => (n === 0 ? 0 : 2 + ((HEIGHT - 6) * Math.log1p(n)) / Math.log1p(most))
    const wide = width / Math.max(1, run.calls.length)
    run.calls.forEach((calls, i) => {
      context.fillStyle = colours.data
      context.globalAlpha = 0.6
      context.fillRect(i * wide, HEIGHT - tall(calls), Math.max(1, wide), tall(calls))
      context.globalAlpha = 1
      context.fillStyle = colours.error
      const failed = tall(run.failures[i])
      if (failed > 0) context.fillRect(i * wide, HEIGHT - failed, Math.max(1, wide), failed)
    })
    const [left, right] = [x(range.from), x(range.to)]
    context.fillStyle = colours.background
    context.globalAlpha = 0.55
    context.fillRect(0, 0, left, HEIGHT)
    context.fillRect(right, 0, width - right, HEIGHT)
    context.globalAlpha = 1
    context.strokeStyle = colours.focus
    context.strokeRect(left + 0.5, 0.5, Math.max(2, right - left - 1), HEIGHT - 1)
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return
    const width = this.element.clientWidth
    const x = scaleFor(this.#whole, width)
    const at = event.offsetX
    const { from, to } = this.#range
    const [left, right] = [x(from), x(to)]
    const grip = Math.abs(at - left) < HANDLE ? 'left' : Math.abs(at - right) < HANDLE ? 'right' : 'window'
    const isInside = at > left && at < right
    const offset = isInside || grip !== 'window' ? x.invert(at) - from : (to - from) / 2
    const move = (now: number) => {
      const place = x.invert(now)
      if (grip === 'left') this.#moved({ from: Math.min(place, to - 1), to })
      else if (grip === 'right') this.#moved({ from, to: Math.max(place, from + 1) })
      else this.#moved({ from: place - offset, to: place - offset + (to - from) })
    }
    this.element.setPointerCapture(event.pointerId)
    move(at)
    const follow = (next: PointerEvent) => move(next.offsetX)
    this.element.addEventListener('pointermove', follow)
    this.element.addEventListener('pointerup', () => this.element.removeEventListener('pointermove', follow), {
      once: true,
    })
    event.preventDefault()
  }
}
