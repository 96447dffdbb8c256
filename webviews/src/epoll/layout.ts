/** Where everything of the graph lies: four columns, from who waits (left) to what is watched (right). Nothing moves when something is added below. */
import type { EpollObject, EpollPicture, Interest } from '@interlinear/emulator-core/events/queries.ts'
import { contentOf, type Group, type Part, type Wanted } from './content.ts'
import { fieldHeight, fieldOf, placeOf } from './field.ts'
import {
  activationsOf,
  type Edge,
  type EdgeState,
  interestNode,
  isHot,
  type Layout,
  type Node,
  type NodeOf,
} from './nodes.ts'

export interface LayoutOptions extends Wanted {
  readonly width: number
  readonly native: boolean
  /** The part of the height that is in sight: what belongs to all of a high instance stays in it. */
  readonly top: number
}

const TOP = 34
const SIDE = 14
/** Widths of the four columns and of the gaps between them: where there is little room, and where there is enough; more goes to the interests. */
const NARROW = { waiter: 94, instance: 156, interest: 188, object: 118, gap: 14 }
const WIDE: typeof NARROW = { waiter: 128, instance: 196, interest: 270, object: 184, gap: 44 }
const WIDEST_GAP = 70
/** Beyond that lines would only be longer. */
const WIDEST = 1500
export const QUEUE_TOP = 86
export const QUEUE_STEP = 20
/** Entries of a queue that are drawn. */
export const QUEUE_SHOWN = 6
const BELOW_QUEUE = 26
const BETWEEN = 26
const INDENT = 14
const WAITER = { height: 52, step: 60 }
const HOLDERS_SHOWN = 4
const BAND = 26

type Widths = typeof NARROW

export function layoutOf(picture: Pick<EpollPicture, 'instances' | 'objects'>, options: LayoutOptions): Layout {
  const width = Math.max(sum(NARROW), Math.min(WIDEST, options.width))
  const groups = contentOf(picture, options)
  const placing = new Placing(picture, options, width)
  for (const group of groups) placing.group(group, groups.length > 1)
  return settled(placing.end(), options.top)
}

/** The same with another part in sight: what belongs to all of a high instance stays in it. */
export function settled(layout: Layout, top: number): Layout {
  const moves = new Map<number, number>()
  for (const node of layout.nodes) {
    if (node.kind !== 'instance' || node.slack === 0) continue
    const move = Math.max(0, Math.min(node.slack, top + 4 - node.y)) - node.offset
    if (move !== 0) moves.set(node.instance.id, move)
  }
  if (moves.size === 0) return layout
  const nodes = layout.nodes.map(node => {
    const move = 'instance' in node ? moves.get(node.instance.id) : undefined
    if (move === undefined) return node
    if (node.kind === 'instance') return { ...node, offset: node.offset + move }
    return node.kind === 'waiter' || node.kind === 'holder' ? { ...node, y: node.y + move } : node
  })
  const edges = layout.edges.map(edge => {
    const move = edge.follows === undefined ? undefined : moves.get(edge.follows)
    if (move === undefined) return edge
    // Of an interest's edge only the end in the queue moves.
    return { ...edge, y1: edge.kind === 'interest' ? edge.y1 : edge.y1 + move, y2: edge.y2 + move }
  })
  return { ...layout, nodes, edges }
}

class Placing {
  readonly #options: LayoutOptions
  readonly #width: number
  readonly #widths: Widths
  readonly #xs: readonly [number, number, number, number]
  readonly #row: number
  readonly #objects: ReadonlyMap<number, EpollObject>
  readonly #nodes: Node[] = []
  readonly #edges: Edge[] = []
  readonly #places = new Map<number, NodeOf<'object'>>()
  /** Nested instances: drawn when all have their places. */
  readonly #nested: { interest: NodeOf<'interest'>; epoll: number }[] = []
  readonly #epolls: ReadonlySet<number>
  #y = TOP

  constructor(picture: Pick<EpollPicture, 'instances' | 'objects'>, options: LayoutOptions, width: number) {
    this.#options = options
    this.#width = width
    const widths = widthsFor(width)
    this.#widths = widths
    const instance = SIDE + widths.waiter + widths.gap
    this.#xs = [SIDE, instance, instance + widths.instance + widths.gap, width - SIDE - widths.object]
    this.#row = options.native ? 50 : 40
    this.#objects = new Map(picture.objects.map(each => [each.id, each]))
    this.#epolls = new Set(picture.instances.filter(each => !each.closed).map(each => each.id))
  }

  end(): Layout {
    for (const { interest, epoll } of this.#nested) this.#nestedEdge(interest, epoll)
    const { native } = this.#options
    const columns = [
      { title: 'Who waits', width: this.#widths.waiter },
      { title: native ? 'Epoll instance = kqueue' : 'Epoll instance', width: this.#widths.instance },
      { title: native ? 'Interest · its knotes under it' : 'Interest', width: this.#widths.interest },
      { title: 'Object', width: this.#widths.object },
    ].map((column, i) => ({ ...column, x: this.#xs[i] }))
    return { width: this.#width, height: this.#y, columns, nodes: this.#nodes, edges: this.#edges }
  }

  group({ pid, program, parts }: Group, isNamed: boolean): void {
    if (isNamed) {
      const place = { x: SIDE, y: this.#y, width: this.#width - 2 * SIDE, height: BAND - 6 }
      this.#nodes.push({
        kind: 'process',
        key: `process:${pid}`,
        column: 0,
        ...place,
        pid,
        program,
        instances: parts.length,
      })
      this.#y += BAND
    }
    for (const part of parts) this.#part(part)
  }

  #part(part: Part): void {
    const { instance, depth, cards, field, interests, folded } = part
    const step = this.#row + 8
    const fieldNode = field.length === 0 ? undefined : this.#field(part)
    const holders = holdersOf(part)
    const knotes = instance.interests.reduce((count, each) => count + (each.gone ? 0 : each.knotes.length), 0)
    const slots = Math.max(1, Math.min(QUEUE_SHOWN, Math.max(knotes, instance.queue.length)))
    const extra = instance.queue.length > slots ? 1 : 0
    const content = QUEUE_TOP + (slots + extra) * QUEUE_STEP + BELOW_QUEUE
    const left = (instance.waiters.length + holders.length) * WAITER.step - 8
    const right = cards.length * step - 8 + (fieldNode === undefined ? 0 : fieldNode.height + 8)
    const height = Math.max(content, left, right)
    const indent = Math.min(depth, 4) * INDENT
    const y = this.#y
    const box: NodeOf<'instance'> = {
      kind: 'instance',
      key: `epoll:${instance.id}`,
      column: 1,
      x: this.#xs[1] + indent,
      y,
      width: this.#widths.instance - indent,
      height,
      instance,
      interests,
      slots,
      offset: 0,
      slack: height - Math.max(content, left),
      folded,
    }
    this.#nodes.push(box)
    this.#waiters(box, holders)
    cards.forEach((interest, i) => {
      this.#interest(box, interest, y + i * step)
    })
    if (fieldNode !== undefined) this.#fieldEdges(box, { ...fieldNode, y: y + cards.length * step })
    this.#y = y + height + BETWEEN
  }

  #waiters(box: NodeOf<'instance'>, holders: readonly Omit<NodeOf<'holder'>, 'x' | 'y' | 'width' | 'height'>[]): void {
    const { instance } = box
    const place = (i: number) => ({
      x: this.#xs[0],
      y: box.y + i * WAITER.step,
      width: this.#widths.waiter,
      height: WAITER.height,
    })
    instance.waiters.forEach((waiter, i) => {
      const key = `thread:${instance.id}:${waiter.tid}`
      const node: Node = { kind: 'waiter', key, column: 0, ...place(i), waiter, instance }
      this.#nodes.push(node)
      const state = waiter.waiting ? 'waiting' : instance.deliveries > 0 ? 'delivered' : 'idle'
      this.#toLeft('waiter', box, node, state, instance.deliveries)
    })
    holders.forEach((holder, i) => {
      const node: Node = { ...holder, ...place(instance.waiters.length + i) }
      this.#nodes.push(node)
      this.#toLeft('holder', box, node, holder.lost === undefined ? 'idle' : 'lost', 0)
    })
  }

  #toLeft(kind: Edge['kind'], box: NodeOf<'instance'>, node: Node, state: EdgeState, beat: number): void {
    const y = node.y + node.height / 2
    const follows = box.instance.id
    const ends = { x1: box.x, y1: y, x2: node.x + node.width, y2: y }
    this.#edges.push({ key: `${node.key}<`, kind, from: box.key, to: node.key, ...ends, state, beat, follows })
  }

  #interest(box: NodeOf<'instance'>, interest: Interest, y: number): void {
    const { instance } = box
    const key = interestNode(instance.id, interest)
    const place = { x: this.#xs[2], y, width: this.#widths.interest, height: this.#row }
    const node: NodeOf<'interest'> = { kind: 'interest', key, column: 2, ...place, interest, instance }
    this.#nodes.push(node)
    const middle = y + this.#row / 2
    const queued = queuePlace(box, interest)
    const beat = activationsOf(interest)
    this.#edges.push({
      key: `${key}<`,
      kind: 'interest',
      from: key,
      to: box.key,
      x1: node.x,
      y1: middle,
      x2: box.x + box.width,
      y2: queued ?? Math.max(box.y + 14, Math.min(box.y + box.height - 14, middle)),
      state: interest.gone ? 'gone' : !isHot(interest) ? 'idle' : queued === undefined ? 'deep' : 'hot',
      beat,
      follows: queued === undefined ? undefined : instance.id,
    })
    if (this.#epolls.has(interest.object) && !interest.gone) {
      this.#nested.push({ interest: node, epoll: interest.object })
      return
    }
    const target = this.#object(node, interest.object)
    if (target === undefined) return
    const ends = { x1: target.x, y1: target.y + this.#row / 2, x2: node.x + node.width, y2: middle }
    const state = interest.gone ? 'gone' : isHot(interest) ? 'hot' : 'idle'
    this.#edges.push({
      key: `${key}>${target.object.id}`,
      kind: 'object',
      from: target.key,
      to: key,
      ...ends,
      state,
      beat,
    })
  }

  /** An object is drawn once, beside the first interest in it. */
  #object(beside: NodeOf<'interest'>, id: number): NodeOf<'object'> | undefined {
    const known = this.#places.get(id)
    if (known !== undefined) return known
    const object = this.#objects.get(id)
    if (object === undefined) return undefined
    const place = { x: this.#xs[3], y: beside.y, width: this.#widths.object, height: this.#row }
    const epoll = beside.instance.id
    const node: NodeOf<'object'> = { kind: 'object', key: `object:${id}`, column: 3, ...place, object, epoll }
    this.#places.set(id, node)
    this.#nodes.push(node)
    return node
  }

  /** From the instance that is watched to the interest in it. */
  #nestedEdge(interest: NodeOf<'interest'>, epoll: number): void {
    const below = this.#nodes.find(each => each.kind === 'instance' && each.instance.id === epoll)
    if (below === undefined) return
    const ends = { x1: below.x + below.width, y1: below.y + 14, x2: interest.x, y2: interest.y + interest.height - 8 }
    const state = isHot(interest.interest) ? 'hot' : 'idle'
    const beat = activationsOf(interest.interest)
    const key = `${interest.key}>epoll:${epoll}`
    this.#edges.push({ key, kind: 'nested', from: below.key, to: interest.key, ...ends, state, beat })
  }

  #field({ instance, field }: Part): NodeOf<'field'> {
    const width = this.#width - SIDE - this.#xs[2]
    const { columns, pitch } = fieldOf(field.length, width)
    const place = { x: this.#xs[2], y: 0, width, height: fieldHeight(field.length, columns, pitch) }
    return { kind: 'field', key: `field:${instance.id}`, column: 2, ...place, instance, cells: field, columns, pitch }
  }

  /** Cells have no edges of their own but those that stand in the queue where it is drawn. */
  #fieldEdges(box: NodeOf<'instance'>, field: NodeOf<'field'>): void {
    this.#nodes.push(field)
    const byDescriptor = new Map(field.cells.map((each, i) => [each.fd, i]))
    for (const entry of box.instance.queue.slice(0, box.slots)) {
      const i = byDescriptor.get(entry.fd)
      const interest = i === undefined ? undefined : field.cells[i]
      const y2 = interest === undefined ? undefined : queuePlace(box, interest)
      if (i === undefined || interest === undefined || y2 === undefined) continue
      const cell = placeOf(field, i)
      // The line ends at the row; across the other cells it would only be in the way.
      const ends = { x1: field.x, y1: cell.y + cell.height / 2, x2: box.x + box.width, y2 }
      const key = `${interestNode(box.instance.id, interest)}<field`
      const beat = activationsOf(interest)
      this.#edges.push({
        key,
        kind: 'interest',
        from: field.key,
        to: box.key,
        ...ends,
        state: 'hot',
        beat,
        follows: box.instance.id,
      })
    }
  }
}

/** The middle of the interest's first entry in the queue; undefined if it is not among those that are drawn. */
function queuePlace(box: NodeOf<'instance'>, interest: Interest): number | undefined {
  const at = interest.gone ? -1 : box.instance.queue.findIndex(entry => entry.fd === interest.fd)
  return at < 0 || at >= box.slots ? undefined : box.y + QUEUE_TOP + at * QUEUE_STEP + 8
}

/** Other processes in which the instance is open, or is not though their parent had it. */
function holdersOf({ instance }: Part): Omit<NodeOf<'holder'>, 'x' | 'y' | 'width' | 'height'>[] {
  const byProcess = new Map<number, string[]>()
  for (const each of instance.descriptors) {
    const [pid, fd] = each.split(':')
    if (fd === undefined) continue
    byProcess.set(Number(pid), [...(byProcess.get(Number(pid)) ?? []), fd])
  }
  const holder = (pid: number) =>
    ({ kind: 'holder', key: `holder:${instance.id}:${pid}`, column: 0, pid, instance }) as const
  return [
    ...[...byProcess].map(([pid, descriptors]) => ({ ...holder(pid), descriptors, lost: undefined })),
    ...instance.lost.map(lost => ({ ...holder(lost.pid), descriptors: [String(lost.fd)], lost })),
  ].slice(0, HOLDERS_SHOWN)
}

function sum(widths: Widths): number {
  return 2 * SIDE + widths.waiter + widths.instance + widths.interest + widths.object + 3 * widths.gap
}

function widthsFor(width: number): Widths {
  const share = Math.min(1, (width - sum(NARROW)) / (sum(WIDE) - sum(NARROW)))
  const between = (part: keyof Widths) => NARROW[part] + (WIDE[part] - NARROW[part]) * share
  const spare = Math.max(0, width - sum(WIDE))
  const gap = Math.min(WIDEST_GAP, between('gap') + spare / 6)
  const widths = {
    waiter: between('waiter'),
    instance: between('instance'),
    object: between('object') + spare / 5,
    gap,
    interest: 0,
  }
  return { ...widths, interest: width - sum(widths) }
}
