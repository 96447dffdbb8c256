import { expect, test } from 'vitest'
import * as native from '../native/errno.ts'
import { Errno } from '../native/errno.ts'
import { linuxErrno } from './errno.ts'

/** netbsd-linux-semantics 6.1: from native 35 on, in order. What comes before is the same, but for EDEADLK. */
const FROM_35 = `11 115 114 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111 40 36 112 113 39 38 87 122 116 66
  38 38 38 38 38 37 38 38 38 38 43 42 75 84 95 125 74 61 63 60 62 38 72 67 71 130 131`

test('the whole table', () => {
  const same = Array.from({ length: 34 }, (_, i) => (i + 1 === 11 ? 35 : i + 1))
  const expected = [...same, ...FROM_35.split(/\s+/).map(Number)]
  expect(expected).toHaveLength(98)
  expect(expected.map((_, i) => linuxErrno(new Errno(i + 1, `native ${i + 1}`)))).toEqual(expected)
})

test('each native error that is thrown has a Linux number', () => {
  const errors = Object.values(native).filter(error => error instanceof Errno)
  expect(errors.length).toBeGreaterThan(50)
  for (const error of errors) expect(linuxErrno(error), error.name).toBeGreaterThan(0)
})
