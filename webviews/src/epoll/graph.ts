/** Draws the graph, and goes about in it by keyboard. */

import type { EpollObject, KnoteCell } from '@interlinear/emulator-core/events/queries.ts'
import { type Selection as D3Selection, linkHorizontal, select } from 'd3'
import { amount, count, counted, duration, fitted, fittedPath } from '../shared/format.ts'
import type { Selection } from '../shared/protocol.ts'
import { type Edge, type Layout, type Node, QUEUE_SHOWN, QUEUE_STEP, QUEUE_TOP } from './layout.ts'

/** Width of a character of the code font, for its size in px. */
const CHARACTER = 0.602
const SIZE = 12
const SMALL = 10.5
/** Capitals of the heads, letter-spaced. */
const HEAD_CHARACTER = 8
const roomFor = (width: number, size = SIZE): number => Math.floor(width / (size * CHARACTER))

type Group = D3Selection<SVGGElement, unknown, null, undefined>

export interface GraphHost {
  chosen(node: Node): void
}

const curve = linkHorizontal<Edge, [number, number]>()
  .source(edge => [edge.x1, edge.y1])
  .target(edge => [edge.x2, edge.y2])

export class Graph {
  readonly element = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  readonly #host: GraphHost
  #layout: Layout = { width: 0, height: 0, columns: [], nodes: [], edges: [] }
  #focused: string | undefined
  readonly #beats = new Map<string, number>()

  constructor(host: GraphHost) {
    this.#host = host
    this.element.setAttribute('role', 'group')
    this.element.setAttribute(
      'aria-label',
      'Graph of epoll instances: arrow keys go from thing to thing, Enter selects',
    )
    this.element.addEventListener('keydown', event => this.#key(event))
    const root = select(this.element)
    for (const name of ['heads', 'edges', 'nodes']) root.append('g').attr('class', name)
  }

  get layout(): Layout {
    return this.#layout
  }

  /** `now`: the time at which the world is shown; `beats`: whether what happened since is shown by motion. */
  show(layout: Layout, selection: Selection | undefined, now: number, beats: boolean): void {
    this.#layout = layout
    const root = select(this.element).attr('width', layout.width).attr('height', layout.height)
    root
      .select<SVGGElement>('.heads')
      .selectAll<SVGTextElement, Layout['columns'][number]>('text')
      .data(layout.columns)
      .join('text')
      .attr('class', 'head')
      .attr('x', column => column.x)
      .attr('y', 20)
      .text(column => headFor(column.title, column.width))
    this.#edges(beats)
    const focusable = layout.nodes.some(node => node.key === this.#focused) ? this.#focused : layout.nodes[0]?.key
    root
      .select<SVGGElement>('.nodes')
      .selectAll<SVGGElement, Node>('g.node')
      .data(
        [...layout.nodes].sort((a, b) => a.column - b.column || a.y - b.y),
        node => node.key,
      )
      .join(enter =>
        enter
          .append('g')
          .attr('role', 'button')
          .on('click', (_, node) => this.#choose(node)),
      )
      .order()
      .attr('class', node => `node ${node.kind}`)
      .attr('transform', node => `translate(${node.x},${node.y})`)
      .attr('data-key', node => node.key)
      .attr('tabindex', node => (node.key === focusable ? 0 : -1))
      .attr('aria-pressed', node => String(isSelected(node, selection)))
      .attr('aria-label', node => labelOf(node, now))
      .each((node, i, elements) => draw(select(elements[i]) as unknown as Group, node, now))
  }

  #edges(beats: boolean): void {
    const known = this.#beats
    select(this.element)
      .select<SVGGElement>('.edges')
      .selectAll<SVGPathElement, Edge>('path')
      .data(this.#layout.edges, edge => edge.key)
      .join('path')
      .attr('class', edge => `edge ${edge.kind} ${edge.state}`)
      .attr('d', edge => curve(edge))
      .each((edge, i, elements) => {
        const before = known.get(edge.key)
        known.set(edge.key, edge.beat)
        if (!beats || before === undefined || edge.beat <= before) return
        elements[i].classList.remove('beat')
        elements[i].getBoundingClientRect()
        elements[i].classList.add('beat')
      })
  }

  #choose(node: Node): void {
    this.#focused = node.key
    this.#host.chosen(node)
  }

  #key(event: KeyboardEvent): void {
    const key = event.target instanceof SVGElement ? event.target.dataset.key : undefined
    const node = this.#layout.nodes.find(each => each.key === key)
    if (node === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Enter' || event.key === ' ') this.#choose(node)
    else {
      const next = this.#neighbour(node, event.key)
      if (next === undefined) return
      this.focus(next.key)
    }
    event.preventDefault()
    event.stopPropagation()
  }

  focus(key: string): void {
    this.#focused = key
    for (const element of this.element.querySelectorAll<SVGGElement>('g.node')) {
      const isIt = element.dataset.key === key
      element.setAttribute('tabindex', isIt ? '0' : '-1')
      if (isIt) element.focus()
    }
  }

  /** Up and down in the column; left and right along the edges. */
  #neighbour(node: Node, key: string): Node | undefined {
    const { nodes, edges } = this.#layout
    const column = nodes.filter(each => each.column === node.column).sort((a, b) => a.y - b.y)
    const at = column.indexOf(node)
    if (key === 'ArrowUp') return column[at - 1]
    if (key === 'ArrowDown') return column[at + 1]
    if (key === 'Home') return column[0]
    if (key === 'End') return column[column.length - 1]
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined
    const side = node.column + (key === 'ArrowLeft' ? -1 : 1)
    const linked = edges.flatMap(({ from, to }) => (from === node.key ? [to] : to === node.key ? [from] : []))
    const beside = nodes.filter(each => each.column === side)
    const near = beside.filter(each => linked.includes(each.key))
    return (near.length > 0 ? near : beside).sort((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y))[0]
  }
}

export function isSelected(node: Node, selection: Selection | undefined): boolean {
  switch (selection?.kind) {
    case 'epoll':
      return node.kind === 'instance' && node.instance.id === selection.epoll
    case 'interest':
      return node.kind === 'interest' && node.instance.id === selection.epoll && node.interest.fd === selection.fd
    case 'object':
      return node.kind === 'object' && node.object.id === selection.object
    case 'thread':
      return node.kind === 'waiter' && node.waiter.tid === selection.tid
    default:
      return false
  }
}

function draw(group: Group, node: Node, now: number): void {
  group.selectAll('*').remove()
  group.append('rect').attr('class', 'card').attr('width', node.width).attr('height', node.height).attr('rx', 4)
  switch (node.kind) {
    case 'waiter':
      drawWaiter(group, node, now)
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
    case 'more':
      text(group, 10, 18, `${counted(node.count, 'idle interest')} more: press to show them`, 'small')
  }
}

function text(
  group: Group,
  x: number,
  y: number,
  content: string,
  name = '',
): D3Selection<SVGTextElement, unknown, null, undefined> {
  return group.append('text').attr('class', name).attr('x', x).attr('y', y).text(content)
}

function drawWaiter(group: Group, node: Extract<Node, { kind: 'waiter' }>, now: number): void {
  const { waiter } = node
  group.classed('waiting', waiter.waiting)
  text(group, 10, 18, `thread ${waiter.tid}`)
  text(group, 10, 32, `in epoll ${node.instance.fd}`, 'small')
  const since = duration(Math.max(0, now - waiter.since))
  text(group, 10, 46, waiter.waiting ? `‖ waits ${since}` : `▸ runs ${since}`, `small ${waiter.waiting ? 'wait' : ''}`)
}

function drawInstance(group: Group, node: Extract<Node, { kind: 'instance' }>): void {
  const { instance } = node
  const isKqueue = instance.mechanism === 'kqueue'
  group.classed('gone', instance.closed)
  text(group, 12, 20, titleOf(node))
  const knotes = instance.interests.reduce(
    (sum, each) => sum + each.knotes.filter(({ state }) => state !== 'gone').length,
    0,
  )
  const parts = [counted(node.interests, 'interest'), ...(isKqueue ? [counted(knotes, 'knote')] : [])]
  text(group, 12, 36, parts.join(' · '), 'small')
  const counts = `${count(instance.activations)} activated · ${count(instance.deliveries)} delivered`
  text(group, 12, 51, fitted(counts, roomFor(node.width - 20, SMALL)), 'small')
  text(group, 12, 75, isKqueue ? 'QUEUE' : 'READY LIST', 'head')
  const queue = instance.queue.slice(0, QUEUE_SHOWN)
  queue.forEach((entry, i) => {
    const y = QUEUE_TOP + i * QUEUE_STEP
    group
      .append('rect')
      .attr('class', 'entry')
      .attr('x', 12)
      .attr('y', y - 1)
      .attr('width', node.width - 24)
      .attr('height', 17)
      .attr('rx', 3)
    text(group, 20, y + 11.5, `${entry.fd} · ${entry.label}`, 'small strong')
    text(group, node.width - 20, y + 11.5, amount(entry.data), 'small').attr('text-anchor', 'end')
  })
  if (queue.length === 0) text(group, 12, QUEUE_TOP + 11, instance.closed ? 'closed' : 'empty', 'small')
  if (instance.queue.length > queue.length)
    text(
      group,
      12,
      QUEUE_TOP + queue.length * QUEUE_STEP + 11,
      `and ${instance.queue.length - queue.length} more`,
      'small',
    )
  const last = instance.lastDelivered === '' ? 'nothing delivered yet' : `last: ${instance.lastDelivered}`
  text(group, 12, node.height - 10, fitted(last, roomFor(node.width - 20, SMALL)), 'small')
}

function titleOf({ instance }: Extract<Node, { kind: 'instance' }>): string {
  if (instance.purpose === 'inotify') return `kqueue ${instance.fd} of inotify`
  return instance.purpose === 'kqueue' ? `kqueue ${instance.fd}` : `epoll ${instance.fd}`
}

function drawInterest(group: Group, node: Extract<Node, { kind: 'interest' }>): void {
  const { interest } = node
  group.classed('gone', interest.gone).classed('left-behind', interest.leftBehind)
  const data = interest.data === '' ? '' : `data=${interest.data}`
  const title = text(group, 10, 18, `fd ${interest.fd}`)
  const mask = interest.leftBehind
    ? '◆ no interest: left behind'
    : interest.events || (interest.gone ? 'removed' : 'no epoll interest')
  const room =
    roomFor(node.width - 20) - `fd ${interest.fd}  `.length - (data.length === 0 ? 0 : Math.ceil(data.length * 0.9) + 1)
  title
    .append('tspan')
    .attr('dx', 10)
    .attr('class', interest.leftBehind ? 'divergence' : 'mask')
    .text(shortMask(mask, room))
  if (data !== '') text(group, node.width - 10, 18, data, 'small').attr('text-anchor', 'end')
  if (node.height < 48) {
    const state = interest.gone
      ? 'gone'
      : interest.knotes
          .map(each => each.state)
          .filter(each => each !== 'gone')
          .join(' · ')
    text(group, 10, 33, state, 'small')
    return
  }
  const cells = interest.knotes.slice(-3)
  const [only] = cells
  if (cells.length === 1 && only.id !== 0) {
    const width = Math.max(node.width / 2, Math.min(node.width - 20, widthOf(shortCell(only))))
    drawKnote(group, only, 10, width)
    const told = `${count(only.activations)}× active · ${count(only.deliveries)}× delivered`
    text(group, 10 + width + 12, 37.5, fittedWhole(told, roomFor(node.width - width - 24, SMALL)), 'small')
    return
  }
  const width = (node.width - 20 - 6 * Math.max(0, cells.length - 1)) / Math.max(2, cells.length)
  cells.forEach((cell, i) => {
    drawKnote(group, cell, 10 + i * (width + 6), width)
  })
}

/** Whole parts between the dots, as many as there is room for. */
function fittedWhole(parts: string, room: number): string {
  const words = parts.split(' · ')
  while (words.length > 0 && words.join(' · ').length > room) words.pop()
  return words.join(' · ')
}

/** What stands before the dot where all of it has no room. */
function headFor(title: string, width: number): string {
  return title.length * HEAD_CHARACTER <= width ? title : title.split(/ [·=] /)[0]
}

/** EPOLLIN|EPOLLOUT becomes IN|OUT where there is no room. */
function shortMask(mask: string, room: number): string {
  return mask.length <= room ? mask : fitted(mask.replaceAll('EPOLL', ''), room)
}

/** `READ · idle` */
function shortCell(cell: KnoteCell): string {
  return `${cell.filter.replace('EVFILT_', '')} · ${cell.state}`
}

/** Width in px of a knote with this text. */
function widthOf(content: string): number {
  return Math.ceil(content.length * SMALL * CHARACTER) + 14
}

function drawKnote(group: Group, cell: KnoteCell, x: number, width: number): void {
  const knote = group.append('g').attr('class', `knote ${cell.state}`).attr('transform', `translate(${x},25)`)
  knote.append('rect').attr('width', width).attr('height', 18).attr('rx', 3)
  const room = roomFor(width - 12, SMALL)
  const short = shortCell(cell)
  const forms = [`${cell.filter} · ${cell.state}`, short, short.replace(/(?<=^.)\w* · /, ' ')]
  knote
    .append('text')
    .attr('class', 'small')
    .attr('x', 7)
    .attr('y', 12.5)
    .text(forms.find(form => form.length <= room) ?? fitted(forms[2], room))
  knote.append('title').text(knoteText(cell))
}

function knoteText(cell: KnoteCell): string {
  const flags = [cell.flags, cell.fflags].filter(each => each !== '').join(', ')
  const told = `${counted(cell.activations, 'activation')}, ${counted(cell.deliveries, 'delivery', 'deliveries')}`
  return `${cell.filter} ${cell.state}${flags === '' ? '' : ` (${flags})`}, data ${cell.data}, ${told}`
}

function drawObject(group: Group, node: Extract<Node, { kind: 'object' }>): void {
  const { object } = node
  group.classed('gone', object.closed)
  const numbers = object.descriptors.length === 0 ? '' : `fd ${object.descriptors.join(', ')}`
  const room = roomFor(node.width - 24) - Math.ceil(numbers.length * 0.9)
  text(group, 10, node.height / 2 - 6, fittedPath(nameOf(object), room))
  if (numbers !== '') text(group, node.width - 10, node.height / 2 - 6, numbers, 'small').attr('text-anchor', 'end')
  text(group, 10, node.height / 2 + 11, fitted(objectState(object), roomFor(node.width - 20, SMALL)), 'small')
  group.append('title').text(`${object.type} ${numbers}: ${object.description}`)
}

/** `timerfd` for `anon_inode:[timerfd]`; other descriptions say what they are. */
function nameOf(object: EpollObject): string {
  const bare = object.description.replace(/^anon_inode:/, '').replace(/^\[(.*)\]$/, '$1')
  return bare === '' ? object.type : bare
}

export function objectState(object: EpollObject): string {
  if (object.closed) return 'closed'
  const parts: string[] = []
  const isCounter = object.type === 'timerfd' || object.type === 'eventfd'
  if (object.readable !== undefined) {
    if (isCounter) parts.push(object.readable === 0 ? 'not due' : counted(object.readable, 'expiration'))
    else parts.push(object.readable === 0 ? 'empty' : `${amount(object.readable)} bytes in`)
    if (object.type === 'eventfd') parts[0] = `counter ${amount(object.readable)}`
  }
  if (object.writable !== undefined && object.writable > 0 && !isCounter) parts.push(`room ${amount(object.writable)}`)
  if (object.note !== '' && !isCounter) parts.push(object.note)
  return parts.join(' · ') || 'nothing known of its state'
}

export function labelOf(node: Node, now: number): string {
  switch (node.kind) {
    case 'waiter': {
      const since = duration(Math.max(0, now - node.waiter.since))
      return `Thread ${node.waiter.tid} ${node.waiter.waiting ? `waits in epoll ${node.instance.fd}` : 'runs'} since ${since}`
    }
    case 'instance': {
      const { instance } = node
      const queue = instance.queue.map(entry => `${entry.fd} ${entry.label}`).join(', ')
      const told = `${counted(instance.activations, 'activation')}, ${counted(instance.deliveries, 'delivery', 'deliveries')}`
      return `${titleOf(node)}${instance.closed ? ', closed' : ''}: ${counted(node.interests, 'interest')}, queue ${queue || 'empty'}, ${told}`
    }
    case 'interest': {
      const { interest } = node
      const state = interest.gone
        ? 'gone'
        : interest.leftBehind
          ? 'a half left behind without an interest'
          : interest.events
      return `Descriptor ${interest.fd} of epoll ${node.instance.fd}: ${state}. ${interest.knotes.map(knoteText).join('; ')}`
    }
    case 'object':
      return `${node.object.type} ${node.object.descriptors.join(' ')}, ${node.object.description}: ${objectState(node.object)}`
    case 'more':
      return `${counted(node.count, 'idle interest')} more`
  }
}
