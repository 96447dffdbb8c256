import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SHARED, threadWorld } from '../../test/support/thread-world.ts'
import { SIGUSR1 } from '../native/signal/numbers.ts'
import { postSignal } from '../native/signal/post.ts'
import { SA_RESTART } from '../native/signal/proc-signals.ts'
import { SigSet } from '../native/signal/sigset.ts'
import { futexCalls } from './futex.ts'
import { releaseRobustFutexes, wakeClearTid } from './robust-list.ts'

const WORD = 0x3000
const OTHER = 0x3100
const WAIT = 0
const WAKE = 1
const REQUEUE = 3
const CMP_REQUEUE = 4
const WAKE_OP = 5
const WAIT_BITSET = 9
const WAKE_BITSET = 10
const PRIVATE = 128
const REALTIME = 256
const ANY = 0xffff_ffff

function world() {
  const w = threadWorld(futexCalls)
  const a = w.process(100)
  const threads = [101, 102, 103, 104].map(id => w.thread(a, id))
  return { ...w, a, threads }
}

describe('futex', () => {
  it('wakes in the order they came, as many as asked for', () => {
    const { a, threads } = world()
    const waits = threads.map(t => t.begin('futex', WORD, WAIT, 0))
    expect(a.call('futex', WORD, WAKE, 2)).toBe(2)
    expect(waits.map(s => s.result)).toEqual([0, 0, undefined, undefined])
    expect(a.call('futex', WORD, WAKE, 0x7fff_ffff)).toBe(2)
    expect(waits.map(s => s.result)).toEqual([0, 0, 0, 0])
    expect(a.call('futex', WORD, WAKE, 1)).toBe(0)
  })

  it('does not sleep when the word has changed', () => {
    const { a, memory } = world()
    memory.writeU32(WORD, 5)
    expect(a.call('futex', WORD, WAIT, 4)).toBe('EAGAIN')
    memory.writeU32(WORD, 0xffff_fffe)
    expect(a.begin('futex', WORD, WAIT, -2).result).toBeUndefined()
  })

  it('wakes only whom the bits match', () => {
    const { a, threads } = world()
    const waits = [1, 2, 6].map((bits, i) => threads[i].begin('futex', WORD, WAIT_BITSET, 0, 0, 0, bits))
    expect(a.call('futex', WORD, WAKE_BITSET, 9, 0, 0, 8)).toBe(0)
    expect(a.call('futex', WORD, WAKE_BITSET, 9, 0, 0, 2)).toBe(2)
    expect(waits.map(s => s.result)).toEqual([undefined, 0, 0])
    expect(a.call('futex', WORD, WAKE_BITSET, 9, 0, 0, 0)).toBe('EINVAL')
  })

  it('gives up after a while, or at an instant of either clock', () => {
    const { kernel, a, threads, put } = world()
    const relative = a.begin('futex', WORD, WAIT, 0, put(0, 5e6))
    const absolute = threads[0].begin('futex', WORD, WAIT_BITSET, 0, put(1, 7e6), 0, ANY)
    const realtime = threads[1].begin('futex', WORD, WAIT_BITSET | REALTIME, 0, put(1_700_000_001, 9e6), 0, ANY)
    kernel.clock.advance(6e6)
    expect([relative, absolute, realtime].map(s => s.result)).toEqual(['ETIMEDOUT', undefined, undefined])
    kernel.clock.advance(2e6)
    expect(absolute.result).toBe('ETIMEDOUT')
    expect(realtime.result).toBeUndefined()
    kernel.clock.advance(2e6)
    expect(realtime.result).toBe('ETIMEDOUT')
    expect(a.call('futex', WORD, WAKE, 9)).toBe(0)
  })

  it('moves waiters to another word', () => {
    const { a, threads, memory } = world()
    const waits = threads.map(t => t.begin('futex', WORD, WAIT, 0))
    memory.writeU32(WORD, 3)
    expect(a.call('futex', WORD, CMP_REQUEUE, 1, 2, OTHER, 0)).toBe('EAGAIN')
    expect(a.call('futex', WORD, CMP_REQUEUE, 1, 2, OTHER, 3)).toBe(3)
    expect(waits.map(s => s.result)).toEqual([0, undefined, undefined, undefined])
    expect(a.call('futex', OTHER, WAKE, 9)).toBe(2)
    expect(a.call('futex', WORD, WAKE, 9)).toBe(1)
    expect(a.call('futex', WORD, REQUEUE, -1, 1, OTHER)).toBe('EINVAL')
  })

  it('a waiter that was moved still gives up at its time, and leaves nothing behind', () => {
    const { kernel, a, threads, put } = world()
    const wait = threads[0].begin('futex', WORD, WAIT, 0, put(0, 5e6))
    expect(a.call('futex', WORD, REQUEUE, 0, 1, OTHER)).toBe(1)
    kernel.clock.advance(5e6)
    expect(wait.result).toBe('ETIMEDOUT')
    expect(a.call('futex', OTHER, WAKE, 1)).toBe(0)
  })

  it('knows a shared word across processes, a private one only within', () => {
    const { a, process } = world()
    const b = process(200)
    const shared = a.begin('futex', SHARED, WAIT, 0)
    expect(b.call('futex', WORD, WAKE, 1)).toBe(0)
    expect(b.call('futex', SHARED, WAKE, 1)).toBe(1)
    expect(shared.result).toBe(0)
    const wait = a.begin('futex', WORD, WAIT, 0)
    expect(b.call('futex', WORD, WAKE, 1)).toBe(0)
    expect(wait.result).toBeUndefined()
  })

  it('PRIVATE is a name space of its own on Linux, and means nothing on NetBSD', () => {
    const { kernel, a, threads } = world()
    const wait = threads[0].begin('futex', WORD, WAIT | PRIVATE, 0)
    expect(a.call('futex', WORD, WAKE, 1)).toBe(0)
    expect(a.call('futex', WORD, WAKE | PRIVATE, 1)).toBe(1)
    expect(wait.result).toBe(0)
    kernel.netbsd = true
    threads[0].begin('futex', WORD, WAIT | PRIVATE, 0)
    expect(a.call('futex', WORD, WAKE, 1)).toBe(1)
  })

  it.each([
    ['an odd address', [WORD + 1, WAIT, 0], 'EINVAL'],
    ['a bad address', [0x10, WAIT, 0], 'EFAULT'],
    ['an address beyond all', [2 ** 62, WAKE | PRIVATE, 1], 'EFAULT'],
    ['a negative address', [-4, WAKE | PRIVATE, 1], 'EFAULT'],
    ['a bad timeout', [WORD, WAIT, 0, 0x10], 'EFAULT'],
    ['no such operation', [WORD, 77, 0], 'ENOSYS'],
    ['the wrong clock', [WORD, WAKE | REALTIME, 0], 'ENOSYS'],
    ['a bad second address', [WORD, WAKE_OP, 1, 1, 0x10, 0], 'EFAULT'],
  ] as const)('refuses %s', (_, args, error) => {
    const { a } = world()
    expect(a.call('futex', ...args)).toBe(error)
  })

  it('a wake that comes together with a signal is not lost', () => {
    const { a, threads } = world()
    const [first] = threads
    a.p.signals.setAction(SIGUSR1, { handler: 0x1000, flags: 0, restorer: 0, mask: new SigSet() })
    // The waiter is woken by the signal, but before it runs somebody wakes the word.
    const wait = first.begin('futex', WORD, WAIT, 0)
    const woken: (number | string)[] = []
    const sleeper = first.l as unknown as { resume: (why: string) => void }
    const { resume } = sleeper
    sleeper.resume = why => {
      woken.push(a.call('futex', WORD, WAKE, 1))
      resume(why)
    }
    a.l.signals.mask.add(SIGUSR1)
    for (const t of threads.slice(1)) t.l.signals.mask.add(SIGUSR1)
    postSignal(a.p, SIGUSR1)
    expect(woken).toEqual([1])
    expect(wait.result).toBe(0)
  })

  it.each([
    [0, undefined, 'EINTR'],
    [SA_RESTART, undefined, 'ERESTART'],
    [SA_RESTART, 5e8, 'EINTR'],
  ] as const)('a handler with flags %i interrupts a wait of %s ns: %s', (flags, timeout, result) => {
    const { a, put } = world()
    a.p.signals.setAction(SIGUSR1, { handler: 0x1000, flags, restorer: 0, mask: new SigSet() })
    const wait = a.begin('futex', WORD, WAIT, 0, timeout === undefined ? 0 : put(0, timeout))
    postSignal(a.p, SIGUSR1)
    expect(wait.result).toBe(result)
    expect(a.call('futex', WORD, WAKE, 1)).toBe(0)
  })
})

describe('FUTEX_WAKE_OP', () => {
  const signed12 = fc.integer({ min: -2048, max: 2047 })
  it('computes as the manual page says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        fc.boolean(),
        signed12,
        fc.integer({ min: 0, max: 5 }),
        signed12,
        fc.integer(),
        (op, shifts, argument, comparison, against, old) => {
          const { a, threads, memory } = world()
          threads[0].begin('futex', OTHER, WAIT, 0)
          memory.writeU32(OTHER, old >>> 0)
          const encoded =
            (((op | (shifts ? 8 : 0)) << 28) | ((argument & 0xfff) << 12) | (comparison << 24) | (against & 0xfff)) >>>
            0
          const woken = a.call('futex', WORD, WAKE_OP, 1, 1, OTHER, encoded)
          const operand = BigInt(shifts ? 1 << (argument & 31) : argument)
          const o = BigInt(old)
          const expected = [operand, o + operand, o | operand, o & ~operand, o ^ operand][op]
          expect(memory.readU32(OTHER)).toBe(Number(BigInt.asUintN(32, expected)))
          const holds = [
            old === against,
            old !== against,
            old < against,
            old <= against,
            old > against,
            old >= against,
          ][comparison]
          expect(woken).toBe(holds ? 1 : 0)
        },
      ),
    )
  })
})

describe('robust lists', () => {
  const HEAD = 0x5000
  const ENTRY = 0x5100
  const LOCK_OFFSET = -32
  const OWNER_DIED = 0x4000_0000
  const WAITERS = 0x8000_0000

  function held(...values: readonly number[]) {
    const w = world()
    const { memory } = w
    memory.writeI64(HEAD + 8, LOCK_OFFSET)
    memory.writeI64(HEAD + 16, 0)
    values.forEach((value, i) => {
      const entry = ENTRY + 0x100 * i
      memory.writeI64(i === 0 ? HEAD : entry - 0x100, entry)
      memory.writeI64(entry, HEAD)
      memory.writeU32(entry + LOCK_OFFSET, value)
    })
    w.a.call('set_robust_list', HEAD, 24)
    return { ...w, word: (i: number) => memory.readU32(ENTRY + 0x100 * i + LOCK_OFFSET) }
  }

  it('marks what the thread held and wakes one waiter of each', () => {
    const { a, threads, word } = held(100, (100 | WAITERS) >>> 0, 101)
    const waits = [0, 1].map(i => threads[i].begin('futex', ENTRY + 0x100 + LOCK_OFFSET, WAIT, 100 | WAITERS))
    releaseRobustFutexes(a.l)
    expect([word(0), word(1), word(2)]).toEqual([OWNER_DIED, (OWNER_DIED | WAITERS) >>> 0, 101])
    expect(waits.map(s => s.result)).toEqual([0, undefined])
  })

  it('also what the thread was about to take or to give back', () => {
    const { a, memory, word } = held(100, 100)
    memory.writeI64(HEAD, ENTRY)
    memory.writeI64(ENTRY, HEAD)
    memory.writeI64(HEAD + 16, ENTRY + 0x100)
    releaseRobustFutexes(a.l)
    expect([word(0), word(1)]).toEqual([OWNER_DIED, OWNER_DIED])
  })

  it.each([
    ['a list that never ends', (m: { writeI64(a: number, v: number): void }) => m.writeI64(ENTRY, ENTRY)],
    ['a list that leads nowhere', (m: { writeI64(a: number, v: number): void }) => m.writeI64(ENTRY, 0x18)],
    ['an offset beyond memory', (m: { writeI64(a: number, v: number): void }) => m.writeI64(HEAD + 8, 2 ** 50)],
  ])('survives %s', (_, spoil) => {
    const { a, memory } = held(100)
    spoil(memory)
    releaseRobustFutexes(a.l)
    expect(a.l.robustList).toBe(0)
  })

  it('can be asked for, within one’s rights', () => {
    const { a, process, memory } = held()
    expect(a.call('set_robust_list', HEAD, 23)).toBe('EINVAL')
    expect(a.call('get_robust_list', 0, 0x6000, 0x6008)).toBe(0)
    expect([memory.readU64(0x6000), memory.readU64(0x6008)]).toEqual([HEAD, 24])
    expect(a.call('get_robust_list', 999, 0x6000, 0x6008)).toBe('ESRCH')
    const b = process(200)
    Object.assign(b.p.credentials, { uid: 5, euid: 5, suid: 5 })
    expect(b.call('get_robust_list', 100, 0x6000, 0x6008)).toBe('EPERM')
    expect(a.call('get_robust_list', 200, 0x6000, 0x6008)).toBe(0)
  })
})

describe('the word that a thread clears at its end', () => {
  it('is 0, and its waiter woken', () => {
    const { a, threads, memory } = world()
    memory.writeU32(WORD, 101)
    threads[0].l.clearTid = WORD
    const join = a.begin('futex', WORD, WAIT, 101)
    wakeClearTid(threads[0].l)
    expect(join.result).toBe(0)
    expect(memory.readU32(WORD)).toBe(0)
  })

  it('may be anywhere', () => {
    const { a } = world()
    a.l.clearTid = 0x10
    expect(() => wakeClearTid(a.l)).not.toThrow()
  })
})
