import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from './failure.mjs'
import { inCache, root } from './paths.mjs'

const HEARTBEAT_MS = 15_000

export const seconds = ms => (ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`)

let print = line => console.log(line)

/** For a command whose standard output is its result: progress goes to the standard error. */
export function progressOnStandardError() {
  print = line => console.error(line)
}

/** Prints one line of progress. */
export const say = line => print(`· ${line}`)

/**
 * Does one piece of set-up with a line before it, a sign of life every 15 s, and a line after it.
 * `work` gets `run(command, args, options)`, whose output goes to .cache/logs/NAME.log and is shown only if it fails.
 * A command with `silence` (ms) in its options is ended, and counts as failed, once it has printed nothing for that long.
 */
export async function step(name, title, work) {
  const began = Date.now()
  say(`${title} …`)
  const heartbeat = setInterval(() => say(`  still at it, ${seconds(Date.now() - began)}`), HEARTBEAT_MS)
  const log = openLog(name)
  try {
    const result = await work((command, args, options) => logged(log, command, args, options))
    say(`${title}: done in ${seconds(Date.now() - began)}`)
    return result
  } finally {
    clearInterval(heartbeat)
    log.stream.end()
  }
}

function openLog(name) {
  const file = inCache('logs', `${name}.log`)
  mkdirSync(path.dirname(file), { recursive: true })
  return { file, stream: createWriteStream(file) }
}

function endWhenSilent(child, silence, log) {
  const end = () => {
    log.stream.write(`No output for ${seconds(silence)}: ended.\n`)
    child.kill()
  }
  let timer = setTimeout(end, silence)
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(end, silence)
  }
  child.stdout.on('data', heard)
  child.stderr.on('data', heard)
  child.once('close', () => clearTimeout(timer))
}

async function logged(log, command, args, { cwd = root, env = process.env, optional = false, silence } = {}) {
  log.stream.write(`$ ${command} ${args.join(' ')}\n`)
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.pipe(log.stream, { end: false })
  child.stderr.pipe(log.stream, { end: false })
  if (silence !== undefined) endWhenSilent(child, silence, log)
  const status = await new Promise(resolve => {
    child.once('error', error => {
      log.stream.write(`${error.message}\n`)
      resolve(127)
    })
    child.once('close', (code, signal) => resolve(code ?? `signal ${signal}`))
  })
  if (status === 0 || optional) return status === 0
  if (log.stream.writableNeedDrain) await once(log.stream, 'drain')
  await new Promise(resolve => log.stream.write('', resolve))
  const tail = readFileSync(log.file, 'utf8').trimEnd().split('\n').slice(-30).join('\n')
  throw new Failure(
    `${tail}\n\n"${command} ${args.join(' ')}" failed (${status}); the whole output is in ${path.relative(root, log.file)}.`,
  )
}
