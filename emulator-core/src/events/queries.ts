/**
 * What a view may ask of a run, and what it is told. Questions and answers travel as JSON: no bigints, no maps, no bytes.
 * `view-queries.ts` answers them. A position is the number of an event; the world at a position is after that event. Times are ns.
 */

/** A position, or the newest. */
export type Position = number | 'live'

export interface Queries {
  /** What there is, for empty states and for the bar that all views have. */
  summary: { readonly takes: object; readonly gives: Summary }
  /** The rows of the call list that cover the lines `fromLine` … `fromLine + lines - 1`. With `native` a row may take two lines. */
  calls: {
    readonly takes: {
      readonly filter: string
      readonly native: boolean
      readonly fromLine: number
      readonly lines: number
    }
    readonly gives: CallRows
  }
  /** Where in the filtered list the row of an event is, or the first row after it; with `step` the row before (-1) or after (1) that. */
  place: {
    readonly takes: {
      readonly filter: string
      readonly native: boolean
      readonly event: number
      readonly step?: -1 | 0 | 1
    }
    readonly gives: CallPlace
  }
  /** All about the call (or other row) that the event belongs to. */
  call: { readonly takes: { readonly event: number }; readonly gives: CallDetails }
  /** strace -c of what the filter lets through. */
  statistics: { readonly takes: { readonly filter: string }; readonly gives: Statistics }
  /** Words that go on what is typed into the filter box at its end. */
  completions: { readonly takes: { readonly filter: string }; readonly gives: { readonly words: readonly string[] } }
  /** Epoll instances and kqueues, as they are at the position. */
  epoll: { readonly takes: { readonly at: Position }; readonly gives: EpollPicture }
  /** The same; of what has not changed since the picture `base` only the keys. */
  'epoll-changes': {
    readonly takes: { readonly at: Position; readonly base?: number }
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
  /** A part of the timeline: lanes of threads. `axis`: places are ns, or numbers of events. */
  timeline: {
    readonly takes: {
      readonly axis: 'time' | 'event'
      readonly at: Position
      readonly from: number
      readonly to: number
      readonly most: number
      readonly firstLane: number
      readonly lanes: number
    }
    readonly gives: Timeline
  }
  /** Inotify instances at the position, and what happened to one of them between two times. */
  inotify: {
    readonly takes: {
      readonly at: Position
      /** Undefined: the first one. */
      readonly instance?: number
      readonly from: number
      readonly to: number
      /** Bars and marks that may be given one by one; more become slices. */
      readonly most: number
    }
    readonly gives: InotifyPicture
  }
}

export type QueryName = keyof Queries
export type QueryTakes<N extends QueryName> = Queries[N]['takes']
export type QueryGives<N extends QueryName> = Queries[N]['gives']
export type ViewQuery = { [N in QueryName]: { readonly name: N } & Queries[N]['takes'] }[QueryName]

/** How far the answer looked: an answer over a part of the run is to be asked again. */
export interface Extent {
  readonly events: number
  readonly indexed: number
}

export interface Summary extends Extent {
  readonly personality: string
  readonly program: string
  readonly firstTime: number
  readonly lastTime: number
  /** ns since 1970 at monotonic 0, as text; empty if unknown. */
  readonly realtime: string
  readonly calls: number
  readonly failures: number
  readonly divergences: number
  readonly epolls: number
  readonly inotifies: number
  readonly threads: number
}

// ---- calls ----

export type RowKind = 'call' | 'signal' | 'start' | 'exit'
export type CallState = 'done' | 'waiting' | 'running' | 'failed' | 'restarted' | 'unimplemented' | 'never-returns'

export interface CallRow {
  /** Its place among the rows that the filter lets through, from 0, and its first line. */
  readonly place: number
  readonly line: number
  readonly kind: RowKind
  /** Its first event, which names it, and its last; undefined while it goes on. */
  readonly event: number
  readonly last: number | undefined
  readonly pid: number
  readonly tid: number
  readonly time: number
  /** Undefined while it has not ended. */
  readonly duration: number | undefined
  /** Name, and arguments as strace prints them. For other rows: what happened. */
  readonly name: string
  readonly arguments: string
  /** As strace prints it behind the equals sign; empty while there is none. */
  readonly result: string
  readonly state: CallState
  /** The native calls it became, each on one line. */
  readonly native: readonly string[]
  /** Names of the divergences it met. */
  readonly divergences: readonly string[]
}

export interface CallRows extends Extent {
  readonly rows: readonly CallRow[]
  /** Rows and lines that the filter lets through so far, of how many rows. */
  readonly matched: number
  readonly lines: number
  readonly total: number
  /** Rows that the filter has looked at so far. */
  readonly scanned: number
  /** What is wrong with the filter, as a sentence. */
  readonly problem: string | undefined
}

export interface CallPlace extends Extent {
  readonly place: number
  readonly line: number
  /** The row's event; undefined if there is no row. */
  readonly event: number | undefined
}

/** A decoded value with its parts. */
export interface Decoded {
  readonly name: string
  readonly text: string
  readonly parts?: readonly Decoded[]
}

/** What happened inside a call, in order. */
export interface Inside {
  readonly event: number
  readonly time: number
  readonly kind: 'step' | 'native' | 'divergence' | 'change' | 'sleep' | 'wake'
  readonly text: string
  readonly parts: readonly Decoded[]
  /** What it answered, where it did. */
  readonly result: string
  readonly failed: boolean
}

export interface CallDetails extends Extent {
  readonly row: CallRow
  readonly decoded: readonly Decoded[]
  /** The same with what descriptors refer to: the whole line, as strace -y prints it. */
  readonly strace: string
  /** The answer in words: the error's message, or what the number is. */
  readonly answer: string
  readonly inside: readonly Inside[]
  /** More happened inside than is told. */
  readonly more: number
}

export interface Statistics extends Extent {
  readonly rows: readonly StatisticsRow[]
  readonly calls: number
  readonly time: number
  readonly problem: string | undefined
}

export interface StatisticsRow {
  readonly name: string
  readonly calls: number
  readonly failures: number
  readonly time: number
  readonly longest: number
}

// ---- epoll and kqueue ----

export interface EpollPicture extends Extent {
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

// ---- timeline ----

export interface Timeline extends Extent {
  /** Where the run begins and ends on the axis. */
  readonly first: number
  readonly last: number
  /** Where the position is on it; undefined: live. */
  readonly at: number | undefined
  /** Lanes there are in all. */
  readonly count: number
  readonly lanes: readonly TimelineLane[]
  readonly wakes: readonly TimelineWake[]
  /** Wakes that are too many to be given one by one. */
  readonly wakesHidden: number
  readonly overview: readonly TimelineDensity[]
}

export interface TimelineDensity {
  readonly from: number
  readonly to: number
  readonly calls: number
  readonly failures: number
}

export interface TimelineLane {
  readonly pid: number
  readonly tid: number
  readonly name: string
  readonly begun: number
  readonly ended: number | undefined
  readonly calls: number
  readonly bars: readonly TimelineBar[]
  /** In place of bars where they are too many. */
  readonly slices: readonly TimelineSlice[]
  readonly marks: readonly TimelineMark[]
}

export interface TimelineBar {
  readonly event: number
  readonly from: number
  readonly to: number | undefined
  readonly name: string
  readonly state: CallState
  readonly diverges: boolean
  /** When it slept within. */
  readonly waits: readonly { readonly from: number; readonly to: number | undefined }[]
}

export interface TimelineSlice extends TimelineDensity {
  readonly divergences: number
  /** The share of the slice that the thread slept, 0 to 1. */
  readonly waited: number
  /** The first call in it. */
  readonly event: number | undefined
}

export interface TimelineMark {
  readonly event: number
  readonly at: number
  readonly kind: 'signal' | 'start' | 'exec' | 'exit'
  readonly text: string
}

/** A thread woke another one. */
export interface TimelineWake {
  readonly event: number
  readonly at: number
  readonly by: number
  readonly tid: number
}

// ---- inotify ----

export interface InotifyPicture extends Extent {
  readonly event: number
  readonly time: number
  readonly firstTime: number
  readonly lastTime: number
  readonly instances: readonly InotifyInstance[]
  /** Undefined: there is no such instance at the position. */
  readonly shown: InotifyShown | undefined
}

export interface InotifyInstance {
  readonly id: number
  readonly fd: number
  readonly pid: number
  readonly closed: boolean
  readonly watches: number
  readonly depth: number
  readonly queued: number
  readonly read: number
  readonly lost: number
}

export interface InotifyShown {
  readonly instance: InotifyInstance
  readonly watches: readonly InotifyWatch[]
  /** What stands in the queue at the position, first first; at most a hundred. */
  readonly queue: readonly InotifyRecordText[]
  readonly depths: readonly DepthPoint[]
  readonly deepest: number
  readonly bars: readonly InotifyBar[]
  readonly reads: readonly InotifyRead[]
  readonly notes: readonly InotifyNote[]
  readonly marks: readonly InotifyMark[]
  /** If there are too many bars: counts by slice and watch. */
  readonly slices: readonly InotifySlice[]
}

export interface InotifyWatch {
  readonly wd: number
  readonly path: string
  readonly mask: string
  readonly vnode: number
  readonly gone: boolean
  readonly queued: number
}

export interface InotifyRecordText {
  readonly event: number
  readonly wd: number
  readonly text: string
}

/** The queue's length from `time` on; over a slice the least and the most of it. */
export interface DepthPoint {
  readonly time: number
  readonly least: number
  readonly most: number
  readonly last: number
}

/** A record in the queue, from when it was put there to when it was read. */
export interface InotifyBar {
  readonly event: number
  readonly wd: number
  readonly text: string
  readonly name: string
  readonly cookie: number
  readonly overflow: boolean
  readonly from: number
  /** Undefined: nobody has read it. */
  readonly to: number | undefined
  /** How many stood before it when it came. */
  readonly row: number
}

export interface InotifyRead {
  readonly event: number
  readonly time: number
  readonly tid: number
  readonly count: number
  readonly bytes: number
}

/** Something happened to a watched file, as the vnode's note says it. */
export interface InotifyNote {
  readonly event: number
  readonly time: number
  readonly tid: number
  readonly wd: number
  readonly operation: string
  readonly notes: string
  readonly path: string
}

/** Merged with the record before, lost because the queue was full, or told otherwise than Linux tells it. */
export interface InotifyMark {
  readonly event: number
  readonly time: number
  readonly kind: 'merged' | 'lost' | 'divergence'
  readonly wd: number
  readonly text: string
}

export interface InotifySlice {
  readonly from: number
  readonly to: number
  readonly wd: number
  readonly count: number
}

/** The reason is one sentence for people. */
export class QueryError extends Error {}
