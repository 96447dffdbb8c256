// One run of one program by one runner.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { Failure } from '../scripts/lib/failure.mjs'
import { inCache, inRoot } from '../scripts/lib/paths.mjs'
import { DATA, GUESTS, MEASURE } from './files.mjs'
import { Measure } from './programs.mjs'

const TRACE = inCache('bench', 'trace')

/** The same for every column, and nothing in it that makes Node or a guest do more at its start. */
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' }

const places = {
  OUT: TRACE,
  INTERLINEAR: inRoot('node_modules', '.bin', 'interlinear'),
}

const FOLDERS = { GUESTS, DATA, SCRIPTS: inRoot('bench', 'guests') }

const place = word => places[word] ?? word.replace(/^(GUESTS|DATA|SCRIPTS)(?=\/)/, name => FOLDERS[name])

/** What the first runner of a program printed: a column that prints something else has measured something else. */
const expected = new Map()

function check(program, runner, output) {
  const digest = createHash('sha256').update(output).digest('hex')
  const first = expected.get(program.name) ?? digest
  expected.set(program.name, first)
  if (first !== digest)
    throw new Failure(`${program.name}: ${runner.name} does not print what the first column printed.`)
}

/** In the row's unit. */
export function measureOnce(program, runner) {
  const words = [...program.command]
  if (runner.slow && program.traced !== undefined) words.splice(-1, 1, program.traced)
  const whole = runCommand(program, runner, words)
  return program.without === undefined ? whole : whole - runCommand(program, runner, program.without)
}

function runCommand(program, runner, words) {
  const command = [...runner.prefix, ...words].map(place)
  const { status, output, error } = spawnSync(MEASURE, command, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    maxBuffer: 1 << 30,
  })
  rmSync(TRACE, { force: true })
  if (error !== undefined) throw error
  const [, stdout, stderr, times] = output
  const [wall, cpu, guestStatus, memory] = times.toString().split(' ').map(Number)
  if (status !== 0 || guestStatus !== 0) {
    throw new Failure(`${program.name}, ${runner.name}: exit status ${guestStatus ?? status}. ${stderr}`)
  }
  switch (program.measure) {
    case Measure.PRINTED:
      return Number(stdout)
    case Measure.WALL:
      return wall
    case Measure.MEMORY:
      return memory
    default:
      check(program, runner, stdout)
      return cpu
  }
}
