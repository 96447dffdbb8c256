import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CalloutQueue } from './callout.ts'

test('callouts fire in the order of their times, those of one time in the order they were made, cancelled ones never', () => {
  const plan = fc.array(fc.record({ at: fc.nat(50), cancel: fc.boolean() }), { maxLength: 300 })
  fc.assert(
    fc.property(plan, fc.nat(60), (entries, now) => {
      const queue = new CalloutQueue()
      const fired: number[] = []
      const callouts = entries.map((e, i) => queue.schedule(e.at, () => fired.push(i)))
      entries.forEach((e, i) => {
        if (e.cancel) callouts[i].cancel()
      })
      const live = entries.map((e, i) => ({ ...e, i })).filter(e => !e.cancel)
      queue.fireDue(now)
      const due = live.filter(e => e.at <= now).sort((a, b) => a.at - b.at || a.i - b.i)
      expect(fired).toEqual(due.map(e => e.i))
      expect(queue.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...live.filter(e => e.at > now).map(e => e.at)))
    }),
  )
})

test('a callout that schedules another one at once does not keep fireDue busy for ever', () => {
  const queue = new CalloutQueue()
  let count = 0
  const again = (): void => {
    count++
    queue.schedule(0, again)
  }
  queue.schedule(0, again)
  queue.fireDue(10)
  expect(count).toBe(1)
  expect(queue.next).toBe(0)
})

test('one callout may cancel another that is due at the same time', () => {
  const queue = new CalloutQueue()
  const fired: string[] = []
  queue.schedule(1, () => {
    fired.push('first')
    second.cancel()
  })
  const second = queue.schedule(1, () => fired.push('second'))
  queue.fireDue(1)
  expect(fired).toEqual(['first'])
  expect(queue.next).toBe(Number.POSITIVE_INFINITY)
})
