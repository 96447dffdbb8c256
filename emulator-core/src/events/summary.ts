/** strace -c: how often, how long, how many failed. */
import { HEADER_BYTES, kindNumber } from './grammar.ts'
import { callByNumber } from './syscalls.ts'

const ENTER = kindNumber['syscall-enter']
const EXIT = kindNumber['syscall-exit']
const ERRORS_FROM = 0xffff_f001

interface Row {
  calls: number
  errors: number
  /** ns. */
  time: number
}

export class Summary {
  readonly #rows = new Map<number, Row>()
  readonly #begun = new Map<number, number>()

  readonly #follow: boolean
  #firstThread = -1

  /** `follow`: count all threads, not only the first. */
  constructor(follow: boolean) {
    this.#follow = follow
  }

  record(view: DataView, at: number): void {
    const kind = view.getUint8(at + 4)
    if (kind !== ENTER && kind !== EXIT) return
    const tid = view.getUint32(at + 12, true)
    if (this.#firstThread < 0) this.#firstThread = tid
    if (!this.#follow && tid !== this.#firstThread) return
    const time = view.getFloat64(at + 16, true)
    if (kind === ENTER) {
      this.#begun.set(tid, time)
      return
    }
    const begun = this.#begun.get(tid)
    if (begun === undefined) return
    this.#begun.delete(tid)
    const nr = view.getUint32(at + HEADER_BYTES, true)
    let row = this.#rows.get(nr)
    if (row === undefined) {
      row = { calls: 0, errors: 0, time: 0 }
      this.#rows.set(nr, row)
    }
    row.calls++
    row.time += time - begun
    const failed =
      view.getUint32(at + HEADER_BYTES + 9, true) === 0xffff_ffff &&
      view.getUint32(at + HEADER_BYTES + 5, true) >= ERRORS_FROM
    if (failed) row.errors++
  }

  /** The table, most time first. */
  text(): string {
    const rows = [...this.#rows].map(([nr, row]) => ({ name: callByNumber(nr).name, ...row }))
    rows.sort((a, b) => b.time - a.time)
    const total = rows.reduce(
      (sum, row) => ({ calls: sum.calls + row.calls, errors: sum.errors + row.errors, time: sum.time + row.time }),
      {
        calls: 0,
        errors: 0,
        time: 0,
      },
    )
    const line = (share: number, time: number, each: string, calls: number, errors: number, name: string) =>
      [
        share.toFixed(2).padStart(6),
        (time / 1e9).toFixed(6).padStart(11),
        each.padStart(11),
        String(calls).padStart(9),
        (errors === 0 ? '' : String(errors)).padStart(9),
        name,
      ].join(' ')
    const rule = '------ ----------- ----------- --------- --------- ----------------'
    return [
      '% time     seconds  usecs/call     calls    errors syscall',
      rule,
      ...rows.map(row =>
        line(
          total.time === 0 ? 0 : (100 * row.time) / total.time,
          row.time,
          String(Math.floor(row.time / 1000 / row.calls)),
          row.calls,
          row.errors,
          row.name,
        ),
      ),
      rule,
      line(
        100,
        total.time,
        total.calls === 0 ? '0' : String(Math.floor(total.time / 1000 / total.calls)),
        total.calls,
        total.errors,
        'total',
      ),
      '',
    ].join('\n')
  }
}
