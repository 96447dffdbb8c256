/** The questions of the graph of epoll instances and kqueues. */
import type { Extent, Position } from './common.ts'

export interface EpollQueries {
  /** Epoll instances and kqueues, as they are at the position. */
  epoll: { readonly takes: { readonly at: Position; readonly system?: System }; readonly gives: EpollPicture }
  /** The same; of what has not changed since the picture `base` only the keys. */
  'epoll-changes': {
    readonly takes: { readonly at: Position; readonly base?: number; readonly system?: System }
    readonly gives: EpollChanges
  }
  /** What happened to an epoll instance, or to one descriptor in it, or to all: marks between two times, at most `most`, else counts in `most` slices. */
  'epoll-history': {
    readonly takes: {
      readonly epoll?: number
      readonly fd?: number
      readonly from: number
      readonly to: number
      readonly most: number
    }
    readonly gives: History
  }
  /** The change next to a position in what `epoll-history` shows. */
  'epoll-step': {
    readonly takes: { readonly epoll?: number; readonly fd?: number; readonly at: Position; readonly step: -1 | 1 }
    readonly gives: { readonly event: number | undefined; readonly time: number }
  }
  /** What of the epoll graph a call touched: the way from a call to its nodes. `event`: any of the call's. */
  'call-things': { readonly takes: { readonly event: number }; readonly gives: { readonly things: readonly Thing[] } }
  /** The call that made a thing of the graph and the last `most` that changed it until the position, oldest first: the way back. */
  'thing-calls': {
    readonly takes: { readonly epoll: number; readonly fd?: number; readonly at: Position; readonly most: number }
    readonly gives: { readonly calls: readonly CallLink[] }
  }
}

/** What is shown: what the program has, or what Linux would have in its place where that was recorded. */
export type System = 'netbsd' | 'linux'

export interface EpollPicture extends Extent {
  /** There is something that Linux would have beside what the program has. */
  readonly hasShadow: boolean
  /** The event and time that are shown. */
  readonly event: number
  readonly time: number
  readonly instances: readonly EpollInstance[]
  readonly objects: readonly EpollObject[]
}

/** A picture in which interests and objects that are as they were in the picture `base` are only named. */
export interface EpollChanges extends Omit<EpollPicture, 'instances' | 'objects'> {
  readonly number: number
  /** Undefined: it is whole. */
  readonly base: number | undefined
  readonly instances: readonly (Omit<EpollInstance, 'interests'> & {
    readonly interests: readonly (Interest | string)[]
  })[]
  readonly objects: readonly (EpollObject | number)[]
}

export interface EpollInstance {
  readonly id: number
  readonly fd: number
  readonly pid: number
  /** What the process runs. */
  readonly program: string
  /** Numbers under which it is open, also by dup and in other processes: `5`, `8`, `1210:5`. */
  readonly descriptors: readonly string[]
  /** Processes that were forked from one that has it, and have not got it. */
  readonly lost: readonly LostDescriptor[]
  readonly badges: readonly Badge[]
  readonly mechanism: 'kqueue' | 'epoll'
  /** It holds the watches of an inotify instance, or was made for epoll, or nothing is known. */
  readonly purpose: 'epoll' | 'inotify' | 'kqueue'
  readonly closed: boolean
  readonly interests: readonly Interest[]
  /** What waits to be delivered, first first: keys of knotes. */
  readonly queue: readonly QueueEntry[]
  readonly waiters: readonly Waiter[]
  readonly activations: number
  readonly deliveries: number
  readonly lastDelivered: string
  /** Shown as Linux would have it: what stands otherwise in the kqueue's queue; empty: the same descriptors in the same order. */
  readonly differs: string
}

export interface LostDescriptor {
  readonly pid: number
  readonly fd: number
  readonly event: number
}

export interface QueueEntry {
  readonly fd: number
  readonly label: string
  readonly data: number
}

export interface Waiter {
  readonly pid: number
  readonly tid: number
  readonly waiting: boolean
  /** Since when it waits, or stopped waiting. */
  readonly since: number
}

export interface Interest {
  readonly key: string
  readonly fd: number
  /** Id of the object watched; 0: none. */
  readonly object: number
  /** Linux's line; empty if there are only knotes (a half that a failed ADD left behind, or a program for kqueue). */
  readonly events: string
  readonly data: string
  readonly gone: boolean
  readonly leftBehind: boolean
  /** It is registered, but its number does not mean that file any more (Linux's own epoll, if the file is still open elsewhere). */
  readonly numberClosed: boolean
  readonly badges: readonly Badge[]
  readonly knotes: readonly KnoteCell[]
  /** Shown as Linux would have it: what NetBSD has otherwise; empty: the same. */
  readonly differs: string
}

/** `cleared`: delivered with EV_CLEAR, silent until the next activation. `dispatched`: delivered with EV_DISPATCH, and so disabled. */
export type KnoteState = 'idle' | 'active' | 'queued' | 'disabled' | 'dispatched' | 'cleared' | 'gone'

/** A divergence that calls on a thing have met, up to the position. */
export interface Badge {
  readonly id: string
  readonly detail: string
  /** Where it was met last, and how often. */
  readonly event: number
  readonly count: number
}

export interface KnoteCell {
  readonly id: number
  readonly filter: string
  readonly flags: string
  readonly fflags: string
  readonly state: KnoteState
  readonly data: number
  readonly activations: number
  readonly deliveries: number
  /** The event that changed it last. */
  readonly changed: number
}

export interface EpollObject {
  readonly id: number
  readonly type: string
  readonly description: string
  /** Its numbers in the processes, as `7` or, of another process, `1210:7`. */
  readonly descriptors: readonly string[]
  /** Bytes (or the like) that can be read, and room for writing; undefined if unknown. */
  readonly readable: number | undefined
  readonly writable: number | undefined
  readonly peer: number
  /** Numbers of the other end. */
  readonly peerDescriptors: readonly string[]
  /** When a timer fires, ns as all times; 0: never, or it is none. */
  readonly due: number
  readonly note: string
  readonly closed: boolean
}

export type MarkKind = 'change' | 'activate' | 'deliver' | 'drop' | 'sleep' | 'wake' | 'divergence'

/** An epoll instance, or the interest in one descriptor in it. */
export interface Thing {
  readonly epoll: number
  readonly fd: number | undefined
}

/** What a call did to a thing. */
export type CallRole = 'made' | 'changed' | 'made ready' | 'dropped' | 'delivered' | 'waited' | 'diverged'

export interface CallLink {
  /** The call's first event, and its last; undefined while it goes on. */
  readonly event: number
  readonly last: number | undefined
  readonly time: number
  readonly tid: number
  readonly name: string
  /** As strace prints it. */
  readonly text: string
  readonly roles: readonly CallRole[]
}

export interface History extends Extent {
  readonly firstTime: number
  readonly lastTime: number
  readonly count: number
  readonly marks: readonly HistoryMark[]
  /** Counts by slice of the time asked for, if there are too many for marks. */
  readonly slices: readonly HistorySlice[]
}

export interface HistoryMark {
  readonly event: number
  readonly time: number
  readonly kind: MarkKind
  readonly text: string
}

export interface HistorySlice {
  readonly from: number
  readonly to: number
  /** The first event in it, and the last. */
  readonly first: number
  readonly event: number
  readonly changes: number
  readonly activations: number
  readonly deliveries: number
}
