import type { InotifyRow } from '@interlinear/emulator-core/events/queries.ts'
import { expect, test } from 'vitest'
import { csvHead, csvLines } from './table.ts'

const row: InotifyRow = {
  event: 7,
  time: 12,
  tid: 100,
  kind: 'record',
  wd: 5,
  path: '/a,b',
  text: 'IN_CREATE "x"',
  cookie: 0,
  readAt: undefined,
  readBy: undefined,
  linux: '',
}

test('CSV quotes what needs it, and gives no formula to a spreadsheet', () => {
  expect(csvHead.split(',').length).toBe(11)
  expect(csvLines([row])).toBe('7,12,100,record,5,"/a,b","IN_CREATE ""x""",,,,\n')
  expect(csvLines([{ ...row, path: '=1+1' }])).toContain(",'=1+1,")
})
