/**
 * Who wants to know when an object becomes ready: sleepers in poll(2), knotes of kqueues, and Linux's epoll items.
 * NetBSD: struct selinfo, sys/kern/sys_select.c:selnotify.
 */
import { Klist } from './kqueue/klist.ts'
import { WaitChannel } from './sleep.ts'

/** poll(2)'s bits; NetBSD's and Linux's numbers are the same. */
export const POLLIN = 0x1
export const POLLPRI = 0x2
export const POLLOUT = 0x4
export const POLLERR = 0x8
export const POLLHUP = 0x10
export const POLLNVAL = 0x20
export const POLLRDNORM = 0x40
export const POLLRDBAND = 0x80
export const POLLWRNORM = 0x100
export const POLLWRBAND = 0x200
export const POLLRDHUP = 0x2000

/** Somebody told at once, the newest first (what Linux calls a wait queue entry with a function of its own). */
export interface SelListener {
  /** `events`: poll bits that may have become true; 0 when the object does not say. */
  notify(events: number): void
}

/** Somebody of whom one is enough (Linux: an exclusive wait queue entry, EPOLLEXCLUSIVE). */
export interface ExclusiveListener {
  /** True if it woke somebody: then those behind it are not told. */
  notifyExclusive(events: number): boolean
}

export class SelInfo {
  readonly pollers = new WaitChannel('select')
  readonly klist = new Klist()
  readonly listeners = new Set<SelListener>()
  /** Told after the others, the oldest first. */
  readonly exclusive = new Set<ExclusiveListener>()
  /** Those who send SIGIO: told after all others. */
  readonly asynchronous = new Set<SelListener>()

  /** selnotify(9): `events` are the poll bits that may have become true, `hint` goes to the knotes' filters. */
  notify(events: number, hint = 0): void {
    if (this.pollers.sleepers.size > 0) this.pollers.wakeAll()
    if (!this.klist.isEmpty) this.klist.notify(hint)
    if (this.listeners.size > 0) for (const l of [...this.listeners].reverse()) l.notify(events)
    if (this.exclusive.size > 0) this.#notifyExclusive(events)
    this.notifyAsynchronous(events)
  }

  #notifyExclusive(events: number): void {
    for (const l of [...this.exclusive]) if (l.notifyExclusive(events)) return
  }

  /** Tells them alone: something happened that made no difference to the others. */
  notifyAsynchronous(events: number): void {
    for (const l of this.asynchronous) l.notify(events)
  }
}
