import { describe, expect, it } from 'vitest'
import type { InotifyPicture, InotifyRows, InotifyShown } from '../queries.ts'
import { WatcherRun } from '../test/watcher-run.ts'
import { ViewQueries } from '../view-queries.ts'

const ALL = { from: 0, to: Number.MAX_SAFE_INTEGER }

function queriesOf(records: number, reads = true): ViewQueries {
  const queries = new ViewQueries(new WatcherRun(records, reads).run.store)
  while (queries.advance(1000));
  return queries
}

function shownBy(queries: ViewQueries, window = ALL, most = 5000): InotifyShown {
  const picture = queries.answer({ name: 'inotify', at: 'live', ...window, most }) as InotifyPicture
  if (picture.shown === undefined) throw new Error('there is no instance')
  return picture.shown
}

const rowsOf = (queries: ViewQueries, first: number, count: number, window = ALL) =>
  queries.answer({ name: 'inotify-rows', instance: 300, ...window, first, count }) as InotifyRows

describe('what Linux would have queued', () => {
  const queries = queriesOf(50)
  const shown = shownBy(queries)

  it('is told beside what is queued', () => {
    expect(shown.bars.length).toBe(50)
    expect(shown.bars.filter(each => each.linux?.fate === 'merged').length).toBeGreaterThan(3)
    expect(shown.bars.filter(each => each.linux?.fate === 'absent').length).toBeGreaterThan(3)
    const moved = shown.bars.filter(each => each.linux?.fate === 'otherwise')
    expect(moved[0]).toMatchObject({ text: 'IN_DELETE "note-5.txt"', linux: { text: 'IN_MOVED_FROM "note-5.txt"' } })
    expect(moved[0]?.linux?.cookie).toBe(moved[1]?.linux?.cookie)
    expect(shown.instance).toMatchObject({ queued: 50, ghosts: shown.ghosts.length })
    expect(shown.ghostsDeepest).toBe(Math.max(...shown.ghosts.map(each => each.row + 1)))
  })

  it('ends with the read that would have taken it', () => {
    const [first] = shown.reads
    for (const ghost of shown.ghosts.filter(each => each.from < (first?.time ?? 0))) expect(ghost.to).toBe(first?.time)
    for (const ghost of shown.ghosts)
      if (ghost.to !== undefined) expect(shown.reads.map(each => each.time)).toContain(ghost.to)
  })

  it('has a depth of its own', () => {
    expect(shown.linuxDepths.at(-1)?.last).toBeGreaterThan(0)
    expect(shown.linuxDepths.map(each => each.last)).not.toEqual(shown.depths.map(each => each.last))
  })

  it('is not there where nothing differs', () => {
    const alike = queriesOf(1)
    expect(shownBy(alike)).toMatchObject({ linuxDepths: [], ghosts: [], ghostsDeepest: 0 })
  })
})

describe('a part of the time', () => {
  it('has the bars that stand in it, and those alone', () => {
    const queries = queriesOf(400)
    const all = shownBy(queries).bars
    const end = all.at(-1)?.from ?? 0
    for (const [from, to] of [
      [0, end / 7],
      [end / 3, end / 2],
      [end, end],
    ] as const) {
      const seen = shownBy(queries, { from, to }).bars.map(each => each.event)
      const expected = all.filter(each => each.from <= to && (each.to === undefined || each.to >= from))
      expect(seen).toEqual(expected.map(each => each.event))
    }
  })

  it('has counts where there are too many, which sum up to all', () => {
    const queries = queriesOf(3000)
    const { bars, slices, ghosts, instance } = shownBy(queries, ALL, 500)
    expect([bars, ghosts]).toEqual([[], []])
    const sum = (of: (each: (typeof slices)[number]) => number) => slices.reduce((total, each) => total + of(each), 0)
    expect(sum(each => each.count - each.ghosts)).toBe(3000)
    expect(sum(each => each.ghosts)).toBe(instance.ghosts)
    for (const each of slices) expect(each.first).toBeLessThanOrEqual(each.event)
  })
})

describe('the table', () => {
  it('has all of it in portions', () => {
    const queries = queriesOf(300)
    const { total } = rowsOf(queries, 0, 1)
    const rows = Array.from({ length: Math.ceil(total / 70) }, (_, i) => rowsOf(queries, 70 * i, 70).rows).flat()
    expect(rows.length).toBe(total)
    const { instance } = shownBy(queries)
    expect(rows.filter(each => each.kind === 'record').length).toBe(instance.queued)
    expect(rows.filter(each => each.kind === 'ghost').length).toBe(instance.ghosts)
    expect(rows.map(each => each.event)).toEqual(rows.map(each => each.event).toSorted((a, b) => a - b))
    expect(rows.find(each => each.linux.startsWith('IN_MOVED_FROM'))).toMatchObject({
      path: '/srv/inbox',
      readBy: 1203,
    })
  })

  it('of a part of the time begins where that begins', () => {
    const queries = queriesOf(300)
    const all = rowsOf(queries, 0, 1000).rows
    const from = all[100]?.time ?? 0
    expect(rowsOf(queries, 0, 3, { from, to: ALL.to }).rows[0]?.event).toBe(all.find(each => each.time === from)?.event)
  })
})

describe('from change to change', () => {
  const queries = queriesOf(200)
  const step = (words: string, at: number | 'live', step: 1 | -1, wd?: number) =>
    (queries.answer({ name: 'inotify-step', instance: 300, wd, words, at, step }) as { event?: number }).event

  it('leads forwards and back', () => {
    const first = step('', 0, 1)
    const second = step('', first ?? 0, 1)
    expect(second).toBeGreaterThan(first ?? 0)
    expect(step('', second ?? 0, -1)).toBe(first)
    expect(step('', first ?? 0, -1)).toBe(undefined)
    expect(step('', 'live', 1)).toBe(undefined)
  })

  it('finds words, paths and watches', () => {
    const rows = rowsOf(queries, 0, 1000).rows
    expect(step('in_moved_from', 0, 1)).toBe(rows.find(each => each.text.includes('IN_MOVED_FROM'))?.event)
    expect(step('draft in_modify', 0, 1)).toBe(rows.find(each => each.wd === 7 && each.text === 'IN_MODIFY')?.event)
    expect(step('', 0, 1, 6)).toBe(rows.find(each => each.wd === 6)?.event)
    expect(step('no such name', 0, 1)).toBe(undefined)
  })
})
