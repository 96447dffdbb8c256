/** What just happened, in motion: activation to knote to queue, delivery to the waiter. All of it takes less than 200 ms. */
import type { Edge } from './nodes.ts'

const SVG = 'http://www.w3.org/2000/svg'
/** ms: when a dot starts on an edge of that kind, and how long it takes. */
const DELAY: Readonly<Record<Edge['kind'], number>> = { object: 0, nested: 0, interest: 60, waiter: 120, holder: 0 }
const TAKES = 70
/** ms between frames: no more than 60 a second, whatever the screen can do. */
const FRAME = 15.5
const MOST = 80

interface Pulse {
  readonly edge: Edge
  readonly begins: number
  readonly dot: SVGCircleElement
}

const asked = window.matchMedia('(prefers-reduced-motion: reduce)')
/** The system asks for it, or VS Code's own setting. */
const isStill = (): boolean => asked.matches || document.body.classList.contains('vscode-reduce-motion')

export class Pulses {
  readonly #layer: SVGElement
  #running: Pulse[] = []
  #last = 0
  #scheduled = false

  constructor(layer: SVGElement) {
    this.#layer = layer
  }

  start(edges: readonly Edge[]): void {
    if (isStill() || this.#running.length >= MOST) return
    const now = performance.now()
    for (const edge of edges.slice(0, MOST - this.#running.length)) {
      const dot = document.createElementNS(SVG, 'circle')
      dot.setAttribute('class', `pulse ${edge.kind}`)
      dot.setAttribute('r', '4')
      dot.setAttribute('visibility', 'hidden')
      this.#layer.append(dot)
      this.#running.push({ edge, begins: now + DELAY[edge.kind], dot })
    }
    this.#schedule()
  }

  /** Cells light up and fade. */
  flash(group: SVGGElement, d: string): void {
    if (isStill() || d === '') return
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('class', 'cell flash')
    path.setAttribute('d', d)
    group.append(path)
    const fading = path.animate([{ opacity: 1 }, { opacity: 0 }], { duration: 180, easing: 'ease-out' })
    fading.onfinish = () => path.remove()
    fading.oncancel = () => path.remove()
  }

  #schedule(): void {
    if (this.#scheduled || this.#running.length === 0) return
    this.#scheduled = true
    requestAnimationFrame(now => {
      this.#scheduled = false
      if (now - this.#last >= FRAME) this.#draw(now)
      this.#schedule()
    })
  }

  #draw(now: number): void {
    this.#last = now
    this.#running = this.#running.filter(({ edge, begins, dot }) => {
      const t = (now - begins) / TAKES
      if (t >= 1) {
        dot.remove()
        return false
      }
      if (t < 0) return true
      const { x, y } = along(edge, t)
      dot.setAttribute('cx', x.toFixed(1))
      dot.setAttribute('cy', y.toFixed(1))
      dot.removeAttribute('visibility')
      return true
    })
  }
}

/** The place at the share `t` of the edge's curve, which leaves and arrives level. */
export function along({ x1, y1, x2, y2 }: Edge, t: number): { readonly x: number; readonly y: number } {
  const middle = (x1 + x2) / 2
  const s = 1 - t
  const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t]
  return { x: a * x1 + (b + c) * middle + d * x2, y: (a + b) * y1 + (c + d) * y2 }
}
