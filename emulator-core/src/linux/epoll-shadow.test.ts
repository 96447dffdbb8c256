/**
 * The shadow against Linux's mechanism itself: the same calls are made under both, and wherever the answers part the shadow has told so at that
 * call, and never before.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EpollWorld, EVENTS } from '../../test/support/epoll-world.ts'
import { start } from '../../test/support/fake-kernel.ts'
import { epollCalls } from '../compat-linux/epoll.ts'
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLRDHUP,
  EPOLLRDNORM,
} from '../compat-linux/epoll-constants.ts'
import { pollCalls } from '../compat-linux/poll.ts'
import { Errno } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT } from '../native/selinfo.ts'
import type { MaybeBlocking } from '../native/sleep.ts'
import { KernelUio } from '../native/uio.ts'
import { linuxEpollCalls } from './epoll.ts'

/** Where the program keeps its struct pollfd. */
const POLLFD = 0x1e00

type Step =
  | { readonly do: 'ctl'; readonly ep: number; readonly op: number; readonly at: number; readonly events: number }
  | { readonly do: 'write' | 'read' | 'close' | 'dup'; readonly at: number }
  | { readonly do: 'wait'; readonly ep: number; readonly room: number }
  | { readonly do: 'sleep'; readonly ep: number; readonly room: number; readonly during: Step }
  | { readonly do: 'poll'; readonly ep: number; readonly during: Step }

class Script extends EpollWorld {
  readonly eps = [this.create(), this.create()]
  readonly fds: number[] = []

  constructor(calls: typeof epollCalls) {
    super(calls)
    this.#wakesLater()
    const pipe = this.pipe()
    this.fds.push(pipe.r, pipe.w, this.eventfd(0).fd, ...this.socketpair(), this.eps[1])
  }

  /** As in the kernel, where who is woken runs once what wakes it has ended. */
  #wakesLater(): void {
    const { l, kernel } = this.t
    const wake = l.wake.bind(l)
    l.wake = why => {
      for (const channel of l.sleep?.channels ?? []) channel.sleepers.delete(l)
      kernel.clock.schedule(kernel.clock.monotonic(), () => wake(why))
    }
  }

  /** What the program sees of it. */
  step(step: Step): string {
    switch (step.do) {
      case 'ctl':
        return String(this.ctl(this.eps[step.ep], step.op, this.fds[step.at % this.fds.length], step.events))
      case 'wait':
        return String(this.wait(this.eps[step.ep], step.room))
      case 'sleep':
        return this.#sleep(step.during, l => this.calls.epoll_wait(l, this.eps[step.ep], EVENTS, step.room, 1000, 0, 0))
      case 'poll':
        return this.#sleep(step.during, l => this.#poll(l, this.eps[step.ep]))
      case 'dup': {
        const file = this.t.l.proc.fd.slot(this.fds[step.at % this.fds.length])?.file
        if (file !== undefined && this.fds.length < 9) this.fds.push(this.t.l.proc.fd.allocate(file, false))
        return ''
      }
      default:
        return this.#touch(step.do, this.fds[step.at % this.fds.length])
    }
  }

  #touch(what: 'write' | 'read' | 'close', fd: number): string {
    const { l } = this.t
    const file = l.proc.fd.slot(fd)?.file
    if (file === undefined || file.type === 'kqueue' || file.type === 'epoll') return ''
    if (what === 'close') {
      // Whoever is the last is not closed: there would be signals.
      l.proc.fd.close(l, fd)
      return ''
    }
    const now = file.poll(POLLIN | POLLOUT)
    if (what === 'write' ? (now & (POLLERR | POLLHUP)) !== 0 || (now & POLLOUT) === 0 : (now & POLLIN) === 0) return ''
    try {
      const bytes = Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0])
      if (what === 'write') void file.write(l, new KernelUio(bytes, 'out'))
      else void file.read(l, new KernelUio(bytes, 'in'))
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    return ''
  }

  #poll(l: Lwp, fd: number): MaybeBlocking<number> {
    l.memory.writeU32(POLLFD, fd)
    l.memory.writeU32(POLLFD + 4, POLLIN)
    return pollCalls.poll(l, POLLFD, 1, 1000, 0, 0, 0)
  }

  /** A wait of a second in which `during` happens. */
  #sleep(during: Step, wait: (l: Lwp) => MaybeBlocking<number>): string {
    const { l, kernel } = this.t
    const waiting = start(this.t, () => wait(l))
    let answer = ''
    const isPart = during.do !== 'sleep' && during.do !== 'poll' && during.do !== 'wait'
    if (waiting.result === undefined && isPart) answer = this.step(during)
    kernel.clock.advance(0)
    const soon = waiting.result !== undefined
    kernel.clock.advance(2e9)
    const { result } = waiting
    return `${answer} ${soon} ${typeof result === 'number' ? this.records(result) : result}`
  }
}

const ep = fc.nat(1)
const at = fc.nat(8)
const room = fc.constantFrom(1, 2, 8)
const events = fc
  .subarray([EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLET, EPOLLONESHOT, EPOLLERR, EPOLLHUP, EPOLLRDNORM])
  .map(bits => bits.reduce((all, bit) => (all | bit) >>> 0, 0))
const usual = fc.constantFrom(EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLET, EPOLLIN | EPOLLOUT | EPOLLET)
const touch = fc.record({ do: fc.constantFrom('write', 'write', 'read', 'read', 'close', 'dup'), at })
const ctl = fc.record({
  do: fc.constant('ctl'),
  ep,
  op: fc.constantFrom(EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL),
  at,
  events: fc.oneof(usual, events),
})
const step = fc.oneof(
  ctl,
  touch,
  fc.record({ do: fc.constant('wait'), ep, room }),
  fc.record({ do: fc.constant('sleep'), ep, room, during: fc.oneof(touch, ctl) }),
  fc.record({ do: fc.constant('poll'), ep, during: fc.oneof(touch, ctl) }),
) as fc.Arbitrary<Step>

describe('the shadow of an epoll instance', () => {
  it('tells a divergence at the call where Linux answers otherwise, and none before', () => {
    let parted = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 30 }), steps => {
        const netbsd = new Script(epollCalls)
        const linux = new Script(linuxEpollCalls)
        netbsd.met()
        for (const each of steps) {
          const [ours, theirs] = [netbsd.step(each), linux.step(each)]
          const met = netbsd.met()
          if (ours !== theirs) {
            parted++
            expect(met, `${ours} instead of ${theirs}`).not.toEqual([])
            return
          }
          expect(met, ours).toEqual([])
        }
      }),
      { numRuns: 400 },
    )
    expect(parted).toBeGreaterThan(20)
  })

  const world = () => {
    const w = new EpollWorld(epollCalls)
    return { w, ep: w.create(), met: () => w.met() }
  }

  it('tells a thread in poll(2) of what does not wake it when it happens, and once', () => {
    const { w, ep, met } = world()
    const { r, w: writer } = w.pipe()
    const { l, kernel } = w.t
    w.ctl(ep, EPOLL_CTL_ADD, r, 0)
    l.memory.writeU32(POLLFD, ep)
    l.memory.writeU32(POLLFD + 4, POLLIN)
    Object.assign(kernel, { current: l })
    const poll = () => start(w.t, () => pollCalls.poll(l, POLLFD, 1, 1000, 0, 0, 0))
    for (const ids of [['epoll.hangup'], []]) {
      const waiting = poll()
      kernel.clock.advance(0)
      expect(met()).toEqual(ids.length > 0 ? [] : ['epoll.hangup'])
      if (ids.length > 0) l.proc.fd.close(l, writer)
      kernel.clock.advance(0)
      expect(met()).toEqual(ids)
      kernel.clock.advance(2e9)
      expect(waiting.result).toBe(0)
      expect(met()).toEqual([])
    }
  })

  it('names what the difference comes from: two halves', () => {
    const { w, ep, met } = world()
    const { fd } = w.eventfd(1)
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT)
    w.wait(ep)
    expect(met()).toEqual(['epoll.halves'])
    w.ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT | EPOLLONESHOT)
    w.wait(ep, 1)
    expect(met()).toEqual(['epoll.halves'])
    w.wait(ep, 1)
    expect(met()).toEqual(['epoll.oneshot-halves'])
  })

  it('names it: edge and oneshot together, bits of bands, a file of always', () => {
    const { w, ep, met } = world()
    const pipe = w.pipe()
    w.ctl(ep, EPOLL_CTL_ADD, pipe.r, EPOLLIN | EPOLLET | EPOLLONESHOT)
    pipe.put('x')
    w.wait(ep)
    pipe.put('x')
    expect(met()).toEqual([])
    w.wait(ep)
    expect(met()).toEqual(['epoll.edge-oneshot'])
    w.ctl(ep, EPOLL_CTL_MOD, pipe.r, EPOLLRDNORM)
    w.wait(ep)
    expect(met()).toEqual(['epoll.bands'])
    w.ctl(ep, EPOLL_CTL_DEL, pipe.r)
    // An eventfd of Linux's knows no bands at all.
    w.ctl(ep, EPOLL_CTL_ADD, w.eventfd(1).fd, EPOLLRDNORM)
    w.wait(ep)
    expect(met()).toEqual(['epoll.bands'])
  })

  it('names it: an interest of which half stays behind, until it is removed', () => {
    const { w, ep, met } = world()
    const inner = w.create()
    const { fd } = w.eventfd(1)
    expect(w.ctl(ep, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLOUT)).toBe('EINVAL')
    expect(met()).toEqual(['epoll.half-registered'])
    expect(w.ctl(ep, EPOLL_CTL_ADD, inner, EPOLLIN)).toBe('EEXIST')
    expect(met()).toEqual(['epoll.half-registered'])
    w.ctl(inner, EPOLL_CTL_ADD, fd, EPOLLIN)
    expect(w.wait(ep)).toHaveLength(1)
    expect(met()).toEqual(['epoll.half-registered'])
    w.ctl(ep, EPOLL_CTL_DEL, inner)
    expect(met()).toEqual(['epoll.half-registered'])
    w.ctl(ep, EPOLL_CTL_ADD, inner, EPOLLIN)
    expect(w.wait(ep)).toHaveLength(1)
    expect(met()).toEqual([])
  })

  it('does not tell of refused bits where Linux refuses them, too', () => {
    const { w, ep, met } = world()
    const { fd } = w.eventfd(0)
    expect(w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT)).toBe('EINVAL')
    expect(met()).toEqual([])
    expect(w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE)).toBe('EINVAL')
    expect(met()).toEqual(['epoll.refused-events'])
    expect(w.ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLEXCLUSIVE)).toBe('EINVAL')
    expect(met()).toEqual([])
  })

  it('is there only where somebody hears of divergences', () => {
    const w = new EpollWorld(epollCalls)
    w.t.kernel.trace.records = () => false
    const ep = w.create()
    const { fd } = w.eventfd(1)
    w.ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT)
    w.wait(ep)
    expect(w.met()).toEqual([])
  })
})
