/** What `strace -c` prints, of what the filter lets through. */
import type { Statistics } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { count, counted, duration } from '../shared/format.ts'

export function showStatistics(
  pane: HTMLElement,
  answer: Statistics,
  close: () => void,
  filter: (text: string) => void,
): void {
  const most = Math.max(1, ...answer.rows.map(row => row.time))
  const rows = answer.rows.map(row => {
    const link = h('button', { type: 'button', class: 'link', onclick: () => filter(`syscall:${row.name}`) }, row.name)
    const bar = h('span', {
      class: 'share',
      'aria-hidden': 'true',
      style: `width:${((100 * row.time) / most).toFixed(1)}%`,
    })
    return h(
      'tr',
      {},
      h('td', {}, link),
      h('td', { class: 'number' }, count(row.calls)),
      h(
        'td',
        { class: row.failures > 0 ? 'number failures' : 'number' },
        row.failures === 0 ? '' : count(row.failures),
      ),
      h('td', { class: 'number' }, bar, duration(row.time)),
      h('td', { class: 'number' }, duration(row.time / row.calls)),
      h('td', { class: 'number' }, duration(row.longest)),
    )
  })
  const heads = ['Call', 'Calls', 'Errors', 'Time', 'Mean', 'Longest'].map((name, i) =>
    h('th', { scope: 'col', class: i === 0 ? undefined : 'number' }, name),
  )
  pane.replaceChildren(
    h(
      'div',
      { class: 'pane-head' },
      h('h2', {}, 'Statistics'),
      h('span', { class: 'count' }, `${counted(answer.calls, 'call')}, ${duration(answer.time)} in them`),
      h('span', { class: 'space' }),
      h('button', { type: 'button', title: 'Close (Escape)', onclick: close }, '✕'),
    ),
    h('table', { class: 'plain' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows)),
  )
}
