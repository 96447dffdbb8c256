// `npm run conformance`: every guest program, script and program of Debian's runs natively and emulated, and what differs is listed.
// `npm run conformance -- NAME…` runs only those with NAME in their name.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { Failure, main } from './lib/failure.mjs'
import { inCache, inRoot, root } from './lib/paths.mjs'
import { prepare } from './lib/prepare.mjs'
import { seconds, step } from './lib/progress.mjs'

const SUITES = ['conformance', 'programs', 'scripts'].map(name => `emulator-core/test/${name}.test.ts`)
const RESULTS = inCache('conformance.json')

await main(async () => {
  const names = process.argv.slice(2)
  await prepare(['test'])
  const make = ['--silent', '--jobs=2', '-C', inRoot('emulator-core', 'test', 'guests'), `OUT=${inCache('guests')}`]
  await step('guests', 'Guest programs', run => run('make', make))
  mkdirSync(inCache(), { recursive: true })
  rmSync(RESULTS, { force: true })
  const began = Date.now()
  runTests(names)
  const tests = readResults()
  if (tests.length === 0) throw new Failure(`No guest has ${names.join(' or ')} in its name.`)
  report(tests, Date.now() - began)
})

function runTests(names) {
  const only = names.length === 0 ? [] : ['-t', names.map(escaped).join('|')]
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`]
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--project', 'guests', ...reporters, ...only, ...SUITES]
  const { error } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error !== undefined) throw error
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** Of the tests that ran: the suite with the group in which it was, its name, whether it passed. */
function readResults() {
  const { testResults } = JSON.parse(readFileSync(RESULTS, 'utf8'))
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const suite = /([a-z-]+)\.test\.ts$/.exec(name)?.[1] ?? name
    if (assertionResults.length === 0) return [{ group: suite, title: message.split('\n')[0], passed: false }]
    return assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ ancestorTitles, title, status }) => ({
        group: [suite, ...ancestorTitles].join(': '),
        title,
        passed: status === 'passed',
      }))
  })
}

function report(tests, ms) {
  const groups = [...new Set(tests.map(({ group }) => group))]
  const width = Math.max(...groups.map(group => group.length))
  console.log(`\n${'what'.padEnd(width)}  same  of`)
  for (const group of groups) {
    const own = tests.filter(test => test.group === group)
    const different = own.filter(test => !test.passed).map(({ title }) => title)
    const list = different.length === 0 ? '' : `   different: ${different.join(', ')}`
    console.log(`${group.padEnd(width)}  ${String(own.length - different.length).padStart(4)}  ${own.length}${list}`)
  }
  const same = tests.filter(({ passed }) => passed).length
  console.log(`\n${same} of ${tests.length} the same natively and emulated, in ${seconds(ms)}`)
  if (same < tests.length) process.exitCode = 1
}
