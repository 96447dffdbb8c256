/** What happened to one inotify instance over time: each record from its queueing to its reading, the depth, the reads. */
import type { AnyEvent } from '../grammar.ts'
import { Doubles, Words } from './column.ts'
import { StepTrack } from './timeline.ts'

const UNREAD = 0xffff_ffff

export class InotifyHistory {
  /** Of each record that was queued: its event, time, watch, how many stood before it, and the read that took it. */
  readonly events = new Words()
  readonly times = new Doubles()
  readonly watches = new Words()
  readonly rows = new Words()
  readonly #readBy = new Words()
  readonly depth = new StepTrack()
  /** Of each read: its event and time, and how many records had been read after it. */
  readonly reads = new Words()
  readonly readTimes = new Doubles()
  readonly #readUpTo = new Words()
  /** Merged and lost records, and divergences. */
  readonly marks = new Words()
  readonly markTimes = new Doubles()
  /** What happened to watched files: events, times, watches. */
  readonly notes = new Words()
  readonly noteTimes = new Doubles()
  readonly noteWatches = new Words()
  #read = 0

  take(event: AnyEvent): void {
    switch (event.kind) {
      case 'inotify-enqueue':
        this.events.push(event.index)
        this.times.push(event.time)
        this.watches.push(event.wd >>> 0)
        this.rows.push(event.depth - 1)
        this.#readBy.push(UNREAD)
        this.depth.push(event.time, event.depth)
        return
      case 'inotify-read': {
        const upTo = Math.min(this.events.length, this.#read + event.count)
        for (; this.#read < upTo; this.#read++) this.#readBy.set(this.#read, this.reads.length)
        this.reads.push(event.index)
        this.readTimes.push(event.time)
        this.#readUpTo.push(upTo)
        this.depth.push(event.time, event.depth)
        return
      }
      case 'inotify-merge':
      case 'inotify-overflow':
      case 'divergence':
        this.marks.push(event.index)
        this.markTimes.push(event.time)
        return
      case 'inotify-close':
        this.depth.push(event.time, 0)
    }
  }

  /** Something happened to the file of a watch. */
  note(event: AnyEvent, wd: number): void {
    this.notes.push(event.index)
    this.noteTimes.push(event.time)
    this.noteWatches.push(wd)
  }

  /** The read that took record number `i`; undefined: it was not read. */
  readOf(i: number): { readonly event: number; readonly time: number } | undefined {
    const read = this.#readBy.at(i)
    return read === UNREAD ? undefined : { event: this.reads.at(read), time: this.readTimes.at(read) }
  }

  /** Numbers of the records that were in the queue at some time between the two: `from` … `to - 1`. */
  between(from: number, to: number): { readonly from: number; readonly to: number } {
    // Records leave in the order in which they came: those read before `from` are the first ones.
    const reads = this.readTimes.countBelow(from)
    return { from: reads === 0 ? 0 : this.#readUpTo.at(reads - 1), to: this.times.countUpTo(to) }
  }
}
