// `npm test`: sets everything up, then runs every check there is. `npm test -- unit e2e` runs only the named ones.
import { spawn } from 'node:child_process'
import { ensureSystemPackages } from './lib/apt.mjs'
import { hasCargoCommand } from './lib/cargo.mjs'
import { addonFolder, addons } from './lib/engine.mjs'
import { Failure, main } from './lib/failure.mjs'
import { inCache, inRoot, root } from './lib/paths.mjs'
import { prepare } from './lib/prepare.mjs'
import { say, seconds, step } from './lib/progress.mjs'
import { ensureServer } from './lib/vscode-server.mjs'
import { ensureVsix } from './lib/vsix.mjs'

const script = name => ['npm', 'run', '--silent', name]
const vitest = (...args) => [process.execPath, inRoot('node_modules', 'vitest', 'vitest.mjs'), 'run', ...args]
/** The same for every part in Rust. */
const cargo = (command, ...more) =>
  addons().map(({ name }) => ['cargo', ...command, '--manifest-path', inRoot(addonFolder(name), 'Cargo.toml'), ...more])

/** In the order of how soon they answer. A check is a command, or several. `needs` is a part of cargo that a distribution's Rust may lack. */
const CHECKS = [
  { name: 'lint', commands: () => [script('lint')] },
  { name: 'directions', commands: () => [script('directions')] },
  { name: 'typecheck', commands: () => [script('typecheck')] },
  { name: 'rustfmt', commands: () => cargo(['fmt', '--check']), needs: 'fmt' },
  { name: 'unit', commands: () => [vitest('--project', 'unit')], before: prepareGuests },
  {
    name: 'clippy',
    commands: () => cargo(['clippy', '--all-targets', '--release'], '--', '-D', 'warnings'),
    needs: 'clippy',
  },
  { name: 'guests', commands: () => [vitest('--project', 'guests')], before: prepareGuests },
  { name: 'binaries', commands: () => [vitest('--project', 'binaries')], before: prepareBinaries },
  { name: 'e2e', commands: () => [vitest('--config', 'vitest.e2e.config.ts')], before: prepareForVsCode },
]

/** The lines in which a test runner sums up; they are repeated at the very end. */
const SUMMARY = /^\s*(Test Files|Tests)\s|^Checked \d+ files|dependencies cruised/
const QUIET_FOR_MS = 20_000

/** The programs that the tests run; Go compiles its library the first time. */
async function prepareGuests() {
  const folder = inRoot('emulator-core', 'test', 'guests')
  const make = ['--silent', '--jobs=2', '-C', folder, `OUT=${inCache('guests')}`]
  await step('guests', 'Guest programs', run => run('make', make))
}

async function prepareBinaries() {
  await ensureSystemPackages(['binaries'])
}

async function prepareForVsCode() {
  await ensureServer()
  await ensureVsix()
}

await main(async () => {
  const asked = process.argv.slice(2)
  const unknown = asked.filter(name => !CHECKS.some(check => check.name === name))
  if (unknown.length > 0) {
    throw new Failure(
      `There is no check named ${unknown.join(', ')}; there are ${CHECKS.map(({ name }) => name).join(', ')}.`,
    )
  }
  await prepare(['test', 'browser'])
  const results = []
  for (const check of CHECKS) {
    if (asked.length > 0 && !asked.includes(check.name)) continue
    results.push(await perform(check))
  }
  report(results)
})

async function perform({ name, commands, needs, before }) {
  if (needs !== undefined && !hasCargoCommand(needs))
    return { name, outcome: `not run: this Rust has no cargo ${needs}`, notes: [], verdict: 'skipped' }
  const began = Date.now()
  await before?.()
  say(`${name} …`)
  let status = 0
  const notes = []
  for (const command of commands()) {
    const result = await runWatching(command)
    notes.push(...result.notes)
    if (status === 0) status = result.status
  }
  const outcome =
    status === 0
      ? `passed in ${seconds(Date.now() - began)}`
      : `FAILED (${status}) after ${seconds(Date.now() - began)}`
  return { name, outcome, notes, verdict: status === 0 ? 'passed' : 'failed' }
}

/** Runs a command with its output passed through, and keeps the lines in which it sums up. */
function runWatching([command, ...args]) {
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })
  const notes = []
  let unfinished = ''
  const began = Date.now()
  const heartbeat = setInterval(() => say(`  still at it, ${seconds(Date.now() - began)}`), QUIET_FOR_MS)
  child.stdout.on('data', chunk => {
    heartbeat.refresh()
    process.stdout.write(chunk)
    const lines = (unfinished + chunk).split('\n')
    unfinished = lines.pop()
    for (const line of lines) if (SUMMARY.test(withoutColours(line))) notes.push(line.trim())
  })
  return new Promise(resolve => {
    child.once('error', error => resolve({ status: error.message, notes }))
    child.once('close', (code, signal) => resolve({ status: code ?? signal, notes }))
  }).finally(() => clearInterval(heartbeat))
}

function withoutColours(line) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  return line.replace(/\u001b\[[0-9;]*m/g, '')
}

/** In CI a check that could not be run is a failure: nobody would notice that it is missing. */
function report(results) {
  console.log('')
  for (const { name, outcome, notes } of results) {
    console.log(`${name.padEnd(10)} ${outcome}`)
    for (const note of notes) console.log(`${' '.repeat(11)}${note}`)
  }
  const count = verdict => results.filter(result => result.verdict === verdict).length
  const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : ''
  console.log(`\nchecks: ${count('passed')} passed, ${count('failed')} failed${skipped}`)
  if (count('failed') > 0 || (process.env.CI !== undefined && count('skipped') > 0)) process.exitCode = 1
}
