import { expect, it } from 'vitest'
import { FILTERS, readFilters } from './filters.ts'

const SYSCALLS = new Map([
  [2, 'open'],
  [334, 'rseq'],
])

it('takes filters with and without conditions', () => {
  const filterOptions = [{ filterId: 'failingCall', condition: 'open, !ENOENT' }, { filterId: 'divergence' }]
  expect(readFilters({ filters: ['signal'], filterOptions }, SYSCALLS)).toEqual({
    filters: { signal: [], failingCall: ['open', '!ENOENT'], divergence: [] },
    breakpoints: [{ verified: true }, { verified: true }, { verified: true }],
  })
})

it('passes over what the C library tries by itself, unless it is named', () => {
  const filterOf = (condition?: string) =>
    readFilters({ filters: [], filterOptions: [{ filterId: 'unimplementedCall', condition }] }, SYSCALLS).filters
      .unimplementedCall
  expect(filterOf()).toContain('!rseq')
  expect(filterOf('')).toContain('!rseq')
  expect(filterOf('*')).toEqual(['*'])
  expect(filterOf('rseq')).toEqual(['rseq'])
})

it('tells once of each unimplemented call, unless calls are named', () => {
  const onceOf = (condition?: string) =>
    readFilters({ filters: [], filterOptions: [{ filterId: 'unimplementedCall', condition }] }, SYSCALLS).filters.once
  expect(onceOf()).toEqual(['unimplementedCall'])
  expect(onceOf('*')).toBeUndefined()
})

it('says what it does not know', () => {
  const filterOptions = [{ filterId: 'everyCall', condition: '!opne' }, { filterId: 'nothing' }]
  const { filters, breakpoints } = readFilters({ filters: [], filterOptions }, SYSCALLS)
  expect(filters).toEqual({})
  expect(breakpoints.map(({ verified }) => verified)).toEqual([false, false])
  expect(breakpoints[0].message).toBe('Linux has no system call named "opne".')
})

it('offers each with a condition', () => {
  for (const filter of FILTERS) {
    expect(filter).toMatchObject({ supportsCondition: true, conditionDescription: expect.any(String) })
    expect(Object.keys(filter)).not.toContain('otherwise')
    expect(Object.keys(filter)).not.toContain('once')
  }
})
