import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SHARED, threadWorld } from '../../test/support/thread-world.ts'
import { futexCalls } from './futex.ts'
import { itimerCalls } from './itimer.ts'
import { signalCalls } from './signal.ts'
import { timeCalls } from './time.ts'

/** rt_sigreturn needs a processor. */
const { rt_sigreturn: _, ...signals } = signalCalls
const calls = { ...futexCalls, ...itimerCalls, ...signals, ...timeCalls }

const argument = fc.oneof(
  fc.integer({ min: -8, max: 140 }),
  fc.constantFrom(0x1000, 0x3000, 0x3002, 0xffff8, SHARED, 100, 101, 200, 2 ** 31, 2 ** 32 - 1, -(2 ** 31)),
  fc.constantFrom(2 ** 47, 2 ** 62, -(2 ** 63), 2 ** 63 - 1024, 0xfffff, 0x1001),
  fc.integer(),
)
const call = fc.tuple(fc.constantFrom(...Object.keys(calls)), fc.array(argument, { minLength: 6, maxLength: 6 }))
const words = fc.array(fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 2 ** 52, 999_999_999)), { maxLength: 64 })

it('whatever a program passes, it gets a number, an error or sleeps; and time goes on', () => {
  fc.assert(
    fc.property(words, fc.array(call, { minLength: 1, maxLength: 12 }), fc.boolean(), (memory, script, netbsd) => {
      const world = threadWorld(calls)
      world.kernel.netbsd = netbsd
      memory.forEach((value, i) => {
        world.memory.writeI64(0x3000 + 8 * i, value)
      })
      const first = world.process(100)
      const threads = [first, world.thread(first, 101), world.process(200)]
      script.forEach(([name, args], i) => {
        const t = threads[i % threads.length]
        // A thread that sleeps makes no calls.
        if (t.l.sleep === undefined)
          expect(['number', 'string', 'undefined']).toContain(typeof t.begin(name, ...args).result)
      })
      world.kernel.clock.advance(3e6)
    }),
    { numRuns: 3000 },
  )
})
