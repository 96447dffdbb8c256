/** What the signs and colours mean. */
import { h } from '../shared/dom.ts'

export function legend(): HTMLElement {
  const item = (name: string, text: string) => h('span', { class: `key ${name}` }, text)
  return h(
    'div',
    { class: 'legend', 'aria-label': 'Legend' },
    item('queued', 'in the queue'),
    item('taken', 'read'),
    item('ghost', 'queued by Linux only'),
    item('otherwise', '≠ otherwise on Linux'),
    item('absent', '∅ not queued, ≡ dropped by Linux'),
    item('full', '✕ lost'),
    item('diverges', 'not as on Linux'),
    item('tie', 'halves of a rename (broken: not told)'),
    item('linux-depth', "Linux's depth"),
  )
}
