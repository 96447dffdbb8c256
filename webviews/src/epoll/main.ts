/** The view "Epoll / kqueue". */
import type {
  CallLink,
  EpollInstance,
  EpollPicture,
  Interest,
  Summary,
  Thing,
} from '@interlinear/emulator-core/events/queries.ts'
import { wholePicture } from '@interlinear/emulator-core/events/reducers/epoll-changes.ts'
import { h, isFindKey, isPressed, press, toggle } from '../shared/dom.ts'
import { FoldedLegend } from '../shared/folded-legend.ts'
import { count, counted, lookedThrough } from '../shared/format.ts'
import { nothingYet } from '../shared/nothing-yet.ts'
import { type Empty, Page, type View } from '../shared/page.ts'
import type { Selection, SharedState } from '../shared/protocol.ts'
import { SearchBox } from '../shared/search-box.ts'
import { Strip } from '../shared/strip.ts'
import { translationOf } from '../shared/translation.ts'
import { FOLD_FROM, neighbourhood } from './content.ts'
import { Dock } from './dock.ts'
import { svgFile } from './export.ts'
import { Graph } from './graph.ts'
import { layoutOf } from './layout.ts'
import { legend } from './legend.ts'
import { ALL_CLOSED, EPOLL_WANTED, HINT, NOT_YET_HERE, touchedText } from './messages.ts'
import { interestNode, type Node } from './nodes.ts'
import { type Found, findAll, matcher } from './search.ts'
import { centreOf, isSelected, selectionOf, subjectName, subjectOf } from './selection.ts'
import { showTable } from './table.ts'
import { badgesOf, labelOf, programOf } from './texts.ts'
import './epoll.css'

/** Marks of the strip that are drawn one by one. */
const MOST_MARKS = 300
/** px: in a narrower page the legend is folded until somebody asks for it. */
const ROOM_FOR_LEGEND = 900
/** Calls that are told of the selected thing. */
const MOST_CALLS = 8

class EpollView implements View {
  readonly name = 'Epoll and kqueue'
  readonly #page = new Page()
  readonly #graph: Graph = new Graph({
    chosen: (node, opened) => this.#choose(node, opened),
    interestChosen: ({ id }, { fd }, opened) => this.#select({ kind: 'interest', epoll: id, fd }, opened),
    badgeChosen: node => this.#openBadge(node),
    unfold: instance => this.#fold(instance.id),
    moved: () => this.#renderSoon(),
    said: text => this.#dock.say(text),
  })
  readonly #tableBox = h('div', { class: 'table', hidden: true, tabindex: 0 })
  readonly #dock = new Dock({
    call: link => this.#goToCall(link, 'calls'),
    timeline: link => this.#goToCall(link, 'timeline'),
    translation: ({ name }) => this.#page.go({ translation: translationOf(name, this.#summary) }),
    divergence: id => this.#page.go({ divergence: id }),
  })
  readonly #search: SearchBox = new SearchBox(
    {
      changed: () => this.#find(),
      step: step => this.#nextFound(step),
      left: () => this.#graph.focus(this.#graph.layout.nodes[0]?.key ?? ''),
    },
    { label: 'Find in the graph', title: 'Words, or fd:7 pid:1203 type:socket is:queued is:odd' },
  )
  readonly #only = toggle('Only found', 'Show only what is found', () => this.#toggle(this.#only))
  readonly #around = toggle('Around', 'Show only the selected thing and what is connected with it (A)', () =>
    this.#toggle(this.#around),
  )
  readonly #onLinux = toggle(
    'What Linux would show',
    "The same calls with Linux's own epoll: what is ready there, and where the kqueue differs (X)",
    () => this.#toggleSystem(),
  )
  readonly #process = h('select', {
    'aria-label': 'Process',
    title: 'Show the epoll instances of one process only',
    hidden: true,
    onchange: () => this.#render(),
  })
  readonly #table = toggle('Table', 'The same as a table (T)', () => this.#asTable(this.#tableBox.hidden))
  readonly #save = h(
    'button',
    { type: 'button', title: 'Save the graph as an SVG file', onclick: () => this.#export() },
    'SVG',
  )
  readonly #count = h('span', { class: 'count' })
  readonly #strip = new Strip({
    moved: cursor => this.#page.setShared({ cursor }),
    step: step => void this.#step(step),
    window: () => this.#page.refresh(),
  })
  readonly #legend = new FoldedLegend(legend(), this.#page.bridge, window.innerWidth >= ROOM_FOR_LEGEND)
  readonly body = h(
    'main',
    { class: 'view epoll' },
    this.#graph.element,
    this.#tableBox,
    this.#dock.element,
    this.#strip.element,
    this.#legend.element,
  )
  readonly tools = [
    this.#count,
    this.#search.element,
    this.#only,
    this.#process,
    this.#around,
    this.#onLinux,
    this.#table,
    this.#save,
    this.#legend.button,
  ]
  #unfolded = new Set<number>()
  #folded = new Set<number>()
  #picture: EpollPicture | undefined
  /** Of that picture, as the other side counts them. */
  #number: number | undefined
  #summary: Summary | undefined
  #touched: readonly Thing[] = []
  #calls: readonly CallLink[] = []
  #found: readonly Found[] = []
  #foundAt = -1
  #rendering = 0
  /** A selection that came from elsewhere and is still to be brought into sight. */
  #reveals = false

  constructor() {
    const kept = this.#page.bridge.kept()
    this.#only.hidden = true
    this.#onLinux.hidden = true
    if (kept.table === true) this.#asTable(true)
    this.#page.start(this)
  }

  reset(): void {
    this.#unfolded = new Set()
    this.#folded = new Set()
    this.#picture = undefined
    this.#number = undefined
    this.#touched = []
    this.#calls = []
    this.#dock.show({ text: '', badges: [], calls: [] })
  }

  async refresh(): Promise<Empty | undefined> {
    const page = this.#page
    const { cursor, selection } = page.shared
    const base = this.#number
    const [summary, changes, things] = await Promise.all([
      page.ask('summary', {}),
      page.ask('epoll-changes', { at: cursor, base, system: isPressed(this.#onLinux) ? 'linux' : 'netbsd' }),
      selection?.kind === 'call' ? page.ask('call-things', { event: selection.event }) : undefined,
    ])
    this.#summary = summary
    if (summary.epolls === 0) {
      page.partly(summary)
      return nothingYet(EPOLL_WANTED, summary.calls, page.run?.state, page.ways)
    }
    const picture = wholePicture(changes, this.#picture)
    this.#picture = picture
    this.#number = picture === undefined ? undefined : changes.number
    if (picture === undefined) {
      page.partly({ events: 1, indexed: 0 })
      return undefined
    }
    this.#touched = things?.things ?? []
    page.setTime(picture.time)
    const subject = subjectOf(selection, picture)
    const window = this.#strip.window(summary.firstTime, summary.lastTime)
    const [history, links] = await Promise.all([
      page.ask('epoll-history', { ...subject, ...window, most: MOST_MARKS }),
      subject === undefined ? undefined : page.ask('thing-calls', { ...subject, at: cursor, most: MOST_CALLS }),
    ])
    this.#calls = links?.calls ?? []
    const marks = history.marks.map(({ time: at, ...mark }) => ({ ...mark, at }))
    const { firstTime: first, lastTime: last, slices } = history
    const label = subjectName(subject, picture)
    this.#strip.show({ label, axis: 'time', first, last, marks, slices }, cursor, picture.time)
    this.#showProcesses(picture)
    this.#onLinux.hidden = !picture.hasShadow && !isPressed(this.#onLinux)
    this.#render()
    const open = picture.instances.filter(each => !each.closed)
    const interests = open.reduce((sum, each) => sum + each.interests.filter(i => !i.gone).length, 0)
    const closed = open.length === 0 ? ` · ${count(picture.instances.length)} closed` : ''
    this.#count.textContent = `${counted(open.length, 'instance')} · ${counted(interests, 'interest')}${closed}`
    page.announce(this.#count.textContent)
    this.#count.textContent += lookedThrough(picture)
    page.partly(picture)
    return undefined
  }

  // ---- what is shown of what is known ----

  #renderSoon(): void {
    if (this.#rendering !== 0) return
    this.#rendering = requestAnimationFrame(() => this.#render())
  }

  #render(): void {
    cancelAnimationFrame(this.#rendering)
    this.#rendering = 0
    const picture = this.#picture
    if (picture === undefined) return
    const { cursor, selection, native } = this.#page.shared
    const matches = matcher(this.#search.value, picture.objects)
    this.#found = matches === undefined ? [] : findAll(picture, matches)
    this.#only.hidden = matches === undefined
    this.#search.found(matches === undefined ? '' : this.#foundText())
    const shown = this.#shown(picture, matches)
    const found = new Set(this.#found.map(keyOf))
    const touched = new Set(this.#touched.map(({ epoll, fd }) => `${epoll}:${fd ?? ''}`))
    const isTouched = (epoll: number, fd: number | undefined) => touched.has(`${epoll}:${fd ?? ''}`)
    const isChosen = (epoll: number, { fd }: Interest) =>
      (selection?.kind === 'interest' || selection?.kind === 'knote') &&
      selection.epoll === epoll &&
      selection.fd === fd
    const layout = layoutOf(picture, {
      width: this.#graph.width,
      top: this.#graph.top,
      native,
      unfolded: this.#unfolded,
      folded: this.#folded,
      kept: (epoll, interest) =>
        isChosen(epoll, interest) || isTouched(epoll, interest.fd) || found.has(interestNode(epoll, interest)),
      shown,
    })
    this.#graph.show(layout, {
      position: picture.event,
      now: picture.time,
      beats: cursor === 'live',
      selected: node => isSelected(node, selection),
      touched: node =>
        (node.kind === 'instance' && isTouched(node.instance.id, undefined)) ||
        (node.kind === 'interest' && isTouched(node.instance.id, node.interest.fd)),
      found: node => found.has(node.key),
    })
    if (!this.#tableBox.hidden) showTable(this.#tableBox, picture, shown)
    this.#tell(layout.nodes, picture)
  }

  #shown(picture: EpollPicture, matches: ReturnType<typeof matcher>) {
    const tests: ((instance: EpollInstance, interest: Interest | undefined) => boolean)[] = []
    const pid = Number(this.#process.value)
    if (!this.#process.hidden && pid !== 0) tests.push(instance => instance.pid === pid)
    if (isPressed(this.#only) && matches !== undefined) tests.push(matches)
    if (isPressed(this.#around)) {
      const centre = centreOf(this.#page.shared.selection, this.#touched, picture)
      if (!centre.isEmpty) tests.push(neighbourhood(picture, centre))
    }
    return (instance: EpollInstance, interest: Interest | undefined) => tests.every(test => test(instance, interest))
  }

  #tell(nodes: readonly Node[], picture: EpollPicture): void {
    const { selection } = this.#page.shared
    const node = nodes.find(each => isSelected(each, selection))
    let text = node === undefined ? HINT : labelOf(node, picture.time)
    if (picture.instances.length === 0) text = NOT_YET_HERE
    else if (nodes.length === 0)
      text = 'Nothing is let through by the filter: see "Only found", "Around" and the process.'
    else if (selection === undefined && picture.instances.every(each => each.closed)) text = ALL_CLOSED
    else if (selection?.kind === 'call') text = touchedText(this.#touched, picture)
    this.#dock.show({
      text,
      badges: node === undefined ? [] : badgesOf(node),
      calls: selection === undefined ? [] : this.#calls,
    })
    if (!this.#reveals) return
    this.#reveals = false
    const first = node ?? nodes.find(each => this.#isTouched(each))
    if (first !== undefined) this.#graph.reveal(first.key)
  }

  #isTouched(node: Node): boolean {
    return this.#touched.some(({ epoll, fd }) =>
      fd === undefined
        ? node.kind === 'instance' && node.instance.id === epoll
        : node.kind === 'interest' && node.instance.id === epoll && node.interest.fd === fd,
    )
  }

  #showProcesses({ instances }: EpollPicture): void {
    const programs = new Map(instances.filter(each => !each.closed).map(each => [each.pid, each.program]))
    const key = [...programs].join()
    if (this.#process.dataset.shown === key) return
    this.#process.dataset.shown = key
    const before = this.#process.value
    const options = [...programs].map(([pid, program]) => h('option', { value: pid }, `${pid} ${programOf(program)}`))
    this.#process.replaceChildren(h('option', { value: 0 }, 'all processes'), ...options)
    this.#process.value = programs.has(Number(before)) ? before : '0'
    this.#process.hidden = programs.size < 2
  }

  sharedChanged(before: SharedState): void {
    if (before.selection !== this.#page.shared.selection) this.#reveals = true
  }

  // ---- what is chosen ----

  #choose(node: Node, opened: boolean): void {
    const selection = selectionOf(node)
    if (selection !== undefined) this.#select(selection, opened)
  }

  /** Opened: the call that did the last thing to it is gone to. */
  #select(selection: Selection, opened: boolean): void {
    this.#page.select(selection)
    this.#reveals = false
    if (opened) void this.#openLast(selection)
  }

  async #openLast(selection: Selection): Promise<void> {
    const subject = this.#picture === undefined ? undefined : subjectOf(selection, this.#picture)
    if (subject === undefined) return
    const { calls } = await this.#page.ask('thing-calls', { ...subject, at: this.#page.shared.cursor, most: 1 })
    const last = calls[calls.length - 1]
    if (last !== undefined) this.#goToCall(last, 'calls')
  }

  #goToCall({ event, last }: CallLink, view: 'calls' | 'timeline'): void {
    this.#page.go({ view }, { kind: 'call', event }, last ?? event)
  }

  #openBadge(node: Node): void {
    this.#choose(node, false)
    const last = badgesOf(node).at(-1)
    if (last !== undefined) this.#page.go({ divergence: last.id }, selectionOf(node))
  }

  #fold(epoll: number): void {
    const isMany = this.#picture?.instances.some(({ id, interests }) => id === epoll && interests.length > FOLD_FROM)
    const set = isMany === true ? this.#unfolded : this.#folded
    if (!set.delete(epoll)) set.add(epoll)
    this.#render()
  }

  #find(): void {
    this.#foundAt = -1
    this.#render()
  }

  #foundText(): string {
    const many = count(this.#found.length)
    return this.#foundAt >= 0 ? `${count(this.#foundAt + 1)} of ${many}` : `${many} found`
  }

  #nextFound(step: -1 | 1): void {
    const { length } = this.#found
    if (length === 0) return
    this.#foundAt = (this.#foundAt + step + length) % length
    const { instance, interest } = this.#found[this.#foundAt]
    const selection: Selection =
      interest === undefined
        ? { kind: 'epoll', epoll: instance.id }
        : { kind: 'interest', epoll: instance.id, fd: interest.fd }
    this.#page.select(selection)
    this.#reveals = true
  }

  #toggle(button: HTMLElement): void {
    press(button, !isPressed(button))
    this.#render()
  }

  #toggleSystem(): void {
    press(this.#onLinux, !isPressed(this.#onLinux))
    this.#page.refresh()
  }

  async #step(step: -1 | 1): Promise<void> {
    const { cursor, selection } = this.#page.shared
    const subject = this.#picture === undefined ? undefined : subjectOf(selection, this.#picture)
    const next = await this.#page.ask('epoll-step', { ...subject, at: cursor, step })
    if (next.event !== undefined) this.#page.setShared({ cursor: next.event })
    else if (step > 0) this.#page.goLive()
  }

  #asTable(shown: boolean): void {
    this.#tableBox.hidden = !shown
    this.#graph.element.hidden = shown
    press(this.#table, shown)
    this.#page.bridge.keep({ table: shown })
    this.#page.refresh()
  }

  #export(): void {
    if (this.#picture === undefined) return
    const program = programOf(this.#summary?.program ?? 'program')
    const file = svgFile(this.#graph.whole(), `Epoll graph of ${program} at event ${this.#picture.event}`)
    this.#page.bridge.save(`${program}-epoll-${this.#picture.event}.svg`, file)
    this.#render()
  }

  key(event: KeyboardEvent): boolean {
    if (isFindKey(event)) {
      this.#search.focus()
      return true
    }
    if (event.ctrlKey || event.metaKey) return false
    const zooms = this.#strip.element.contains(document.activeElement)
      ? (step: -1 | 0 | 1) => this.#strip.zoom(2 ** step * Math.abs(step))
      : (step: -1 | 0 | 1) => this.#graph.zoomBy(step)
    const keys: Readonly<Record<string, () => void>> = {
      t: () => this.#asTable(this.#tableBox.hidden),
      a: () => this.#toggle(this.#around),
      x: () => this.#onLinux.hidden || this.#toggleSystem(),
      n: () => void this.#step(1),
      N: () => void this.#step(-1),
      f: () => this.#foldSelected(),
      '+': () => zooms(1),
      '=': () => zooms(1),
      '-': () => zooms(-1),
      '0': () => zooms(0),
    }
    keys[event.key]?.()
    return Object.hasOwn(keys, event.key)
  }

  #foldSelected(): void {
    const subject = this.#picture === undefined ? undefined : subjectOf(this.#page.shared.selection, this.#picture)
    if (subject !== undefined) this.#fold(subject.epoll)
  }
}

const keyOf = ({ instance, interest }: Found): string =>
  interest === undefined ? `epoll:${instance.id}` : interestNode(instance.id, interest)

new EpollView()
