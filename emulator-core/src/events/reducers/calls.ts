/** The rows of the call list, as columns of numbers: a million rows are some forty megabytes. What a row says is decoded when somebody looks. */
import { HEADER_BYTES, kindNumber, OUTCOME_NEVER_RETURNS, OUTCOME_RESTART, OUTCOME_UNIMPLEMENTED } from '../grammar.ts'
import type { CallState, RowKind } from '../queries.ts'
import { Bytes, Doubles, Shorts, Words } from './column.ts'

export const NONE = 0xffff_ffff
const KINDS: readonly RowKind[] = ['call', 'signal', 'start', 'exit']
const STATES: readonly CallState[] = [
  'running',
  'waiting',
  'done',
  'failed',
  'restarted',
  'unimplemented',
  'never-returns',
]
const RUNNING = 0
const WAITING = 1
const DONE = 2
const FAILED = 3
const RESTARTED = 4
const UNIMPLEMENTED = 5
const NEVER_RETURNS = 6

const HAS_NATIVE = 1
const HAS_DIVERGENCE = 2

const ENTER = kindNumber['syscall-enter']
const EXIT = kindNumber['syscall-exit']
const KEVENT_CALL = kindNumber['kevent-call']
const NATIVE_CALL = kindNumber['native-call']
const DIVERGENCE = kindNumber.divergence
const SLEEP = kindNumber.sleep
const WAKE = kindNumber.wake
const SIGNAL = kindNumber.signal
const PROCESS_START = kindNumber['process-start']
const THREAD_START = kindNumber['thread-start']
const PROCESS_EXIT = kindNumber['process-exit']
const THREAD_EXIT = kindNumber['thread-exit']

const EXIT_RESULT = HEADER_BYTES + 5
const LOW_ERROR = 0xffff_f001
/** Numbers of calls are small; any other is remembered as this one, and read from its record. */
export const OTHER_NUMBER = 0xffff

interface Open {
  readonly row: number
  readonly pid: number
  /** The last link of its chain. */
  link: number
}

export class CallTable {
  readonly #kind = new Bytes()
  readonly #state = new Bytes()
  readonly #marks = new Bytes()
  readonly #nr = new Shorts()
  readonly #errno = new Shorts()
  readonly #first = new Words()
  readonly #last = new Words()
  readonly #pid = new Words()
  readonly #tid = new Words()
  readonly #begun = new Doubles()
  readonly #ended = new Doubles()
  /** Chains of the events inside the rows that rows show: native calls and divergences. */
  readonly #chain = new Words()
  readonly #linkEvent = new Words()
  readonly #linkNext = new Words()
  readonly #open = new Map<number, Open>()
  readonly #listeners = new Set<(row: number) => void>()
  failures = 0
  divergences = 0
  calls = 0
  readonly threads = new Set<number>()
  /** Numbers of the calls that were made. */
  readonly numbers = new Set<number>()

  get length(): number {
    return this.#first.length
  }

  /** Calls back when what is known of a row that was there has changed. */
  listen(listener: (row: number) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes the next record. */
  record(view: DataView, at: number, index: number): void {
    switch (view.getUint8(at + 4)) {
      case ENTER:
        this.#enter(view, at, index)
        return
      case EXIT:
        this.#exit(view, at, index)
        return
      case KEVENT_CALL:
      case NATIVE_CALL:
        this.#link(view.getUint32(at + 12, true), index, HAS_NATIVE)
        return
      case DIVERGENCE:
        this.divergences++
        this.#link(view.getUint32(at + 12, true), index, HAS_DIVERGENCE)
        return
      case SLEEP:
        this.#setState(view.getUint32(at + 12, true), WAITING)
        return
      case WAKE:
        this.#setState(view.getUint32(at + 12, true), RUNNING)
        return
      case SIGNAL:
        this.#other(1, view, at, index)
        return
      case THREAD_START:
        if (view.getUint32(at + 8, true) === view.getUint32(at + 12, true)) return
        this.#other(2, view, at, index)
        return
      case PROCESS_START:
        this.#other(2, view, at, index)
        return
      case THREAD_EXIT:
        this.#abandon(view.getUint32(at + 12, true), view.getFloat64(at + 16, true), index)
        // The first thread's end is its process's.
        if (view.getUint32(at + 8, true) !== view.getUint32(at + 12, true)) this.#other(3, view, at, index)
        return
      case PROCESS_EXIT: {
        const pid = view.getUint32(at + 8, true)
        for (const [tid, open] of this.#open)
          if (open.pid === pid) this.#abandon(tid, view.getFloat64(at + 16, true), index)
        this.#other(3, view, at, index)
      }
    }
  }

  #push(kind: number, state: number, nr: number, view: DataView, at: number, index: number): number {
    const row = this.#first.length
    const time = view.getFloat64(at + 16, true)
    const tid = view.getUint32(at + 12, true)
    this.#kind.push(kind)
    this.#state.push(state)
    this.#marks.push(0)
    this.#nr.push(nr)
    this.#errno.push(0)
    this.#first.push(index)
    this.#last.push(kind === 0 ? NONE : index)
    this.#pid.push(view.getUint32(at + 8, true))
    this.#tid.push(tid)
    this.#begun.push(time)
    this.#ended.push(time)
    this.#chain.push(NONE)
    if (tid !== 0) this.threads.add(tid)
    return row
  }

  #other(kind: number, view: DataView, at: number, index: number): void {
    this.#push(kind, DONE, OTHER_NUMBER, view, at, index)
  }

  #enter(view: DataView, at: number, index: number): void {
    const nr = view.getUint32(at + HEADER_BYTES, true)
    const tid = view.getUint32(at + 12, true)
    const row = this.#push(0, RUNNING, Math.min(nr, OTHER_NUMBER), view, at, index)
    this.calls++
    this.numbers.add(nr)
    this.#open.set(tid, { row, pid: view.getUint32(at + 8, true), link: NONE })
  }

  #exit(view: DataView, at: number, index: number): void {
    const tid = view.getUint32(at + 12, true)
    const open = this.#open.get(tid)
    if (open === undefined) return
    const { row } = open
    if (this.#nr.at(row) !== Math.min(view.getUint32(at + HEADER_BYTES, true), OTHER_NUMBER)) return
    this.#open.delete(tid)
    const low = view.getUint32(at + EXIT_RESULT, true)
    const failed = view.getUint32(at + EXIT_RESULT + 4, true) === NONE && low >= LOW_ERROR
    const outcome = view.getUint8(at + HEADER_BYTES + 4)
    this.#last.set(row, index)
    this.#ended.set(row, view.getFloat64(at + 16, true))
    this.#errno.set(row, failed ? -(low | 0) : 0)
    if (failed) this.failures++
    this.#state.set(row, stateOf(outcome, failed))
    this.#tell(row)
  }

  /** A call that its thread will not come back from. */
  #abandon(tid: number, time: number, index: number): void {
    const open = this.#open.get(tid)
    if (open === undefined) return
    this.#open.delete(tid)
    this.#last.set(open.row, index)
    this.#ended.set(open.row, time)
    this.#state.set(open.row, NEVER_RETURNS)
    this.#tell(open.row)
  }

  #link(tid: number, event: number, mark: number): void {
    const open = this.#open.get(tid)
    if (open === undefined) return
    const link = this.#linkEvent.length
    this.#linkEvent.push(event)
    this.#linkNext.push(NONE)
    if (open.link === NONE) this.#chain.set(open.row, link)
    else this.#linkNext.set(open.link, link)
    open.link = link
    const marks = this.#marks.at(open.row)
    if ((marks & mark) !== 0) return
    this.#marks.set(open.row, marks | mark)
    this.#tell(open.row)
  }

  #setState(tid: number, state: number): void {
    const open = this.#open.get(tid)
    if (open === undefined || this.#state.at(open.row) === state) return
    this.#state.set(open.row, state)
    this.#tell(open.row)
  }

  #tell(row: number): void {
    for (const listener of this.#listeners) listener(row)
  }

  kind(row: number): RowKind {
    return KINDS[this.#kind.at(row)]
  }

  state(row: number): CallState {
    return STATES[this.#state.at(row)]
  }

  hasEnded(row: number): boolean {
    return this.#last.at(row) !== NONE
  }

  nr(row: number): number {
    return this.#nr.at(row)
  }

  /** Linux's errno; 0: it did not fail. */
  errno(row: number): number {
    return this.#errno.at(row)
  }

  pid(row: number): number {
    return this.#pid.at(row)
  }

  tid(row: number): number {
    return this.#tid.at(row)
  }

  begun(row: number): number {
    return this.#begun.at(row)
  }

  /** ns; undefined while it goes on. */
  duration(row: number): number | undefined {
    return this.hasEnded(row) ? this.#ended.at(row) - this.#begun.at(row) : undefined
  }

  first(row: number): number {
    return this.#first.at(row)
  }

  /** The event that ended it; NONE while it goes on. */
  last(row: number): number {
    return this.#last.at(row)
  }

  /** Rows of calls that have not come back: one for each thread at most. */
  *openRows(): Iterable<number> {
    for (const { row } of this.#open.values()) yield row
  }

  /** Whether it has a line under its own. */
  hasSecondLine(row: number): boolean {
    return this.#marks.at(row) !== 0
  }

  hasDivergence(row: number): boolean {
    return (this.#marks.at(row) & HAS_DIVERGENCE) !== 0
  }

  /** Its native calls and divergences: numbers of events, at most `most`. */
  inside(row: number, most: number): number[] {
    const found: number[] = []
    for (let link = this.#chain.at(row); link !== NONE && found.length < most; link = this.#linkNext.at(link))
      found.push(this.#linkEvent.at(link))
    return found
  }

  /** How many rows begin before that time. */
  rowsBegunBefore(time: number): number {
    return this.#begun.countBelow(time)
  }

  /** The last row that begins at or before the event; -1 if there is none. */
  rowAt(event: number): number {
    return this.#first.countUpTo(event) - 1
  }

  /** The row to which an event of the thread belongs, if that is not long before; else the last row before it. */
  rowOf(event: number, tid: number): number {
    const last = this.rowAt(event)
    for (let row = last; row >= 0 && row > last - 4096; row--) {
      if (this.#tid.at(row) !== tid) continue
      return this.#last.at(row) >= event ? row : last
    }
    return last
  }
}

function stateOf(outcome: number, failed: boolean): number {
  if (outcome === OUTCOME_RESTART) return RESTARTED
  if (outcome === OUTCOME_NEVER_RETURNS) return NEVER_RETURNS
  if (outcome === OUTCOME_UNIMPLEMENTED) return UNIMPLEMENTED
  return failed ? FAILED : DONE
}
