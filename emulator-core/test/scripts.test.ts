import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { PERSONALITIES, runEmulated, runNatively, withScratch } from './support/run.ts'

/**
 * Shells, languages, build tools and servers as Debian ships them, each with a script that makes many checks at one start:
 * what it prints and how it ends must be what it is on the machine itself. A script is given an empty folder and no input,
 * and prints nothing that depends on when or where it runs. One that needs what NetBSD lacks says so: `Only under linux: why`.
 */

const FOLDER = fileURLToPath(new URL('scripts/', import.meta.url))
const SCRIPTS = readdirSync(FOLDER).sort()

const isFor = (name: string, personality: string) =>
  personality === 'linux' || !/^.{1,3}Only under linux: ./m.test(readFileSync(path.join(FOLDER, name), 'utf8'))

describe.each(PERSONALITIES)('under %s as on the machine itself', personality => {
  it.concurrent.each(SCRIPTS.filter(name => isFor(name, personality)))('%s', name =>
    withScratch(async scratch => {
      const script = { program: path.join(FOLDER, name), env: { PATH: '/usr/bin:/bin:/usr/sbin' } }
      const native = await runNatively(script, scratch.fresh())
      expect(await runEmulated(script, scratch.fresh(), personality)).toEqual(native)
    }),
  )
})
