/** What the signs and colours mean. */
import { h } from '../shared/dom.ts'

export function legend(): HTMLElement {
  const item = (name: string, text: string) => h('span', { class: `key ${name}` }, text)
  return h(
    'div',
    { class: 'legend', 'aria-label': 'Legend' },
    item('call', 'call'),
    item('failed', 'failed'),
    item('slept', 'waits'),
    item('runs', 'lives'),
    item('diverges', 'not as on Linux'),
    h('span', {}, '⚡ signal'),
    h('span', {}, '▸ begins'),
    h('span', {}, '✱ exec'),
    h('span', {}, '■ ends'),
    h('span', {}, '⁺ several'),
    item('woke', 'woke another thread'),
    h(
      'span',
      { class: 'hint' },
      'Ctrl+wheel or + − zooms · drag or A D moves · E by event · / finds · N, Shift+N next and previous · T table · double click goes there · L live',
    ),
  )
}
