/** What the epoll graph is drawn from, where a kernel's state is not plain. */
import { describe, expect, it } from 'vitest'
import { keventNotes } from '../native-names.ts'
import type { EpollChanges, EpollPicture } from '../queries.ts'
import { ExampleRun } from '../test/example-run.ts'
import { RunScript } from '../test/run-script.ts'
import { ServerRun } from '../test/server-run.ts'
import { ViewQueries } from '../view-queries.ts'
import { wholePicture } from './epoll-changes.ts'

const EPOLLIN = 1
const EPOLLET = 0x8000_0000
const EPOLLONESHOT = 0x4000_0000

function picture(run: RunScript, at: number | 'live' = 'live'): EpollPicture {
  return JSON.parse(JSON.stringify(new ViewQueries(run.store).answer({ name: 'epoll', at })))
}

/** Linux's own epoll 5 with an interest in an eventfd 6. */
function linuxRun(events: number): RunScript {
  const run = new RunScript()
  const open = { type: 'eventfd', description: '[eventfd]', flags: 2, closeOnExec: 0 }
  run.emit('fd-open', { ...open, fd: 5, file: 50, type: 'epoll', description: 'anon_inode:[eventpoll]' })
  run.emit('epoll-create', { epoll: 50, fd: 5, mechanism: 1 })
  run.emit('fd-open', { ...open, fd: 6, file: 60 })
  return run.emit('epoll-interest', { epoll: 50, epfd: 5, op: 1, fd: 6, object: 60, events, data: 6n })
}

const interest = (run: RunScript) => picture(run).instances[0].interests[0]

describe('a half that was delivered', () => {
  it('is cleared with EV_CLEAR, dispatched with EV_DISPATCH, and queued still without either', () => {
    const example = new ExampleRun(0)
    for (const fd of [6, 8, 10]) example.wait(fd, 0, 5)
    const states = picture(example.run).instances[0].interests.map(each => [each.fd, each.knotes[0].state])
    expect(states.filter(([fd]) => [6, 8, 10].includes(Number(fd)))).toEqual([
      [6, 'queued'],
      [8, 'cleared'],
      [10, 'dispatched'],
    ])
  })

  it('is told of Linux’s items too, with how often', () => {
    for (const [events, state] of [
      [EPOLLIN | EPOLLET, 'cleared'],
      [EPOLLIN | EPOLLONESHOT, 'dispatched'],
      [EPOLLIN, 'queued'],
    ] as const) {
      const run = linuxRun(events >>> 0)
      const item = { epoll: 50, fd: 6, object: 60, events: EPOLLIN }
      run.emit('epoll-ready', item)
      expect(interest(run).knotes[0]).toMatchObject({ state: 'queued', activations: 1, deliveries: 0 })
      run.emit('epoll-deliver', { ...item, data: 6n })
      expect(interest(run).knotes[0]).toMatchObject({ state, activations: 1, deliveries: 1 })
    }
  })
})

describe('a kqueue', () => {
  it('is not got by a child, until that runs another program or ends', () => {
    const { run } = new ExampleRun(1)
    run.as(1300, 1300, () => run.emit('process-start', { parent: 1200, how: 'clone' }))
    const forked = run.store.count - 1
    expect(picture(run).instances[0]).toMatchObject({
      descriptors: ['5'],
      lost: [{ pid: 1300, fd: 5, event: forked }],
    })
    run.as(1300, 1300, () => run.emit('exec', { path: '/bin/true', arguments: [] }))
    expect(picture(run).instances[0].lost).toEqual([])
    expect(picture(run, forked).instances[0].lost).toHaveLength(1)
  })

  it('has the divergences that its calls met, from then on', () => {
    const { run } = new ExampleRun(0)
    const { instances } = picture(run)
    // The example's only one is at a descriptor that has no interest.
    const refused = [{ id: 'epoll.refused-events', detail: 'descriptor 13: EPOLLEXCLUSIVE', count: 1 }]
    expect(instances[0].badges).toMatchObject(refused)
    expect(instances[0].interests.flatMap(each => each.badges)).toEqual([])
    const before = run.store.count - 1
    run.call('epoll_pwait', [5, 0x1000, 8, 0, 0x2000, 4], 0, () => {
      run.emit('divergence', { id: 'epoll.sigsetsize', detail: 'size 4' })
    })
    expect(picture(run).instances[0].badges).toMatchObject([
      ...refused,
      { id: 'epoll.sigsetsize', detail: 'size 4', count: 1 },
    ])
    expect(picture(run, before).instances[0].badges).toMatchObject(refused)
  })
})

describe('a thing that is watched', () => {
  it('may stay registered when its number is closed: under Linux, while the file is open elsewhere', () => {
    const run = linuxRun(EPOLLIN)
    run.emit('fd-open', { fd: 7, file: 60, type: 'eventfd', description: '[eventfd]', flags: 2, closeOnExec: 0 })
    expect(interest(run)).toMatchObject({ numberClosed: false, gone: false })
    run.emit('fd-close', { fd: 6, file: 60 })
    expect(interest(run)).toMatchObject({ numberClosed: true, gone: false })
    expect(picture(run).objects[0].descriptors).toEqual(['7'])
    run.emit('fd-close', { fd: 7, file: 60 })
    expect(interest(run)).toMatchObject({ gone: true })
  })

  it('says what its other end is', () => {
    const objects = picture(new ExampleRun(1).run).objects
    expect(objects.find(each => each.descriptors.includes('6'))?.peerDescriptors).toEqual(['7'])
  })
})

describe('changes of a picture', () => {
  it('make the whole of it with the one before, and are small', () => {
    const server = new ServerRun(1000)
    const queries = new ViewQueries(server.run.store)
    const ask = <T>(query: object): T => JSON.parse(JSON.stringify(queries.answer(query)))
    const changes = (base?: number) => ask<EpollChanges>({ name: 'epoll-changes', at: 'live', base })
    while (queries.advance(1000)) {
      // Until all is known.
    }
    const first = changes()
    let picture = wholePicture(first, undefined)
    let { number } = first
    for (let turn = 0; turn < 4; turn++) {
      if (turn === 2) server.oddities()
      server.turn(10, 3)
      const next = changes(number)
      // A child has all of its parent's descriptors: that changes every object.
      if (turn !== 2) expect(JSON.stringify(next).length).toBeLessThan(JSON.stringify(first).length / 10)
      picture = wholePicture(next, picture)
      number = next.number
      expect(picture).toEqual({ ...ask<EpollPicture>({ name: 'epoll', at: 'live' }) })
    }
  })

  it('are whole for one that has none, or one that is long gone', () => {
    const queries = new ViewQueries(new ExampleRun(1).run.store)
    const changes = (base?: number) => queries.answer({ name: 'epoll-changes', at: 'live', base }) as EpollChanges
    const { number } = changes()
    expect(changes(number).base).toBe(number)
    for (let i = 0; i < 4; i++) changes()
    const late = changes(number)
    expect(late.base).toBeUndefined()
    expect(wholePicture(late, undefined)?.instances[0].interests).toHaveLength(7)
    expect(wholePicture(changes(late.number), undefined)).toBeUndefined()
  })
})

it('a filter may be called as it likes', () => {
  expect(keventNotes('valueOf', 3)).toBe('0x3')
})
