/** Stepping through the translation of a real program's calls. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DebugClient } from '@vscode/debugadapter-testsupport'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { WorkerFiles } from '../src/debuggee.ts'
import { type Adapter, bundleSteppingWorker, startAdapter } from './support/adapter.ts'

const PROGRAM = fileURLToPath(new URL('../../test-workspace/bin/epoll-echo', import.meta.url))

let files: Required<WorkerFiles>
let adapter: Adapter
let dc: DebugClient
let thread = 0
let lastStop: DebugProtocol.StoppedEvent

beforeAll(async () => {
  files = await bundleSteppingWorker()
})
beforeEach(async () => {
  adapter = await startAdapter(undefined, files)
  dc = adapter.client
})
afterEach(() => adapter.stop())

/** Runs to the first stop. */
async function launch(
  names: readonly string[],
  breakpoints: Readonly<Record<string, readonly number[]>> = {},
  more: object = {},
) {
  await dc.initializeRequest()
  const initialized = dc.waitForEvent('initialized')
  const launched = dc.launchRequest({ program: PROGRAM, ...more } as never)
  await Promise.race([initialized, launched.then(() => initialized)])
  const placed: DebugProtocol.Breakpoint[] = []
  for (const [file, lines] of Object.entries(breakpoints)) {
    const source = { path: path.join(files.sources, file) }
    const { body } = await dc.setBreakpointsRequest({ source, breakpoints: lines.map(line => ({ line })) })
    placed.push(...body.breakpoints)
  }
  await dc.setFunctionBreakpointsRequest({ breakpoints: names.map(name => ({ name })) })
  await dc.setExceptionBreakpointsRequest({ filters: [] })
  const stopped = dc.waitForEvent('stopped')
  await dc.configurationDoneRequest()
  await launched
  lastStop = (await stopped) as DebugProtocol.StoppedEvent
  thread = lastStop.body.threadId ?? 0
  return placed
}

async function stack(): Promise<DebugProtocol.StackFrame[]> {
  return (await dc.stackTraceRequest({ threadId: thread })).body.stackFrames
}

type Step = 'stepIn' | 'next' | 'stepOut' | 'continue'

/** Does a step, and gives the names of the kernel's functions it is within, innermost first. */
async function after(step: Step): Promise<string[]> {
  const args = { threadId: thread }
  const send = {
    stepIn: () => dc.stepInRequest(args),
    next: () => dc.nextRequest(args),
    stepOut: () => dc.stepOutRequest(args),
    continue: () => dc.continueRequest(args),
  }
  const [stopped] = await Promise.all([dc.waitForEvent('stopped'), send[step]()])
  lastStop = stopped as DebugProtocol.StoppedEvent
  return (await stack()).filter(frame => frame.source?.path?.startsWith(files.sources)).map(frame => frame.name)
}

async function locals(frame: DebugProtocol.StackFrame): Promise<DebugProtocol.Variable[]> {
  const { scopes } = (await dc.scopesRequest({ frameId: frame.id })).body
  const scope = scopes.find(({ name }) => name === 'Locals')
  return scope === undefined
    ? []
    : (await dc.variablesRequest({ variablesReference: scope.variablesReference })).body.variables
}

/** Steps over until the innermost frame has a local of that name. */
async function untilKnown(name: string): Promise<DebugProtocol.Variable> {
  for (let tries = 0; tries < 30; tries++) {
    const found = (await locals((await stack())[0])).find(each => each.name === name)
    if (found !== undefined) return found
    await after('next')
  }
  throw new Error(`${name} has got no value`)
}

it('goes from the program into epoll_ctl, into kevent and into the filter, and back', async () => {
  await launch(['syscall:epoll_ctl'])
  expect(await after('stepIn')).toEqual(['linux_sys_epoll_ctl'])
  const [frame] = await stack()
  expect(frame.source?.path).toBe(path.join(files.sources, 'compat-linux/epoll.ts'))
  const op = await untilKnown('op')
  expect(op.value).toBe('EPOLL_CTL_ADD')
  const event = await untilKnown('event')
  expect(event.value).toMatch(/^\{EPOLLIN\|EPOLLRDHUP, data=0x\w+\} → EVFILT_READ, EV_ADD\|EV_ENABLE\|EV_EOF$/)
  const parts = (await dc.variablesRequest({ variablesReference: event.variablesReference })).body.variables
  expect(parts.map(part => `${part.name}=${part.value}`)).toContain(
    'events=EPOLLIN|EPOLLRDHUP → EVFILT_READ, EV_ADD|EV_ENABLE|EV_EOF',
  )

  while ((await after('stepIn'))[0] !== 'epoll_ctl_common');
  let kevents = await untilKnown('kevents')
  while (kevents.value === '[]') {
    await after('next')
    kevents = await untilKnown('kevents')
  }
  expect(kevents.value).toMatch(/^\[\{\d+, EVFILT_READ, EV_ADD\|EV_ENABLE\|EV_EOF\} ← EPOLLIN\|EPOLLRDHUP\]$/)
  let names = await after('stepIn')
  while (names[0] !== 'Kqueue.#attach') names = await after('stepIn')
  expect(names.slice(-6)).toEqual([
    'Kqueue.register',
    'submit',
    'kevent1',
    'registerHalves',
    'epoll_ctl_common',
    'linux_sys_epoll_ctl',
  ])
  while (names[0] !== 'attach') names = await after('stepIn')
  const [attach] = await stack()
  expect(path.basename(attach.source?.path ?? '')).toBe('filterops.ts')
  // It has called nothing yet: not what was called to tell values either.
  expect((await locals(attach)).map(({ name }) => name).filter(name => name.endsWith(' returns'))).toEqual([])

  while (names.length > 1) {
    const deeper = names.length
    names = await after('stepOut')
    expect(names.length).toBeLessThan(deeper)
  }
  expect(names).toEqual(['linux_sys_epoll_ctl'])
  expect(await after('stepOut')).toEqual([])
  expect(lastStop.body.text).toBe('epoll_ctl returned 0')
  expect((await stack())[0].name).toMatch(/^epoll_ctl/)
})

it('stops at breakpoints in the translation, also in a call that has slept', async () => {
  const text = files.steps
  const file = 'native/kqueue/kqueue.ts'
  const number = text.files.indexOf(file)
  const delivered = text.functions.find(([name, at]) => name === 'Kqueue.#delivered' && at === number)
  const [placed] = await launch([], { [file]: [delivered?.[2] ?? 0] })
  expect(placed).toMatchObject({ verified: true })
  const frames = await stack()
  expect(frames.slice(0, 5).map(frame => frame.name)).toEqual([
    'Kqueue.#delivered',
    'Kqueue.#collect',
    'Kqueue.scan',
    'kevent1',
    'waitUnderMask',
  ])
  expect(frames[0].line).toBe(placed.line)
  const woken = (await locals(frames[2])).find(({ name }) => name === 'woken by')
  expect(woken?.value).toMatch(/^knote \d+: EVFILT_READ of \d+/)
  expect(lastStop.body.description).toBe(`Paused: woken by ${woken?.value}`)
  const knote = (await locals(frames[0])).find(({ name }) => name === 'kn')
  expect(knote?.value).toMatch(/^knote \d+: EVFILT_READ of \d+, KN_ACTIVE/)
  // What woke the sleeper is known above the place where it slept, and the frames below have their values too.
  expect((await locals(frames[4])).find(({ name }) => name === 'epfd')?.value).toBe('3')
  expect(await after('stepOut')).toContain('Kqueue.#collect')
})

it('stops where the translation enters the native kernel, and where it comes back', async () => {
  await launch(['syscall:epoll_create1'])
  await dc.setExceptionBreakpointsRequest({ filters: ['nativeOperation'] })
  const stops: string[] = []
  for (let i = 0; i < 2; i++) {
    const [stopped] = await Promise.all([dc.waitForEvent('stopped'), dc.continueRequest({ threadId: thread })])
    stops.push((stopped as DebugProtocol.StoppedEvent).body.text ?? '')
    expect((await stack())[0].name).toBe('kqueue1')
  }
  expect(stops).toEqual(['linux_sys_epoll_create1 calls kqueue1', 'kqueue1 returns 3'])
})

it('shows at the end of a call what it answers, then goes back to the program', async () => {
  await launch(['syscall:epoll_create1'])
  await after('stepIn')
  const returns = await untilKnown('returns')
  expect(returns.value).toBe('3')
  const end = files.steps.functions.find(([name]) => name === 'linux_sys_epoll_create1')?.[3]
  expect((await stack())[0]).toMatchObject({ name: 'linux_sys_epoll_create1', line: end })
  expect(await after('next')).toEqual([])
  expect(lastStop.body.text).toBe('epoll_create1 returned 3')
})

it('enters the translation from the instruction that makes the call', async () => {
  await launch(['epoll_ctl'])
  let names: string[] = []
  // The library's function: arguments are put into registers, then comes the instruction.
  for (let tries = 0; names.length === 0 && tries < 50; tries++) names = await after('stepIn')
  expect(names).toEqual(['linux_sys_epoll_ctl'])
  expect((await locals((await stack())[0])).map(({ name }) => name)).toContain('a3')
})

it('tells a value where the mouse is over its name', async () => {
  await launch(['syscall:epoll_ctl'])
  await after('stepIn')
  await untilKnown('event')
  const [{ id: frameId }] = await stack()
  const ask = (expression: string) => dc.evaluateRequest({ expression, frameId, context: 'hover' })
  expect((await ask('event.events')).body.result).toBe('EPOLLIN|EPOLLRDHUP → EVFILT_READ, EV_ADD|EV_ENABLE|EV_EOF')
  expect((await ask('op')).body.result).toBe('EPOLL_CTL_ADD')
  await expect(ask('nothing')).rejects.toThrow('not known here')
})

it('says which breakpoints lie nowhere', async () => {
  const placed = await launch(['syscall:epoll_ctl'], { 'compat-linux/epoll.ts': [100_000] })
  expect(placed).toMatchObject([{ verified: false }])
  const { body } = await dc.setBreakpointsRequest({ source: { path: '/elsewhere/a.ts' }, breakpoints: [{ line: 1 }] })
  expect(body.breakpoints[0]).toMatchObject({ verified: false, message: expect.stringContaining('call stack') })
})

it('ends and is ended while it is held within the kernel', async () => {
  await launch(['syscall:epoll_ctl'])
  await after('stepIn')
  const ended = dc.waitForEvent('terminated')
  await dc.terminateRequest({})
  await ended
})

it('goes on from within the kernel to the end', async () => {
  await launch(['syscall:epoll_create1'])
  await after('stepIn')
  const exited = dc.waitForEvent('exited')
  await dc.continueRequest({ threadId: thread })
  expect(((await exited) as DebugProtocol.ExitedEvent).body.exitCode).toBe(0)
})

it('records the statements of the translation with their variables, when asked', async () => {
  await launch(['syscall:epoll_ctl'], {}, { recordSteps: true, otherThreads: 'held' })
  await after('stepOut')
  const { body } = await dc.customRequest('interlinear/events', { from: 0, count: 5000 })
  const { events } = body as { events: { kind: string; label?: string; variables?: string }[] }
  const steps = events.filter(({ kind }) => kind === 'step')
  const entered = steps.find(({ label }) => label?.startsWith('registerHalves (compat-linux/epoll.ts:'))
  expect(JSON.parse(entered?.variables ?? '{}').kevents).toContain('EVFILT_READ, EV_ADD|EV_ENABLE')
  expect(steps.some(({ label }) => label?.startsWith('Kqueue.register (native/kqueue/kqueue.ts:'))).toBe(true)
})
