/** A program on this computer's network behind the adapter: its waits end, it can be held and ended in the middle of them. */
import { spawn } from 'node:child_process'
import type { DebugClient } from '@vscode/debugadapter-testsupport'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from '../../emulator-core/test/support/guests.ts'
import { type Adapter, bundleSteppingWorker, startAdapter } from './support/adapter.ts'

const PROGRAM = guestPath('network', 'peer')
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

/** Starts a listener; the port it says it has. */
async function listen(scenario: string): Promise<string> {
  let said = ''
  const port = new Promise<string>(resolve => {
    dc.on('output', ({ body }) => {
      said += body.output
      const found = /at (\d+)\n/.exec(said)
      if (found !== null) resolve(found[1])
    })
  })
  await dc.initializeRequest()
  const initialized = dc.waitForEvent('initialized')
  const args = ['listen', scenario, '4']
  const launched = dc.launchRequest({ program: PROGRAM, args, cwd: '/tmp', net: 'host', personality: 'linux' } as never)
  await Promise.race([initialized, launched.then(() => initialized)])
  await dc.configurationDoneRequest()
  await launched
  return port
}

/** The native side; its exit status. */
function connect(scenario: string, port: string): Promise<number | null> {
  const child = spawn(PROGRAM, ['connect', scenario, '4', port], { stdio: 'ignore' })
  return new Promise(resolve => child.once('close', resolve))
}

describe('this computer’s network', () => {
  it('wakes a program that waits', async () => {
    const terminated = dc.waitForEvent('terminated')
    const port = await listen('crowd')
    expect(await connect('crowd', port)).toBe(0)
    await terminated
  })

  it('waits while the program is held', async () => {
    const terminated = dc.waitForEvent('terminated')
    const port = await listen('talk')
    const stopped = dc.waitForEvent('stopped')
    await dc.pauseRequest({ threadId: (await dc.threadsRequest()).body.threads[0].id })
    await stopped
    const connected = connect('talk', port)
    await dc.continueRequest({ threadId: 1 })
    expect(await connected).toBe(0)
    await terminated
  })

  it('is left when the program is ended in the middle of a wait', async () => {
    const port = await listen('talk')
    await dc.disconnectRequest()
    expect(await connect('talk', port)).toBe(1)
  })
})
