import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TraceSink } from './trace.ts'
import { TraceOptionReader } from './trace-options.ts'
import { UsageError } from './usage-error.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'interlinear-trace-'))
const worker = path.join(folder, 'trace-supervisor.cjs')
const driver = path.join(folder, 'driver.cjs')

beforeAll(async () => {
  const entry = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  const common = { bundle: true, platform: 'node', logLevel: 'error' } as const
  for (const name of ['trace-supervisor', 'trace-worker']) {
    await build({
      ...common,
      entryPoints: [entry(`${name}.ts`)],
      outfile: path.join(folder, `${name}.cjs`),
      format: 'cjs',
      define: { 'import.meta.url': 'bundleUrl' },
      banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    })
  }
  await build({
    ...common,
    entryPoints: [entry('../../test/support/trace-driver.ts')],
    outfile: driver,
    format: 'cjs',
    external: [entry('../../../node_modules/unicorn-engine-node')],
    alias: { 'unicorn-engine-node': entry('../../../node_modules/unicorn-engine-node') },
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** `calls` getppid calls, traced with these options. */
function run(calls: number, ...options: string[]): Promise<Ended> {
  return runWith(worker, calls, ...options)
}

function runWith(supervisor: string, calls: number, ...options: string[]): Promise<Ended> {
  return new Promise(resolve => {
    execFile(process.execPath, [driver, supervisor, String(calls), ...options], (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

describe('a traced run', () => {
  it('writes every call to the file before it ends', async () => {
    const file = path.join(folder, 'lines')
    const { status, stderr } = await run(200_000, '-o', file)
    expect([status, stderr]).toEqual([0, ''])
    const lines = readFileSync(file, 'latin1').split('\n')
    expect(lines.length).toBe(200_002)
    expect(lines.slice(0, -2).every((line, i) => line.endsWith(`= ${i + 1}`))).toBe(true)
    expect(lines.slice(-2)).toEqual(['+++ exited with 0 +++', ''])
  })

  it('writes JSON lines', async () => {
    const file = path.join(folder, 'json')
    await run(50_000, '--json', '-o', file)
    const lines = readFileSync(file, 'latin1').trimEnd().split('\n')
    const results = lines.map(line => (JSON.parse(line) as { result?: number }).result).filter(r => r !== undefined)
    expect(results).toEqual(Array.from({ length: 50_000 }, (_, i) => i + 1))
  })

  it('shows lines and the program’s own output in the order in which they happened', async () => {
    const { stderr } = await run(5)
    const expected = [1, 2, 3, 4, 5].flatMap(i => [`getppid()                               = ${i}`, `output ${i}`])
    expect(stderr.trimEnd().split('\n')).toEqual([...expected, '+++ exited with 0 +++'])
  })

  it('counts with -c', async () => {
    const { stderr } = await run(1000, '-c')
    expect(stderr).toMatch(/^100\.00 .* 1000 +getppid$/m)
  })

  it('goes on without its trace when the disk is full, and says so', async () => {
    const { status, stdout, stderr } = await run(500_000, '-o', '/dev/full')
    expect(status).toBe(0)
    expect(stdout).toContain('ns a call')
    expect(stderr).toBe('interlinear: the trace could not be written to /dev/full: No space left on device.\n')
  })
})

describe('a printer that ends too early', () => {
  /** A printer's thread that does this instead of its work. */
  async function runWithPrinter(code: string, calls: number): Promise<Ended> {
    const place = mkdtempSync(path.join(folder, 'dying-'))
    copyFileSync(worker, path.join(place, 'trace-supervisor.cjs'))
    writeFileSync(path.join(place, 'trace-worker.cjs'), code)
    return runWith(path.join(place, 'trace-supervisor.cjs'), calls, '-o', path.join(place, 'log'))
  }

  it.each([
    ['by an exception', 'throw new Error("no idea")', ' (no idea)'],
    ['by its own will', 'process.exit(3)', ''],
    ['while the ring is full', 'setTimeout(() => { throw new Error("too late") }, 1500)', ' (too late)'],
    ['for it cannot be read', 'this is no program', " (Unexpected identifier 'is')"],
  ])('%s lets the program go on', async (_, code, why) => {
    const { status, stdout, stderr } = await runWithPrinter(code, 500_000)
    expect(stderr).toBe(
      `interlinear: the thread that writes the trace has ended${why}; the program goes on without it.\n`,
    )
    expect(stdout).toContain('ns a call')
    expect(status).toBe(0)
  })
})

it('an output file that cannot be made is refused in words', () => {
  const options = new TraceOptionReader()
  options.take(['-o', '/no/such/folder/file'], 0)
  expect(() => new TraceSink(options.options(), worker)).toThrow(
    new UsageError('The trace cannot be written to /no/such/folder/file: No such file or directory.'),
  )
})
