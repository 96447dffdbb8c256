/** What `interlinear run` keeps of its translations from run to run. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Outcome, runNatively, startInterlinear } from './support/run.ts'

const SCRIPT = 'for i in 1 2 3; do /bin/echo $i | /usr/bin/tr 123 abc; done; exit 7'

let folder: string
const translations = () => path.join(folder, 'translations')
const file = () => path.join(translations(), 't-%2fbin%2fsh')

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cache-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(cache = folder, ...options: string[]): Promise<Outcome> {
  return startInterlinear(['run', ...options, '--', '/bin/sh', '-c', SCRIPT], '/', { INTERLINEAR_CACHE: cache }).ended
}

const expected = () => runNatively({ program: '/bin/sh', args: ['-c', SCRIPT] }, '/')

test('a second run finds all that it needs, and does the same', async () => {
  const native = await expected()
  expect(await run()).toEqual(native)
  expect(readdirSync(translations())).toEqual(['t-%2fbin%2fsh'])
  const written = statSync(file())
  expect(written.mode & 0o777).toBe(0o600)
  expect(await run()).toEqual(native)
  expect(statSync(file()).ino).toBe(written.ino)
})

test('a damaged file is replaced', async () => {
  const native = await expected()
  await run()
  const good = readFileSync(file())
  const bad = Buffer.from(good)
  for (let at = 4096; at < bad.length; at += 512) bad[at] ^= 0xff
  writeFileSync(file(), bad)
  expect(await run()).toEqual(native)
  expect(readFileSync(file()).equals(bad)).toBe(false)
  expect(await run()).toEqual(native)
})

test('several at once', async () => {
  const native = await expected()
  for (const outcome of await Promise.all([run(), run(), run(), run()])) expect(outcome).toEqual(native)
  expect(readdirSync(translations())).toEqual(['t-%2fbin%2fsh'])
  for (const outcome of await Promise.all([run(), run()])) expect(outcome).toEqual(native)
})

test('nothing is kept where that is not wanted or not possible', async () => {
  const native = await expected()
  expect(await run(folder, '--no-cache')).toEqual(native)
  expect(await run('off')).toEqual(native)
  expect(existsSync(translations())).toBe(false)
  const occupied = path.join(folder, 'file')
  writeFileSync(occupied, '')
  expect(await run(occupied)).toEqual(native)
  expect(await run('/proc/none')).toEqual(native)
})
