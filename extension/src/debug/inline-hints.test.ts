import { expect, it } from 'vitest'
import { inlineHints } from './inline-hints.ts'

const SOURCE = `const fd = 1

/** Says fd. */
function outer(l: Lwp, a0: number): number {
  const fd = a0 | 0
  if (fd < 0) {
    throw EBADF // fd is wrong
  }
  return file.fd
}

class Kqueue {
  register(kn: Knote): void {
    const flags = kn.flags
    if (flags === 0) return
  }
}`.split('\n')

const texts = (stopped: number, known: readonly { name: string; value: string }[]) =>
  inlineHints(SOURCE, stopped, known).map(({ line, start, text }) => `${line}:${start} ${text}`)

it('stands behind the line of the function that names the value first', () => {
  expect(texts(8, [{ name: 'fd', value: '3' }])).toEqual(['4:8 fd = 3'])
  expect(texts(5, [{ name: 'a0', value: '3' }])).toEqual(['3:23 a0 = 3'])
})

it('keeps to the method it is in', () => {
  expect(texts(14, [{ name: 'kn', value: 'knote 1' }])).toEqual(['12:11 kn = knote 1'])
  expect(texts(14, [{ name: 'this', value: 'Kqueue' }])).toEqual([])
})

it('says at the end how it ends, and what woke it', () => {
  expect(
    texts(9, [
      { name: 'throws', value: 'EEXIST (17) → EEXIST (17)' },
      { name: 'woken by', value: 'knote 3' },
    ]),
  ).toEqual(['9:0 throws EEXIST (17) → EEXIST (17)', '9:0 woken by knote 3'])
})

it('shortens what is long', () => {
  expect(inlineHints(SOURCE, 4, [{ name: 'a0', value: 'x'.repeat(200) }])[0]?.text.length).toBeLessThan(90)
})
