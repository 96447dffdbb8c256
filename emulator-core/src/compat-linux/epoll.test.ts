import { describe, expect, it } from 'vitest'
import { EpollWorld, EVENT, EVENTS } from '../../test/support/epoll-world.ts'
import { run, start } from '../../test/support/fake-kernel.ts'
import { linuxEpollCalls } from '../linux/epoll.ts'
import { Errno } from '../native/errno.ts'
import { release } from '../native/filedesc.ts'
import { KernelUio } from '../native/uio.ts'
import { VnodeFile } from '../native/vfs/vnode-file.ts'
import { epollCalls } from './epoll.ts'
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLRDHUP,
} from './epoll-constants.ts'
import { ioctlCalls } from './ioctl.ts'

describe('epoll over kqueue', () => {
  const world = () => new EpollWorld(epollCalls)

  it('delivers READ and WRITE of one descriptor as two records', () => {
    const w = world()
    const ep = w.create()
    const { fd } = w.eventfd(1)
    expect(w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT, 77n)).toBe(0)
    expect(w.wait(ep)).toEqual(['77:1', '77:4'])
    expect(w.wait(ep, 1)).toEqual(['77:1'])
    expect(w.wait(ep, 1)).toEqual(['77:4'])
  })

  it('submits the worked example of the translation', () => {
    const w = world()
    const ep = w.create()
    const { fd } = w.eventfd(0)
    w.t.kernel.events.length = 0
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 9n)
    const calls = w.t.kernel.kinds('kevent-call')
    expect(calls.map(c => [c.name, c.error])).toEqual([
      ['__kevent100', 'ENOENT'],
      ['__kevent100', 'ENOENT'],
      ['__kevent100', ''],
    ])
    const common = { ident: fd, fflags: 0, data: 0, udata: 0n, ext0: 9n, ext1: BigInt(ep), ext2: BigInt(fd) }
    // EV_EOF is stripped on the way in, after the change list was seen.
    expect(
      (calls[2].changes as Record<string, unknown>[]).map(c => ({ ...c, flags: Number(c.flags) & 0xfff })),
    ).toEqual([
      { ...common, filter: 0, flags: 0x25 },
      { ...common, filter: 1, flags: 0x25 },
    ])
  })

  it('takes neither block devices nor symbolic links', () => {
    const w = world()
    // Nobody hears of divergences: Linux’s epoll is not kept beside it, which would look at more of a file.
    w.t.kernel.trace.records = () => false
    const ep = w.create()
    for (const type of ['VBLK', 'VLNK', 'VREG', 'VDIR']) {
      const file: VnodeFile = Object.assign(Object.create(VnodeFile.prototype), { vnode: { type } })
      const fd = w.t.l.proc.fd.allocate(file, false)
      expect(w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN), type).toBe('EPERM')
    }
  })

  it('checks in NetBSD’s order', () => {
    const w = world()
    const ep = w.create()
    const { fd } = w.eventfd(0)
    expect(run(w.t, l => w.calls.epoll_ctl(l, 99, 77, 99, 8, 0, 0))).toBe('EFAULT')
    expect(w.ctl(99, EPOLL_CTL_ADD, fd)).toBe('EBADF')
    expect(w.ctl(fd, EPOLL_CTL_ADD, 99)).toBe('EINVAL')
    expect(w.ctl(ep, EPOLL_CTL_ADD, 99)).toBe('EBADF')
    expect(w.ctl(ep, EPOLL_CTL_ADD, ep)).toBe('EINVAL')
    expect(w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLEXCLUSIVE | EPOLLIN)).toBe('EINVAL')
    expect(w.ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN)).toBe('ENOENT')
    expect(w.ctl(ep, EPOLL_CTL_DEL, fd)).toBe('ENOENT')
    expect(w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN)).toBe(0)
    expect(w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN)).toBe('EEXIST')
    expect(w.ctl(ep, 9, fd, EPOLLIN)).toBe('EINVAL')
    expect(w.wait(ep, 0)).toBe('EINVAL')
    expect(run(w.t, l => w.calls.epoll_create(l, 0, 0, 0, 0, 0, 0))).toBe('EINVAL')
    expect(run(w.t, l => w.calls.epoll_create1(l, 1, 0, 0, 0, 0, 0))).toBe('EINVAL')
  })

  it('leaves the READ half when WRITE cannot be attached', () => {
    const w = world()
    const ep = w.create()
    const inner = w.create()
    expect(w.ctl(ep, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLOUT)).toBe('EINVAL')
    expect(w.ctl(ep, EPOLL_CTL_ADD, inner, EPOLLIN)).toBe('EEXIST')
    expect(w.ctl(ep, EPOLL_CTL_DEL, inner)).toBe(0)
    expect(w.ctl(ep, EPOLL_CTL_ADD, inner, EPOLLIN)).toBe(0)
  })

  it('tells an edge once, a level until it is gone, and a writer’s end as IN|RDHUP', () => {
    const w = world()
    const ep = w.create()
    const edge = w.pipe()
    const level = w.pipe()
    w.ctl(ep, EPOLL_CTL_ADD, edge.r, EPOLLIN | EPOLLET, 1n)
    w.ctl(ep, EPOLL_CTL_ADD, level.r, EPOLLIN, 2n)
    edge.put('a')
    level.put('a')
    expect(w.wait(ep)).toEqual(['1:1', '2:1'])
    expect(w.wait(ep)).toEqual(['2:1'])
    edge.put('b')
    level.take()
    expect(w.wait(ep)).toEqual(['1:1'])
    expect(w.wait(ep)).toEqual([])
    w.t.l.proc.fd.close(w.t.l, level.w)
    expect(w.wait(ep)).toEqual(['2:2001'])
  })

  it('disarms the halves of a oneshot apart, and never an edge-triggered one', () => {
    const w = world()
    const ep = w.create()
    const { fd } = w.eventfd(1)
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLONESHOT, 1n)
    expect(w.wait(ep, 1)).toEqual(['1:1'])
    expect(w.wait(ep, 1)).toEqual(['1:4'])
    expect(w.wait(ep)).toEqual([])
    w.ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, 2n)
    expect(w.wait(ep)).toEqual(['2:1'])
    const pipe = w.pipe()
    w.ctl(ep, EPOLL_CTL_ADD, pipe.r, EPOLLIN | EPOLLET | EPOLLONESHOT, 3n)
    pipe.put('x')
    expect(w.wait(ep)).toEqual(['3:1'])
    pipe.put('x')
    expect(w.wait(ep)).toEqual(['3:1'])
  })

  it('finds loops, takes a diamond for one, and counts five levels', () => {
    const w = world()
    const [a, b, c, d] = [w.create(), w.create(), w.create(), w.create()]
    expect(w.ctl(a, EPOLL_CTL_ADD, b, EPOLLIN)).toBe(0)
    expect(w.ctl(b, EPOLL_CTL_ADD, a, EPOLLIN)).toBe('ELOOP')
    expect(w.ctl(b, EPOLL_CTL_ADD, d, EPOLLIN)).toBe(0)
    expect(w.ctl(c, EPOLL_CTL_ADD, d, EPOLLIN)).toBe(0)
    expect(w.ctl(a, EPOLL_CTL_ADD, c, EPOLLIN)).toBe('ELOOP')
    const chain = Array.from({ length: 6 }, () => w.create())
    const up = [4, 3, 2, 1, 0].map(i => w.ctl(chain[i], EPOLL_CTL_ADD, chain[i + 1], EPOLLIN))
    expect(up).toEqual([0, 0, 0, 0, 'EINVAL'])
  })

  it('wakes a sleeper, also through a nested epoll, and gives up in time', () => {
    const w = world()
    const outer = w.create()
    const inner = w.create()
    const pipe = w.pipe()
    w.ctl(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 5n)
    w.ctl(inner, EPOLL_CTL_ADD, pipe.r, EPOLLIN, 6n)
    const waiting = start(w.t, () => w.calls.epoll_wait(w.t.l, outer, EVENTS, 4, -1, 0, 0))
    expect(waiting.result).toBeUndefined()
    pipe.put('x')
    expect(waiting.result).toBe(1)
    expect(w.records(1)).toEqual(['5:1'])
    pipe.take()
    // The knote of the empty pipe still stands in the inner queue, and counts, until a scan throws it out.
    expect(w.wait(outer)).toEqual(['5:1'])
    expect(w.wait(inner)).toEqual([])
    const timed = start(w.t, () => w.calls.epoll_wait(w.t.l, outer, EVENTS, 4, 25, 0, 0))
    w.t.kernel.clock.advance(29e6)
    expect(timed.result).toBeUndefined()
    w.t.kernel.clock.advance(1e6)
    expect(timed.result).toBe(0)
  })

  it('goes with the number through which it was added, and is not inherited', () => {
    const w = world()
    const ep = w.create()
    const { fd, file } = w.eventfd(1)
    const copy = w.t.l.proc.fd.allocate(file, false)
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN)
    w.t.l.proc.fd.close(w.t.l, fd)
    expect(w.wait(ep)).toEqual([])
    expect(w.t.l.proc.fd.copy(file => (file.type === 'kqueue' ? 'lost' : 'kept')).slot(ep)).toBeUndefined()
    expect(w.t.l.proc.fd.copy(file => (file.type === 'kqueue' ? 'lost' : 'kept')).slot(copy)).toBeDefined()
  })

  it('is a file that says no', () => {
    const w = world()
    const ep = w.create()
    const file = w.t.l.proc.fd.file(ep)
    const uio = new KernelUio(new Uint8Array(1), 'in')
    expect(run(w.t, l => Number(file.read(l, uio)))).toBe('ENXIO')
    expect(run(w.t, l => Number(file.write(l, uio)))).toBe('ENXIO')
    expect(run(w.t, l => ioctlCalls.ioctl(l, ep, 0x5413, EVENT, 0, 0, 0))).toBe('ENOTTY')
    expect(w.wait(99, 0)).toBe('EINVAL')
    expect(w.wait(99)).toBe('EBADF')
  })

  it('loses what it cannot write', () => {
    const w = world()
    const ep = w.create()
    const { fd } = w.eventfd(1)
    const nowhere = () => run(w.t, l => w.calls.epoll_wait(l, ep, 8, 1, 0, 0, 0))
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 1n)
    expect(nowhere()).toBe('EFAULT')
    expect(w.wait(ep)).toEqual([])
    w.ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, 2n)
    expect(nowhere()).toBe('EFAULT')
    expect(w.wait(ep)).toEqual([])
    w.ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN, 3n)
    expect(nowhere()).toBe('EFAULT')
    expect(w.wait(ep)).toEqual(['3:1'])
  })

  it('forgets EINTR under a mask', () => {
    const w = world()
    const ep = w.create()
    w.t.l.signals.mask.add(10)
    w.t.l.signals.pending.add({ signo: 10, code: 0 }, 10)
    w.t.l.memory.writeBigU64(0x1800, 0n)
    expect(run(w.t, l => w.calls.epoll_pwait(l, ep, EVENTS, 1, -1, 0x1800, 8))).toBe(0)
    expect(w.t.l.signals.mask.has(10)).toBe(true)
    w.t.kernel.divergences.add('epoll.pwait-mask')
    expect(run(w.t, l => w.calls.epoll_pwait(l, ep, EVENTS, 1, -1, 0x1800, 8))).toBe('EINTR')
    expect(w.t.l.signals.savedMask?.has(10)).toBe(true)
  })
})

describe('Linux’s own epoll', () => {
  const world = () => new EpollWorld(linuxEpollCalls)

  it('merges both directions, and disarms the whole', () => {
    const w = world()
    const ep = w.create()
    const { fd } = w.eventfd(1)
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLET | EPOLLONESHOT, 3n)
    expect(w.wait(ep)).toEqual(['3:5'])
    expect(w.wait(ep)).toEqual([])
    w.ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN, 4n)
    expect(w.wait(ep)).toEqual(['4:1'])
  })

  it('tells HUP unasked, and keeps an item as long as the open file', () => {
    const w = world()
    const ep = w.create()
    const pipe = w.pipe()
    const file = w.t.l.proc.fd.file(pipe.r)
    const copy = w.t.l.proc.fd.allocate(file, false)
    w.ctl(ep, EPOLL_CTL_ADD, pipe.r, 0, 8n)
    w.t.l.proc.fd.close(w.t.l, pipe.w)
    expect(w.wait(ep)).toEqual([`8:${EPOLLHUP.toString(16)}`])
    w.t.l.proc.fd.close(w.t.l, pipe.r)
    expect(w.wait(ep)).toEqual(['8:10'])
    w.t.l.proc.fd.close(w.t.l, copy)
    expect(w.wait(ep)).toEqual([])
  })

  it('round-robins level-triggered items', () => {
    const w = world()
    const ep = w.create()
    const fds = [1, 1, 1].map(v => w.eventfd(v).fd)
    for (const [i, fd] of fds.entries()) w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN, BigInt(i))
    expect([w.wait(ep, 2), w.wait(ep, 2)]).toEqual([
      ['0:1', '1:1'],
      ['2:1', '0:1'],
    ])
  })

  it('allows a diamond, refuses a loop and more than four below', () => {
    const w = world()
    const [a, b, c, d] = [w.create(), w.create(), w.create(), w.create()]
    expect([w.ctl(a, 1, b, 1), w.ctl(a, 1, c, 1), w.ctl(b, 1, d, 1), w.ctl(c, 1, d, 1)]).toEqual([0, 0, 0, 0])
    expect(w.ctl(d, 1, a, 1)).toBe('ELOOP')
  })

  it('counts the height of the whole tree, built from below', () => {
    const w = world()
    const chain = Array.from({ length: 6 }, () => w.create())
    const up = [4, 3, 2, 1, 0].map(i => w.ctl(chain[i], EPOLL_CTL_ADD, chain[i + 1], EPOLLIN))
    expect(up).toEqual([0, 0, 0, 0, 'ELOOP'])
  })

  it('hears of one event by two numbers newest first', () => {
    const w = world()
    const ep = w.create()
    const { fd, file } = w.eventfd(0)
    const copy = w.t.l.proc.fd.allocate(file, false)
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN, 1n)
    w.ctl(ep, EPOLL_CTL_ADD, copy, EPOLLIN, 2n)
    void file.write(w.t.l, new KernelUio(Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0]), 'out'))
    expect(w.wait(ep)).toEqual(['2:1', '1:1'])
  })

  it('survives fork and wakes a sleeper', () => {
    const w = world()
    const ep = w.create()
    const pipe = w.pipe()
    w.ctl(ep, EPOLL_CTL_ADD, pipe.r, EPOLLIN, 1n)
    const child = w.t.l.proc.fd.copy()
    expect(child.slot(ep)?.file).toBe(w.t.l.proc.fd.file(ep))
    const waiting = start(w.t, () => w.calls.epoll_wait(w.t.l, ep, EVENTS, 4, -1, 0, 0))
    pipe.put('x')
    expect(waiting.result).toBe(1)
  })

  it('closes with its last reference', () => {
    const w = world()
    const ep = w.create()
    const { fd, file } = w.eventfd(1)
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN)
    w.t.l.proc.fd.close(w.t.l, ep)
    expect(file.closeListeners?.size).toBe(0)
    expect(() => release(file)).not.toThrow(Errno)
  })
})
