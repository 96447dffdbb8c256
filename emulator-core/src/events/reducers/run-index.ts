/** Everything the views' answers are made from, kept up with a run: one pass over its records, in portions. */
import { decodeRecord } from '../codec.ts'
import { type AnyEvent, type EventKind, type EventOf, kindNumber } from '../grammar.ts'
import { callByNumber } from '../syscalls.ts'
import type { EventSource } from '../view-queries.ts'
import { CallTable } from './calls.ts'
import { DescriptorTable } from './descriptor-table.ts'
import { epolls } from './epoll.ts'
import { EpollHistory } from './epoll-history.ts'
import type { EpollState } from './epoll-state.ts'
import { Fold } from './fold.ts'
import { type InotifyState, inotifies } from './inotify.ts'
import { InotifyHistory } from './inotify-history.ts'
import { Lanes } from './lanes.ts'

const numbersOf = (kinds: readonly EventKind[]): ReadonlySet<number> => new Set(kinds.map(kind => kindNumber[kind]))
const EPOLL = numbersOf(epolls.kinds)
const INOTIFY = numbersOf(inotifies.kinds)
const NOTES = numbersOf(['vnode-note', 'divergence'])

/** Records between two looks at the clock. */
const PORTION = 512

export class RunIndex {
  readonly source: EventSource
  readonly calls = new CallTable()
  readonly lanes = new Lanes()
  readonly descriptors = new DescriptorTable()
  readonly epoll: Fold<EpollState>
  readonly epollHistory = new EpollHistory()
  readonly inotify: Fold<InotifyState>
  readonly inotifyHistories = new Map<number, InotifyHistory>()
  epollCount = 0
  inotifyCount = 0
  firstTime = 0
  lastTime = 0
  /** ms, as performance.now() tells it: when the newest event was taken. */
  lastTaken = performance.now()
  /** Of each thread, the inotify instance that something happened to last while it worked, and when. */
  readonly #lastInstance = new Map<number, { readonly instance: number; readonly event: number }>()
  #indexed = 0

  constructor(source: EventSource) {
    this.source = source
    const eventAt = (index: number) => source.event(index)
    const { calls, lanes } = this
    calls.listen(row => {
      const [first, last] = [calls.first(row), calls.last(row)]
      if (calls.hasEnded(row)) lanes.ended(calls.tid(row), row, calls.duration(row) ?? 0, last - first)
    })
    this.epoll = new Fold(epolls, eventAt)
    this.inotify = new Fold(inotifies, eventAt)
  }

  /** How many events it has taken. */
  get indexed(): number {
    return this.#indexed
  }

  /** Takes new events for at most `ms`. @returns whether there are more. */
  advance(ms: number): boolean {
    const begun = performance.now()
    const deadline = begun + ms
    if (this.#indexed < this.source.count) this.lastTaken = begun
    while (this.#indexed < this.source.count) {
      const from = this.#indexed
      this.source.forEachRecord(from, PORTION, (view, at, index) => this.#take(view, at, index))
      if (this.#indexed === from || performance.now() >= deadline) break
    }
    return this.#indexed < this.source.count
  }

  #take(view: DataView, at: number, index: number): void {
    this.#indexed = index + 1
    const { length, failures } = this.calls
    this.calls.record(view, at, index)
    this.lanes.record(view, at, index, this.calls.length > length ? length : undefined, this.calls.failures > failures)
    this.descriptors.record(view, at, index)
    const time = view.getFloat64(at + 16, true)
    if (index === 0) this.firstTime = time
    if (time > this.lastTime) this.lastTime = time
    const kind = view.getUint8(at + 4)
    const [isEpoll, isInotify, isNote] = [EPOLL.has(kind), INOTIFY.has(kind), NOTES.has(kind)]
    if (!isEpoll && !isInotify && !isNote) return
    const event = decodeRecord(view, at, index)
    if (isEpoll) {
      if (event.kind === 'epoll-create') this.epollCount++
      this.epollHistory.take(event, this.epoll.latest)
      this.epoll.take(event)
    }
    if (isInotify) this.#takeInotify(event)
    if (isNote) this.#takeNote(event)
    if (event.kind === 'divergence') this.#takeDivergence(event)
  }

  #takeInotify(event: AnyEvent): void {
    if (event.kind === 'inotify-create') this.inotifyCount++
    this.inotify.take(event)
    if (!('instance' in event)) return
    this.#historyOf(event.instance).take(event)
    this.#lastInstance.set(event.tid, { instance: event.instance, event: event.index })
  }

  /** It is told at the instance, and descriptor, that its call was about; a wait's says itself which descriptor. */
  #takeDivergence(event: EventOf<'divergence'>): void {
    const row = this.calls.rowOf(event.index, event.tid)
    const call = row < 0 ? undefined : this.source.event(this.calls.first(row))
    if (call?.kind !== 'syscall-enter' || call.tid !== event.tid) return
    const { name } = callByNumber(call.nr)
    if (!name.startsWith('epoll_')) return
    const { processes, epolls: instances } = this.epoll.latest
    const epoll = processes.processes.get(event.pid)?.descriptors.get(fileDescriptor(call.a0))?.file
    if (epoll === undefined || !instances.has(epoll)) return
    const told = /^descriptor (\d+)\b/.exec(event.detail)?.[1]
    const fd = name === 'epoll_ctl' ? fileDescriptor(call.a2) : told === undefined ? undefined : Number(told)
    this.epollHistory.takeDivergence(event, epoll, fd)
  }

  #historyOf(instance: number): InotifyHistory {
    let found = this.inotifyHistories.get(instance)
    if (found === undefined) {
      found = new InotifyHistory()
      this.inotifyHistories.set(instance, found)
    }
    return found
  }

  #takeNote(event: AnyEvent): void {
    if (event.kind === 'divergence' && event.id.startsWith('inotify.')) {
      const last = this.#lastInstance.get(event.tid)
      const sameCall = (index: number) =>
        this.calls.rowOf(index, event.tid) === this.calls.rowOf(event.index, event.tid)
      if (last !== undefined && sameCall(last.event)) {
        this.#historyOf(last.instance).take(event)
        return
      }
    }
    for (const { entry, watches } of this.inotify.latest.instances.values()) {
      if (entry.closed) continue
      if (event.kind === 'divergence') {
        if (entry.pid === event.pid && event.id.startsWith('inotify.')) this.#historyOf(entry.id).take(event)
      } else if (event.kind === 'vnode-note') {
        for (const { wd, vnode, gone } of watches.values())
          if (vnode === event.vnode && !gone) this.#historyOf(entry.id).note(event, wd)
      }
    }
  }
}

const fileDescriptor = (argument: bigint): number => Number(BigInt.asIntN(32, argument))
