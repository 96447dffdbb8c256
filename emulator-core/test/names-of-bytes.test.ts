import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { INTERLINEAR, runEmulated, type Scratch, withScratch } from './support/run.ts'

/** Runs a shell's line, in which $RUN is the command with `run` and its options. */
async function shell(scratch: Scratch, line: string): Promise<string> {
  const cwd = scratch.fresh()
  const env = { PATH: '/usr/bin:/bin', RUN: `${process.execPath} ${INTERLINEAR} run` }
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line], { cwd, env })
  return stdout
}

describe('what is not UTF-8 comes through to the byte', () => {
  it.each([
    ['an argument', `$RUN -- printf %s "$(printf 'caf\\351')" | od -An -tx1`, ' 63 61 66 e9\n'],
    ['a variable', `X="$(printf '\\377')" $RUN -- sh -c 'printf %s "$X"' | od -An -tx1`, ' ff\n'],
    ['the working directory', `mkdir "$(printf '\\351')"; cd ./*; echo there > file; $RUN -- cat file`, 'there\n'],
    [
      'a mounted folder',
      `d="$(printf '\\351')"; mkdir "$d"; echo there > "$d/f"; $RUN --mount "$d:/m$d" -- cat "/m$d/f"`,
      'there\n',
    ],
  ])('%s', (_what, line, expected) => withScratch(async scratch => expect(await shell(scratch, line)).toBe(expected)))

  it('as do folders with names beyond ASCII', () =>
    withScratch(async scratch => {
      const cwd = scratch.fresh()
      mkdirSync(path.join(cwd, 'ünïcode'))
      writeFileSync(path.join(cwd, 'ünïcode', 'file'), 'there')
      const options = ['--mount', `${cwd}/ünïcode:/möunt`]
      const outcome = await runEmulated({ program: '/bin/cat', args: ['/möunt/file'], options }, cwd, 'netbsd-10')
      expect(outcome).toEqual({ stdout: 'there', stderr: '', status: 0 })
    }))
})
