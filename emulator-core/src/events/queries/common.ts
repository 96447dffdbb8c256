/** What questions and answers of all views have in common. */

/** A position, or the newest. */
export type Position = number | 'live'

/** How far the answer looked: an answer over a part of the run is to be asked again. */
export interface Extent {
  readonly events: number
  readonly indexed: number
}
