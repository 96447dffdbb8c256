/**
 * Programs that do what a random number says (test/guests/random): Linux itself and the emulator must answer each call alike. A seed that
 * fails is run again by hand with `interlinear run -- .cache/guests/random/NAME SEED STEPS`.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'
import { runEmulated, runNatively, withScratch } from './support/run.ts'

const SEEDS = Array.from({ length: 12 }, (_, i) => String(i + 1))
const STEPS = '1200'

beforeAll(buildGuests, 300_000)

describe.each(['epoll', 'inotify'])('%s', name => {
  it.each(SEEDS)('with seed %s', seed =>
    withScratch(async scratch => {
      const invocation = { program: guestPath('random', name), args: [seed, STEPS] }
      const native = await runNatively(invocation, scratch.fresh())
      const emulated = await runEmulated(invocation, scratch.fresh(), 'linux')
      const [theirs, ours] = [native, emulated].map(({ stdout }) => stdout.split('\n'))
      const at = theirs.findIndex((line, i) => line !== ours[i])
      expect(ours.slice(0, at + 1)).toEqual(theirs.slice(0, at + 1))
      expect(emulated).toEqual(native)
    }),
  )
})
