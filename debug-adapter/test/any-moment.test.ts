/** Programs with many threads and processes, looked at, stepped and ended at any moment. The moments come from a seed. */
import type { DebugClient } from '@vscode/debugadapter-testsupport'
import type { DebugProtocol } from '@vscode/debugprotocol'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from '../../emulator-core/test/support/guests.ts'
import { type Adapter, bundleSteppingWorker, startAdapter } from './support/adapter.ts'
import { Driven } from './support/driven.ts'

const ROUNDS = 10
/** Threads of which everything is asked at each stop. */
const LOOKED_AT = 6
const LONGEST_MS = 60
const SEEDS = process.env.INTERLINEAR_SEED === undefined ? [1, 2] : [Number(process.env.INTERLINEAR_SEED)]

const REDIS = 'redis-server --port 7777 --save "" >/dev/null & exec redis-benchmark -p 7777 -n 100000000 -c 20 -q'

/** `threads`: how many there are once all is in motion. */
const PROGRAMS = {
  'a fork bomb': { threads: 150, launch: { program: guestPath('debugged', 'bomb') } },
  'a program in Go under load': {
    threads: 4,
    launch: { program: '/bin/sh', args: ['-c', `while :; do ${guestPath('go', 'network')} >/dev/null; done`] },
  },
  'redis under load': { threads: 6, launch: { program: '/bin/sh', args: ['-c', REDIS] } },
}

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

/** Numbers from 0 up to 1, the same for the same seed (Marsaglia's xorshift). */
function randomFrom(seed: number): () => number {
  let state = seed * 0x9e37_79b9
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const after = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Everything that a user may open. */
async function lookAt(driven: Driven, threadId: number): Promise<void> {
  const frames = await driven.frames(threadId)
  expect(frames.length).toBeGreaterThan(0)
  const { scopes } = (await dc.scopesRequest({ frameId: frames[0].id })).body
  for (const { variablesReference } of scopes) await dc.variablesRequest({ variablesReference })
}

describe.each(Object.entries(PROGRAMS))('%s', (_name, program) => {
  it.each(SEEDS)('is held, looked at, stepped and ended at any moment (seed %i)', async seed => {
    const random = randomFrom(seed)
    const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]
    const driven = new Driven(dc, { ...program.launch, cwd: '/tmp' })
    await driven.start({ otherThreads: some(['running', 'held']) })
    for (let threads = 0; threads < program.threads; ) {
      await after(random() * LONGEST_MS)
      await driven.pause()
      threads = (await driven.threads()).length
      await dc.continueRequest({ threadId: 0 })
    }
    for (let round = 0; round < ROUNDS; round++) {
      await after(random() * LONGEST_MS)
      await driven.pause()
      const threads = await driven.threads()
      expect(threads.length).toBeGreaterThan(0)
      for (let i = 0; i < LOOKED_AT; i++) await lookAt(driven, some(threads).id)
      const { id: threadId } = some(threads)
      await stepOrPause(driven, some(['next', 'stepIn', 'stepOut']), threadId, random() * LONGEST_MS)
      await lookAt(driven, some(await driven.threads()).id)
      await dc.continueRequest({ threadId })
    }
    if (random() < 0.5) await driven.pause()
    await driven.end()
  })
})

/** A thread that waits may never come to the end of its step. */
async function stepOrPause(driven: Driven, step: 'next' | 'stepIn' | 'stepOut', threadId: number, ms: number) {
  const stopped = new Promise<DebugProtocol.StoppedEvent['body']>(resolve => {
    dc.once('stopped', (event: DebugProtocol.StoppedEvent) => resolve(event.body))
  })
  const request = driven.ask(step, threadId)
  // There may be nowhere to step out to.
  const refused = await request.then(
    () => false,
    () => true,
  )
  if (refused) return
  await Promise.race([stopped, after(ms)])
  await dc.pauseRequest({ threadId })
  expect((await stopped).reason).toMatch(/^(step|pause)$/)
}
