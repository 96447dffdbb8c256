// One run of one test: in a folder of its own, in a session of its own, for a limited time, after which nothing of it is left.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { endDescendants } from './descendants.mjs'

const MOST_OUTPUT = 1 << 20
const TROUBLE = /\b(TFAIL|TBROK|TCONF|TWARN)\b/

/** What identifies a run: program, arguments and what else can change its result. */
export function digestOf(test, words) {
  const hash = createHash('sha256').update(readFileSync(test.program))
  for (const word of [...test.args, ...words]) hash.update(`\0${word}`)
  return hash.digest('hex')
}

/** The same for both sides. */
function environment(test, dir, scratch, kconfig) {
  const bin = path.join(dir, 'testcases', 'bin')
  const env = {
    PATH: `${bin}:${path.dirname(test.program)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: '/root',
    LANG: 'C',
    LTPROOT: dir,
    LTP_COLORIZE_OUTPUT: 'n',
    LTP_TIMEOUT_MUL: '3',
    TMPDIR: scratch,
  }
  return kconfig === undefined ? env : { ...env, KCONFIG_PATH: kconfig }
}

/** What a test's output comes to. Both of LTP's libraries print one line a result, with its kind in it. */
function read(output, status, signal, late) {
  const lines = output.split('\n')
  const trouble = lines.filter(line => TROUBLE.test(line))
  const worst = ['TBROK', 'TFAIL', 'TWARN', 'TCONF'].map(kind => trouble.find(line => line.includes(kind)))
  const passed = lines.filter(line => /\bTPASS\b/.test(line)).length
  const first = trouble.find(line => /TFAIL|TBROK/.test(line)) ?? worst.find(line => line !== undefined)
  const device = lines.some(line => /tst_(device|mkfs)\.c:.*TINFO|Formatting \/dev\//.test(line))
  return { status: signal ?? status, passed, late, device, first: first?.trim() }
}

/** Runs `prefix test args`. `{ status, passed, late, device, first, ms, output }`; the output's end if it is long. */
export async function runTest(test, { dir, prefix, kconfig, limit }) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'ltp-'))
  chmodSync(scratch, 0o777)
  const began = Date.now()
  let output = ''
  let late = false
  try {
    const [command, ...args] = [...prefix, test.program, ...test.args]
    const child = spawn(command, args, {
      cwd: scratch,
      env: environment(test, dir, scratch, kconfig),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const kill = () => endDescendants(child.pid, `TMPDIR=${scratch}`)
    const take = chunk => {
      output = (output + chunk.toString('latin1')).slice(-MOST_OUTPUT)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    const timer = setTimeout(() => {
      late = true
      kill()
    }, limit * 1000)
    const { status, signal } = await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (status, signal) => {
        kill() // a child of the test that lives on would hold its output open
        const forced = setTimeout(() => resolve({ status, signal }), 2000)
        child.once('close', () => {
          clearTimeout(forced)
          resolve({ status, signal })
        })
      })
    })
    clearTimeout(timer)
    return { ...read(output, status, signal, late), ms: Date.now() - began, output }
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
  }
}
