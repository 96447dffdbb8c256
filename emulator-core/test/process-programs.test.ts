import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'
import { type Invocation, interlinear, PERSONALITIES, runEmulated, runNatively, withScratch } from './support/run.ts'

/** Programs that live by their processes and threads: what they print and how they end is as on the machine itself. */

const script = (name: string) => fileURLToPath(new URL(`process-scripts/${name}`, import.meta.url))

const WORKERS = `
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads'), cp = require('child_process'), crypto = require('crypto')
if (!isMainThread) { let s = 0; for (let i = 0; i < 1e5; i++) s += i % workerData; parentPort.postMessage(s) } else (async () => {
  const source = process.execArgv[1]
  console.log(await Promise.all([2, 3, 5].map(n => new Promise(done => new Worker(source, { eval: true, workerData: n }).on('message', done)))))
  console.log(cp.execSync('echo hi; echo x').toString(), cp.spawnSync('sh', ['-c', 'exit 3']).status)
  await new Promise(done => crypto.pbkdf2('a', 'b', 1000, 32, 'sha256', (_, k) => { console.log(k.toString('hex')); done() }))
  process.on('SIGUSR2', () => { console.log('usr2'); process.exit(4) }); setTimeout(() => process.kill(process.pid, 'SIGUSR2'), 20); setTimeout(() => {}, 60000)
})()`

const PROGRAMS: Readonly<Record<string, Invocation>> = {
  'bash, with jobs and traps': { program: '/bin/bash', args: [script('jobs.sh')] },
  'python3, fork and spawn': { program: '/usr/bin/python3', args: [script('many_processes.py'), 'fork', 'spawn'] },
  'node, with threads': { program: '/usr/bin/node', args: ['-e', WORKERS] },
  'threads and exceptions in C++': { program: guestPath('c++', 'threads') },
  'threads and panics in Rust': { program: guestPath('rust', 'threads') },
}

beforeAll(buildGuests, 300_000)

const LONG = 240_000

describe.each(PERSONALITIES)('under %s as on the machine itself', personality => {
  it.each(Object.keys(PROGRAMS))(
    '%s',
    name =>
      withScratch(async scratch => {
        const native = await runNatively(PROGRAMS[name], scratch.fresh())
        expect(await runEmulated(PROGRAMS[name], scratch.fresh(), personality)).toEqual(native)
      }),
    LONG,
  )
})

/** Under netbsd-10 python cannot make a socket of a descriptor: SO_PROTOCOL is not translated. */
it(
  'python3 with a server that forks, under linux',
  () =>
    withScratch(async scratch => {
      const invocation = { program: '/usr/bin/python3', args: [script('many_processes.py'), 'forkserver'] }
      const native = await runNatively(invocation, scratch.fresh())
      expect(await runEmulated(invocation, scratch.fresh(), 'linux')).toEqual(native)
    }),
  LONG,
)

/** Pre-emption, wake-ups, random numbers, times: nothing depends on when the run is made. */
it.each(['threads', 'futexes', 'locks', 'stops', 'signals-sent'])(
  'two runs of %s in virtual time leave one trace',
  name =>
    withScratch(async scratch => {
      const [first, second] = ['first', 'second'].map(log => scratch.beside(log))
      const cwd = scratch.fresh()
      for (const log of [first, second]) {
        const options = ['--time', 'virtual', '--personality', 'linux', '-f', '-ttt', '-o', log]
        await interlinear(['trace', ...options, '--', guestPath('musl-static', name)], cwd)
      }
      const texts = await Promise.all([first, second].map(log => readFile(log, 'latin1')))
      expect(texts[0].split('\n').length).toBeGreaterThan(50)
      expect(texts[1]).toBe(texts[0])
    }),
)
