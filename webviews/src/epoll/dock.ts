/** Under the graph: what is selected, in words, and the ways from it: to its calls, their translation, and the divergences it met. */
import type { Badge, CallLink } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { clock } from '../shared/format.ts'
import './dock.css'

export interface DockHost {
  call(link: CallLink): void
  timeline(link: CallLink): void
  translation(link: CallLink): void
  divergence(id: string): void
}

export interface Docked {
  readonly text: string
  readonly badges: readonly Badge[]
  readonly calls: readonly CallLink[]
}

export class Dock {
  readonly status = h('div', { class: 'status', role: 'status' })
  readonly #calls = h('div', { class: 'dock-calls', role: 'list', 'aria-label': 'Calls of the selected thing' })
  readonly #badges = h('div', { class: 'dock-badges' })
  readonly element = h('div', { class: 'dock' }, this.status, this.#badges, this.#calls)
  readonly #host: DockHost
  #shown = ''

  constructor(host: DockHost) {
    this.#host = host
  }

  say(text: string): void {
    if (this.status.textContent !== text) this.status.textContent = text
  }

  show({ text, badges, calls }: Docked): void {
    this.say(text)
    const key = [
      ...badges.map(each => `${each.id}${each.count}`),
      ...calls.map(each => `${each.event}${each.text}`),
    ].join(' ')
    if (this.#shown === key) return
    this.#shown = key
    this.#badges.replaceChildren(...badges.map(each => this.#badge(each)))
    this.#calls.replaceChildren(...calls.toReversed().map(link => this.#call(link)))
  }

  #badge({ id, detail, count: times }: Badge): HTMLElement {
    const title = `Where NetBSD differs from Linux: open what is known of ${id}`
    const more = [detail, times > 1 ? `${times}×` : ''].filter(each => each !== '').join(', ')
    const text = `◆ ${id}${more === '' ? '' : ` (${more})`}`
    return h('button', { type: 'button', class: 'badge', title, onclick: () => this.#host.divergence(id) }, text)
  }

  #call(link: CallLink): HTMLElement {
    const button = (name: string, text: string, title: string, onclick: () => void) =>
      h('button', { type: 'button', class: name, title, onclick }, text)
    return h(
      'div',
      { class: 'dock-call', role: 'listitem' },
      h('span', { class: 'roles' }, link.roles.join(', ')),
      h('span', { class: 'at' }, `${clock(link.time)} s`),
      button('link', link.text, 'Go to this call in the list of calls', () => this.#host.call(link)),
      button('small', 'Timeline', 'Go to this call in the timeline', () => this.#host.timeline(link)),
      button('small', 'Source', `Open the translation of ${link.name}`, () => this.#host.translation(link)),
    )
  }
}
