/** Breakpoints that ask for more than their place, and what can be asked and changed at a stop. */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { describe, expect, it } from 'vitest'
import { guestPath } from '../../emulator-core/test/support/guests.ts'
import { setStage } from './support/stage.ts'

const ECHO = { program: fileURLToPath(new URL('../../test-workspace/bin/epoll-echo', import.meta.url)), cwd: '/tmp' }
const TREE = { program: guestPath('debugged', 'tree'), args: ['line'], cwd: '/tmp' }

/** Linux's number of epoll_ctl. */
const EPOLL_CTL = 233

const stage = setStage()
const epoll = () => path.join(stage.files.sources, 'compat-linux/epoll.ts')
/** A line of a function of the kernel. */
function lineOf(name: string): number {
  return stage.files.steps.functions.find(([each]) => each === name)?.[2] ?? 0
}

/** All that is printed in a category until the program ends. */
async function printed(category: string, start: () => Promise<unknown>): Promise<string> {
  let text = ''
  stage.dc.on('output', ({ body }: DebugProtocol.OutputEvent) => {
    if (body.category === category) text += body.output
  })
  await Promise.all([stage.dc.waitForEvent('terminated'), start()])
  return text
}

describe('a condition', () => {
  it('on a system call knows its arguments, files by name and constants', async () => {
    const driven = stage.drive(ECHO)
    const condition = 'op == EPOLL_CTL_DEL && fd > 4'
    const { threadId = 0 } = await driven.launch({}, { functions: [{ name: 'syscall:epoll_ctl', condition }] })
    expect(await driven.evaluate('op', threadId)).toBe('2')
    const again = await driven.step('continue', threadId)
    expect(again.reason).toBe('function breakpoint')
    expect(await driven.evaluate('[call, op == EPOLL_CTL_DEL, $rsi]', threadId)).toBe('["epoll_ctl", true, 2]')
  })

  it.each(['/etc/nothing-here', '/nonexistent'])('on the name of a file (%s)', async name => {
    const driven = stage.drive(TREE)
    const functions = [{ name: 'openat', condition: `pathname == ${JSON.stringify(name)}` }]
    const seen = driven.start({}, { functions }).then(() => 'ended')
    const stops = stage.dc.waitForEvent('stopped').then(() => 'stopped')
    const ended = stage.dc.waitForEvent('terminated').then(() => 'ended')
    await seen
    expect(await Promise.race([stops, ended])).toBe(name === '/nonexistent' ? 'stopped' : 'ended')
  })

  it('in the translation knows its variables', async () => {
    const driven = stage.drive(ECHO)
    const at = { line: lineOf('epoll_ctl_common'), condition: 'op === EPOLL_CTL_MOD && (event.events & EPOLLONESHOT)' }
    const { threadId = 0, reason } = await driven.launch({}, { lines: { [epoll()]: [at] } })
    expect(reason).toBe('breakpoint')
    expect(await driven.evaluate('op', threadId)).toMatch(/EPOLL_CTL_MOD/)
    expect(await driven.evaluate('(event.events & EPOLLONESHOT) !== 0', threadId)).toBe('true')
    await expect(driven.evaluate('event.events &', threadId)).rejects.toThrow('Unexpected token')
    await expect(driven.evaluate('fd = 7', threadId)).rejects.toThrow('only registers can')
  })

  it('that nobody can tell stops, and says so; one that nobody can read is refused where it was written', async () => {
    const driven = stage.drive(ECHO)
    const at = { line: lineOf('epoll_ctl_common'), condition: 'evnt.events' }
    const stop = await driven.launch({}, { lines: { [epoll()]: [at] } })
    expect(stop.description).toBe('Paused: the condition cannot be told: evnt is not known here')
    const [bad, count] = await driven.breakAt(epoll(), { line: 1, condition: 'op ===' }, { line: 2, hitCondition: 'x' })
    expect(bad).toMatchObject({ verified: false, message: expect.stringContaining('Unexpected token') })
    expect(count).toMatchObject({ verified: false, message: expect.stringContaining('is no count') })
  })
})

it('counts how often a breakpoint is reached', async () => {
  const driven = stage.drive(ECHO)
  const functions = [{ name: 'syscall:epoll_ctl', hitCondition: '3' }]
  const { threadId = 0 } = await driven.launch({}, { functions })
  const { body } = await stage.dc.customRequest('interlinear/events', { from: 0, count: 5000 })
  const { events } = body as { events: { kind: string; nr?: number }[] }
  expect(events.filter(({ kind, nr }) => kind === 'syscall-enter' && nr === EPOLL_CTL)).toHaveLength(3)
  await Promise.all([stage.dc.waitForEvent('terminated'), driven.ask('continue', threadId)])
})

it('prints instead of stopping, between what the program prints', async () => {
  const driven = stage.drive(ECHO)
  const at = { line: lineOf('epoll_ctl_common'), logMessage: 'interest in {fd}: {String(op)} {nothing}' }
  const text = await printed('console', () => driven.start({}, { lines: { [epoll()]: [at] } }))
  expect(text).toMatch(/^(interest in \d+: [123] \(nothing is not known here\)\n)+$/)
})

it.each(['kevent1', 'Kqueue.register', 'register', 'linux_sys_epoll_ct*'])(
  'stops at a function of the kernel by its name: %s',
  async name => {
    const driven = stage.drive(ECHO)
    const [placed] = await (async () => {
      const stopped = stage.dc.waitForEvent('stopped')
      const all = await driven.start({}, { functions: [name] })
      const { body } = (await stopped) as DebugProtocol.StoppedEvent
      expect(body).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [all[0].id] })
      const [frame] = await driven.frames(body.threadId ?? 0)
      expect(frame.name).toMatch(new RegExp(name.replace('*', '').replace(/^register$/, '\\.register')))
      return all
    })()
    expect(placed.verified).toBe(true)
  },
)

describe('at a stop', () => {
  it('registers, memory and calls can be looked at and changed', async () => {
    const driven = stage.drive(TREE)
    const { threadId = 0 } = await driven.launch({}, { functions: ['inner'] })
    expect(await driven.evaluate('inner === $rip', threadId)).toBe('true')
    expect(await driven.evaluate('set $rbx = 0x1234_5678', threadId)).toContain('0x12345678')
    expect(await driven.evaluate('$rbx', threadId)).toContain('0x12345678')
    const [frame] = await driven.frames(threadId)
    const { scopes } = (await stage.dc.scopesRequest({ frameId: frame.id })).body
    const { variablesReference } = scopes.find(({ name }) => name === 'Registers') ?? { variablesReference: 0 }
    const set = await stage.dc.setVariableRequest({ variablesReference, name: 'rbx', value: '$rsp - 8' })
    expect(await driven.evaluate('$rbx === $rsp - 8', threadId)).toBe('true')
    const memory = { memoryReference: set.body.value, offset: 0 }
    await stage.dc.customRequest('writeMemory', { ...memory, data: Buffer.from('mended!\0').toString('base64') })
    expect(await driven.evaluate('str($rbx)', threadId)).toBe('"mended!"')
    const code = (await stage.dc.evaluateRequest({ expression: 'rip', frameId: frame.id })).body.memoryReference
    await expect(
      stage.dc.customRequest('writeMemory', { memoryReference: code, data: Buffer.from([0x90]).toString('base64') }),
    ).rejects.toThrow('may not write')
  })

  it('what is jumped over is not done', async () => {
    const driven = stage.drive(TREE)
    const { threadId = 0 } = await driven.launch({}, { functions: ['inner'] })
    // As `return` in gdb.
    await driven.evaluate('$rip = u64($rsp)', threadId)
    await driven.evaluate('$rsp = $rsp + 8', threadId)
    expect((await driven.frames(threadId))[0].name).toMatch(/^outer/)
    await driven.step('next', threadId)
    expect((await driven.frames(threadId))[0].name).not.toBe('sys_getppid')
  })

  it('the thread that was to be paused is the one that is shown', async () => {
    const driven = stage.drive({ ...TREE, args: ['asleep'], personality: 'linux' })
    const ready = stage.dc.assertOutput('stdout', 'ready\n')
    await driven.start({})
    await ready
    for (const { id } of await driven.threads()) {
      const stopped = driven.stopAfter(stage.dc.pauseRequest({ threadId: id }))
      expect((await stopped).threadId).toBe(id)
      await stage.dc.continueRequest({ threadId: id })
    }
  })
})

it('says that it cannot attach', async () => {
  await stage.dc.initializeRequest()
  await expect(stage.dc.attachRequest({})).rejects.toThrow('"request" must be "launch"')
})
