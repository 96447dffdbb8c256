// usage: npm run bench [-- --runs N] [-- --only WORD]
// Measures the programs of bench/programs.mjs: natively, in qemu-x86_64, traced by both, in Interlinear and traced by it.
// The runs are interleaved, so that a busy moment of the machine hits every column; the tables show medians.
// "--only views" measures the views with a run of a million events, in the browser.
// Needs Debian's gcc, libc6-dev, strace, qemu-user, gawk, perl, python3, xz-utils: installed by apt-get when run as root, else named.

import { parseArgs } from 'node:util'
import { makeFiles, prepareGuests } from '../bench/files.mjs'
import { PROGRAMS, RUNNERS } from '../bench/programs.mjs'
import { report } from '../bench/report.mjs'
import { measureOnce } from '../bench/run.mjs'
import { benchViews } from '../bench/views.mjs'
import { Failure, main } from './lib/failure.mjs'
import { prepare } from './lib/prepare.mjs'
import { say } from './lib/progress.mjs'

/** Each makes a run of a million events first, which takes longer than what is measured. */
const VIEW_RUNS = 3

const median = numbers => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function options() {
  try {
    const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, only: { type: 'string' } } })
    const runs = Number(values.runs)
    if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs wants a whole number from 1, not "${values.runs}"`)
    return { runs, only: values.only }
  } catch (error) {
    throw new Failure(`${error.message}. Usage: npm run bench -- [--runs N] [--only WORD]`)
  }
}

await main(async () => {
  const { runs, only } = options()
  const programs = PROGRAMS.filter(({ name }) => only === undefined || name.includes(only))
  const measuresViews = only === undefined || 'views'.includes(only)
  if (programs.length === 0 && !measuresViews) throw new Failure(`No row has "${only}" in its name.`)
  if (programs.length > 0) await measurePrograms(programs, runs)
  if (measuresViews) await measureViews(Math.min(runs, VIEW_RUNS))
})

async function measureViews(runs) {
  say('views')
  const lines = await benchViews(runs, median)
  console.log(['', ...(lines ?? ['The views were not measured: there is no Chromium here.'])].join('\n'))
}

async function measurePrograms(programs, runs) {
  await prepare(['engine', 'bench'])
  prepareGuests()
  await makeFiles()

  const runners = ({ columns }) => RUNNERS.filter(({ name }) => columns?.includes(name) ?? true)
  const samples = new Map(programs.map(each => [each.name, new Map(runners(each).map(({ name }) => [name, []]))]))
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`)
    for (const program of programs) {
      for (const runner of runners(program))
        samples.get(program.name).get(runner.name).push(measureOnce(program, runner))
    }
  }
  const medians = new Map(
    [...samples].map(([row, columns]) => [row, new Map([...columns].map(([name, list]) => [name, median(list)]))]),
  )
  console.log(report(programs, medians, runs))
}
