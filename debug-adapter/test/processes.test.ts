/** A tree of processes with threads behind the adapter: all are seen, each can be looked at, and it ends whenever somebody says so. */
import type { DebugClient } from '@vscode/debugadapter-testsupport'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from '../../emulator-core/test/support/guests.ts'
import { type Adapter, bundleSteppingWorker, startAdapter } from './support/adapter.ts'

const PROGRAM = guestPath('debugged', 'tree')

let files: Awaited<ReturnType<typeof bundleSteppingWorker>>
let adapter: Adapter
let dc: DebugClient

beforeAll(async () => {
  buildGuests()
  files = await bundleSteppingWorker()
})
beforeEach(async () => {
  adapter = await startAdapter(undefined, files)
  dc = adapter.client
})
afterEach(() => adapter.stop())

async function launch(what: string, names: readonly string[] = [], more: object = {}) {
  await dc.initializeRequest()
  const initialized = dc.waitForEvent('initialized')
  const launched = dc.launchRequest({ program: PROGRAM, args: [what], cwd: '/tmp', ...more } as never)
  await Promise.race([initialized, launched.then(() => initialized)])
  const { body } = await dc.setFunctionBreakpointsRequest({ breakpoints: names.map(name => ({ name })) })
  await dc.setExceptionBreakpointsRequest({ filters: [] })
  await dc.configurationDoneRequest()
  await launched
  return body.breakpoints
}

/** Until the program has said that all is in motion. */
async function ready(what: string): Promise<void> {
  const said = dc.assertOutput('stdout', 'ready\n')
  // NetBSD has no prctl, with which a thread gives itself a name.
  await launch(what, [], { personality: 'linux' })
  await said
}

async function stopAfter(request: Promise<unknown>): Promise<DebugProtocol.StoppedEvent['body']> {
  const [stopped] = await Promise.all([dc.waitForEvent('stopped'), request])
  return (stopped as DebugProtocol.StoppedEvent).body
}

const threads = async () => (await dc.threadsRequest()).body.threads
const frames = async (threadId: number) => (await dc.stackTraceRequest({ threadId })).body.stackFrames
const functionsOf = async (threadId: number) => (await frames(threadId)).map(({ name }) => name.replace(/\+.*/, ''))
const withoutNumbers = (all: readonly DebugProtocol.Thread[]) => all.map(({ name }) => name.replace(/ \(.*/, '')).sort()

it('says how a program ends that goes on after SIGTERM', async () => {
  const said = dc.assertOutput('stdout', 'ready\n')
  await launch('', [], { program: '/bin/sh', args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'] })
  await said
  const told = dc.assertOutput(
    'important',
    'The program was sent SIGTERM and goes on. Stop once more ends it at once.\n',
  )
  await dc.customRequest('terminate')
  await told
  await dc.disconnectRequest()
})

it('names the signal that has ended the program', async () => {
  const told = dc.assertOutput('console', 'The program was ended by SIGKILL.\n')
  await launch('', [], { program: '/bin/sh', args: ['-c', 'kill -KILL $$'] })
  await told
})

describe('a tree of processes', () => {
  it('shows every thread of every process, and where each is', async () => {
    const started: number[] = []
    dc.on('thread', ({ body }: DebugProtocol.ThreadEvent) => {
      if (body.reason === 'started') started.push(body.threadId)
    })
    await ready('asleep')
    await stopAfter(dc.pauseRequest({ threadId: 0 }))
    const all = await threads()
    expect(withoutNumbers(all)).toEqual(['tree', 'tree', 'waits', 'waits too'])
    expect(started.sort()).toEqual(all.map(({ id }) => id).sort())
    for (const { id, name } of all) {
      const names = await functionsOf(id)
      expect(names[0]).toContain('cv_wait')
      expect(names).toContain(name.startsWith('waits') ? 'wait_for_ever' : 'main')
    }
  })

  it('is held while it computes, forks and executes, as often as one likes', async () => {
    await ready('busy')
    for (let i = 0; i < 20; i++) {
      const { threadId } = await stopAfter(dc.pauseRequest({ threadId: 0 }))
      const all = await threads()
      expect(all.map(({ id }) => id)).toContain(threadId)
      expect(withoutNumbers(all)).toEqual(expect.arrayContaining(['computes', 'tree', 'waits']))
      for (const { id } of all) expect((await frames(id)).length).toBeGreaterThan(0)
      await dc.continueRequest({ threadId: 0 })
    }
  })

  it.each(['asleep', 'busy'])('is ended while all is %s, held or not', async what => {
    await ready(what)
    const terminated = dc.waitForEvent('terminated')
    if (what === 'asleep') await stopAfter(dc.pauseRequest({ threadId: 0 }))
    await dc.terminateRequest({})
    await terminated
  })

  it.each(['asleep', 'busy'])('is left while all is %s', async what => {
    await ready(what)
    await dc.disconnectRequest()
  })
})

describe('what the program leaves running', () => {
  const leave = (script: string) => launch('', [], { program: '/bin/sh', args: ['-c', script] })

  it('is waited for, and told of', async () => {
    const told: string[] = []
    for (const name of ['exited', 'terminated']) dc.on(name, () => told.push(name))
    dc.on('output', ({ body }: DebugProtocol.OutputEvent) => {
      if (body.category !== 'telemetry') told.push(body.output)
    })
    await Promise.all([
      dc.waitForEvent('terminated'),
      leave('(while kill -0 $$ 2>/dev/null; do sleep 0.01; done; sleep 0.1; echo late) & exit 3'),
    ])
    expect(told).toEqual([
      'exited',
      'The program has ended, one process still runs; Stop ends it.\n',
      'late\n',
      'terminated',
    ])
  })

  it('is seen, and stopped', async () => {
    const exited = dc.waitForEvent('exited')
    await leave('sleep 100 & exit 3')
    expect(((await exited).body as DebugProtocol.ExitedEvent['body']).exitCode).toBe(3)
    await stopAfter(dc.pauseRequest({ threadId: 0 }))
    expect(await threads()).toHaveLength(1)
    await Promise.all([dc.waitForEvent('terminated'), dc.terminateRequest({})])
  })
})

describe('one program', () => {
  it('stops at the first call of a function in a library that was loaded after the breakpoint was set', async () => {
    const changed = dc.waitForEvent('breakpoint')
    const stopped = dc.waitForEvent('stopped')
    const [placed] = await launch('line', ['puts'])
    expect(placed.verified).toBe(false)
    const { breakpoint } = (await changed).body as DebugProtocol.BreakpointEvent['body']
    expect(breakpoint).toMatchObject({ id: placed.id, verified: true })
    const { threadId, reason, hitBreakpointIds } = (await stopped).body as DebugProtocol.StoppedEvent['body']
    expect([reason, hitBreakpointIds]).toEqual(['function breakpoint', [placed.id]])
    expect((await functionsOf(threadId ?? 0)).slice(0, 3)).toEqual(expect.arrayContaining(['main']))
  })

  it('is stepped out of its functions, while another thread computes', async () => {
    const { threadId = 0 } = await stopAfter(launch('line', ['inner']))
    expect((await functionsOf(threadId)).slice(0, 3)).toEqual(['inner', 'outer', 'main'])
    const stops = [await stopAfter(dc.stepOutRequest({ threadId }))]
    expect((await functionsOf(threadId)).slice(0, 2)).toEqual(['outer', 'main'])
    stops.push(await stopAfter(dc.stepOutRequest({ threadId })))
    expect((await functionsOf(threadId))[0]).toBe('main')
    expect(stops).toMatchObject(Array(2).fill({ reason: 'step', threadId }))
  })

  it('goes from call to call of a thread, while another computes', async () => {
    const { threadId = 0 } = await stopAfter(launch('line', ['getppid']))
    const calls: string[] = []
    for (let i = 0; i < 3; i++) {
      calls.push((await frames(threadId))[0].name)
      expect(await stopAfter(dc.nextRequest({ threadId }))).toMatchObject({ reason: 'step', threadId })
    }
    expect(calls).toEqual(['sys_getppid', 'sys_getuid', 'linux_sys_openat'])
  })

  it.each([
    ['failingCall', 'inner', 'openat failed: ENOENT'],
    ['unimplementedCall', 'inner', 'io_uring_setup is not implemented'],
    ['divergence', 'inner', 'mmap.grows-down'],
    ['signal', 'inner', 'SIGUSR1'],
    ['everyCall', 'inner', 'getppid'],
  ])('stops by the filter %s', async (filter, from, text) => {
    const { threadId = 0 } = await stopAfter(launch('line', [from]))
    await dc.setFunctionBreakpointsRequest({ breakpoints: [] })
    await dc.setExceptionBreakpointsRequest({ filters: [filter] })
    const stop = await stopAfter(dc.continueRequest({ threadId }))
    expect(stop).toMatchObject({ reason: 'exception', threadId, text })
    const info = (await dc.customRequest('exceptionInfo', { threadId }))
      .body as DebugProtocol.ExceptionInfoResponse['body']
    expect(info.description).toContain(text)
  })
})
