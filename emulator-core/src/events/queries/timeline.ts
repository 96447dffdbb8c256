/** The questions of the timeline. */
import type { CallState } from './calls.ts'
import type { Extent, Position } from './common.ts'

export interface TimelineQueries {
  /** A part of the timeline: lanes of threads. `axis`: places are ns, or numbers of events. */
  timeline: {
    readonly takes: {
      readonly axis: 'time' | 'event'
      readonly at: Position
      readonly from: number
      readonly to: number
      /** Bars that a lane may have; if there are more, it gets so many slices, and only the bars that are not lost in them. */
      readonly most: number
      readonly slices: number
      readonly firstLane: number
      readonly lanes: number
    }
    readonly gives: Timeline
  }
  /** Where the call, or what else it is, that an event belongs to is to be seen. */
  'timeline-place': {
    readonly takes: { readonly axis: 'time' | 'event'; readonly event: number }
    readonly gives: TimelinePlace
  }
  /** The whole run in 240 slices. */
  'timeline-overview': {
    readonly takes: { readonly axis: 'time' | 'event' }
    readonly gives: TimelineOverview
  }
}

export interface Timeline extends Extent {
  /** Where the run begins and ends on the axis. */
  readonly first: number
  readonly last: number
  /** The part that was asked for. */
  readonly from: number
  readonly to: number
  readonly firstLane: number
  /** Where the position is on it; undefined: live. */
  readonly at: number | undefined
  /** Lanes there are in all. */
  readonly count: number
  readonly lanes: readonly TimelineLane[]
  readonly wakes: readonly TimelineWake[]
  /** In place of wakes where they are too many. */
  readonly flows: readonly TimelineFlow[]
  /** Wakes between threads that are shown, which are neither. */
  readonly wakesHidden: number
}

export interface TimelinePlace extends Extent {
  /** The row's first event. */
  readonly event: number
  readonly from: number
  readonly to: number
  /** The number of its lane; undefined: it has none. */
  readonly lane: number | undefined
}

export interface TimelineOverview extends Extent {
  readonly first: number
  readonly last: number
  /** By slice. */
  readonly calls: readonly number[]
  readonly failures: readonly number[]
}

export interface TimelineLane {
  readonly pid: number
  readonly tid: number
  readonly name: string
  readonly begun: number
  readonly ended: number | undefined
  readonly calls: number
  readonly bars: readonly TimelineBar[]
  /** Where the calls are too many for bars; then the bars are those that took long. */
  readonly slices: TimelineDensities | undefined
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

/** Of each slice of the part that was asked for. */
export interface TimelineDensities {
  readonly calls: readonly number[]
  readonly failures: readonly number[]
  readonly divergences: readonly number[]
  /** The share of the slice that the thread slept, 0 to 1. */
  readonly waited: readonly number[]
  /** The first event of the first call that begins in it; -1 if none does. */
  readonly firsts: readonly number[]
}

export interface TimelineMark {
  readonly event: number
  readonly at: number
  readonly kind: 'signal' | 'start' | 'exec' | 'exit'
  readonly text: string
  /** More than 1: so many marks stand there together; the event is the first one's. */
  readonly count: number
}

/** A thread woke another one. */
export interface TimelineWake {
  readonly event: number
  readonly at: number
  readonly by: number
  readonly tid: number
}

/** So many wakes of one thread by another in a piece of the axis; about, if there are very many. */
export interface TimelineFlow {
  /** The first of them. */
  readonly event: number
  /** In the middle of them. */
  readonly at: number
  readonly by: number
  readonly tid: number
  readonly count: number
}
