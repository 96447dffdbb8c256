import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asMarkdown, asText, type Outcome, type Result, reason, summarize } from '../../ltp/report.mjs'
import { findTests } from '../../ltp/tests.mjs'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'interlinear-ltp-'))
  mkdirSync(path.join(dir, 'runtest'))
  writeFileSync(path.join(dir, 'runtest', 'syscalls-ipc'), '')
})
afterEach(() => rmSync(dir, { recursive: true }))

const put = (...parts: string[]) => {
  const file = path.join(dir, ...parts)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, '')
}

test('an installed LTP: groups by the names, lines without a program left out', () => {
  const lines = [
    '#comment',
    '',
    'accept4_01 accept4_01',
    'fcntl14_64 fcntl14_64',
    'clone301 clone301',
    'pipeio_1 pipeio -T x',
  ]
  writeFileSync(path.join(dir, 'runtest', 'syscalls'), [...lines, 'none01 none01'].join('\n'))
  for (const name of ['accept4_01', 'fcntl14_64', 'clone301', 'pipeio']) put('testcases', 'bin', name)
  expect(findTests(dir).map(({ name, group, args }) => [name, group, ...args])).toEqual([
    ['accept4_01', 'accept4'],
    ['fcntl14_64', 'fcntl'],
    ['clone301', 'clone3'],
    ['pipeio_1', 'pipeio', '-T', 'x'],
  ])
})

test('an LTP built in its source tree: groups by the folders', () => {
  writeFileSync(path.join(dir, 'runtest', 'syscalls'), 'leapsec01 leapsec01')
  put('testcases', 'kernel', 'syscalls', 'clock_gettime', 'leapsec01')
  put('testcases', 'kernel', 'syscalls', 'clock_gettime', 'leapsec01.c')
  expect(findTests(dir).map(({ name, group }) => [name, group])).toEqual([['leapsec01', 'clock_gettime']])
})

test('neither: said so', () => {
  expect(() => findTests(dir)).toThrow(/neither/)
})

const outcome = (status: number | string, passed: number, more: Partial<Outcome> = {}): Outcome => ({
  status,
  passed,
  late: false,
  device: false,
  first: undefined,
  ...more,
})
const result = (name: string, native: Outcome, emulated: Outcome): Result => ({
  test: { name, group: name.replace(/\d+$/, '') },
  native,
  emulated,
})

test('what counts, what passes, and why not', () => {
  const results = [
    result('a01', outcome(0, 3), outcome(0, 4)),
    result('a02', outcome(0, 3), outcome(0, 2)),
    result('a03', outcome(0, 3), outcome(1, 3, { first: 'a03.c:1: TFAIL: no' })),
    result('b01', outcome(0, 1), outcome('SIGKILL', 0, { late: true })),
    result('b02', outcome(32, 0), outcome(0, 0)),
    result('b03', outcome(0, 1, { device: true }), outcome(2, 0)),
    result('ptrace01', outcome(0, 1), outcome(2, 0)),
  ]
  const summary = summarize(results)
  expect(summary.total).toEqual({ name: 'total', tests: 5, passed: 1, checks: 11, checksPassed: 8 })
  expect(summary.groups.map(({ name, tests, passed }) => [name, tests, passed])).toEqual([
    ['a', 3, 1],
    ['b', 1, 0],
    ['ptrace', 1, 0],
  ])
  expect(summary.failing.map(reason)).toEqual([
    '2 of 3 checks',
    'a03.c:1: TFAIL: no',
    'did not end within the time limit',
    'ended with 2',
  ])
  expect(Object.values(summary.notCounted)).toEqual([1, 1])
  expect(asText(summary)).toContain('1 of 5 (20.0 %)')
  const markdown = asMarkdown(summary)
  expect(markdown).toMatch(/\| ptrace: .* \| ptrace01 \|/)
  expect(markdown).toContain('| a03 | `a03.c:1: TFAIL: no` |')
})
