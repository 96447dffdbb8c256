/** What a program leaves running when it ends: the command waits for it, as strace -f does, until somebody says that it shall end. */
import { describe, expect, it } from 'vitest'
import { PERSONALITIES, runEmulated, runNatively, startEmulated, withScratch } from './support/run.ts'

const shell = (script: string, options: readonly string[] = []) => ({
  program: '/bin/sh',
  args: ['-c', script],
  options,
})

/** Says so once its parent has ended, and goes on. */
const ORPHAN = 'import os, sys, time\nwhile os.getppid() != 1: time.sleep(0.01)\nprint("alone", flush=True)\n'
const orphan = (then: string, end: string) => shell(`python3 -c '${ORPHAN}${then}' & ${end}`)

describe.each(PERSONALITIES)('processes left behind under %s', personality => {
  it.each([
    ['a status', orphan('print("late")', 'exit 3'), 3],
    ['a signal', orphan('print("late")', 'kill -9 $$'), 137],
    ['processes of processes', orphan('os.fork() or print("late", os.getppid() != 1)', 'exit 4'), 4],
  ])('are waited for when the program ends with %s', (_what, invocation, status) =>
    withScratch(async scratch => {
      const native = await runNatively(invocation, scratch.fresh())
      expect(native.status).toBe(status)
      expect(native.stdout).toContain('late')
      expect(await runEmulated(invocation, scratch.fresh(), personality)).toEqual(native)
    }),
  )

  it('end with the program if that is wanted', () =>
    withScratch(async scratch => {
      const invocation = shell('(sleep 100; echo late) & echo begun; exit 5', ['--kill-on-exit'])
      expect(await runEmulated(invocation, scratch.fresh(), personality)).toEqual({
        stdout: 'begun\n',
        stderr: '',
        status: 5,
      })
    }))

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('end at %s to the command', signal =>
    withScratch(async scratch => {
      const started = startEmulated(orphan('time.sleep(100)', 'exit 6'), scratch.fresh(), personality)
      await started.says('alone')
      started.kill(signal)
      expect((await started.ended).status).toBe(6)
    }),
  )

  it('end with the program that the command is asked to end', () =>
    withScratch(async scratch => {
      const started = startEmulated(shell('sleep 100 & echo begun; wait'), scratch.fresh(), personality)
      await started.says('begun')
      started.kill('SIGTERM')
      expect((await started.ended).status).toBe(128 + 15)
    }))
})
