/** What the signs and colours mean. */
import type { KnoteState } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { STATE_SIGNS, STATE_WORDS } from './texts.ts'

const STATES: readonly KnoteState[] = ['idle', 'active', 'queued', 'cleared', 'dispatched', 'disabled', 'gone']

export function legend(): HTMLElement {
  const mark = (name: string, text: string) => h('span', { class: `key ${name}` }, text)
  const state = (name: KnoteState) =>
    h('span', { class: `state ${name}`, title: STATE_WORDS[name] }, `${STATE_SIGNS[name]} ${name}`)
  return h(
    'div',
    { class: 'legend', 'aria-label': 'Legend' },
    ...STATES.map(state),
    h('span', { class: 'state divergence' }, '◆ not as on Linux'),
    h('span', { class: 'state divergence' }, '≠ NetBSD has it otherwise'),
    mark('activate', 'activated'),
    mark('deliver', 'delivered'),
    mark('change', 'changed'),
    mark('sleep', 'waits'),
  )
}
