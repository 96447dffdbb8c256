/** The field in which things are found: Enter leads to the next one, Shift+Enter to the one before, Escape empties it and then leaves it. */
import { h } from './dom.ts'
import './search-box.css'

export interface SearchHost {
  changed?(query: string): void
  /** The next or previous thing found is wanted. */
  step(step: -1 | 1): void
  /** Where the keyboard goes from an empty field. */
  left(): void
}

export class SearchBox {
  readonly #input: HTMLInputElement
  /** Not the field itself: a toolbar keeps what holds a field. */
  readonly element: HTMLElement
  readonly #found = h('span', { class: 'found-count', 'aria-live': 'polite' })

  constructor(host: SearchHost, { label, title }: { readonly label: string; readonly title: string }) {
    const input = h('input', {
      type: 'search',
      class: 'search',
      placeholder: 'Find',
      'aria-label': label,
      title: `${title} (/). Enter: next one; Shift+Enter: the one before`,
      oninput: () => host.changed?.(input.value),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key === 'Enter') host.step(event.shiftKey ? -1 : 1)
        else if (event.key !== 'Escape') return
        else if (input.value === '') host.left()
        else {
          input.value = ''
          host.changed?.('')
        }
        event.preventDefault()
        event.stopPropagation()
      },
    })
    this.#input = input
    this.element = h('span', { class: 'search-box' }, input, this.#found)
  }

  get value(): string {
    return this.#input.value
  }

  focus(): void {
    this.#input.focus()
    this.#input.select()
  }

  /** What was found, in a few words; empty while nothing is searched for. */
  found(text: string): void {
    if (this.#found.textContent !== text) this.#found.textContent = text
  }
}
