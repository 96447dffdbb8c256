import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completions, FilterError, parseFilter, type RowFacts } from './filter.ts'

const row: RowFacts = {
  kind: 'call',
  name: 'epoll_ctl',
  pid: 1200,
  tid: 1203,
  errno: 'EINVAL',
  state: 'failed',
  duration: 21_000,
  fds: () => [5, 14],
  result: () => '-1 EINVAL',
  divergences: () => ['epoll.refused-events'],
  text: () => 'epoll_ctl(5, EPOLL_CTL_ADD, 14, {EPOLLIN|EPOLLEXCLUSIVE}) = -1 EINVAL',
}
const passes = (filter: string, more: Partial<RowFacts> = {}) => parseFilter(filter).test?.({ ...row, ...more }) ?? true

describe('a filter', () => {
  it.each([
    'syscall:epoll_ctl',
    'syscall:epoll_*',
    'syscall:read,epoll_*',
    'syscall:%desc',
    '%desc',
    'fd:14',
    'fd:3,5',
    'tid:1203',
    'pid:1200',
    'errno:EINVAL',
    'errno:*',
    'errno:EAGAIN,einval',
    'result:-1*',
    'divergence:*',
    'divergence:epoll.*',
    'is:failed',
    'is:call',
    'dur>20us',
    'dur<1ms',
    'dur>=21us',
    'exclusive',
    '"EPOLL_CTL_ADD, 14"',
    'text:EPOLLIN',
    'epollin fd:5',
    '-read',
    '!tid:9',
    '-"no such text"',
    '-fd:9 -fd:8',
    'fd:99 | fd:5',
    'fd:99|errno:*',
    '',
    '   ',
    '|',
    'text:"ADD, 14"',
  ])('%s lets it through', filter => expect(passes(filter)).toBe(true))

  it.each([
    'syscall:epoll',
    'syscall:%memory',
    'fd:1',
    'tid:1',
    'pid:12',
    'errno:E',
    'result:0',
    '-divergence:*',
    'is:waiting',
    'dur>1ms',
    'dur<21us',
    'nothing',
    'fd:5 fd:9',
    '-fd:5',
    'fd:99 | fd:98',
    '-"EPOLL_CTL_ADD"',
  ])('%s does not', filter => expect(passes(filter)).toBe(false))

  it.each([
    ['colour:red', 'There is no "colour:"; there are', 0],
    ['fd:x', '"fd:" wants a number, not "x".', 0],
    ['read fd:', 'What "fd:" should be is missing: a descriptor it was given or answered.', 5],
    ['%nonsense', 'There is no class of system calls "%nonsense".', 0],
    ['dur>soon', 'A duration is written as "dur>1ms", with ns, us, ms or s.', 0],
    ['read "abc', 'The quotation mark at the end is missing.', 5],
  ])('%s is refused in words', (filter, message, position) => {
    let caught: unknown
    try {
      parseFilter(filter)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(FilterError)
    expect(caught).toMatchObject({ message: expect.stringContaining(message), position })
  })

  it('of any text is parsed or refused, and negation turns it round', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          passes(text)
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError)
        }
      }),
    )
    for (const term of ['fd:5', 'fd:6', 'exclusive', 'errno:*', 'dur>1ms'])
      expect(passes(`-${term}`)).toBe(!passes(term))
  })

  it('looks at what costs something only if it has to', () => {
    const text = () => {
      throw new Error('decoded')
    }
    expect(passes('tid:1 exclusive', { text })).toBe(false)
    expect(passes('tid:1203 | exclusive', { text })).toBe(true)
  })
})

describe('completions', () => {
  it('go on with keys and with values', () => {
    expect(completions('', [])).toContain('syscall:')
    expect(completions('fd:3 er', [])).toEqual(['errno:'])
    expect(completions('errno:EA', [])).toEqual(['errno:EAGAIN'])
    expect(completions('!syscall:re', ['read', 'readv', 'write'])).toEqual(['!syscall:read', '!syscall:readv'])
    expect(completions('read', [])).toEqual([])
  })
})
