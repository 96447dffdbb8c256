import { describe, expect, it } from 'vitest'
import { PipeSlots } from './pipe-slots.ts'

/** Writes as much as there is room for; how much that was. */
const write = (slots: PipeSlots, count: number, isPacket = false): number => {
  const moved = slots.roomFor(count)
  slots.put(moved, count, isPacket)
  return moved
}

describe('the pages of a pipe', () => {
  it('are full when each has something in it', () => {
    const slots = new PipeSlots(2)
    expect([write(slots, 100), write(slots, 4096), slots.isFull, write(slots, 1)]).toEqual([100, 4096, true, 0])
  })

  it('take the last part of a write if it fits as a whole', () => {
    const slots = new PipeSlots(2)
    expect([write(slots, 4000), write(slots, 96), slots.used, write(slots, 1), slots.used]).toEqual([4000, 96, 1, 1, 2])
    expect([write(slots, 4096), write(slots, 5000), write(slots, 4095)]).toEqual([0, 904, 0])
  })

  it('are free again when all of a page was read, and not before', () => {
    const slots = new PipeSlots(1)
    write(slots, 4096)
    slots.take(slots.readable(4095))
    expect([slots.isFull, write(slots, 1)]).toEqual([true, 0])
    slots.take(slots.readable(10))
    expect([slots.used, slots.room]).toEqual([0, 4096])
  })

  it('keep packets apart; a reader gets what is before the first, and it, and loses what does not fit', () => {
    const slots = new PipeSlots(4)
    for (const count of [4096, 20, 30]) slots.put(count, count, count < 100)
    expect([slots.readable(5000), slots.take(4106), slots.readable(100), slots.take(30), slots.used]).toEqual([
      4116, 10, 30, 0, 0,
    ])
  })
})
