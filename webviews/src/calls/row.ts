/** One row: the Linux line, and under it, smaller, the native line that it became. */
import type { CallRow, CallState } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { counted, duration } from '../shared/format.ts'

const SIGNS: Readonly<Partial<Record<CallState, readonly [sign: string, words: string]>>> = {
  waiting: ['‖', 'waits'],
  running: ['…', 'goes on'],
  failed: ['✕', 'failed'],
  restarted: ['↻', 'restarted'],
  unimplemented: ['∅', 'not implemented'],
}

/** Fills the element with the row, unless it shows it already. `now`: ns, for calls that go on. */
export function fillRow(element: HTMLElement, row: CallRow, time: string, now: number): void {
  const isOpen = row.duration === undefined
  const key = `${row.state} ${row.duration} ${row.native.length} ${row.divergences.length} ${time} ${isOpen ? now : ''}`
  if (element.dataset.shown === key) return
  element.dataset.shown = key
  element.dataset.state = row.state
  element.dataset.kind = row.kind
  const spent = row.duration ?? Math.max(0, now - row.time)
  const sign = SIGNS[row.state]
  const cell = (name: string, ...content: (Node | string)[]) => h('span', { class: name, role: 'gridcell' }, ...content)
  const isCall = row.kind === 'call'
  const line = isCall
    ? [h('b', {}, row.name), h('span', { class: 'arguments' }, `(${row.arguments}${isOpen ? '' : ')'}`)]
    : [h('b', {}, `${row.name} `), h('span', { class: 'arguments' }, row.arguments)]
  const result = isCall ? (row.result === '' ? '' : `= ${row.result}`) : ''
  const mark = sign === undefined ? [] : [h('span', { class: 'sign', 'aria-hidden': 'true' }, sign[0])]
  element.replaceChildren(
    cell('time', time),
    cell('thread', String(row.tid)),
    cell('call', ...line),
    cell('result', ...(isOpen ? [...mark, h('span', {}, sign?.[1] ?? '')] : [result])),
    cell('duration', ...(isCall ? [meter(spent), isOpen ? `${duration(spent)}…` : duration(spent)] : [])),
    second(row),
  )
  element.setAttribute('aria-label', label(row, spent))
}

/** ns: where the meter begins, and by how many powers of ten it is full. */
const METER_FROM = 1e4
const METER_DECADES = 6

/** How long, from 10 µs to 10 s. */
function meter(ns: number): HTMLElement {
  const share = Math.max(0, Math.min(1, Math.log10(Math.max(1, ns / METER_FROM)) / METER_DECADES))
  return h('i', { class: 'meter', 'aria-hidden': 'true', style: `width:${(100 * share).toFixed(1)}%` })
}

function second(row: CallRow): Node {
  if (row.native.length + row.divergences.length === 0) return document.createTextNode('')
  const divergences = row.divergences.map(id =>
    h(
      'span',
      { class: 'divergence', 'data-divergence': id, title: `Not as on Linux: opens the page of ${id} (D)` },
      `◆ ${id} `,
    ),
  )
  return h('span', { class: 'second', role: 'gridcell' }, ...divergences, row.native.join('  '))
}

function label(row: CallRow, spent: number): string {
  const parts = [`${row.name} ${row.arguments}`]
  if (row.result !== '') parts.push(`answers ${row.result}`)
  else if (row.kind === 'call') parts.push(SIGNS[row.state]?.[1] ?? '')
  if (row.kind === 'call') parts.push(duration(spent))
  parts.push(`thread ${row.tid}`)
  if (row.divergences.length > 0) parts.push(`diverges from Linux: ${row.divergences.join(', ')}`)
  if (row.native.length > 0) parts.push(`${counted(row.native.length, 'native call')}: ${row.native.join('; ')}`)
  return parts.filter(each => each !== '').join(', ')
}
