// The resident memory of the command while one guest does the same again and again.
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { LONG_LIVED } from './programs.mjs'
import { filesLeft, INTERLINEAR, leftOf, start } from './run.mjs'

/** Rounds after which caches are full. */
const WARM_UP = 15
/** What it may have grown by between the first and the last third of the rounds afterwards, in KiB: collections of garbage come when they like. */
const SLACK_KIB = 48 * 1024
const ENDS_WITHIN_MS = 60_000

/** @returns nothing for a process that has ended. */
function residentKib(pid) {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return undefined
  const found = /^VmRSS:\s+(\d+)/m.exec(readFileSync(file, 'latin1'))
  return found === null ? undefined : Number(found[1])
}

const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]

/** @returns what was measured, as text, and what was wrong. */
export async function watchMemory(folder, { signal, limitMs }) {
  const [cwd, temporary] = ['long-cwd', 'long-tmp'].map(name => path.join(folder, name))
  for (const each of [cwd, temporary]) mkdirSync(each)
  const command = [process.execPath, INTERLINEAR, 'run', '--', ...LONG_LIVED]
  const { child, ended } = start(command, cwd, temporary, { input: 'pipe', limitMs: limitMs + ENDS_WITHIN_MS })
  child.stdin.on('error', () => {})
  signal.addEventListener('abort', () => child.stdin.end())
  const samples = []
  let rounds = 0
  child.stdout.on('data', text => {
    const now = text.split('round').length - 1
    const resident = residentKib(child.pid)
    if (now > 0 && resident !== undefined) samples.push(resident)
    rounds += now
  })
  const { hangs, status, stdout, stderr } = await ended
  const faults = [...leftOf(child.pid), ...filesLeft(temporary), ...filesLeft(cwd)]
  if (hangs) faults.push('did not end')
  else if (status !== 0 || stderr !== '' || !stdout.endsWith('end\n')) faults.push(`ended with ${status}: ${stderr}`)
  const warm = samples.slice(WARM_UP)
  const third = Math.floor(warm.length / 3)
  if (third < 3) return { text: `${rounds} rounds, too few to judge its memory`, faults }
  const [before, after] = [median(warm.slice(0, third)), median(warm.slice(-third))]
  if (after - before > SLACK_KIB) faults.push('its memory grows')
  const mib = kib => `${Math.round(kib / 1024)} MiB`
  const text = `${rounds} rounds, resident ${mib(samples[0])} at first, ${mib(before)} warm, ${mib(after)} at last (at most ${mib(Math.max(...samples))})`
  return { text, faults }
}
