import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeKernel, fakeThread, run, start } from '../../test/support/fake-kernel.ts'
import { EPIPE } from '../native/errno.ts'
import { RingBuffer } from '../native/ipc/ring-buffer.ts'
import { SIGPIPE } from '../native/signal/numbers.ts'
import type { MaybeBlocking } from '../native/sleep.ts'
import { KernelUio } from '../native/uio.ts'
import { FrameStore } from '../native/uvm/frame-store.ts'
import { eventfdCalls } from './eventfd.ts'
import { memfdCalls } from './memfd.ts'
import { pipeCalls } from './pipe.ts'
import { pollCalls } from './poll.ts'
import { randomCalls } from './random.ts'
import { socketCalls } from './socket.ts'
import { timerfdCalls } from './timerfd.ts'

const calls = {
  ...pipeCalls,
  ...eventfdCalls,
  ...timerfdCalls,
  ...memfdCalls,
  ...socketCalls,
  ...pollCalls,
  ...randomCalls,
}
const FDS = 0x2000
const BUF = 0x4000

function world() {
  const t = fakeThread()
  const m = t.l.memory
  const args = (a: readonly number[]) => [a[0] ?? 0, a[1] ?? 0, a[2] ?? 0, a[3] ?? 0, a[4] ?? 0, a[5] ?? 0] as const
  const call = (name: string, ...a: number[]) => run(t, l => calls[name](l, ...args(a)))
  const begin = (name: string, ...a: number[]) => start(t, () => calls[name](t.l, ...args(a)))
  const pair = (): [number, number] => [m.readI32(FDS), m.readI32(FDS + 4)]
  const write = (fd: number, text: string) =>
    run(t, l => l.proc.fd.file(fd).write(l, new KernelUio(new TextEncoder().encode(text), 'out')))
  const reading = (fd: number, size = 100) => {
    const bytes = new Uint8Array(size)
    const started = start(t, () => t.l.proc.fd.file(fd).read(t.l, new KernelUio(bytes, 'in')) as MaybeBlocking<number>)
    return { started, text: () => new TextDecoder().decode(bytes.subarray(0, Number(started.result))) }
  }
  const read = (fd: number, size?: number) => {
    const { started, text } = reading(fd, size)
    return typeof started.result === 'number' ? text() : started.result
  }
  const close = (fd: number) => t.l.proc.fd.close(t.l, fd)
  return { t, m, call, begin, pair, write, read, reading, close }
}

describe('pipes', () => {
  it('carry bytes, end of file and SIGPIPE', () => {
    const w = world()
    expect(w.call('pipe2', FDS, 0x800)).toBe(0)
    const [r, wr] = w.pair()
    expect(w.read(r)).toBe('EAGAIN')
    expect(w.write(wr, 'hello')).toBe(5)
    expect(w.read(r, 2)).toBe('he')
    expect(w.write(r, 'x')).toBe('EBADF')
    w.close(wr)
    expect([w.read(r), w.read(r)]).toEqual(['llo', ''])
    w.call('pipe2', FDS, 0x800)
    const [r2, w2] = w.pair()
    w.close(r2)
    w.t.l.proc.signals.setAction(SIGPIPE, { ...w.t.l.proc.signals.action(SIGPIPE), handler: 4096 })
    expect(w.write(w2, 'x')).toBe(EPIPE.name)
    expect(w.t.l.signals.pending.set.has(SIGPIPE)).toBe(true)
  })

  it('hold 64 KiB, and small writes go in whole', () => {
    const w = world()
    w.call('pipe2', FDS, 0x800)
    const [r, wr] = w.pair()
    expect(w.write(wr, 'x'.repeat(65000))).toBe(65000)
    expect(w.write(wr, 'y'.repeat(1000))).toBe('EAGAIN')
    expect(w.write(wr, 'y'.repeat(5000))).toBe('EAGAIN') // its last part does not fit into the last page
    expect(w.write(wr, 'y'.repeat(4632))).toBe(536)
    expect(w.read(r, 70000)).toHaveLength(65536)
  })

  it('block readers and writers until the other side acts', () => {
    const w = world()
    w.call('pipe', FDS)
    const [r, wr] = w.pair()
    const waiting = w.reading(r)
    expect(waiting.started.result).toBeUndefined()
    w.write(wr, 'ping')
    expect(waiting.text()).toBe('ping')
    const file = w.t.l.proc.fd.file(wr)
    const big = start(w.t, () => file.write(w.t.l, new KernelUio(new Uint8Array(100_000), 'out')))
    expect(big.result).toBeUndefined()
    w.read(r, 70_000)
    expect(big.result).toBe(100_000)
  })

  it('ring buffer keeps order under any mix of sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9000, max: 9000 }), { maxLength: 40 }), moves => {
        const ring = new RingBuffer(16384)
        const model: number[] = []
        let next = 0
        for (const move of moves) {
          if (move >= 0) {
            const bytes = Uint8Array.from({ length: move }, () => next++ & 0xff)
            const took = ring.fill(new KernelUio(bytes, 'out'), move)
            model.push(...bytes.subarray(0, took))
            next -= move - took
          } else {
            const into = new Uint8Array(-move)
            const got = ring.drain(new KernelUio(into, 'in'))
            expect([...into.subarray(0, got)]).toEqual(model.splice(0, got))
          }
          expect(ring.length).toBe(model.length)
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('eventfd and timerfd', () => {
  it('cannot be sought in on NetBSD, which is told; on Linux they stand still', () => {
    const w = world()
    const file = w.t.l.proc.fd.file(Number(w.call('eventfd2', 0, 0)))
    const seek = () => run(w.t, l => file.seek(l, 5, 0))
    expect(seek()).toBe('ESPIPE')
    expect(w.t.kernel.kinds('divergence')).toMatchObject([{ id: 'lseek.anonymous-files' }])
    w.t.kernel.netbsd = false
    expect(seek()).toBe(0)
    expect(w.t.kernel.kinds('divergence')).toHaveLength(1)
  })

  it('counts, and as a semaphore gives ones', () => {
    const w = world()
    const fd = Number(w.call('eventfd2', 3, 0x801))
    const value = (): number | string => {
      const bytes = new Uint8Array(8)
      const r = run(w.t, l => w.t.l.proc.fd.file(fd).read(l, new KernelUio(bytes, 'in')))
      return typeof r === 'string' ? r : bytes[0]
    }
    expect([value(), value(), value(), value()]).toEqual([1, 1, 1, 'EAGAIN'])
    expect(w.call('eventfd2', 0, 2)).toBe('EINVAL')
    expect(w.read(fd, 4)).toBe('EINVAL')
  })

  it('counts expirations that nobody read', () => {
    const w = world()
    const fd = Number(w.call('timerfd_create', 1, 0x800))
    w.m.writeI64(BUF, 0)
    w.m.writeI64(BUF + 8, 1e6)
    w.m.writeI64(BUF + 16, 0)
    w.m.writeI64(BUF + 24, 5e6)
    expect(w.call('timerfd_settime', fd, 0, BUF, 0)).toBe(0)
    expect(w.read(fd)).toBe('EAGAIN')
    w.t.kernel.clock.advance(5e6 - 1)
    expect(w.read(fd)).toBe('EAGAIN')
    w.t.kernel.clock.advance(3.5e6)
    expect(w.read(fd)?.charCodeAt(0)).toBe(4)
    const waiting = w.reading(fd)
    expect(waiting.started.result).toBe('EAGAIN')
    w.t.kernel.clock.advance(1e6)
    expect(w.read(fd)?.charCodeAt(0)).toBe(1)
    expect(w.call('timerfd_create', 99, 0)).toBe('EINVAL')
  })
})

describe('poll and select', () => {
  const pollfd = (w: ReturnType<typeof world>, i: number, fd: number, events: number) => {
    w.m.writeU32(BUF + i * 8, fd >>> 0)
    w.m.writeU16(BUF + i * 8 + 4, events)
  }

  it('answers at once, with what was not asked too', () => {
    const w = world()
    w.call('pipe', FDS)
    const [r, wr] = w.pair()
    pollfd(w, 0, r, 1)
    pollfd(w, 1, wr, 4)
    pollfd(w, 2, 77, 1)
    pollfd(w, 3, -1, 1)
    expect(w.call('poll', BUF, 4, -1)).toBe(2)
    expect([0, 1, 2, 3].map(i => w.m.readU16(BUF + i * 8 + 6))).toEqual([0, 4, 0x20, 0])
    w.close(wr)
    expect(w.call('poll', BUF, 1, -1)).toBe(1)
    expect(w.m.readU16(BUF + 6)).toBe(0x10)
  })

  it('sleeps until something happens or the time is up', () => {
    const w = world()
    w.call('pipe', FDS)
    const [r, wr] = w.pair()
    pollfd(w, 0, r, 1)
    const waiting = w.begin('poll', BUF, 1, 100)
    expect(waiting.result).toBeUndefined()
    w.write(wr, 'x')
    expect(waiting.result).toBe(1)
    w.read(r)
    const timed = w.begin('poll', BUF, 1, 100)
    w.t.kernel.clock.advance(1e8)
    expect(timed.result).toBe(0)
    w.m.writeI64(BUF + 0x100, 0)
    w.m.writeI64(BUF + 0x108, 50_000)
    w.m.writeBigU64(BUF + 0x200, 1n << BigInt(r))
    const selecting = w.begin('select', r + 1, BUF + 0x200, 0, 0, BUF + 0x100)
    w.t.kernel.clock.advance(2e7)
    w.write(wr, 'y')
    expect(selecting.result).toBe(1)
    expect(w.m.readI64(BUF + 0x108)).toBe(30_000)
    w.m.writeBigU64(BUF + 0x200, 1n << 60n)
    expect(w.call('select', 61, BUF + 0x200, 0, 0, 0)).toBe('EBADF')
  })

  it('leaves the temporary mask for the handler', () => {
    const w = world()
    w.t.l.signals.mask.add(10)
    w.t.l.signals.pending.add({ signo: 10, code: 0 }, 10)
    w.t.l.proc.signals.setAction(10, { ...w.t.l.proc.signals.action(10), handler: 4096 })
    w.m.writeBigU64(BUF, 0n)
    expect(w.call('ppoll', BUF + 8, 0, 0, BUF, 8)).toBe('EINTR')
    expect(w.t.l.signals.savedMask?.has(10)).toBe(true)
    expect(w.call('ppoll', BUF + 8, 0, 0, BUF, 4)).toBe('EINVAL')
  })
})

describe('UNIX sockets', () => {
  it('stream pair: bytes run together, shutdown is end of file, closing breaks the pipe', () => {
    const w = world()
    expect(w.call('socketpair', 1, 0x801, 0, FDS)).toBe(0)
    const [a, b] = w.pair()
    w.write(a, 'one')
    w.write(a, 'two')
    expect(w.read(b)).toBe('onetwo')
    expect(w.read(b)).toBe('EAGAIN')
    expect(w.call('shutdown', a, 1)).toBe(0)
    expect(w.read(b)).toBe('')
    expect(w.write(b, 'back')).toBe(4)
    expect(w.write(a, 'x')).toBe('EPIPE')
    w.close(a)
    expect(w.read(b)).toBe('ECONNRESET')
    expect(w.read(b)).toBe('')
  })

  it('keeps messages apart, and cuts off what does not fit', () => {
    const w = world()
    for (const type of [2, 5]) {
      w.call('socketpair', 1, type | 0x800, 0, FDS)
      const [a, b] = w.pair()
      w.write(a, 'first')
      w.write(a, 'second')
      expect(w.call('recvfrom', b, BUF, 3, 0x22, 0, 0)).toBe(5)
      expect([w.read(b, 3), w.read(b)]).toEqual(['fir', 'second'])
    }
  })

  it('passes open files', () => {
    const w = world()
    w.call('socketpair', 1, 1, 0, FDS)
    const [a, b] = w.pair()
    w.call('pipe', FDS)
    const [r, wr] = w.pair()
    const header = BUF
    const control = BUF + 0x100
    w.m.writeI64(header + 16, BUF + 0x80)
    w.m.writeI64(header + 24, 1)
    w.m.writeI64(BUF + 0x80, BUF + 0x200)
    w.m.writeI64(BUF + 0x88, 1)
    w.m.writeI64(header + 32, control)
    w.m.writeI64(header + 40, 24)
    w.m.writeI64(control, 20)
    w.m.writeU32(control + 8, 1)
    w.m.writeU32(control + 12, 1)
    w.m.writeU32(control + 16, r)
    expect(w.call('sendmsg', a, header, 0)).toBe(1)
    w.close(r)
    w.m.writeU32(control + 16, 0)
    expect(w.call('recvmsg', b, header, 0)).toBe(1)
    const got = w.m.readI32(control + 16)
    w.write(wr, 'through')
    expect(w.read(got)).toBe('through')
  })

  it('listens, connects and accepts under an abstract name', () => {
    const w = world()
    const [s, c] = [Number(w.call('socket', 1, 1, 0)), Number(w.call('socket', 1, 1, 0))]
    w.m.copyout(BUF, new Uint8Array([1, 0, 0, 65, 66]))
    expect(w.call('connect', c, BUF, 5)).toBe('ECONNREFUSED')
    expect([w.call('bind', s, BUF, 5), w.call('listen', s, 5)]).toEqual([0, 0])
    const accepting = w.begin('accept4', s, 0, 0, 0)
    expect(accepting.result).toBeUndefined()
    expect(w.call('connect', c, BUF, 5)).toBe(0)
    const server = Number(accepting.result)
    w.write(c, 'hi')
    expect(w.read(server)).toBe('hi')
    w.m.writeU32(BUF + 0x100, 110)
    expect(w.call('getpeername', c, BUF + 0x110, BUF + 0x100)).toBe(0)
    expect(w.m.readI32(BUF + 0x100)).toBe(5)
    expect(w.call('socket', 3, 1, 0)).toBe('EAFNOSUPPORT')
  })
})

describe('memfd and getrandom', () => {
  it('grows, seals and forgets', () => {
    const w = world()
    w.m.copyout(BUF, new TextEncoder().encode('name\0'))
    const fd = Number(w.call('memfd_create', BUF, 2))
    const file = w.t.l.proc.fd.file(fd)
    expect(w.write(fd, 'data')).toBe(4)
    file.seek(w.t.l, 0, 0)
    expect(w.read(fd)).toBe('data')
    file.truncate(w.t.l, 2)
    file.truncate(w.t.l, 4)
    file.seek(w.t.l, 0, 0)
    expect(w.read(fd)).toBe('da\0\0')
    expect(w.t.kernel.machine.framesUsed).toBe(1)
    w.close(fd)
    expect(w.t.kernel.machine.framesUsed).toBe(0)
    expect(w.call('memfd_create', BUF, 0x20)).toBe('EINVAL')
    expect(w.call('memfd_create', 8, 0)).toBe('EFAULT')
  })

  it('frame store agrees with a plain array', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('write'), at: fc.nat(30000), n: fc.nat(9000) }),
      fc.record({ op: fc.constant('zero'), at: fc.nat(30000), n: fc.nat(9000) }),
      fc.record({ op: fc.constant('truncate'), at: fc.nat(30000), n: fc.constant(0) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), steps => {
        const store = new FrameStore(new FakeKernel().machine as never)
        const model = new Uint8Array(40000)
        for (const [i, { op, at, n }] of steps.entries()) {
          if (op === 'write') {
            const bytes = new Uint8Array(n).fill(i + 1)
            expect(store.write(at, bytes)).toBe(n)
            model.set(bytes, at)
          } else if (op === 'zero') {
            store.zero(at, n)
            model.fill(0, at, at + n)
          } else {
            store.truncate(at)
            model.fill(0, at)
          }
        }
        const now = new Uint8Array(40000)
        store.read(0, now)
        expect(Buffer.compare(now, model)).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('random bytes come in full, short only with GRND_RANDOM', () => {
    const w = world()
    expect(w.call('getrandom', BUF, 10_000, 0)).toBe(10_000)
    expect(w.call('getrandom', BUF, 100, 2)).toBe(32)
    expect(w.call('getrandom', BUF, 1, 8)).toBe('EINVAL')
    expect(w.call('getrandom', 8, 1, 0)).toBe('EFAULT')
  })
})
