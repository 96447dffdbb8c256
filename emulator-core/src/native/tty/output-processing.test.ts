import { describe, expect, test } from 'vitest'
import { OutputProcessing } from './output-processing.ts'
import { defaultTermios, OCRNL, OLCUC, ONLCR, ONLRET, ONOCR, OPOST, XTABS } from './termios.ts'

const shown = (text: string, oflag: number): string =>
  Buffer.from(new OutputProcessing().process(Buffer.from(text), { ...defaultTermios(), oflag })).toString()

describe('output', () => {
  test.each([
    ['is left alone without OPOST', ONLCR, 'a\tb\n', 'a\tb\n'],
    ['ONLCR', OPOST | ONLCR, 'a\nb\r', 'a\r\nb\r'],
    ['OCRNL', OPOST | OCRNL, 'a\rb', 'a\nb'],
    ['ONOCR', OPOST | ONOCR, '\ra\r\rb', 'a\rb'],
    ['ONOCR after a line feed that returns', OPOST | ONOCR | ONLRET, 'a\n\rb', 'a\nb'],
    ['OLCUC', OPOST | OLCUC, 'aZ9{', 'AZ9{'],
    ['tabs', OPOST | XTABS, 'ab\tc\t', 'ab      c       '],
    ['tabs after a line', OPOST | XTABS | ONLCR, 'ab\n\tc', 'ab\r\n        c'],
    ['tabs after characters of several bytes', OPOST | XTABS, '\u00fc\u20ac\tx', '\u00fc\u20ac      x'],
    ['tabs after a step back', OPOST | XTABS, 'ab\b\t', 'ab\b       '],
  ])('%s', (_name, oflag, text, expected) => expect(shown(text, oflag)).toBe(expected))
})
