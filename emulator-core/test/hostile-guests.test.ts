import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'
import { PERSONALITIES, runEmulated, withScratch } from './support/run.ts'

/**
 * Programs that mean harm: whatever they call, the emulator neither fails, nor hangs, nor lets them out.
 * `INTERLINEAR_RANDOM_CALLS=SEED:CALLS` makes other random calls, as many as one likes.
 */

beforeAll(buildGuests, 300_000)

/** So many calls at a time. */
const CALLS = 15_000
const [seed, calls] = (process.env.INTERLINEAR_RANDOM_CALLS ?? `1:${3 * CALLS}`).split(':').map(Number)
const SEEDS = Array.from({ length: Math.ceil(calls / CALLS) }, (_, i) => seed + i)

describe.each(PERSONALITIES)('random calls under %s', personality => {
  it.each(SEEDS)('seed %d', each =>
    withScratch(async scratch => {
      const cwd = scratch.fresh()
      writeFileSync(path.join(cwd, 'f'), 'the host’s')
      const args = [String(each), String(CALLS)]
      // Children that happen to wait for ever would be waited for.
      const options = ['--time', 'virtual', '--kill-on-exit']
      const invocation = { program: guestPath('hostile', 'random-calls'), args, options }
      const { stdout, status } = await runEmulated(invocation, cwd, personality)
      expect(stdout.slice(-15)).toBe('made all calls\n')
      expect(status).toBe(0)
      expect(readdirSync(cwd)).toEqual(['f'])
      expect(readFileSync(path.join(cwd, 'f'), 'utf8')).toBe('the host’s')
    }),
  )
})

it('2,000 children give all their memory back', () =>
  withScratch(async scratch => {
    const outcome = await runEmulated({ program: guestPath('hostile', 'fork-storm') }, scratch.fresh(), 'linux')
    expect(outcome).toEqual({ stdout: '0 pages more\n', stderr: '', status: 0 })
  }))
