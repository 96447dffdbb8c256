/** An open file followed through the run: since when, until when, under which numbers, who used it, and the bytes that passed. */
import type {
  DescriptorLife,
  DescriptorUse,
  Followed,
  LifeEnd,
  Transfer,
} from '@interlinear/emulator-core/events/queries.ts'
import { h, press, toggle } from '../shared/dom.ts'
import { clock, count, counted } from '../shared/format.ts'
import { dumpOf, textOf } from './bytes.ts'

export interface FollowHost {
  goTo(event: number): void
  /** `hex`, else text. */
  format(hex: boolean): void
  /** Uses from that number on. */
  page(from: number): void
  copy(text: string): void
  close(): void
}

/** Uses that are shown at once, and lives. */
export const USES_SHOWN = 100
const LIVES_SHOWN = 12

const ARROWS: Readonly<Record<Transfer['direction'], readonly [sign: string, words: string]>> = {
  received: ['◂', 'received'],
  sent: ['▸', 'sent'],
}

export function showFollowed(pane: HTMLElement, answer: Followed, fd: number, hex: boolean, host: FollowHost): void {
  const asText = toggle('Text', 'The bytes as text', () => host.format(false))
  const asHex = toggle('Hex', 'The bytes in hexadecimal', () => host.format(true))
  press(asText, !hex)
  press(asHex, hex)
  for (const each of [asText, asHex]) each.dataset.key = each.textContent ?? ''
  const button = (text: string, title: string, onclick: () => void) =>
    h('button', { type: 'button', title, 'data-key': text, onclick }, text)
  const isPart = answer.scanned < answer.total
  const part = isPart ? ` · ${Math.floor((100 * answer.scanned) / answer.total)} % looked through` : ''
  pane.replaceChildren(
    h(
      'div',
      { class: 'pane-head' },
      h('h2', {}, `Descriptor ${fd}`),
      h('span', { class: 'space' }),
      asText,
      asHex,
      button('Copy', 'Copy what is shown', () => host.copy(allText(answer, hex))),
      button('✕', 'Close (Escape)', () => host.close()),
    ),
    answer.file === undefined
      ? h('p', { class: 'nothing' }, `There, ${fd} refers to nothing.`)
      : h('p', { class: 'mono' }, `${answer.description} · ${answer.type}`),
    h('ul', { class: 'lives', 'aria-label': 'Its numbers' }, ...lives(answer, host)),
    h('p', { class: 'count' }, `${counted(answer.found, 'use')} · ${traffic(answer)}${part}`),
    h('ol', { class: 'uses', 'aria-label': 'Uses' }, ...answer.uses.map(use => useItem(use, hex, host))),
    pager(answer, host),
  )
}

const traffic = ({ received, sent }: Followed): string =>
  `received ${counted(received.bytes, 'byte')} in ${counted(received.calls, 'call')}, sent ${counted(sent.bytes, 'byte')} in ${counted(sent.calls, 'call')}`

function lives({ lives: all, moreLives }: Followed, host: FollowHost): HTMLElement[] {
  const items = all.slice(0, LIVES_SHOWN).map(life => lifeItem(life, host))
  const more = all.length - items.length + moreLives
  if (more > 0) items.push(h('li', { class: 'nothing' }, `and ${counted(more, 'more number')}`))
  return items
}

function lifeItem({ pid, fd, inherited, opened, closed }: DescriptorLife, host: FollowHost): HTMLElement {
  const end = (verb: string, place: LifeEnd, key: string) => {
    const words = place.text === '' ? `${verb} at ${clock(place.time)} s` : `${verb} at ${clock(place.time)} s by `
    const go = { type: 'button', class: 'link', 'data-key': key, onclick: () => host.goTo(place.event) } as const
    return h('span', {}, words, place.text !== '' && h('button', go, place.text))
  }
  const key = `${pid}:${fd}:${opened.event}`
  return h(
    'li',
    { class: closed === undefined ? undefined : 'gone' },
    h('b', {}, `${pid}:${fd} `),
    end(inherited ? 'inherited' : 'opened', opened, `${key} opened`),
    ', ',
    closed === undefined ? h('span', { class: 'open' }, 'is open') : end('closed', closed, `${key} closed`),
  )
}

function useItem({ row, transfer }: DescriptorUse, hex: boolean, host: FollowHost): HTMLElement {
  const result = row.result === '' ? '' : ` = ${row.result}`
  const line = transfer === undefined ? `${row.name}(${row.arguments})${result}` : `${row.name}${result}`
  const go = {
    type: 'button',
    class: 'link',
    'data-key': `use ${row.event}`,
    onclick: () => host.goTo(row.event),
  } as const
  return h(
    'li',
    { class: transfer?.direction ?? 'other', 'data-state': row.state },
    h('span', { class: 'at' }, clock(row.time)),
    h('span', { class: 'thread' }, String(row.tid)),
    h('button', go, line),
    transfer !== undefined &&
      h('span', { class: 'way' }, `${ARROWS[transfer.direction].join(' ')} ${counted(transfer.bytes, 'byte')}`),
    transfer !== undefined && transfer.bytes > 0 && bytes(transfer, hex),
  )
}

function bytes({ pieces }: Transfer, hex: boolean): HTMLElement {
  const parts = pieces.flatMap(({ hex: digits, missing }) => {
    const note = missing === 0 ? undefined : h('i', {}, ` … ${counted(missing, 'more byte')}, not recorded `)
    return [hex ? dumpOf(digits) : textOf(digits), ...(note === undefined ? [] : [note])]
  })
  return h('pre', { class: 'bytes' }, ...parts)
}

function pager({ found, fromUse, uses }: Followed, host: FollowHost): HTMLElement | string {
  if (found <= USES_SHOWN) return ''
  const to = fromUse + uses.length
  const button = (text: string, from: number, disabled: boolean) =>
    h('button', { type: 'button', 'data-key': text, disabled, onclick: () => host.page(from) }, text)
  return h(
    'p',
    { class: 'pager' },
    button('First', 0, fromUse === 0),
    button('Earlier', Math.max(0, fromUse - USES_SHOWN), fromUse === 0),
    h('span', { class: 'count' }, `${count(fromUse + 1)} to ${count(to)} of ${count(found)}`),
    button('Later', to, to >= found),
    button('Last', Math.max(0, found - USES_SHOWN), to >= found),
  )
}

/** What is shown, for the clipboard. */
function allText({ uses }: Followed, hex: boolean): string {
  const lines = uses.flatMap(({ row, transfer }) => {
    const head = `${clock(row.time)} ${row.tid} ${row.name}(${row.arguments})${row.result === '' ? '' : ` = ${row.result}`}`
    const pieces = transfer?.pieces ?? []
    return [
      head,
      ...pieces.flatMap(({ hex: digits, missing }) => [
        hex ? dumpOf(digits) : textOf(digits),
        ...(missing > 0 ? [`… ${counted(missing, 'more byte')}, not recorded`] : []),
      ]),
    ]
  })
  return `${lines.filter(line => line !== '').join('\n')}\n`
}
