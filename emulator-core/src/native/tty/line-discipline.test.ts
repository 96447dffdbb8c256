import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineDiscipline } from './line-discipline.ts'
import {
  defaultTermios,
  ECHO,
  ECHOCTL,
  ECHONL,
  ICANON,
  ICRNL,
  INLCR,
  ISIG,
  IUTF8,
  IXANY,
  IXON,
  modeFor,
  NOFLSH,
  ONLCR,
  OPOST,
} from './termios.ts'

const usual = defaultTermios()
const without = (lflag: number) => ({ ...usual, lflag: usual.lflag & ~lflag })

const UNHEARD = { echo: () => {}, signal: () => {}, hold: () => {}, flushed: () => {} }

function typed(keys: string, t = usual): { lines: string[]; echo: string; signals: string[]; flow: string[] } {
  const d = new LineDiscipline()
  let echo = ''
  const signals: string[] = []
  const flow: string[] = []
  const effects = {
    echo: (b: readonly number[]) => {
      echo += Buffer.from(b).toString('latin1')
    },
    signal: (s: string) => signals.push(s),
    hold: (on: boolean) => flow.push(on ? 'held' : 'goes on'),
    flushed: () => flow.push('flushed'),
  }
  d.input(Buffer.from(keys), t, effects)
  return { lines: d.ready.map(b => Buffer.from(b).toString()), echo, signals, flow }
}

describe('lines', () => {
  test('are finished by return, line feed or a character of the program', () => {
    expect(typed('one\rtwo\nthree')).toMatchObject({ lines: ['one\n', 'two\n'], echo: 'one\ntwo\nthree' })
    const cc = usual.cc.slice()
    cc[11] = 0x3b
    expect(typed('a;b', { ...usual, cc }).lines).toEqual(['a;'])
  })

  test('erase takes the last character, from the screen too', () => {
    expect(typed('abx\x7fc\r')).toMatchObject({ lines: ['abc\n'], echo: 'abx\b \bc\n' })
    expect(typed('\x7fa\r')).toMatchObject({ lines: ['a\n'], echo: 'a\n' })
  })

  test('a character of UTF-8 is erased whole, and is one column', () => {
    expect(typed('\u20acb\x7f\x7f\r').lines).toEqual(['\n'])
    expect(typed('\u00fc\x7f\r').echo.endsWith('\b \b\n')).toBe(true)
    expect(typed('\u00fc\x7f\r').echo.split('\b \b')).toHaveLength(2)
    expect(typed('\u00fc\x7fx\r', { ...usual, iflag: usual.iflag & ~IUTF8 }).lines).toEqual(['\ufffdx\n'])
  })

  test('what is shown in two columns is erased in two', () => {
    expect(typed('\x01\x7f')).toMatchObject({ echo: '^A\b \b\b \b' })
    expect(typed('a\t\x7f').echo).toBe(`a\t${'\b \b'.repeat(7)}`)
  })

  test('kill takes the line, a word less', () => {
    expect(typed('wrong\x15right\r').lines).toEqual(['right\n'])
    expect(typed('two words \x17w\r')).toMatchObject({ lines: ['two w\n'], echo: `two words ${'\b \b'.repeat(6)}w\n` })
  })

  test('a key can be taken as it is', () => {
    expect(typed('\x16\x03\r')).toMatchObject({ lines: ['\x03\n'], signals: [] })
  })

  test('an unfinished one is shown again', () => expect(typed('ab\x12').echo).toBe('ab^R\nab'))

  test('their end: a file ends with an empty one', () => {
    expect(typed('\x04').lines).toEqual([''])
    expect(typed('ab\x04').lines).toEqual(['ab'])
  })

  test('the keys that stop output are not input', () => expect(typed('a\x13\x11b\r').lines).toEqual(['ab\n']))

  test('are at most 4096 bytes long', () => expect(typed(`${'x'.repeat(6000)}\r`).lines[0]).toHaveLength(4096))
})

describe('signals', () => {
  test.each([
    ['\x03', 'SIGINT'],
    ['\x1c', 'SIGQUIT'],
    ['\x1a', 'SIGTSTP'],
  ])('%j sends %s and throws away what was typed', (key, name) => {
    expect(typed(`one\rab${key}c\r`)).toMatchObject({ lines: ['c\n'], signals: [name] })
  })

  test('or keeps it', () => {
    const t = { ...usual, lflag: usual.lflag | NOFLSH }
    expect(typed('one\rab\x03c\r', t)).toMatchObject({ lines: ['one\n', 'abc\n'], signals: ['SIGINT'] })
  })

  test('are ordinary keys when they are off', () => {
    expect(typed('\x03\r', without(ISIG))).toMatchObject({ lines: ['\x03\n'], signals: [] })
  })
})

describe('echo', () => {
  test('of a password: none', () =>
    expect(typed('secret\r', without(ECHO))).toMatchObject({ lines: ['secret\n'], echo: '' }))
  test('of its end, if asked for', () => {
    const t = { ...usual, lflag: (usual.lflag & ~ECHO) | ECHONL }
    expect(typed('secret\r', t).echo).toBe('\n')
  })
  test('of control characters as they are', () => expect(typed('\x01', without(ECHOCTL)).echo).toBe('\x01'))
})

describe('flow control', () => {
  const keys = '\x13a\x11'
  test('^S and ^Q are no input', () => {
    expect(typed(`${keys}\r`)).toMatchObject({ lines: ['a\n'], flow: ['held', 'goes on'] })
    expect(typed(`${keys}\r`, { ...usual, iflag: usual.iflag & ~IXON })).toMatchObject({
      lines: [`${keys}\n`],
      flow: [],
    })
  })
  test('any key lets output go on with IXANY', () =>
    expect(typed('\x13a', { ...usual, iflag: usual.iflag | IXANY }).flow).toEqual(['held', 'goes on']))
  test('a signal does so too, and throws away what waits', () =>
    expect(typed('\x03').flow).toEqual(['flushed', 'goes on']))
})

describe('without lines', () => {
  test('keys arrive at once', () => expect(typed('a\x7f', without(ICANON)).lines).toEqual(['a\x7f']))
  test('an unfinished line becomes input when the mode changes', () => {
    const d = new LineDiscipline()
    d.input(Buffer.from('half'), usual, UNHEARD)
    d.changed(without(ICANON))
    expect(d.ready.map(b => Buffer.from(b).toString())).toEqual(['half'])
  })
})

test('whatever is typed, what waits to be read is bounded and no line is longer than it may be', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 60 }),
      fc.nat(0xffff),
      fc.nat(0xffff),
      (pieces, iflag, lflag) => {
        const d = new LineDiscipline()
        for (const piece of pieces) d.input(piece, { ...usual, iflag, lflag }, UNHEARD)
        expect(d.waiting).toBeLessThanOrEqual((1 << 16) + 4096 + 3000)
        for (const line of d.ready) expect(line.length).toBeLessThanOrEqual(4096)
      },
    ),
  )
})

describe('the host\u2019s terminal', () => {
  test('does the work while the settings are the usual ones', () => expect(modeFor(usual)).toBe('cooked'))
  test.each([
    ['echo off', without(ECHO)],
    ['no lines', without(ICANON)],
    ['no signals', without(ISIG)],
    ['returns stay returns', { ...usual, iflag: usual.iflag & ~ICRNL }],
    ['line feeds become returns', { ...usual, iflag: usual.iflag | INLCR }],
    ['another erase key', { ...usual, cc: usual.cc.map(c => (c === 127 ? 8 : c)) }],
  ])('hands on keys: %s', (_what, t) => expect(modeFor(t)).toBe('raw'))
  test.each([
    ['no processing', { ...usual, oflag: usual.oflag & ~OPOST }],
    ['line feeds do not return', { ...usual, oflag: usual.oflag & ~ONLCR }],
  ])('leaves output alone: %s', (_what, t) => expect(modeFor(t)).toBe('untouched'))
})
