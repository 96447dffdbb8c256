import { expect, it } from 'vitest'
import type { FunctionPlaces } from './function-places.ts'
import type { LinePlaces } from './line-places.ts'
import { Stops } from './stops.ts'
import type { Names } from './system.ts'
import type { Watches } from './watches.ts'

it('prefers the thread that does a step while it does, if the others are to be held', () => {
  const stops = new Stops(
    {} as FunctionPlaces,
    {} as LinePlaces,
    () => ({}) as Names,
    () => 0,
    () => undefined,
    {} as Watches,
  )
  stops.setGoal({ tid: 7, kind: 'call' })
  expect(stops.preferred).toBeUndefined()
  stops.holdsOthers = true
  expect(stops.preferred).toBe(7)
  stops.setGoal(undefined)
  expect(stops.preferred).toBeUndefined()
})
