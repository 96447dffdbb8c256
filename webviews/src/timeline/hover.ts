/** What is under the pointer, decoded: at once what the picture knows, and soon the whole call. */
import type { CallDetails } from '@interlinear/emulator-core/events/queries.ts'
import { clock, count, counted, duration } from '../shared/format.ts'
import { Tip } from '../shared/tip.ts'
import type { Hit, Shown } from './lanes.ts'

/** ms that the pointer rests before a call is asked for. */
const REST_MS = 90
const REMEMBERED = 64

export class Hover {
  readonly #tip = new Tip()
  readonly element = this.#tip.element
  readonly #ask: (event: number) => Promise<CallDetails>
  readonly #known = new Map<number, readonly string[]>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #event: number | undefined
  #place = { x: 0, y: 0 }

  constructor(ask: (event: number) => Promise<CallDetails>) {
    this.#ask = ask
  }

  /** Another run: other calls. */
  reset(): void {
    this.#known.clear()
    this.hide()
  }

  hide(): void {
    clearTimeout(this.#timer)
    this.#event = undefined
    this.#tip.hide()
  }

  show(found: Hit | undefined, shown: Shown, x: number, y: number): void {
    this.#place = { x, y }
    if (found === undefined) {
      this.hide()
      return
    }
    const event = found.bar?.event
    const known = event === undefined ? undefined : this.#known.get(event)
    this.#tip.show(known ?? briefly(found, shown), x, y)
    if (event === this.#event) return
    clearTimeout(this.#timer)
    this.#event = event
    if (event !== undefined && known === undefined) this.#timer = setTimeout(() => void this.#decode(event), REST_MS)
  }

  async #decode(event: number): Promise<void> {
    const details = await this.#ask(event).catch(() => undefined)
    if (details === undefined) return
    const { row, strace, answer } = details
    const lines = [
      strace,
      `${clock(row.time)} s · thread ${row.tid} · ${row.duration === undefined ? 'goes on' : duration(row.duration)}`,
      ...(answer === '' ? [] : [answer]),
      ...row.native,
      ...row.divergences.map(id => `◆ ${id}`),
    ]
    if (row.duration !== undefined) this.#known.set(event, lines)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break
      this.#known.delete(oldest)
    }
    if (this.#event === event) this.#tip.show(lines, this.#place.x, this.#place.y)
  }
}

function briefly({ lane, bar, mark, slice }: Hit, { axis }: Shown): string[] {
  const name = `${lane.name} ${lane.tid}`
  if (mark !== undefined) return [mark.text, name]
  if (bar !== undefined) {
    const long = bar.to === undefined ? 'goes on' : axis === 'time' ? duration(bar.to - bar.from) : ''
    return [
      bar.name,
      [bar.state, long].filter(each => each !== '').join(' · '),
      ...(bar.diverges ? ['◆ divergence'] : []),
    ]
  }
  const { slices } = lane
  if (slice === undefined || slices === undefined) return [name]
  const parts = slices.calls[slice] > 0 ? [counted(slices.calls[slice], 'call')] : []
  if (slices.failures[slice] > 0) parts.push(`${count(slices.failures[slice])} failed`)
  if (slices.divergences[slice] > 0) parts.push(counted(slices.divergences[slice], 'divergence'))
  if (slices.waited[slice] > 0.005) parts.push(`slept ${Math.round(100 * slices.waited[slice])} %`)
  return [name, ...(parts.length > 0 ? [parts.join(' · ')] : [])]
}
