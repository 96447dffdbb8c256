/** A run that is written by hand, as records in a store: for tests of what is made from events, and for looking at views without an emulator. */
import { RecordEncoder } from '../codec.ts'
import type { Decoded, EventKind, schemas } from '../grammar.ts'
import { EventStore, type SpillFile } from '../store.ts'
import { callNumber } from '../syscalls.ts'

/** What an argument points to: as it was when the call began, and when it ended. */
export interface Pointed {
  readonly before?: Uint8Array
  readonly after?: Uint8Array
}

export type ScriptArgument = number | bigint | string | Pointed

class MemoryFile implements SpillFile {
  readonly #chunks = new Map<number, Uint8Array>()

  write(bytes: Uint8Array, offset: number): void {
    this.#chunks.set(offset, bytes.slice())
  }

  read(into: Uint8Array, offset: number): void {
    into.set(this.#chunks.get(offset) ?? new Uint8Array(0))
  }

  close(): void {
    this.#chunks.clear()
  }
}

const POINTERS_FROM = 0x7ffd_0000_1000n

export class RunScript {
  readonly store = new EventStore(new MemoryFile())
  readonly #encoder = new RecordEncoder()
  pid: number
  tid: number
  /** ns. */
  time = 0
  /** Everything happens in one instant, as it may in virtual time. */
  stands = false
  #blocks = 0

  constructor(pid = 1200, tid = pid) {
    this.pid = pid
    this.tid = tid
  }

  /** Lets time pass. */
  after(ns: number): this {
    if (!this.stands) this.time += ns
    return this
  }

  /** What `tell` says is of that thread. */
  as(pid: number, tid: number, tell: () => void): this {
    const [oldPid, oldTid] = [this.pid, this.tid]
    this.pid = pid
    this.tid = tid
    tell()
    this.pid = oldPid
    this.tid = oldTid
    return this
  }

  emit<K extends EventKind>(kind: K, payload: Decoded<(typeof schemas)[K]>): this {
    const header = { pid: this.pid, tid: this.tid, time: this.time, blocks: this.#blocks++ }
    const record = this.#encoder.encode(kind, header, payload)
    this.store.append(record, 0, record.length)
    return this
  }

  /** The beginning of a call. */
  enter(name: string, args: readonly ScriptArgument[]): this {
    return this.emit('syscall-enter', { nr: numberOf(name), ...registers(args), captures: captured(args, 'before') })
  }

  exit(name: string, args: readonly ScriptArgument[], result: number, outcome = 0): this {
    const captures = result < 0 ? [] : captured(args, 'after')
    return this.emit('syscall-exit', { nr: numberOf(name), outcome, result: BigInt(result), captures })
  }

  /** A whole call; `inside` tells what happens in it. */
  call(name: string, args: readonly ScriptArgument[], result: number, inside: () => void = () => {}): this {
    this.enter(name, args)
    this.after(1000 + (name.length % 5) * 700)
    inside()
    return this.exit(name, args, result).after(900)
  }
}

function numberOf(name: string): number {
  const nr = callNumber(name)
  if (nr === undefined) throw new Error(`There is no system call ${name}.`)
  return nr
}

const addressOf = (i: number): bigint => POINTERS_FROM + BigInt(i) * 0x1_0000n

function registers(args: readonly ScriptArgument[]) {
  const [a0, a1, a2, a3, a4, a5] = Array.from({ length: 6 }, (_, i) => {
    const given = args[i] ?? 0
    return typeof given === 'number' || typeof given === 'bigint' ? BigInt.asUintN(64, BigInt(given)) : addressOf(i)
  })
  return { a0, a1, a2, a3, a4, a5 }
}

function captured(args: readonly ScriptArgument[], when: 'before' | 'after') {
  return args.flatMap((given, i) => {
    if (typeof given === 'number' || typeof given === 'bigint') return []
    const bytes = typeof given === 'string' ? text(when === 'before' ? `${given}\0` : '') : given[when]
    return bytes === undefined || bytes.length === 0 ? [] : [{ address: addressOf(i), bytes }]
  })
}

export const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** struct epoll_event, packed. */
export function epollEvent(events: number, data: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, events, true)
  view.setUint32(4, data, true)
  return bytes
}

export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  values.forEach((value, i) => {
    view.setInt32(4 * i, value, true)
  })
  return bytes
}
