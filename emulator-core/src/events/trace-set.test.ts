import { describe, expect, it } from 'vitest'
import { syscallClass } from './syscall-classes.ts'
import { syscallNames } from './syscall-names.ts'
import { callNumber } from './syscalls.ts'
import { parseCalls, parseSignals, TraceSetError } from './trace-set.ts'

function namesOf(set: ReadonlySet<number> | undefined): string[] | 'all' {
  return set === undefined ? 'all' : syscallNames.filter(([nr]) => set.has(nr)).map(([, name]) => name)
}

describe('-e trace=', () => {
  it('takes names', () => {
    expect(namesOf(parseCalls('read,openat'))).toEqual(['read', 'openat'])
    expect(namesOf(parseCalls('all'))).toBe('all')
    expect(namesOf(parseCalls('none'))).toEqual([])
  })

  it('takes classes', () => {
    expect(namesOf(parseCalls('%ipc'))).toContain('semop')
    expect(namesOf(parseCalls('ipc'))).toEqual(namesOf(parseCalls('%ipc')))
    expect(namesOf(parseCalls('%file,close'))).toEqual(expect.arrayContaining(['open', 'execve', 'statx', 'close']))
    expect(namesOf(parseCalls('%net'))).toEqual(namesOf(parseCalls('%network')))
    expect(namesOf(parseCalls('%%stat'))).toEqual(['stat', 'fstat', 'lstat', 'newfstatat', 'statx'])
  })

  it('takes what is not to be shown', () => {
    const shown = namesOf(parseCalls('!%memory,read'))
    expect(shown).not.toContain('mmap')
    expect(shown).not.toContain('read')
    expect(shown).toContain('write')
    expect(namesOf(parseCalls('!none'))).toBe('all')
    expect(namesOf(parseCalls('!all'))).toEqual([])
  })

  it('takes expressions, and names that need not exist', () => {
    expect(namesOf(parseCalls('/^getp'))).toEqual(
      expect.arrayContaining(['getpid', 'getppid', 'getpgrp', 'getpeername', 'getpgid', 'getpriority', 'getpmsg']),
    )
    expect(namesOf(parseCalls('?nosuchcall,read'))).toEqual(['read'])
  })

  it('refuses in words what does not exist', () => {
    expect(() => parseCalls('raed')).toThrow(new TraceSetError('There is no system call "raed".'))
    expect(() => parseCalls('%files')).toThrow('There is no system call "%files".')
    expect(() => parseCalls('stat,')).toThrow('There is no system call "".')
    expect(() => parseCalls('/(')).toThrow('"(" is no regular expression.')
  })
})

describe('the classes', () => {
  it.each('%file %desc %network %process %signal %memory %ipc %clock %creds %pure %stat %fstat %%statfs'.split(' '))(
    '%s has only calls that exist',
    name => {
      const members = syscallClass(name) ?? []
      expect(members.length).toBeGreaterThan(0)
      expect(members.filter(each => callNumber(each) === undefined)).toEqual([])
    },
  )
})

describe('-e signal=', () => {
  it('takes signals with and without SIG, and numbers', () => {
    expect([...(parseSignals('SIGINT,term,9') ?? [])]).toEqual([2, 15, 9])
    expect(parseSignals('!CHLD')?.has(17)).toBe(false)
    expect(parseSignals('!CHLD')?.size).toBe(63)
    expect(parseSignals('all')).toBeUndefined()
    expect(parseSignals('none')?.size).toBe(0)
    expect(() => parseSignals('SIGNAL')).toThrow('There is no signal "SIGNAL".')
  })
})
