import { Reg } from 'unicorn-engine-node'
import { describe, expect, it } from 'vitest'
import { type ThreadWorld, threadWorld, type WorldThread } from '../../test/support/thread-world.ts'
import { SS_AUTODISARM, SS_DISABLE, SS_ONSTACK } from '../native/signal/lwp-signals.ts'
import { SIGALRM, SIGCHLD, SIGCONT, SIGKILL, SIGRTMIN, SIGSTOP, SIGUSR1, SIGUSR2 } from '../native/signal/numbers.ts'
import { SIG_DFL, SIG_IGN } from '../native/signal/proc-signals.ts'
import { SI_QUEUE, SI_TKILL } from '../native/signal/siginfo.ts'
import { SigSet } from '../native/signal/sigset.ts'
import { signalCalls } from './signal.ts'

const HANDLER = 0x1234
const OUT = 0x6000

function world() {
  const w = threadWorld(signalCalls)
  return { ...w, a: w.process(100) }
}

function setOf(...signals: readonly number[]): SigSet {
  const set = new SigSet()
  for (const s of signals) set.add(s)
  return set
}

/** A sigset_t in memory. */
function putSet(w: ThreadWorld, ...signals: readonly number[]): number {
  const at = w.put(0)
  const { low, high } = setOf(...signals)
  w.memory.writeU32(at, low >>> 0)
  w.memory.writeU32(at + 4, high >>> 0)
  return at
}

function handle(t: WorldThread, signo: number, handler = HANDLER, flags = 0): void {
  t.p.signals.setAction(signo, { handler, flags, restorer: 0, mask: new SigSet() })
}

describe('rt_sigaction', () => {
  it('keeps what Linux keeps and tells it', () => {
    const w = world()
    const action = w.put(HANDLER, 0x1400_0004 + 0x20, 0x5678, -1)
    expect(w.a.call('rt_sigaction', SIGUSR1, action, 0, 8)).toBe(0)
    expect(w.a.call('rt_sigaction', SIGUSR1, 0, OUT, 8)).toBe(0)
    const told = [0, 8, 16].map(o => w.memory.readU64(OUT + o))
    expect(told).toEqual([HANDLER, 0x1400_0004, 0x5678])
    const all = setOf(...Array.from({ length: 64 }, (_, i) => i + 1).filter(s => s !== SIGKILL && s !== SIGSTOP))
    expect([w.memory.readI32(OUT + 24), w.memory.readI32(OUT + 28)]).toEqual([all.low, all.high])
  })

  it.each([
    [SIGKILL, 8, 'EINVAL'],
    [SIGSTOP, 8, 'EINVAL'],
    [0, 8, 'EINVAL'],
    [65, 8, 'EINVAL'],
    [-1, 8, 'EINVAL'],
    [SIGUSR1, 16, 'EINVAL'],
    [64, 8, 0],
  ])('signal %i with a set of %i bytes: %s', (signo, bytes, result) => {
    const w = world()
    expect(w.a.call('rt_sigaction', signo, w.put(HANDLER, 0, 0, 0), 0, bytes)).toBe(result)
  })

  it('may ask about SIGKILL', () => {
    const w = world()
    expect(w.a.call('rt_sigaction', SIGKILL, 0, OUT, 8)).toBe(0)
    expect(w.memory.readU64(OUT)).toBe(SIG_DFL)
  })

  it('drops what waits and is now ignored, of every thread', () => {
    const w = world()
    const b = w.thread(w.a, 101)
    for (const t of [w.a, b]) t.l.signals.mask.add(SIGUSR1)
    w.a.call('kill', 100, SIGUSR1)
    w.a.call('tgkill', 100, 101, SIGUSR1)
    w.a.call('rt_sigaction', SIGUSR1, w.put(SIG_IGN, 0, 0, 0), 0, 8)
    expect(w.a.p.signals.pending.set.isEmpty).toBe(true)
    expect(b.l.signals.pending.set.isEmpty).toBe(true)
  })

  it('on NetBSD, 16, 63 and 64 do not exist', () => {
    const w = world()
    w.kernel.netbsd = true
    for (const signo of [16, 63, 64]) {
      expect(w.a.call('rt_sigaction', signo, w.put(HANDLER, 0, 0, 0), OUT, 8)).toBe(0)
      expect(w.memory.readU64(OUT)).toBe(SIG_IGN)
      expect(w.a.p.signals.action(signo).handler).toBe(SIG_DFL)
    }
    expect([0, 16, 62, 63, 64].map(s => w.a.call('kill', 100, s))).toEqual([0, 0, 0, 0, 'EINVAL'])
    expect(w.a.p.signals.pending.set).toEqual(setOf(62))
  })
})

describe('rt_sigprocmask', () => {
  it('adds, takes away and replaces; SIGKILL and SIGSTOP never stay', () => {
    const w = world()
    const mask = w.a.l.signals.mask
    expect(w.a.call('rt_sigprocmask', 0, putSet(w, SIGUSR1, SIGKILL, SIGSTOP, 64), 0, 8)).toBe(0)
    expect(mask).toEqual(setOf(SIGUSR1, 64))
    expect(w.a.call('rt_sigprocmask', 1, putSet(w, SIGUSR1), OUT, 8)).toBe(0)
    expect(mask).toEqual(setOf(64))
    expect(w.memory.readU32(OUT)).toBe(1 << (SIGUSR1 - 1))
    expect(w.a.call('rt_sigprocmask', 2, putSet(w, SIGALRM), 0, 8)).toBe(0)
    expect(mask).toEqual(setOf(SIGALRM))
    expect(w.a.call('rt_sigprocmask', 3, putSet(w), 0, 8)).toBe('EINVAL')
    expect(w.a.call('rt_sigprocmask', 99, 0, OUT, 8)).toBe(0)
    expect(w.a.call('rt_sigprocmask', 0, 0x10, 0, 8)).toBe('EFAULT')
    expect(w.a.call('rt_sigprocmask', 0, putSet(w), 0, 4)).toBe('EINVAL')
  })

  it('what is blocked and waits can be asked for', () => {
    const w = world()
    w.a.l.signals.mask.add(SIGUSR1)
    w.a.l.signals.mask.add(40)
    w.a.call('kill', 100, SIGUSR1)
    w.a.call('tkill', 100, 40)
    expect(w.a.call('rt_sigpending', OUT, 8)).toBe(0)
    expect([w.memory.readI32(OUT), w.memory.readI32(OUT + 4)]).toEqual([setOf(SIGUSR1).low, setOf(40).high])
    expect(w.a.call('rt_sigpending', OUT, 16)).toBe('EINVAL')
  })
})

describe('waiting', () => {
  it('sigsuspend ends with a handler, whose mask is still in force then', () => {
    const w = world()
    handle(w.a, SIGUSR1)
    w.a.l.signals.mask.add(SIGUSR1)
    const wait = w.a.begin('rt_sigsuspend', putSet(w, SIGUSR2), 8)
    expect(wait.result).toBeUndefined()
    w.a.call('kill', 100, SIGUSR1)
    expect(wait.result).toBe('EINTR')
    expect(w.a.l.signals.mask).toEqual(setOf(SIGUSR2))
    expect(w.a.l.signals.savedMask).toEqual(setOf(SIGUSR1))
  })

  it('a signal without a handler does not end it', () => {
    const w = world()
    const wait = w.a.begin('pause')
    w.a.call('kill', 100, SIGCONT)
    expect(wait.result).toBe('ERESTART')
  })

  it('an ignored one does not even wake it', () => {
    const w = world()
    const wait = w.a.begin('pause')
    w.a.call('kill', 100, SIGCHLD)
    expect(wait.result).toBeUndefined()
  })

  it('sigtimedwait takes what waits, the thread’s own first, with what came with it', () => {
    const w = world()
    const set = putSet(w, SIGUSR1, SIGUSR2, SIGKILL)
    for (const s of [SIGUSR1, SIGUSR2]) w.a.l.signals.mask.add(s)
    w.a.call('kill', 100, SIGUSR1)
    w.a.call('tkill', 100, SIGUSR2)
    expect(w.a.call('rt_sigtimedwait', set, OUT, 0, 8)).toBe(SIGUSR2)
    expect([0, 8, 16].map(o => w.memory.readI32(OUT + o))).toEqual([SIGUSR2, SI_TKILL, 100])
    expect(w.a.call('rt_sigtimedwait', set, 0, 0, 8)).toBe(SIGUSR1)
    expect(w.a.call('rt_sigtimedwait', set, 0, w.put(0, 0), 8)).toBe('EAGAIN')
  })

  it('sigtimedwait sleeps until a signal of the set, another one, or its time', () => {
    const w = world()
    const set = putSet(w, SIGUSR1)
    w.a.l.signals.mask.add(SIGUSR1)
    const first = w.a.begin('rt_sigtimedwait', set, 0, 0, 8)
    w.a.call('kill', 100, SIGUSR1)
    expect(first.result).toBe(SIGUSR1)
    const second = w.a.begin('rt_sigtimedwait', set, 0, w.put(0, 5e6), 8)
    w.kernel.clock.advance(5e6)
    expect(second.result).toBe('EAGAIN')
    handle(w.a, SIGUSR2)
    const third = w.a.begin('rt_sigtimedwait', set, 0, 0, 8)
    w.a.call('kill', 100, SIGUSR2)
    expect(third.result).toBe('EINTR')
    expect(w.a.l.signals.waitingFor).toBeUndefined()
    expect(w.a.call('rt_sigtimedwait', set, 0, w.put(0, 1e9), 8)).toBe('EINVAL')
  })

  it('one signal ends one thread’s wait', () => {
    const w = world()
    const threads = [101, 102].map(id => w.thread(w.a, id))
    for (const t of [w.a, ...threads]) t.l.signals.mask.add(SIGUSR1)
    const waits = threads.map(t => t.begin('rt_sigtimedwait', putSet(w, SIGUSR1), 0, 0, 8))
    w.a.call('kill', 100, SIGUSR1)
    expect(waits.map(s => s.result)).toEqual([SIGUSR1, undefined])
    w.a.call('kill', 100, SIGUSR1)
    expect(waits.map(s => s.result)).toEqual([SIGUSR1, SIGUSR1])
  })
})

describe('kill', () => {
  it.each([
    [[100, 0], 0],
    [[100, 65], 'EINVAL'],
    [[100, -1], 'EINVAL'],
    [[999, SIGUSR1], 'ESRCH'],
    [[-999, SIGUSR1], 'ESRCH'],
    [[-1, SIGUSR1], 'ESRCH'],
    [[-(2 ** 31), SIGUSR1], 'ESRCH'],
  ])('%j answers %s', (args, result) => {
    const { a } = world()
    expect(a.call('kill', ...args)).toBe(result)
  })

  it('reaches a process by any of its threads, its group, or everybody else', () => {
    const w = world()
    const [b, c] = [w.process(200), w.process(300)]
    w.thread(b, 201)
    Object.assign(c.p, { pgrp: 200 })
    const got = () =>
      [w.a, b, c].map(t => [...'123'].filter((_, i) => t.p.signals.pending.set.has(SIGRTMIN + i)).join(''))
    w.a.call('kill', 201, SIGRTMIN)
    w.a.call('kill', -200, SIGRTMIN + 1)
    w.a.call('kill', -1, SIGRTMIN + 2)
    expect(got()).toEqual(['', '123', '23'])
    c.call('kill', 0, SIGRTMIN)
    expect(got()).toEqual(['', '123', '123'])
  })

  it('asks who may', () => {
    const w = world()
    const [b, c] = [w.process(200), w.process(300)]
    Object.assign(b.p.credentials, { uid: 5, euid: 5, suid: 5 })
    expect(b.call('kill', 100, 0)).toBe('EPERM')
    expect(b.call('kill', 200, 0)).toBe(0)
    expect(b.call('kill', -1, SIGUSR1)).toBe('EPERM')
    Object.assign(c.p.credentials, { uid: 5, euid: 0, suid: 0 })
    expect(b.call('kill', 300, SIGUSR1)).toBe(0)
    expect(b.call('kill', -1, SIGUSR2)).toBe(0)
    expect(w.a.p.signals.pending.set.isEmpty).toBe(true)
    Object.assign(w.a.p, { session: 7 })
    Object.assign(b.p, { session: 7 })
    expect(b.call('kill', 100, SIGCONT)).toBe(0)
    expect(b.call('tgkill', 100, 100, SIGUSR1)).toBe('EPERM')
  })

  it('SIGKILL gets through when the queue is full of others', () => {
    const w = world()
    w.a.l.signals.mask.add(40)
    w.a.p.limits[11] = { soft: 4, hard: 4 }
    const info = w.put(0, SI_QUEUE + 2 ** 32)
    const results = Array.from({ length: 6 }, () => w.a.call('rt_sigqueueinfo', 100, 40, info))
    expect(results).toEqual([0, 0, 0, 0, 'EAGAIN', 'EAGAIN'])
    w.a.call('kill', 100, SIGKILL)
    expect(w.a.p.signals.pending.set.has(SIGKILL)).toBe(true)
  })
})

describe('one thread', () => {
  it('is found by process and number', () => {
    const w = world()
    const b = w.thread(w.a, 101)
    expect(w.a.call('tgkill', 100, 101, SIGRTMIN)).toBe(0)
    expect(b.l.signals.pending.set).toEqual(setOf(SIGRTMIN))
    expect(w.a.call('tgkill', 101, 101, SIGRTMIN)).toBe('ESRCH')
    expect(w.a.call('tkill', 999, SIGRTMIN)).toBe('ESRCH')
    expect(w.a.call('tkill', 0, SIGRTMIN)).toBe('EINVAL')
    expect(w.a.call('tgkill', 0, 101, SIGRTMIN)).toBe('EINVAL')
    expect(w.a.call('tgkill', 100, 101, 65)).toBe('EINVAL')
  })
})

describe('queued signals', () => {
  it('carry what the program says, and pretend nothing to others', () => {
    const w = world()
    const b = w.process(200)
    for (const t of [w.a, b]) t.l.signals.mask.add(40)
    const queued = w.put(0, SI_QUEUE + 2 ** 32, 7 * 2 ** 32 + 100, 4711)
    w.memory.writeU32(queued + 8, SI_QUEUE >>> 0)
    expect(w.a.call('rt_sigqueueinfo', 200, 40, queued)).toBe(0)
    expect(b.call('rt_sigtimedwait', putSet(w, 40), OUT, 0, 8)).toBe(40)
    expect([0, 8, 16, 20, 24].map(o => w.memory.readI32(OUT + o))).toEqual([40, SI_QUEUE, 100, 7, 4711])
    w.memory.writeU32(queued + 8, SI_TKILL >>> 0)
    expect(w.a.call('rt_sigqueueinfo', 200, 40, queued)).toBe('EPERM')
    expect(w.a.call('rt_tgsigqueueinfo', 200, 200, 40, queued)).toBe('EPERM')
    expect(w.a.call('rt_sigqueueinfo', 100, 40, queued)).toBe(0)
    expect(w.a.call('rt_sigqueueinfo', 100, 40, 0x10)).toBe('EFAULT')
  })
})

describe('sigaltstack', () => {
  const STACK = 0x2_0000

  function stack(w: ReturnType<typeof world>, size: number, flags: number): number {
    return w.put(STACK, flags, size)
  }
  const told = (w: ReturnType<typeof world>) => [
    w.memory.readU64(OUT),
    w.memory.readU32(OUT + 8),
    w.memory.readU64(OUT + 16),
  ]
  const standAt = (w: ReturnType<typeof world>, sp: number) => {
    const { registers } = w.kernel.machine as unknown as { registers: ArrayBuffer }
    new BigUint64Array(registers)[Reg.RSP] = BigInt(sp)
  }

  it('is set, told and switched off', () => {
    const w = world()
    expect(w.a.call('sigaltstack', stack(w, 8192, 0), OUT)).toBe(0)
    expect(told(w)).toEqual([0, SS_DISABLE, 0])
    expect(w.a.call('sigaltstack', 0, OUT)).toBe(0)
    expect(told(w)).toEqual([STACK, 0, 8192])
    expect(w.a.call('sigaltstack', stack(w, 0, SS_DISABLE), 0)).toBe(0)
    w.a.call('sigaltstack', 0, OUT)
    expect(told(w)).toEqual([0, SS_DISABLE, 0])
  })

  it('refuses a small one, unknown flags and a change while in use', () => {
    const w = world()
    expect(w.a.call('sigaltstack', stack(w, 2047, 0), 0)).toBe('ENOMEM')
    expect(w.a.call('sigaltstack', stack(w, 8192, 4), 0)).toBe('EINVAL')
    expect(w.a.call('sigaltstack', 0x10, 0)).toBe('EFAULT')
    w.a.call('sigaltstack', stack(w, 8192, SS_ONSTACK), 0)
    standAt(w, STACK + 4096)
    expect(w.a.call('sigaltstack', stack(w, 8192, 0), 0)).toBe('EPERM')
    w.a.call('sigaltstack', 0, OUT)
    expect(told(w)).toEqual([STACK, SS_ONSTACK, 8192])
    standAt(w, STACK)
    w.a.call('sigaltstack', 0, OUT)
    expect(told(w)).toEqual([STACK, 0, 8192])
  })

  it('one that is given up by itself is never in use', () => {
    const w = world()
    w.a.call('sigaltstack', stack(w, 8192, SS_AUTODISARM), 0)
    standAt(w, STACK + 4096)
    w.a.call('sigaltstack', 0, OUT)
    expect(told(w)).toEqual([STACK, SS_AUTODISARM, 8192])
    expect(w.a.call('sigaltstack', stack(w, 8192, 0), 0)).toBe(0)
  })
})
