import type { InotifyPicture, InotifyShown } from '@interlinear/emulator-core/events/queries.ts'
import { WatcherRun } from '@interlinear/emulator-core/events/test/watcher-run.ts'
import { ViewQueries } from '@interlinear/emulator-core/events/view-queries.ts'
import { expect, test } from 'vitest'
import { neighbourOf } from './neighbour.ts'
import { pictureOf } from './picture.ts'
import { svgOf } from './shapes.ts'

function shownOf(records: number, from = 0, to = Number.MAX_SAFE_INTEGER): { shown: InotifyShown; to: number } {
  const queries = new ViewQueries(new WatcherRun(records).run.store)
  for (;;) if (!queries.advance(1000)) break
  const picture = queries.answer({ name: 'inotify', at: 'live', from, to, most: 2000 }) as InotifyPicture
  if (picture.shown === undefined) throw new Error('nothing is shown')
  return { shown: picture.shown, to: picture.lastTime }
}

const plain = { axis: 'time' as const, isLive: true, log: undefined, native: true, ticks: [], selected: {} }
const size = { width: 1000, height: 500 }

test('fifty records are bars, their ghosts are dashed, what was read is spanned', () => {
  const { shown, to } = shownOf(50)
  const { shapes, hits, height } = pictureOf(shown, { ...plain, ...size, from: 0, to, now: to, lanes: true })
  expect(height).toBe(500)
  const events = new Set(hits.filter(each => each.band === 'queue' && each.wd !== undefined).map(each => each.event))
  for (const bar of shown.bars) expect(events).toContain(bar.event)
  const ghosts = hits.filter(each => each.band === 'ghosts')
  expect(ghosts.length).toBe(shown.ghosts.length)
  expect(ghosts[0]?.tip.join()).toMatch(/a ghost: Linux would have queued this/)
  const texts = shapes.flatMap(shape => (shape.kind === 'text' ? [shape.text] : []))
  for (const path of ['/srv/inbox', '…/to/build']) expect(texts).toContain(path)
  expect(texts).toContainEqual(expect.stringMatching(/^≠ DELETE "note-/))
  for (const shape of shapes) {
    if (shape.kind !== 'rect') continue
    expect(shape.x).toBeGreaterThan(80)
    expect(shape.x + shape.w).toBeLessThan(size.width)
    expect(shape.y + shape.h).toBeLessThanOrEqual(height)
  }
})

test('by event, what happened in one instant stands side by side', () => {
  const queries = new ViewQueries(new WatcherRun(30, true, true).run.store)
  for (;;) if (!queries.advance(1000)) break
  const asked = { name: 'inotify', at: 'live', from: 0, to: 1e9, most: 2000 } as const
  const byTime = (queries.answer({ ...asked, axis: 'time' }) as InotifyPicture).shown
  const byEvent = queries.answer({ ...asked, axis: 'event' }) as InotifyPicture
  const { shown, indexed: to } = byEvent
  if (shown === undefined || byTime === undefined) throw new Error('nothing is shown')
  expect(new Set(byTime.bars.map(each => each.from)).size).toBe(1)
  expect(shown.bars.map(each => each.from)).toEqual(shown.bars.map(each => each.event))
  for (const { from, to: end } of shown.bars) expect(end ?? from + 1).toBeGreaterThan(from)
  expect(shown.depths.map(each => each.last)).toContain(shown.deepest)
  const { hits } = pictureOf(shown, { ...plain, ...size, axis: 'event', from: 0, to, now: to, lanes: false })
  const placeOf = (event: number) => hits.find(each => each.band === 'queue' && each.event === event)?.x
  expect(new Set(shown.bars.map(({ event }) => placeOf(event))).size).toBe(shown.bars.length)
})

test('of many records the depth is drawn, and none of them', () => {
  const { shown, to } = shownOf(5000)
  const { shapes, hits } = pictureOf(shown, { ...plain, ...size, from: 0, to, now: to, lanes: false })
  expect(shown.bars).toEqual([])
  expect(shapes.length).toBeLessThan(5000)
  expect(hits.some(each => /records? in the queue/.test(each.tip[0] ?? ''))).toBe(true)
})

test('arrows lead in the order of events, and to what stood there at the same time', () => {
  const { shown, to } = shownOf(50)
  const { hits } = pictureOf(shown, { ...plain, ...size, from: 0, to, now: to, lanes: false })
  const first = neighbourOf(hits, undefined, 'ArrowRight')
  expect(first).toBe(
    Math.min(...hits.flatMap(each => (each.event === undefined || each.band === 'files' ? [] : [each.event]))),
  )
  const second = neighbourOf(hits, first, 'ArrowRight')
  expect(neighbourOf(hits, second, 'ArrowLeft')).toBe(first)
  const above = neighbourOf(hits, shown.bars[0]?.event, 'ArrowUp')
  expect(above).toBe(shown.bars[1]?.event)
})

test('as a file it says the same, and no name of a file breaks it', () => {
  const colours = new Proxy({}, { get: (_target, name) => String(name) }) as Parameters<typeof svgOf>[3]
  const text = svgOf([{ kind: 'text', x: 1, y: 2, text: '<b>"\u0001&', fill: 'text' }], size, 'a & b', colours)
  expect(text).toContain('&lt;b&gt;&quot;\ufffd&amp;</text>')
  expect(text).toContain('<title>a &amp; b</title>')
})
