/** Everything about the selected call: the whole line, its values taken apart, and what happened inside. */
import type { CallDescriptor, CallDetails, Decoded, Inside } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { clock, counted, duration } from '../shared/format.ts'

export interface DetailsHost {
  copy(text: string): void
  filter(text: string): void
  follow(pid: number, descriptor: CallDescriptor): void
  divergence(id: string): void
  /** The translation of the call of that name, in its source. */
  source(name: string): void
  close(): void
}

const SIGNS: Readonly<Record<Inside['kind'], readonly [sign: string, words: string]>> = {
  step: ['›', 'step'],
  native: ['=', 'native call'],
  divergence: ['◆', 'divergence'],
  change: ['•', 'change'],
  sleep: ['‖', 'waits'],
  wake: ['▸', 'goes on'],
}

export function showDetails(pane: HTMLElement, details: CallDetails, host: DetailsHost): void {
  const { row } = details
  const button = (text: string, title: string, onclick: () => void) =>
    h('button', { type: 'button', title, onclick }, text)
  pane.replaceChildren(
    h(
      'div',
      { class: 'pane-head' },
      h('h2', {}, row.name),
      h('span', { class: 'space' }),
      ...details.descriptors
        .slice(0, 2)
        .map(each =>
          button(`Follow ${each.fd}`, `${each.text}: its life, its uses, the bytes that passed (F)`, () =>
            host.follow(row.pid, each),
          ),
        ),
      row.kind === 'call' &&
        button(`all ${row.name}`, `Show only ${row.name}`, () => host.filter(`syscall:${row.name}`)),
      row.kind === 'call' &&
        button('Source', `Open the translation of ${row.name}, to read it or to set breakpoints`, () =>
          host.source(row.name),
        ),
      button('Copy', 'Copy as strace prints it (C)', () => host.copy(details.strace)),
      button('✕', 'Close (Escape)', () => host.close()),
    ),
    h('pre', { class: 'strace' }, details.strace),
    facts(details),
    details.decoded.length > 0 ? section('Arguments', values(details.decoded)) : '',
    insideOf(details, host),
  )
}

function facts({ row, answer }: CallDetails): HTMLElement {
  const items: [string, string][] = [
    ['Thread', row.pid === row.tid ? String(row.tid) : `${row.tid} of process ${row.pid}`],
    ['Begun', `${clock(row.time)} s`],
  ]
  if (row.kind === 'call')
    items.push(['Took', row.duration === undefined ? 'it has not ended' : duration(row.duration)])
  items.push(['Event', row.event.toLocaleString('en-US')])
  if (answer !== '') items.push([row.state === 'failed' ? 'Error' : 'Answer', answer])
  return h(
    'dl',
    { class: 'facts', 'data-state': row.state },
    ...items.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
  )
}

function section(title: string, content: Node): HTMLElement {
  return h('section', { 'aria-label': title }, h('h3', {}, title), content)
}

function values(decoded: readonly Decoded[]): HTMLElement {
  return h(
    'ul',
    { class: 'values' },
    ...decoded.map(({ name, text, parts }) =>
      h(
        'li',
        {},
        h('span', { class: 'name' }, name),
        parts === undefined ? h('span', { class: 'value' }, text) : values(parts),
      ),
    ),
  )
}

function insideOf({ inside, more, row }: CallDetails, host: DetailsHost): HTMLElement | string {
  if (row.kind !== 'call') return ''
  if (inside.length === 0)
    return section(
      'Under it',
      h('p', { class: 'nothing' }, 'NetBSD answers this call itself: it was not translated into others.'),
    )
  const items = inside.map(each => {
    const [sign, words] = SIGNS[each.kind]
    return h(
      'li',
      { class: `inside ${each.kind}`, 'data-failed': each.failed },
      h('span', { class: 'sign', role: 'img', 'aria-label': words }, sign),
      h(
        'span',
        { class: 'what' },
        each.kind === 'divergence'
          ? h(
              'button',
              { type: 'button', class: 'link', title: 'Open its page', onclick: () => host.divergence(each.text) },
              each.text,
            )
          : each.text,
        each.result !== '' && h('span', { class: 'answer' }, ` = ${each.result}`),
      ),
      h('span', { class: 'since' }, `+${duration(Math.max(0, each.time - row.time))}`),
      each.kind !== 'native' && each.parts.length > 0 && values(each.parts),
    )
  })
  const list = h('ol', { class: 'insides' }, ...items)
  if (more > 0) list.append(h('li', { class: 'nothing' }, `and ${counted(more, 'more event')}`))
  return section('Under it, in NetBSD', list)
}
