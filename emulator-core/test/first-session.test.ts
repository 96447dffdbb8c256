import { expect, it } from 'vitest'
import { runEmulated, withScratch } from './support/run.ts'

it('the first program leads its group but not the session, so that no terminal that it opens becomes its own', () =>
  withScratch(async scratch => {
    const { stdout } = await runEmulated(
      { program: '/usr/bin/cut', args: ['-d ', '-f1,5,6', '/proc/self/stat'] },
      scratch.fresh(),
      'linux',
    )
    expect(stdout).toBe('100 100 1\n')
  }))
