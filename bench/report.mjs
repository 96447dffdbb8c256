// The table, the ratios and the goals as text.
import { CPU_GOAL, GOALS, RUNNERS } from './programs.mjs'

const REFERENCE = 'qemu-x86_64'

/** Three digits are all that such a measurement is good for. */
const figure = number =>
  number === undefined ? '' : Math.abs(number) >= 1000 ? number.toFixed(0) : number.toPrecision(3)

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))
  return rows
    .map(row => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join('  '))
    .join('\n')
}

const verdict = (value, limit) => (value <= limit ? 'met' : 'MISSED')

function goalLine({ row, column, limit, factor, of }, columns, unit) {
  const value = columns.get(column)
  if (limit !== undefined)
    return `${row}, ${column}: ${figure(value)} ${unit}, wanted at most ${limit}: ${verdict(value, limit)}`
  const ratio = value / columns.get(of)
  return `${row}, ${column}: ${figure(ratio)} × ${of}, wanted at most ${factor}: ${verdict(ratio, factor)}`
}

function cpuLines(programs, medians) {
  const ratios = programs
    .filter(({ cpuBound }) => cpuBound)
    .map(({ name }) => medians.get(name).get('run') / medians.get(name).get(REFERENCE))
  if (ratios.length === 0) return []
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
  const worst = Math.max(...ratios)
  return [
    `processor-bound, run, geometric mean: ${figure(mean)} × ${REFERENCE}, wanted at most ${CPU_GOAL.mean}: ${verdict(mean, CPU_GOAL.mean)}`,
    `processor-bound, run, the worst: ${figure(worst)} × ${REFERENCE}, wanted at most ${CPU_GOAL.each}: ${verdict(worst, CPU_GOAL.each)}`,
  ]
}

/** `medians`: by row, by column. */
export function report(programs, medians, runs) {
  const head = ['', ...RUNNERS.map(({ name }) => name), '', `run ÷ ${REFERENCE}`]
  const body = programs.map(({ name, unit }) => {
    const columns = medians.get(name)
    const ratio = columns.get('run') / columns.get(REFERENCE)
    return [name, ...RUNNERS.map(runner => figure(columns.get(runner.name))), unit, ratio.toFixed(2)]
  })
  const goals = GOALS.flatMap(goal => {
    const program = programs.find(({ name }) => name === goal.row)
    return program === undefined ? [] : [goalLine(goal, medians.get(goal.row), program.unit)]
  })
  const note = `Medians of ${runs} interleaved runs. Processor-bound rows: user and system seconds. Others in s: wall-clock seconds; in MiB: the most that was resident; the rest as the guest measured it.`
  return ['', table([head, ...body]), '', note, '', ...cpuLines(programs, medians), ...goals].join('\n')
}
