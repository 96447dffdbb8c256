/** What the picture has, as rows in the order of their events: a record of the queue, or what became of one that did not get there. */
import type { InotifyBar, InotifyMark, InotifyNote, InotifyShown } from '@interlinear/emulator-core/events/queries.ts'

export interface Row {
  readonly event: number
  readonly kind: 'record' | InotifyMark['kind']
  readonly wd: number
  readonly text: string
  /** The native line: what the vnode told, and what had been done to the file. */
  readonly native: string
  readonly cookie: number
  readonly from: number
  /** Undefined: it stands in the queue still, or never stood there. */
  readonly to: number | undefined
  /** How many stood before it when it came. */
  readonly before: number
}

export const KINDS: Readonly<Record<Row['kind'], string>> = {
  record: '',
  merged: 'merged with the one before',
  lost: 'lost: the queue was full',
  divergence: 'not as on Linux',
}

export function rowsOf(shown: InotifyShown): Row[] {
  const records = shown.bars.map(bar => recordRow(bar, shown.notes))
  const others = shown.marks.map(mark => ({
    ...mark,
    native: '',
    cookie: 0,
    from: mark.time,
    to: undefined,
    before: 0,
  }))
  return [...records, ...others].sort((a, b) => a.event - b.event)
}

function recordRow(bar: InotifyBar, notes: readonly InotifyNote[]): Row {
  const { event, wd, text, cookie, from, to, row } = bar
  const note = notes.findLast(each => each.wd === wd && each.event <= event)
  const native = note === undefined ? '' : [note.notes, note.operation].filter(each => each !== '').join(' · ')
  return { event, kind: 'record', wd, text, native, cookie, from, to, before: row }
}

/** A record is in the queue at a time from when it was put there until it is read. */
export const isQueuedAt = (row: Row, time: number) =>
  row.kind === 'record' && row.from <= time && (row.to === undefined || row.to > time)
