import { describe, expect, it } from 'vitest'
import { threadWorld } from '../../test/support/thread-world.ts'
import { SIGCONT, SIGUSR1 } from '../native/signal/numbers.ts'
import { postSignal } from '../native/signal/post.ts'
import { SA_RESTART } from '../native/signal/proc-signals.ts'
import { SigSet } from '../native/signal/sigset.ts'
import { timeCalls } from './time.ts'

const OUT = 0x6000
const MONOTONIC = 1
const REALTIME = 0
const PROCESS_CPU = 2
const THREAD_CPU = 3
/** The fake clock's times at the beginning. */
const BEGAN = 1
const EPOCH = 1_700_000_001

function world() {
  const w = threadWorld(timeCalls)
  const a = w.process(100)
  const time = (address = OUT) => [w.memory.readI64(address), w.memory.readI64(address + 8)]
  const handle = (flags = 0) =>
    a.p.signals.setAction(SIGUSR1, { handler: 0x1000, flags, restorer: 0, mask: new SigSet() })
  return { ...w, a, time, handle }
}

describe('clocks', () => {
  it('tell the time', () => {
    const { a, kernel, time } = world()
    kernel.clock.advance(2e9 + 345)
    expect(a.call('clock_gettime', MONOTONIC, OUT)).toBe(0)
    expect(time()).toEqual([BEGAN + 2, 345])
    a.call('clock_gettime', REALTIME, OUT)
    expect(time()).toEqual([EPOCH + 2, 345])
    kernel.clock.advance(678_000)
    a.call('gettimeofday', OUT, OUT + 16)
    expect(time()).toEqual([EPOCH + 2, 678])
    expect(a.call('time', OUT)).toBe(EPOCH + 2)
  })

  it('tell processor time of a process, a thread, and both by their long numbers', () => {
    const { a, thread, time } = world()
    const b = thread(a, 101)
    Object.assign(a.p.usage, { user: 3e9, system: 5 })
    Object.assign(b.l.usage, { user: 1e9, system: 7 })
    const of = (id: number) => [b.call('clock_gettime', id, OUT), ...time()]
    expect(of(PROCESS_CPU)).toEqual([0, 3, 5])
    expect(of(THREAD_CPU)).toEqual([0, 1, 7])
    const number = (pid: number, kind: number) => (~pid << 3) | kind
    expect(of(number(100, 2))).toEqual([0, 3, 5])
    expect(of(number(0, 1))).toEqual([0, 3, 0])
    expect(of(number(101, 2 | 4))).toEqual([0, 1, 7])
    expect(of(number(0, 2 | 4))).toEqual([0, 1, 7])
    expect(b.call('clock_gettime', number(999, 2), OUT)).toBe('EINVAL')
    expect(b.call('clock_gettime', number(100, 3), OUT)).toBe('EINVAL')
  })

  it.each([
    ['clock_gettime', [1234, OUT], 'EINVAL'],
    ['clock_gettime', [MONOTONIC, 0x10], 'EFAULT'],
    ['clock_getres', [10, 0], 'EINVAL'],
    ['clock_getres', [MONOTONIC, 0], 0],
    ['clock_settime', [MONOTONIC, OUT], 'EINVAL'],
    ['clock_settime', [REALTIME, 0x10], 'EFAULT'],
    ['clock_settime', [REALTIME, OUT], 'EPERM'],
    ['settimeofday', [OUT, 0], 'EPERM'],
    ['clock_nanosleep', [4, 0, OUT, 0], 'EOPNOTSUPP'],
    ['clock_nanosleep', [1234, 0, OUT, 0], 'EINVAL'],
    ['nanosleep', [0x10, 0], 'EFAULT'],
  ] as const)('%s%j: %s', (name, args, result) => {
    const { a } = world()
    expect(a.call(name, ...args)).toBe(result)
  })

  it('times counts hundredths', () => {
    const { a, memory } = world()
    Object.assign(a.p.usage, { user: 1.5e9, system: 2e7 })
    Object.assign(a.p.childUsage, { user: 9.99e6, system: 1e7 })
    expect(a.call('times', OUT)).toBe(100)
    expect([0, 8, 16, 24].map(o => memory.readI64(OUT + o))).toEqual([150, 2, 0, 1])
    expect(a.call('times', 0)).toBe(100)
  })
})

describe('sleeping', () => {
  it('lasts as long as was asked', () => {
    const { a, kernel, put } = world()
    const sleep = a.begin('nanosleep', put(1, 500), 0)
    kernel.clock.advance(1e9 + 499)
    expect(sleep.result).toBeUndefined()
    kernel.clock.advance(1)
    expect(sleep.result).toBe(0)
  })

  it.each([
    [0, 1e9],
    [0, -1],
    [-1, 0],
  ])('refuses %i s %i ns', (seconds, nanoseconds) => {
    const { a, put } = world()
    expect(a.call('nanosleep', put(seconds, nanoseconds), 0)).toBe('EINVAL')
  })

  it('until an instant, which may have been', () => {
    const { a, kernel, put } = world()
    const sleep = a.begin('clock_nanosleep', REALTIME, 1, put(EPOCH, 1e6), OUT)
    kernel.clock.advance(1e6)
    expect(sleep.result).toBe(0)
    const before = a.begin('clock_nanosleep', MONOTONIC, 1, put(0, 1), 0)
    kernel.clock.advance(0)
    expect(before.result).toBe(0)
  })

  it.each([0, SA_RESTART])('a handler ends it, whatever its flags (%i), and what is left is told', flags => {
    const { a, kernel, put, time, handle } = world()
    handle(flags)
    const sleep = a.begin('nanosleep', put(10, 0), OUT)
    kernel.clock.advance(3e9 + 1)
    postSignal(a.p, SIGUSR1)
    expect(sleep.result).toBe('EINTR')
    expect(time()).toEqual([6, 999_999_999])
  })

  it('until an instant: nothing is told', () => {
    const { a, put, time, handle } = world()
    handle()
    const sleep = a.begin('clock_nanosleep', MONOTONIC, 1, put(10, 0), OUT)
    postSignal(a.p, SIGUSR1)
    expect(sleep.result).toBe('EINTR')
    expect(time()).toEqual([0, 0])
  })

  it('goes on, not from the beginning, after a signal without a handler', () => {
    const { a, kernel, put } = world()
    const request = put(0, 100e6)
    const sleep = a.begin('nanosleep', request, 0)
    kernel.clock.advance(60e6)
    postSignal(a.p, SIGCONT)
    expect(sleep.result).toBe('ERESTART')
    a.l.signals.take(a.p, SIGCONT)
    kernel.clock.advance(10e6)
    const again = a.begin('nanosleep', request, 0)
    kernel.clock.advance(29e6)
    expect(again.result).toBeUndefined()
    kernel.clock.advance(1e6)
    expect(again.result).toBe(0)
    const other = a.begin('nanosleep', request, 0)
    kernel.clock.advance(99e6)
    expect(other.result).toBeUndefined()
  })

  it('by processor time ends when that has been used', () => {
    const { a, thread, kernel, put } = world()
    const b = thread(a, 101)
    const sleep = b.begin('clock_nanosleep', PROCESS_CPU, 0, put(0, 50e6), 0)
    kernel.clock.advance(50e6)
    expect(sleep.result).toBeUndefined()
    a.p.usage.user += 50e6
    kernel.clock.advance(50e6)
    expect(sleep.result).toBe(0)
  })

  it('NetBSD: the remaining time is written though there is none, and any flag makes an instant', () => {
    const { a, kernel, put, time } = world()
    kernel.netbsd = true
    const left = put(7, 7)
    const sleep = a.begin('nanosleep', put(0, 5), left)
    kernel.clock.advance(5)
    expect(sleep.result).toBe(0)
    expect(time(left)).toEqual([0, 0])
    const instant = a.begin('clock_nanosleep', MONOTONIC, 8, put(BEGAN, 10), 0)
    kernel.clock.advance(5)
    expect(instant.result).toBe(0)
  })
})
