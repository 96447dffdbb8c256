/** Pairs the beginnings and ends of system calls, thread by thread, and keeps of a beginning what its line needs at the end. */
import { Call, type DecodeOptions } from './call.ts'
import { HEADER_BYTES, OUTCOME_NEVER_RETURNS } from './grammar.ts'
import { callByNumber, type KnownCall } from './syscalls.ts'

/** A call of one thread, from its beginning to its end; the object is used again for the thread's next call. */
export class TrackedCall {
  readonly tid: number
  readonly pid: number
  readonly call: Call
  known: KnownCall = callByNumber(0)
  /** In progress. */
  active = false
  /** ns. */
  begun = 0
  ended = 0
  outcome = 0
  /** The arguments known at the beginning, as text; made at the end if nothing can change it until then. */
  firstPart: string | undefined
  /** The line so far was printed, because something else came between. */
  interrupted = false

  constructor(pid: number, tid: number, options: DecodeOptions, describe: (fd: number) => string | undefined) {
    this.pid = pid
    this.tid = tid
    this.call = new Call(options, describe)
    this.call.pid = pid
    this.call.tid = tid
  }
}

const LOW_ERROR = 0xffff_f001
const ENTER_CAPTURES = HEADER_BYTES + 52
const EXIT_CAPTURES = HEADER_BYTES + 13

/** The arguments from..to as text. */
export type RenderArguments = (tracked: TrackedCall, from: number, to: number) => string

export class CallTracker {
  readonly #threads = new Map<number, TrackedCall>()
  readonly #options: DecodeOptions
  readonly #render: RenderArguments
  readonly #describe: (pid: number, fd: number) => string | undefined
  #recent: TrackedCall | undefined

  constructor(
    options: DecodeOptions,
    describe: (pid: number, fd: number) => string | undefined,
    render: RenderArguments,
  ) {
    this.#options = options
    this.#describe = describe
    this.#render = render
  }

  /** Takes a `syscall-enter` record. */
  enter(view: DataView, at: number): TrackedCall {
    const tid = view.getUint32(at + 12, true)
    const pid = view.getUint32(at + 8, true)
    const tracked = this.#thread(pid, tid)
    const call = tracked.call
    const nr = view.getUint32(at + HEADER_BYTES, true)
    tracked.known = callByNumber(nr)
    tracked.active = true
    tracked.interrupted = false
    tracked.firstPart = undefined
    tracked.begun = view.getFloat64(at + 16, true)
    call.nr = nr
    call.exiting = false
    call.error = 0
    call.resultLow = 0
    call.resultHigh = 0
    for (let i = 0; i < 6; i++) {
      call.low[i] = view.getUint32(at + HEADER_BYTES + 4 + 8 * i, true)
      call.high[i] = view.getUint32(at + HEADER_BYTES + 8 + 8 * i, true)
    }
    const captured = view.getUint16(at + ENTER_CAPTURES, true) > 0
    call.exit.clear()
    if (captured) call.entry.load(view, at + ENTER_CAPTURES)
    else call.entry.clear()
    if (captured || this.#options.paths) {
      tracked.firstPart = this.#render(tracked, 0, tracked.known.known)
      if (captured && tracked.known.keepsEntry) call.entry.keep()
      else call.entry.clear()
    }
    return tracked
  }

  /** Takes a `syscall-exit` record; undefined if the beginning was not seen. The captures hold until the record goes. */
  exit(view: DataView, at: number): TrackedCall | undefined {
    const tracked = this.#thread(view.getUint32(at + 8, true), view.getUint32(at + 12, true))
    const call = tracked.call
    if (!tracked.active || call.nr !== view.getUint32(at + HEADER_BYTES, true)) return undefined
    tracked.firstPart ??= this.#render(tracked, 0, tracked.known.known)
    tracked.active = false
    tracked.ended = view.getFloat64(at + 16, true)
    tracked.outcome = view.getUint8(at + HEADER_BYTES + 4)
    call.exiting = true
    call.resultLow = view.getUint32(at + HEADER_BYTES + 5, true)
    call.resultHigh = view.getUint32(at + HEADER_BYTES + 9, true)
    call.error = call.resultHigh === 0xffff_ffff && call.resultLow >= LOW_ERROR ? -(call.resultLow | 0) : 0
    if (view.getUint16(at + EXIT_CAPTURES, true) > 0) call.exit.load(view, at + EXIT_CAPTURES)
    return tracked
  }

  /** The call that a dying thread is still in. */
  abandon(tid: number): TrackedCall | undefined {
    const tracked = this.#threads.get(tid)
    this.#threads.delete(tid)
    if (this.#recent?.tid === tid) this.#recent = undefined
    if (tracked === undefined || !tracked.active) return undefined
    tracked.active = false
    tracked.firstPart ??= this.#render(tracked, 0, tracked.known.known)
    tracked.outcome = OUTCOME_NEVER_RETURNS
    tracked.call.exiting = true
    tracked.call.error = 1
    return tracked
  }

  /** The call that a thread is in. */
  active(tid: number): TrackedCall | undefined {
    const tracked = this.#threads.get(tid)
    return tracked?.active === true ? tracked : undefined
  }

  /** Threads of a process that are in a call. */
  activeOf(pid: number): TrackedCall[] {
    return [...this.#threads.values()].filter(t => t.pid === pid && t.active)
  }

  #thread(pid: number, tid: number): TrackedCall {
    if (this.#recent !== undefined && this.#recent.tid === tid && this.#recent.pid === pid) return this.#recent
    let found = this.#threads.get(tid)
    if (found === undefined || found.pid !== pid) {
      found = new TrackedCall(pid, tid, this.#options, fd => this.#describe(pid, fd))
      this.#threads.set(tid, found)
    }
    this.#recent = found
    return found
  }
}
