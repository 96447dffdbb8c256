/** Steps of one thread while there are others: whether they run meanwhile, and who is said to have ended a sleep. */
import type { DebugProtocol } from '@vscode/debugprotocol'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from '../../emulator-core/test/support/guests.ts'
import { type Adapter, bundleSteppingWorker, startAdapter } from './support/adapter.ts'
import { Driven } from './support/driven.ts'

let files: Awaited<ReturnType<typeof bundleSteppingWorker>>
let adapter: Adapter
let driven: Driven

beforeAll(async () => {
  buildGuests()
  files = await bundleSteppingWorker()
})
beforeEach(async () => {
  adapter = await startAdapter(undefined, files)
  driven = new Driven(adapter.client, { program: guestPath('debugged', 'waiting'), cwd: '/tmp' })
})
afterEach(() => adapter.stop())

const CHOICES = ['running', 'held'] as const

describe.each(CHOICES)('with the others %s', otherThreads => {
  it.each([
    ['epoll', /^knote \d+: EVFILT_READ of \d+, KN_ACTIVE\|KN_QUEUED, by thread \d+ of process \d+ in write$/],
    ['pipe', /^thread \d+ of process \d+ in write$/],
    ['futex', /^thread \d+ of process \d+ in futex$/],
    ['child', /^thread \d+ of process \d+ in exit_group$/],
    ['signal', /^SIGUSR1, by thread \d+ of process \d+ in kill$/],
    ['time', /^the end of its time$/],
  ])('a thread is stepped through a wait in %s, and what ends it is named', async (what, waker) => {
    const { threadId: first = 0 } = await driven.launch({ args: [what], otherThreads }, { functions: ['sleeps'] })
    await driven.untilIn(first, 'stepIn', /^(linux_)?sys_/)
    await driven.step('stepIn', first)
    let stop: DebugProtocol.StoppedEvent['body']
    do stop = await driven.step('next', first)
    while (stop.description === undefined)
    expect(stop).toMatchObject({ reason: 'step', threadId: first })
    const text = stop.description.replace('Paused: woken by ', '')
    expect(text).toMatch(waker)
    const [by] = /(?<=thread )\d+/.exec(text) ?? []
    expect(by).not.toBe(String(first))
    const frames = await driven.frames(first)
    const locals = await Promise.all(frames.map(frame => driven.locals(frame)))
    expect(locals.flat().find(({ name }) => name === 'woken by')?.value).toBe(text)
    await driven.end()
  })
})

it.each(CHOICES)('from call to call, with the others %s', async otherThreads => {
  const { threadId: first = 0 } = await driven.launch(
    { args: ['turns'], otherThreads },
    { functions: ['syscall:getuid'] },
  )
  const before = await driven.callsOfOthers(first)
  const stop = await driven.step('next', first)
  expect(stop).toMatchObject({ reason: 'step', threadId: first, allThreadsStopped: true })
  expect((await driven.frames(first))[0].name).toBe('sys_getgid')
  const after = await driven.callsOfOthers(first)
  if (otherThreads === 'held') expect(after).toBe(before)
  else expect(after).toBeGreaterThan(before)
})
