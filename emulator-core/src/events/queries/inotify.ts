/** The questions of the queue of an inotify instance. */
import type { Extent, Position } from './common.ts'

export interface InotifyQueries {
  /** Inotify instances at the position, and what happened to one of them between two places. `axis`: places are ns, or numbers of events. */
  inotify: {
    readonly takes: {
      readonly axis?: 'time' | 'event'
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
  /** Rows of the table of an instance: those that came between two places, from the `first` of them on. */
  'inotify-rows': {
    readonly takes: {
      readonly axis?: 'time' | 'event'
      readonly instance: number
      readonly from: number
      readonly to: number
      readonly first: number
      readonly count: number
    }
    readonly gives: InotifyRows
  }
  /** The next (1) or previous (-1) change of an instance, of one watch if one is given, whose text has these words. */
  'inotify-step': {
    readonly takes: {
      readonly instance: number
      readonly wd: number | undefined
      readonly words: string
      readonly at: Position
      readonly step: -1 | 1
    }
    readonly gives: { readonly event: number | undefined; readonly time: number }
  }
}

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
  /** What Linux would have queued and NetBSD did not; what NetBSD queued and Linux would not, or otherwise. */
  readonly ghosts: number
  readonly differing: number
}

export interface InotifyShown {
  readonly instance: InotifyInstance
  readonly watches: readonly InotifyWatch[]
  /** What stands in the queue at the position, first first; at most a hundred. */
  readonly queue: readonly InotifyRecordText[]
  readonly depths: readonly DepthPoint[]
  readonly deepest: number
  /** The length of Linux's queue; empty where nothing differs. */
  readonly linuxDepths: readonly DepthPoint[]
  readonly bars: readonly InotifyBar[]
  readonly ghosts: readonly InotifyGhost[]
  /** The most ghosts that stood there at once. */
  readonly ghostsDeepest: number
  readonly reads: readonly InotifyRead[]
  /** Whether all reads of the window are there, or one stands for others. */
  readonly readsComplete: boolean
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

/** The queue's length from a place on; over a slice the least and the most of it. */
export interface DepthPoint {
  readonly at: number
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
  /** When it was queued and read; undefined: nobody has read it. */
  readonly time: number
  readonly readTime: number | undefined
  /** Both as places. */
  readonly from: number
  readonly to: number | undefined
  /** How many stood before it when it came. */
  readonly row: number
  /** How Linux has it; undefined: likewise. */
  readonly linux: InotifyOnLinux | undefined
}

/** `absent`: Linux would not have queued it; `merged`: it would have dropped it, as equal to the last or for want of room. */
export interface InotifyOnLinux {
  readonly fate: 'absent' | 'merged' | 'otherwise'
  readonly text: string
  /** Of a rename's half. */
  readonly cookie: number
}

/** What Linux would have queued and NetBSD did not. `row`: how many such stood before it. */
export interface InotifyGhost {
  readonly event: number
  readonly wd: number
  readonly text: string
  readonly name: string
  readonly cookie: number
  readonly time: number
  readonly readTime: number | undefined
  readonly from: number
  readonly to: number | undefined
  readonly row: number
}

export interface InotifyRead {
  readonly event: number
  readonly time: number
  /** The place. */
  readonly at: number
  readonly tid: number
  readonly count: number
  readonly bytes: number
  /** Where the first of what it took had been queued, and how long that had waited, ns. */
  readonly since: number
  readonly waited: number
}

/** Something happened to a watched file, as the vnode's note says it. */
export interface InotifyNote {
  readonly event: number
  readonly time: number
  /** The place. */
  readonly at: number
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
  /** The place. */
  readonly at: number
  readonly kind: 'merged' | 'lost' | 'divergence' | 'ghost-merged'
  readonly wd: number
  readonly text: string
}

export interface InotifySlice {
  readonly from: number
  readonly to: number
  readonly wd: number
  readonly count: number
  /** Of them ghosts. */
  readonly ghosts: number
  /** The first event in it, and the last. */
  readonly first: number
  readonly event: number
}

export interface InotifyRows extends Extent {
  /** How many there are between the two times. */
  readonly total: number
  readonly rows: readonly InotifyRow[]
}

export interface InotifyRow {
  readonly event: number
  readonly time: number
  readonly tid: number
  readonly kind: 'record' | 'ghost' | InotifyMark['kind']
  readonly wd: number
  readonly path: string
  readonly text: string
  readonly cookie: number
  /** When it was read, and by which thread; undefined: it was not. */
  readonly readAt: number | undefined
  readonly readBy: number | undefined
  /** How Linux has it, in words; empty: likewise. */
  readonly linux: string
}
