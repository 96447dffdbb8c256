// usage: npm run ltp -- DIR [GROUP or TEST …] [--personality NAME] [--jobs N] [--limit SECONDS] [--format text|json|markdown]
//                       [--kconfig FILE] [--output DIR] [--native-only] [--qemu] [--explain]
// Runs the system-call tests of a built Linux Test Project: DIR is its installation folder, or its source tree if it was built there.
// Each test is run once on this machine's kernel (remembered in .cache/ltp) and once emulated. A test passes if it exits with 0 and prints
// at least as many TPASS as it did natively. --output keeps what each emulated test printed. --qemu: by qemu-x86_64, to compare with.
// --explain: each test that fails is run again, traced; a table says which divergences it met, and without which of them it passes.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { DANGEROUS } from '../ltp/dangerous.mjs'
import { explain, explanations } from '../ltp/explain.mjs'
import { nativeResult } from '../ltp/native.mjs'
import { asJson, asMarkdown, asText, passed, passedNatively, reason, summarize } from '../ltp/report.mjs'
import { runTest } from '../ltp/run.mjs'
import { findTests } from '../ltp/tests.mjs'
import { Failure, main } from './lib/failure.mjs'
import { inCache, inRoot } from './lib/paths.mjs'
import { prepare } from './lib/prepare.mjs'
import { progressOnStandardError, say } from './lib/progress.mjs'

const FORMATS = { text: asText, json: asJson, markdown: asMarkdown }
const USAGE = readFileSync(new URL(import.meta.url), 'utf8')
  .split('\n')
  .slice(0, 2)
  .map(line => line.replace(/^\/\/ {0,1}/, ''))
  .join('\n')

function options() {
  const text = (value = undefined) => ({ type: 'string', default: value })
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        personality: text('linux'),
        jobs: text(String(availableParallelism())),
        limit: text('120'),
        format: text('text'),
        kconfig: text(),
        output: text(),
        'native-only': { type: 'boolean', default: false },
        qemu: { type: 'boolean', default: false },
        explain: { type: 'boolean', default: false },
      },
    })
    const [dir, ...wanted] = positionals
    if (dir === undefined) throw new Error('Where is the LTP?')
    const [jobs, limit] = [values.jobs, values.limit].map(Number)
    if (!Number.isInteger(jobs) || jobs < 1)
      throw new Error(`--jobs wants a whole number from 1, not "${values.jobs}".`)
    if (!(limit > 0)) throw new Error(`--limit wants seconds, not "${values.limit}".`)
    if (!Object.hasOwn(FORMATS, values.format))
      throw new Error(`--format is one of ${Object.keys(FORMATS).join(', ')}.`)
    return { ...values, dir: path.resolve(dir), wanted, jobs, limit }
  } catch (error) {
    throw new Failure(`${error.message}\n${USAGE}`)
  }
}

/** The kernel's configuration as a plain file, which both sides read. */
function kernelConfig() {
  const file = inCache('ltp', 'config')
  if (existsSync('/proc/config.gz')) {
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, gunzipSync(readFileSync('/proc/config.gz')))
    return file
  }
  return undefined
}

function choose(tests, wanted) {
  const named = word => test => test.group === word || test.name === word || test.group.startsWith(`${word}_`)
  const unknown = wanted.filter(word => !tests.some(named(word)))
  if (unknown.length > 0) throw new Failure(`There is no group or test named ${unknown.join(', ')}.`)
  return tests.filter(
    test =>
      ![test.group, test.name].some(word => Object.hasOwn(DANGEROUS, word)) &&
      (wanted.length === 0 || wanted.some(word => named(word)(test))),
  )
}

/** `work` on each, `jobs` at a time; the results in the order of `list`. */
async function each(list, jobs, work) {
  const results = []
  let next = 0
  const worker = async () => {
    while (next < list.length) {
      const at = next++
      results[at] = await work(list[at], at)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return results
}

await main(async () => {
  const { dir, wanted, jobs, limit, format, personality, output, ...more } = options()
  const tests = choose(findTests(dir), wanted)
  const kconfig = more.kconfig ?? kernelConfig()
  progressOnStandardError()
  await prepare(more.qemu ? ['bench'] : ['engine'])
  const run = { dir, kconfig, limit }
  const command = inRoot('node_modules', '.bin', 'interlinear')
  const prefix = more.qemu ? ['qemu-x86_64'] : [command, 'run', '--personality', personality, '--']
  const results = await each(tests, jobs, async (test, at) => {
    const native = await nativeResult(test, run)
    if (more['native-only'] || !passedNatively({ native }) || native.device) {
      const why = native.device ? 'needs a disk' : `natively ${native.status}, ${native.passed} checks`
      say(`${at + 1}/${tests.length} ${test.name}: ${why}`)
      return { test, native, emulated: native }
    }
    const emulated = await runTest(test, { ...run, prefix })
    if (output !== undefined) {
      mkdirSync(output, { recursive: true })
      writeFileSync(path.join(output, test.name), emulated.output)
    }
    const verdict = passed({ native, emulated }) ? 'pass' : reason({ native, emulated })
    say(`${at + 1}/${tests.length} ${test.name}: ${verdict} (${emulated.ms} ms)`)
    return { test, native, emulated }
  })
  const summary = summarize(results)
  if (more.explain) {
    const list = await each(summary.failing, jobs, async result => {
      const explained = await explain(result, { ...run, command, personality })
      say(`${result.test.name}: ${explained.reasons?.join(', ') ?? 'not by what it met'}`)
      return explained
    })
    console.log(explanations(list))
    return
  }
  console.log(FORMATS[format](summary))
})
