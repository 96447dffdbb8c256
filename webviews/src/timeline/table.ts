/** The part of the timeline that is seen as a table: the same data, for those who listen and for copying. */
import type { Timeline, TimelineLane } from '@interlinear/emulator-core/events/queries.ts'
import { h } from '../shared/dom.ts'
import { type Axis, count, duration, placeText } from '../shared/format.ts'

const MOST_ROWS = 500
const HEADS = ['Thread', 'At', 'What', 'For', 'Slept', 'State'] as const

interface Row {
  readonly at: number
  readonly cells: readonly string[]
}

export function showTable(box: HTMLElement, timeline: Timeline, axis: Axis): void {
  const rows = timeline.lanes.flatMap(lane => rowsOf(lane, timeline, axis)).sort((a, b) => a.at - b.at)
  const head = h('tr', {}, ...HEADS.map(text => h('th', { scope: 'col' }, text)))
  const body = rows.slice(0, MOST_ROWS).map(({ cells }) => h('tr', {}, ...cells.map(cell => h('td', {}, cell))))
  const note =
    rows.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${count(rows.length)}; zoom in to see the others.` : ''
  box.replaceChildren(
    h('table', { class: 'plain' }, h('thead', {}, head), h('tbody', {}, ...body)),
    h('p', { class: 'more' }, note),
  )
}

function rowsOf(lane: TimelineLane, timeline: Timeline, axis: Axis): Row[] {
  const place = (at: number) => placeText(at, axis)
  const long = (from: number, to: number | undefined) =>
    to === undefined ? 'goes on' : axis === 'time' ? duration(to - from) : `${count(to - from)} events`
  const thread = `${lane.name} ${lane.tid}`
  const bars = lane.bars.map(({ from, to, name, waits, state, diverges }) => {
    const slept = waits.reduce((sum, wait) => sum + ((wait.to ?? to ?? wait.from) - wait.from), 0)
    const words = diverges ? `${state}, divergence` : state
    return { at: from, cells: [thread, place(from), name, long(from, to), slept === 0 ? '' : long(0, slept), words] }
  })
  const many = lane.slices?.calls.length ?? 0
  const edge = (i: number) => timeline.from + (i * (timeline.to - timeline.from)) / many
  const slices = (lane.slices?.calls ?? []).flatMap((calls, i) => {
    const failures = lane.slices?.failures[i] ?? 0
    const waited = lane.slices?.waited[i] ?? 0
    if (calls === 0) return []
    const words = failures === 0 ? '' : `${count(failures)} failed`
    const cells = [`${count(calls)} calls`, long(edge(i), edge(i + 1)), `${Math.round(100 * waited)} %`, words]
    return [{ at: edge(i), cells: [thread, place(edge(i)), ...cells] }]
  })
  const marks = lane.marks.map(({ at, text }) => ({ at, cells: [thread, place(at), text, '', '', ''] }))
  return [...bars, ...slices, ...marks]
}
