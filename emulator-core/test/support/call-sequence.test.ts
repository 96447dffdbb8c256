import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { differentTexts, firstDifferentName, parseLog, withoutLoaderMemory } from './call-sequence.ts'
import { buildGuests, COMPARABLE, guestPath } from './guests.ts'
import { traceNatively, withScratch } from './run.ts'

describe('reading strace', () => {
  it('takes calls, signals and ends', () => {
    const log = [
      '17 openat(AT_FDCWD, "f", O_RDONLY) = 3',
      '17 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=17, si_uid=0} ---',
      '17 +++ exited with 3 +++',
    ].join('\n')
    expect(parseLog(log)).toEqual([
      { name: 'openat', text: '(AT_FDCWD, "f", O_RDONLY) = 3' },
      { name: 'SIGUSR1', text: '{si_signo=SIGUSR1, si_code=SI_USER, si_pid=N, si_uid=N}' },
      { name: 'exited', text: 'with 3' },
    ])
  })

  it('joins a call that others interrupted', () => {
    const log = ['1 read(3,  <unfinished ...>', '2 getuid() = 0', '1 <... read resumed>"x", 1) = 1'].join('\n')
    expect(parseLog(log).map(call => call.name)).toEqual(['getuid', 'read'])
  })

  it('leaves out what the vDSO answers', () => {
    expect(parseLog('clock_gettime(CLOCK_MONOTONIC, {tv_sec=1, tv_nsec=2}) = 0')).toEqual([])
  })
})

it('leaves out what the loader takes for itself, and nothing else', () => {
  const [loader, thread] = [
    'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x2',
    'arch_prctl(ARCH_SET_FS, 0x1) = 0',
  ]
  const names = (...lines: string[]) => withoutLoaderMemory(parseLog(lines.join('\n'))).map(call => call.name)
  expect(names('brk(NULL) = 0x1', loader, thread)).toEqual(['brk', 'arch_prctl'])
  expect(names('mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0x2', thread)).toEqual(['mmap', 'arch_prctl'])
  expect(names(thread, loader)).toEqual(['arch_prctl', 'mmap'])
})

describe('comparing', () => {
  const calls = parseLog('getuid() = 0\nopen("a", O_RDONLY) = 3\nclose(3) = 0')

  it('finds a missing call', () => {
    expect(firstDifferentName(calls, [calls[0], calls[2]])?.position).toBe(1)
    expect(firstDifferentName(calls, calls.slice(0, 2))?.position).toBe(2)
  })

  it('finds a different argument', () => {
    const other = parseLog('getuid() = 0\nopen("b", O_RDONLY) = 3\nclose(3) = 0')
    expect(firstDifferentName(calls, other)).toBeUndefined()
    expect(differentTexts(calls, other)).toEqual([expect.stringContaining('"b"')])
  })
})

/** The measure itself: if two native runs of one program differed, a difference in the emulator would say nothing. */
describe('two native runs of one program are alike', () => {
  beforeAll(buildGuests)

  it.concurrent.each(COMPARABLE)('%s', async name => {
    await withScratch(async scratch => {
      const runs = []
      for (const log of [scratch.beside('first'), scratch.beside('second')]) {
        await traceNatively({ program: guestPath('glibc-dynamic', name) }, scratch.fresh(), log)
        runs.push(parseLog(readFileSync(log, 'latin1')))
      }
      expect(runs[0].length).toBeGreaterThan(5)
      expect(firstDifferentName(runs[0], runs[1])?.message).toBeUndefined()
      expect(differentTexts(runs[0], runs[1])).toEqual([])
    })
  })
})
