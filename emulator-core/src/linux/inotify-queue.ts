/** The queue of an inotify instance: fs/notify/notification.c, fs/notify/inotify/inotify_fsnotify.c (inotify_merge), inotify_user.c (inotify_read). */
import { IN_Q_OVERFLOW, type InotifyRecord, recordSize } from '../compat-linux/inotify-constants.ts'

/** Names are filled up with zeros to a multiple of this. */
export const PADDING = 16

/** What became of a record; the queue's length is then `depth`. */
export interface InotifyOutlet {
  queued(record: InotifyRecord, depth: number): void
  /** It equals the last one. */
  merged(record: InotifyRecord): void
  /** The queue is full; the first one that is lost is followed by a queued record that says so. */
  lost(record: InotifyRecord): void
}

export class InotifyQueue {
  #records: InotifyRecord[] = []
  readonly #most: number
  readonly #outlet: InotifyOutlet

  /** @param most records that may wait, beside the one that says that there were more. */
  constructor(most: number, outlet: InotifyOutlet) {
    this.#most = most
    this.#outlet = outlet
  }

  get length(): number {
    return this.#records.length
  }

  /** Bytes that all of it would take. */
  get bytes(): number {
    return this.#records.reduce((sum, each) => sum + recordSize(each, PADDING), 0)
  }

  put(record: InotifyRecord): void {
    const last = this.#records[this.#records.length - 1]
    if (last !== undefined && last.wd === record.wd && last.mask === record.mask && last.name === record.name) {
      this.#outlet.merged(record)
      return
    }
    let queued = record
    if (this.#records.length >= this.#most) {
      this.#outlet.lost(record)
      if (last?.mask === IN_Q_OVERFLOW) return
      queued = { wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' }
    }
    this.#records.push(queued)
    this.#outlet.queued(queued, this.#records.length)
  }

  /** How many whole records from the front there is room for, in bytes. */
  fitting(room: number): number {
    let left = room
    const misfit = this.#records.findIndex(each => {
      left -= recordSize(each, PADDING)
      return left < 0
    })
    return misfit < 0 ? this.#records.length : misfit
  }

  first(count: number): readonly InotifyRecord[] {
    return this.#records.slice(0, count)
  }

  drop(count: number): void {
    this.#records = this.#records.slice(count)
  }
}
