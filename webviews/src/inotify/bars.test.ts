import { expect, test } from 'vitest'
import { segmentsOf, tiesOf } from './bars.ts'

const read = (time: number, count: number) => ({
  event: time,
  time,
  at: time,
  tid: 1,
  count,
  bytes: 0,
  since: 0,
  waited: 0,
})

test('a bar goes down by what is read before it', () => {
  const reads = [read(5, 2), read(20, 3), read(30, 1), read(40, 9)]
  expect(segmentsOf({ from: 10, to: 40, row: 5 }, reads, 100)).toEqual([
    { from: 10, to: 20, row: 5 },
    { from: 20, to: 30, row: 2 },
    { from: 30, to: 40, row: 1 },
  ])
})

test('one that is not read reaches to the end, and the front one stays where it is', () => {
  expect(segmentsOf({ from: 10, to: undefined, row: 0 }, [read(20, 1)], 50)).toEqual([{ from: 10, to: 50, row: 0 }])
  expect(segmentsOf({ from: 60, to: undefined, row: 0 }, [], 50)).toEqual([{ from: 60, to: 60, row: 0 }])
})

const half = (event: number, text: string, cookie: number, linux?: { text: string; cookie: number }) => ({
  event,
  text,
  cookie,
  linux,
})

test('halves of a rename are tied by their cookie, those of another by that of Linux', () => {
  const from = half(1, 'IN_MOVED_FROM "a"', 7)
  const to = half(2, 'IN_MOVED_TO "b"', 7)
  const gone = half(3, 'IN_DELETE "c"', 0, { text: 'IN_MOVED_FROM "c"', cookie: 8 })
  const come = half(4, 'IN_CREATE "c"', 0, { text: 'IN_MOVED_TO "c"', cookie: 8 })
  const alone = half(5, 'IN_MOVED_FROM "d"', 9)
  const plain = half(6, 'IN_CREATE "e"', 0)
  expect(tiesOf([from, to, gone, come, alone, plain])).toEqual({
    ties: [
      { from, to, paired: true },
      { from: gone, to: come, paired: false },
    ],
    unpaired: [alone],
  })
})

test('the same cookie again is another rename', () => {
  const halves = [1, 2, 3, 4].map(i => half(i, i % 2 === 1 ? 'IN_MOVED_FROM "x"' : 'IN_MOVED_TO "x"', 7))
  expect(tiesOf(halves).ties.map(({ from, to }) => [from.event, to.event])).toEqual([
    [1, 2],
    [3, 4],
  ])
})
