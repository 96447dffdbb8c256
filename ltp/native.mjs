// What the tests do on this machine's own kernel; remembered, because it takes long and does not change.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import path from 'node:path'
import { inCache } from '../scripts/lib/paths.mjs'
import { which } from '../scripts/lib/which.mjs'
import { digestOf, runTest } from './run.mjs'

/**
 * As root the test gets namespaces of its own, so that what it mounts, names or kills is its own, and all of it dies with it. The shell
 * between is process 1 there: LTP's library will not be that.
 */
const OWN_NAMESPACES = ['unshare', '--mount', '--uts', '--ipc', '--pid', '--fork', '--mount-proc', '--kill-child']
const SHELL = ['sh', '-c', '"$@"; exit $?', 'sh']

const isRoot = process.getuid?.() === 0
const prefix = isRoot && which('unshare') !== undefined ? [...OWN_NAMESPACES, ...SHELL] : []

/** The result on this kernel, from the cache if the same program was run before as the same user under the same release. */
export async function nativeResult(test, options) {
  const file = inCache('ltp', 'native', `${test.name}-${digestOf(test, [release(), String(isRoot)]).slice(0, 16)}.json`)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  const { output, ...result } = await runTest(test, { ...options, prefix })
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify({ ...result, end: output.slice(-4000) }))
  renameSync(`${file}.new`, file)
  return result
}
