import { beforeEach, describe, expect, it } from 'vitest'
import { FakeKernel, type FakeThread, fakeThread, type Started, start } from '../../../test/support/fake-kernel.ts'
import { Errno } from '../errno.ts'
import { FNONBLOCK } from '../file.ts'
import { Eventfd } from '../ipc/eventfd.ts'
import { createPipe } from '../ipc/pipe.ts'
import type { Kernel } from '../kernel.ts'
import { KernelUio } from '../uio.ts'
import { copyDescriptors } from './inheritance.ts'
import { kevent, kevent1, kqueue1 } from './kevent.ts'
import {
  EV_ADD,
  EV_CLEAR,
  EV_DELETE,
  EV_DISABLE,
  EV_DISPATCH,
  EV_ENABLE,
  EV_EOF,
  EV_ERROR,
  EV_ONESHOT,
  EV_RECEIPT,
  EVFILT_AIO,
  EVFILT_EMPTY,
  EVFILT_READ,
  EVFILT_TIMER,
  EVFILT_USER,
  EVFILT_VNODE,
  EVFILT_WRITE,
  type Kevent,
} from './knote.ts'

/** What no Linux program can ask for, because epoll and inotify never do: netbsd-linux-semantics 5.2 to 5.8. */

let t: FakeThread
let kq: number

beforeEach(() => {
  t = fakeThread(new FakeKernel())
  kq = kqueue1(t.l, false)
})

const kernel = (): Kernel => t.kernel as unknown as Kernel

function eventfd(value: number): number {
  return t.l.proc.fd.allocate(new Eventfd(kernel(), value, false, FNONBLOCK), false)
}

function pipe() {
  const { reader, writer } = createPipe(kernel(), FNONBLOCK)
  const r = t.l.proc.fd.allocate(reader, false)
  const w = t.l.proc.fd.allocate(writer, false)
  return { r, w, put: (text: string) => writer.write(t.l, new KernelUio(new TextEncoder().encode(text), 'out')) }
}

/** Begins a kevent; what it has delivered stands in the list that comes with it. */
function begin(changes: readonly Kevent[], room: number, timeout: number): Started & { events: Kevent[] } {
  const events: Kevent[] = []
  const call = start(t, function* () {
    events.push(...(yield* kevent1(t.l, kq, changes, room, timeout)))
    return events.length
  })
  return Object.assign(call, { events })
}

/** A kevent that does not sleep: the records, or an error's name. */
function submit(changes: readonly Kevent[], room = 8, timeout = 0): Kevent[] | string {
  const { result, events } = begin(changes, room, timeout)
  return typeof result === 'string' ? result : events
}

const idents = (events: Kevent[] | string) => (typeof events === 'string' ? events : events.map(e => e.ident))
const change = (ident: number, filter: number, flags: number, rest: Partial<Kevent> = {}): Kevent => ({
  ...kevent(ident, filter, flags),
  ...rest,
})

describe('one change', () => {
  it('of an unknown filter is EINVAL, of a closed descriptor EBADF, of what is not there ENOENT', () => {
    const fd = eventfd(1)
    expect(submit([change(fd, 99, EV_ADD)], 0)).toBe('EINVAL')
    expect(submit([change(fd, EVFILT_AIO, EV_ADD)], 0)).toBe('EINVAL')
    expect(submit([change(99, EVFILT_READ, EV_ADD)], 0)).toBe('EBADF')
    expect(submit([change(fd, EVFILT_READ, EV_ENABLE)], 0)).toBe('ENOENT')
    expect(submit([change(fd, EVFILT_READ, EV_DELETE)], 0)).toBe('ENOENT')
  })

  it('that cannot be attached leaves nothing', () => {
    const fd = eventfd(1)
    expect(submit([change(fd, EVFILT_VNODE, EV_ADD)], 0)).toBe('EINVAL')
    expect(submit([change(fd, EVFILT_EMPTY, EV_ADD)], 0)).toBe('EINVAL')
    expect(submit([change(fd, EVFILT_VNODE, EV_DELETE)], 0)).toBe('ENOENT')
  })

  it('of a knote that is there overwrites udata, fflags and data, and keeps ext, with EV_ADD or without', () => {
    const fd = eventfd(1)
    submit([change(fd, EVFILT_READ, EV_ADD, { udata: 1n, ext: [5n, 6n, 7n, 8n] })], 0)
    submit([change(fd, EVFILT_READ, 0, { udata: 2n, ext: [0n, 0n, 0n, 0n] })], 0)
    expect(submit([])).toMatchObject([{ ident: fd, udata: 2n, ext: [5n, 6n, 7n, 8n] }])
  })

  it('with EV_DELETE does nothing else', () => {
    const fd = eventfd(1)
    submit([change(fd, EVFILT_READ, EV_ADD)], 0)
    expect(submit([change(fd, EVFILT_READ, EV_ADD | EV_DELETE)], 0)).toEqual([])
    expect(submit([])).toEqual([])
  })

  it('with EV_DISABLE silences, EV_ADD alone does not undo that, EV_ENABLE does', () => {
    const fd = eventfd(1)
    submit([change(fd, EVFILT_READ, EV_ADD | EV_DISABLE)], 0)
    expect(submit([])).toEqual([])
    submit([change(fd, EVFILT_READ, EV_ADD)], 0)
    expect(submit([])).toEqual([])
    submit([change(fd, EVFILT_READ, EV_ENABLE)], 0)
    expect(idents(submit([]))).toEqual([fd])
  })

  it('counts a disabled knote that was ready until a scan throws it out', () => {
    const poll = () => t.l.proc.fd.file(kq).poll(1)
    submit([change(eventfd(1), EVFILT_READ, EV_ADD | EV_DISABLE)], 0)
    expect(poll()).toBe(1)
    submit([])
    expect(poll()).toBe(0)
  })
})

describe('a list of changes', () => {
  it('answers failures by records while there is room, and does not wait then', () => {
    const fd = eventfd(1)
    const changes = [change(99, EVFILT_READ, EV_ADD), change(fd, EVFILT_READ, EV_ADD)]
    expect(submit(changes, 8, Infinity)).toMatchObject([{ ident: 99, flags: EV_ERROR, data: 9 }])
    expect(idents(submit([]))).toEqual([fd])
  })

  it('stops at the first failure without room, and what was done before stays', () => {
    const [a, b] = [eventfd(1), eventfd(1)]
    const changes = [change(a, EVFILT_READ, EV_ADD), change(99, EVFILT_READ, EV_ADD), change(b, EVFILT_READ, EV_ADD)]
    expect(submit(changes, 0)).toBe('EBADF')
    expect(idents(submit([]))).toEqual([a])
  })

  it('answers EV_RECEIPT with a record of no error', () => {
    const fd = eventfd(1)
    expect(submit([change(fd, EVFILT_READ, EV_ADD | EV_RECEIPT)])).toMatchObject([
      { ident: fd, flags: EV_ERROR, data: 0 },
    ])
  })

  it('takes the flags that belong to the system out of changes', () => {
    const fd = eventfd(0)
    submit([change(fd, EVFILT_READ, EV_ADD | EV_EOF | EV_ERROR)], 0)
    expect(submit([])).toEqual([])
  })

  it('without room for events does not wait', () => {
    expect(begin([], 0, Infinity).result).toBe(0)
  })

  it('of what is no kqueue is EBADF', () => {
    kq = eventfd(0)
    expect(submit([])).toBe('EBADF')
    kq = 99
    expect(submit([])).toBe('EBADF')
  })
})

describe('a scan', () => {
  it('delivers in the order of activation and puts what is still true at the end', () => {
    const [a, b, c] = [eventfd(1), eventfd(1), eventfd(1)]
    submit(
      [b, a, c].map(fd => change(fd, EVFILT_READ, EV_ADD)),
      0,
    )
    expect(idents(submit([], 2))).toEqual([b, a])
    expect(idents(submit([], 2))).toEqual([c, b])
  })

  it('detaches after EV_ONESHOT, disables after EV_DISPATCH, and only clears where EV_CLEAR stands beside it', () => {
    const [once, dispatch, clear] = [eventfd(1), eventfd(1), eventfd(1)]
    const flags = [EV_ONESHOT, EV_DISPATCH, EV_CLEAR | EV_DISPATCH]
    submit(
      [once, dispatch, clear].map((fd, i) => change(fd, EVFILT_READ, EV_ADD | flags[i])),
      0,
    )
    expect(idents(submit([]))).toEqual([once, dispatch, clear])
    expect(submit([])).toEqual([])
    expect(submit([change(once, EVFILT_READ, EV_ENABLE)], 0)).toBe('ENOENT')
    const more = [dispatch, clear].map(fd => t.l.proc.fd.file(fd) as Eventfd)
    for (const file of more) file.write(t.l, new KernelUio(new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]), 'out'))
    expect(idents(submit([]))).toEqual([clear])
    submit([change(dispatch, EVFILT_READ, EV_ENABLE)], 0)
    expect(idents(submit([]))).toEqual([dispatch])
  })

  it('drops without a record what is true no more', () => {
    const fd = eventfd(1)
    submit([change(fd, EVFILT_READ, EV_ADD)], 0)
    t.l.proc.fd.file(fd).read(t.l, new KernelUio(new Uint8Array(8), 'in'))
    expect(submit([])).toEqual([])
  })

  it('sleeps until something is activated, or the ticks of its time are over', () => {
    const fd = eventfd(0)
    submit([change(fd, EVFILT_READ, EV_ADD)], 0)
    const waiting = begin([], 8, Infinity)
    expect(waiting.result).toBeUndefined()
    t.l.proc.fd.file(fd).write(t.l, new KernelUio(new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0]), 'out'))
    expect(waiting.events).toMatchObject([{ ident: fd, data: 3 }])
    t.l.proc.fd.file(fd).read(t.l, new KernelUio(new Uint8Array(8), 'in'))
    const timed = begin([], 8, 1)
    t.kernel.clock.advance(9_999_999)
    expect(timed.result).toBeUndefined()
    t.kernel.clock.advance(1)
    expect(timed.result).toBe(0)
  })
})

describe('filters', () => {
  it('of a pipe: bytes, room, and an end that is gone', () => {
    const { r, w, put } = pipe()
    put('four')
    submit([change(r, EVFILT_READ, EV_ADD), change(w, EVFILT_WRITE, EV_ADD)], 0)
    expect(submit([])).toMatchObject([
      { ident: r, data: 4 },
      { ident: w, filter: EVFILT_WRITE },
    ])
    t.l.proc.fd.close(t.l, w)
    const [end] = submit([]) as Kevent[]
    expect([end.ident, end.flags & EV_EOF]).toEqual([r, EV_EOF])
    const other = pipe()
    t.l.proc.fd.close(t.l, other.r)
    expect(submit([change(other.w, EVFILT_WRITE, EV_ADD)], 0)).toBe('EBADF')
  })

  it('of another kqueue: how much is queued there; nothing can be written', () => {
    const inner = kqueue1(t.l, false)
    submit([change(inner, EVFILT_READ, EV_ADD)], 0)
    expect(submit([change(inner, EVFILT_WRITE, EV_ADD)], 0)).toBe('EINVAL')
    const outer = kq
    kq = inner
    submit([change(eventfd(1), EVFILT_READ, EV_ADD), change(eventfd(1), EVFILT_READ, EV_ADD)], 0)
    kq = outer
    expect(submit([])).toMatchObject([{ ident: inner, data: 2 }])
  })

  it('of timers: expirations, cleared by delivery; at most 4096', () => {
    submit([change(1, EVFILT_TIMER, EV_ADD, { data: 20 })], 0)
    t.kernel.clock.advance(50e6)
    expect(submit([])).toMatchObject([{ ident: 1, data: 2, flags: EV_CLEAR }])
    expect(submit([])).toEqual([])
    const many = Array.from({ length: 4095 }, (_, i) => change(i + 2, EVFILT_TIMER, EV_ADD, { data: 1000 }))
    expect(submit(many, 0)).toEqual([])
    expect(submit([change(9999, EVFILT_TIMER, EV_ADD, { data: 1000 })], 0)).toBe('ENOMEM')
    t.l.proc.fd.close(t.l, kq)
  })

  it('of the user: triggered, with flags that are set, added and masked', () => {
    const [TRIGGER, AND, OR, COPY] = [0x0100_0000, 0x4000_0000, 0x8000_0000, 0xc000_0000]
    submit([change(1, EVFILT_USER, EV_ADD, { fflags: 5 })], 0)
    expect(submit([])).toEqual([])
    submit([change(1, EVFILT_USER, 0, { fflags: OR | 8 }), change(1, EVFILT_USER, 0, { fflags: AND | 12 })], 0)
    submit([change(1, EVFILT_USER, 0, { fflags: TRIGGER })], 0)
    expect(submit([])).toMatchObject([{ ident: 1, fflags: 12 }])
    submit([change(1, EVFILT_USER, 0, { fflags: COPY | 3 })], 0)
    expect(submit([])).toMatchObject([{ ident: 1, fflags: 3 }])
  })
})

describe('a kqueue as a file', () => {
  it('can be neither read nor written, and shows how much is queued', () => {
    const file = t.l.proc.fd.file(kq)
    const attempt = (call: () => unknown): string => {
      try {
        call()
        return 'no error'
      } catch (e) {
        return e instanceof Errno ? e.name : String(e)
      }
    }
    expect(attempt(() => file.read(t.l, new KernelUio(new Uint8Array(1), 'in')))).toBe('ENXIO')
    expect(attempt(() => file.write(t.l, new KernelUio(new Uint8Array(1), 'out')))).toBe('ENXIO')
    submit([change(eventfd(1), EVFILT_READ, EV_ADD)], 0)
    expect(file.stat(t.l)).toMatchObject({ mode: 0o010600, size: 1 })
    expect([file.poll(1), file.poll(4)]).toEqual([1, 0])
  })

  it('is left out of the copy of a descriptor table, and let go of by the closing of what it watches', () => {
    const fd = eventfd(1)
    submit([change(fd, EVFILT_READ, EV_ADD)], 0)
    expect(copyDescriptors(t.l).slot(kq)).toBeUndefined()
    const same = t.l.proc.fd.allocate(t.l.proc.fd.file(fd), false)
    t.l.proc.fd.close(t.l, fd)
    expect(submit([])).toEqual([])
    expect(submit([change(same, EVFILT_READ, EV_DELETE)], 0)).toBe('ENOENT')
  })
})
