import { beforeAll, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'
import {
  type Invocation,
  type Outcome,
  runEmulated,
  runNatively,
  type Started,
  startEmulated,
  startNatively,
  withScratch,
} from './support/run.ts'

const SCENARIOS = ['talk', 'half-close', 'big', 'reset', 'unread', 'full', 'many', 'datagrams', 'crowd']
const options = ['--net', 'host']

type Where = 'native' | 'emulated'

function begin(where: Where, invocation: Invocation, cwd: string): Started {
  return where === 'native' ? startNatively(invocation, cwd) : startEmulated(invocation, cwd, 'linux')
}

interface Conversation {
  readonly listener: Outcome
  readonly connector: Outcome
}

/** Two programs that speak to each other by this computer's network. The port, which is another each time, is left out. */
async function converse(scenario: string, family: string, listens: Where, connects: Where): Promise<Conversation> {
  return withScratch(async scratch => {
    const cwd = scratch.fresh()
    const program = guestPath('network', 'peer')
    const listening = begin(listens, { program, args: ['listen', scenario, family], options }, cwd)
    const [, port] = await listening.says(/^at (\d+)\n/m)
    const connecting = begin(connects, { program, args: ['connect', scenario, family, port], options }, cwd)
    const [listener, connector] = await Promise.all([listening.ended, connecting.ended])
    return { listener: { ...listener, stdout: listener.stdout.replace(/^at \d+$/m, 'at N') }, connector }
  })
}

beforeAll(buildGuests, 300_000)

describe.each(['4', '6'])('two programs over IPv%s', family => {
  it.each(SCENARIOS)('%s', async scenario => {
    const native = await converse(scenario, family, 'native', 'native')
    expect(native.listener.status + native.connector.status).toBe(0)
    expect(await converse(scenario, family, 'emulated', 'native')).toEqual(native)
    expect(await converse(scenario, family, 'native', 'emulated')).toEqual(native)
    expect(await converse(scenario, family, 'emulated', 'emulated')).toEqual(native)
  })
})

it('names, errors and options are the host’s', () =>
  withScratch(async scratch => {
    const program = guestPath('network', 'names')
    const native = await runNatively({ program }, scratch.fresh())
    expect(await runEmulated({ program, options }, scratch.fresh(), 'linux')).toEqual(native)
  }))

it('without --net host nobody outside is reached', () =>
  withScratch(async scratch => {
    const cwd = scratch.fresh()
    const program = guestPath('network', 'peer')
    const listening = begin('native', { program, args: ['listen', 'talk', '4'] }, cwd)
    const [, port] = await listening.says(/^at (\d+)\n/m)
    const args = ['connect', 'talk', '4', port]
    const alone = await runEmulated({ program, args }, cwd, 'linux')
    expect(alone.stdout).toContain('Connection refused')
    const none = await runEmulated({ program, args, options: ['--net', 'none'] }, cwd, 'linux')
    expect(none.stdout).toContain('Network is unreachable')
    listening.kill('SIGKILL')
    await listening.ended
  }))

it('the host’s network does not go by virtual time', () =>
  withScratch(async scratch => {
    const refused = await runEmulated(
      { program: '/bin/true', options: [...options, '--time', 'virtual'] },
      scratch.fresh(),
      'linux',
    )
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--time virtual') })
  }))
