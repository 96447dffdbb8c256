import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clamped, panned, zoomed } from './viewport.ts'

const whole = { from: 1000, to: 1_001_000 }
const range = fc
  .tuple(fc.integer({ min: -2_000_000, max: 3_000_000 }), fc.integer({ min: 1, max: 3_000_000 }))
  .map(([from, width]) => ({ from, to: from + width }))

describe('the part of the axis that is seen', () => {
  it('stays within the run', () => {
    fc.assert(
      fc.property(range, fc.double({ min: 0.01, max: 100, noNaN: true }), (seen, factor) => {
        for (const next of [
          clamped(seen, whole),
          zoomed(seen, factor, seen.from, whole),
          panned(seen, factor, whole),
        ]) {
          expect(next.from).toBeGreaterThanOrEqual(whole.from)
          expect(next.to).toBeLessThanOrEqual(whole.to + 1e-6)
          expect(next.to).toBeGreaterThan(next.from)
        }
      }),
    )
  })

  it('is zoomed about a place, which stays where it is', () => {
    const seen = { from: 200_000, to: 400_000 }
    const next = zoomed(seen, 2, 250_000, whole)
    expect(next.to - next.from).toBe(100_000)
    expect((250_000 - next.from) / (next.to - next.from)).toBeCloseTo(0.25)
  })

  it('is all of a run that is shorter than anything', () => {
    expect(clamped({ from: 0, to: 1 }, { from: 5, to: 6 })).toEqual({ from: 5, to: 25 })
  })
})
