/** Stops where memory is used: by the program, by the kernel on its behalf, by another thread. */
import type { DebugProtocol } from '@vscode/debugprotocol'
import { expect, it } from 'vitest'
import { guestPath } from '../../emulator-core/test/support/guests.ts'
import { setStage } from './support/stage.ts'

const stage = setStage()

async function begun() {
  const driven = stage.drive({ program: guestPath('debugged', 'watched'), cwd: '/tmp' })
  const { threadId = 0 } = await driven.launch({}, { functions: ['begin'] })
  const [frame] = await driven.frames(threadId)
  const info = async (args: DebugProtocol.DataBreakpointInfoArguments) =>
    (await stage.dc.customRequest('dataBreakpointInfo', { frameId: frame.id, ...args }))
      .body as DebugProtocol.DataBreakpointInfoResponse['body']
  const set = async (...breakpoints: DebugProtocol.DataBreakpoint[]) =>
    (await stage.dc.customRequest('setDataBreakpoints', { breakpoints })).body.breakpoints as DebugProtocol.Breakpoint[]
  /** All stops until the end: what each says, and the function. */
  const rest = async () => {
    const stops: string[] = []
    const ended = stage.dc.waitForEvent('terminated')
    for (;;) {
      const stopped = stage.dc.waitForEvent('stopped')
      await driven.ask('continue', threadId)
      const event = await Promise.race([stopped, ended])
      if (event.event === 'terminated') return stops
      const { body } = event as DebugProtocol.StoppedEvent
      const [{ name }] = await driven.frames(body.threadId ?? 0)
      stops.push(`${body.reason}: ${body.text} (${name.replace(/\+.*/, '')})`)
    }
  }
  return { driven, threadId, info, set, rest }
}

it('at a variable that is changed, by whichever thread, and not at its neighbours', async () => {
  const { info, set, rest } = await begun()
  const { dataId, description, accessTypes } = await info({ name: 'data.number' })
  expect(description).toMatch(/^data\.number \(4 bytes at 0x\w+\)$/)
  expect(accessTypes).toEqual(['write', 'read', 'readWrite'])
  const [placed] = await set({ dataId: dataId ?? '', accessType: 'write' })
  expect(placed.verified).toBe(true)
  expect(await rest()).toEqual([
    'data breakpoint: data.number: 0 → 1 (writes)',
    'data breakpoint: data.number: 1 → 2 (writes)',
    'data breakpoint: data.number: 2 → 3 (writes)',
  ])
})

it('at memory that is read', async () => {
  const { info, set, rest } = await begun()
  const { dataId } = await info({ name: 'data.number' })
  await set({ dataId: dataId ?? '', accessType: 'read' })
  expect(await rest()).toEqual(['data breakpoint: data.number is read (reads)'])
})

it('at what the kernel writes, with a condition too', async () => {
  const { info, set, rest, driven, threadId } = await begun()
  const address = await driven.evaluate('&data.text', threadId)
  const { dataId } = await info({ name: address, asAddress: true, bytes: 8 })
  await set({ dataId: dataId ?? '', accessType: 'readWrite', condition: 'data.number === 2' })
  const [stop, ...more] = await rest()
  expect(stop).toMatch(/^data breakpoint: 0x\w+: 0 → \d+, by the call read \(/)
  expect(more).toEqual([])
})

it('says what cannot be watched', async () => {
  const { info, set } = await begun()
  const { dataId } = await info({ name: '$rsp' })
  expect(dataId).toContain(':8:*')
  const all = await set({ dataId: 'x' }, { dataId: '1:16:4:nowhere' }, { dataId: dataId ?? '', condition: '1 +' })
  expect(all.map(({ verified }) => verified)).toEqual([false, false, false])
  expect(all[2].message).toContain('Unexpected')
})
