import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countsBefore, Doubles } from './column.ts'

describe('counts of what lies before places that rise', () => {
  it('are what looking for each of them finds', () => {
    const rising = fc.array(fc.nat({ max: 500 }), { maxLength: 300 }).map(each => each.sort((a, b) => a - b))
    fc.assert(
      fc.property(rising, rising, (values, places) => {
        const column = new Doubles()
        for (const value of values) column.push(value)
        const before = countsBefore(values.length, places, (i, place) => column.at(i) < place)
        expect(before).toEqual(places.map(place => column.countBelow(place)))
        const upTo = countsBefore(values.length, places, (i, place) => column.at(i) <= place)
        expect(upTo).toEqual(places.map(place => column.countUpTo(place)))
      }),
    )
  })
})
