/** The timeline as an SVG file: what is seen, with the names of its lanes. */
import type { Colours } from '../shared/colours.ts'
import { AXIS, drawLanes, LANE, type Shown } from './lanes.ts'
import { SvgPen } from './pen.ts'

const NAMES_WIDE = 150

export function svgFile(shown: Shown, width: number, title: string, colours: Colours): string {
  const { lanes } = shown.timeline
  const height = AXIS + lanes.length * LANE
  const tracks = new SvgPen(colours)
  drawLanes(tracks, width, height, { ...shown, top: shown.timeline.firstLane })
  const names = new SvgPen(colours)
  lanes.forEach((lane, i) => {
    names.text(10, AXIS + (i + 0.5) * LANE, `${lane.name} ${lane.tid}`, lane.ended === undefined ? 'text' : 'dim')
  })
  return tracks.file(title, width, height, { wide: NAMES_WIDE, pen: names })
}
