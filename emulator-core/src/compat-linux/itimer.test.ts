import { describe, expect, it } from 'vitest'
import { threadWorld } from '../../test/support/thread-world.ts'
import { stopTimers } from '../native/itimer.ts'
import { SIGALRM, SIGCHLD, SIGKILL, SIGPROF, SIGUSR1, SIGVTALRM, SIGXCPU } from '../native/signal/numbers.ts'
import { SIG_IGN } from '../native/signal/proc-signals.ts'
import { SI_TIMER, type SigInfo } from '../native/signal/siginfo.ts'
import { SigSet } from '../native/signal/sigset.ts'
import { itimerCalls } from './itimer.ts'

const OUT = 0x6000
const ID = 0x6100
const REAL = 0
const VIRTUAL = 1
const PROF = 2
const MONOTONIC = 1
const REALTIME = 0
const ABSTIME = 1
const SIGEV_NONE = 1
const SIGEV_THREAD_ID = 4

function world() {
  const w = threadWorld(itimerCalls)
  const a = w.process(100)
  a.l.signals.mask.low = a.l.signals.mask.high = -1
  const { memory } = w
  const take = (signo: number): SigInfo | undefined => a.p.signals.pending.take(signo)
  return {
    ...w,
    a,
    take,
    /** Interval, value: microseconds. */
    itimerval: (interval: number, value: number) => w.put(0, interval, 0, value),
    itimerspec: (interval: number, value: number) => w.put(0, interval, 0, value),
    sigevent: (value: number, signo: number, notify: number, thread = 0) =>
      w.put(value, notify * 2 ** 32 + signo, thread),
    /** Four numbers: interval and value. */
    told: () => [0, 8, 16, 24].map(o => memory.readI64(OUT + o)),
    id: () => memory.readI32(ID),
  }
}

describe('interval timers', () => {
  it('fire once, or again and again', () => {
    const { a, kernel, itimerval, take, told } = world()
    expect(a.call('setitimer', REAL, itimerval(0, 5000), 0)).toBe(0)
    a.call('getitimer', REAL, OUT)
    expect(told()).toEqual([0, 0, 0, 5000])
    kernel.clock.advance(5e6)
    expect(take(SIGALRM)).toBeDefined()
    a.call('getitimer', REAL, OUT)
    expect(told()).toEqual([0, 0, 0, 0])
    kernel.clock.advance(50e6)
    expect(take(SIGALRM)).toBeUndefined()

    expect(a.call('setitimer', REAL, itimerval(2000, 1000), 0)).toBe(0)
    kernel.clock.advance(1e6)
    expect(take(SIGALRM)).toBeDefined()
    kernel.clock.advance(1.5e6)
    expect(take(SIGALRM)).toBeUndefined()
    expect(a.call('setitimer', REAL, itimerval(0, 0), OUT)).toBe(0)
    expect(told()).toEqual([0, 2000, 0, 500])
    kernel.clock.advance(50e6)
    expect(take(SIGALRM)).toBeUndefined()
  })

  it('that count processor time wait for it', () => {
    const { a, kernel, itimerval, take } = world()
    a.call('setitimer', VIRTUAL, itimerval(0, 5000), 0)
    a.call('setitimer', PROF, itimerval(0, 5000), 0)
    kernel.clock.advance(20e6)
    expect([take(SIGVTALRM), take(SIGPROF)]).toEqual([undefined, undefined])
    a.p.usage.system += 5e6
    kernel.clock.advance(10e6)
    expect(take(SIGVTALRM)).toBeUndefined()
    expect(take(SIGPROF)).toBeDefined()
    a.p.usage.user += 5e6
    kernel.clock.advance(10e6)
    expect(take(SIGVTALRM)).toBeDefined()
  })

  it.each([
    ['getitimer', [3, OUT], 'EINVAL'],
    ['getitimer', [-1, OUT], 'EINVAL'],
    ['getitimer', [REAL, 0x10], 'EFAULT'],
    ['setitimer', [77, 0, 0], 'EINVAL'],
    ['setitimer', [REAL, 0x10, 0], 'EFAULT'],
  ] as const)('%s%j: %s', (name, args, result) => {
    expect(world().a.call(name, ...args)).toBe(result)
  })

  it('a whole second of microseconds is refused', () => {
    const { a, itimerval } = world()
    expect(a.call('setitimer', REAL, itimerval(0, 1e6), 0)).toBe('EINVAL')
    expect(a.call('setitimer', REAL, itimerval(-1, 1), 0)).toBe('EINVAL')
  })

  it('without a value: disarmed on Linux, left alone on NetBSD', () => {
    const { a, kernel, itimerval, take } = world()
    a.call('setitimer', REAL, itimerval(0, 5000), 0)
    kernel.netbsd = true
    a.call('setitimer', REAL, 0, 0)
    kernel.clock.advance(5e6)
    expect(take(SIGALRM)).toBeDefined()
    kernel.netbsd = false
    a.call('setitimer', REAL, itimerval(0, 5000), 0)
    a.call('setitimer', REAL, 0, 0)
    kernel.clock.advance(5e6)
    expect(take(SIGALRM)).toBeUndefined()
  })

  it('alarm counts seconds, rounded but never to 0', () => {
    const { a, kernel } = world()
    expect(a.call('alarm', 10)).toBe(0)
    kernel.clock.advance(0.4e9)
    expect(a.call('alarm', 10)).toBe(10)
    kernel.clock.advance(0.6e9)
    expect(a.call('alarm', 1)).toBe(9)
    kernel.clock.advance(0.9e9)
    expect(a.call('alarm', 0)).toBe(1)
    expect(a.call('alarm', -1)).toBe(0)
    expect(a.call('alarm', 0)).toBe(2 ** 31 - 1)
  })

  it('a tiny interval does not flood the kernel', () => {
    const { a, kernel, itimerval } = world()
    let fired = 0
    const schedule = kernel.clock.schedule.bind(kernel.clock)
    kernel.clock.schedule = (at, fire) =>
      schedule(at, () => {
        fired++
        fire()
      })
    a.call('setitimer', REAL, itimerval(1, 1), 0)
    kernel.clock.now += 1e9
    kernel.clock.advance(0)
    expect(fired).toBe(1)
  })
})

describe('POSIX timers', () => {
  it('send their signal with value and number, and count what was missed until it is taken', () => {
    const { a, kernel, sigevent, itimerspec, take, id, told } = world()
    expect(a.call('timer_create', MONOTONIC, sigevent(77, SIGUSR1, 0), ID)).toBe(0)
    expect(a.call('timer_settime', id(), 0, itimerspec(10e6, 5e6), 0)).toBe(0)
    kernel.clock.advance(5e6)
    kernel.clock.advance(32e6)
    a.call('timer_gettime', id(), OUT)
    expect(told()).toEqual([0, 10e6, 0, 8e6])
    expect(take(SIGUSR1)).toMatchObject({ code: SI_TIMER, timerId: 0, value: 77n, overrun: 3 })
    expect(a.call('timer_getoverrun', id())).toBe(3)
    expect(take(SIGUSR1)).toBeUndefined()
    kernel.clock.advance(8e6)
    expect(take(SIGUSR1)).toMatchObject({ overrun: 0 })
  })

  it('run until an instant of their clock', () => {
    const { a, kernel, put, take, id } = world()
    a.call('timer_create', REALTIME, 0, ID)
    expect(a.call('timer_settime', id(), ABSTIME, put(0, 0, 1_700_000_001, 5), 0)).toBe(0)
    kernel.clock.advance(4)
    expect(take(SIGALRM)).toBeUndefined()
    kernel.clock.advance(1)
    expect(take(SIGALRM)).toMatchObject({ timerId: 0, value: 0n })
  })

  it('signal one thread, while it lives', () => {
    const { a, kernel, thread, sigevent, itimerspec, id } = world()
    const b = thread(a, 101)
    b.l.signals.mask.add(SIGUSR1)
    expect(a.call('timer_create', MONOTONIC, sigevent(1, SIGUSR1, SIGEV_THREAD_ID, 999), ID)).toBe('EINVAL')
    expect(a.call('timer_create', MONOTONIC, sigevent(1, SIGUSR1, SIGEV_THREAD_ID, 101), ID)).toBe(0)
    a.call('timer_settime', id(), 0, itimerspec(5e6, 5e6), 0)
    kernel.clock.advance(5e6)
    expect(b.l.signals.pending.take(SIGUSR1)).toBeDefined()
    b.l.state = 'dead'
    kernel.clock.advance(50e6)
    expect(b.l.signals.pending.set.isEmpty).toBe(true)
  })

  it('without a signal can only be asked', () => {
    const { a, kernel, sigevent, itimerspec, id, told } = world()
    a.call('timer_create', MONOTONIC, sigevent(0, 0, SIGEV_NONE), ID)
    a.call('timer_settime', id(), 0, itimerspec(10e6, 5e6), 0)
    kernel.clock.advance(7e6)
    a.call('timer_gettime', id(), OUT)
    expect(told()).toEqual([0, 10e6, 0, 8e6])
    a.call('timer_settime', id(), 0, itimerspec(0, 5e6), 0)
    kernel.clock.advance(7e6)
    a.call('timer_gettime', id(), OUT)
    expect(told()).toEqual([0, 0, 0, 0])
  })

  it('go on when their signal is ignored, or dropped', () => {
    const { a, kernel, sigevent, itimerspec, take, id } = world()
    const ignore = (handler: number) =>
      a.p.signals.setAction(SIGUSR1, { handler, flags: 0, restorer: 0, mask: new SigSet() })
    a.call('timer_create', MONOTONIC, sigevent(0, SIGUSR1, 0), ID)
    a.call('timer_settime', id(), 0, itimerspec(5e6, 5e6), 0)
    a.l.signals.mask.low = 0
    ignore(SIG_IGN)
    kernel.clock.advance(12e6)
    expect(take(SIGUSR1)).toBeUndefined()
    ignore(0x1000)
    a.l.signals.mask.low = -1
    kernel.clock.advance(5e6)
    ignore(SIG_IGN)
    ignore(0x1000)
    expect(take(SIGUSR1)).toBeUndefined()
    kernel.clock.advance(5e6)
    expect(take(SIGUSR1)).toBeDefined()
  })

  it('are bounded, deleted, and gone at the end', () => {
    const { a, kernel, itimerspec, itimerval, take } = world()
    a.p.limits[11] = { soft: 3, hard: 3 }
    expect([1, 2, 3, 4].map(() => a.call('timer_create', MONOTONIC, 0, ID))).toEqual([0, 0, 0, 'EAGAIN'])
    expect(a.call('timer_delete', 1)).toBe(0)
    expect(a.call('timer_delete', 1)).toBe('EINVAL')
    expect(a.call('timer_create', MONOTONIC, 0, 0x10)).toBe('EFAULT')
    expect(a.call('timer_settime', 1, 0, itimerspec(0, 1), 0)).toBe('EINVAL')
    a.call('timer_settime', 2, 0, itimerspec(0, 1e6), 0)
    a.p.timers.deletePosix()
    expect(a.call('timer_gettime', 2, OUT)).toBe('EINVAL')
    a.call('setitimer', REAL, itimerval(0, 1000), 0)
    stopTimers(a.p)
    kernel.clock.advance(5e6)
    expect(take(SIGALRM)).toBeUndefined()
  })

  it.each([
    [MONOTONIC, SIGUSR1, 99, 'EINVAL'],
    [MONOTONIC, 0, 0, 'EINVAL'],
    [MONOTONIC, 65, 0, 'EINVAL'],
    [1234, SIGUSR1, 0, 'EINVAL'],
    [4, SIGUSR1, 0, 'EOPNOTSUPP'],
    [3, SIGUSR1, 0, 0],
    [MONOTONIC, SIGCHLD, 2, 0],
  ])('of clock %i, signal %i, notification %i: %s', (clock, signo, notify, result) => {
    const { a, sigevent } = world()
    expect(a.call('timer_create', clock, sigevent(0, signo, notify), ID)).toBe(result)
  })

  it('NetBSD signals no threads', () => {
    const { a, kernel, sigevent } = world()
    kernel.netbsd = true
    expect(a.call('timer_create', MONOTONIC, sigevent(0, SIGUSR1, SIGEV_THREAD_ID, 100), ID)).toBe('EOPNOTSUPP')
    expect(a.call('timer_create', MONOTONIC, sigevent(0, SIGUSR1, 0), ID)).toBe(0)
  })
})

describe('the limit of processor time', () => {
  it('is SIGXCPU every second from the soft one on, and SIGKILL at the hard one', () => {
    const { a, kernel, take } = world()
    a.p.limits[0] = { soft: 1, hard: 3 }
    a.p.timers.watchCpuLimit()
    const spend = (ns: number) => {
      a.p.usage.user += ns
      kernel.clock.advance(ns)
    }
    spend(0.9e9)
    expect(take(SIGXCPU)).toBeUndefined()
    spend(0.2e9)
    expect(take(SIGXCPU)).toBeDefined()
    expect(a.p.limits[0].soft).toBe(2)
    spend(0.5e9)
    expect(take(SIGXCPU)).toBeUndefined()
    spend(0.5e9)
    expect(take(SIGXCPU)).toBeDefined()
    spend(1e9)
    expect(take(SIGXCPU)).toBeUndefined()
    expect(take(SIGKILL)).toBeDefined()
  })

  it('can be lifted', () => {
    const { a, kernel, take } = world()
    a.p.limits[0] = { soft: 1, hard: 3 }
    a.p.timers.watchCpuLimit()
    a.p.limits[0] = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY }
    a.p.timers.watchCpuLimit()
    a.p.usage.user += 5e9
    kernel.clock.advance(5e9)
    expect(take(SIGXCPU)).toBeUndefined()
  })
})
