import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'
import { runEmulated, withScratch } from './support/run.ts'

/**
 * Guests that need an administrator's rights, or that change what the whole machine shares. What they print on Linux itself was written down:
 * INTERLINEAR_PRIVILEGED=1 does it again, as root, with nobody else at it.
 */
const FOLDER = fileURLToPath(new URL('guests/privileged/', import.meta.url))
const names = readdirSync(FOLDER)
  .filter(name => name.endsWith('.c'))
  .map(name => path.basename(name, '.c'))

beforeAll(buildGuests, 300_000)

it.each(names)('%s prints what it printed on Linux', name =>
  withScratch(async scratch => {
    const program = guestPath('privileged', name)
    const written = path.join(FOLDER, `${name}.txt`)
    if (process.env.INTERLINEAR_PRIVILEGED !== undefined)
      writeFileSync(written, execFileSync(program, { cwd: scratch.fresh() }))
    const emulated = await runEmulated({ program }, scratch.fresh(), 'linux')
    expect(emulated).toEqual({ stdout: readFileSync(written, 'utf8'), stderr: '', status: 0 })
  }),
)
