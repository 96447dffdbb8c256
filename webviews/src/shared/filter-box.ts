/** The filter box: says what is wrong, and offers what may go on. */
import { h } from './dom.ts'
import './filter-box.css'

export interface FilterHost {
  changed(filter: string): void
  completions(filter: string): Promise<readonly string[]>
  /** The keyboard goes back to the list. */
  leave(): void
}

const MOST = 12
const WORDS = { name: 'Filter', empty: 'Filter: epoll_*  fd:7  errno:EAGAIN  -tid:1203  dur>1ms' }

export class FilterBox {
  readonly element: HTMLElement
  readonly input: HTMLInputElement
  readonly #offers = h('ul', {
    class: 'offers',
    id: 'offers',
    role: 'listbox',
    'aria-label': 'Completions',
    hidden: true,
  })
  readonly #problem = h('span', { class: 'problem', id: 'problem', role: 'alert' })
  readonly #host: FilterHost
  #chosen = -1
  #asked = 0

  /** `words`: what stands in the empty box, and what it is called. */
  constructor(host: FilterHost, value: string, words = WORDS) {
    this.#host = host
    this.input = h('input', {
      type: 'text',
      role: 'combobox',
      placeholder: words.empty,
      'aria-label': words.name,
      'aria-controls': 'offers',
      'aria-expanded': 'false',
      'aria-autocomplete': 'list',
      'aria-describedby': 'problem',
      autocomplete: 'off',
      spellcheck: 'false',
      value,
    })
    const clear = h(
      'button',
      { type: 'button', class: 'clear', title: 'Empty the box', onclick: () => this.set('') },
      '✕',
    )
    this.element = h('span', { class: 'filter', role: 'search' }, this.input, clear, this.#offers, this.#problem)
    this.input.addEventListener('input', () => this.#typed())
    this.input.addEventListener('focus', () => void this.#offer())
    this.input.addEventListener('blur', () => this.#close())
    this.input.addEventListener('keydown', event => this.#key(event))
    this.#offers.addEventListener('pointerdown', event => {
      event.preventDefault()
      const offer = event.target instanceof HTMLElement ? event.target.textContent : null
      if (offer !== null) this.#take(offer)
    })
  }

  get value(): string {
    return this.input.value.trim()
  }

  set(text: string): void {
    this.input.value = text
    this.#typed()
  }

  /** The sentence that says what is wrong with what was typed. */
  problem(text: string | undefined): void {
    this.#problem.textContent = text ?? ''
    this.input.setAttribute('aria-invalid', String(text !== undefined))
  }

  #typed(): void {
    this.#host.changed(this.value)
    if (document.activeElement === this.input) void this.#offer()
  }

  async #offer(): Promise<void> {
    const asked = ++this.#asked
    const words = await this.#host.completions(this.input.value).catch(() => [])
    if (asked !== this.#asked || document.activeElement !== this.input) return
    this.#chosen = -1
    const items = words.slice(0, MOST).map((word, i) => h('li', { role: 'option', id: `offer-${i}` }, word))
    this.#offers.replaceChildren(...items)
    this.#offers.hidden = words.length === 0
    this.input.setAttribute('aria-expanded', String(words.length > 0))
    this.#mark()
  }

  #mark(): void {
    ;[...this.#offers.children].forEach((item, i) => {
      item.setAttribute('aria-selected', String(i === this.#chosen))
    })
    if (this.#chosen < 0) this.input.removeAttribute('aria-activedescendant')
    else this.input.setAttribute('aria-activedescendant', `offer-${this.#chosen}`)
  }

  #close(): void {
    this.#asked++
    this.#offers.hidden = true
    this.input.setAttribute('aria-expanded', 'false')
  }

  #take(offer: string): void {
    const before = this.input.value.replace(/[^\s|]*$/, '')
    // A key still wants its value.
    this.set(`${before}${offer}${/[:>]$/.test(offer) ? '' : ' '}`)
  }

  #key(event: KeyboardEvent): void {
    const offers = this.#offers.hidden ? 0 : this.#offers.children.length
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && offers > 0) {
      const step = event.key === 'ArrowDown' ? 1 : -1
      this.#chosen = (this.#chosen + step + offers + (this.#chosen < 0 && step < 0 ? 1 : 0)) % offers
      this.#mark()
    } else if ((event.key === 'Enter' || event.key === 'Tab') && this.#chosen >= 0 && offers > 0) {
      this.#take(this.#offers.children[this.#chosen].textContent ?? '')
    } else if (event.key === 'Enter' || event.key === 'ArrowDown') {
      this.#close()
      this.#host.leave()
    } else if (event.key === 'Escape') {
      if (offers > 0) this.#close()
      else if (this.input.value !== '') this.set('')
      else this.#host.leave()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
}
