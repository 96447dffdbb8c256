import { expect, test } from 'vitest'
import { LineDiscipline } from './line-discipline.ts'
import { defaultTermios, ECHO, ICANON, isPlainCooked } from './termios.ts'

function typed(keys: string, lflag = defaultTermios().lflag): { lines: string[]; echo: string; signals: string[] } {
  const d = new LineDiscipline()
  let echo = ''
  const signals: string[] = []
  d.input(
    Buffer.from(keys),
    { ...defaultTermios(), lflag },
    { echo: b => (echo += String.fromCharCode(...b)), signal: s => signals.push(s) },
  )
  return { lines: d.ready.map(b => Buffer.from(b).toString()), echo, signals }
}

test('lines with erase and kill', () => {
  expect(typed('abx\x7fc\r')).toMatchObject({ lines: ['abc\n'], echo: 'abx\b \bc\r\n' })
  expect(typed('wrong\x15right\r').lines).toEqual(['right\n'])
  expect(typed('unfinished').lines).toEqual([])
})

test('end of file', () => {
  expect(typed('\x04').lines).toEqual([''])
  expect(typed('ab\x04').lines).toEqual(['ab'])
})

test('signal characters', () => {
  expect(typed('ab\x03c\r')).toMatchObject({ lines: ['c\n'], signals: ['SIGINT'] })
})

test('a password is not echoed', () => {
  const lflag = defaultTermios().lflag & ~ECHO
  expect(typed('secret\r', lflag)).toMatchObject({ lines: ['secret\n'], echo: '' })
})

test('without lines, keys arrive at once', () => {
  expect(typed('a', defaultTermios().lflag & ~ICANON).lines).toEqual(['a'])
})

test('only the usual settings are left to the host', () => {
  expect(isPlainCooked(defaultTermios())).toBe(true)
  expect(isPlainCooked({ ...defaultTermios(), lflag: defaultTermios().lflag & ~ECHO })).toBe(false)
})
