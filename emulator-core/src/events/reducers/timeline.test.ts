import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StepTrack, slices, stepsBetween } from './timeline.ts'

const track = fc.array(fc.record({ pause: fc.nat({ max: 20 }), value: fc.nat({ max: 1000 }) }), { maxLength: 900 })

function filled(steps: readonly { pause: number; value: number }[]) {
  const made = new StepTrack()
  let time = 0
  for (const { pause, value } of steps) {
    time += pause
    made.push(time, made.length * 3, value)
  }
  return { made, end: time }
}

describe('a track of steps', () => {
  it('knows least and most of any range', () => {
    fc.assert(
      fc.property(track, fc.nat({ max: 900 }), fc.nat({ max: 900 }), (steps, a, b) => {
        const { made } = filled(steps)
        const [from, to] = [Math.min(a, b, steps.length), Math.min(Math.max(a, b), steps.length)]
        const values = steps.slice(from, to).map(each => each.value)
        const expected = values.length === 0 ? undefined : { least: Math.min(...values), most: Math.max(...values) }
        expect(made.range(from, to)).toEqual(expected)
      }),
    )
  })

  it('keeps the most and the last value at every level of detail', () => {
    fc.assert(
      fc.property(track, fc.integer({ min: 1, max: 40 }), (steps, most) => {
        const { made, end } = filled(steps)
        const shown = stepsBetween(made, 'time', 0, end, most)
        const highest = Math.max(0, ...steps.map(each => each.value))
        // A value at time 0 that another takes the place of at once is never seen.
        if (steps.every(each => each.pause > 0)) expect(Math.max(...shown.map(each => each.most))).toBe(highest)
        expect(shown[shown.length - 1].last).toBe(made.at(end, 'time'))
        expect(shown.length).toBeLessThanOrEqual(most + 1)
      }),
    )
  })
})

describe('by event', () => {
  it('steps of one instant stand beside each other', () => {
    const made = new StepTrack()
    for (const [i, value] of [1, 2, 3].entries()) made.push(50, 10 + i, value)
    expect(stepsBetween(made, 'time', 0, 100, 10).map(each => each.at)).toEqual([0, 50, 50, 50])
    expect(stepsBetween(made, 'event', 10, 20, 10).map(({ at, last }) => [at, last])).toEqual([
      [10, 1],
      [11, 2],
      [12, 3],
    ])
    expect(made.at(11, 'event')).toBe(2)
  })
})

describe('slices', () => {
  it('cover the time without gaps', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 50 }), (from, length, count) => {
        const found = slices(from, from + length, count)
        expect(found[0].from).toBe(from)
        expect(found[count - 1].to).toBeGreaterThan(from + length)
        for (let i = 1; i < count - 1; i++) expect(found[i].from).toBe(found[i - 1].to)
      }),
    )
  })
})
