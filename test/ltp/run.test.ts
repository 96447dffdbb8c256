import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { divergencesMet, switchIn } from '../../ltp/explain.mjs'
import { runTest } from '../../ltp/run.mjs'

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A process that was killed may still be on its way out. */
async function ended(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise(resolve => setTimeout(resolve, 20))
}

test('what a test leaves running is ended: in a session of its own, in another environment, in the background', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'interlinear-ltp-'))
  try {
    const program = path.join(dir, 'forks01')
    const lines = [
      '#!/bin/sh',
      // told before the test hangs: each one's number
      "sh -c 'echo pid $$; exec sleep 1000' &",
      "setsid sh -c 'echo pid $$; exec sleep 1000' &",
      // its parent is the test, its environment is none
      "setsid env -i sh -c 'echo pid $$; exec sleep 1000' &",
      // an orphan of the one before
      'setsid env -i sh -c \'echo pid $$; (sh -c "echo pid \\$\\$; exec sleep 1000" &) ; exec sleep 1000\' &',
      'echo forks01 TPASS',
      'wait',
    ]
    writeFileSync(program, `${lines.join('\n')}\n`)
    chmodSync(program, 0o755)
    const result = await runTest({ name: 'forks01', group: 'forks', program, args: [] }, { dir, prefix: [], limit: 6 })
    expect(result).toMatchObject({ late: true, passed: 1 })
    const pids = [...result.output.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid))
    expect(pids.length).toBe(5)
    await ended(pids)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('the divergences of a trace, calls that are not there among them', () => {
  const trace = [
    '{"event":"session","version":1}',
    '{"pid":100,"tid":100,"time":1,"event":"divergence","id":"a.b","detail":"x"}',
    '{"pid":100,"tid":100,"time":1,"event":"divergence","id":"a.b","detail":"y"}',
    '{"pid":100,"tid":100,"time":2,"name":"tee","args":{},"result":-1,"error":"ENOSYS","unimplemented":true}',
    '{"pid":100,"tid":100,"ti',
  ]
  expect(divergencesMet(trace.join('\n'))).toEqual(['a.b', 'missing.tee'])
})

test('a divergence that comes with a mechanism is switched with it', () => {
  expect(switchIn('epoll.hangup\n  Never told.\n  Switch:   mechanism.epoll\n  Source:   sys\n')).toBe(
    'mechanism.epoll',
  )
  expect(switchIn('open.path-flag\n  Dropped.\n')).toBeUndefined()
})
