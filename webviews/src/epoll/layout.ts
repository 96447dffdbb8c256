/** Where everything of the graph lies: four columns, from who waits (left) to what is watched (right). Nothing moves when something is added below. */
import type {
  EpollInstance,
  EpollObject,
  EpollPicture,
  Interest,
  Waiter,
} from '@interlinear/emulator-core/events/queries.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export type Node = Box & { readonly key: string; readonly column: 0 | 1 | 2 | 3 } & (
    | { readonly kind: 'waiter'; readonly waiter: Waiter; readonly instance: EpollInstance }
    | { readonly kind: 'instance'; readonly instance: EpollInstance; readonly interests: number }
    | { readonly kind: 'interest'; readonly interest: Interest; readonly instance: EpollInstance }
    | { readonly kind: 'object'; readonly object: EpollObject; readonly epoll: number }
    | { readonly kind: 'more'; readonly count: number; readonly instance: EpollInstance }
  )

export interface Edge {
  readonly key: string
  readonly kind: 'waiter' | 'interest' | 'object'
  readonly from: string
  readonly to: string
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  readonly state: 'idle' | 'hot' | 'waiting' | 'delivered' | 'gone'
  /** Goes up with each activation or delivery along the edge. */
  readonly beat: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly columns: readonly { readonly title: string; readonly x: number; readonly width: number }[]
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
}

export interface LayoutOptions {
  readonly width: number
  readonly native: boolean
  /** Instances whose idle interests are all shown, however many they are. */
  readonly unfolded: ReadonlySet<number>
  /** Keys of interests that are always shown. */
  readonly kept: (epoll: number, fd: number) => boolean
}

const TOP = 34
const SIDE = 14
/** Widths of the four columns and of the gaps between them: where there is little room, and where there is enough; more goes to the interests. */
const NARROW = { waiter: 100, instance: 156, interest: 200, object: 124, gap: 18 }
const WIDE: typeof NARROW = { waiter: 128, instance: 196, interest: 270, object: 184, gap: 44 }
const WIDEST_GAP = 70
export const QUEUE_TOP = 86
export const QUEUE_STEP = 20
/** Entries of a queue that are drawn. */
export const QUEUE_SHOWN = 6
/** Interests that are drawn before the idle ones are folded; gone ones that are. */
const FOLD_FROM = 40
const GONE_SHOWN = 3

export const hot = (interest: Interest): boolean =>
  !interest.gone && interest.knotes.some(({ state }) => state === 'queued' || state === 'active')

export function layoutOf(picture: Pick<EpollPicture, 'instances' | 'objects'>, options: LayoutOptions): Layout {
  const width = Math.max(sum(NARROW), options.width)
  const widths = widthsFor(width)
  const xs = [
    SIDE,
    SIDE + widths.waiter + widths.gap,
    SIDE + widths.waiter + widths.instance + 2 * widths.gap,
    width - SIDE - widths.object,
  ]
  const row = options.native ? 50 : 40
  const step = row + 8
  const nodes: Node[] = []
  const edges: Edge[] = []
  const objects = new Map(picture.objects.map(each => [each.id, each]))
  const places = new Map<number, Node>()
  const open = picture.instances.filter(each => !each.closed)
  let y = TOP

  for (const instance of open.length > 0 ? open : picture.instances.slice(-1)) {
    const { shown, folded } = chosen(instance, options)
    const queued = Math.min(instance.queue.length, QUEUE_SHOWN + 1)
    const rows = shown.length + (folded > 0 ? 1 : 0)
    const waiters = instance.waiters
    const height = Math.max(QUEUE_TOP + Math.max(queued, 1) * QUEUE_STEP + 26, rows * step - 8, waiters.length * 60 - 8)
    const box: Node = {
      kind: 'instance',
      key: `epoll:${instance.id}`,
      column: 1,
      x: xs[1],
      y,
      width: widths.instance,
      height,
      instance,
      interests: instance.interests.filter(each => !each.gone).length,
    }
    nodes.push(box)
    waiters.forEach((waiter, i) => {
      const node: Node = {
        kind: 'waiter',
        key: `thread:${instance.id}:${waiter.tid}`,
        column: 0,
        x: xs[0],
        y: y + i * 60,
        width: widths.waiter,
        height: 52,
        waiter,
        instance,
      }
      nodes.push(node)
      edges.push({
        key: `${node.key}<`,
        kind: 'waiter',
        from: box.key,
        to: node.key,
        x1: box.x,
        y1: node.y + 26,
        x2: node.x + node.width,
        y2: node.y + 26,
        state: waiter.waiting ? 'waiting' : instance.deliveries > 0 ? 'delivered' : 'idle',
        beat: instance.deliveries,
      })
    })
    shown.forEach((interest, i) => {
      const node: Node = {
        kind: 'interest',
        key: `interest:${instance.id}:${interest.key}`,
        column: 2,
        x: xs[2],
        y: y + i * step,
        width: widths.interest,
        height: row,
        interest,
        instance,
      }
      nodes.push(node)
      const isHot = hot(interest)
      const middle = node.y + row / 2
      const place = instance.queue.findIndex(entry => entry.fd === interest.fd)
      edges.push({
        key: `${node.key}<`,
        kind: 'interest',
        from: node.key,
        to: box.key,
        x1: node.x,
        y1: middle,
        x2: box.x + box.width,
        y2:
          place >= 0
            ? box.y + QUEUE_TOP + Math.min(place, QUEUE_SHOWN) * QUEUE_STEP + 8
            : Math.max(box.y + 14, Math.min(box.y + box.height - 14, middle)),
        state: interest.gone ? 'gone' : isHot && place >= 0 ? 'hot' : 'idle',
        beat: interest.knotes.reduce((sum, each) => sum + each.activations, 0),
      })
      const object = objects.get(interest.object)
      if (object === undefined) return
      let target = places.get(object.id)
      if (target === undefined) {
        const key = `object:${object.id}`
        target = {
          kind: 'object',
          key,
          column: 3,
          x: xs[3],
          y: node.y,
          width: widths.object,
          height: row,
          object,
          epoll: instance.id,
        }
        places.set(object.id, target)
        nodes.push(target)
      }
      edges.push({
        key: `${node.key}>${object.id}`,
        kind: 'object',
        from: target.key,
        to: node.key,
        x1: target.x,
        y1: target.y + row / 2,
        x2: node.x + node.width,
        y2: middle,
        state: interest.gone ? 'gone' : isHot ? 'hot' : 'idle',
        beat: interest.knotes.reduce((sum, each) => sum + each.activations, 0),
      })
    })
    if (folded > 0)
      nodes.push({
        kind: 'more',
        key: `more:${instance.id}`,
        column: 2,
        x: xs[2],
        y: y + shown.length * step,
        width: widths.interest,
        height: 28,
        count: folded,
        instance,
      })
    y += height + 26
  }
  const columns = [
    { title: 'Who waits', width: widths.waiter },
    { title: options.native ? 'Epoll instance = kqueue' : 'Epoll instance', width: widths.instance },
    { title: options.native ? 'Interest · its knotes under it' : 'Interest', width: widths.interest },
    { title: 'Object', width: widths.object },
  ].map((column, i) => ({ ...column, x: xs[i] }))
  return { width, height: y, columns, nodes, edges }
}

function sum(widths: typeof NARROW): number {
  return 2 * SIDE + widths.waiter + widths.instance + widths.interest + widths.object + 3 * widths.gap
}

function widthsFor(width: number): typeof NARROW {
  const share = Math.min(1, (width - sum(NARROW)) / (sum(WIDE) - sum(NARROW)))
  const between = (part: keyof typeof NARROW) => NARROW[part] + (WIDE[part] - NARROW[part]) * share
  const spare = Math.max(0, width - sum(WIDE))
  const gap = Math.min(WIDEST_GAP, between('gap') + spare / 6)
  const widths = {
    waiter: between('waiter'),
    instance: between('instance'),
    object: between('object'),
    gap,
    interest: 0,
  }
  return { ...widths, interest: width - sum(widths) }
}

/** The interests that are drawn, in their own order, and how many idle ones are folded away. */
function chosen(instance: EpollInstance, options: LayoutOptions): { shown: Interest[]; folded: number } {
  const changed = (each: Interest) => Math.max(0, ...each.knotes.map(knote => knote.changed))
  const gone = instance.interests
    .filter(each => each.gone)
    .sort((a, b) => changed(b) - changed(a))
    .slice(0, instance.closed ? FOLD_FROM : GONE_SHOWN)
  const alive = instance.interests.filter(each => !each.gone)
  let kept = alive
  if (alive.length > FOLD_FROM && !options.unfolded.has(instance.id)) {
    const first = new Set(alive.slice(0, 8))
    kept = alive.filter(
      each =>
        first.has(each) || each.knotes.some(knote => knote.state !== 'idle') || options.kept(instance.id, each.fd),
    )
  }
  const drawn = new Set([...kept, ...gone])
  return { shown: instance.interests.filter(each => drawn.has(each)), folded: alive.length - kept.length }
}
