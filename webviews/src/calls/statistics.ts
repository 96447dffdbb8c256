/** What `strace -c` prints, of what the filter lets through. */
import type { Statistics, StatisticsRow } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { count, counted, duration } from '../shared/format.ts'

export interface StatisticsHost {
  close(): void
  filter(text: string): void
  copy(text: string): void
  /** By that column, the most first; names from a to z. */
  sort(column: Column): void
}

const COLUMNS = {
  share: ['% time', (row: StatisticsRow) => row.time],
  name: ['Call', undefined],
  calls: ['Calls', (row: StatisticsRow) => row.calls],
  failures: ['Errors', (row: StatisticsRow) => row.failures],
  time: ['Time', (row: StatisticsRow) => row.time],
  mean: ['Mean', (row: StatisticsRow) => row.time / row.calls],
  longest: ['Longest', (row: StatisticsRow) => row.longest],
} as const
export type Column = keyof typeof COLUMNS

const share = (row: StatisticsRow, { time }: Statistics): string =>
  time === 0 ? '0.00' : ((100 * row.time) / time).toFixed(2)

export function showStatistics(pane: HTMLElement, answer: Statistics, by: Column, host: StatisticsHost): void {
  const most = Math.max(1, ...answer.rows.map(row => row.time))
  const amount = COLUMNS[by][1]
  const sorted = [...answer.rows].sort((a, b) =>
    amount === undefined ? a.name.localeCompare(b.name) : amount(b) - amount(a),
  )
  const heads = (Object.keys(COLUMNS) as Column[]).map(column => {
    const press = { type: 'button', 'data-key': column, onclick: () => host.sort(column) } as const
    const sort = column === by ? (column === 'name' ? 'ascending' : 'descending') : undefined
    const attributes = { scope: 'col', class: column === 'name' ? undefined : 'number', 'aria-sort': sort }
    return h('th', attributes, h('button', press, COLUMNS[column][0], column === by ? ' ▾' : ''))
  })
  const failures = answer.rows.reduce((sum, row) => sum + row.failures, 0)
  const number = (text: string, more = '') => h('td', { class: `number${more}` }, text)
  const isPart = answer.scanned < answer.total
  const part = isPart ? ` · ${Math.floor((100 * answer.scanned) / answer.total)} % counted` : ''
  const button = (text: string, title: string, onclick: () => void) =>
    h('button', { type: 'button', title, 'data-key': text, onclick }, text)
  pane.replaceChildren(
    h(
      'div',
      { class: 'pane-head' },
      h('h2', {}, 'Statistics'),
      h('span', { class: 'count' }, `${counted(answer.calls, 'call')}, ${duration(answer.time)} in them${part}`),
      h('span', { class: 'space' }),
      button('Copy', 'Copy as strace -c prints it', () => host.copy(straceText(answer))),
      button('✕', 'Close (Escape)', () => host.close()),
    ),
    h(
      'table',
      { class: 'plain' },
      h('thead', {}, h('tr', {}, ...heads)),
      h('tbody', {}, ...sorted.map(row => tableRow(row, answer, most, host))),
      h(
        'tfoot',
        {},
        h(
          'tr',
          {},
          number('100.00'),
          h('th', { scope: 'row' }, 'total'),
          number(count(answer.calls)),
          number(failures === 0 ? '' : count(failures), ' failures'),
          number(duration(answer.time)),
          number(answer.calls === 0 ? '' : duration(answer.time / answer.calls)),
          number(''),
        ),
      ),
    ),
  )
}

function tableRow(row: StatisticsRow, answer: Statistics, most: number, host: StatisticsHost): HTMLElement {
  const { name } = row
  const onclick = () => host.filter(`syscall:${name}`)
  const link = h('button', { type: 'button', class: 'link', 'data-key': `call ${name}`, onclick }, name)
  const width = `width:${((100 * row.time) / most).toFixed(1)}%`
  const bar = h('span', { class: 'share', 'aria-hidden': 'true', style: width })
  const number = (text: string, more = '') => h('td', { class: `number${more}` }, text)
  return h(
    'tr',
    {},
    number(share(row, answer)),
    h('td', {}, link),
    number(count(row.calls)),
    number(row.failures === 0 ? '' : count(row.failures), ' failures'),
    h('td', { class: 'number' }, bar, duration(row.time)),
    number(duration(row.time / row.calls)),
    number(duration(row.longest)),
  )
}

/** As `strace -c` prints it. */
export function straceText(answer: Statistics): string {
  const line = (part: string, time: number, calls: number, failures: number, name: string) =>
    [
      part.padStart(6),
      (time / 1e9).toFixed(6).padStart(11),
      String(calls === 0 ? 0 : Math.floor(time / 1000 / calls)).padStart(11),
      String(calls).padStart(9),
      (failures === 0 ? '' : String(failures)).padStart(9),
      name,
    ].join(' ')
  const rule = '------ ----------- ----------- --------- --------- ----------------'
  const failures = answer.rows.reduce((sum, row) => sum + row.failures, 0)
  return [
    '% time     seconds  usecs/call     calls    errors syscall',
    rule,
    ...answer.rows.map(row => line(share(row, answer), row.time, row.calls, row.failures, row.name)),
    rule,
    line('100.00', answer.time, answer.calls, failures, 'total'),
    '',
  ].join('\n')
}
