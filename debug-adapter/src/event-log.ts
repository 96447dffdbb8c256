/**
 * The events of one run, as the adapter keeps them for the views and for the call in progress: taken from the emulator's thread through
 * a ring in shared memory, kept in a file. While this thread is busy the guest waits; nothing is lost.
 */

import { decodeRecord } from '@interlinear/emulator-core/events/codec.ts'
import { DescriptorPaths } from '@interlinear/emulator-core/events/descriptor-paths.ts'
import { type EventKind, kindNumber } from '@interlinear/emulator-core/events/grammar.ts'
import { createRing, RingReader } from '@interlinear/emulator-core/events/ring.ts'
import { EventStore } from '@interlinear/emulator-core/events/store.ts'
import { ViewQueries } from '@interlinear/emulator-core/events/view-queries.ts'
import { errorWords } from '@interlinear/emulator-core/host/error-words.ts'
import { openSpillFile } from '@interlinear/emulator-core/host/spill-file.ts'
import { CallsInProgress } from './calls-in-progress.ts'
import { type JsonEvent, jsonEvent } from './json-event.ts'
import type { Value } from './variables.ts'

/** ms between two looks at the ring. */
const LOOK_MS = 20
/** Records taken before other work of this thread has its turn, and the ms after which it has anyway. */
const AT_ONCE = 4096
const TURN_MS = 10

/** What changes the meaning of descriptors. */
const DESCRIPTOR_KINDS: readonly EventKind[] = ['fd-open', 'fd-close', 'process-start', 'process-exit', 'cwd']
const DESCRIPTOR_NUMBERS = new Set(DESCRIPTOR_KINDS.map(kind => kindNumber[kind]))

export class EventLog {
  /** Where the emulator's thread writes events; undefined: nothing is recorded. */
  readonly shared: SharedArrayBuffer | undefined
  readonly traced: boolean
  readonly #reader: RingReader | undefined
  readonly #store: EventStore | undefined
  readonly #views: ViewQueries | undefined
  readonly #paths = new DescriptorPaths()
  readonly #calls = new CallsInProgress((pid, fd) => this.#paths.describe(pid, fd))
  #grown: (() => void) | undefined
  #failed: ((reason: string) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  /** Nothing is taken any more. */
  #ended = false

  /** `traced`: whether the launch asked for a recording. */
  constructor(traced: boolean, store: () => EventStore = () => new EventStore(openSpillFile())) {
    this.traced = traced
    if (!traced) return
    this.shared = createRing()
    this.#reader = new RingReader(this.shared)
    this.#store = store()
    this.#views = new ViewQueries(this.#store)
    this.#lookAgain(LOOK_MS)
  }

  /** How many there are: numbers 0 … count - 1. */
  get count(): number {
    return this.#store?.count ?? 0
  }

  /** Calls back when events have been added. */
  onGrown(callback: () => void): void {
    this.#grown = callback
  }

  /** Calls back if the recording ends before the program, for instance because the disk is full; the program goes on. */
  onFailed(callback: (reason: string) => void): void {
    this.#failed = callback
  }

  #lookAgain(after: number): void {
    this.#timer = setTimeout(() => {
      const before = this.count
      // What is taken in quiet moments need not be when a view asks.
      const busy = this.#take(TURN_MS) || (this.#views?.advance(TURN_MS) ?? false)
      if (this.count > before) this.#grown?.()
      this.#lookAgain(busy ? 0 : LOOK_MS)
    }, after)
    this.#timer.unref()
  }

  /** Takes what was published, for at most `ms`. @returns whether there is more. */
  #take(ms: number): boolean {
    const until = performance.now() + ms
    let more = true
    while (more && performance.now() < until) more = this.#read(AT_ONCE) === AT_ONCE
    return more
  }

  #keep(at: number, size: number): void {
    const reader = this.#reader
    const store = this.#store
    if (reader === undefined || store === undefined) return
    store.append(reader.bytes, at, size)
    this.#calls.record(reader.view, at, store.count - 1)
    if (DESCRIPTOR_NUMBERS.has(reader.view.getUint8(at + 4))) this.#paths.take(decodeRecord(reader.view, at, 0))
  }

  #read(limit?: number): number {
    const reader = this.#reader
    if (reader === undefined || this.#ended) return 0
    try {
      return reader.read((at, size) => this.#keep(at, size), limit)
    } catch (error) {
      this.#ended = true
      reader.done()
      this.#failed?.(errorWords(error))
      return 0
    }
  }

  /** Takes everything that was published until now, not what a running guest adds meanwhile. */
  #catchUp(): void {
    this.#read()
  }

  /** At most `count` events from number `from` on, fit to travel as JSON. */
  events(from: number, count: number): readonly JsonEvent[] {
    return (this.#store?.events(from, count) ?? []).map(jsonEvent)
  }

  /** A view's question. @throws Error with the reason as one sentence. */
  answerView(query: unknown): unknown {
    if (this.#views === undefined) throw new Error('Nothing is recorded: "trace" is false in the launch configuration.')
    this.#catchUp()
    return this.#views.answer(query)
  }

  /** What the thread's call in progress was given; undefined outside a call. */
  callInProgress(tid: number): readonly Value[] | undefined {
    return this.#store === undefined ? undefined : this.#withCaughtUp(store => this.#calls.values(tid, store))
  }

  /** The thread's call in progress as strace prints it. */
  callLine(tid: number): string | undefined {
    return this.#withCaughtUp(store => this.#calls.line(tid, store))
  }

  /** The native operation that the thread's call has come to. */
  nativeCallInProgress(tid: number): string | undefined {
    return this.#withCaughtUp(store => this.#calls.nativeOperation(tid, store))
  }

  #withCaughtUp<T>(ask: (store: EventStore) => T): T | undefined {
    if (this.#store === undefined) return undefined
    this.#catchUp()
    return ask(this.#store)
  }

  /** The program has ended: everything it recorded is kept. */
  finish(): void {
    this.#catchUp()
    this.#grown?.()
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#store?.close()
  }
}
