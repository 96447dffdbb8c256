/** What each thread did when, as columns: rows of calls, waits, wake-ups and marks. A slice of a million of them costs a few searches. */
import { kindNumber } from '../grammar.ts'
import { Doubles, Words } from './column.ts'

const SLEEP = kindNumber.sleep
const WAKE = kindNumber.wake
const DIVERGENCE = kindNumber.divergence
/** What is marked on a lane. */
const MARKED = new Set(
  (['signal', 'process-start', 'thread-start', 'exec', 'process-exit', 'thread-exit'] as const).map(
    kind => kindNumber[kind],
  ),
)
const ENDS = new Set([kindNumber['process-exit'], kindNumber['thread-exit']])

/** Things that happened, in order: by time and by the number of the event. */
export class Moments {
  readonly times = new Doubles()
  readonly events = new Words()

  push(time: number, event: number): void {
    this.times.push(time)
    this.events.push(event)
  }

  get length(): number {
    return this.events.length
  }

  /** The column by which an axis goes. */
  along(axis: Axis): Doubles | Words {
    return axis === 'time' ? this.times : this.events
  }
}

export type Axis = 'time' | 'event'

/** Waits of a thread: they do not overlap. `slept` is the sum of all before. */
export class Waits {
  readonly begun = new Moments()
  readonly ended = new Moments()
  readonly slept = new Doubles()

  begin(time: number, event: number): void {
    if (this.begun.length > this.ended.length) this.end(time, event)
    this.begun.push(time, event)
  }

  end(time: number, event: number): void {
    if (this.begun.length === this.ended.length) return
    const last = this.ended.length
    const before = last === 0 ? 0 : this.slept.at(last - 1)
    this.ended.push(time, event)
    this.slept.push(before + time - this.begun.times.at(last))
  }

  /** ns slept until a time. */
  until(time: number): number {
    const whole = this.ended.times.countUpTo(time)
    const sum = whole === 0 ? 0 : this.slept.at(whole - 1)
    const begun = whole < this.begun.length ? this.begun.times.at(whole) : Number.POSITIVE_INFINITY
    return sum + Math.max(0, time - begun)
  }
}

export class Lane {
  readonly pid: number
  readonly tid: number
  readonly begun: number
  readonly begunEvent: number
  ended: number | undefined
  endedEvent: number | undefined
  /** Rows of the call table. */
  readonly rows = new Words()
  readonly failures = new Moments()
  readonly divergences = new Moments()
  readonly waits = new Waits()
  readonly marks = new Moments()

  constructor(pid: number, tid: number, time: number, event: number) {
    this.pid = pid
    this.tid = tid
    this.begun = time
    this.begunEvent = event
  }
}

export class Lanes {
  readonly #byThread = new Map<number, Lane>()
  /** In the order in which they began. A number that is given again gets a lane of its own. */
  readonly all: Lane[] = []
  /** Wakes by another thread. */
  readonly wakes = new Moments()

  /** Takes the next record. `row`: the row of the call table that it has begun, if one; `failed`: whether it ended a call with an error. */
  record(view: DataView, at: number, index: number, row: number | undefined, failed: boolean): void {
    const tid = view.getUint32(at + 12, true)
    if (tid === 0) return
    const time = view.getFloat64(at + 16, true)
    const kind = view.getUint8(at + 4)
    const lane = this.#laneOf(view.getUint32(at + 8, true), tid, time, index)
    if (row !== undefined && !MARKED.has(kind)) lane.rows.push(row)
    if (failed) lane.failures.push(time, index)
    if (kind === SLEEP) lane.waits.begin(time, index)
    else if (kind === WAKE) {
      lane.waits.end(time, index)
      if (view.getUint32(at + 32, true) !== 0) this.wakes.push(time, index)
    } else if (kind === DIVERGENCE) lane.divergences.push(time, index)
    else if (MARKED.has(kind)) {
      lane.marks.push(time, index)
      if (!ENDS.has(kind)) return
      lane.waits.end(time, index)
      lane.ended = time
      lane.endedEvent = index
    }
  }

  #laneOf(pid: number, tid: number, time: number, index: number): Lane {
    const found = this.#byThread.get(tid)
    // The first thread's end is followed by its process's.
    if (found !== undefined && (found.ended === undefined || found.pid === pid)) return found
    const made = new Lane(pid, tid, time, index)
    this.#byThread.set(tid, made)
    this.all.push(made)
    return made
  }
}
