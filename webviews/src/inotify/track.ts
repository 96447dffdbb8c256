/** What the strip of time shows of the queue: each change, or their numbers where they are many. */
import type { HistorySlice, InotifyShown } from '@interlinear/emulator-core/events/queries.ts'
import { counted } from '../shared/format.ts'
import type { StripMark } from '../shared/strip.ts'

/** Marks that are drawn one by one. */
const MOST = 400

export function historyOf(shown: InotifyShown): { marks: StripMark[]; slices: HistorySlice[] } {
  const marks = shown.slices.length > 0 ? [] : marksOf(shown)
  if (shown.slices.length === 0 && marks.length <= MOST) return { marks, slices: [] }
  return { marks: [], slices: shown.slices.length > 0 ? slicesOf(shown) : gathered(marks) }
}

function marksOf(shown: InotifyShown): StripMark[] {
  const marks: StripMark[] = [
    ...shown.bars.map(bar => ({ event: bar.event, at: bar.from, kind: 'activate' as const, text: bar.text })),
    ...shown.ghosts.map(({ event, from, text }) => ({
      event,
      at: from,
      kind: 'drop' as const,
      text: `${text}, on Linux only`,
    })),
    ...shown.marks.map(({ event, at, kind, text }) => ({
      event,
      at,
      kind: kind === 'divergence' ? ('divergence' as const) : ('change' as const),
      text,
    })),
    ...shown.reads.map(({ event, at, count }) => ({
      event,
      at,
      kind: 'deliver' as const,
      text: `read: ${counted(count, 'record')}`,
    })),
  ]
  return marks.sort((a, b) => a.event - b.event)
}

/** The same slices of all watches together. */
function slicesOf(shown: InotifyShown): HistorySlice[] {
  const found = new Map<number, HistorySlice>()
  for (const { from, to, first, event, count } of shown.slices) {
    const before = found.get(from)
    found.set(from, {
      from,
      to,
      first: Math.min(first, before?.first ?? first),
      event: Math.max(event, before?.event ?? event),
      changes: 0,
      activations: count + (before?.activations ?? 0),
      deliveries: before?.deliveries ?? deliveriesIn(shown, from, to),
    })
  }
  return [...found.values()]
}

function deliveriesIn({ reads }: InotifyShown, from: number, to: number): number {
  return reads.reduce((sum, read) => sum + (read.at >= from && read.at < to ? read.count : 0), 0)
}

const SLICES = 200

function gathered(marks: readonly StripMark[]): HistorySlice[] {
  const [begin, end] = [marks[0]?.at ?? 0, marks[marks.length - 1]?.at ?? 1]
  const width = Math.max(1, end - begin) / SLICES
  const found = new Map<number, HistorySlice>()
  for (const { event, at, kind } of marks) {
    const i = Math.min(SLICES - 1, Math.floor((at - begin) / width))
    const before = found.get(i) ?? {
      from: begin + i * width,
      to: begin + (i + 1) * width,
      first: event,
      event,
      changes: 0,
      activations: 0,
      deliveries: 0,
    }
    found.set(i, {
      ...before,
      event,
      activations: before.activations + (kind === 'activate' ? 1 : 0),
      deliveries: before.deliveries + (kind === 'deliver' ? 1 : 0),
      changes: before.changes + (kind === 'activate' || kind === 'deliver' ? 0 : 1),
    })
  }
  return [...found.values()]
}
