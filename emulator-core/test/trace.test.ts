/** `interlinear trace` on whole programs, beyond the sequences that conformance.test.ts compares. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Outcome, withScratch } from './support/run.ts'

const INTERLINEAR = fileURLToPath(new URL('../bin/interlinear', import.meta.url))

interface Surroundings {
  /** Sends SIGINT when the standard error has said this; until then the standard input is open. */
  readonly interruptAt?: string
  /** Where output and standard error go; then they are not in the outcome. */
  readonly out?: number
}

/** Runs `interlinear trace WORDS`. */
function trace(words: readonly string[], { interruptAt, out }: Surroundings = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const to = out ?? 'pipe'
    const child = spawn(process.execPath, [INTERLINEAR, 'trace', ...words], { stdio: ['pipe', to, to] })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', text => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', text => {
      const before = interruptAt === undefined || stderr.includes(interruptAt)
      stderr += text
      if (!before && stderr.includes(interruptAt)) child.kill('SIGINT')
    })
    child.once('error', reject)
    child.once('close', code => resolve({ stdout, stderr, status: code ?? -1 }))
    if (interruptAt === undefined) child.stdin?.end()
  })
}

describe('interlinear trace', () => {
  it('hands on output and status, and writes the trace to the file', () =>
    withScratch(async scratch => {
      const log = scratch.beside('log')
      const outcome = await trace(['-o', log, '--', '/bin/sh', '-c', 'echo out; exit 3'])
      expect(outcome).toEqual({ stdout: 'out\n', stderr: '', status: 3 })
      const lines = readFileSync(log, 'latin1').trimEnd().split('\n')
      expect(lines[0]).toMatch(
        /^execve\("\/bin\/sh", \["\/bin\/sh", "-c", "echo out; exit 3"\], 0x[0-9a-f]+ \/\* \d+ vars \*\/\) = 0$/,
      )
      expect(lines).toContain('write(1, "out\\n", 4)                    = 4')
      expect(lines.slice(-2)).toEqual(['exit_group(3)                           = ?', '+++ exited with 3 +++'])
    }))

  it('loses no call of a program that makes very many', () =>
    withScratch(async scratch => {
      const log = scratch.beside('log')
      const dd = ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=50000', 'status=none']
      await trace(['-e', 'trace=read,write', '-o', log, '--', ...dd])
      const lines = readFileSync(log, 'latin1').split('\n')
      expect(lines.filter(line => line === 'write(1, "\\0", 1)                       = 1').length).toBe(50_000)
      expect(lines.filter(line => line === 'read(0, "\\0", 1)                        = 1').length).toBe(50_000)
    }))

  it('writes JSON that says what the lines say', () =>
    withScratch(async scratch => {
      const log = scratch.beside('log')
      await trace(['-f', '--json', '-o', log, '--', '/bin/sh', '-c', '/bin/ls / | /usr/bin/wc -l; kill -9 $$'])
      const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
      const events = lines.map(line => JSON.parse(line) as Record<string, unknown>)
      expect(events[0]).toMatchObject({ event: 'session', personality: 'netbsd-10' })
      const calls = events.filter(event => event.name !== undefined)
      expect(calls.length).toBeGreaterThan(100)
      const opened = calls.find(call => call.name === 'openat' && call.result === 3)
      expect(opened?.args).toMatchObject({ dirfd: 'AT_FDCWD', pathname: expect.any(String), flags: expect.any(Array) })
      expect(events.filter(event => event.event === 'process-start').length).toBe(2)
      expect(events.at(-1)).toMatchObject({ event: 'process-exit', signal: 'SIGKILL' })
    }))

  it('without -o mixes lines and output in the order of what happened', async () => {
    const { stderr, status } = await trace(['-e', 'trace=write', '--', '/bin/sh', '-c', 'echo one >&2; echo two >&2'])
    expect(status).toBe(0)
    expect(stderr).toBe(
      [
        'one',
        'write(1, "one\\n", 4)                    = 4',
        'two',
        'write(1, "two\\n", 4)                    = 4',
        '+++ exited with 0 +++',
        '',
      ].join('\n'),
    )
  })

  it('does so too where both go to one file', () =>
    withScratch(async scratch => {
      const file = scratch.beside('both')
      const out = openSync(file, 'w')
      await trace(['-e', 'trace=write', '--', '/bin/sh', '-c', 'echo one; echo two >&2; echo three'], { out })
      closeSync(out)
      const words = readFileSync(file, 'latin1')
        .split('\n')
        .map(line => /"(\w+)/.exec(line)?.[1] ?? line)
      expect(words).toEqual(['one', 'one', 'two', 'two', 'three', 'three', '+++ exited with 0 +++', ''])
    }))

  it('shows the call that a program waits in, and everything when it is interrupted there', async () => {
    const { stderr, status } = await trace(['-e', 'trace=read', '--', '/bin/sh', '-c', 'read line'], {
      interruptAt: 'read(0, ',
    })
    expect(stderr).toMatch(/^read\(0, 0x[0-9a-f]+, 1\) += \? ERESTARTSYS \(To be restarted if SA_RESTART is set\)$/m)
    expect(stderr.trimEnd().split('\n').slice(-2)).toEqual([
      expect.stringMatching(/^--- SIGINT \{si_signo=SIGINT, /),
      '+++ killed by SIGINT +++',
    ])
    expect(status).toBe(130)
  })

  it('counts with -c', async () => {
    const { stderr } = await trace(['-c', '--', '/bin/true'])
    expect(stderr).toMatch(/^% time +seconds +usecs\/call +calls +errors syscall$/m)
    expect(stderr).toMatch(/ \d+ +(\d+ )?openat$/m)
    expect(stderr).toMatch(/^100\.00 .* total$/m)
  })

  it.each([
    [
      ['-o', '/no/such/folder/x', '--', '/bin/true'],
      2,
      'The trace cannot be written to /no/such/folder/x: No such file or directory.',
    ],
    [['-e', 'trace=nothing', '--', '/bin/true'], 2, 'There is no system call "nothing".'],
    [['-Q', '--', '/bin/true'], 2, 'The option -Q is not known; interlinear --help lists those there are.'],
    [['-f', '--'], 2, expect.stringMatching(/^Which program\?/)],
  ])('%j is refused in one sentence', async (words, status, sentence) => {
    const outcome = await trace(words)
    expect(outcome.status).toBe(status)
    expect(outcome.stderr.split('\n').length).toBe(2)
    expect(outcome.stderr.trimEnd().replace(/^interlinear: /, '')).toEqual(sentence)
  })
})
