// One run of a program and what is wrong with it.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { inRoot } from '../lib/paths.mjs'

export const INTERLINEAR = inRoot('emulator-core', 'bin', 'interlinear')
const LIMIT_MS = 180_000
/** The command's status when it fails itself. */
const INTERNAL_STATUS = 70
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C', HOME: '/nonexistent', TZ: 'UTC' }

/** Starts a program in a process group of its own; `ended` says how it ended, also if by the time limit or by `kill`. */
export function start(argv, cwd, temporary, { input = 'ignore', limitMs = LIMIT_MS } = {}) {
  const child = spawn(argv[0], argv.slice(1), {
    cwd,
    env: { ...ENVIRONMENT, TMPDIR: temporary },
    stdio: [input, 'pipe', 'pipe'],
    detached: true,
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('latin1').on('data', text => {
      output[name] += text
    })
  }
  const kill = () => process.kill(-child.pid, 'SIGKILL')
  const ended = new Promise((resolve, reject) => {
    let hangs = false
    const timer = setTimeout(() => {
      hangs = true
      kill()
    }, limitMs)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ ...output, status: code ?? signal, hangs })
    })
  })
  return { child, ended, kill }
}

/** Processes that are left of a group. They are ended. */
export function leftOf(group) {
  try {
    process.kill(-group, 'SIGKILL')
    return ['processes are left']
  } catch {
    return []
  }
}

/** Files that are left in a folder that was empty. */
export function filesLeft(folder) {
  const left = readdirSync(folder)
  return left.length === 0 ? [] : [`files are left: ${left.join(' ')}`]
}

export class Checker {
  results = []
  #folder
  #number = 0
  #expected = new Map()
  #ending

  constructor(folder, ending) {
    this.#folder = folder
    this.#ending = ending
  }

  async check(run) {
    const { name, how, argv, native } = run
    const began = Date.now()
    const { place, cwd, temporary, log } = this.#place()
    const key = native ? argv.join(' ') : `${how} ${argv.join(' ')}`
    if (native && !this.#expected.has(key)) {
      const first = this.#place()
      const { status, stdout, stderr } = await this.#toItsEnd(start(argv, first.cwd, first.temporary))
      if (this.#ending.interrupted()) return
      this.#expected.set(key, { status, stdout, stderr })
      rmSync(first.place, { recursive: true })
    }
    const options =
      how === 'trace' ? ['trace', '-f', '-o', log, '--personality', 'linux'] : ['run', '--personality', how]
    const started = start([process.execPath, INTERLINEAR, ...options, '--', ...argv], cwd, temporary)
    const { hangs, ...actual } = await this.#toItsEnd(started)
    if (this.#ending.interrupted()) return void leftOf(started.child.pid)
    const faults = [...leftOf(started.child.pid), ...filesLeft(temporary), ...filesLeft(cwd)]
    const expected = this.#expected.get(key)
    if (hangs) faults.push('does not end')
    else if (crashed(actual)) faults.push('crash')
    else if (expected === undefined) this.#expected.set(key, actual)
    else if (!same(actual, expected, run.unordered)) faults.push('wrong output')
    if (how === 'trace' && !hangs && !completeTrace(log)) faults.push('the trace has no end')
    rmSync(place, { recursive: true, force: true })
    this.results.push({ name, how, faults, ms: Date.now() - began, ...(faults.length > 0 ? { actual, expected } : {}) })
  }

  /** Ctrl-C ends the program too: nobody waits for one that takes minutes. */
  async #toItsEnd({ ended, kill }) {
    const { signal, interrupted } = this.#ending
    const onEnd = () => interrupted() && kill()
    signal.addEventListener('abort', onEnd)
    try {
      return await ended
    } finally {
      signal.removeEventListener('abort', onEnd)
    }
  }

  /** Two empty folders at a path that is as long each time. */
  #place() {
    const place = path.join(this.#folder, String(this.#number++).padStart(6, '0'))
    const [cwd, temporary] = ['cwd', 'tmp'].map(name => path.join(place, name))
    for (const folder of [cwd, temporary]) mkdirSync(folder, { recursive: true })
    return { place, cwd, temporary, log: path.join(place, 'log') }
  }
}

function crashed({ status, stderr }) {
  return status === INTERNAL_STATUS || /fault of Interlinear|^interlinear: /m.test(stderr)
}

/** How a shell would call an end by a signal is the command's status. */
function same(actual, expected, unordered) {
  const text = ({ stdout, stderr }) => JSON.stringify([stdout, stderr].map(s => (unordered ? s.split('\n').sort() : s)))
  return statusNumber(actual.status) === statusNumber(expected.status) && text(actual) === text(expected)
}

function statusNumber(status) {
  return typeof status === 'number' ? status : 128 + os.constants.signals[status]
}

function completeTrace(log) {
  return existsSync(log) && /\+\+\+ (exited|killed) .*\n$/.test(readFileSync(log, 'latin1').slice(-200))
}
