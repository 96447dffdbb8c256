import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LongSpans } from './long-spans.ts'

const spans = fc.array(fc.record({ pause: fc.nat({ max: 50 }), long: fc.nat({ max: 5000 }) }), { maxLength: 200 })

describe('things found by how long they took', () => {
  it('are those that looking at all of them finds', () => {
    fc.assert(
      fc.property(
        spans,
        fc.nat(),
        fc.nat({ max: 20_000 }),
        fc.integer({ min: 1, max: 4000 }),
        (given, begin, wide, least) => {
          let time = 0
          const made = given.map(({ pause, long }) => {
            const from = time + pause
            time = from + long
            return { from, to: time }
          })
          const from = begin % (time + 1)
          const to = from + wide
          const long = new LongSpans()
          made.forEach((span, i) => {
            long.push(i, span.to - span.from)
          })
          const found = long.within(from, to, least, i => made[i])
          const expected = made.flatMap((span, i) =>
            span.to - span.from >= least && span.to > from && span.from <= to ? [i] : [],
          )
          expect(found).toEqual(expected)
        },
      ),
    )
  })
})
