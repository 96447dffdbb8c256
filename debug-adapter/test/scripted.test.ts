import type { DebugClient } from '@vscode/debugadapter-testsupport'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Adapter, bundleWorker, startAdapter } from './support/adapter.ts'

let workerFile: string
let adapter: Adapter
let dc: DebugClient

beforeAll(async () => {
  workerFile = await bundleWorker('scripted-worker.ts')
})
beforeEach(async () => {
  adapter = await startAdapter(workerFile)
  dc = adapter.client
})
afterEach(() => adapter.stop())

/** Launches, sets breakpoints and filters, and lets the program go. */
async function launch(program: string, names: readonly string[] = [], filters: string[] = [], more: object = {}) {
  await dc.initializeRequest()
  const initialized = dc.waitForEvent('initialized')
  const launched = dc.launchRequest({ program, sysroot: '/', ...more } as never)
  await Promise.race([initialized, launched.then(() => initialized)])
  const { body } = await dc.setFunctionBreakpointsRequest({ breakpoints: names.map(name => ({ name })) })
  await dc.setExceptionBreakpointsRequest({ filters })
  await dc.configurationDoneRequest()
  await launched
  return body.breakpoints
}

const frames = async () => (await dc.stackTraceRequest({ threadId: 1 })).body.stackFrames.map(frame => frame.name)

async function ended(): Promise<number> {
  const [exited] = await Promise.all([dc.waitForEvent('exited'), dc.waitForEvent('terminated')])
  return (exited.body as { exitCode: number }).exitCode
}

describe('a session', () => {
  it('announces what it can do', async () => {
    const { body } = await dc.initializeRequest()
    expect(body?.supportsFunctionBreakpoints).toBe(true)
    expect(body?.supportsDisassembleRequest).toBe(true)
    expect(body?.supportsDataBreakpoints).toBe(true)
    // It cannot be stepped back.
    expect(body?.supportsStepBack).toBeUndefined()
  })

  it('runs to the end, with output and status', async () => {
    const end = ended()
    const output = dc.assertOutput('stdout', 'hello ✓\n')
    await launch('/calls')
    await output
    expect(await end).toBe(7)
  })

  it('says why a launch failed', async () => {
    await dc.initializeRequest()
    await expect(dc.launchRequest({ program: '/nothing', sysroot: '/' } as never)).rejects.toThrow(
      '/nothing is not a program.',
    )
    await expect(dc.launchRequest({} as never)).rejects.toThrow('names no program')
  })

  it('stops before a call, steps to its end and to the next', async () => {
    const stopped = dc.waitForEvent('stopped')
    const breakpoints = await launch('/calls', ['epoll_ctl', 'no_such_thing'])
    expect(breakpoints).toMatchObject([
      { verified: true },
      { verified: false, message: expect.stringContaining('no_such_thing') },
    ])
    expect((await stopped).body).toMatchObject({
      reason: 'function breakpoint',
      threadId: 1,
      allThreadsStopped: true,
      hitBreakpointIds: [1],
    })
    expect(await frames()).toEqual(['linux_sys_epoll_ctl', '0x10'])
    await Promise.all([dc.waitForEvent('stopped'), dc.stepInRequest({ threadId: 1 })])
    expect(await frames()).toEqual(['0x10'])
    await Promise.all([dc.waitForEvent('stopped'), dc.nextRequest({ threadId: 1 })])
    expect(await frames()).toEqual(['linux_sys_open', '0x10'])
    await Promise.all([ended(), dc.continueRequest({ threadId: 1 })])
  })

  it('shows registers', async () => {
    const stopped = dc.waitForEvent('stopped')
    await launch('/calls', ['syscall:epoll_c*e'])
    await stopped
    const { stackFrames } = (await dc.stackTraceRequest({ threadId: 1 })).body
    const { scopes } = (await dc.scopesRequest({ frameId: stackFrames[0].id })).body
    const registers = scopes.find(scope => scope.name === 'Registers')
    expect(scopes.map(scope => scope.name)).toEqual(['System call', 'Registers', 'Descriptors'])
    const call = (await dc.variablesRequest({ variablesReference: scopes[0].variablesReference })).body.variables
    expect(call.slice(0, 2).map(v => `${v.name} ${v.value}`)).toEqual(['call epoll_create', 'rdi 0x7'])
    const { variables } = (await dc.variablesRequest({ variablesReference: registers?.variablesReference ?? 0 })).body
    expect(variables.find(v => v.name === 'rip')?.value).toBe('0x10')
    expect((await dc.evaluateRequest({ expression: '$rsp', context: 'watch' })).body.result).toBe('0x4')
  })

  it('answers questions about a stop that is over with nothing, and not with a later one', async () => {
    const stopped = dc.waitForEvent('stopped')
    await launch('/calls', ['epoll_create', 'epoll_ctl'])
    await stopped
    const [{ id: frameId }] = (await dc.stackTraceRequest({ threadId: 1 })).body.stackFrames
    const { scopes } = (await dc.scopesRequest({ frameId })).body
    const { variablesReference } = scopes[0]
    // As a view does whose rows are being filled when somebody presses F5.
    const [, late] = await Promise.all([
      dc.continueRequest({ threadId: 1 }),
      dc.variablesRequest({ variablesReference }),
      dc.waitForEvent('stopped'),
    ])
    expect(late.body.variables).toEqual([])
    const [{ id }] = (await dc.stackTraceRequest({ threadId: 1 })).body.stackFrames
    expect(id).not.toBe(frameId)
    expect((await dc.scopesRequest({ frameId })).body.scopes).toEqual([])
    expect((await dc.variablesRequest({ variablesReference })).body.variables).toEqual([])
    const now = (await dc.scopesRequest({ frameId: id })).body.scopes
    expect(now.map(({ variablesReference }) => variablesReference)).not.toContain(variablesReference)
    await Promise.all([ended(), dc.continueRequest({ threadId: 1 })])
    expect((await dc.scopesRequest({ frameId: id })).body.scopes).toEqual([])
    expect((await dc.threadsRequest()).body.threads).toEqual([])
  })

  it('keeps what it has told when a step is refused', async () => {
    const stopped = dc.waitForEvent('stopped')
    await launch('/calls', ['epoll_create'])
    await stopped
    const [{ id: frameId }] = (await dc.stackTraceRequest({ threadId: 1 })).body.stackFrames
    await expect(dc.nextRequest({ threadId: 99 })).rejects.toThrow('There is no thread 99.')
    expect((await dc.scopesRequest({ frameId })).body.scopes.length).toBeGreaterThan(0)
    expect((await dc.customRequest('interlinear/status')).body.state).toBe('paused')
  })

  it('stops behind a failing call when asked, and explains it', async () => {
    const stopped = dc.waitForEvent('stopped')
    await launch('/calls', [], ['failingCall'])
    expect((await stopped).body).toMatchObject({ reason: 'exception', text: 'open failed: ENOENT' })
    expect((await dc.exceptionInfoRequest({ threadId: 1 })).body.description).toBe('open failed: ENOENT')
  })

  it('pauses and ends what never ends, at once', async () => {
    await launch('/spin')
    const began = performance.now()
    await Promise.all([dc.waitForEvent('stopped'), dc.pauseRequest({ threadId: 1 })])
    expect(performance.now() - began).toBeLessThan(100)
    await dc.continueRequest({ threadId: 1 })
    const [status] = await Promise.all([ended(), dc.terminateRequest({})])
    expect(status).toBe(128 + 15)
  })

  it('stops on entry, and starts again', async () => {
    const stopped = dc.waitForEvent('stopped')
    await launch('/calls', ['epoll_ctl'], [], { stopOnEntry: true })
    expect((await stopped).body.reason).toBe('entry')
    await Promise.all([dc.waitForEvent('stopped'), dc.continueRequest({ threadId: 1 })])
    await Promise.all([dc.waitForEvent('stopped'), dc.restartRequest({} as never)])
    const [next] = await Promise.all([dc.waitForEvent('stopped'), dc.continueRequest({ threadId: 1 })])
    expect(next.body.hitBreakpointIds).toEqual([1])
  })

  it('hands input to a waiting program', async () => {
    const end = ended()
    await launch('/echo')
    await Promise.all([
      dc.assertOutput('stdout', 'typed\n'),
      dc.evaluateRequest({ expression: 'typed', context: 'repl' }),
    ])
    expect(await end).toBe(0)
  })

  it('gathers output, loses none of it, and does not flood', async () => {
    let events = 0
    let length = 0
    dc.on('output', event => {
      events++
      length += event.body.output.length
    })
    const end = ended()
    await launch('/chatter')
    await end
    expect(length).toBe(2_000_000)
    expect(events).toBeLessThan(150)
  })
})
