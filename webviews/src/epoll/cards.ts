/** Draws the graph's nodes: what stands on each card. */
import type { KnoteCell } from '@interlinear/emulator-core/events/queries.ts'
import type { Selection as D3Selection } from 'd3'
import { amount, count, counted, duration, fitted, fittedPath } from '../shared/format.ts'
import { fieldPaths, type Sight } from './field.ts'
import { QUEUE_STEP, QUEUE_TOP } from './layout.ts'
import type { Node, NodeOf } from './nodes.ts'
import { badgesOf, dupsOf, nameOf, objectState, programOf, STATE_SIGNS, stateCounts, titleOf } from './texts.ts'

export type Group = D3Selection<SVGGElement, unknown, null, undefined>

/** Width of a character of the code font, for its size in px. */
const CHARACTER = 0.602
const SIZE = 12
const SMALL = 10.5
/** Capitals of the heads, letter-spaced. */
const HEAD_CHARACTER = 8
const roomFor = (width: number, size = SIZE): number => Math.floor(width / (size * CHARACTER))

export interface Drawing {
  readonly now: number
  readonly sight: Sight
}

export function drawNode(group: Group, node: Node, drawing: Drawing): void {
  group.selectAll('*').remove()
  group.append('rect').attr('class', 'card').attr('width', node.width).attr('height', node.height).attr('rx', 4)
  switch (node.kind) {
    case 'process':
      text(group, 10, 14, `process ${node.pid}`).append('tspan').attr('dx', 10).attr('class', 'mask').text(node.program)
      return
    case 'waiter':
      drawWaiter(group, node, drawing.now)
      return
    case 'holder':
      drawHolder(group, node)
      return
    case 'instance':
      drawInstance(group, node)
      return
    case 'interest':
      drawInterest(group, node)
      return
    case 'object':
      drawObject(group, node)
      return
    case 'field':
      drawField(group, node, drawing.sight)
  }
}

function text(group: Group, x: number, y: number, content: string, name = '') {
  return group.append('text').attr('class', name).attr('x', x).attr('y', y).text(content)
}

function drawWaiter(group: Group, node: NodeOf<'waiter'>, now: number): void {
  const { waiter } = node
  text(group, 10, 18, `thread ${waiter.tid}`)
  text(group, 10, 32, `in epoll ${node.instance.fd}`, 'small')
  const since = duration(Math.max(0, now - waiter.since))
  const sign = waiter.waiting ? '‖' : '▸'
  const whole = `${sign} ${waiter.waiting ? 'waits' : 'runs'} ${since}`
  const room = roomFor(node.width - 16, SMALL)
  text(group, 10, 46, whole.length <= room ? whole : `${sign} ${since}`, `small ${waiter.waiting ? 'wait' : ''}`)
}

function drawHolder(group: Group, node: NodeOf<'holder'>): void {
  const room = roomFor(node.width - 16, SMALL)
  text(group, 10, 18, node.width < 110 ? `pid ${node.pid}` : `process ${node.pid}`)
  if (node.lost === undefined) {
    text(group, 10, 32, fitted(`too: fd ${node.descriptors.join(', ')}`, room), 'small')
    return
  }
  const has = node.instance.mechanism === 'epoll' ? '≠ has it' : '◆ lost'
  text(group, 10, 32, 'after fork', 'small')
  text(group, 10, 46, fitted(`${has}: fd ${node.descriptors.join(', ')}`, room), 'small divergence badge')
}

function drawInstance(card: Group, node: NodeOf<'instance'>): void {
  const { instance } = node
  const isKqueue = instance.mechanism === 'kqueue'
  const group = card.append('g').attr('transform', `translate(0,${node.offset})`) as Group
  const room = roomFor(node.width - 20, SMALL)
  const dups = dupsOf(instance)
  const title = text(group, 12, 20, titleOf(instance))
  if (dups.length > 0)
    title
      .append('tspan')
      .attr('class', 'mask')
      .text(` = ${dups.join(' = ')}`)
  badge(group, node.width - 12, 20, instance.badges.length)
  if (instance.differs !== '') text(group, node.width - 12, 75, '≠', 'divergence').attr('text-anchor', 'end')
  const knotes = instance.interests.reduce(
    (sum, each) => sum + each.knotes.filter(({ state }) => state !== 'gone').length,
    0,
  )
  const parts = [counted(node.interests, 'interest'), ...(isKqueue ? [counted(knotes, 'knote')] : [])]
  text(group, 12, 36, fittedWhole(parts.join(' · '), room), 'small')
  const counts = `${count(instance.activations)} activated · ${count(instance.deliveries)} delivered`
  text(group, 12, 51, fittedWhole(counts, room), 'small')
  text(group, 12, 75, isKqueue ? 'QUEUE' : 'READY LIST', 'head')
  for (let i = 0; i < node.slots; i++) {
    const y = QUEUE_TOP + i * QUEUE_STEP
    const entry = instance.queue[i]
    group
      .append('rect')
      .attr('class', entry === undefined ? 'slot' : 'entry')
      .attr('x', 12)
      .attr('y', y - 1)
      .attr('width', node.width - 24)
      .attr('height', 17)
      .attr('rx', 3)
    if (entry === undefined) continue
    text(group, 20, y + 11.5, fitted(`${entry.fd} · ${entry.label}`, room - 6), 'small strong')
    text(group, node.width - 20, y + 11.5, amount(entry.data), 'small').attr('text-anchor', 'end')
  }
  if (instance.queue.length === 0) text(group, 20, QUEUE_TOP + 11.5, instance.closed ? 'closed' : 'empty', 'small')
  const more = instance.queue.length - node.slots
  if (more > 0) text(group, 12, QUEUE_TOP + node.slots * QUEUE_STEP + 11, `and ${count(more)} more`, 'small')
  const last = instance.lastDelivered === '' ? 'nothing delivered yet' : `last: ${instance.lastDelivered}`
  const foot = QUEUE_TOP + (node.slots + (more > 0 ? 1 : 0)) * QUEUE_STEP + 15
  text(group, 12, foot, fitted(last, room), 'small')
}

/** How many divergences were met here: a click opens them. */
function badge(group: Group, x: number, y: number, number: number): void {
  if (number === 0) return
  text(group, x, y, number === 1 ? '◆' : `◆${number}`, 'divergence badge').attr('text-anchor', 'end')
}

function drawInterest(group: Group, node: NodeOf<'interest'>): void {
  const { interest } = node
  const data = interest.data === '' ? '' : `data=${interest.data}`
  const signs = badgesOf(node).length
  const isOdd = signs > 0
  const right = node.width - 10 - (isOdd ? 16 : 0)
  const title = text(group, 10, 18, `fd ${interest.fd}`)
  const all = roomFor(right - 10) - `fd ${interest.fd}  `.length
  const beside = all - (data.length === 0 ? 0 : Math.ceil(data.length * 0.9) + 1)
  // The mask says more than the data.
  const hasRoom = maskOf(node).replaceAll('EPOLL', '').length <= beside
  title
    .append('tspan')
    .attr('dx', 10)
    .attr('class', interest.leftBehind || interest.numberClosed ? 'divergence' : 'mask')
    .text(shortMask(maskOf(node), hasRoom ? beside : all))
  if (data !== '' && hasRoom) text(group, right, 18, data, 'small').attr('text-anchor', 'end')
  if (isOdd) badge(group, node.width - 10, 18, signs)
  if (node.height < 48) {
    const states = interest.knotes.map(each => each.state).filter(each => each !== 'gone')
    text(
      group,
      10,
      33,
      interest.gone ? 'gone' : states.map(each => `${STATE_SIGNS[each]} ${each}`).join(' · '),
      'small',
    )
    if (interest.differs !== '') different(group, interest.differs, 10 + roomFor(node.width / 2), 33, node.width / 2)
    return
  }
  const cells = interest.knotes.slice(-3)
  const [only] = cells
  if (cells.length === 1) {
    const width = Math.max(node.width / 2, Math.min(node.width - 20, widthOf(shortCell(only))))
    drawKnote(group, only, 10, width)
    if (interest.differs !== '') {
      different(group, interest.differs, 10 + width + 12, 37.5, node.width - width - 24)
      return
    }
    const told = `${count(only.activations)}× active · ${count(only.deliveries)}× delivered`
    text(group, 10 + width + 12, 37.5, fittedWhole(told, roomFor(node.width - width - 24, SMALL)), 'small')
    return
  }
  if (interest.differs !== '') different(group, interest.differs, 10, 37.5, node.width - 20)
  const width = (node.width - 20 - 6 * Math.max(0, cells.length - 1)) / Math.max(2, cells.length)
  cells.forEach((cell, i) => {
    drawKnote(group, cell, 10 + i * (width + 6), width)
  })
}

/** What NetBSD has otherwise than Linux. */
function different(group: Group, what: string, x: number, y: number, width: number): void {
  text(group, x, y, fitted(`≠ ${what.replace('NetBSD: ', '')}`, roomFor(width, SMALL)), 'small divergence differs')
}

function maskOf({ interest }: NodeOf<'interest'>): string {
  if (interest.leftBehind) return 'half left behind'
  if (interest.numberClosed) return `closed, still registered: ${interest.events}`
  if (interest.events !== '' || interest.gone) return interest.events || 'removed'
  return interest.data === '' ? 'no epoll interest' : 'no events'
}

/** Whole parts between the dots, as many as there is room for. */
function fittedWhole(parts: string, room: number): string {
  const words = parts.split(' · ')
  while (words.length > 0 && words.join(' · ').length > room) words.pop()
  return words.join(' · ')
}

/** What stands before the dot where all of it has no room. */
export function headFor(title: string, width: number): string {
  return title.length * HEAD_CHARACTER <= width ? title : title.split(/ [·=] /)[0]
}

/** EPOLLIN|EPOLLOUT becomes IN|OUT where there is no room. */
function shortMask(mask: string, room: number): string {
  return mask.length <= room ? mask : fitted(mask.replaceAll('EPOLL', ''), room)
}

/** `● READ · queued` */
function shortCell(cell: KnoteCell): string {
  return `${STATE_SIGNS[cell.state]} ${cell.filter.replace('EVFILT_', '')} · ${cell.state}`
}

/** Width in px of a knote with this text. */
function widthOf(content: string): number {
  return Math.ceil(content.length * SMALL * CHARACTER) + 14
}

function drawKnote(group: Group, cell: KnoteCell, x: number, width: number): void {
  const knote = group.append('g').attr('class', `knote ${cell.state}`).attr('transform', `translate(${x},25)`)
  knote.append('rect').attr('width', width).attr('height', 18).attr('rx', 3)
  const room = roomFor(width - 12, SMALL)
  const name = cell.filter.replace('EVFILT_', '')
  const sign = STATE_SIGNS[cell.state]
  const forms = [
    `${sign} ${cell.filter} · ${cell.state}`,
    shortCell(cell),
    `${sign} ${name[0]} ${cell.state}`,
    `${sign} ${name}`,
  ]
  knote
    .append('text')
    .attr('class', 'small')
    .attr('x', 7)
    .attr('y', 12.5)
    .text(forms.find(form => form.length <= room) ?? fitted(forms[3], room))
}

function drawObject(group: Group, node: NodeOf<'object'>): void {
  const { object } = node
  const numbers = numbersOf(object.descriptors)
  const room = roomFor(node.width - 24) - Math.ceil(numbers.length * 0.9)
  text(group, 10, node.height / 2 - 6, fittedPath(nameOf(object), room))
  if (numbers !== '') text(group, node.width - 10, node.height / 2 - 6, numbers, 'small').attr('text-anchor', 'end')
  text(group, 10, node.height / 2 + 11, fittedWhole(objectState(object), roomFor(node.width - 20, SMALL)), 'small')
}

/** `fd 7, 9 +1210`: its own process's numbers, and which others have it. */
function numbersOf(descriptors: readonly string[]): string {
  const own = descriptors.filter(each => !each.includes(':'))
  const others = [...new Set(descriptors.filter(each => each.includes(':')).map(each => each.split(':')[0]))]
  const parts = own.length > 0 ? [`fd ${own.slice(0, 3).join(', ')}${own.length > 3 ? '…' : ''}`] : []
  if (others.length > 0) parts.push(others.length === 1 ? `+${others[0]}` : `+${others.length} processes`)
  return parts.join(' ')
}

function drawField(group: Group, node: NodeOf<'field'>, sight: Sight): void {
  const title = `${counted(node.cells.length, 'interest')} · ${stateCounts(node.cells)}`
  text(group, 8, 16, fitted(title, roomFor(node.width - 110, SMALL)), 'small')
  text(group, node.width - 8, 16, 'show as cards', 'small unfold').attr('text-anchor', 'end')
  for (const [kind, d] of fieldPaths(node, sight)) group.append('path').attr('class', `cell ${kind}`).attr('d', d)
}

/** What tells one drawing of a node from another; empty: it is drawn anew every time. */
export function signature(node: Node, { sight, now }: Drawing): string {
  const size = `${node.width.toFixed(1)},${node.height.toFixed(1)}`
  switch (node.kind) {
    case 'waiter':
      return `${size} ${node.waiter.waiting} ${duration(Math.max(0, now - node.waiter.since))}`
    case 'interest': {
      const { events, data, gone, leftBehind, numberClosed, badges, knotes, differs } = node.interest
      const cells = knotes.map(each => `${each.id}${each.state}${each.activations},${each.deliveries}`)
      return `${size} ${events} ${data} ${gone} ${leftBehind} ${numberClosed} ${badges.length} ${cells.join(';')} ${differs}`
    }
    case 'object': {
      const { descriptors, readable, writable, note, closed, peerDescriptors, description } = node.object
      return `${size} ${descriptors} ${readable} ${writable} ${note} ${closed} ${peerDescriptors} ${description}`
    }
    case 'holder':
      return `${size} ${node.descriptors} ${node.lost?.event} ${node.instance.mechanism}`
    case 'process':
      return `${size} ${programOf(node.program)}`
    case 'instance': {
      const { queue, activations, deliveries, closed, badges, descriptors, interests, mechanism, differs } =
        node.instance
      const shown = queue.slice(0, node.slots).map(each => `${each.fd}${each.label}${each.data}`)
      const counts = `${activations} ${deliveries} ${closed} ${badges.length} ${descriptors.length} ${interests.length} ${mechanism} ${differs}`
      return `${size} ${node.offset.toFixed(0)} ${counts} ${queue.length} ${shown}`
    }
    case 'field':
      return `${size} ${Math.round(sight.from / 100)} ${Math.round(sight.to / 100)} ${node.cells.reduce(cellSum, 7)}`
  }
}

const NUMBERS: Readonly<Record<KnoteCell['state'], number>> = {
  idle: 1,
  active: 2,
  queued: 3,
  disabled: 4,
  dispatched: 5,
  cleared: 6,
  gone: 7,
}

function cellSum(sum: number, { knotes, badges, leftBehind, differs }: NodeOf<'field'>['cells'][number]): number {
  let all = (sum * 31 + badges.length * 3 + (leftBehind ? 1 : 0) + (differs === '' ? 0 : 7)) | 0
  for (const { state } of knotes) all = (all * 31 + NUMBERS[state]) | 0
  return all
}
