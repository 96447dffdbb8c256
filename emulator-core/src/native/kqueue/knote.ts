/**
 * A knote: one kqueue's interest in one (ident, filter). NetBSD: struct knote, sys/sys/event.h; sys/kern/kern_event.c.
 * Facts: netbsd-linux-semantics 5.2 to 5.7.
 */
import type { File } from '../file.ts'
import type { Slot } from '../filedesc.ts'
import type { Kqueue } from './kqueue.ts'

export const EVFILT_READ = 0
export const EVFILT_WRITE = 1
export const EVFILT_AIO = 2
export const EVFILT_VNODE = 3
export const EVFILT_PROC = 4
export const EVFILT_SIGNAL = 5
export const EVFILT_TIMER = 6
export const EVFILT_FS = 7
export const EVFILT_USER = 8
export const EVFILT_EMPTY = 9

export const EV_ADD = 0x1
export const EV_DELETE = 0x2
export const EV_ENABLE = 0x4
export const EV_DISABLE = 0x8
export const EV_ONESHOT = 0x10
export const EV_CLEAR = 0x20
export const EV_RECEIPT = 0x40
export const EV_DISPATCH = 0x80
export const EV_FLAG1 = 0x2000
export const EV_ERROR = 0x4000
export const EV_EOF = 0x8000
export const EV_SYSFLAGS = 0xf000

export const NOTE_DELETE = 0x1
export const NOTE_WRITE = 0x2
export const NOTE_EXTEND = 0x4
export const NOTE_ATTRIB = 0x8
export const NOTE_LINK = 0x10
export const NOTE_RENAME = 0x20
export const NOTE_REVOKE = 0x40
export const NOTE_OPEN = 0x80
export const NOTE_CLOSE = 0x100
export const NOTE_CLOSE_WRITE = 0x200
export const NOTE_READ = 0x400

/** EVFILT_… */
export type KeventFilter = number
/** EV_… */
export type KeventFlags = number
/** KN_… */
export type KnoteStatus = number
/** NOTE_… of EVFILT_VNODE. */
export type VnodeNotes = number

/** struct kevent of NetBSD 10 (__kevent100): 72 bytes on amd64. */
export interface Kevent {
  ident: number
  filter: KeventFilter
  flags: KeventFlags
  fflags: number
  data: number
  udata: bigint
  /** The four extension words; epoll keeps its program's data and the descriptors here. */
  ext: [bigint, bigint, bigint, bigint]
}

/** Knote state, kn_status. */
export const KN_ACTIVE = 0x1
export const KN_QUEUED = 0x2
export const KN_DISABLED = 0x4
export const KN_DETACHED = 0x8

/** What a filter does: struct filterops. `attach` may throw an Errno. */
export interface Filterops {
  /** A name for people, as NetBSD's functions are called: `soread`, `piperead`, `kqread`…. */
  readonly name: string
  readonly isFd: boolean
  attach(kn: Knote): void
  detach(kn: Knote): void
  /** f_event: whether the knote's condition holds; sets kn.kevent.data, fflags and EV_EOF. `hint` is what the object said, 0 when only asked. */
  event(kn: Knote, hint: number): boolean
}

let nextKnoteId = 1

export class Knote {
  readonly id = nextKnoteId++
  readonly kqueue: Kqueue
  /** The file watched, for descriptor filters, and the slot of the descriptor table it was reached through. */
  readonly file: File | undefined
  readonly slot: Slot | undefined
  readonly kevent: Kevent
  /** kn_sfflags, kn_sdata: fflags and data as the program gave them. */
  savedFflags: number
  savedData: number
  status: KnoteStatus = 0
  ops: Filterops
  /** kn_hook: the filter's own (a timer's callout, an inotify instance). */
  hook: unknown

  constructor(kqueue: Kqueue, change: Kevent, ops: Filterops, slot: Slot | undefined) {
    this.kqueue = kqueue
    this.kevent = { ...change, ext: [...change.ext], fflags: 0, data: 0 }
    this.kevent.flags &= ~(EV_ADD | EV_DELETE | EV_ENABLE | EV_DISABLE | EV_RECEIPT)
    this.savedFflags = change.fflags
    this.savedData = change.data
    this.ops = ops
    this.slot = slot
    this.file = slot?.file
  }

  /** An object told something: run the filter, and activate if it is true (knote(9)). */
  notify(hint: number): void {
    if ((this.status & KN_DETACHED) === 0 && this.ops.event(this, hint)) this.kqueue.activate(this)
  }
}
