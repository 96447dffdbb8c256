/** Under the picture: what is selected, in words, and the ways from it: to its call, the call's translation, the divergences it met. */
import { h } from '../shared/dom.ts'

export interface DetailsHost {
  call(event: number): void
  source(name: string): void
  divergence(id: string): void
}

export interface Detail {
  readonly text: string
  readonly call:
    | { readonly event: number; readonly text: string; readonly at: string; readonly translation: string }
    | undefined
  readonly divergences: readonly string[]
}

export class Details {
  readonly #status = h('div', { class: 'status', role: 'status' })
  readonly #ways = h('div', { class: 'ways' })
  readonly element = h('div', { class: 'details' }, this.#status, this.#ways)
  readonly #host: DetailsHost
  #shown = ''

  constructor(host: DetailsHost) {
    this.#host = host
  }

  say(text: string): void {
    this.show({ text, call: undefined, divergences: [] })
  }

  show(detail: Detail): void {
    const key = JSON.stringify(detail)
    if (this.#shown === key) return
    this.#shown = key
    this.#status.textContent = detail.text
    const { call, divergences } = detail
    const button = (name: string, text: string, title: string, onclick: () => void) =>
      h('button', { type: 'button', class: name, title, onclick }, text)
    this.#ways.replaceChildren(
      ...(call === undefined
        ? []
        : [
            h('span', { class: 'at' }, call.at),
            button('link', call.text, 'Go to this call in the list of calls', () => this.#host.call(call.event)),
            button('small', 'Source', `Open ${call.translation}`, () => this.#host.source(call.translation)),
          ]),
      ...divergences.map(id =>
        button('badge', `◆ ${id}`, `Where NetBSD differs from Linux: open what is known of ${id}`, () =>
          this.#host.divergence(id),
        ),
      ),
    )
  }
}
