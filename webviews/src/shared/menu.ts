/** A button that opens a few things to choose from. */
import { h } from './dom.ts'

export interface MenuItem {
  readonly label: string
  readonly title: string
  readonly run: () => void
}

export class MenuButton {
  readonly element: HTMLElement
  readonly #button: HTMLButtonElement
  readonly #list: HTMLElement

  constructor(label: string, title: string, items: readonly MenuItem[]) {
    this.#button = h(
      'button',
      {
        type: 'button',
        title,
        'aria-haspopup': 'menu',
        'aria-expanded': 'false',
        onclick: () => this.#open(this.#list.hidden),
      },
      label,
    )
    this.#list = h(
      'div',
      { class: 'menu', role: 'menu', 'aria-label': label, hidden: true },
      ...items.map(item =>
        h(
          'button',
          { type: 'button', role: 'menuitem', tabindex: -1, title: item.title, onclick: () => this.#choose(item) },
          item.label,
        ),
      ),
    )
    this.element = h('span', { class: 'menu-button' }, this.#button, this.#list)
    this.element.addEventListener('keydown', event => this.#key(event))
    this.element.addEventListener('focusout', ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && this.element.contains(relatedTarget))) this.#open(false)
    })
  }

  set label(text: string) {
    this.#button.textContent = text
  }

  #choose(item: MenuItem): void {
    this.#open(false)
    this.#button.focus()
    item.run()
  }

  #open(shown: boolean): void {
    this.#list.hidden = !shown
    this.#button.setAttribute('aria-expanded', String(shown))
    if (shown) this.#items[0]?.focus()
  }

  get #items(): HTMLButtonElement[] {
    return [...this.#list.querySelectorAll('button')]
  }

  #key(event: KeyboardEvent): void {
    const items = this.#items
    if (this.#list.hidden) {
      if (event.key !== 'ArrowDown') return
      this.#open(true)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const at = items.findIndex(item => item.matches(':focus'))
      items[(at + (event.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length]?.focus()
    } else if (event.key === 'Escape') {
      this.#open(false)
      this.#button.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
}
