/** What numbers came to refer to which open files, and stopped: as columns, for whoever follows one of them through a run. */
import { HEADER_BYTES, kindNumber } from '../grammar.ts'
import { Bytes, Words } from './column.ts'

const OPEN = kindNumber['fd-open']
const CLOSE = kindNumber['fd-close']
const FORK = kindNumber['process-start']
const EXIT = kindNumber['process-exit']

export type DescriptorChange =
  | { readonly kind: 'open' | 'close'; readonly event: number; readonly pid: number; fd: number; readonly file: number }
  | { readonly kind: 'fork'; readonly event: number; readonly pid: number; readonly parent: number }
  | { readonly kind: 'exit'; readonly event: number; readonly pid: number }

export class DescriptorTable {
  readonly #kinds = new Bytes()
  readonly #events = new Words()
  readonly #pids = new Words()
  /** The descriptor, or the parent. */
  readonly #first = new Words()
  readonly #files = new Words()

  get length(): number {
    return this.#events.length
  }

  /** Takes the next record. */
  record(view: DataView, at: number, index: number): void {
    const kind = view.getUint8(at + 4)
    if (kind !== OPEN && kind !== CLOSE && kind !== FORK && kind !== EXIT) return
    this.#kinds.push(kind)
    this.#events.push(index)
    this.#pids.push(view.getUint32(at + 8, true))
    this.#first.push(kind === EXIT ? 0 : view.getUint32(at + HEADER_BYTES, true))
    this.#files.push(kind === OPEN || kind === CLOSE ? view.getUint32(at + HEADER_BYTES + 4, true) : 0)
  }

  event(i: number): number {
    return this.#events.at(i)
  }

  at(i: number): DescriptorChange {
    const [event, pid] = [this.#events.at(i), this.#pids.at(i)]
    const kind = this.#kinds.at(i)
    if (kind === FORK) return { kind: 'fork', event, pid, parent: this.#first.at(i) }
    if (kind === EXIT) return { kind: 'exit', event, pid }
    const file = this.#files.at(i)
    return { kind: kind === OPEN ? 'open' : 'close', event, pid, fd: this.#first.at(i) | 0, file }
  }

  /** The first change from number `from` on that opens the file; `length` if there is none. */
  nextOpening(file: number, from: number): number {
    let i = from
    while (i < this.length && !(this.#files.at(i) === file && this.#kinds.at(i) === OPEN)) i++
    return i
  }
}
