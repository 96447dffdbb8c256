/** Calls, differences met and calls that were missing, read from a trace in JSON. */

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

export interface ObservedMeeting {
  readonly id: string
  /** The thread's call during which it was met; undefined: outside of one. */
  readonly call: ObservedCall | undefined
}

export interface Observation {
  readonly calls: readonly ObservedCall[]
  readonly met: readonly ObservedMeeting[]
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

/** @param text one JSON object a line; a last line that was cut off is left out. */
export function observe(text: string): Observation {
  const calls: ObservedCall[] = []
  const met: { id: string; call: ObservedCall | undefined }[] = []
  const threads = new Map<number, { index: number; calls: number; waiting: { call: ObservedCall | undefined }[] }>()
  for (const line of text.split('\n')) {
    const entry = parsed(line)
    if (entry?.tid === undefined) continue
    const thread = threads.get(entry.tid) ?? { index: threads.size, calls: 0, waiting: [] }
    threads.set(entry.tid, thread)
    if (entry.event === 'divergence' && entry.id !== undefined) {
      const meeting = { id: entry.id, call: undefined }
      met.push(meeting)
      thread.waiting.push(meeting)
    } else if (entry.name !== undefined) {
      const call: ObservedCall = {
        thread: thread.index,
        pid: entry.pid ?? entry.tid,
        number: ++thread.calls,
        name: entry.name,
        args: entry.args ?? {},
        result: entry.error ?? entry.result ?? undefined,
        isMissing: entry.unimplemented === true,
      }
      calls.push(call)
      // A call is written when it ends, behind what happened during it.
      for (const meeting of thread.waiting.splice(0)) meeting.call = call
    }
  }
  return { calls, met }
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
): { readonly ours: ObservedCall; readonly theirs: ObservedCall | undefined } | undefined {
  const theirs = new Map(b.calls.map(call => [`${call.thread} ${call.number}`, call]))
  for (const ours of a.calls) {
    const other = theirs.get(`${ours.thread} ${ours.number}`)
    if (other?.name !== ours.name || other.result !== ours.result) return { ours, theirs: other }
  }
  return undefined
}
