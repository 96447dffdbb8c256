/** A legend, and the button that folds and unfolds it; how it was left is kept. */
import type { Bridge } from './bridge.ts'
import { press, toggle } from './dom.ts'

export class FoldedLegend {
  readonly button: HTMLButtonElement
  readonly element: HTMLElement
  readonly #bridge: Bridge

  /** `hasRoom`: whether it is shown before anybody has chosen. */
  constructor(element: HTMLElement, bridge: Bridge, hasRoom: boolean) {
    this.element = element
    this.#bridge = bridge
    this.button = toggle('Legend', 'What the signs and colours mean', () => this.#show(this.element.hidden))
    const { legend } = bridge.kept()
    this.#set(typeof legend === 'boolean' ? legend : hasRoom)
  }

  #set(shown: boolean): void {
    this.element.hidden = !shown
    press(this.button, shown)
  }

  #show(shown: boolean): void {
    this.#set(shown)
    this.#bridge.keep({ legend: shown })
  }
}
