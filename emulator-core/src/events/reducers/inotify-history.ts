/**
 * What happened to one inotify instance over time: each record from its queueing to its reading, the depth, the reads; and beside it what Linux
 * would have queued (`inotify-shadow`).
 */
import {
  type AnyEvent,
  type EventOf,
  LINUX_MERGED,
  LINUX_ONLY,
  LINUX_OTHERWISE,
  NETBSD_ONLY,
  NO_RECORD,
} from '../grammar.ts'
import { Bytes, Words } from './column.ts'
import { type Axis, Moments } from './lanes.ts'
import { StepTrack } from './timeline.ts'

const UNREAD = 0xffff_ffff
const NONE = 0xffff_ffff

/** Records of one queue, in the order in which they came, which is that in which they are read. */
export class QueueHistory {
  /** When each came; its watch, and how many stood before it. */
  readonly came = new Moments()
  readonly watches = new Words()
  readonly rows = new Words()
  readonly #readBy = new Words()
  /** When each read was, and how many records had been read after it. */
  readonly reads = new Moments()
  readonly #readUpTo = new Words()
  /** When the records of each watch came. */
  readonly ofWatch = new Map<number, Moments>()
  #read = 0

  queued(event: AnyEvent, wd: number, row: number): void {
    this.came.push(event.time, event.index)
    this.watches.push(wd >>> 0)
    this.rows.push(row)
    let own = this.ofWatch.get(wd)
    if (own === undefined) {
      own = new Moments()
      this.ofWatch.set(wd, own)
    }
    own.push(event.time, event.index)
    this.#readBy.push(UNREAD)
  }

  wasRead(event: AnyEvent, count: number): void {
    const upTo = Math.min(this.came.length, this.#read + count)
    for (; this.#read < upTo; this.#read++) this.#readBy.set(this.#read, this.reads.length)
    this.reads.push(event.time, event.index)
    this.#readUpTo.push(upTo)
  }

  /** How many stand in it now. */
  get waiting(): number {
    return this.came.length - this.#read
  }

  /** The read that took record number `i`; undefined: it was not read. */
  readOf(i: number): { readonly event: number; readonly time: number } | undefined {
    const read = this.#readBy.at(i)
    return read === UNREAD ? undefined : { event: this.reads.events.at(read), time: this.reads.times.at(read) }
  }

  /** The records that read number `read` took: `from` … `to - 1`. */
  takenBy(read: number): { readonly from: number; readonly to: number } {
    return { from: read === 0 ? 0 : this.#readUpTo.at(read - 1), to: this.#readUpTo.at(read) }
  }

  /** Numbers of the records that were in the queue somewhere between the two places: `from` … `to - 1`. */
  between(axis: Axis, from: number, to: number): { readonly from: number; readonly to: number } {
    // Records leave in the order in which they came: those read before `from` are the first ones.
    const reads = this.reads.along(axis).countBelow(from)
    return { from: reads === 0 ? 0 : this.#readUpTo.at(reads - 1), to: this.came.along(axis).countUpTo(to) }
  }
}

/** What stands in a row of the table. */
export const ROW_RECORD = 0
export const ROW_GHOST = 1
export const ROW_MARK = 2

export class InotifyHistory {
  readonly queue = new QueueHistory()
  /** What Linux would have queued and NetBSD did not; a row is how many of them stood there. */
  readonly ghosts = new QueueHistory()
  readonly depth = new StepTrack()
  /** The length of Linux's queue; only as long as `hasShadow` says does it differ. */
  readonly linuxDepth = new StepTrack()
  hasShadow = false
  /** Of each record of the queue the event that says how Linux has it; NONE: likewise. */
  readonly #shadows = new Words()
  /** Merged and lost records, and divergences. */
  readonly marks = new Moments()
  /** What happened to watched files: when, and the watches. */
  readonly notes = new Moments()
  readonly noteWatches = new Words()
  /** Everything that a table has a row for, in order: when it was, what it is, and which one of those. */
  readonly rows = new Moments()
  readonly rowKinds = new Bytes()
  readonly rowNumbers = new Words()
  /** Everything that changed something, in order, and the watch; NONE: of all. */
  readonly changes = new Words()
  readonly changeWatches = new Words()
  #linux = 0

  take(event: AnyEvent): void {
    switch (event.kind) {
      case 'inotify-enqueue':
        this.#row(event, ROW_RECORD, this.queue.came.length, event.wd)
        this.queue.queued(event, event.wd, event.depth - 1)
        this.#shadows.push(NONE)
        this.depth.push(event.time, event.index, event.depth)
        this.#linuxIs(event, this.#linux + 1)
        return
      case 'inotify-read':
        this.queue.wasRead(event, event.count)
        this.depth.push(event.time, event.index, event.depth)
        this.#linuxIs(event, Math.max(0, this.#linux - event.count))
        this.#change(event, NONE)
        return
      case 'inotify-shadow':
        this.#shadow(event)
        return
      case 'inotify-shadow-read':
        this.ghosts.wasRead(event, event.ghosts)
        this.#linuxIs(event, event.depth)
        return
      case 'inotify-merge':
      case 'inotify-overflow':
        this.#mark(event, event.wd)
        return
      case 'divergence':
        this.#mark(event, NONE)
        return
      case 'inotify-close':
        this.depth.push(event.time, event.index, 0)
        this.#linuxIs(event, 0)
    }
  }

  #shadow(event: EventOf<'inotify-shadow'>): void {
    this.hasShadow = true
    const { what, record, wd } = event
    if (what === LINUX_ONLY) {
      this.#row(event, ROW_GHOST, this.ghosts.came.length, wd)
      this.ghosts.queued(event, wd, this.ghosts.waiting)
    } else if (record !== NO_RECORD && record < this.#shadows.length) this.#shadows.set(record, event.index)
    else if (what === LINUX_MERGED) this.#mark(event, wd)
    this.#linuxIs(event, event.depth)
  }

  #linuxIs(event: AnyEvent, depth: number): void {
    this.#linux = depth
    this.linuxDepth.push(event.time, event.index, depth)
  }

  #mark(event: AnyEvent, wd: number): void {
    this.#row(event, ROW_MARK, this.marks.length, wd)
    this.marks.push(event.time, event.index)
  }

  #row(event: AnyEvent, kind: number, number: number, wd: number): void {
    this.rows.push(event.time, event.index)
    this.rowKinds.push(kind)
    this.rowNumbers.push(number)
    this.#change(event, wd)
  }

  #change(event: AnyEvent, wd: number): void {
    this.changes.push(event.index)
    this.changeWatches.push(wd >>> 0)
  }

  /** Something happened to the file of a watch. */
  note(event: AnyEvent, wd: number): void {
    this.notes.push(event.time, event.index)
    this.noteWatches.push(wd)
  }

  /** The event that says how Linux has record number `i`; undefined: likewise. */
  shadowOf(i: number): number | undefined {
    const event = this.#shadows.at(i)
    return event === NONE ? undefined : event
  }
}

/** How a record of NetBSD's queue is on Linux; undefined: likewise. */
export type LinuxFate = 'absent' | 'merged' | 'otherwise'

export const fateOf = ({ what }: EventOf<'inotify-shadow'>): LinuxFate =>
  what === NETBSD_ONLY ? 'absent' : what === LINUX_OTHERWISE ? 'otherwise' : 'merged'
