/** Which divergences of epoll and inotify programs that nobody here wrote meet under netbsd-10, exactly, and none under linux. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { interlinear, type Personality, withScratch } from './support/run.ts'

const SCRIPTS = fileURLToPath(new URL('meetings/', import.meta.url))

/** By the script that runs it. */
const MEETS: Readonly<Record<string, string>> = {
  inotifywait: 'inotify.entries-unseen inotify.no-isdir inotify.poll-sleeps-on inotify.unpaired-move',
  memcached: 'epoll.rdhup',
  nginx: 'epoll.hangup',
  'node-http': '',
  'node-watch': 'inotify.entries-unseen inotify.no-isdir inotify.stale-readiness',
  'python-asyncio': 'epoll.hangup epoll.rdhup',
  redis: 'epoll.hangup epoll.rdhup',
  socat: '',
  tail: 'inotify.poll-sleeps-on',
}

interface Line {
  readonly event?: string
  readonly id?: string
}

const met = (name: string, personality: Personality): Promise<{ stdout: string; ids: string }> =>
  withScratch(async scratch => {
    const log = scratch.beside('log')
    const script = path.join(SCRIPTS, `${name}.sh`)
    const options = ['trace', '-f', '--json', '-e', 'trace=none', '-o', log, '--personality', personality]
    const { stdout } = await interlinear([...options, '--', '/bin/bash', script], scratch.fresh())
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter(line => line.startsWith('{'))
    const ids = lines.flatMap(line => {
      const { event, id = '' } = JSON.parse(line) as Line
      return event === 'divergence' && /^(epoll|inotify)\./.test(id) ? [id] : []
    })
    return { stdout, ids: [...new Set(ids)].sort().join(' ') }
  })

it('each script has its line', () => {
  expect(readdirSync(SCRIPTS).sort()).toEqual(
    Object.keys(MEETS)
      .map(name => `${name}.sh`)
      .sort(),
  )
})

describe.each(Object.entries(MEETS))('%s', (name, ids) => {
  it('meets these under netbsd-10', async () => {
    const run = await met(name, 'netbsd-10')
    expect(run.stdout).not.toBe('')
    expect(run.ids).toBe(ids)
  })

  it('meets none under linux', async () => {
    const run = await met(name, 'linux')
    expect(run.stdout).not.toBe('')
    expect(run.ids).toBe('')
  })
})
