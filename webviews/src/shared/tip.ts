/** What is under the pointer, decoded in full. */
import { h } from './dom.ts'
import './tip.css'

const DISTANCE = 14

export class Tip {
  readonly element = h('div', { class: 'tip', role: 'tooltip', hidden: true })
  #shown = ''

  show(lines: readonly string[], x: number, y: number): void {
    const key = lines.join('\n')
    if (this.#shown !== key) {
      this.#shown = key
      const [title, ...rest] = lines
      this.element.replaceChildren(h('b', {}, title ?? ''), ...rest.map(line => h('div', {}, line)))
    }
    this.element.hidden = false
    const { offsetWidth, offsetHeight } = this.element
    const left = Math.max(4, Math.min(x + DISTANCE, window.innerWidth - offsetWidth - 4))
    const below = y + DISTANCE
    const top = below + offsetHeight > window.innerHeight ? Math.max(4, y - offsetHeight - DISTANCE) : below
    this.element.style.transform = `translate(${left}px,${top}px)`
  }

  hide(): void {
    this.element.hidden = true
    this.#shown = ''
  }
}
