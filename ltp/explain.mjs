// Why a test fails under a personality and passes natively: the divergences that its run met, and which of them it takes to make it pass.
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

/** Leaves out of `ids` what can be left out so that `isEnough` still holds. */
async function withoutNeedless(ids, isEnough) {
  let needed = ids
  for (const id of ids) {
    const less = needed.filter(other => other !== id)
    if (less.length > 0 && (await isEnough(less))) needed = less
  }
  return needed
}

/**
 * `{ test, first, met, reasons }`: what was met in the run; `reasons`: those of them without which the test passes, as few as that takes;
 * undefined if it does not pass without any of them.
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
    await runTest(test, { ...run, prefix: under(['trace', '--json', '-f', '-o', file]) })
    const met = divergencesMet(readFileSync(file, 'utf8'))
    const isEnough = async ids =>
      passed({ native, emulated: await runTest(test, { ...run, prefix: under(['run'], ids) }) })
    const reasons = met.length > 0 && (await isEnough(met)) ? await withoutNeedless(met, isEnough) : undefined
    return { test, first: reason({ native, emulated }), met, reasons }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const code = list => list.map(id => `\`${id}\``).join(' ')

/** A table in Markdown. */
export function explanations(list) {
  const rows = list.map(({ test, first, met, reasons }) =>
    row([
      test.name,
      `\`${first.replaceAll('`', "'")}\``,
      reasons === undefined ? '–' : code(reasons),
      code(met.filter(id => reasons?.includes(id) !== true)),
    ]),
  )
  return ['| test | what it says | passes without | also met |', '|---|---|---|---|', ...rows].join('\n')
}
