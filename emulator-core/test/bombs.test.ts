import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildGuests, guestPath } from './support/guests.ts'
import { PERSONALITIES, runEmulated, startInterlinear, withScratch } from './support/run.ts'

/** Guests that take all there is: they get an error as from any kernel, go on and end, and the command can be ended at any time. */

beforeAll(buildGuests, 300_000)

const PROGRAM = guestPath('stubborn', 'bombs')

const BOMBS: Readonly<Record<string, string>> = {
  fork: 'fork: EAGAIN\nmany 1\nleft 0\n',
  thread: 'pthread_create: EAGAIN\nmany 1\n',
  descriptor: 'descriptors: ENFILE\nmany 1\n',
  disk: 'write: ENOSPC\nmany 1\ntruncate 0\nroom again 1048576\n',
  pipe: 'sockets: EMFILE\n1\n',
  terminal: 'bounded 1\n',
}

/** Names of files, in a small machine. */
const NAMES = 'names: ENOSPC\nmany 1\nagain 0\n'

describe.each(PERSONALITIES)('under %s a guest that wants everything gets an error', personality => {
  it.each(Object.entries(BOMBS))('%s', (name, stdout) =>
    withScratch(async scratch => {
      const outcome = await runEmulated({ program: PROGRAM, args: [name] }, scratch.fresh(), personality)
      expect(outcome).toEqual({ stdout, stderr: '', status: 0 })
    }),
  )

  it.each(['name', 'hard link', 'symbolic link'])('%s', name =>
    withScratch(async scratch => {
      const options = ['--memory', '32M']
      const outcome = await runEmulated({ program: PROGRAM, args: [name], options }, scratch.fresh(), personality)
      expect(outcome).toEqual({ stdout: NAMES, stderr: '', status: 0 })
    }),
  )
})

describe('the command ends at once, and leaves nothing behind', () => {
  it.each(['SIGKILL', 'SIGHUP', 'SIGTERM', 'SIGINT'] as const)(
    'by %s, while every thread of several processes is busy',
    signal =>
      withScratch(async scratch => {
        const temporary = mkdtempSync(path.join(os.tmpdir(), 'interlinear-left-'))
        try {
          const cwd = scratch.fresh()
          const started = startInterlinear(['run', '--mount', `${cwd}:${cwd}:rw`, '--', PROGRAM, 'spin'], cwd, {
            TMPDIR: temporary,
          })
          await started.says('spinning\n')
          started.kill(signal)
          expect((await started.ended).status).toBe(128 + os.constants.signals[signal])
          expect([...readdirSync(temporary), ...readdirSync(cwd)]).toEqual([])
          expect(commandsNaming(cwd)).toEqual([])
        } finally {
          rmSync(temporary, { recursive: true, force: true })
        }
      }),
  )
})

/** Processes of this computer that have a text in their command line. */
function commandsNaming(text: string): string[] {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  return all.split('\n').filter(line => line.includes(text) && line.includes('interlinear'))
}
