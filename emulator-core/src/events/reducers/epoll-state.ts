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
}

export interface ObjectEntry {
  readonly id: number
  readonly type: string
  readonly description: string
  readonly readable: number | undefined
  readonly writable: number | undefined
  readonly peer: number
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
