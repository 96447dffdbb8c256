// usage: npm run soak -- [--minutes N] [--seed N]
// Runs a mixture of programs for N minutes (5), two at once, beside one that lives all the time, and looks for crashes, programs that
// do not end, wrong output, and what is left behind: memory, processes, files. What was wrong is kept in .cache/soak/.
// Ctrl-C ends it early: it says what it has seen until then, without the programs that were running.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Failure, main } from './lib/failure.mjs'
import { inCache, inRoot } from './lib/paths.mjs'
import { prepare } from './lib/prepare.mjs'
import { say, step } from './lib/progress.mjs'
import { endAfter } from './soak/ending.mjs'
import { watchMemory } from './soak/memory.mjs'
import { allRuns } from './soak/programs.mjs'
import { Checker } from './soak/run.mjs'

const LANES = 2
const KEPT = inCache('soak')

function options() {
  try {
    const { values } = parseArgs({
      options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
    })
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
    if (!(minutes > 0) || !Number.isInteger(seed))
      throw new Error('--minutes wants a number above 0, --seed a whole one')
    return { minutes, seed }
  } catch (error) {
    throw new Failure(`${error.message}. Usage: npm run soak -- [--minutes N] [--seed N]`)
  }
}

await main(async () => {
  const { minutes, seed } = options()
  await prepare(['test'])
  const make = ['--silent', '--jobs=2', '-C', inRoot('emulator-core', 'test', 'guests'), `OUT=${inCache('guests')}`]
  await step('guests', 'Guest programs', run => run('make', make))
  rmSync(KEPT, { recursive: true, force: true })
  mkdirSync(KEPT, { recursive: true })
  const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-soak-'))
  try {
    say(`for ${minutes} minutes, order ${seed}`)
    const began = Date.now()
    const ending = endAfter(minutes)
    const checker = new Checker(folder, ending)
    const next = endless(allRuns(), seed)
    const lane = async () => {
      while (!ending.signal.aborted) await checker.check(next())
    }
    const [memory] = await Promise.all([watchMemory(folder, ending), ...Array.from({ length: LANES }, lane)])
    report(checker.results, memory)
    if (ending.interrupted()) {
      console.log(`ended by hand after ${((Date.now() - began) / 60_000).toFixed(1)} of ${minutes} minutes`)
      process.exitCode = 130
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** All of them in an order of their own, then in another, and so on. */
function endless(runs, seed) {
  let state = seed >>> 0
  const random = limit => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  let left = []
  return () => {
    if (left.length === 0) left = [...runs]
    return left.splice(random(left.length), 1)[0]
  }
}

function report(results, memory) {
  const wrong = results.filter(({ faults }) => faults.length > 0)
  const hows = [...new Set(results.map(({ how }) => how))].sort()
  console.log(`\n${'how'.padEnd(10)}  ${'runs'.padStart(5)}  ${'wrong'.padStart(5)}  ${'slowest'.padStart(8)}`)
  for (const how of hows) {
    const own = results.filter(each => each.how === how)
    const slowest = own.reduce((a, b) => (b.ms > a.ms ? b : a))
    const faulty = own.filter(({ faults }) => faults.length > 0).length
    const time = `${(slowest.ms / 1000).toFixed(1)} s`
    console.log(
      `${how.padEnd(10)}  ${String(own.length).padStart(5)}  ${String(faulty).padStart(5)}  ${time.padStart(8)}  ${slowest.name}`,
    )
  }
  wrong.forEach(({ name, how, faults, actual, expected }, i) => {
    const file = path.join(KEPT, `${i + 1}.json`)
    writeFileSync(file, JSON.stringify({ name, how, faults, actual, expected }, null, 1))
    console.log(`${name} (${how}): ${faults.join('; ')}: ${file}`)
  })
  console.log(`\nthe one that lives long: ${memory.text}`)
  for (const fault of memory.faults) console.log(`  ${fault}`)
  if (wrong.length > 0 || memory.faults.length > 0) process.exitCode = 1
}
