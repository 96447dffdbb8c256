/** Numbers and times as people read them. Times are ns. */
import { ticks } from 'd3'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1,204,112 */
export function count(n: number): string {
  return grouped.format(n)
}

/** `1 call`, `2 calls` */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

let origin = 0

/** When the run began: what all times are told from. */
export function setOrigin(ns: number): void {
  origin = ns
}

/** ns since the run began. */
export const sinceBegun = (ns: number): number => ns - origin

/** Seconds since the run began, with microseconds: `3.401 880`. */
export const clock = (ns: number): string => seconds(sinceBegun(ns))

/** Of a time that has passed: `3.401 880`. */
export function seconds(ns: number): string {
  const micro = Math.max(0, Math.round(ns / 1000))
  const fraction = String(micro % 1_000_000).padStart(6, '0')
  return `${Math.floor(micro / 1_000_000)}.${fraction.slice(0, 3)} ${fraction.slice(3)}`
}

/** `640 ns`, `21 µs`, `1.2 ms`, `160 ms`, `1.20 s` */
export function duration(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`
  if (ns < 10_000) return `${(ns / 1000).toFixed(1)} µs`
  if (ns < 1e6) return `${Math.round(ns / 1000)} µs`
  if (ns < 1e7) return `${(ns / 1e6).toFixed(1)} ms`
  if (ns < 1e9) return `${Math.round(ns / 1e6)} ms`
  return `${(ns / 1e9).toFixed(2)} s`
}

/** Places on an axis of time that are round numbers since the run began, at most about `many`. */
export function timeTicks(from: number, to: number, many: number): { readonly at: number; readonly text: string }[] {
  const digits = Math.max(0, Math.min(9, Math.ceil(-Math.log10((to - from) / 1e9)) + 1))
  return ticks(sinceBegun(from), sinceBegun(to), many).map(place => ({
    at: place + origin,
    text: `${(place / 1e9).toFixed(digits)} s`,
  }))
}

/** %: a run that is not looked through this far yet says so; a live one always lags a little. */
const LOOKED_THROUGH = 90

/** ` · 39 % looked through`, as long as that is worth a word. */
export function lookedThrough({ events, indexed }: { readonly events: number; readonly indexed: number }): string {
  const share = Math.floor((100 * indexed) / Math.max(1, events))
  return share < LOOKED_THROUGH ? ` · ${share} % looked through` : ''
}

/** What an axis counts: ns of time, or events. */
export type Axis = 'time' | 'event'

/** A place on an axis: `3.401 880 s`, `event 1,203`. */
export const placeText = (at: number, axis: Axis): string =>
  axis === 'time' ? `${clock(at)} s` : `event ${count(Math.round(at))}`

/** Places on an axis that are round numbers, at most about `many`. */
export function axisTicks(axis: Axis, from: number, to: number, many: number): ReturnType<typeof timeTicks> {
  if (axis === 'time') return timeTicks(from, to, many)
  return ticks(from, to, many)
    .filter(Number.isInteger)
    .map(at => ({ at, text: `#${count(at)}` }))
}

/** `212,992 bytes`, or `208 K` for what is large. */
export function amount(n: number): string {
  if (n < 10_000) return count(n)
  if (n < 10 * 1024 * 1024) return `${Math.round(n / 1024)} K`
  return `${Math.round(n / 1024 / 1024)} M`
}

/** Cut at the end, for a place that has room for so many characters. */
export function fitted(text: string, characters: number): string {
  if (text.length <= characters) return text
  return characters < 2 ? '' : `${text.slice(0, characters - 1)}…`
}

/** Paths are cut in front: the end says more. */
export function fittedPath(path: string, characters: number): string {
  if (path.length <= characters) return path
  return characters < 2 ? '' : `…${path.slice(path.length - characters + 1)}`
}
