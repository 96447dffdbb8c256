/** What each thread did when, as columns: rows of calls, waits, wake-ups and marks. A slice of a million of them costs a few searches. */
import { kindNumber } from '../grammar.ts'
import { Bytes, countsBefore, Doubles, Words } from './column.ts'
import { LongSpans } from './long-spans.ts'

const SLEEP = kindNumber.sleep
const WAKE = kindNumber.wake
const DIVERGENCE = kindNumber.divergence
/** What is marked on a lane, the most important first. */
export const MARKS = ['signal', 'process-exit', 'thread-exit', 'exec', 'process-start', 'thread-start'] as const
const MARKED = new Map(MARKS.map((kind, i) => [kindNumber[kind], i]))
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

  /** How many lie before each of the places, which rise. */
  before(places: readonly number[], axis: Axis): number[] {
    const column = this.along(axis)
    return countsBefore(column.length, places, (i, place) => column.at(i) < place)
  }

  /** The column by which an axis goes. */
  along(axis: Axis): Doubles | Words {
    return axis === 'time' ? this.times : this.events
  }
}

export type Axis = 'time' | 'event'

/** Waits of a thread: they do not overlap. What it slept before each of them is summed, in ns and in events. */
export class Waits {
  readonly begun = new Moments()
  readonly ended = new Moments()
  readonly #slept = { time: new Doubles(), event: new Doubles() }

  begin(time: number, event: number): void {
    if (this.begun.length > this.ended.length) this.end(time, event)
    this.begun.push(time, event)
  }

  end(time: number, event: number): void {
    if (this.begun.length === this.ended.length) return
    const last = this.ended.length
    const before = (sums: Doubles) => (last === 0 ? 0 : sums.at(last - 1))
    this.ended.push(time, event)
    this.#slept.time.push(before(this.#slept.time) + time - this.begun.times.at(last))
    this.#slept.event.push(before(this.#slept.event) + event - this.begun.events.at(last))
  }

  /** How much of the axis before each of the places, which rise, was slept. */
  until(places: readonly number[], axis: Axis): number[] {
    const sums = this.#slept[axis]
    const [begun, ended] = [this.begun.along(axis), this.ended.along(axis)]
    const wholes = countsBefore(ended.length, places, (i, place) => ended.at(i) <= place)
    return wholes.map((whole, i) => {
      const sum = whole === 0 ? 0 : sums.at(whole - 1)
      return sum + (whole < begun.length ? Math.max(0, places[i] - begun.at(whole)) : 0)
    })
  }
}

/** Things marked on a lane, by what they are. */
export class Marks extends Moments {
  /** Numbers in MARKS. */
  readonly kinds = new Bytes()
}

/** Threads that woke other ones. */
export class Wakes extends Moments {
  readonly by = new Words()
  readonly tids = new Words()
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
  readonly marks = new Marks()
  /** Rows that took long, on either axis: what is seen where all others are too small. */
  readonly long = { time: new LongSpans(), event: new LongSpans() }

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
  readonly wakes = new Wakes()
  /** Calls of all threads that failed. */
  readonly failures = new Moments()

  /** Takes the next record. `row`: the row of the call table that it has begun, if one; `failed`: whether it ended a call with an error. */
  record(view: DataView, at: number, index: number, row: number | undefined, failed: boolean): void {
    const tid = view.getUint32(at + 12, true)
    if (tid === 0) return
    const time = view.getFloat64(at + 16, true)
    const kind = view.getUint8(at + 4)
    const lane = this.#laneOf(view.getUint32(at + 8, true), tid, time, index)
    const mark = MARKED.get(kind)
    if (row !== undefined && mark === undefined) lane.rows.push(row)
    if (failed) {
      lane.failures.push(time, index)
      this.failures.push(time, index)
    }
    if (kind === SLEEP) lane.waits.begin(time, index)
    else if (kind === WAKE) {
      lane.waits.end(time, index)
      const by = view.getUint32(at + 32, true)
      if (by === 0) return
      this.wakes.push(time, index)
      this.wakes.by.push(by)
      this.wakes.tids.push(tid)
    } else if (kind === DIVERGENCE) lane.divergences.push(time, index)
    else if (mark !== undefined) {
      lane.marks.push(time, index)
      lane.marks.kinds.push(mark)
      if (!ENDS.has(kind)) return
      lane.waits.end(time, index)
      lane.ended = time
      lane.endedEvent = index
    }
  }

  /** A row of the thread has ended, which took so many ns and events. */
  ended(tid: number, row: number, ns: number, events: number): void {
    const lane = this.#byThread.get(tid)
    lane?.long.time.push(row, ns)
    lane?.long.event.push(row, events)
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
