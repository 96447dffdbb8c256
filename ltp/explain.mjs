// Why a test fails under a personality and passes natively: the divergences that its run met, and which of them it takes to make it pass.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { passed, reason, row } from './report.mjs'
import { runTest } from './run.mjs'

/** Ids of the divergences in a trace (`interlinear trace --json`): those it names, and the calls that were not there. */
export function divergencesMet(trace) {
  const met = new Set()
  for (const line of trace.split('\n')) {
    const entry = parsed(line)
    if (entry?.event === 'divergence') met.add(entry.id)
    else if (entry?.unimplemented === true) met.add(`missing.${entry.name}`)
  }
  return [...met]
}

function parsed(line) {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // a run that was ended leaves half a line
  }
}

/** What `interlinear divergences ID` names as the switch of a divergence that has none of its own: the mechanism it comes with. */
export const switchIn = description => /^ +Switch: +(\S+)/m.exec(description)?.[1]

const switches = new Map()
function switchOf(command, id) {
  if (id.startsWith('missing.')) return id
  if (!switches.has(id))
    switches.set(id, switchIn(execFileSync(command, ['divergences', id], { encoding: 'utf8' })) ?? id)
  return switches.get(id)
}

/** Leaves out of `ids` what can be left out so that `isEnough` still holds. */
async function withoutNeedless(ids, isEnough) {
  let needed = ids
  for (const id of ids) {
    const less = needed.filter(other => other !== id)
    if (less.length > 0 && (await isEnough(less))) needed = less
  }
  return needed
}

/** One difference may hide the next: this often at most is a run traced anew with what was met before switched off. */
const ROUNDS = 8

/**
 * `{ test, first, met, reasons, alsoLinux }`: what was met in the runs; `reasons`: those switches without which the test passes, as few as
 * that takes; undefined if it does not pass without them; `alsoLinux`: it fails with all differences off as well.
 */
export async function explain({ test, native, emulated }, { command, personality, ...run }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ltp-trace-'))
  try {
    const file = path.join(folder, 'trace')
    const under = (verb, without = []) => [
      command,
      ...verb,
      '--personality',
      personality,
      ...without.flatMap(id => ['--without', id]),
      '--',
    ]
    const passes = async (verb, without) =>
      passed({ native, emulated: await runTest(test, { ...run, prefix: under(verb, without) }) })
    const met = new Set()
    const off = new Set()
    let isExplained = false
    for (let round = 0; round < ROUNDS && !isExplained; round++) {
      const before = off.size
      isExplained = (await passes(['trace', '--json', '-f', '-o', file], [...off])) && before > 0
      if (isExplained) break
      for (const id of divergencesMet(readFileSync(file, 'utf8'))) {
        met.add(id)
        off.add(switchOf(command, id))
      }
      if (off.size === before) break
    }
    const reasons = isExplained ? await withoutNeedless([...off], ids => passes(['run'], ids)) : undefined
    const alsoLinux = !isExplained && !(await passes(['run'], ['all']))
    return { test, first: reason({ native, emulated }), met: [...met], reasons, alsoLinux }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const code = list => list.map(id => `\`${id}\``).join(' ')

/** A table in Markdown. */
export function explanations(list) {
  const rows = list.map(({ test, first, met, reasons, alsoLinux }) =>
    row([
      test.name,
      `\`${first.replaceAll('`', "'")}\``,
      reasons === undefined ? (alsoLinux ? 'fails under `linux` too' : '–') : code(reasons),
      code(met.filter(id => reasons?.includes(id) !== true)),
    ]),
  )
  return ['| test | what it says | passes without | also met |', '|---|---|---|---|', ...rows].join('\n')
}
