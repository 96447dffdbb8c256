import { expect, it } from 'vitest'
import type { Lwp } from './lwp.ts'
import { LwpQueue } from './lwp-queue.ts'

const lwp = (id: number) => ({ id, queued: false, state: 'runnable' }) as Lwp

it('gives threads in order, one that is preferred before them, and the others if that one is not there', () => {
  const queue = new LwpQueue()
  for (const id of [1, 2, 3]) queue.push(lwp(id))
  expect(queue.shiftPreferring(2)?.id).toBe(2)
  expect(queue.shiftPreferring(2)?.id).toBe(1)
  expect(queue.shiftPreferring(undefined)?.id).toBe(3)
  expect(queue.shiftPreferring(2)).toBeUndefined()
})

it('takes a preferred thread out only once', () => {
  const queue = new LwpQueue()
  const one = lwp(1)
  queue.push(one)
  expect(queue.shiftPreferring(1)).toBe(one)
  queue.push(one)
  expect(queue.shift()).toBe(one)
  expect(queue.shift()).toBeUndefined()
})
