import type { EpollPicture } from '@interlinear/emulator-core/events/queries.ts'
import { ServerRun } from '@interlinear/emulator-core/events/test/server-run.ts'
import { ViewQueries } from '@interlinear/emulator-core/events/view-queries.ts'
import { describe, expect, it } from 'vitest'
import { contentOf, neighbourhood } from './content.ts'
import { cellAt, fieldPaths, placeOf } from './field.ts'
import { type LayoutOptions, layoutOf } from './layout.ts'
import { arrowTarget } from './neighbours.ts'
import type { Box, Layout, NodeOf } from './nodes.ts'
import { findAll, matcher } from './search.ts'
import { centreOf } from './selection.ts'

function pictureOf({ run }: ServerRun): EpollPicture {
  const queries = new ViewQueries(run.store)
  while (queries.advance(1000)) {
    // Until all is known.
  }
  return JSON.parse(JSON.stringify(queries.answer({ name: 'epoll', at: 'live' })))
}

const plain: LayoutOptions = {
  width: 1100,
  top: 0,
  native: true,
  unfolded: new Set(),
  folded: new Set(),
  kept: () => false,
  shown: () => true,
}
const places = ({ nodes }: Layout) => new Map(nodes.map(({ key, x, y, width }) => [key, { x, y, width }]))
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
const ofKind = <K extends Layout['nodes'][number]['kind']>({ nodes }: Layout, kind: K) =>
  nodes.filter((each): each is NodeOf<K> => each.kind === kind)

const three = pictureOf(new ServerRun(3).oddities().turn(2, 1))
const many = pictureOf(new ServerRun(1000).turn(40, 9))

describe('the layout', () => {
  it('has a place of its own for each thing, in four columns, at any width', () => {
    for (const width of [300, 640, 1100, 3000]) {
      const { nodes, width: all } = layoutOf(three, { ...plain, width })
      for (const [i, a] of nodes.entries()) {
        expect(a.x + a.width).toBeLessThanOrEqual(all + 0.01)
        for (const b of nodes.slice(i + 1)) expect(overlap(a, b) ? [a.key, b.key] : []).toEqual([])
      }
    }
  })

  it('moves nothing when something is added', () => {
    const server = new ServerRun(3)
    const before = places(layoutOf(pictureOf(server), plain))
    const after = places(layoutOf(pictureOf(new ServerRun(12)), plain))
    for (const [key, place] of before) expect([key, after.get(key)]).toEqual([key, place])
  })

  it('moves nothing while things happen', () => {
    const server = new ServerRun(12)
    server.turn(1)
    const before = places(layoutOf(pictureOf(server), plain))
    for (let turn = 0; turn < 5; turn++)
      expect(places(layoutOf(pictureOf(server.turn(3, turn)), plain))).toEqual(before)
  })

  it('nests an instance under the one that watches it, and ties it to that interest', () => {
    const layout = layoutOf(three, plain)
    const [above, below] = ofKind(layout, 'instance')
    expect([above.instance.fd, below.instance.fd]).toEqual([5, 90])
    expect(below.x).toBeGreaterThan(above.x)
    const nested = layout.edges.find(each => each.kind === 'nested')
    expect(nested).toMatchObject({ from: below.key, to: expect.stringMatching(/^interest:\d+:90:/) })
  })

  it('shows a process that has lost the kqueue at fork, and one that has it too', () => {
    expect(ofKind(layoutOf(three, plain), 'holder')).toMatchObject([{ pid: 1210, lost: { fd: 5 } }])
    const [first, ...others] = three.instances
    const inherited = { ...first, lost: [], descriptors: ['5', '1210:5', '1210:8'] }
    const layout = layoutOf({ ...three, instances: [inherited, ...others] }, plain)
    expect(ofKind(layout, 'holder')).toMatchObject([{ pid: 1210, descriptors: ['5', '8'] }])
  })

  it('names processes if there are several', () => {
    expect(ofKind(layoutOf(three, plain), 'process')).toEqual([])
    const layout = layoutOf(pictureOf(new ServerRun(2, 2)), plain)
    expect(ofKind(layout, 'process').map(each => each.pid)).toEqual([1203, 1204])
  })

  it('leads edges of what is queued to its place in the queue', () => {
    const { nodes, edges } = layoutOf(three, plain)
    const [instance] = ofKind({ nodes } as Layout, 'instance')
    const hot = edges.filter(each => each.kind === 'interest' && each.state === 'hot')
    expect(hot).toHaveLength(1)
    expect(hot[0].y2 - instance.y).toBe(86 + 8)
  })

  it('keeps the text of a high instance in sight', () => {
    const unfolded = { ...plain, unfolded: new Set([many.instances[0].id]) }
    const [high] = ofKind(layoutOf(many, { ...unfolded, top: 20_000 }), 'instance')
    expect(high.y + high.offset).toBeGreaterThan(20_000)
    expect(high.y + high.offset).toBeLessThan(20_040)
    const [atEnd] = ofKind(layoutOf(many, { ...unfolded, top: 1e6 }), 'instance')
    expect(atEnd.offset).toBeLessThan(atEnd.height)
  })

  it('leads the arrows along the edges', () => {
    const layout = layoutOf(three, plain)
    const [instance] = ofKind(layout, 'instance')
    const left = arrowTarget(layout, instance, 'ArrowLeft')
    expect(left?.column).toBe(0)
    const right = arrowTarget(layout, instance, 'ArrowRight')
    expect(right).toMatchObject({ kind: 'interest', instance: { id: instance.instance.id } })
    if (right === undefined) return
    expect(arrowTarget(layout, right, 'ArrowRight')?.kind).toBe('object')
    expect(arrowTarget(layout, right, 'ArrowUp')).toBeUndefined()
  })
})

describe('many interests', () => {
  const layout = layoutOf(many, plain)
  const [field] = ofKind(layout, 'field')

  it('become a field with a cell for each, and stay one card', () => {
    expect(field.cells).toHaveLength(1001)
    expect(ofKind(layout, 'interest')).toHaveLength(1)
    expect(layout.height).toBeLessThan(1000)
  })

  it('can be found in it by their places', () => {
    for (const i of [0, 1, field.columns - 1, field.columns, 1000]) {
      const { x, y, width, height } = placeOf(field, i)
      expect(cellAt(field, x + width / 2 - field.x, y + height / 2 - field.y)).toBe(i)
    }
    expect(cellAt(field, 2, 2)).toBeUndefined()
    const last = placeOf(field, 1000)
    expect(cellAt(field, last.x + 40 - field.x, last.y + 1 - field.y)).toBeUndefined()
  })

  it('are drawn by state, only where they are in sight', () => {
    const count = (paths: ReturnType<typeof fieldPaths>, kind: 'outline' | 'queued') =>
      (paths.get(kind) ?? '').split('z').length - 1
    const all = fieldPaths(field, { from: 0, to: 1e6 })
    expect(count(all, 'outline')).toBe(1001)
    expect(count(all, 'queued')).toBe(9)
    const part = count(fieldPaths(field, { from: 0, to: 300 }), 'outline')
    expect(part).toBeGreaterThan(100)
    expect(part).toBeLessThan(1001)
  })

  it('become cards when they are wanted', () => {
    const cards = (wanted: Partial<LayoutOptions>) => contentOf(many, { ...plain, ...wanted })[0].parts[0].cards
    const id = many.instances[0].id
    expect(cards({ kept: (_, interest) => interest.fd === 77 }).map(each => each.fd)).toEqual([77])
    expect(cards({ unfolded: new Set([id]) })).toHaveLength(1001)
    expect(cards({ kept: () => true })).toHaveLength(24)
  })
})

describe('search', () => {
  const found = (query: string, picture = three) => {
    const matches = matcher(query, picture.objects)
    return matches === undefined
      ? undefined
      : findAll(picture, matches).map(({ instance, interest }) =>
          interest === undefined ? `epoll ${instance.fd}` : interest.fd,
        )
  }

  it('goes by descriptor, process, type, state and words, all of them', () => {
    expect(found('')).toBeUndefined()
    expect(found('fd:90')).toEqual([90, 'epoll 90'])
    expect(found('type:timer')).toEqual([91])
    expect(found('is:odd')).toEqual(['epoll 5', 9, 92])
    expect(found('pid:1203 type:pipe')).toEqual([92])
    expect(found('EPOLLOUT fd:14', pictureOf(new ServerRun(9)))).toEqual([14])
    expect(found('is:queued', many)).toHaveLength(9)
    expect(found('no such thing')).toEqual([])
  })
})

describe('the neighbourhood', () => {
  const around = (selection: Parameters<typeof centreOf>[0]) => {
    const shown = neighbourhood(three, centreOf(selection, [], three))
    const [first] = contentOf(three, { ...plain, shown })
    return first.parts.map(({ instance, cards }) => [instance.fd, cards.map(each => each.fd)])
  }
  const [above, below] = three.instances

  it('of an interest is that one, and of a nested instance all of it and the interest in it', () => {
    expect(around({ kind: 'interest', epoll: above.id, fd: 9 })).toEqual([[5, [9]]])
    expect(around({ kind: 'epoll', epoll: below.id })).toEqual([
      [5, [90]],
      [90, [91, 92]],
    ])
  })

  it('of an object are the interests in it', () => {
    const { object } = below.interests[0]
    expect(around({ kind: 'object', object })).toEqual([[90, [91]]])
  })
})
