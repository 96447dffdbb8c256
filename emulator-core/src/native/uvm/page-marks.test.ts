import { expect, it } from 'vitest'
import { ENOMEM } from '../errno.ts'
import { PageMarks } from './page-marks.ts'

it('has no room once there are as many ranges as there may be, also if they came of one that was divided', () => {
  const marks = new PageMarks(2)
  marks.set(0x1000, 0x9000, 'guard')
  expect(() => marks.checkRoom()).not.toThrow()
  marks.clear(0x3000, 0x4000, 'guard')
  expect(() => marks.checkRoom()).toThrow(ENOMEM)
  expect(() => marks.copy().checkRoom()).toThrow(ENOMEM)
  marks.clear(0x1000, 0x3000)
  expect(() => marks.checkRoom()).not.toThrow()
})
