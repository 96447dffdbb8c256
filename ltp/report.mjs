// Results as text, Markdown or JSON.
import { REASONS, whyNot } from './cannot-pass.mjs'

/** Passed: it ended well, and what it checked natively was checked. */
export const passed = ({ native, emulated }) => emulated.status === 0 && emulated.passed >= native.passed

export const passedNatively = ({ native }) => native.status === 0 && !native.late

const count = (list, keep) => list.filter(keep).length
const sum = (list, of) => list.reduce((total, each) => total + of(each), 0)

/** Of the tests that pass natively and need no disk of their own, by group: how many pass, how many checks. */
export function summarize(results) {
  const counted = results.filter(each => passedNatively(each) && !each.native.device)
  const groups = new Map()
  for (const each of counted) groups.set(each.test.group, [...(groups.get(each.test.group) ?? []), each])
  const row = (name, list) => ({
    name,
    tests: list.length,
    passed: count(list, passed),
    checks: sum(list, ({ native }) => native.passed),
    // a test may check more than it did natively (a range of free ports, a number of tries): that makes up for no other
    checksPassed: sum(list, ({ native, emulated }) => Math.min(native.passed, emulated.passed)),
  })
  return {
    groups: [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => row(name, list)),
    total: row('total', counted),
    failing: counted.filter(each => !passed(each)),
    notCounted: {
      'do not pass natively': count(results, each => !passedNatively(each)),
      'need a disk of their own (a loop device and mkfs)': count(
        results,
        each => passedNatively(each) && each.native.device,
      ),
    },
  }
}

/** The first difference in one line. */
export function reason({ native, emulated }) {
  if (emulated.late) return 'did not end within the time limit'
  if (emulated.first !== undefined && emulated.first !== native.first) return emulated.first
  if (emulated.status !== 0) return `ended with ${emulated.status}`
  return `${emulated.passed} of ${native.passed} checks`
}

const percent = ({ passed, tests }) => (tests === 0 ? '–' : `${((100 * passed) / tests).toFixed(1)} %`)

const HEAD = ['group', 'pass', 'native', 'TPASS', 'native']
const cells = ({ name, tests, passed, checks, checksPassed }) => [name, passed, tests, checksPassed, checks].map(String)

function notes({ notCounted, total }) {
  const others = Object.entries(notCounted).map(([what, number]) => `${number} ${what}`)
  return [`${total.passed} of ${total.tests} (${percent(total)}). Not counted: ${others.join(', ')}.`]
}

export function asText(summary) {
  const rows = [HEAD, ...[...summary.groups, summary.total].map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map(row => row[column].length)))
  const table = rows.map(row =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '),
  )
  const width = Math.max(0, ...summary.failing.map(({ test }) => test.name.length))
  const failing = summary.failing.map(each => `${each.test.name.padEnd(width)}  ${reason(each)}`)
  return [...table, '', ...(failing.length > 0 ? ['Failing:', ...failing, ''] : []), ...notes(summary)].join('\n')
}

/** A row of a table in Markdown. */
export const row = list => `| ${list.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`

export function asMarkdown(summary) {
  const table = [
    row(HEAD),
    '|---|--:|--:|--:|--:|',
    ...[...summary.groups, summary.total].map(each => row(cells(each))),
  ]
  const lacks = REASONS.map(([why]) => [why, summary.failing.filter(({ test }) => whyNot(test.name) === why)])
    .filter(([, list]) => list.length > 0)
    .map(([why, list]) => row([why, list.map(({ test }) => test.name).join(' ')]))
  const failing = summary.failing
    .filter(({ test }) => whyNot(test.name) === undefined)
    .map(each => row([each.test.name, `\`${reason(each).replaceAll('`', "'")}\``]))
  const section = (head, rows) => (rows.length > 0 ? ['', head, '|---|---|', ...rows] : [])
  return [
    ...notes(summary),
    '',
    ...table,
    ...section('| not there | tests that need it |', lacks),
    ...section('| test | first difference |', failing),
  ].join('\n')
}

export function asJson(summary) {
  const failing = summary.failing.map(each => ({
    test: each.test.name,
    group: each.test.group,
    native: each.native.passed,
    emulated: each.emulated.passed,
    status: each.emulated.status,
    late: each.emulated.late,
    reason: reason(each),
  }))
  return JSON.stringify({ ...summary, failing }, undefined, 1)
}
