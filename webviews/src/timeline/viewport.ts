/** Which part of the axis is seen: zoom about a place, pan, and never beyond the run. Pure; tested. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Nothing is narrower than this, in ns or events. */
const NARROWEST = 20

export function clamped({ from, to }: Range, whole: Range): Range {
  const most = Math.max(NARROWEST, whole.to - whole.from)
  const width = Math.min(most, Math.max(NARROWEST, to - from))
  const begin = Math.max(whole.from, Math.min(whole.to - width, from))
  return { from: begin, to: begin + width }
}

/** `factor` above 1 shows less; `place` stays where it is. */
export function zoomed(range: Range, factor: number, place: number, whole: Range): Range {
  const width = Math.max(NARROWEST, (range.to - range.from) / factor)
  const share = (place - range.from) / Math.max(1, range.to - range.from)
  const from = place - share * width
  return clamped({ from, to: from + width }, whole)
}

/** By a share of what is seen: 0.1 is a tenth to the right. */
export function panned(range: Range, share: number, whole: Range): Range {
  const by = (range.to - range.from) * share
  return clamped({ from: range.from + by, to: range.to + by }, whole)
}

/** With so much of its width more on both sides. */
export function widened({ from, to }: Range, share: number, whole: Range): Range {
  const more = (to - from) * share
  return clamped({ from: from - more, to: to + more }, whole)
}

/** Moved as little as is needed for the beginning of `place` to be seen, with a tenth of the width around it. */
export function revealed(range: Range, place: Range, whole: Range): Range {
  const width = range.to - range.from
  const edge = width / 10
  if (place.from >= range.from && place.from <= range.to) return range
  const from = place.from < range.from ? place.from - edge : place.from + edge - width
  return clamped({ from, to: from + width }, whole)
}
