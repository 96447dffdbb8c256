/** epoll's numbers and struct epoll_event as a Linux amd64 program has it: packed, 12 bytes (sys/sys/epoll.h; the kernel's is 16 bytes wide). */
import type { Lwp } from '../native/lwp.ts'

export const EPOLLIN = 0x1
export const EPOLLPRI = 0x2
export const EPOLLOUT = 0x4
export const EPOLLERR = 0x8
export const EPOLLHUP = 0x10
export const EPOLLRDNORM = 0x40
export const EPOLLRDBAND = 0x80
export const EPOLLWRNORM = 0x100
export const EPOLLWRBAND = 0x200
export const EPOLLMSG = 0x400
export const EPOLLRDHUP = 0x2000
export const EPOLLEXCLUSIVE = 0x1000_0000
export const EPOLLWAKEUP = 0x2000_0000
export const EPOLLONESHOT = 0x4000_0000
export const EPOLLET = 0x8000_0000

export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLL_CTL_MOD = 3
export const EPOLL_CLOEXEC = 0x80000

export const EPOLL_EVENT_BYTES = 12

/** EPOLLIN…, unsigned. */
export type EpollMask = number
/** EPOLL_CTL_… */
export type EpollOperation = number

export interface EpollEvent {
  readonly events: EpollMask
  /** What the program wants back. */
  readonly data: bigint
}

/** @throws EFAULT. */
export function readEpollEvent(l: Lwp, address: number): EpollEvent {
  const v = new DataView(l.memory.copyin(address, EPOLL_EVENT_BYTES).buffer)
  return { events: v.getUint32(0, true), data: v.getBigUint64(4, true) }
}

/** @throws EFAULT, maybe after some were written. */
export function writeEpollEvents(l: Lwp, address: number, events: readonly EpollEvent[]): void {
  const v = new DataView(new ArrayBuffer(events.length * EPOLL_EVENT_BYTES))
  events.forEach((e, i) => {
    v.setUint32(i * EPOLL_EVENT_BYTES, e.events, true)
    v.setBigUint64(i * EPOLL_EVENT_BYTES + 4, e.data, true)
  })
  l.memory.copyout(address, new Uint8Array(v.buffer))
}
