import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyEvent, EventKind } from '../grammar.ts'
import { anyEvent } from '../test/arbitrary-event.ts'
import { epolls } from './epoll.ts'
import { epollPicture } from './epoll-picture.ts'
import { Fold, type Reducer } from './fold.ts'
import { inotifies } from './inotify.ts'
import { processes } from './processes.ts'

/** Events of a reducer's kinds with ids so few that they meet. */
function events(kinds: readonly EventKind[]): fc.Arbitrary<AnyEvent[]> {
  const few = (n: number) => Math.abs(n) % 4
  const ids = ['pid', 'tid', 'fd', 'knote', 'kqueue', 'epoll', 'object', 'file', 'instance', 'wd', 'ident', 'parent']
  const one = anyEvent
    .filter(event => kinds.includes(event.kind))
    .map(event => {
      const changed: Record<string, unknown> = { ...event }
      for (const id of ids) if (typeof changed[id] === 'number') changed[id] = few(Math.trunc(changed[id])) || 0
      if (typeof changed.op === 'number') changed.op = 1 + (changed.op % 3)
      if (typeof changed.status === 'number') changed.status = Math.abs(changed.status) % 16
      if (typeof changed.count === 'number') changed.count %= 5
      return changed as unknown as AnyEvent
    })
  return fc.array(one, { maxLength: 120 }).map(list => list.map((event, i) => ({ ...event, index: 2 * i })))
}

function sameFromAnywhere<S>(reducer: Reducer<S>, show: (state: S) => unknown): void {
  fc.assert(
    fc.property(events(reducer.kinds), fc.array(fc.nat({ max: 260 }), { maxLength: 12 }), (list, positions) => {
      const fold = new Fold(reducer, index => list[index / 2], 8)
      for (const event of list) fold.take(event)
      for (const position of positions) {
        const plain = reducer.start()
        for (const event of list) if (event.index <= position) reducer.apply(plain, event)
        expect(show(fold.at(position))).toEqual(show(plain))
      }
      // Looking back has not changed what is latest.
      const plain = reducer.start()
      for (const event of list) reducer.apply(plain, event)
      expect(show(fold.latest)).toEqual(show(plain))
    }),
    { numRuns: 60 },
  )
}

const tables = (state: ReturnType<typeof processes.start>) =>
  [...state.processes].map(([pid, { owned: _, ...rest }]) => [pid, rest])

describe('a state from a checkpoint is the one from the start', () => {
  it('of processes', () => sameFromAnywhere(processes, tables))

  it('of epoll instances', () => sameFromAnywhere(epolls, ({ processes: each, ...rest }) => [tables(each), rest]))

  it('of the epoll view’s picture', () =>
    sameFromAnywhere(epolls, state => epollPicture(state, { of: () => [], ofInstance: () => [] })))

  it('of inotify instances', () =>
    sameFromAnywhere(inotifies, state =>
      [...state.instances].map(([id, { entry, watches, queue, head }]) => [id, entry, watches, queue.slice(head)]),
    ))
})

describe('a fold over a long run', () => {
  /** Counts, and how often it was asked to. */
  let applied = 0
  const counter: Reducer<{ n: number }> = {
    kinds: ['cwd'],
    start: () => ({ n: 0 }),
    apply: state => {
      applied++
      state.n++
    },
    copy: state => ({ ...state }),
  }
  const event = (index: number): AnyEvent => ({ kind: 'cwd', path: '', index, pid: 1, tid: 1, time: 0, blocks: 0 })
  const fold = new Fold(counter, event, 16)
  const COUNT = 100_000
  for (let i = 0; i < COUNT; i++) fold.take(event(i))

  it('is looked up from a checkpoint near by', () => {
    for (const position of [0, 5, 777, 50_000, 99_998]) {
      applied = 0
      expect(fold.at(position).n).toBe(position + 1)
      expect(applied).toBeLessThan(COUNT / 50)
    }
  })

  it('goes on from where it was looked up last', () => {
    fold.at(60_000)
    applied = 0
    expect(fold.at(60_003).n).toBe(60_004)
    expect(applied).toBe(3)
  })
})
