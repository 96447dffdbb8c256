/**
 * The bar at the top of a view: one line, however narrow the view is. What has no room goes behind the button "⋯", last first; where to type and
 * the way back to live always stay.
 */
import { h, press } from './dom.ts'

/** Items from the most to the least important; what is typed into, and what is in `stays`, never goes away. */
export interface ToolbarItems {
  readonly tools: readonly HTMLElement[]
  /** At the right end; the first goes last. */
  readonly common: readonly HTMLElement[]
  readonly stays: readonly HTMLElement[]
}

export class Toolbar {
  readonly element: HTMLElement
  readonly #menu = h('div', { class: 'bar-menu', role: 'group', 'aria-label': 'More of the toolbar', hidden: true })
  readonly #more = h(
    'button',
    {
      type: 'button',
      class: 'more-tools',
      title: 'What has no room in the toolbar',
      'aria-label': 'More',
      'aria-expanded': 'false',
      hidden: true,
      onclick: () => this.#open(this.#menu.hidden),
    },
    '⋯',
  )
  readonly #space = h('span', { class: 'space' })
  /** All of them as they stand when there is room. */
  readonly #order: readonly HTMLElement[]
  /** Those that may go, the first to go first. */
  readonly #going: readonly HTMLElement[]
  #fitting = 0

  constructor(label: string, { tools, common, stays }: ToolbarItems) {
    this.#order = [...tools, this.#space, ...common, this.#more, ...stays]
    const mayGo = (item: HTMLElement) => item.querySelector('input') === null && !stays.includes(item)
    this.#going = [...[...common].reverse(), ...tools.filter(mayGo).reverse()]
    this.element = h('div', { class: 'bar', role: 'toolbar', 'aria-label': label }, ...this.#order, this.#menu)
    // What an item says gets longer and shorter; measured in the next frame, so that no observer disturbs another.
    const observer = new ResizeObserver(() => this.#fitSoon())
    for (const each of [this.element, ...this.#order]) observer.observe(each)
    document.addEventListener('pointerdown', event => {
      if (event.target instanceof Node && !this.#menu.contains(event.target) && event.target !== this.#more)
        this.#open(false)
    })
    this.element.addEventListener('keydown', event => this.#key(event))
  }

  #fitSoon(): void {
    if (this.#fitting !== 0) return
    this.#fitting = requestAnimationFrame(() => {
      this.#fitting = 0
      this.#fit()
    })
  }

  #fit(): void {
    const { element } = this
    const focused = document.activeElement
    // Only what was put away is moved: an element that is moved loses the focus.
    for (const item of this.#order.filter(each => each.parentElement === this.#menu)) this.#putBack(item)
    this.#more.hidden = true
    const gone = new Set<HTMLElement>()
    for (const item of this.#going) {
      if (element.scrollWidth <= element.clientWidth) break
      if (item.hidden) continue
      this.#more.hidden = false
      gone.add(item)
      item.remove()
    }
    this.#menu.append(...this.#order.filter(item => gone.has(item)))
    if (gone.size === 0) this.#open(false)
    if (focused instanceof HTMLElement && focused !== document.activeElement && element.contains(focused))
      focused.focus()
  }

  /** Before the next one of those that stand in the bar. */
  #putBack(item: HTMLElement): void {
    const behind = this.#order.slice(this.#order.indexOf(item) + 1)
    this.element.insertBefore(item, behind.find(each => each.parentElement === this.element) ?? this.#menu)
  }

  #open(shown: boolean): void {
    this.#menu.hidden = !shown
    press(this.#more, shown)
    this.#more.setAttribute('aria-expanded', String(shown))
    if (shown) this.#menu.querySelector<HTMLElement>('button, select')?.focus()
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || this.#menu.hidden) return
    this.#open(false)
    this.#more.focus()
    event.preventDefault()
    event.stopPropagation()
  }
}
