/** Hundreds of interests in little room: a field of cells, one for each, drawn as one path for each state. */
import type { Interest, KnoteState } from '@interlinear/emulator-core/events/queries.ts'
import type { Box, NodeOf } from './nodes.ts'

/** Above the cells stands what they are. */
export const FIELD_TOP = 24
const SIDE = 8
const LARGE = 15
const SMALL = 9
const LARGE_UP_TO = 1500
const GAP = 3

export function fieldOf(count: number, width: number): { readonly columns: number; readonly pitch: number } {
  const pitch = count > LARGE_UP_TO ? SMALL : LARGE
  return { pitch, columns: Math.max(1, Math.floor((width - 2 * SIDE) / pitch)) }
}

export function fieldHeight(count: number, columns: number, pitch: number): number {
  return FIELD_TOP + Math.ceil(count / columns) * pitch + SIDE
}

/** Where the cell of that number lies in the picture. */
export function placeOf(field: NodeOf<'field'>, i: number): Box {
  const { x, y } = inField(field, i)
  const size = field.pitch - GAP
  return { x: field.x + x, y: field.y + y, width: size, height: size }
}

function inField({ columns, pitch }: Pick<NodeOf<'field'>, 'columns' | 'pitch'>, i: number): { x: number; y: number } {
  return { x: SIDE + (i % columns) * pitch, y: FIELD_TOP + Math.floor(i / columns) * pitch }
}

/** The cell at a place within the field; undefined between and beside them. */
export function cellAt(field: NodeOf<'field'>, x: number, y: number): number | undefined {
  const { columns, pitch, cells } = field
  const column = Math.floor((x - SIDE) / pitch)
  const row = Math.floor((y - FIELD_TOP) / pitch)
  if (column < 0 || column >= columns || row < 0) return undefined
  const i = row * columns + column
  return i < cells.length ? i : undefined
}

/** What a cell is drawn as: the state of one half, or what is wrong with it. */
export type CellKind = KnoteState | 'outline' | 'marked'

/** Rows of cells of which nothing can be seen are left out. */
export interface Sight {
  readonly from: number
  readonly to: number
}

/** Path data by kind, in the field's own coordinates. */
export function fieldPaths(field: NodeOf<'field'>, sight: Sight): ReadonlyMap<CellKind, string> {
  const parts = new Map<CellKind, string[]>()
  const put = (kind: CellKind, d: string) => {
    const list = parts.get(kind)
    if (list === undefined) parts.set(kind, [d])
    else list.push(d)
  }
  const { cells, columns, pitch } = field
  const size = pitch - GAP
  const firstRow = Math.max(0, Math.floor((sight.from - field.y - FIELD_TOP) / pitch))
  const endRow = Math.ceil((sight.to - field.y - FIELD_TOP) / pitch)
  for (let i = firstRow * columns; i < Math.min(cells.length, endRow * columns); i++) {
    const { x, y } = inField(field, i)
    const interest = cells[i]
    const halves = interest.knotes.filter(({ state }) => state !== 'gone')
    put(isOdd(interest) ? 'marked' : 'outline', square(x, y, size, size))
    const width = halves.length > 1 ? size / 2 : size
    halves.slice(0, 2).forEach(({ state }, half) => {
      const d = SHAPES[state]?.(x + half * width, y, width, size)
      if (d !== undefined) put(state, d)
    })
  }
  return new Map([...parts].map(([kind, each]) => [kind, each.join('')]))
}

const isOdd = (interest: Interest): boolean =>
  interest.leftBehind || interest.numberClosed || interest.badges.length > 0 || interest.differs !== ''

const square = (x: number, y: number, width: number, height: number): string =>
  `M${x},${y}h${width}v${height}h${-width}z`

type Shape = (x: number, y: number, width: number, height: number) => string

/** Not by colour alone: full, half full, crossed out, a bar, a dot. Idle is only an outline. */
const SHAPES: Readonly<Partial<Record<KnoteState, Shape>>> = {
  queued: (x, y, width, height) => square(x + 1, y + 1, width - 2, height - 2),
  active: (x, y, width, height) => square(x + 1, y + height / 2, width - 2, height / 2 - 1),
  disabled: (x, y, width, height) => `M${x + 1},${y + height - 1}L${x + width - 1},${y + 1}`,
  dispatched: (x, y, width, height) => `M${x + 1},${y + height / 2}h${width - 2}`,
  cleared: (x, y, width, height) => square(x + width / 2 - 1.5, y + height / 2 - 1.5, 3, 3),
}

/** Path data of some cells, to let them light up. */
export function cellsPath(field: NodeOf<'field'>, wanted: readonly number[]): string {
  const size = field.pitch - GAP
  return wanted
    .map(i => {
      const { x, y } = inField(field, i)
      return square(x, y, size, size)
    })
    .join('')
}
