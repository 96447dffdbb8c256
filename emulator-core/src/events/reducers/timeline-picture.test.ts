import { describe, expect, it } from 'vitest'
import { lookedThrough } from '../test/asker.ts'
import { RunScript } from '../test/run-script.ts'

describe('the timeline', () => {
  /** Two threads: the second waits until the first one writes. */
  function story(rounds: number) {
    const run = new RunScript(1, 1)
    run.emit('thread-start', { creator: 0, name: 'a' })
    run.as(1, 2, () => run.emit('thread-start', { creator: 1, name: 'b' }))
    for (let i = 0; i < rounds; i++) {
      run.as(1, 2, () => {
        run.enter('read', [3, 0x1000, 1]).after(100)
        run.emit('sleep', { message: 'pipe', epoll: 0 })
      })
      run.after(1000)
      run.call('write', [4, 0x1000, 1], i % 2 === 0 ? 1 : -9, () => {
        run.as(1, 2, () => run.emit('wake', { by: 1, reason: 'woken' }))
      })
      run.as(1, 2, () => run.exit('read', [3, 0x1000, 1], 1))
    }
    run.emit('thread-exit', { status: 0 })
    return lookedThrough(run)
  }
  const whole = { axis: 'time', at: 'live', from: 0, to: 1e9, most: 100, slices: 20, firstLane: 0, lanes: 10 } as const

  it('has a lane for each thread with its calls, when they slept, and who woke them', () => {
    const { lanes, wakes, count } = story(2)('timeline', whole)
    expect(count).toBe(2)
    expect(lanes.map(({ tid, calls }) => [tid, calls])).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(lanes[0].bars.map(({ name, state }) => `${name} ${state}`)).toEqual(['write done', 'write failed'])
    const [read] = lanes[1].bars
    expect(read).toMatchObject({ name: 'read', state: 'done', from: 0 })
    expect(read.waits).toEqual([{ from: 100, to: wakes[0].at }])
    expect(wakes[0]).toMatchObject({ by: 1, tid: 2 })
    expect(lanes[0].ended).toBeGreaterThan(0)
    expect(lanes[1].ended).toBeUndefined()
    expect(lanes[0].marks.map(({ kind }) => kind)).toEqual(['start', 'exit'])
  })

  const sum = (numbers: readonly number[] = []) => numbers.reduce((total, each) => total + each, 0)

  it('gives counts where calls are too many, and the same sums', () => {
    const ask = story(500)
    const { last } = ask('timeline', whole)
    const { lanes, wakes, flows, wakesHidden } = ask('timeline', { ...whole, to: last, most: 20 })
    expect(lanes.map(({ bars, slices }) => [bars.length, slices?.calls.length])).toEqual([
      [0, 20],
      [0, 20],
    ])
    expect(sum(lanes[0].slices?.calls)).toBe(500)
    expect(sum(lanes[0].slices?.failures)).toBe(250)
    expect(sum(lanes[0].slices?.waited)).toBe(0)
    expect(lanes[1].slices?.waited.every(waited => waited > 0.4 && waited <= 1)).toBe(true)
    expect([wakes, wakesHidden]).toEqual([[], 0])
    expect(sum(flows.map(flow => flow.count))).toBe(500)
    expect(flows.every(({ by, tid, at }) => by === 1 && tid === 2 && at > 0 && at < last)).toBe(true)
  })

  it('tells how long a thread slept on the axis of events too', () => {
    const ask = story(500)
    const { last } = ask('timeline', { ...whole, axis: 'event' })
    const { lanes } = ask('timeline', { ...whole, axis: 'event', to: last, most: 20 })
    // Of the seven events of a round it sleeps through two.
    const share = sum(lanes[1].slices?.waited) / 20
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.5)
    expect(sum(lanes[0].slices?.waited)).toBe(0)
  })

  it('draws a call that took long beside the slices of all others, also one that goes on', () => {
    const run = new RunScript(1, 1)
    for (let i = 0; i < 300; i++) run.call('getpid', [], 1)
    run.enter('read', [0, 0x1000, 1]).after(10)
    run.emit('sleep', { message: 'tty', epoll: 0 }).after(5e6)
    run.emit('wake', { by: 0, reason: 'woken' }).exit('read', [0, 0x1000, 1], 1)
    for (let i = 0; i < 300; i++) run.call('getpid', [], 1)
    run.enter('poll', [0, 0, -1]).after(10).emit('sleep', { message: 'select', epoll: 0 }).after(4e6)
    run.as(1, 2, () => run.call('getpid', [], 1))
    const ask = lookedThrough(run)
    const { last } = ask('timeline', whole)
    const [lane] = ask('timeline', { ...whole, to: last }).lanes
    expect(sum(lane.slices?.calls)).toBe(602)
    expect(lane.bars.map(({ name, state, to }) => [name, state, to !== undefined])).toEqual([
      ['read', 'done', true],
      ['poll', 'waiting', false],
    ])
    // Where only a part of the long call is in sight, it still is drawn.
    const { from } = lane.bars[0]
    const inside = ask('timeline', { ...whole, from: from + 1e6, to: from + 2e6 }).lanes[0]
    expect(inside.bars.map(({ name }) => name)).toEqual(['read'])
  })

  it('counts marks where there are too many, and loses none', () => {
    const run = new RunScript(1, 1)
    for (let i = 0; i < 900; i++) {
      const child = 100 + i
      run.as(child, child, () => run.emit('process-start', { parent: 1, how: 'clone' }))
      run.emit('signal', {
        signo: 17,
        action: 0,
        code: 1,
        sender: child,
        address: 0,
        handler: 0,
        siginfo: new Uint8Array(0),
      })
      run.call('wait4', [-1, 0, 0], child)
    }
    const ask = lookedThrough(run)
    const { last } = ask('timeline', whole)
    const marks = ask('timeline', { ...whole, to: last, lanes: 2 }).lanes.find(({ tid }) => tid === 1)?.marks ?? []
    expect(marks.length).toBeLessThanOrEqual(200)
    expect(sum(marks.map(mark => mark.count))).toBe(900)
    expect(marks[0]).toMatchObject({ kind: 'signal', text: expect.stringMatching(/^\d+ × signal$/) })
  })

  it('has the whole run in slices, and the place of any event', () => {
    const ask = story(50)
    for (const axis of ['time', 'event'] as const) {
      const run = ask('timeline-overview', { axis })
      // And the beginning of the second thread.
      expect(sum(run.calls)).toBe(101)
      expect(sum(run.failures)).toBe(25)
    }
    const [, second] = ask('timeline', { ...whole, axis: 'event' }).lanes
    const { event, from, to } = second.bars[3]
    expect(ask('timeline-place', { axis: 'event', event: event + 1 })).toMatchObject({ event, lane: 1, from, to })
  })

  it('goes by the number of the event too, and shows only what is asked for', () => {
    const ask = story(3)
    const { lanes, last, at } = ask('timeline', { ...whole, axis: 'event', at: 5, firstLane: 1, lanes: 1 })
    expect(lanes.map(({ tid }) => tid)).toEqual([2])
    expect(lanes[0].bars[0].from).toBe(2)
    expect(at).toBe(5)
    const part = ask('timeline', { ...whole, axis: 'event', from: last - 2, to: last })
    expect(part.lanes[0].bars.length).toBeLessThan(lanes[0].bars.length)
  })
})
