/** A real program in the real emulator behind the adapter: what it records, and what a stopped thread shows of its call. */
import { fileURLToPath } from 'node:url'
import type { DebugClient } from '@vscode/debugadapter-testsupport'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { JsonEvent } from '../src/json-event.ts'
import { type Adapter, bundleWorker, startAdapter } from './support/adapter.ts'

const PROGRAM = fileURLToPath(new URL('../../test-workspace/bin/epoll-echo', import.meta.url))

let workerFile: string
let adapter: Adapter
let dc: DebugClient

beforeAll(async () => {
  workerFile = await bundleWorker('../../../emulator-core/src/session/worker.ts')
})
beforeEach(async () => {
  adapter = await startAdapter(workerFile)
  dc = adapter.client
})
afterEach(() => adapter.stop())

async function launch(names: readonly string[], more: object = {}): Promise<void> {
  await dc.initializeRequest()
  const initialized = dc.waitForEvent('initialized')
  const launched = dc.launchRequest({ program: PROGRAM, ...more } as never)
  await Promise.race([initialized, launched.then(() => initialized)])
  await dc.setFunctionBreakpointsRequest({ breakpoints: names.map(name => ({ name })) })
  await dc.setExceptionBreakpointsRequest({ filters: [] })
  await dc.configurationDoneRequest()
  await launched
}

async function eventsFrom(from: number): Promise<readonly JsonEvent[]> {
  const { body } = await dc.customRequest('interlinear/events', { from, count: 5000 })
  return (body as { events: JsonEvent[] }).events
}

it('records everything from the first call to the last', async () => {
  const terminated = dc.waitForEvent('terminated')
  await launch([])
  await terminated
  const events = await eventsFrom(0)
  expect(events[0]).toMatchObject({ kind: 'session', personality: 'netbsd-10', program: PROGRAM })
  const count = (kind: string) => events.filter(event => event.kind === kind).length
  const calls = count('syscall-enter')
  expect(calls).toBeGreaterThan(20)
  expect(count('syscall-exit')).toBe(calls)
  for (const kind of ['epoll-create', 'knote-attach', 'knote-activate', 'knote-deliver', 'fd-open', 'kevent-call'])
    expect(count(kind), kind).toBeGreaterThan(0)
  expect(events.at(-1)?.kind).toMatch(/^(process|thread)-exit$|^fd-close$/)
  events.forEach((event, i) => {
    expect(event.index).toBe(i)
  })
  const { body } = await dc.customRequest('interlinear/status')
  expect(body).toMatchObject({ state: 'ended', events: events.length })
})

it('shows a stopped thread’s call with its arguments, and under it what it became', async () => {
  const stopped = dc.waitForEvent('stopped')
  await launch(['epoll_ctl'])
  const { threadId } = (await stopped).body as { threadId: number }
  const { stackFrames } = (await dc.stackTraceRequest({ threadId })).body
  expect(stackFrames.map(frame => frame.name)).toEqual(
    expect.arrayContaining(['linux_sys_epoll_ctl', expect.stringMatching(/^main/)]),
  )
  const reference = stackFrames[0].source?.sourceReference ?? 0
  const page = (await dc.sourceRequest({ sourceReference: reference })).body.content
  expect(page).toMatch(/^epoll_ctl\(\d+<[^>]+>, EPOLL_CTL_ADD, \d+<[^>]+>, \{events=EPOLLIN.*\}\)$/m)
  const { scopes } = (await dc.scopesRequest({ frameId: stackFrames[0].id })).body
  const call = scopes.find(scope => scope.name === 'System call')
  const { variables } = (await dc.variablesRequest({ variablesReference: call?.variablesReference ?? 0 })).body
  expect(variables.map(({ name }) => name)).toEqual(['call', 'epfd', 'op', 'fd', 'event'])
  expect(variables[2].value).toBe('EPOLL_CTL_ADD')
})

it('shows the variables of who called a function without unwind tables (musl has none)', async () => {
  const stopped = dc.waitForEvent('stopped')
  await launch(['epoll_ctl'])
  const { threadId } = (await stopped).body as { threadId: number }
  const { stackFrames } = (await dc.stackTraceRequest({ threadId })).body
  const caller = stackFrames.find(({ name }) => name.startsWith('watch'))
  const { scopes } = (await dc.scopesRequest({ frameId: caller?.id ?? 0 })).body
  const locals = scopes.find(({ name }) => name === 'Locals')
  const { variables } = (await dc.variablesRequest({ variablesReference: locals?.variablesReference ?? 0 })).body
  // Optimised, it has kept no more than what its callee reads.
  expect(variables.map(({ name }) => name)).toEqual(['operation', 'fd', 'events', 'data', 'event'])
  expect(variables[4].value).toMatch(/^\{events = \d+, data = \{…\}\}$/)
})

it('records nothing when the launch says so', async () => {
  const terminated = dc.waitForEvent('terminated')
  await launch([], { trace: false })
  await terminated
  expect(await eventsFrom(0)).toEqual([])
})
