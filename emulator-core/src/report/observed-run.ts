/** Calls, differences met and calls that were missing, read from a trace in JSON: line by line, because a trace may be larger than memory. */
import { missing } from '../compat-linux/structure.ts'

export interface ObservedCall {
  /** Threads are numbered in the order in which they first called. */
  readonly thread: number
  readonly pid: number
  /** Of this thread's calls, from 1. */
  readonly number: number
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
  /** The number, or the name of the error; undefined: it never came back. */
  readonly result: number | string | undefined
  readonly isMissing: boolean
}

/** Where one difference was met. */
export interface Meetings {
  readonly count: number
  /** The first calls during which it was; fewer than `count` where it was met outside of calls. */
  readonly calls: readonly ObservedCall[]
}

export interface Observation {
  /** By id; the calls that are missing by `missing.NAME`. */
  readonly met: ReadonlyMap<string, Meetings>
  /** Of each thread, what its calls were and answered, as numbers to compare. */
  readonly threads: readonly Fingerprints[]
  /** The trace again. */
  readonly lines: () => Iterable<string>
}

/** Calls of one difference that are kept. */
export const KEPT_CALLS = 4

/** @param lines one JSON object each; one that was cut off is left out. They are read again when two runs are compared. */
export function observe(lines: () => Iterable<string>): Observation {
  const met = new Map<string, { count: number; calls: ObservedCall[] }>()
  const threads: Fingerprints[] = []
  for (const { call, during } of entries(lines())) {
    for (const [id, count] of during) {
      const known = met.get(id) ?? { count: 0, calls: [] }
      met.set(id, known)
      known.count += count
      for (let i = 0; i < count && call !== undefined && known.calls.length < KEPT_CALLS; i++) known.calls.push(call)
    }
    if (call === undefined) continue
    const thread = threads[call.thread] ?? new Fingerprints()
    threads[call.thread] = thread
    thread.add(fingerprint(call))
  }
  return { met, threads, lines }
}

/** A list of 32-bit numbers: four bytes for each call of a run. */
export class Fingerprints {
  #list = new Int32Array(64)
  #length = 0

  add(value: number): void {
    if (this.#length === this.#list.length) {
      const longer = new Int32Array(2 * this.#length)
      longer.set(this.#list)
      this.#list = longer
    }
    this.#list[this.#length++] = value
  }

  /** Undefined where there is none. @param number from 1. */
  get(number: number): number | undefined {
    return number > this.#length ? undefined : this.#list[number - 1]
  }
}

/** FNV-1a of the name and the result. */
function fingerprint({ name, result }: ObservedCall): number {
  let hash = 0x811c_9dc5
  for (const c of `${name} ${result}`) hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 0x0100_0193)
  return hash | 0
}

interface Line {
  readonly tid?: number
  readonly pid?: number
  readonly event?: string
  readonly id?: string
  readonly name?: string
  readonly args?: Record<string, unknown>
  readonly result?: number | null
  readonly error?: string
  readonly unimplemented?: boolean
}

interface Entry {
  /** Undefined: what was met outside of a call. */
  readonly call: ObservedCall | undefined
  /** What was met during it, and how often. */
  readonly during: ReadonlyMap<string, number>
}

interface Thread {
  readonly index: number
  calls: number
  /** Met since its last call: a call is written when it ends, behind what happened during it. */
  waiting: Map<string, number>
}

function* entries(lines: Iterable<string>): Generator<Entry> {
  const threads = new Map<number, Thread>()
  for (const line of lines) {
    const entry = parsed(line)
    if (entry?.tid === undefined) continue
    const thread = threads.get(entry.tid) ?? { index: threads.size, calls: 0, waiting: new Map() }
    threads.set(entry.tid, thread)
    if (entry.event === 'divergence' && entry.id !== undefined) increase(thread.waiting, entry.id)
    else if (entry.name !== undefined) {
      const call: ObservedCall = {
        thread: thread.index,
        pid: entry.pid ?? entry.tid,
        number: ++thread.calls,
        name: entry.name,
        args: entry.args ?? {},
        result: entry.error ?? entry.result ?? undefined,
        isMissing: entry.unimplemented === true,
      }
      if (call.isMissing) increase(thread.waiting, missing(call.name))
      yield { call, during: thread.waiting }
      if (thread.waiting.size > 0) thread.waiting = new Map()
    }
  }
  for (const { waiting } of threads.values()) if (waiting.size > 0) yield { call: undefined, during: waiting }
}

function increase(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1)
}

function parsed(line: string): Line | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The first call of `a`, in the order of time, that has another name or another result than the same thread's call of the same number in `b`. */
export function firstDifferentCall(
  a: Observation,
  b: Observation,
  reasons: readonly string[] = [],
): { readonly ours: ObservedCall; readonly theirs: ObservedCall | undefined } | undefined {
  // Every program of glibc asks for calls that are not there, such as rseq, and goes on without.
  const isBeside = (call: ObservedCall): boolean => call.isMissing && !reasons.includes(missing(call.name))
  const ours = firstCall(a, call => !isBeside(call) && b.threads[call.thread]?.get(call.number) !== fingerprint(call))
  if (ours === undefined) return undefined
  const theirs = firstCall(b, call => call.thread === ours.thread && call.number === ours.number)
  return { ours, theirs }
}

function firstCall({ lines }: Observation, is: (call: ObservedCall) => boolean): ObservedCall | undefined {
  for (const { call } of entries(lines())) if (call !== undefined && is(call)) return call
  return undefined
}
