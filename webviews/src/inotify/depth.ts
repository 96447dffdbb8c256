/** How long the queue is over time, and when it was read. */
import type { InotifyShown } from '@interlinear/emulator-core/events/queries.ts'
import { area, curveStepAfter, scaleLinear, select } from 'd3'
import { counted } from '../shared/format.ts'

const HEIGHT = 46
const TOP = 14
const SIDE = 12
const NAMESPACE = 'http://www.w3.org/2000/svg'

export class Depth {
  readonly element = document.createElementNS(NAMESPACE, 'svg')

  constructor() {
    this.element.setAttribute('class', 'depth')
    this.element.setAttribute('role', 'img')
    for (const name of ['area', 'reads', 'label']) select(this.element).append('g').attr('class', name)
  }

  show(shown: InotifyShown, from: number, to: number): void {
    const width = Math.max(100, this.element.clientWidth)
    const x = scaleLinear([from, to], [SIDE, width - SIDE])
    const y = scaleLinear([0, Math.max(1, shown.deepest)], [HEIGHT - 4, TOP])
    const root = select(this.element).attr('height', HEIGHT)
    const points = [...shown.depths.map(each => ({ time: each.time, depth: each.most }))]
    const last = points.at(-1)
    if (last !== undefined) points.push({ time: to, depth: last.depth })
    const shape = area<{ time: number; depth: number }>(
      point => x(point.time),
      HEIGHT - 4,
      point => y(point.depth),
    ).curve(curveStepAfter)
    root.select('.area').selectAll('path').data([points]).join('path').attr('d', shape)
    root
      .select('.reads')
      .selectAll<SVGPathElement, (typeof shown.reads)[number]>('path')
      .data(shown.reads, read => String(read.event))
      .join(enter => enter.append('path').call(path => path.append('title')))
      .attr('d', read => `M${x(read.time).toFixed(1)},${TOP - 8}v${HEIGHT - TOP + 4}`)
      .select('title')
      .text(read => `read by thread ${read.tid}: ${counted(read.count, 'record')}, ${counted(read.bytes, 'byte')}`)
    const text = `at most ${counted(shown.deepest, 'record')} in the queue · ${counted(shown.reads.length, 'read')}`
    root.select('.label').selectAll('text').data([text]).join('text').attr('x', SIDE).attr('y', 11).text(String)
    this.element.setAttribute('aria-label', text)
  }
}
