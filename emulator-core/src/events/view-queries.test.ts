import { describe, expect, it } from 'vitest'
import type { CallRows, EpollPicture, History, InotifyPicture } from './queries.ts'
import { asker } from './test/asker.ts'
import { ExampleRun } from './test/example-run.ts'
import { RunScript } from './test/run-script.ts'
import { ViewQueries } from './view-queries.ts'

const all = { native: true, fromLine: 0, lines: 500 } as const
const lines = (answer: CallRows) => answer.rows.map(row => `${row.name}(${row.arguments}) = ${row.result}`)

describe('the call list', () => {
  const ask = asker(new ExampleRun(4).run)

  it('has a row for each call, as strace prints it, and the native calls under it', () => {
    const { rows, matched, total } = ask('calls', { filter: '', ...all })
    expect(matched).toBe(total)
    const add = rows.find(row => row.arguments.includes('EPOLL_CTL_ADD, 8'))
    expect(add).toMatchObject({
      name: 'epoll_ctl',
      arguments: '5, EPOLL_CTL_ADD, 8, {events=EPOLLIN|EPOLLRDHUP|EPOLLET, data={u32=8, u64=8}}',
      result: '0',
      state: 'done',
      native: ['__kevent100(5, [{8, EVFILT_READ, 0}]) = ENOENT', '__kevent100(5, [{8, EVFILT_READ, EV_ADD|EV_CLEAR}])'],
    })
  })

  it('counts lines: two for a row with something under it', () => {
    const { rows, lines: count } = ask('calls', { filter: '', ...all })
    let line = 0
    for (const row of rows) {
      expect(row.line).toBe(line)
      line += row.native.length + row.divergences.length > 0 ? 2 : 1
    }
    expect(count).toBe(line)
    const part = ask('calls', { filter: '', native: true, fromLine: 10, lines: 5 })
    expect(part.rows[0].line).toBeLessThanOrEqual(10)
    expect(part.rows).toEqual(rows.filter(row => row.line >= part.rows[0].line && row.line < 15))
    expect(ask('calls', { filter: '', native: false, fromLine: 0, lines: 9 }).lines).toBe(rows.length)
  })

  it('lets through what the filter says', () => {
    expect(lines(ask('calls', { filter: 'errno:ENOENT', ...all }))).toEqual([
      'openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY) = -1 ENOENT',
    ])
    expect(ask('calls', { filter: 'fd:8 -syscall:read', ...all }).rows.map(row => row.name)).toEqual(['epoll_ctl'])
    expect(ask('calls', { filter: 'EVFILT_WRITE', ...all }).rows.every(row => row.name === 'epoll_ctl')).toBe(true)
    expect(ask('calls', { filter: 'dur>100ms', ...all }).rows.map(row => row.name)).toEqual(Array(4).fill('epoll_wait'))
  })

  it('says what is wrong with a filter, and shows everything', () => {
    const { problem, matched, total } = ask('calls', { filter: 'colour:red', ...all })
    expect(problem).toMatch(/^There is no "colour:"; there are syscall:, fd:/)
    expect(matched).toBe(total)
  })

  it('finds the place of an event, and its neighbours', () => {
    const { rows } = ask('calls', { filter: 'syscall:write', ...all })
    const second = rows[1]
    const place = (event: number, step?: -1 | 1) =>
      ask('place', { filter: 'syscall:write', native: true, event, step }).event
    expect(place(second.event)).toBe(second.event)
    expect(place(second.event, 1)).toBe(rows[2].event)
    expect(place(second.event, -1)).toBe(rows[0].event)
    expect(place(second.event - 1)).toBe(second.event)
    expect(place(rows[0].event, -1)).toBeUndefined()
    expect(place(rows[rows.length - 1].event, 1)).toBeUndefined()
  })

  it('tells all about one call', () => {
    const [row] = ask('calls', { filter: 'EPOLLEXCLUSIVE', ...all }).rows
    const details = ask('call', { event: row.event + 1 })
    expect(details.row).toMatchObject({ state: 'failed', divergences: ['epoll.refused-events'] })
    expect(details.answer).toBe('Invalid argument')
    expect(details.decoded.map(each => each.name)).toEqual(['epfd', 'op', 'fd', 'event'])
    expect(details.decoded[3].parts?.map(each => each.name)).toEqual(['events', 'data'])
    expect(details.strace).toContain('epoll_ctl(5<anon_inode:[eventpoll]>, EPOLL_CTL_ADD, 13, ')
    expect(details.inside.map(each => each.kind)).toEqual(['step', 'divergence'])
  })

  it('counts as strace -c does', () => {
    const { rows, calls } = ask('statistics', { filter: 'syscall:read,write' })
    expect(rows.map(row => row.name).sort()).toEqual(['read', 'write'])
    expect(calls).toBe(rows.reduce((sum, row) => sum + row.calls, 0))
    expect(rows.find(row => row.name === 'read')?.failures).toBe(4)
  })

  it('completes what is typed', () => {
    expect(ask('completions', { filter: 'fd:7 | sys' }).words).toEqual(['syscall:'])
    expect(ask('completions', { filter: '-syscall:epoll_c' }).words).toEqual([
      '-syscall:epoll_create1',
      '-syscall:epoll_ctl',
    ])
  })

  it('shows a call that goes on, and ends it', () => {
    const run = new RunScript()
    const ask = asker(run)
    const rows = () => ask('calls', { filter: '', ...all }).rows
    const waiting = () => ask('calls', { filter: 'is:waiting', ...all }).matched
    run.enter('read', [0, { after: new Uint8Array([104, 105]) }, 10])
    expect(rows()[0]).toMatchObject({ arguments: '0, 0x7ffd00011000, 10', result: '', state: 'running' })
    expect(waiting()).toBe(0)
    run.emit('sleep', { message: 'piperd', epoll: 0 })
    expect(waiting()).toBe(1)
    run.after(5e6).emit('wake', { by: 7, reason: 'woken' })
    run.exit('read', [0, { after: new Uint8Array([104, 105]) }, 10], 2)
    expect(rows()[0]).toMatchObject({ arguments: '0, "hi", 10', result: '2', state: 'done', duration: 5e6 })
    expect(waiting()).toBe(0)
  })

  it('ends the calls of a process that ends', () => {
    const run = new ExampleRun(1).end().run
    const { rows } = asker(run)('calls', { filter: 'is:never-returns | is:exit', ...all })
    expect(rows.map(row => [row.kind, row.name, row.result])).toEqual([
      ['call', 'exit_group', '?'],
      ['exit', 'exited', ''],
    ])
  })
})

describe('the epoll picture', () => {
  const run = new ExampleRun(6).run
  const ask = asker(run)
  const instance = (at: number | 'live') => ask('epoll', { at }).instances[0]

  it('shows interests, and under them their knotes', () => {
    const { interests, waiters, fd, purpose } = instance('live')
    expect({ fd, purpose }).toEqual({ fd: 5, purpose: 'epoll' })
    expect(waiters).toMatchObject([{ tid: 1200, waiting: false }])
    expect(interests.map(each => [each.fd, each.events])).toEqual([
      [6, 'EPOLLIN|EPOLLRDHUP'],
      [7, 'EPOLLIN'],
      [8, 'EPOLLIN|EPOLLRDHUP|EPOLLET'],
      [9, 'EPOLLIN'],
      [10, 'EPOLLIN|EPOLLOUT|EPOLLONESHOT'],
      [11, 'EPOLLIN'],
      [12, 'EPOLLIN'],
    ])
    expect(interests[4].knotes).toMatchObject([
      { filter: 'EVFILT_READ', state: 'idle', flags: 'EV_ADD|EV_DISPATCH' },
      { filter: 'EVFILT_WRITE', state: 'disabled' },
    ])
  })

  it('is the same at a position, whether asked for forwards, backwards or live', () => {
    const count = run.store.count
    const forwards = Array.from({ length: count }, (_, i) =>
      JSON.stringify(asker(run)('epoll', { at: i }).instances),
    ).filter((_, i) => i % 37 === 0)
    for (let i = count - 1; i >= 0; i--)
      if (i % 37 === 0) expect(JSON.stringify(instance(i))).toBe(JSON.stringify(JSON.parse(forwards[i / 37])[0]))
  }, 30_000)

  it('shows who waits, and what stands in the queue', () => {
    const marks = ask('epoll-history', { epoll: 9, from: 0, to: 1e12, most: 5000 }).marks
    const sleep = marks.find(mark => mark.kind === 'sleep')
    expect(instance(sleep?.event ?? 0).waiters).toMatchObject([{ tid: 1200, waiting: true }])
    const activation = marks.find(mark => mark.kind === 'activate')
    expect(instance(activation?.event ?? 0).queue).toEqual([{ fd: 12, label: 'READ', data: 1 }])
  })

  it('goes from change to change of one descriptor', () => {
    const marks = ask('epoll-history', { epoll: 9, fd: 8, from: 0, to: 1e12, most: 5000 }).marks
    expect(marks.map(mark => mark.kind).slice(0, 4)).toEqual(['change', 'change', 'activate', 'deliver'])
    const step = (at: number | 'live', step: -1 | 1) => ask('epoll-step', { epoll: 9, fd: 8, at, step }).event
    expect(step(marks[0].event, 1)).toBe(marks[1].event)
    expect(step('live', -1)).toBe(marks[marks.length - 1].event)
    expect(step(marks[0].event, -1)).toBeUndefined()
  })

  it('gives counts where there are too many marks', () => {
    const history: History = ask('epoll-history', { from: 0, to: 2e9, most: 10 })
    expect(history.marks).toEqual([])
    expect(history.slices.length).toBeLessThanOrEqual(10)
    const told = history.slices.reduce((sum, each) => sum + each.changes + each.activations + each.deliveries, 0)
    expect(told).toBe(history.count)
  })

  it('knows a half that was left behind, and a descriptor that was closed', () => {
    const example = new ExampleRun(0)
    const attached = example.attach(20, 0, 1, 77)
    const during: EpollPicture = asker(example.run)('epoll', { at: 'live' })
    expect(during.instances[0].interests.find(each => each.fd === 20)?.leftBehind).toBe(false)
    example.kevents([example.kevent(20, 0, 1), example.kevent(20, 1, 1)], 0, [], 'EINVAL')
    const later: EpollPicture = asker(example.run)('epoll', { at: 'live' })
    expect(later.instances[0].interests.find(each => each.fd === 20)).toMatchObject({ leftBehind: true, events: '' })
    example.run.emit('knote-detach', { knote: attached })
    const gone = asker(example.run)('epoll', { at: 'live' }).instances[0].interests.find(each => each.fd === 20)
    expect(gone).toMatchObject({ gone: true, knotes: [{ state: 'gone' }] })
  })
})

describe('the inotify picture', () => {
  const run = new ExampleRun(7).run
  const ask = asker(run)
  const window = { from: 0, to: 1e12, most: 1000 } as const

  it('shows watches, records from queueing to reading, and the depth', () => {
    const { shown, instances }: InotifyPicture = ask('inotify', { at: 'live', ...window })
    expect(instances).toMatchObject([{ id: 300, fd: 15, watches: 2, queued: 12, read: 9, depth: 3, lost: 0 }])
    expect(shown?.watches.map(each => each.path)).toEqual(['/tmp/inbox', '/tmp/archive'])
    expect(shown?.bars).toHaveLength(12)
    expect(shown?.bars[0]).toMatchObject({ text: 'IN_CREATE "note-0.txt"', wd: 16, row: 0 })
    expect(shown?.bars.map(bar => bar.to === undefined)).toEqual([...Array(9).fill(false), ...Array(3).fill(true)])
    expect(shown?.deepest).toBe(6)
    expect(shown?.reads.map(read => read.count)).toEqual([3, 6])
    expect(shown?.queue.map(each => each.text)).toEqual([
      'IN_CREATE "note-6.txt"',
      'IN_DELETE "note-6.txt"',
      'IN_CREATE "note-6.txt"',
    ])
    expect(shown?.notes[0]).toMatchObject({ operation: 'create', notes: 'NOTE_WRITE', wd: 16 })
    expect(shown?.marks[0]).toMatchObject({ kind: 'divergence' })
  })

  it('is told at a position as it was then', () => {
    const { shown } = ask('inotify', { at: 'live', ...window })
    const read = shown?.reads[0]?.event ?? 0
    expect(ask('inotify', { at: read - 1, ...window }).instances[0].depth).toBe(3)
    expect(ask('inotify', { at: read, ...window }).instances[0].depth).toBe(0)
    expect(ask('inotify', { at: 0, ...window }).shown).toBeUndefined()
  })

  it('counts by watch where there are too many records', () => {
    const { shown } = ask('inotify', { at: 'live', ...window, most: 5 })
    expect(shown?.bars).toEqual([])
    expect(shown?.slices.reduce((sum, each) => sum + each.count, 0)).toBe(12)
    expect(shown?.deepest).toBe(6)
  })
})

describe('a question', () => {
  it('that makes no sense is refused in a sentence', () => {
    const queries = new ViewQueries(new RunScript().store)
    expect(() => queries.answer(undefined)).toThrow('A question has a name.')
    expect(() => queries.answer({ name: 'toString' })).toThrow('There is no question named "toString".')
    expect(() => queries.answer({ name: 'call', event: 0 })).toThrow('Nothing has been called yet.')
    expect(() => queries.answer({ name: 'epoll', at: -3 })).toThrow('"at" has to be a number from 0 on.')
  })

  it('about nothing is answered with nothing', () => {
    const ask = asker(new RunScript())
    expect(ask('summary', {})).toMatchObject({ events: 0, calls: 0, epolls: 0 })
    expect(ask('calls', { filter: '', ...all })).toMatchObject({ rows: [], matched: 0, lines: 0 })
    expect(ask('epoll', { at: 'live' })).toMatchObject({ instances: [], objects: [] })
    expect(ask('inotify', { at: 'live', from: 0, to: 0, most: 10 }).shown).toBeUndefined()
    expect(ask('place', { filter: '', native: true, event: 0 }).event).toBeUndefined()
  })
})

describe('from calls to things, and back', () => {
  const run = new ExampleRun(6).run
  const ask = asker(run)
  const rows = (filter: string) => ask('calls', { filter, ...all }).rows

  it('finds what a call touched, from any of its events', () => {
    const [add] = rows('EPOLL_CTL_ADD fd:8')
    expect(ask('call-things', { event: add.event }).things).toEqual([{ epoll: 9, fd: 8 }])
    expect(ask('call-things', { event: add.last ?? 0 }).things).toEqual([{ epoll: 9, fd: 8 }])
    const wait = rows('syscall:epoll_wait')[0]
    expect(ask('call-things', { event: wait.event }).things).toEqual([{ epoll: 9 }, { epoll: 9, fd: 12 }])
    expect(ask('call-things', { event: rows('syscall:brk')[0].event }).things).toEqual([])
  })

  it('finds the call that made a thing, and those that did something to it since', () => {
    const made = (fd?: number) => ask('thing-calls', { epoll: 9, fd, at: 'live', most: 8 }).calls
    expect(
      made()
        .map(each => [each.name, each.roles])
        .slice(0, 1),
    ).toEqual([['epoll_create1', ['made']]])
    const [first, ...later] = made(8)
    expect(first).toMatchObject({ name: 'epoll_ctl', roles: ['made'], event: rows('EPOLL_CTL_ADD fd:8')[0].event })
    expect(later.flatMap(each => each.roles)).toContain('delivered')
    const before = ask('thing-calls', { epoll: 9, fd: 8, at: first.event - 1, most: 8 }).calls
    expect(before).toEqual([])
  })

  it('tells a divergence at the descriptor whose call met it', () => {
    const refused = rows('EPOLLEXCLUSIVE')[0]
    expect(ask('call-things', { event: refused.event }).things).toEqual([{ epoll: 9, fd: 13 }])
    const history = ask('epoll-history', { epoll: 9, fd: 13, from: 0, to: 1e12, most: 10 })
    expect(history.marks).toMatchObject([{ kind: 'divergence', text: expect.stringContaining('epoll.refused-events') }])
  })
})
