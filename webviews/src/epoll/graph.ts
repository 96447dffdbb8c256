/** Draws what is in sight of the graph, and goes about in it by pointer and keyboard. */
import type { EpollInstance, Interest } from '@interlinear/emulator-core/events/queries.ts'
import { linkHorizontal, select } from 'd3'
import { Tip } from '../shared/tip.ts'
import { drawNode, type Group, headFor, signature } from './cards.ts'
import { cellAt, cellsPath, placeOf } from './field.ts'
import { settled } from './layout.ts'
import { arrowTarget } from './neighbours.ts'
import { activationsOf, type Column, type Edge, interestNode, type Layout, type Node, type NodeOf } from './nodes.ts'
import { Pulses } from './pulses.ts'
import { Sight } from './sight.ts'
import { interestLabel, interestTip, labelOf, tipOf } from './texts.ts'
import './graph.css'

export interface GraphHost {
  chosen(node: Node, opened: boolean): void
  interestChosen(instance: EpollInstance, interest: Interest, opened: boolean): void
  badgeChosen(node: Node): void
  unfold(instance: EpollInstance): void
  /** Another part is in sight, or at another size: a layout for it is wanted. */
  moved(): void
  said(text: string): void
}

/** How it is drawn besides the layout. */
export interface Look {
  /** The event that is shown, and its time. */
  readonly position: number
  readonly now: number
  /** What happened since the last time is shown by motion. */
  readonly beats: boolean
  readonly selected: (node: Node) => boolean
  /** What the selected call touched, and what is found by the search. */
  readonly touched: (node: Node) => boolean
  readonly found: (node: Node) => boolean
}

const NOTHING: Look = {
  position: -1,
  now: 0,
  beats: false,
  selected: () => false,
  touched: () => false,
  found: () => false,
}
/** Drawn above and below what is in sight, so that scrolling shows no gaps. */
const MARGIN = 240
/** Below these sizes small text, then all text, is only grey. */
const FAR = 0.62
const FARTHEST = 0.38

const curve = linkHorizontal<Edge, [number, number]>()
  .source(edge => [edge.x1, edge.y1])
  .target(edge => [edge.x2, edge.y2])

export class Graph {
  readonly #svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  readonly #tip = new Tip()
  readonly #sight = new Sight({
    isGround: target => this.#nodeOf(target) === undefined,
    scrolled: () => this.#scrolled(),
    turned: () => this.#tip.hide(),
    zoomed: zoom => this.#resize(zoom),
    moved: () => this.#host.moved(),
  })
  readonly element = this.#sight.element
  readonly #host: GraphHost
  readonly #pulses: Pulses
  #layout: Layout = { width: 0, height: 0, columns: [], nodes: [], edges: [] }
  #look: Look = NOTHING
  #focused: string | undefined
  #cell = 0
  #beats = new Map<string, number>()
  readonly #drawn = new WeakMap<Element, string>()

  constructor(host: GraphHost) {
    this.#host = host
    const svg = this.#svg
    svg.setAttribute('role', 'group')
    svg.setAttribute('aria-label', 'Graph of epoll instances: arrow keys go from thing to thing, Enter opens')
    const root = select(svg)
    for (const name of ['heads', 'edges', 'nodes', 'pulses']) root.append('g').attr('class', name)
    this.#pulses = new Pulses(svg.querySelector<SVGGElement>('.pulses') ?? svg)
    this.element.append(svg, this.#tip.element)
    svg.addEventListener('keydown', event => this.#key(event))
    svg.addEventListener('focusin', event => this.#say(this.#nodeOf(event.target)))
    this.element.addEventListener('pointermove', event => this.#hover(event))
    this.element.addEventListener('pointerleave', () => this.#tip.hide())
    svg.addEventListener('click', event => this.#press(event, false))
    svg.addEventListener('dblclick', event => this.#press(event, true))
  }

  get layout(): Layout {
    return this.#layout
  }

  /** The width there is for a layout, and the upper end of what is in sight, in the picture's own measure. */
  get width(): number {
    return this.#sight.width
  }

  get top(): number {
    return this.#sight.top
  }

  show(layout: Layout, look: Look): void {
    const isNews = look.position !== this.#look.position
    this.#layout = layout
    this.#look = look
    this.#drawInSight()
    if (isNews) this.#beat()
  }

  #scrolled(): void {
    this.#layout = settled(this.#layout, this.top)
    this.#drawInSight()
  }

  #drawInSight(): void {
    const { top, height } = this.#sight
    this.#draw(top - MARGIN, top + height + MARGIN)
  }

  #resize(zoom: number): void {
    const { width, height } = this.#layout
    put(this.#svg, { width: width * zoom, height: height * zoom })
  }

  /** Everything, not only what is in sight, as one element for export. */
  whole(): SVGSVGElement {
    this.#draw(0, this.#layout.height)
    return this.#svg
  }

  #draw(from: number, to: number): void {
    const layout = this.#layout
    const { width, height } = layout
    const { zoom } = this.#sight
    this.#resize(zoom)
    put(this.#svg, {
      viewBox: `0 0 ${width} ${height}`,
      'data-far': zoom < FARTHEST ? 'all' : zoom < FAR ? 'small' : 'no',
    })
    const root = select(this.#svg)
    root
      .select<SVGGElement>('.heads')
      .selectAll<SVGTextElement, Column>('text')
      .data(layout.columns)
      .join('text')
      .each((column, i, elements) => {
        const element = elements[i]
        put(element, { class: 'head', x: column.x, y: 20 })
        const title = headFor(column.title, column.width)
        if (element.textContent !== title) element.textContent = title
      })
    root
      .select<SVGGElement>('.edges')
      .selectAll<SVGPathElement, Edge>('path')
      .data(
        layout.edges.filter(edge => Math.max(edge.y1, edge.y2) > from && Math.min(edge.y1, edge.y2) < to),
        edge => edge.key,
      )
      .join('path')
      .each((edge, i, elements) => put(elements[i], { class: `edge ${edge.kind} ${edge.state}`, d: curve(edge) ?? '' }))
    this.#nodes(from, to)
  }

  #nodes(from: number, to: number): void {
    const { now, selected, touched, found } = this.#look
    const seen = this.#layout.nodes.filter(each => each.y + each.height > from && each.y < to)
    const focusable = seen.some(node => node.key === this.#focused) ? this.#focused : seen[0]?.key
    const drawing = { now, sight: { from, to } }
    select(this.#svg)
      .select<SVGGElement>('.nodes')
      .selectAll<SVGGElement, Node>('g.node')
      .data(
        seen.sort((a, b) => a.column - b.column || a.y - b.y),
        node => node.key,
      )
      .join(enter => enter.append('g').attr('role', 'button'))
      .order()
      .each((node, i, elements) => {
        const element = elements[i]
        put(element, {
          class: `node ${classesOf(node)}${touched(node) ? ' touched' : ''}${found(node) ? ' found' : ''}`,
          transform: `translate(${node.x},${node.y})`,
          'data-key': node.key,
          tabindex: node.key === focusable ? 0 : -1,
          'aria-pressed': String(selected(node)),
          'aria-label': labelOf(node, now),
        })
        const sign = signature(node, drawing)
        if (this.#drawn.get(element) === sign) return
        this.#drawn.set(element, sign)
        drawNode(select(element) as unknown as Group, node, drawing)
      })
  }

  /** Lets run along the edges what happened since the last time. */
  #beat(): void {
    const before = this.#beats
    const now = new Map<string, number>()
    const risen: Edge[] = []
    const rose = (key: string, beat: number) => {
      now.set(key, beat)
      const last = before.get(key)
      return this.#look.beats && last !== undefined && beat > last
    }
    for (const edge of this.#layout.edges) if (rose(edge.key, edge.beat)) risen.push(edge)
    for (const node of this.#layout.nodes) {
      if (node.kind !== 'field') continue
      const lit = node.cells.flatMap((each, i) =>
        rose(`${node.key} ${interestNode(node.instance.id, each)}`, activationsOf(each)) ? [i] : [],
      )
      const group = lit.length === 0 ? undefined : this.#elementOf(node.key)
      if (group !== undefined) this.#pulses.flash(group, cellsPath(node, lit))
    }
    this.#beats = now
    this.#pulses.start(risen)
  }

  // ---- pointer ----

  #nodeOf(target: EventTarget | null): Node | undefined {
    const key = target instanceof Element ? target.closest<SVGGElement>('g.node')?.dataset.key : undefined
    return key === undefined ? undefined : this.#layout.nodes.find(each => each.key === key)
  }

  #elementOf(key: string): SVGGElement | undefined {
    for (const element of this.#svg.querySelectorAll<SVGGElement>('g.node'))
      if (element.dataset.key === key) return element
    return undefined
  }

  /** The cell of a field at a place of the window. */
  #cellAt(field: NodeOf<'field'>, event: MouseEvent): number | undefined {
    const { left, top } = this.#svg.getBoundingClientRect()
    const { zoom } = this.#sight
    return cellAt(field, (event.clientX - left) / zoom - field.x, (event.clientY - top) / zoom - field.y)
  }

  #press(event: MouseEvent, opened: boolean): void {
    const node = this.#nodeOf(event.target)
    if (node === undefined) return
    this.#focused = node.key
    const isOn = (name: string) => event.target instanceof Element && event.target.classList.contains(name)
    if (isOn('badge')) this.#host.badgeChosen(node)
    else if (node.kind !== 'field') this.#host.chosen(node, opened)
    else if (isOn('unfold')) this.#host.unfold(node.instance)
    else {
      const i = this.#cellAt(node, event)
      if (i !== undefined) this.#host.interestChosen(node.instance, node.cells[i], opened)
    }
  }

  #hover(event: PointerEvent): void {
    const node = event.buttons === 0 ? this.#nodeOf(event.target) : undefined
    const cell = node?.kind === 'field' ? this.#cellAt(node, event) : undefined
    if (node === undefined || (node.kind === 'field' && cell === undefined)) this.#tip.hide()
    else {
      const lines =
        node.kind === 'field' && cell !== undefined
          ? interestTip(node.cells[cell], node.instance)
          : tipOf(node, this.#look.now)
      this.#tip.show(lines, event.clientX, event.clientY)
    }
  }

  /** 1 in, -1 out, 0 to the natural size. */
  zoomBy(step: -1 | 0 | 1): void {
    this.#sight.zoomBy(step)
  }

  // ---- keyboard ----

  #key(event: KeyboardEvent): void {
    const node = this.#nodeOf(event.target)
    if (node === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    if (node.kind === 'field' && this.#cellKey(node, event.key)) {
      event.preventDefault()
      event.stopPropagation()
      return
    }
    if (event.key === 'Enter' || event.key === ' ') this.#host.chosen(node, event.key === 'Enter')
    else {
      const next = arrowTarget(this.#layout, node, event.key)
      if (next === undefined) return
      this.focus(next.key)
    }
    event.preventDefault()
    event.stopPropagation()
  }

  /** Within a field the arrows go from cell to cell, and at its ends out of it. */
  #cellKey(field: NodeOf<'field'>, key: string): boolean {
    const { columns, cells } = field
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
    }
    const at = Math.min(this.#cell, cells.length - 1)
    if (key === 'Enter' || key === ' ') {
      this.#host.interestChosen(field.instance, cells[at], key === 'Enter')
      return true
    }
    const to = at + (steps[key] ?? 0)
    if (to === at || to < 0 || to >= cells.length || (key === 'ArrowLeft' && at % columns === 0)) return false
    this.#cell = to
    this.#sight.reveal(placeOf(field, to))
    this.#host.said(interestLabel(cells[to], field.instance))
    const group = this.#elementOf(field.key)
    if (group !== undefined) {
      group.querySelector('.cell.cursor')?.remove()
      select(group)
        .append('path')
        .attr('class', 'cell cursor')
        .attr('d', cellsPath(field, [to]))
    }
    return true
  }

  #say(node: Node | undefined): void {
    if (node !== undefined) this.#host.said(labelOf(node, this.#look.now))
  }

  focus(key: string): void {
    this.#focused = key
    this.reveal(key)
    this.#drawInSight()
    this.#elementOf(key)?.focus({ preventScroll: true })
  }

  /** Brings a node into sight. */
  reveal(key: string): void {
    const node = this.#layout.nodes.find(each => each.key === key)
    if (node === undefined) return
    const { x, y, width, height } = node
    this.#sight.reveal({ x, y, width, height: Math.min(height, 120) })
  }
}

/** Only what differs is set: each change costs a layout of the picture. */
function put(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value)
    if (element.getAttribute(name) !== text) element.setAttribute(name, text)
  }
}

function classesOf(node: Node): string {
  switch (node.kind) {
    case 'waiter':
      return node.waiter.waiting ? 'waiter waiting' : 'waiter'
    case 'holder':
      return node.lost === undefined ? 'holder' : 'holder lost'
    case 'instance':
      return `instance${node.instance.closed ? ' gone' : ''}${node.instance.badges.length > 0 ? ' diverges' : ''}${node.instance.differs === '' ? '' : ' differs'}`
    case 'interest': {
      const { gone, leftBehind, numberClosed, differs } = node.interest
      return `interest${gone ? ' gone' : ''}${leftBehind || numberClosed ? ' odd' : ''}${differs === '' ? '' : ' differs'}`
    }
    case 'object':
      return node.object.closed ? 'object gone' : 'object'
    default:
      return node.kind
  }
}
