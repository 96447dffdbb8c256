import { describe, expect, it } from 'vitest'
import { callNumber } from '../events/syscalls.ts'
import { TraceOptionReader, type TraceOptions } from './trace-options.ts'
import { UsageError } from './usage-error.ts'

function parse(...words: string[]): TraceOptions {
  const reader = new TraceOptionReader()
  for (let at = 0; at < words.length; ) {
    const taken = reader.take(words, at)
    expect(taken, `${words[at]} is known`).toBeGreaterThan(0)
    at += taken
  }
  return reader.options()
}

describe('options of trace', () => {
  it('are strace’s defaults when nothing is given', () => {
    expect(parse()).toEqual({
      output: undefined,
      format: {
        form: 'lines',
        follow: false,
        toFile: false,
        timestamps: 'none',
        durations: false,
        verbose: false,
        paths: false,
        quiet: false,
        calls: undefined,
        signals: undefined,
        status: 'all',
        stringLimit: 32,
        hexStrings: 'never',
      },
    })
  })

  it('may be written together, apart, or in full', () => {
    const together = parse('-fyTttt', '-oout.txt', '-s99')
    expect(parse('-f', '-y', '-T', '-t', '-t', '-t', '-o', 'out.txt', '-s', '99')).toEqual(together)
    expect(
      parse('--follow-forks', '--decode-fds', '--syscall-times', '-ttt', '--output=out.txt', '--string-limit', '99'),
    ).toEqual(together)
    expect(together.output).toBe('out.txt')
    expect(together.format).toMatchObject({
      follow: true,
      paths: true,
      durations: true,
      timestamps: 'epoch',
      toFile: true,
      stringLimit: 99,
    })
    expect(parse('-fo', 'file').output).toBe('file')
  })

  it('choose calls and signals', () => {
    const openat = new Set([callNumber('openat')])
    expect(parse('-e', 'trace=openat').format.calls).toEqual(openat)
    expect(parse('-eopenat').format.calls).toEqual(openat)
    expect(parse('--trace=openat').format.calls).toEqual(openat)
    expect(parse('-e', 'signal=INT').format.signals).toEqual(new Set([2]))
    expect(parse('-e', 'status=failed').format.status).toBe('failed')
    expect(parse('-z').format.status).toBe('successful')
  })

  it('choose the form', () => {
    expect(parse('--json').format.form).toBe('json')
    expect(parse('-c').format.form).toBe('summary')
    expect(parse('-C').format.form).toBe('lines+summary')
  })

  it('leave alone what is run’s, and the program', () => {
    const reader = new TraceOptionReader()
    for (const word of ['--mount', '--personality=linux', '--', '/bin/true', '-', '-fQ', '-M'])
      expect(reader.take([word, 'next'], 0)).toBe(0)
  })

  it.each([
    [['-o'], '-o needs a value.'],
    [['-s', 'many'], '-s takes a number up to 131072, not "many".'],
    [['-s', '99999999'], '-s takes a number up to 131072, not "99999999".'],
    [['-e', 'raed'], 'There is no system call "raed".'],
    [['-e', 'abbrev=none'], '-e abbrev= is not supported; trace=, signal= and status= are.'],
    [['-e', 'status=odd'], '-e status= takes all, successful or failed, not "odd".'],
    [['-ff'], '-ff, a file for each process, is not supported; -f -o FILE is.'],
    [['-tttt'], '-t may be given three times at most.'],
    [['--json', '-c'], '--json cannot be combined with -c or -C.'],
    [['--output='], '--output needs a value.'],
  ])('refuse %j in words', (words, message) => {
    expect(() => parse(...words)).toThrow(new UsageError(message))
  })
})
