/** Finds which of many switches it takes. Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (2002). */

/**
 * A subset of `all` that is enough and from which nothing can be taken away (there may be others). The test is asked for each set
 * once; `all` must be enough.
 */
export async function smallestSet<T>(
  all: readonly T[],
  isEnough: (set: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let current = all
  let pieces = 2
  while (current.length > 1) {
    const smaller = await firstEnough(current, Math.min(pieces, current.length), isEnough)
    if (smaller !== undefined) {
      current = smaller.set
      pieces = smaller.isPiece ? 2 : Math.max(pieces - 1, 2)
    } else if (pieces >= current.length) {
      break
    } else {
      pieces *= 2
    }
  }
  return current
}

/** A piece, or what is left without a piece. */
async function firstEnough<T>(
  current: readonly T[],
  pieces: number,
  isEnough: (set: readonly T[]) => Promise<boolean>,
): Promise<{ set: readonly T[]; isPiece: boolean } | undefined> {
  const cuts = Array.from({ length: pieces + 1 }, (_, i) => Math.round((i * current.length) / pieces))
  const slices = cuts.slice(1).map((end, i) => current.slice(cuts[i], end))
  for (const set of slices) if (await isEnough(set)) return { set, isPiece: true }
  if (pieces === 2) return undefined
  for (const piece of slices) {
    const rest = current.filter(each => !piece.includes(each))
    if (await isEnough(rest)) return { set: rest, isPiece: false }
  }
  return undefined
}
