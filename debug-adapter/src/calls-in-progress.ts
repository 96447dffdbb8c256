/** Which call each thread is in, from the records as they come: only their numbers are kept, decoding happens when somebody looks. */
import { begunCall, begunCallText, shortText } from '@interlinear/emulator-core/events/begun-call.ts'
import { kindNumber } from '@interlinear/emulator-core/events/grammar.ts'
import type { EventStore } from '@interlinear/emulator-core/events/store.ts'
import type { Value as EventValue } from '@interlinear/emulator-core/events/value.ts'
import type { Value } from './variables.ts'

const ENTER = kindNumber['syscall-enter']
const EXIT = kindNumber['syscall-exit']
const GONE = kindNumber['thread-exit']
const NATIVE_CALL = kindNumber['native-call']
const KEVENT_CALL = kindNumber['kevent-call']

interface InProgress {
  /** Numbers of the events: the call's beginning, and the last native operation since, -1 if there was none. */
  readonly enter: number
  native: number
}

export class CallsInProgress {
  readonly #threads = new Map<number, InProgress>()
  readonly #describe: (pid: number, fd: number) => string | undefined

  constructor(describe: (pid: number, fd: number) => string | undefined) {
    this.#describe = describe
  }

  /** Takes the record at `at`, whose number in the run is `index`. */
  record(view: DataView, at: number, index: number): void {
    const kind = view.getUint8(at + 4)
    if (kind === ENTER) this.#threads.set(view.getUint32(at + 12, true), { enter: index, native: -1 })
    else if (kind === EXIT || kind === GONE) this.#threads.delete(view.getUint32(at + 12, true))
    else if (kind === NATIVE_CALL || kind === KEVENT_CALL) {
      const found = this.#threads.get(view.getUint32(at + 12, true))
      if (found !== undefined) found.native = index
    }
  }

  /** What the call was given, the call's name first; undefined outside a call. */
  values(tid: number, store: EventStore): readonly Value[] | undefined {
    const begun = this.#begun(tid, store)
    if (begun === undefined) return undefined
    return [{ name: 'call', value: begun.name }, ...begun.arguments.map(({ name, value }) => shown(name, value))]
  }

  line(tid: number, store: EventStore): string | undefined {
    const begun = this.#begun(tid, store)
    return begun === undefined ? undefined : begunCallText(begun)
  }

  nativeOperation(tid: number, store: EventStore): string | undefined {
    const number = this.#threads.get(tid)?.native ?? -1
    if (number < 0) return undefined
    const event = store.event(number)
    if (event.kind === 'native-call') return `${event.name}(${event.arguments})`
    if (event.kind !== 'kevent-call') return undefined
    return `${event.name}(${event.fd}, ${event.changes.length} changes, room for ${event.room})`
  }

  #begun(tid: number, store: EventStore) {
    const found = this.#threads.get(tid)
    if (found === undefined) return undefined
    let begun: ReturnType<typeof begunCall> | undefined
    store.forEachRecord(found.enter, 1, (view, at) => {
      // The captures hold only while the record does: everything is decoded here.
      const pid = view.getUint32(at + 8, true)
      begun = begunCall(view, at, fd => this.#describe(pid, fd))
    })
    return begun
  }
}

function shown(name: string, value: EventValue): Value {
  const text = { name, value: shortText(value) }
  if (typeof value !== 'object') return text
  switch (value.kind) {
    case 'hex':
      return { ...text, memory: (BigInt(value.high) << 32n) | BigInt(value.low) }
    case 'struct':
      return { ...text, parts: value.fields.map(([field, content]) => shown(field, content)) }
    case 'list':
      return { ...text, parts: value.items.map((item, i) => shown(`[${i}]`, item)) }
    case 'commented':
      return { ...shown(name, value.value), value: text.value }
    default:
      return text
  }
}
