/** The view "Epoll / kqueue". */
import type { EpollPicture } from '@interlinear/emulator-core/events/queries.ts'
import { h, press, toggle } from '../shared/dom.ts'
import { counted } from '../shared/format.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import type { Selection } from '../shared/protocol.ts'
import { Strip } from '../shared/strip.ts'
import { Graph, isSelected, labelOf } from './graph.ts'
import { layoutOf, type Node } from './layout.ts'
import { showTable } from './table.ts'
import './epoll.css'

/** Marks of the strip that are drawn one by one. */
const MOST_MARKS = 300

class EpollView implements View {
  readonly name = 'Epoll and kqueue'
  readonly #page = new Page()
  readonly #graph = new Graph({ chosen: node => this.#choose(node) })
  readonly #scroller = h('div', { class: 'scroller' }, this.#graph.element)
  readonly #tableBox = h('div', { class: 'table', hidden: true })
  readonly #status = h('div', { class: 'status', role: 'status' })
  readonly #table = toggle('Table', 'The same as a table (T)', () => this.#asTable(this.#tableBox.hidden))
  readonly #count = h('span', { class: 'count' })
  readonly #strip = new Strip({
    moved: cursor => this.#page.setShared({ cursor }),
    step: step => void this.#step(step),
    window: () => this.#page.refresh(),
  })
  readonly body = h(
    'main',
    { class: 'view epoll' },
    this.#scroller,
    this.#tableBox,
    this.#status,
    this.#strip.element,
    legend(),
  )
  readonly tools = [this.#count, this.#table]
  #unfolded = new Set<number>()

  constructor() {
    if (this.#page.bridge.kept().table === true) this.#asTable(true)
    this.#page.start(this)
  }

  reset(): void {
    this.#unfolded = new Set()
    this.#status.textContent = ''
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const { cursor, selection } = page.shared
    const summary = await page.ask('summary', {})
    if (summary.epolls === 0) {
      page.partly(summary)
      return nothingYet(summary.calls, page.run?.state === 'ended')
    }
    const picture = await page.ask('epoll', { at: cursor })
    page.setTime(picture.time)
    const chosen = subject(selection)
    const window = this.#strip.window(summary.firstTime, summary.lastTime)
    const history = await page.ask('epoll-history', { ...chosen, ...window, most: MOST_MARKS })
    this.#strip.show({ ...history, label: nameOf(selection, picture) }, cursor, picture.time)
    const layout = layoutOf(picture, {
      width: this.#scroller.clientWidth,
      native: page.shared.native,
      unfolded: this.#unfolded,
      kept: (epoll, fd) => selection?.kind === 'interest' && selection.epoll === epoll && selection.fd === fd,
    })
    this.#graph.show(layout, selection, picture.time, cursor === 'live')
    if (!this.#tableBox.hidden) showTable(this.#tableBox, picture)
    const open = picture.instances.filter(each => !each.closed)
    this.#count.textContent = `${counted(open.length, 'instance')} · ${counted(
      open.reduce((sum, each) => sum + each.interests.filter(i => !i.gone).length, 0),
      'interest',
    )}`
    this.#tellSelected(layout.nodes, selection, picture.time)
    if (picture.instances.length === 0) {
      this.#status.textContent =
        'At this position there is no epoll instance yet. Move the cursor on, or return to live.'
    }
    page.announce(this.#count.textContent ?? '')
    page.partly(picture)
    return undefined
  }

  #tellSelected(nodes: readonly Node[], selection: Selection | undefined, now: number): void {
    const node = nodes.find(each => isSelected(each, selection))
    this.#status.textContent = node === undefined ? '' : labelOf(node, now)
  }

  #choose(node: Node): void {
    switch (node.kind) {
      case 'more':
        this.#unfolded.add(node.instance.id)
        this.#page.refresh()
        return
      case 'waiter':
        this.#page.select({ kind: 'thread', tid: node.waiter.tid })
        return
      case 'instance':
        this.#page.select({ kind: 'epoll', epoll: node.instance.id })
        return
      case 'interest':
        this.#page.select({ kind: 'interest', epoll: node.instance.id, fd: node.interest.fd })
        return
      case 'object':
        this.#page.select({ kind: 'object', object: node.object.id })
    }
  }

  async #step(step: -1 | 1): Promise<void> {
    const { cursor, selection } = this.#page.shared
    const next = await this.#page.ask('epoll-step', { ...subject(selection), at: cursor, step })
    if (next.event !== undefined) this.#page.setShared({ cursor: next.event })
    else if (step > 0) this.#page.goLive()
  }

  #asTable(shown: boolean): void {
    this.#tableBox.hidden = !shown
    this.#scroller.hidden = shown
    press(this.#table, shown)
    this.#page.bridge.keep({ table: shown })
    this.#page.refresh()
  }

  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey) return false
    switch (event.key) {
      case 't':
        this.#asTable(this.#tableBox.hidden)
        return true
      case '+':
        this.#strip.zoom(2)
        return true
      case '-':
        this.#strip.zoom(0.5)
        return true
      case '0':
        this.#strip.zoom(0)
        return true
      case 'n':
        void this.#step(1)
        return true
      case 'N':
        void this.#step(-1)
        return true
      default:
        return false
    }
  }
}

function subject(selection: Selection | undefined): { readonly epoll?: number; readonly fd?: number } {
  if (selection?.kind === 'epoll') return { epoll: selection.epoll }
  return selection?.kind === 'interest' ? { epoll: selection.epoll, fd: selection.fd } : {}
}

function nameOf(selection: Selection | undefined, picture: EpollPicture): string {
  if (selection?.kind === 'interest') return `fd ${selection.fd}`
  if (selection?.kind !== 'epoll') return 'all'
  const fd = picture.instances.find(each => each.id === selection.epoll)?.fd
  return fd === undefined ? 'all' : `epoll ${fd}`
}

function legend(): HTMLElement {
  const item = (name: string, text: string) => h('span', { class: `key ${name}` }, text)
  return h(
    'div',
    { class: 'legend', 'aria-label': 'Legend' },
    item('activate', 'activated'),
    item('deliver', 'delivered'),
    item('change', 'changed'),
    item('sleep', 'waits'),
    h('span', { class: 'hint' }, 'drag the cursor to go back in time, in all views · N next change · L live'),
  )
}

function nothingYet(calls: number, isOver: boolean): Empty {
  return {
    title: isOver ? 'This run made no epoll instance' : 'No epoll instance so far',
    text: isOver
      ? `${counted(calls, 'call')}, none of them epoll_create. A program that waits for events with epoll is drawn here, for example epoll-echo.`
      : `${counted(calls, 'call')} until now. As soon as the program calls epoll_create, its graph is drawn here.`,
  }
}

new EpollView()
