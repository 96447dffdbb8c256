/** Follows an open file through a run: the numbers that it has, and the calls that use it. Looks at the run in small portions, as it grows. */
import type { Traffic } from '../queries.ts'
import type { EventSource } from '../view-queries.ts'
import { decodeCall } from './call-text.ts'
import type { CallTable } from './calls.ts'
import { Words } from './column.ts'
import { descriptorArguments } from './descriptor-arguments.ts'
import type { DescriptorChange, DescriptorTable } from './descriptor-table.ts'
import { transferOf } from './transfer.ts'

/** Rows between two looks at the clock. */
const PORTION = 256
/** Lives that are remembered one by one: a server may hand its socket to a thousand children. */
const LIVES = 100

export interface Life {
  readonly pid: number
  readonly fd: number
  readonly inherited: boolean
  readonly opened: number
  closed: number | undefined
}

export class DescriptorFollow {
  readonly file: number
  readonly #source: EventSource
  readonly #calls: CallTable
  readonly #changes: DescriptorTable
  /** A kqueue does not survive fork (fd_copy, sys/kern/kern_descrip.c). */
  readonly #survivesFork: boolean
  /** Who has it: by process and number, with the life that goes on. */
  readonly #holders = new Map<number, Map<number, Life | undefined>>()
  #nextChange: number
  #nextRow = 0
  readonly #uses = new Words()
  /** Uses that have not come back. */
  #pending: number[] = []
  readonly lives: Life[] = []
  moreLives = 0
  readonly #traffic = { received: { calls: 0, bytes: 0 }, sent: { calls: 0, bytes: 0 } }

  constructor(source: EventSource, calls: CallTable, changes: DescriptorTable, file: number, type: string) {
    this.#source = source
    this.#calls = calls
    this.#changes = changes
    this.file = file
    this.#survivesFork = type !== 'kqueue'
    this.#nextChange = changes.nextOpening(file, 0)
  }

  get found(): number {
    return this.#uses.length
  }

  /** Rows looked at. */
  get scanned(): number {
    return this.#nextRow
  }

  get received(): Traffic {
    return this.#traffic.received
  }

  get sent(): Traffic {
    return this.#traffic.sent
  }

  /** The row of the use of that number. */
  use(i: number): number {
    return this.#uses.at(i)
  }

  /** Looks at what is new until `deadline` (ms, as `now` tells it). */
  advance(now: () => number, deadline: number): void {
    this.#settle()
    do {
      if (this.#holders.size === 0 && !this.#skipToOpening()) break
      const until = Math.min(this.#calls.length, this.#nextRow + PORTION)
      for (let row = this.#nextRow; row < until; row++) this.#look(row)
      this.#nextRow = until
    } while (this.#nextRow < this.#calls.length && now() < deadline)
    if (this.#nextRow === this.#calls.length) this.#changesBefore(Number.POSITIVE_INFINITY)
  }

  /** While nobody has it there is nothing to look at. @returns whether somebody gets it again. */
  #skipToOpening(): boolean {
    const next = this.#changes.nextOpening(this.file, this.#nextChange)
    this.#nextChange = next
    if (next === this.#changes.length) {
      this.#nextRow = this.#calls.length
      return false
    }
    this.#nextRow = Math.max(this.#nextRow, this.#calls.rowAt(this.#changes.event(next)) + 1)
    this.#change(this.#changes.at(next))
    this.#nextChange = next + 1
    return true
  }

  #look(row: number): void {
    const first = this.#calls.first(row)
    this.#changesBefore(first)
    const held = this.#holders.get(this.#calls.pid(row))
    if (held === undefined || this.#calls.kind(row) !== 'call') return
    let isUse = false
    this.#source.forEachRecord(first, 1, (view, at) => {
      isUse = descriptorArguments(view, at).some(fd => held.has(fd))
    })
    if (isUse) this.#add(row)
  }

  #changesBefore(event: number): void {
    while (this.#nextChange < this.#changes.length && this.#changes.event(this.#nextChange) < event)
      this.#change(this.#changes.at(this.#nextChange++))
  }

  #change(change: DescriptorChange): void {
    const { event, pid } = change
    switch (change.kind) {
      case 'open':
        // Another file may take the number's place without a close (dup2).
        this.#end(pid, change.fd, event)
        if (change.file !== this.file) return
        this.#begin(pid, change.fd, event, false)
        this.#addOpening(event)
        return
      case 'close':
        this.#end(pid, change.fd, event)
        return
      case 'fork':
        if (!this.#survivesFork) return
        for (const fd of [...(this.#holders.get(change.parent)?.keys() ?? [])]) this.#begin(pid, fd, event, true)
        return
      case 'exit':
        for (const fd of [...(this.#holders.get(pid)?.keys() ?? [])]) this.#end(pid, fd, event)
    }
  }

  #begin(pid: number, fd: number, event: number, inherited: boolean): void {
    const life: Life = { pid, fd, inherited, opened: event, closed: undefined }
    const isTold = this.lives.length < LIVES
    if (isTold) this.lives.push(life)
    else this.moreLives++
    const held = this.#holders.get(pid) ?? new Map<number, Life | undefined>()
    held.set(fd, isTold ? life : undefined)
    this.#holders.set(pid, held)
  }

  #end(pid: number, fd: number, event: number): void {
    const held = this.#holders.get(pid)
    if (held === undefined || !held.has(fd)) return
    const life = held.get(fd)
    if (life !== undefined) life.closed = event
    held.delete(fd)
    if (held.size === 0) this.#holders.delete(pid)
  }

  /** The call that opened it is a use too, though none of its arguments is the number. */
  #addOpening(event: number): void {
    const row = callOf(this.#source, this.#calls, event)
    if (row !== undefined) this.#add(row)
  }

  /** In the order of the rows, each once: a call that waited long may turn out late to be one. */
  #add(row: number): void {
    const place = this.#uses.countBelow(row)
    if (place < this.#uses.length && this.#uses.at(place) === row) return
    const later: number[] = []
    for (let i = place; i < this.#uses.length; i++) later.push(this.#uses.at(i))
    this.#uses.cut(place)
    for (const each of [row, ...later]) this.#uses.push(each)
    if (this.#calls.hasEnded(row)) this.#count(row)
    else this.#pending.push(row)
  }

  #settle(): void {
    const ended = this.#pending.filter(row => this.#calls.hasEnded(row))
    if (ended.length === 0) return
    this.#pending = this.#pending.filter(row => !this.#calls.hasEnded(row))
    for (const row of ended) this.#count(row)
  }

  #count(row: number): void {
    const transfer = this.transfer(row)
    if (transfer === undefined) return
    const sums = this.#traffic[transfer.direction]
    sums.calls++
    sums.bytes += transfer.bytes
  }

  /** What the row's call moved. */
  transfer(row: number) {
    if (!this.#calls.hasEnded(row) || this.#calls.errno(row) !== 0) return undefined
    const numbers = new Set(this.lives.filter(life => life.pid === this.#calls.pid(row)).map(life => life.fd))
    return transferOf(decodeCall(this.#source, this.#calls, row), resultOf(this.#source, this.#calls.last(row)), fd =>
      numbers.has(fd),
    )
  }
}

/** The row of the call within which the event happened; undefined if no call did it. */
export function callOf(source: EventSource, calls: CallTable, event: number): number | undefined {
  const { tid } = source.event(event)
  const row = calls.rowOf(event, tid)
  const isIt = row >= 0 && calls.tid(row) === tid && calls.kind(row) === 'call' && calls.first(row) <= event
  return isIt && calls.last(row) >= event ? row : undefined
}

/** %rax of a `syscall-exit` record; -1 for what ended otherwise. */
function resultOf(source: EventSource, event: number): number {
  const end = source.event(event)
  return end.kind === 'syscall-exit' && end.outcome === 0 ? Number(end.result) : -1
}
