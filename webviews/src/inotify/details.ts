/** Under the picture: what is selected, in words, and the ways from it: to its call, the call's translation, the divergences it met. */
import type { CallDetails, Summary } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { clock, duration } from '../shared/format.ts'
import { translationOf } from '../shared/translation.ts'

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

/** `words`: what the picture says of the event, if it is drawn; `details`: of the call that it belongs to. */
export function detailOf(
  event: number,
  words: readonly string[] | undefined,
  { row, inside }: Pick<CallDetails, 'row' | 'inside'>,
  run: Pick<Summary, 'personality'> | undefined,
): Detail {
  const long = row.duration === undefined ? '' : ` · ${duration(row.duration)}`
  const told = inside.find(each => each.event === event)?.text ?? `event ${event}`
  return {
    text: words === undefined ? told : words.join(' · '),
    call:
      row.kind === 'call'
        ? {
            event: row.event,
            text: `${row.name}(${row.arguments})${row.result === '' ? '' : ` = ${row.result}`}`,
            at: `${clock(row.time)} s · thread ${row.tid}${long}`,
            translation: translationOf(row.name, run),
          }
        : undefined,
    divergences: [...new Set(inside.filter(each => each.kind === 'divergence').map(each => each.text))],
  }
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
