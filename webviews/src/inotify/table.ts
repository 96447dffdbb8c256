/** The part of the picture that is seen as a table, and all of it as CSV: the same data, for those who listen and for copying. */
import type { InotifyRow, InotifyRows } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { clock, count, duration } from '../shared/format.ts'

const HEADS = ['At', 'Watch', 'Path', 'Record', 'Rename', 'What became of it', 'On Linux', 'Thread'] as const

const KINDS: Readonly<Record<InotifyRow['kind'], string>> = {
  record: '',
  ghost: 'not told',
  merged: 'dropped: equals the one before',
  lost: 'lost: the queue was full',
  divergence: 'not as on Linux',
  'ghost-merged': 'not told',
}

export function showTable(box: HTMLElement, { rows, total }: InotifyRows): void {
  const body = rows.map(row => h('tr', { class: row.kind }, ...cellsOf(row).map(cell => h('td', {}, cell))))
  const note =
    total > rows.length
      ? `The first ${count(rows.length)} of ${count(total)}; zoom in to see the others, or export all of them as CSV.`
      : ''
  box.replaceChildren(
    h(
      'table',
      { class: 'plain', 'aria-label': 'Records of the queue' },
      h('thead', {}, h('tr', {}, ...HEADS.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, ...body),
    ),
    h('p', { class: 'more' }, note),
  )
}

function cellsOf(row: InotifyRow): string[] {
  return [
    `${clock(row.time)} s`,
    row.wd < 0 ? '' : String(row.wd),
    row.path,
    row.text,
    row.cookie === 0 ? '' : String(row.cookie),
    row.kind === 'record' ? readWords(row) : KINDS[row.kind],
    row.linux,
    String(row.tid),
  ]
}

function readWords({ time, readAt, readBy }: InotifyRow): string {
  return readAt === undefined ? 'not read' : `read after ${duration(readAt - time)} by ${readBy}`
}

const COLUMNS = [
  'event',
  'time_ns',
  'thread',
  'kind',
  'watch',
  'path',
  'record',
  'cookie',
  'read_ns',
  'read_by',
  'linux',
]

export const csvHead = `${COLUMNS.join(',')}\n`

/** Rows that are asked for at once. */
const PORTION = 500

/** All rows there are. */
export async function csvOf(ask: (first: number, count: number) => Promise<InotifyRows>): Promise<string> {
  const parts = [csvHead]
  for (let first = 0; ; first += PORTION) {
    const { rows, total } = await ask(first, PORTION)
    parts.push(csvLines(rows))
    if (first + PORTION >= total) return parts.join('')
  }
}

export function csvLines(rows: readonly InotifyRow[]): string {
  return rows.map(row => `${csvCells(row).map(quoted).join(',')}\n`).join('')
}

function csvCells(row: InotifyRow): (string | number | undefined)[] {
  const { event, time, tid, kind, wd, path, text, cookie, readAt, readBy, linux } = row
  return [event, time, tid, kind, wd < 0 ? '' : wd, path, text, cookie === 0 ? '' : cookie, readAt, readBy, linux]
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is given as text: names of files are anybody's. */
function quoted(cell: string | number | undefined): string {
  const text = cell === undefined ? '' : String(cell)
  const safe = typeof cell === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
