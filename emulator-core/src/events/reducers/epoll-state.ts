/** What is known of epoll instances, kqueues, knotes and the objects they watch. Entries are replaced, never changed, so that copies can share them. */
import type { ProcessesState } from './processes.ts'

export interface KnoteEntry {
  readonly id: number
  readonly kqueue: number
  readonly ident: number
  readonly object: number
  readonly filter: string
  readonly flags: number
  readonly fflags: number
  /** kn_status: active 1, queued 2, disabled 4, detached 8. */
  readonly status: number
  readonly data: number
  readonly activations: number
  readonly deliveries: number
  readonly changed: number
  /** Whether a delivery was the last thing that happened to it: it is dispatched or cleared then, not only disabled or idle. */
  readonly justDelivered: boolean
}

export const KN_ACTIVE = 1
export const KN_QUEUED = 2
export const KN_DISABLED = 4
export const KN_DETACHED = 8

/** Linux's line: what a program asked for. */
export interface InterestEntry {
  readonly fd: number
  readonly object: number
  readonly events: number
  readonly data: bigint
  readonly gone: boolean
  readonly changed: number
  /** Of Linux's own epoll; under a kqueue the knotes have their own. */
  readonly activations: number
  readonly deliveries: number
  readonly justDelivered: boolean
}

/** A process that was forked and has not got its parent's kqueue. */
export interface LostEntry {
  readonly pid: number
  readonly fd: number
  readonly event: number
}

export interface WaiterEntry {
  readonly pid: number
  readonly tid: number
  readonly waiting: boolean
  readonly since: number
}

export interface EpollEntry {
  readonly id: number
  readonly fd: number
  readonly pid: number
  readonly mechanism: 'kqueue' | 'epoll'
  readonly closed: boolean
  readonly activations: number
  readonly deliveries: number
  readonly lastDelivered: string
}

/** An epoll instance and the collections that belong to it alone. */
export interface EpollCell {
  entry: EpollEntry
  readonly interests: Map<string, InterestEntry>
  /** Knotes that wait to be delivered, first first. Under Linux's own epoll: keys of interests. */
  readonly queue: Set<number | string>
  readonly knotes: Set<number>
  readonly waiters: Map<number, WaiterEntry>
  /** Knotes that a registration made before it failed. */
  readonly leftBehind: Set<number>
  /** By process. */
  readonly lost: Map<number, LostEntry>
  /** Linux's own epoll beside the kqueue, where it was recorded. */
  readonly shadow: ShadowCell
}

/** What Linux would have. */
export interface ShadowCell {
  readonly items: Map<string, ShadowEntry>
  /** Keys of the items in the ready list, first first. */
  readonly ready: Set<string>
}

export interface ShadowEntry {
  readonly fd: number
  readonly object: number
  readonly events: number
  readonly isDisarmed: boolean
  /** Whether a delivery was the last thing that happened to it. */
  readonly justTold: boolean
  readonly ready: number
  readonly told: number
  readonly changed: number
}

export interface ObjectEntry {
  readonly id: number
  readonly type: string
  readonly description: string
  readonly readable: number | undefined
  readonly writable: number | undefined
  readonly peer: number
  readonly due: number
  readonly note: string
  readonly closed: boolean
}

export interface EpollState {
  readonly processes: ProcessesState
  readonly epolls: Map<number, EpollCell>
  readonly knotes: Map<number, KnoteEntry>
  readonly objects: Map<number, ObjectEntry>
  /** In which epoll a thread waits. */
  readonly sleeping: Map<number, number>
}

export const interestKey = (fd: number, object: number): string => `${fd}:${object}`
